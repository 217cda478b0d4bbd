"""A document, a key to sign it with, and a second way to do so, for the tests of proofs."""

import hashlib
from typing import Any

import pytest

from ledger.formats import canonical, keys, proof
from ledger.formats.errors import ProofError
from ledger.formats.multibase import base58_encode

KEY = keys.generate(bytes(range(32)))
OTHER = keys.generate(bytes(32))
METHOD = f"did:web:example.org:schools:350100#{KEY.multikey}"
CREATED = "2026-07-01T08:00:00Z"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://example.org/contexts/transcript/v0"]
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "TranscriptCredential"],
    "issuer": "did:web:example.org:schools:350100",
    "validFrom": "2026-07-01T00:00:00Z",
    "credentialSubject": {"name": "𠮷䶮·", "transcript": {"courses": [{"code": "A1", "mark": "92.5"}]}},
}


def signer(**changes: Any) -> proof.JcsSigner:
    """A signer with the key; ``changes`` as ``JcsSigner`` takes them."""
    return proof.JcsSigner(KEY, METHOD, **({"created": CREATED, "context": CONTEXT} | changes))


def signed(**changes: Any) -> dict[str, Any]:
    """The document with its proof, free to be altered; ``changes`` as for ``signer``."""
    document = canonical.loads(signer(**changes).sign(DOCUMENT))
    assert isinstance(document, dict)
    return document


def refusal(document: dict[str, Any], **arguments: Any) -> str:
    """The code with which a document is refused."""
    with pytest.raises(ProofError) as caught:
        proof.verify(document, **arguments)
    return caught.value.code


def by_the_letter(document: dict[str, Any], options: dict[str, Any], secret: bytes) -> dict[str, Any]:
    """The standard's algorithm, step by step, as an oracle: any options can be signed with it."""
    message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, document))
    value = "z" + base58_encode(keys.sign(secret, message))
    return document | {"proof": options | {"proofValue": value}}


def options_with(**changes: Any) -> dict[str, Any]:
    """The options of an ordinary proof but for these."""
    options = {"@context": CONTEXT, "type": proof.TYPE, "cryptosuite": proof.CRYPTOSUITE, "created": CREATED}
    return options | {"proofPurpose": proof.ASSERTION, "verificationMethod": METHOD} | changes
