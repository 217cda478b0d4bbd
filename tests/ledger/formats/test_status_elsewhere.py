"""Our status lists as another system's verifier reads them: PyLD, PyNaCl, and of contexts the W3C's alone."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from pyld import jsonld as pyld

from ledger.formats import canonical, contexts, keys, statuscredential, statuslist, suites
from ledger.formats.credential import CONTEXT_V2
from ledger.formats.proof_rdfc import RdfcSigner

BASE, DID = "https://rollbook.test", "did:web:rollbook.test:schools:1"
BITS = bytes([0x80]) + bytes(statuslist.MIN_BYTES - 1)
PAIR = keys.generate(b"\x05" * 32)
METHOD = f"{DID}#{PAIR.multikey}"
STATUS = "https://www.w3.org/ns/credentials/status#"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PINNED = json.loads((Path(contexts.__file__).parent / "contexts/credentials-v2.jsonld").read_bytes())
PURPOSES = pytest.mark.parametrize("purpose", ["revocation", "suspension", "message"])


def unsigned(purpose: str, sequence: int = 9) -> dict[str, Any]:
    times = {"valid_from": datetime(2026, 7, 1, tzinfo=UTC), "valid_until": datetime(2026, 8, 1, tzinfo=UTC)}
    return statuscredential.build(f"{BASE}/status-lists/1", DID, purpose, sequence, BITS, base=BASE, **times)


def signed(purpose: str) -> dict[str, Any]:
    document = unsigned(purpose)
    signer = RdfcSigner(PAIR, METHOD, created="2026-07-01T00:00:00Z", context=document["@context"])
    made: Any = canonical.loads(signer.sign(document))
    return dict(made)


def quads(document: dict[str, Any]) -> str:
    def load(url: str, options: object) -> dict[str, Any]:
        assert url == CONTEXT_V2, "no verifier of the standard has any other"
        return {"contextUrl": None, "documentUrl": url, "document": PINNED}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    text: str = pyld.normalize(document, options)
    return text


def message(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    """What is signed (vc-di-eddsa §3.2)."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    config = {name: value for name, value in options.items() if name != "proofValue"}
    parts = quads(config | {"@context": document["@context"]}), quads(bare)
    return b"".join(hashlib.sha256(part.encode()).digest() for part in parts)


def base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + ALPHABET.index(letter)
    return number.to_bytes(64, "big")


def encoded(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return text


def check(document: dict[str, Any]) -> None:
    """BadSignatureError where the one proof does not hold."""
    options = document["proof"]
    assert options["cryptosuite"] == "eddsa-rdfc-2022" and options["verificationMethod"] == METHOD
    VerifyKey(PAIR.public).verify(message(document, options), base58(options["proofValue"][1:]))


@PURPOSES
def test_another_verifier_refuses_our_list(purpose: str) -> None:
    check(signed(purpose))


@pytest.mark.parametrize(
    ("purpose", "change"),
    [
        ("revocation", {"sequence": 8}),
        ("revocation", {"encodedList": statuslist.encode(bytes(statuslist.MIN_BYTES))}),
        ("revocation", {"statusPurpose": "suspension"}),
        ("message", {"statusSize": 2}),
        ("message", {"statusMessages": [{"status": "0x0", "message": "superseded"}]}),
    ],
)
def test_what_another_verifier_reads_is_not_signed(purpose: str, change: dict[str, Any]) -> None:
    document = signed(purpose)
    (document if "sequence" in change else document["credentialSubject"]).update(change)
    with pytest.raises(BadSignatureError):
        check(document)


@PURPOSES
def test_a_statement_is_lost_on_the_way(purpose: str) -> None:
    """PyLD drops what no context defines, without a word."""
    text = quads(unsigned(purpose))
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    assert f'<{BASE}/vocab#sequence> "9"{integer}' in text
    assert f'#statusPurpose> "{purpose}"' in text and f"<{STATUS}encodedList>" in text
    assert (f'<{STATUS}statusSize> "1"{integer}' in text) == (purpose == "message")
    assert (f'<{STATUS}message> "superseded"' in text) == (purpose == "message")
    assert text.count(f"<{STATUS}statusMessages>") == 2 * (purpose == "message")


@PURPOSES
def test_another_signers_list_is_refused(purpose: str) -> None:
    document = unsigned(purpose)
    options = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}
    options |= {"created": "2026-07-01T00:00:00Z", "verificationMethod": METHOD}
    signature = SigningKey(PAIR.secret[:32]).sign(message(document, options)).signature
    document["proof"] = options | {"proofValue": "z" + encoded(signature)}
    assert suites.verify(document).did == DID
    assert statuscredential.parse(document).sequence == 9
