"""Whatever is signed or hashed cannot be altered: each field in turn, then any byte of a whole bundle."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.formats import base64s, canonical
from tests.worlds.parts import START
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, RECORD, VC
from verifier.report import Outcome, Verdict
from verifier.verifier import Verifier

SCENE = Scene()
VERIFIER = Verifier(SCENE.world.trust_root())

Path = tuple[str | int, ...]


def verify(document: Any, **options: Any):
    data = document if isinstance(document, bytes) else canonical.dumps(document)
    return VERIFIER.verify(data, now=SCENE.now, **options)


def _trimmed(made: dict[str, Any]) -> dict[str, Any]:
    """The bundle without the nodes that nothing refers to: those may be altered at will."""
    for node in list(made["chain"]["nodes"]):
        made["chain"]["nodes"].remove(node)
        if not verify(made):
            made["chain"]["nodes"].append(node)
    return made


BUNDLE = _trimmed(SCENE.bundle())
DATA = canonical.dumps(BUNDLE)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of all scalars."""
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, (*path, key))
    else:
        yield path


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def altered(path: Path) -> dict[str, Any]:
    """The bundle with the scalar at ``path`` replaced by a neighbour of the same type."""
    made = copy.deepcopy(BUNDLE)
    old = at(made, path)
    new = 0 if old is None else old + 1 if isinstance(old, int | float) else neighbour(old)
    at(made, path[:-1])[path[-1]] = new
    return made


def neighbour(text: str) -> str:
    """Another text of the same alphabet: the first letter that has a neighbour of its own case is replaced by it."""
    for index, letter in enumerate(text):
        if letter.isascii() and letter.isalnum() and letter not in "9zZ":
            return text[:index] + chr(ord(letter) + 1) + text[index + 1 :]
    return text + "x"


SIGNED = [("credential", *path) for path in leaves(BUNDLE["credential"])]
OTHERS = [path for path in leaves(BUNDLE) if path[0] not in ("credential", "chain")]


def test_the_bundle_is_valid_to_begin_with():
    assert verify(BUNDLE).verdict is Verdict.VALID
    assert verify(BUNDLE, policy=ARCHIVE).verdict is Verdict.VALID
    assert verify(BUNDLE, policy=VC).verdict is Verdict.VALID


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: ".".join(map(str, path[1:])))
def test_a_signed_field_is_altered(path):
    report = verify(altered(path))
    assert report.verdict is Verdict.INVALID
    # However the form is judged, the signature or the log's commitment never fits.
    assert Outcome.FAIL in (report["proof"].outcome, report["inclusion"].outcome)
    assert not report.subject or report["proof"].outcome is Outcome.PASS
    # Neither is the anchor's time this document's, nor has anybody signed which bit of which list is its own.
    assert Outcome.PASS not in (report["issuer"].outcome, report["status"].outcome)
    assert report.anchored_at is None
    assert verify(altered(path), policy=ARCHIVE).verdict is Verdict.INVALID
    # An issuer that the registry does not know is another system's: then nothing of ours is required.
    known = verify(altered(path), policy=VC)
    assert known.verdict is Verdict.INVALID if report["issuer"].code != "issuer.unknown" else not known


def test_of_an_altered_record_nobody_says_that_its_issuer_was_entitled():
    made = copy.deepcopy(BUNDLE)
    made["credential"]["credentialSubject"]["name"] = "王"
    codes = {check.id: check.code for check in verify(made).checks}
    assert codes == {
        "document": "document.ok",
        "proof": "proof.invalid",
        "issuer": "issuer.pending",
        "validity": "validity.ok",
        "inclusion": "inclusion.mismatch",
        "anchor": "anchor.ok",
        "status": "status.missing",
        "holder": "holder.skipped",
    }


@pytest.mark.parametrize("member", ["salt", "entry", "inclusion", "checkpoint"])
def test_the_time_of_an_anchor_that_is_not_shown_to_be_the_records_counts_for_nothing(member):
    made = copy.deepcopy(BUNDLE)
    del made[member]
    report = verify(made)
    assert (report["inclusion"].code, report["issuer"].code) == ("inclusion.missing", "issuer.pending")
    assert (report["proof"].outcome, report["status"].outcome) == (Outcome.PASS, Outcome.PASS)
    assert (report.verdict, report.anchored_at) == (Verdict.INDETERMINATE, None)


