"""The shape of a credential (W3C Verifiable Credentials 2.0; docs/formats.md §4): building one and checking one.

Two strengths. Under a kind, as the policy ``record`` wants it, every member and every nested term is one that the kind
names; without, only what the W3C model itself demands, so that other systems' credentials can be read. The proof's
signature is not looked at here, nor whether anybody may sign: see ``proof`` and the verifier.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

from ledger.formats import datamodel, datetimes
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind

CONTEXT_V2 = "https://www.w3.org/ns/credentials/v2"
CONTEXT_V1 = "https://www.w3.org/2018/credentials/v1"
STATUS_TYPE = "BitstringStatusListEntry"
PURPOSES = ("revocation", "suspension", "message")
MAX_VALUES = 20_000
"""Values (scalars, arrays, objects) that a record's subject may hold."""

_REQUIRED = frozenset({"@context", "id", "type", "issuer", "validFrom", "credentialSubject", "credentialStatus"})
_MEMBERS = _REQUIRED | {"validUntil", "proof"}
PROOF_MEMBERS = frozenset(
    {"type", "cryptosuite", "verificationMethod", "proofPurpose", "created", "@context", "proofValue"}
)
"""What a record's proof may hold, and a status list's."""
_STATUS_MEMBERS = frozenset({"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"})
_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f<>\"{}|\\^`]{1,2000}")


class StatusEntry(NamedTuple):
    """One member of ``credentialStatus``: the list's URL, its purpose, the record's index in it."""

    list_url: str
    purpose: str
    index: int  # type: ignore[assignment]  # nobody searches this tuple


class Parsed(NamedTuple):
    """What a well-formed credential says about itself.

    Times are in UTC, ``status`` keeps the document's order, and ``other_status`` counts the entries of another system's
    type, which cannot be read here.
    """

    issuer: str
    types: tuple[str, ...]
    record_id: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    subject: dict[str, Any]
    status: tuple[StatusEntry, ...]
    other_status: int = 0


def build(
    kind: Kind,
    issuer_did: str,
    record_id: str,
    subject: dict[str, Any],
    valid_from: datetime,
    status_entries: Sequence[StatusEntry],
    valid_until: datetime | None = None,
) -> dict[str, Any]:
    """A record's credential, still without a proof. It is not checked here: ``check`` does that once it is signed."""
    credential: dict[str, Any] = {
        "@context": [CONTEXT_V2, kind.context_url],
        "id": record_id,
        "type": ["VerifiableCredential", kind.type],
        "issuer": issuer_did,
        "validFrom": datetimes.render(valid_from),
        "credentialSubject": subject,
        "credentialStatus": [status_member(entry) for entry in status_entries],
    }
    if valid_until is not None:
        credential["validUntil"] = datetimes.render(valid_until)
    return credential


def status_member(entry: StatusEntry) -> dict[str, str]:
    """A ``BitstringStatusListEntry`` (Bitstring Status List 1.0 §2.1)."""
    return {
        "id": f"{entry.list_url}#{entry.index}",
        "type": STATUS_TYPE,
        "statusPurpose": entry.purpose,
        "statusListIndex": str(entry.index),
        "statusListCredential": entry.list_url,
    }


def check(credential: object, kind: Kind | None, *, size: int | None = None) -> Parsed:
    """Check the shape of a credential, with or without its proof; under ``kind`` as strictly as a record is checked.

    ``size`` is the length of its JCS bytes, where that is known: a short text cannot hold many values.
    Raises FormatError ``document.malformed``, ``document.undefined_term``, or ``document.too_large`` where a record's
    subject holds more than ``MAX_VALUES`` values.
    """
    if not isinstance(credential, dict):
        raise _malformed("a credential is an object")
    return _check_open(credential) if kind is None else _check_record(credential, kind, size)


def _check_record(credential: dict[str, Any], kind: Kind, size: int | None) -> Parsed:
    check_closed("the credential", credential, _MEMBERS, _REQUIRED)
    if credential["@context"] != [CONTEXT_V2, kind.context_url]:
        raise _undefined(f"@context is not the two contexts of the kind {kind.name}")
    if credential["type"] != ["VerifiableCredential", kind.type]:
        raise _undefined(f"type is not the two types of the kind {kind.name}")
    record_id = check_record_id(credential["id"])
    issuer = credential["issuer"]
    if isinstance(issuer, dict):
        check_closed("issuer", issuer, frozenset({"id", "name"}), frozenset({"id"}))
        name = issuer.get("name", "")
        if not all(isinstance(text, str) for text in (name.values() if isinstance(name, dict) else [name])):
            raise _malformed("issuer.name is text, or a language map")
    if "proof" in credential:
        check_proof_members(credential["proof"])
    subject = credential["credentialSubject"]
    if not isinstance(subject, dict):
        raise _malformed("credentialSubject is an object")
    if size is None or size > 2 * MAX_VALUES:  # a value and what parts it from the next take two bytes at least
        check_size(subject)
    kind.validate(subject)
    valid_from = datetimes.parse_utc(credential["validFrom"])
    valid_until = datetimes.parse_utc(credential["validUntil"]) if "validUntil" in credential else None
    _check_period(valid_from, valid_until)
    types = ("VerifiableCredential", kind.type)
    status = _record_status(credential["credentialStatus"])
    return Parsed(_issuer(issuer), types, record_id, valid_from, valid_until, subject, status)


