"""One door to the cryptosuites of records: which one signs, and by which one a document is verified.

``eddsa-rdfc-2022`` is the default, because wallets and other verifiers read it; ``eddsa-jcs-2022`` is for whoever wants
speed. Both are Data Integrity proofs under the same keys (docs/formats.md §4).
"""

from typing import Any

from ledger.formats import keys, proof, proof_rdfc
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import FormatError
from ledger.formats.proof import ASSERTION, Document, JcsSigner, Verified
from ledger.formats.proof_rdfc import RdfcSigner

RDFC, JCS = proof_rdfc.CRYPTOSUITE, proof.CRYPTOSUITE
DEFAULT = RDFC
SUITES = (RDFC, JCS)

Signer = RdfcSigner | JcsSigner


def check_name(cryptosuite: str) -> str:
    """The name itself; FormatError ``record.cryptosuite`` where records are not signed so."""
    if cryptosuite not in SUITES:
        raise FormatError("record.cryptosuite", f"a record's cryptosuite is {' or '.join(SUITES)}")
    return cryptosuite


def signer(
    cryptosuite: str,
    key: keys.KeyPair,
    verification_method: str,
    *,
    created: str,
    context: Any,
    contexts: Contexts = BUNDLED,
) -> Signer:
    """Signs documents of one context, under ``contexts``; raises as ``check_name`` and the signers do."""
    if check_name(cryptosuite) == JCS:
        return JcsSigner(key, verification_method, created=created, context=context)
    return RdfcSigner(key, verification_method, created=created, context=context, contexts=contexts)


def verify(
    document: Document,
    *,
    contexts: Contexts = BUNDLED,
    purpose: str = ASSERTION,
    public_key: bytes | None = None,
    signed: bytes | None = None,
    share: int = 1,
) -> Verified:
    """Verify the one proof of a record, by the suite that it names; arguments as ``proof_rdfc.verify`` takes them.

    Raises ProofError as ``proof.verify`` does, ``proof.unsupported`` for what no record is signed with; FormatError
    ``document.*`` where a signature over RDF would not cover all of the document.
    """
    if is_rdfc(document.get("proof")):
        return proof_rdfc.verify(
            document, contexts=contexts, purpose=purpose, public_key=public_key, signed=signed, share=share
        )
    return proof.verify(document, purpose=purpose, public_key=public_key, signed=signed)


def is_rdfc(options: object) -> bool:
    """Whether a proof is of the suite over RDF that records are signed with."""
    return type(options) is dict and options.get("cryptosuite") == RDFC and options.get("type") == proof.TYPE
