"""proof: the signature holds over the whole document, under a key that the issuer's DID names (docs/formats.md §2, §4).

That the key is the issuer's is shown by a did:key itself, or by evidence; for did:web by the check ``issuer`` alone.
"""

from functools import lru_cache
from typing import Any

from ledger.formats import datetimes, did, proof
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.proof import Verified
from verifier.case import Case, Question
from verifier.checks.outcomes import made, passed
from verifier.evidence import Absence
from verifier.report import Check


def check(case: Case) -> Check:
    """Sets ``key`` and ``key_is_bound``."""
    found = verify(case.question, case.credential, case.signed)
    if isinstance(found, Check):
        return found
    verified, bound = found
    if verified.did != case.issuer:
        return made("proof.wrong_key", reason="the verification method is not under the issuer's DID")
    expires = verified.options.get("expires")
    if expires is not None and datetimes.parse(expires) < case.question.now:
        return made("proof.invalid", reason="the proof itself has expired")
    case.key, case.key_is_bound = verified.public_key, bound
    return _passed(verified.verification_method)


@lru_cache(maxsize=256)
def _passed(method: str) -> Check:
    return passed("proof", {"verificationMethod": method, "cryptosuite": proof.CRYPTOSUITE})


def verify(question: Question, document: dict[str, Any], signed: bytes | None = None) -> tuple[Verified, bool] | Check:
    """The assertion proof of a document, and whether its key is known to be the method's DID's; or what is wrong.

    ``signed`` is JCS of the document, where it is known.
    """
    options = document.get("proof")
    method = options.get("verificationMethod") if isinstance(options, dict) else None
    resolved = _resolve(question, method) if isinstance(method, str) else None
    if isinstance(resolved, Check):
        return resolved
    own_key = isinstance(method, str) and method.startswith("did:key:")
    # A did:key's credential is another system's, whose proof may cover the first contexts only, as the standard allows.
    whole = not (own_key and question.policy.open)
    try:
        verified = proof.verify(document, whole_context=whole, public_key=resolved, signed=signed)
    except ProofError as error:
        return made(error.code, reason=error.message)
    return verified, own_key or resolved is not None


def _resolve(question: Question, method: str) -> bytes | Check | None:
    """The key from evidence, where the method does not name it itself; None where it does, or is of no DID at all."""
    try:
        did.split_verification_method(method)
        return None
    except FormatError as error:
        if error.code != "key.malformed" or not method.startswith("did:web:"):
            return None
    answer = question.evidence.key(method)
    if isinstance(answer, bytes):
        return answer
    if answer is Absence.UNREACHABLE:
        return made("proof.unreachable", verificationMethod=method)
    if answer is Absence.MISSING:
        return made("proof.wrong_key", reason="the issuer names no such key", verificationMethod=method)
    return made("proof.unsupported", reason="the verification method does not name its key", verificationMethod=method)
