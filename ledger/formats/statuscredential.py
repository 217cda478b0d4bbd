"""The credential that a status list is published as (Bitstring Status List 1.0 §2.2; docs/formats.md §7).

Log and verifier read it by the same rules. Who signed it, and whether a newer one undoes an older, is not seen here.
The W3C's context has no word for ``sequence``, nor for what §2.2 asks of lists for messages: a list brings those with
it, and no more, so that a verifier of the standard needs nothing from us. ``sequence`` is the credential's: the subject
has what the standard has there, since some readers want exactly that.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.formats import datetimes, statuslist
from ledger.formats.credential import CONTEXT_V2, PROOF_MEMBERS, PURPOSES
from ledger.formats.errors import FormatError

TYPE = "BitstringStatusListCredential"
MAX_SEQUENCE = 2**53 - 1

_STATUS = "https://www.w3.org/ns/credentials/status#"
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
_MEMBERS = frozenset({"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "proof"})
_SUBJECT = frozenset({"id", "type", "statusPurpose", "encodedList"})
_SEQUENCE = re.compile(r"https?://[!#-;=?-\[\]_a-z~]{1,1980}/vocab#sequence")
_MESSAGES = [{"status": "0x0", "message": "current"}, {"status": "0x1", "message": "superseded"}]
_MESSAGE_TERMS = {
    "statusSize": {"@id": f"{_STATUS}statusSize", "@type": _INTEGER},
    "statusMessages": {
        "@id": f"{_STATUS}statusMessages",
        "@context": {"status": f"{_STATUS}status", "message": f"{_STATUS}message"},
    },
}


@dataclass(frozen=True, slots=True)
class StatusList:
    """A published list: its URL, its issuer's DID, purpose, sequence from 1, period in Unix seconds, and its bits."""

    url: str
    issuer: str
    purpose: str
    sequence: int
    valid_from: int
    valid_until: int
    bits: bytes = field(repr=False)


def context(purpose: str, base: str) -> list[Any]:
    """The ``@context`` of lists for ``purpose`` in the deployment at the address ``base``, for whoever signs them."""
    return [CONTEXT_V2, _terms(purpose, f"{base}/vocab#sequence")]


def build(
    url: str,
    issuer: str,
    purpose: str,
    sequence: int,
    bits: bytes,
    *,
    base: str,
    valid_from: datetime,
    valid_until: datetime,
) -> dict[str, Any]:
    """The credential of a list, still without a proof; ``base`` is the deployment's address, without a last slash.

    Raises FormatError ``status.malformed`` where the parts do not make a list.
    """
    subject: dict[str, Any] = {
        "id": f"{url}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": statuslist.encode(bits),
    }
    if purpose == "message":
        subject |= {"statusSize": 1, "statusMessages": [dict(each) for each in _MESSAGES]}
    credential = {
        "@context": context(purpose, base),
        "id": url,
        "type": ["VerifiableCredential", TYPE],
        "issuer": issuer,
        "validFrom": datetimes.render(valid_from),
        "validUntil": datetimes.render(valid_until),
        "sequence": sequence,
        "credentialSubject": subject,
    }
    parse(credential)
    return credential


def parse(credential: object) -> StatusList:
    """The list in a credential, with or without its proof, that was read strictly.

    Raises FormatError ``status.malformed`` for a member that is missing, unknown or out of range, and
    ``status.too_large`` for bits that expand beyond a mebibyte.
    """
    if not isinstance(credential, dict) or not _MEMBERS - {"proof"} <= credential.keys() - {"sequence"} <= _MEMBERS:
        raise _malformed("a status list credential has exactly the members of docs/formats.md §7")
    url, issuer, subject = credential["id"], credential["issuer"], credential["credentialSubject"]
    if credential["type"] != ["VerifiableCredential", TYPE]:
        raise _malformed(f"type is VerifiableCredential and {TYPE}")
    if not (isinstance(url, str) and 0 < len(url) <= 2000 and isinstance(issuer, str)):
        raise _malformed("id and issuer are strings")
    valid_from, valid_until = (_seconds(credential[name]) for name in ("validFrom", "validUntil"))
    if valid_until < valid_from:
        raise _malformed("the list ends before it begins")
    if "proof" in credential and not (
        isinstance(credential["proof"], dict) and credential["proof"].keys() <= PROOF_MEMBERS
    ):
        raise _malformed("a list has one proof, of the members of a record's")
    if not isinstance(subject, dict) or subject.get("statusPurpose") not in PURPOSES:
        raise _malformed("a list is for one of the known purposes")
    _check_words(credential, subject)
    sequence = subject["sequence"] if "sequence" in subject else credential["sequence"]
    if type(sequence) is not int or not 1 <= sequence <= MAX_SEQUENCE:
        raise _malformed("sequence is a whole number from 1")
    return StatusList(url, issuer, subject["statusPurpose"], sequence, valid_from, valid_until, _bits(subject))


def _check_words(credential: dict[str, Any], subject: dict[str, Any]) -> None:
    """The contexts and the members belong to one another: those of the purpose, or of the older form."""
    words = credential["@context"]
    if not (isinstance(words, list) and len(words) == 2 and words[0] == CONTEXT_V2):
        raise _malformed("@context is the credentials' and the one of status lists")
    purpose, own = subject["statusPurpose"], words[1]
    if isinstance(own, str):
        optional: dict[str, Any] = {"statusSize": 1}
        needed, has_place = _SUBJECT | {"sequence"}, "sequence" not in credential
    else:
        named = own.get("sequence") if isinstance(own, dict) else None
        address = named.get("@id") if isinstance(named, dict) else None
        if not (isinstance(address, str) and _SEQUENCE.fullmatch(address) and own == _terms(purpose, address)):
            raise _malformed("the list's own context is not that of its purpose")
        optional = {"statusSize": 1, "statusMessages": _MESSAGES} if purpose == "message" else {}
        needed, has_place = _SUBJECT | optional.keys(), "sequence" in credential
    if not has_place or not needed <= subject.keys() <= needed | optional.keys():
        raise _malformed("a list and its subject have exactly the members of docs/formats.md §7")
    if any(name in subject and subject[name] != value for name, value in optional.items()):
        raise _malformed("one bit for each record, with the messages of docs/formats.md §7")
    if type(subject.get("statusSize", 1)) is not int:
        raise _malformed("one bit for each record")


def _bits(subject: dict[str, Any]) -> bytes:
    encoded = subject["encodedList"]
    if subject["type"] != "BitstringStatusList" or not isinstance(subject["id"], str) or not isinstance(encoded, str):
        raise _malformed("credentialSubject is no BitstringStatusList")
    return statuslist.decode(encoded)


def _terms(purpose: str, address: str) -> dict[str, Any]:
    """What the list's own context defines, ``address`` being what ``sequence`` stands for."""
    own: dict[str, Any] = {"sequence": {"@id": address, "@type": _INTEGER}}
    return own | _MESSAGE_TERMS if purpose == "message" else own


def _seconds(text: object) -> int:
    try:
        return int(datetimes.parse_utc(text).timestamp())
    except FormatError:
        raise _malformed("validFrom and validUntil are times in UTC") from None


def _malformed(message: str) -> FormatError:
    return FormatError("status.malformed", message)