def check_record_id(value: object) -> str:
    """A record's id as it is, a ``urn:uuid:`` in lower case; FormatError ``document.malformed``."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _malformed("id is no urn:uuid")
    return value


def check_proof_members(proof: object) -> None:
    """A record's proof holds no option that this version does not read; the rest of it is the check ``proof``'s."""
    if not isinstance(proof, dict):
        raise _malformed("a record has one proof, an object")
    if not proof.keys() <= PROOF_MEMBERS:
        raise _undefined(f"proof has the member {min(set(proof) - PROOF_MEMBERS)[:64]}")


def _record_status(value: object) -> tuple[StatusEntry, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= len(PURPOSES):
        raise _malformed("credentialStatus is an array of one entry for each purpose")
    entries = tuple([record_entry(member) for member in value])
    purposes = [entry.purpose for entry in entries]
    if "revocation" not in purposes or len(purposes) != len({*purposes}):
        raise _malformed("credentialStatus names each purpose once, and revocation among them")
    index = entries[0].index
    for entry in entries:
        if entry.index != index:
            raise _malformed("a record has one index in all of its status lists")
    return entries


def record_entry(member: object) -> StatusEntry:
    """One entry of a record's ``credentialStatus``, with exactly the five members."""
    if not isinstance(member, dict):
        raise _malformed("an entry of credentialStatus is an object")
    if member.keys() != _STATUS_MEMBERS:
        check_closed("credentialStatus", member, _STATUS_MEMBERS, _STATUS_MEMBERS)
    url, index, purpose = member["statusListCredential"], member["statusListIndex"], member["statusPurpose"]
    if member["type"] != STATUS_TYPE or purpose not in PURPOSES or member["id"] != f"{url}#{index}":
        raise _malformed("credentialStatus has another type or purpose, or an id that is not its list and index")
    if type(index) is not str or not _INDEX.fullmatch(index) or type(url) is not str or not _matches_uri(url):
        raise _malformed("statusListIndex is a whole number, written as a string, statusListCredential a URL")
    return StatusEntry(url, purpose, int(index))


def _check_open(credential: dict[str, Any]) -> Parsed:
    """What the W3C's models demand of any credential (``datamodel``), of either version."""
    datamodel.check_credential(credential)
    begin, end = datamodel.period(credential)
    subject = credential["credentialSubject"]
    if isinstance(subject, list):
        subject = subject[0] if len(subject) == 1 else {"subjects": subject}
    status, other = _open_status(credential)
    types, issuer = datamodel.types_of(credential), credential["issuer"]
    issuer = issuer["id"] if isinstance(issuer, dict) else issuer
    return Parsed(issuer, types, credential.get("id"), begin, end, subject, status, other)


def _open_status(credential: dict[str, Any]) -> tuple[tuple[StatusEntry, ...], int]:
    """The entries whose lists can be read here, and how many there are besides."""
    value = credential.get("credentialStatus", [])
    members = value if isinstance(value, list) else [value]
    ours = [each for each in members if STATUS_TYPE in datamodel.types_of(each) and each.get("statusSize", 1) == 1]
    entries = [
        StatusEntry(each["statusListCredential"], each["statusPurpose"], int(each["statusListIndex"])) for each in ours
    ]
    return tuple(entries), len(members) - len(ours)


def _issuer(value: object) -> str:
    did = value.get("id") if isinstance(value, dict) else value
    if not is_uri(did):
        raise _malformed("issuer is a URL, or an object whose id is one")
    return did


def _check_period(begin: datetime | None, end: datetime | None) -> None:
    if begin is not None and end is not None and end < begin:
        raise _malformed("the credential ends before it begins")


def check_size(subject: dict[str, Any]) -> None:
    """Bound what the kind's schema has to look at (its own size is bounded in ``kind_schema``)."""
    room = MAX_VALUES
    waiting: list[Any] = [subject]
    while waiting:
        container = waiting.pop()
        values = container.values() if isinstance(container, dict) else container
        room -= len(values)
        if room < 0:
            raise FormatError("document.too_large", f"the subject holds more than {MAX_VALUES} values")
        waiting.extend([value for value in values if type(value) is dict or type(value) is list])


def check_closed(where: str, value: dict[str, Any], members: frozenset[str], required: frozenset[str]) -> None:
    """Raise FormatError ``document.undefined_term`` for a member too many, ``document.malformed`` for one too few."""
    if not value.keys() <= members:
        raise _undefined(f"{where} has the member {min(set(value) - members)[:64]}")
    if not value.keys() >= required:
        raise _malformed(f"{where} has no {min(required - set(value))}")


def is_uri(value: object) -> TypeGuard[str]:
    """Whether it is a URL or URI as docs/formats.md §17 has it, of at most 2,000 characters after its scheme."""
    return isinstance(value, str) and _matches_uri(value)


@lru_cache(maxsize=1024)  # an issuer and its lists are named by all of its records
def _matches_uri(text: str) -> bool:
    return _URI.fullmatch(text) is not None


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)


def _undefined(message: str) -> FormatError:
    return FormatError("document.undefined_term", message)
