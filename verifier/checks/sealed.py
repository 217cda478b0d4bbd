"""proof, of a credential in an SM2 envelope (docs/formats.md §17). What is in the payload, its kind says as always."""

from typing import Any

from ledger.formats import sm2, sm2_envelope
from ledger.formats.errors import FormatError, ProofError
from verifier.case import Case
from verifier.checks.outcomes import made, passed
from verifier.report import Check


def prove(case: Case, envelope: dict[str, Any]) -> Check:
    """Sets ``key``. An envelope is a did:web's, whose keys the registry alone knows."""
    try:
        opened = sm2_envelope.verify(envelope)
    except ProofError as error:
        return made(error.code, reason=error.message)
    except FormatError as error:  # the optional part went missing since the file was read
        return made("proof.unsupported", reason=error.message)
    if opened.did != case.issuer:
        return made("proof.wrong_key", reason="the verification method is not under the issuer's DID")
    case.key = sm2.MULTICODEC + opened.public_key
    return passed("proof", {"verificationMethod": opened.verification_method, "form": "sm2"})
