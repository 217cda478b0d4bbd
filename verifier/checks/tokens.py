"""proof and document, of credentials in JWTs and SD-JWTs (docs/formats.md §4.1 to §4.3).

Signed are all bytes of the issuer's token, so nothing in it has to be looked for. What was disclosed beside it is bound
to it by digests, which reading has checked; where something was withheld, the evidence of ``document`` says so.
"""

from datetime import datetime
from typing import Any

from ledger.formats import credential, datetimes, did, jws, publickeys, vct
from ledger.formats.credential import Parsed
from ledger.formats.entry import Representation
from ledger.formats.enveloped import BESIDE_VC, Secured, timestamp
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.joseform import SUBJECT
from ledger.formats.kind import Kind
from ledger.formats.kind_part import part_of
from verifier.case import Case
from verifier.checks.outcomes import made, passed
from verifier.evidence import Absence
from verifier.report import Check

_FORMS = {Representation.JWT: "jwt", Representation.SD_JWT: "sd-jwt"}


def prove(case: Case, secured: Secured) -> Check:
    """The check ``proof``. Sets ``key`` and ``key_is_bound``."""
    method = secured.method
    try:
        jws.check_header(secured.token, secured.types)
        if method is None:
            return made("proof.unsupported", reason="the token does not name its key by a verification method")
        found = _key(case, method)
        if isinstance(found, Check):
            return found
        owner, public = found
        jws.verify(secured.token, public, secured.types)
    except ProofError as error:
        return made(error.code, reason=error.message)
    if owner != case.issuer:
        return made("proof.wrong_key", reason="the verification method is not under the issuer's DID")
    case.key, case.key_is_bound = public, owner.startswith("did:key:") or not _names_key(method)
    evidence = {"verificationMethod": method, "form": _FORMS[secured.representation]}
    return passed("proof", evidence | {"alg": secured.token.header["alg"]})


def _key(case: Case, method: str) -> tuple[str, bytes] | Check:
    """The DID and key of a verification method; from evidence, where a did:web's does not name its key."""
    if not method.startswith("did:"):
        return made("proof.unsupported", reason="a key that is named by something else than a DID")
    try:
        owner, multikey = did.split_verification_method(method)
        return owner, publickeys.from_multikey(multikey)
    except FormatError as error:
        if error.code in ("did.unsupported", "key.unsupported"):
            return made("proof.unsupported", reason=error.message)
        if error.code != "key.malformed" or not method.startswith("did:web:"):
            return made("proof.wrong_key", reason=error.message)
    answer = case.question.evidence.key(method)
    if isinstance(answer, bytes):
        return method.partition("#")[0], answer
    if answer is Absence.UNREACHABLE:
        return made("proof.unreachable", verificationMethod=method)
    if answer is Absence.MISSING:
        return made("proof.wrong_key", reason="the issuer names no such key", verificationMethod=method)
    return made("proof.unsupported", reason="the verification method does not name its key", verificationMethod=method)


def _names_key(method: str) -> bool:
    try:
        did.split_verification_method(method)
    except FormatError:
        return False
    return True


def document(case: Case, secured: Secured) -> Check:
    """The check ``document``. Sets ``kind`` and ``parsed``."""
    given = case.ground.common.kind
    kind = case.kind = given if isinstance(given, Kind) else None
    if secured.plain and not case.question.policy.open:
        return made("document.unsupported", reason="an SD-JWT VC that is no W3C credential, and so no record")
    withheld = secured.revealed.withheld if secured.revealed else {}
    try:
        if secured.plain:
            case.parsed = _within(_plain(case.credential, secured), secured)
        else:
            reading = part_of(kind) if kind is not None and withheld else kind
            parsed = credential.check(case.credential, reading)
            if kind is not None:
                _check_record(case.credential, secured, kind)
            case.parsed = _within(parsed, secured)
    except FormatError as error:
        return made(error.code, reason=error.message)
    if kind is None and not case.question.policy.open:
        reason = given.message if isinstance(given, FormatError) else "the kind's definition is missing"
        return made("document.unsupported", reason=reason)
    evidence: dict[str, Any] = {"sha256": case.digest.hex()}
    if withheld:
        evidence["withheld"] = [
            {"at": "".join(f"/{step}" for step in place), "count": count} for place, count in withheld.items()
        ]
    if secured.missing:
        reason = "the issuer demands that something be disclosed which is withheld"
        return made("document.payload_mismatch", reason=reason, required=secured.missing, **evidence)
    return passed("document", evidence)


def _check_record(document: dict[str, Any], secured: Secured, kind: Kind) -> None:
    """What a record in a token holds besides (docs/formats.md §4.1, §4.2)."""
    if "proof" in document:
        raise FormatError("document.undefined_term", "a record in a token has no proof inside")
    others = secured.token.payload.keys() - BESIDE_VC if "vc" in secured.token.payload else None
    if others:
        raise FormatError("document.undefined_term", f"the token has the claim {min(others)[:64]} beside the record")
    if secured.revealed is None:
        return
    if any(place[:1] != (SUBJECT,) for place in secured.revealed.places):
        raise FormatError("document.malformed", "only what a record says of its subject may be withheld")
    if (SUBJECT, "id") in secured.revealed.disclosed:
        raise FormatError("document.malformed", "whom a record is about is never withheld by its id")
    payload = secured.token.payload
    if payload.get("vct") != vct.vct(kind) or payload.get("vct#integrity") != vct.integrity(kind):
        raise FormatError("document.payload_mismatch", "vct is not the type of the record's kind")


def _plain(claims: dict[str, Any], secured: Secured) -> Parsed:
    """An SD-JWT VC's claims, as far as they mean the same as a credential's members."""
    issuer, subject = claims.get("issuer"), claims["credentialSubject"]
    if not isinstance(issuer, str) or not subject:
        raise FormatError("document.malformed", "an SD-JWT VC that names no issuer, or says nothing")
    others = 1 if secured.revealed and "status" in secured.revealed.claims else 0
    return Parsed(issuer, tuple(claims["type"]), None, None, None, subject, (), others)


def _within(parsed: Parsed, secured: Secured) -> Parsed:
    """The credential's period, within the token's own (RFC 7519 §4.1.4, §4.1.5)."""
    payload = secured.token.payload
    begin, end = (timestamp(payload, name) for name in ("nbf", "exp"))
    timestamp(payload, "iat")
    return parsed._replace(
        valid_from=_latest(parsed.valid_from, None if begin is None else datetimes.from_unix(begin)),
        valid_until=_earliest(parsed.valid_until, None if end is None else datetimes.from_unix(end)),
    )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
