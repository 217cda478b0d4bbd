"""The credential that a status list is published as (Bitstring Status List 1.0 §3.2; docs/formats.md §7).

Log and verifier read it by the same rules. Who signed it, and whether a newer one undoes an older, is not seen here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.formats import datetimes, statuslist
from ledger.formats.credential import CONTEXT_V2, PURPOSES
from ledger.formats.errors import FormatError

TYPE = "BitstringStatusListCredential"
MAX_SEQUENCE = 2**53 - 1

_MEMBERS = frozenset({"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "proof"})
_SUBJECT_REQUIRED = frozenset({"id", "type", "statusPurpose", "encodedList", "sequence"})
_SUBJECT = _SUBJECT_REQUIRED | {"statusSize"}


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


def build(
    url: str,
    issuer: str,
    purpose: str,
    sequence: int,
    bits: bytes,
    *,
    context_url: str,
    valid_from: datetime,
    valid_until: datetime,
) -> dict[str, Any]:
    """The credential of a list, still without a proof; ``context_url`` is ``BASE/contexts/status/v0``.

    Raises FormatError ``status.malformed`` where the parts do not make a list.
    """
    credential = {
        "@context": [CONTEXT_V2, context_url],
        "id": url,
        "type": ["VerifiableCredential", TYPE],
        "issuer": issuer,
        "validFrom": datetimes.render(valid_from),
        "validUntil": datetimes.render(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "statusSize": 1,
            "encodedList": statuslist.encode(bits),
            "sequence": sequence,
        },
    }
    parse(credential)
    return credential


def parse(credential: object) -> StatusList:
    """The list in a credential, with or without its proof, that was read strictly.

    Raises FormatError ``status.malformed`` for a member that is missing, unknown or out of range, and
    ``status.too_large`` for bits that expand beyond a mebibyte.
    """
    if not isinstance(credential, dict) or not _MEMBERS - {"proof"} <= credential.keys() <= _MEMBERS:
        raise _malformed("a status list credential has exactly the members of docs/formats.md §7")
    context, url, issuer = credential["@context"], credential["id"], credential["issuer"]
    if not (
        isinstance(context, list) and len(context) == 2 and context[0] == CONTEXT_V2 and isinstance(context[1], str)
    ):
        raise _malformed("@context is the credentials' and the one of status lists")
    if credential["type"] != ["VerifiableCredential", TYPE]:
        raise _malformed(f"type is VerifiableCredential and {TYPE}")
    if not (isinstance(url, str) and 0 < len(url) <= 2000 and isinstance(issuer, str)):
        raise _malformed("id and issuer are strings")
    valid_from, valid_until = (_seconds(credential[name]) for name in ("validFrom", "validUntil"))
    if valid_until < valid_from:
        raise _malformed("the list ends before it begins")
    purpose, sequence, bits = _subject(credential["credentialSubject"])
    return StatusList(url, issuer, purpose, sequence, valid_from, valid_until, bits)


def _subject(subject: object) -> tuple[str, int, bytes]:
    if not isinstance(subject, dict) or not _SUBJECT_REQUIRED <= subject.keys() <= _SUBJECT:
        raise _malformed("credentialSubject has exactly the members of docs/formats.md §7")
    purpose, sequence, encoded = subject["statusPurpose"], subject["sequence"], subject["encodedList"]
    if subject["type"] != "BitstringStatusList" or not isinstance(subject["id"], str) or not isinstance(encoded, str):
        raise _malformed("credentialSubject is no BitstringStatusList")
    if type(subject.get("statusSize", 1)) is not int or subject.get("statusSize", 1) != 1 or purpose not in PURPOSES:
        raise _malformed("one bit for each record, for one of the known purposes")
    if type(sequence) is not int or not 1 <= sequence <= MAX_SEQUENCE:
        raise _malformed("sequence is a whole number from 1")
    return purpose, sequence, statuslist.decode(encoded)


def _seconds(text: object) -> int:
    try:
        return int(datetimes.parse_utc(text).timestamp())
    except FormatError:
        raise _malformed("validFrom and validUntil are times in UTC") from None


def _malformed(message: str) -> FormatError:
    return FormatError("status.malformed", message)
