"""Reading by known runs is as strict as reading the whole; other forms are recognised; nothing is raised."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.formats import bundle, canonical
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_encode
from tests.worlds import foreign
from tests.worlds.scene import Scene
from verifier.readers.bundles import BundleReader
from verifier.readers.document import NotACredential, read
from verifier.report import Verdict

SCENE = Scene()
BUNDLE = SCENE.bundle()
DATA = canonical.dumps(BUNDLE)
READER = BundleReader()


def plain(given):
    """All that was read, as comparable values."""
    common = given.material.common
    kind = str(common.kind) if common.kind is None or isinstance(common.kind, FormatError) else common.kind.hash
    parts = (common.checkpoint, common.anchor, common.newest, common.issuers, kind, common.status)
    chain = None if common.chain is None else (common.chain.header, common.chain.nodes)
    return (
        given.credential,
        given.presentation,
        given.salt,
        given.material.entry,
        given.material.inclusion,
        parts,
        chain,
    )


def code_of(data, reader=None):
    with pytest.raises(FormatError) as error:
        read(data, reader)
    return error.value.code


def test_runs_give_what_the_whole_gives():
    for _ in range(2):
        known = READER.read_shared(DATA)
        assert known is not None
        assert plain(known) == plain(bundle.parse(DATA))
        assert known.signed == canonical.dumps(BUNDLE["credential"])


def test_neighbours_share_what_they_stand_on():
    other = SCENE.world.issue()
    SCENE.world.anchor()
    one, two = SCENE.bundle(), SCENE.world.bundle(other)
    two["chain"] = one["chain"]
    shared = {name: one[name] for name in ("anchor", "checkpoint", "newest", "status")}
    first, second = (READER.read_shared(canonical.dumps(made | shared)) for made in (one, two))
    assert first and second
    assert first.material.common is second.material.common


@pytest.mark.parametrize("spelling", ["indented", "unsorted", "escaped"])
def test_another_spelling_is_read_in_the_ordinary_way(spelling):
    data = {
        "indented": json.dumps(BUNDLE, ensure_ascii=False, indent=2),
        "unsorted": json.dumps(dict(reversed(BUNDLE.items())), ensure_ascii=False),
        "escaped": json.dumps(BUNDLE),
    }[spelling].encode()
    assert READER.read_shared(data) is None
    assert plain(read(data, READER)) == plain(bundle.parse(DATA))
    assert SCENE.verify(data).verdict is Verdict.VALID


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_broken_bytes_are_never_read_otherwise(data):
    """Whatever the runs make of altered bytes, the ordinary reader makes the same of them."""
    READER.read_shared(DATA)
    at = data.draw(st.integers(0, len(DATA)))
    cut = data.draw(st.integers(0, 30))
    piece = data.draw(st.sampled_from([b"", b'"', b"}", b"]", b",", b" ", b"\\", b'{"a":1}', DATA[at : at + 40]]))
    changed = DATA[:at] + piece + DATA[at + cut :]
    known = READER.read_shared(changed)
    if known is not None:
        assert plain(known) == plain(bundle.parse(changed))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"[" + data[1:],
        lambda data: data[1:],
        lambda data: data + b" x",
        lambda data: data[:-1] + b"]",
        lambda data: data.replace(b'"rollbook":"bundle/1"', b'"rollbook":"bundle/9"'),
        lambda data: data.replace(b',"salt":', b',"salt":"x","salt":'),
        lambda data: data.replace(b',"entry":', b',"entry":"AA==","entry":'),
        lambda data: data.replace(b',"credential":{', b',"credential":{},"credential":{'),
        lambda data: data.replace(b'"index":0', b'"index":0.0'),
        lambda data: data.replace(b'"index":0', b'"index":-0'),
        lambda data: data.replace(b'"mark":60,', b'"mark":6e1,'),
        lambda data: data.replace(b'"mark":60,', b'"mark":060,'),
        lambda data: data.replace("高".encode(), b"\\u9ad8"),
        lambda data: data.replace("高".encode(), b"\xff"),
        lambda data: data.replace(b',"anchor":', b',"anchor":', 1).replace(b'{"anchor"', b'{"aa":1,"anchor"'),
    ],
)
def test_runs_are_refused(change):
    READER.read_shared(DATA)
    changed = change(DATA)
    assert changed != DATA
    assert READER.read_shared(changed) is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "document.malformed"),
        (b"null", "document.malformed"),
        (b"[]", "document.malformed"),
        (b"{}", "document.malformed"),
        (b'"text"', "document.malformed"),
        (b'{"type":"VerifiableCredential"', "document.malformed"),
        (b"\xef\xbb\xbf" + DATA, "document.malformed"),
        (DATA.decode().encode("utf-16"), "document.malformed"),
        (b'{"rollbook":"proof/1"}', "document.malformed"),
        (b'{"rollbook":1,"type":["VerifiableCredential"]}', "document.malformed"),
        (b'{"type":["VerifiablePresentation"]}', "document.malformed"),
        (b'{"type":["VerifiablePresentation"],"verifiableCredential":[{},{}]}', "document.malformed"),
        (b'{"type":["VerifiablePresentation"],"verifiableCredential":"eyJ"}', "document.malformed"),
        (b'{"type":["Something",1,null]}', "document.malformed"),
        (b'{"type":"EnvelopedVerifiableCredential"}', "document.malformed"),
        (b'{"rollbook":"bundle/17"}', "document.unsupported"),
        (b"%PDF-1.7", "document.malformed"),
        (b"PK\x03\x04", "document.unsupported"),
        (b"\x89PNG\r\n\x1a\n", "document.malformed"),
        (b"\xff\xd8\xff\xe0", "document.malformed"),
        (b"[" * 40_000, "document.malformed"),
        (b'{"a":' * 40_000, "document.malformed"),
        (b'{"rollbook":"bundle/1","rollbook":"bundle/1"}', "document.duplicate_key"),
        (b" " * (5 * 2**20 + 1), "document.too_large"),
    ],
)
def test_what_is_no_credential(data, code):
    assert code_of(data) == code
    report = SCENE.verify(data)
    assert report["document"].code == code
    assert {check.outcome.value for check in report.checks[1:]} == {"skipped"}


def test_no_credential_at_all_is_told_apart():
    with pytest.raises(NotACredential):
        read(b"{}")
    assert not SCENE.verify(b"{}").is_credential
    assert not SCENE.verify(b"hello").is_credential
    assert not SCENE.verify(b"%PDF-1.7").is_credential
    assert SCENE.verify(b"PK\x03\x04").is_credential
    assert SCENE.verify(foreign.issue()).is_credential
    assert SCENE.verify(BUNDLE | {"salt": 1}).is_credential


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b' {"type":"x","type":"y"}', b'[{"a":1,"a":1}]'])
def test_a_member_twice_in_what_is_no_credential(data):
    report = SCENE.verify(data)
    assert (report["document"].code, report.is_credential) == ("document.duplicate_key", False)


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":["VerifiableCredential"],"type":[]}',
        b'{"type":"VerifiablePresentation","a":1,"a":1}',
        b'{"rollbook":"bundle/1","a":1,"a":1}',
        rb'{"type":"\u0056erifiableCredential","a":1,"a":1}',
    ],
)
def test_a_member_twice_in_what_may_be_a_credential(data):
    report = SCENE.verify(data)
    assert (report["document"].code, report.is_credential) == ("document.duplicate_key", True)


@pytest.mark.parametrize("number", [b"60.0", b"1e16", b"1e20", b"-0.0", b"1e-5"])
def test_a_double_of_another_spelling_is_seen_before_anything_rests_on_it(number):
    """Runs leave numbers unseen; the verifier looks at them, and reads such a text in the ordinary way."""
    changed = DATA.replace(b'"mark":60,', b'"mark":' + number + b",")
    known = READER.read_shared(changed)
    assert known is None or not canonical.is_plain(known.credential)
    report, indented = SCENE.verify(changed), SCENE.verify(json.dumps(json.loads(changed), indent=2).encode())
    assert [check.code for check in report.checks] == [check.code for check in indented.checks]
    # 60.0 is 60 in RFC 8785; the others are other marks, or none at all.
    assert report.verdict is (Verdict.VALID if number == b"60.0" else Verdict.INVALID)


def test_a_known_run_in_another_place():
    READER.read_shared(DATA)
    own, issued, salt = DATA.index(b',"credential":'), DATA.rindex(b',"issuers":'), DATA.rindex(b',"salt":')
    twice = b"{" + DATA[issued + 1 : salt] + DATA[own:]
    assert READER.read_shared(twice) is None
    assert code_of(twice, READER) == "document.duplicate_key"


JWT_HEAD = "eyJhbGciOiJFUzI1NiJ9"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "a", "issuer": "b", "type": "VerifiableCredential"},
        {"iss": "a", "vc": {"issuer": {"id": "b"}}},
        {"jti": "a", "id": "b", "type": "VerifiableCredential"},
        {"sub": "a", "vc": {"credentialSubject": {"id": "b"}}},
        {"iss": "a", "vp": {"holder": "b", "verifiableCredential": []}},
    ],
)
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_jwt_that_contradicts_itself(claims, end, quoted):
    text = f"{JWT_HEAD}.{base64url_encode(canonical.dumps(claims))}.c2ln{end}"
    if not (quoted and end):
        assert code_of(json.dumps(text).encode() if quoted else text.encode()) == "document.payload_mismatch"


@pytest.mark.parametrize("claims", [{}, {"iss": "a"}, {"aud": "a", "nonce": "b"}, {"scope": "read"}])
def test_a_jwt_about_something_else_is_no_credential(claims):
    with pytest.raises(NotACredential):
        read(f"{JWT_HEAD}.{base64url_encode(canonical.dumps(claims))}.c2ln".encode())


@pytest.mark.parametrize("text", ["a.b.c", f"{JWT_HEAD}.W10.", f"{JWT_HEAD}.", "one two three", "x" * 1000])
def test_no_jwt(text):
    assert code_of(text.encode()) == "document.malformed"