@pytest.mark.parametrize("first", [True, False])
def test_what_is_remembered_of_an_issuer_is_remembered_with_the_time(first):
    """Both stand on the same ground: the record of a school that was withdrawn before, and its altered copy."""
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, withdrawn=int(START.timestamp()) + 1)
    record, altered_copy = scene.bundle(), scene.bundle()
    altered_copy["credential"]["credentialSubject"]["name"] = "王"
    both = [canonical.dumps(one) for one in ((record, altered_copy) if first else (altered_copy, record))]
    found = [one["issuer"].code for one in Verifier(scene.world.trust_root()).verify_many(both, now=scene.now)]
    assert found == (["issuer.withdrawn", "issuer.pending"] if first else ["issuer.pending", "issuer.withdrawn"])


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: ".".join(map(str, path)))
def test_a_field_of_the_proofs_is_altered(path):
    for policy in (RECORD, ARCHIVE):
        assert verify(altered(path), policy=policy).verdict is not Verdict.VALID


@pytest.mark.parametrize("path", sorted({path[:-1] for path in leaves(BUNDLE)} | set(leaves(BUNDLE)), key=str))
def test_a_member_is_taken_out(path):
    if not path:
        return
    made = copy.deepcopy(BUNDLE)
    del at(made, path[:-1])[path[-1]]
    assert verify(made).verdict is not Verdict.VALID


@pytest.mark.parametrize("path", sorted({path[:-1] for path in leaves(BUNDLE)}, key=str))
def test_a_member_is_added(path):
    made = copy.deepcopy(BUNDLE)
    container = at(made, path)
    if isinstance(container, dict):
        container["comment"] = "x"
    else:
        container.append(container[-1] if container else "x")
    report = verify(made)
    if path == ("chain", "nodes") or path == ("status",):
        assert report.verdict is Verdict.VALID  # a repeated node or list says nothing new
    else:
        assert report.verdict is not Verdict.VALID


@pytest.mark.parametrize("index", range(len(BUNDLE["chain"]["nodes"])))
def test_a_node_is_altered_or_left_out(index):
    node = base64s.decode(BUNDLE["chain"]["nodes"][index])
    for replacement in ([], [base64s.encode(node[:-1] + bytes([node[-1] ^ 1]))]):
        made = copy.deepcopy(BUNDLE)
        made["chain"]["nodes"][index : index + 1] = replacement
        report = verify(made)
        assert report.verdict is Verdict.INDETERMINATE  # a fact that is not proven is unknown, not wrong


@pytest.mark.parametrize("bit", range(0, 8 * len(base64s.decode(BUNDLE["chain"]["header"])), 13))
def test_a_bit_of_the_header_is_flipped(bit):
    header = bytearray(base64s.decode(BUNDLE["chain"]["header"]))
    header[bit >> 3] ^= 1 << (bit & 7)
    made = copy.deepcopy(BUNDLE)
    made["chain"]["header"] = base64s.encode(bytes(header))
    report = verify(made)
    assert report.verdict is Verdict.INVALID
    assert report["anchor"].code in ("anchor.bad_seal", "anchor.wrong_chain")
    assert report.as_of is None
    assert report.anchored_at is None


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_byte_is_altered(index, flip):
    changed = DATA[:index] + bytes([DATA[index] ^ flip]) + DATA[index + 1 :]
    assert verify(changed).verdict is not Verdict.VALID


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_pieces_are_cut_out_doubled_or_moved(data):
    start = data.draw(st.integers(0, len(DATA)))
    end = data.draw(st.integers(start, min(len(DATA), start + 200)))
    to = data.draw(st.integers(0, len(DATA)))
    piece = DATA[start:end]
    rest = DATA[:start] + DATA[end:] if data.draw(st.booleans()) else DATA
    changed = rest[:to] + piece + rest[to:]
    report = verify(changed)
    if report:
        # A node more says nothing new; beside it everything must be the same.
        value: Any = canonical.loads(changed)
        assert set(value["chain"].pop("nodes")) >= set(BUNDLE["chain"]["nodes"])
        assert value == BUNDLE | {"chain": {"header": BUNDLE["chain"]["header"]}}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data):
    report = verify(data)
    assert report.verdict is not Verdict.VALID
    assert report.to_dict()["checks"][0]["id"] == "document"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)
PLACES = sorted({path[:n] for path in leaves(BUNDLE) for n in range(1, len(path) + 1)}, key=str)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PLACES), JSON, st.sampled_from([RECORD, ARCHIVE, VC]), st.booleans())
def test_any_value_in_any_place(path, value, policy, asked):
    made = copy.deepcopy(BUNDLE)
    if at(made, path) == value:
        return
    at(made, path[:-1])[path[-1]] = value
    options = {"domain": "a", "challenge": "b"} if asked else {}
    report = verify(made, policy=policy, **options)
    assert len(report.to_dict()["checks"]) == 8
    if path[0] not in (
        "salt",
        "entry",
        "inclusion",
        "checkpoint",
        "anchor",
        "newest",
        "chain",
        "issuers",
        "kind",
        "status",
    ):
        assert report.verdict is not Verdict.VALID
    if policy is not VC:
        assert report.verdict is not Verdict.VALID
