from typing import Any

import pytest

from ledger.formats.did import (
    DidWeb,
    build_did_key,
    build_did_web,
    parse_did_web,
    resolve_did_key,
    split_verification_method,
)
from ledger.formats.errors import FormatError
from ledger.formats.keys import SMALL_ORDER_KEYS, generate
from ledger.formats.multibase import base58_encode

KEY = generate(b"\x07" * 32)
OTHER = generate(b"\x08" * 32)

GOOD = [
    ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
    ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
    ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
    ("did:web:example.com%3A3000", "https://example.com:3000/.well-known/did.json"),
    ("did:web:localhost%3A8000:schools:350100", "https://localhost:8000/schools/350100/did.json"),
    ("did:web:xn--fiqs8s:a_b.c-D", "https://xn--fiqs8s/a_b.c-D/did.json"),
    ("did:web:1.example", "https://1.example/.well-known/did.json"),
]


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(FormatError) as caught:
        call(*arguments)
    return caught.value.code


@pytest.mark.parametrize(("did", "url"), GOOD)
def test_a_did_web_reads_back_and_names_its_document(did: str, url: str) -> None:
    parsed = parse_did_web(did)
    assert str(parsed) == did
    assert parsed.url == url
    assert build_did_web(parsed.authority, *parsed.path) == did


BAD_DID_WEB: list[Any] = [
    "",
    "did",
    "did:web",
    "did:web:",
    "did:web::schools",
    "DID:web:example.com",
    "did:WEB:example.com",
    "did:webs:example.com",
    "did:key:example.com",
    " did:web:example.com",
    "did:web:example.com\n",
    "did:web:Example.com",
    "did:web:example.com.",
    "did:web:.example.com",
    "did:web:exa..mple.com",
    "did:web:-example.com",
    "did:web:example-.com",
    "did:web:exam_ple.com",
    "did:web:exämple.com",
    "did:web:学校.cn",
    "did:web:" + "a" * 64 + ".com",
    "did:web:" + "a." * 127 + "com",
    "did:web:127.0.0.1",
    "did:web:2130706433",
    "did:web:example.1",
    "did:web:%5B%3A%3A1%5D",
    "did:web:[::1]",
    "did:web:user@example.com",
    "did:web:example.com/schools",
    "did:web:example.com%2Fschools",
    "did:web:example.com?x=1",
    "did:web:example.com#z6Mk",
    "did:web:example.com;a",
    "did:web:example.com%3a8000",
    "did:web:example.com%3A",
    "did:web:example.com%3A0",
    "did:web:example.com%3A080",
    "did:web:example.com%3A65536",
    "did:web:example.com%3A-1",
    "did:web:example.com%3A+80",
    "did:web:example.com%3A８０",
    "did:web:example.com%3A80%3A81",
    "did:web:example.com:",
    "did:web:example.com::a",
    "did:web:example.com:a:",
    "did:web:example.com:.",
    "did:web:example.com:..:admin",
    "did:web:example.com:a%2Fb",
    "did:web:example.com:a b",
    "did:web:example.com:a/b",
    "did:web:example.com:福州",
    "did:web:example.com:a\n",
    "did:web:example.com:" + "a" * 512,
    None,
    5,
    ["did:web:example.com"],
]


@pytest.mark.parametrize("did", BAD_DID_WEB)
def test_refused_another_spelling_of_a_did_web(did: Any) -> None:
    assert refusal(parse_did_web, did) == "did.malformed"
    if isinstance(did, str):
        with pytest.raises(FormatError):
            split_verification_method(f"{did}#{KEY.multikey}")


@pytest.mark.parametrize("path", [("",), ("..",), ("a:b",), ("a/b",), ("a%3Ab",), ("a", "")])
def test_refused_to_build_a_did_web_of_a_bad_path(path: tuple[str, ...]) -> None:
    assert refusal(build_did_web, "example.com", *path) == "did.malformed"


@pytest.mark.parametrize("authority", ["", "example.com:", "example.com:0", "example.com:x", "a:1:2", "10.0.0.1:80"])
def test_refused_to_build_a_did_web_of_a_bad_host(authority: str) -> None:
    assert refusal(build_did_web, authority) == "did.malformed"


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_refused_a_port_out_of_range(port: int) -> None:
    assert refusal(DidWeb, "example.com", port) == "did.malformed"


def test_a_did_key_is_its_key() -> None:
    did = build_did_key(KEY.public)
    assert did.startswith("did:key:z6Mk")
    assert resolve_did_key(did) == KEY.public


@pytest.mark.parametrize(
    "did", ["", "did:key:", f"did:key:{KEY.multikey}#{KEY.multikey}", f"did:web:{KEY.multikey}", KEY.multikey, None, 5]
)
def test_refused_what_is_no_did_key(did: Any) -> None:
    assert refusal(resolve_did_key, did) in ("did.malformed", "key.malformed")


@pytest.mark.parametrize("public", sorted(SMALL_ORDER_KEYS), ids=bytes.hex)
def test_refused_a_did_key_of_small_order(public: bytes) -> None:
    assert refusal(build_did_key, public) == "key.weak"
    multikey = "z" + base58_encode(b"\xed\x01" + public)
    assert refusal(resolve_did_key, "did:key:" + multikey) == "key.weak"
    assert refusal(split_verification_method, f"did:web:example.com#{multikey}") == "key.weak"
    assert refusal(split_verification_method, f"did:key:{multikey}#{multikey}") == "key.weak"


@pytest.mark.parametrize("did", ["did:web:localhost%3A8000:schools:350100", f"did:key:{KEY.multikey}"])
def test_a_verification_method_splits_into_did_and_key(did: str) -> None:
    assert split_verification_method(f"{did}#{KEY.multikey}") == (did, KEY.multikey)


BAD_METHODS: list[tuple[Any, str]] = [
    ("", "did.malformed"),
    (None, "did.malformed"),
    ({"id": "did:web:example.com#" + KEY.multikey}, "did.malformed"),
    ("did:web:example.com", "did.malformed"),
    ("did:web:example.com#", "key.malformed"),
    ("#" + KEY.multikey, "did.unsupported"),
    ("did:web:example.com#key-1", "key.malformed"),
    (f"did:web:example.com#{KEY.multikey}#{KEY.multikey}", "key.malformed"),
    (f"did:web:example.com##{KEY.multikey}", "key.malformed"),
    (f"did:web:example.com?versionId=1#{KEY.multikey}", "did.malformed"),
    (f"did:web:example.com/path#{KEY.multikey}", "did.malformed"),
    (f"did:key:{KEY.multikey}#{OTHER.multikey}", "did.malformed"),
    (f"did:key:{KEY.multikey}#key-1", "did.malformed"),
    (f"did:jwk:abc#{KEY.multikey}", "did.unsupported"),
    (f"https://example.com/keys#{KEY.multikey}", "did.unsupported"),
]


@pytest.mark.parametrize(("method", "code"), BAD_METHODS)
def test_refused_another_verification_method(method: Any, code: str) -> None:
    assert refusal(split_verification_method, method) == code
