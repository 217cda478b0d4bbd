"""Credentials and status lists of other systems: issuers that no registry of ours knows."""

from typing import Any

from ledger.formats import canonical, keys, proof, statuslist
from ledger.formats.did import build_did_key
from tests.worlds.parts import seed

ISSUER = keys.generate(seed("foreign issuer"))
DID = build_did_key(ISSUER.public)
CONTEXT = "https://www.w3.org/ns/credentials/v2"
LIST = "https://elsewhere.test/lists/1"


def issue(*, issuer: str = DID, method: str | None = None, **changes: Any) -> dict[str, Any]:
    """A signed badge; ``changes`` replace members before signing."""
    document = {
        "@context": [CONTEXT, {"@vocab": "https://elsewhere.test/words#"}],
        "type": ["VerifiableCredential", "Badge"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:key:z6Mk", "achievement": {"name": "Swimming"}},
    } | changes
    return sign(document, method)


def status_entry(index: int = 7, purpose: str = "revocation") -> dict[str, Any]:
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": LIST,
    }


def status_list(*, revoked: int | None = None, **changes: Any) -> dict[str, Any]:
    """A signed list as the standard has it, with neither our context nor a sequence."""
    bits = bytearray(16 * 1024)
    if revoked is not None:
        statuslist.set_bit(bits, revoked)
    subject = {
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": statuslist.encode(bytes(bits)),
    }
    document = {
        "@context": [CONTEXT],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": DID,
        "credentialSubject": subject,
    } | changes
    return sign(document)


def sign(document: dict[str, Any], method: str | None = None) -> dict[str, Any]:
    """The document with a proof by this issuer, under another name of its key where ``method`` is given."""
    created = "2026-01-01T00:00:00Z"
    signer = proof.JcsSigner(ISSUER, f"{DID}#{ISSUER.multikey}", created=created, context=document["@context"])
    signed = canonical.loads(signer.sign(document))
    assert isinstance(signed, dict)
    if method is not None:
        options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
        signed["proof"] = _sign_under(document, options | {"verificationMethod": method})
    return signed


def _sign_under(document: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    import hashlib

    from ledger.formats.multibase import multibase_encode

    message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, document))
    return options | {"proofValue": multibase_encode(keys.sign(ISSUER.secret, message))}
