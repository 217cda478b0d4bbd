"""A transcript, a key to sign it with over RDF, and a second way to do so, for the tests of proofs."""

import hashlib
from typing import Any

import pytest

from ledger.formats import canonical, keys, kind, proof_rdfc
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2, Contexts
from ledger.formats.errors import RollbookError
from ledger.formats.multibase import base58_encode
from tests.support.linked_data import theirs

KIND = kind.parse(kind.instantiate(kind.builtin_templates()["transcript"], "https://r.example"))
KNOWN = BUNDLED.extended({KIND.context_url: KIND.context}, KIND.hash)
KEY, OTHER = keys.generate(bytes(range(32))), keys.generate(bytes(32))
DID = "did:web:r.example:schools:350100"
METHOD = f"{DID}#{KEY.multikey}"
CREATED = "2026-07-01T08:00:00Z"
CONTEXT = [CREDENTIALS_V2, KIND.context_url]
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "TranscriptCredential"],
    "issuer": DID,
    "validFrom": "2026-07-01T00:00:00Z",
    "credentialSubject": {
        "name": "𠮷䶮·",
        "identifier": "20230001",
        "transcript": {
            "programme": '"quoted"\\',
            "courses": [{"code": f"A{number}", "term": "1", "mark": "92.5", "credits": "4"} for number in range(4)],
        },
    },
    "credentialStatus": [
        {
            "id": f"https://r.example/status-lists/{number}#7",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": "7",
            "statusListCredential": f"https://r.example/status-lists/{number}",
        }
        for number, purpose in enumerate(("revocation", "suspension"))
    ],
}


def signer(**changes: Any) -> proof_rdfc.RdfcSigner:
    """A signer with the key; ``changes`` as ``RdfcSigner`` takes them."""
    arguments: dict[str, Any] = {"created": CREATED, "context": CONTEXT, "contexts": KNOWN} | changes
    return proof_rdfc.RdfcSigner(KEY, METHOD, **arguments)


def signed(document: dict[str, Any] = DOCUMENT, **changes: Any) -> dict[str, Any]:
    """A document with its proof, free to be altered; ``changes`` as for ``signer``."""
    found = canonical.loads(signer(**changes).sign(document))
    assert isinstance(found, dict)
    return found


def refusal(document: dict[str, Any], known: Contexts = KNOWN, **arguments: Any) -> str:
    """The code with which a document is refused."""
    with pytest.raises(RollbookError) as caught:
        proof_rdfc.verify(document, contexts=known, **arguments)
    return caught.value.code


def by_the_letter(document: dict[str, Any], options: dict[str, Any], known: Contexts = KNOWN) -> dict[str, Any]:
    """The standard's algorithm, step by step, on another library's reading of the document."""
    config = options | {"@context": document["@context"]}
    message = b"".join(hashlib.sha256(theirs(part, known).encode()).digest() for part in (config, document))
    return document | {"proof": options | {"proofValue": "z" + base58_encode(keys.sign(KEY.secret, message))}}


def forged_with(unsigned: dict[str, Any], pair: keys.KeyPair, method: str, known: Contexts) -> dict[str, Any]:
    """``unsigned`` under a proof over RDF by this key; to be added to by whoever hopes that it goes unnoticed."""
    made = proof_rdfc.RdfcSigner(pair, method, created=CREATED, context=unsigned["@context"], contexts=known)
    found = canonical.loads(made.sign(unsigned))
    assert isinstance(found, dict)
    return found


def options_with(**changes: Any) -> dict[str, Any]:
    """The options of an ordinary proof but for these; None leaves one out."""
    options = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": CREATED}
    options |= {"proofPurpose": "assertionMethod", "verificationMethod": METHOD} | changes
    return {name: value for name, value in options.items() if value is not None}


SIGNED = signed()
