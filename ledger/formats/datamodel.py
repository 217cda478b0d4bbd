"""The W3C's model of any credential and presentation (VC Data Model 2.0 §4, §5, and 1.1 §4, §5), whatever it is about.

Here is what the model says of members by their names: which must be there, of what form, and what goes with what. What
their words mean is JSON-LD's part (``jsonld``), what they are worth the verifier's. Issuing and verifying go by the
same rules. Where 1.1 asks for something else than 2.0, the rule says so.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from ledger.formats import datetimes, relatedresource
from ledger.formats.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from ledger.formats.errors import FormatError

CREDENTIAL_TYPE = "VerifiableCredential"
PRESENTATION_TYPE = "VerifiablePresentation"
ENVELOPED_TYPE = "EnvelopedVerifiableCredential"
STATUS_ENTRY_TYPE = "BitstringStatusListEntry"
MAX_STATUS = 16
"""Entries of ``credentialStatus`` that are looked at: each may cost a list."""
MAX_PRESENTED = 64
"""Credentials that one presentation may hold: each is verified."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f<>\"{}|\\^`]{1,4000}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,2}")
_OFFSET = re.compile(r"[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00")
_VALUE_MEMBERS = frozenset({"@value", "@language", "@direction"})

Members = dict[str, Any]


class _Rule(NamedTuple):
    """What each object under one member has to have; ``more`` raises for what else is wrong with it."""

    typed: bool = True
    needs_id: bool = False
    needs_id_in_1: bool = False
    unique: bool = False
    more: Callable[[Members], None] | None = None


def is_url(value: object) -> TypeGuard[str]:
    """Whether a value is an absolute URL, as the model has them: a string with a scheme, of no forbidden character."""
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def version(document: Mapping[str, Any]) -> str:
    """``2.0`` or ``1.1``, by the first context (2.0 §4.3); FormatError ``document.malformed`` where it is neither."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not contexts or contexts[0] not in (CREDENTIALS_V2, CREDENTIALS_V1):
        raise malformed("the first @context is not the one of Verifiable Credentials")
    for each in contexts[1:]:
        if not isinstance(each, dict) and not is_url(each):
            raise malformed("a further @context is a URL or an object")
    return "2.0" if contexts[0] == CREDENTIALS_V2 else "1.1"


def check_credential(credential: Members) -> None:
    """Every rule for a credential, with or without its proof; FormatError ``document.malformed`` says which."""
    is_new = version(credential) == "2.0"
    types_of(credential, CREDENTIAL_TYPE)
    _check_id("id", credential)
    _check_party("issuer", credential.get("issuer"))
    _check_subjects(credential.get("credentialSubject"))
    begin, end = period(credential)
    if begin is not None and end is not None and end < begin:
        raise malformed("the credential ends before it begins")
    if is_new:
        check_texts("the credential", credential)
        issuer = credential.get("issuer")
        if isinstance(issuer, dict):
            check_texts("issuer", issuer)
    for name, rule in _NAMED.items():
        if name in credential:
            _each(name, credential[name], rule, is_new)
    status = credential.get("credentialStatus")
    if isinstance(status, list) and len(status) > MAX_STATUS:
        raise malformed(f"credentialStatus has more than {MAX_STATUS} entries")


def check_presentation(presentation: Members, *, compact: bool = False) -> list[Members | str]:
    """Every rule for a presentation (2.0 §4.13, 1.1 §4.10); the credentials in it, none to `MAX_PRESENTED`.

    The credentials themselves are not looked at, but for being objects of a credential's type, and not of a
    presentation's; where ``compact``, texts as well, as a presentation that is a JWT may hold them (1.1 §6.3.1).
    """
    is_new = version(presentation) == "2.0"
    types_of(presentation, PRESENTATION_TYPE)
    _check_id("id", presentation)
    if "holder" in presentation:
        _check_party("holder", presentation["holder"])
    for name in ("termsOfUse", "refreshService", "evidence"):
        if name in presentation:
            _each(name, presentation[name], _NAMED[name], is_new)
    held = presentation.get("verifiableCredential", [])
    credentials = held if isinstance(held, list) else [held]
    if len(credentials) > MAX_PRESENTED:
        raise FormatError("document.too_large", f"a presentation of more than {MAX_PRESENTED} credentials")
    for each in credentials:
        if compact and isinstance(each, str):
            continue
        if not isinstance(each, dict):
            raise malformed("verifiableCredential holds objects alone")
        names = set(types_of(each))
        if not {CREDENTIAL_TYPE, ENVELOPED_TYPE} & names or PRESENTATION_TYPE in names:
            raise malformed("verifiableCredential holds something that is no credential")
    return credentials


def types_of(document: Mapping[str, Any], required: str | None = None) -> tuple[str, ...]:
    """The types of an object, a name or several (2.0 §4.5), ``required`` among them."""
    value = document.get("type")
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise malformed("type is a name, or an array of names")
    if any(":" in name and not is_url(name) for name in names):
        raise malformed("a type with a colon is a URL")
    if required is not None and required not in names:
        raise malformed(f"{required} is not among the types")
    return tuple(names)


def period(credential: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """First and last moment: ``validFrom`` and ``validUntil`` (2.0 §4.9), or 1.1's ``issuanceDate``, which must be
    there, and ``expirationDate``."""
    if version(credential) == "2.0":
        names = ("validFrom", "validUntil")
    else:
        names = ("issuanceDate", "expirationDate")
        if "issuanceDate" not in credential:
            raise malformed("a credential of version 1.1 has an issuanceDate")
    begin, end = (stamp(credential[name]) if name in credential else None for name in names)
    return begin, end


def stamp(value: object) -> datetime:
    """A dateTimeStamp of XML Schema 1.1 (§3.4.28) in the spelling of RFC 3339: its offset is at most 14 hours."""
    moment = datetimes.parse(value)
    assert isinstance(value, str)
    if value[-1] != "Z" and not _OFFSET.fullmatch(value[-6:]):
        raise malformed("a time's offset is at most 14 hours")
    return moment


def check_texts(where: str, members: Mapping[str, Any]) -> None:
    """``name`` and ``description``: a string, a language value object, or an array of such objects alone (2.0 §4.6,
    §11.1)."""
    for name in ("name", "description"):
        if name in members and not isinstance(value := members[name], str):
            for each in value if isinstance(value, list) and value else [value]:
                _check_text(f"{name} of {where}", each)


def _check_text(where: str, value: object) -> None:
    if not isinstance(value, dict) or not value.keys() <= _VALUE_MEMBERS or not isinstance(value.get("@value"), str):
        raise malformed(f"{where} is neither a string nor language value objects")
    language, direction = value.get("@language"), value.get("@direction")
    if "@language" in value and not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        raise malformed(f"{where}: @language is a language tag")
    if "@direction" in value and direction not in ("ltr", "rtl"):
        raise malformed(f"{where}: @direction is ltr or rtl")


def _check_id(where: str, members: Mapping[str, Any]) -> None:
    if "id" in members and not is_url(members["id"]):
        raise malformed(f"{where} is one URL")


def _check_party(where: str, value: object) -> None:
    """An issuer or holder: a URL, or an object whose ``id`` is one (2.0 §4.7, §4.13)."""
    if not is_url(value.get("id") if isinstance(value, dict) else value):
        raise malformed(f"{where} is a URL, or an object whose id is one")


def _check_subjects(value: object) -> None:
    """One object or several, each of at least one claim (2.0 §4.8); an ``id``, where there is one, is a URL."""
    for each in value if isinstance(value, list) and value else [value]:
        if not isinstance(each, dict) or not each:
            raise malformed("credentialSubject is an object, or several, with at least one member")
        _check_id("credentialSubject.id", each)


def _each(name: str, value: Any, rule: _Rule, is_new: bool) -> None:
    """One object or several under ``name``, each with its type, and what its own rule says."""
    members = value if isinstance(value, list) else [value]
    if not members or not all(isinstance(each, dict) for each in members):
        raise malformed(f"{name} is an object, or an array of objects")
    for each in members:
        if rule.typed:
            _check_type(name, each)
        if "id" not in each and (rule.needs_id or (rule.needs_id_in_1 and not is_new)):
            raise malformed(f"{name} has an id")
        _check_id(f"{name}.id", each)
        if rule.more is not None:
            rule.more(each)
    if rule.unique and len({each["id"] for each in members}) != len(members):
        raise malformed(f"two objects of {name} have one id")


def _check_type(name: str, members: Members) -> None:
    try:
        types_of(members)
    except FormatError as error:
        raise malformed(f"{name}: {error.message}") from None


def check_status_entry(entry: Members) -> None:
    """A ``BitstringStatusListEntry`` (Bitstring Status List 1.0 §2.1); other types have rules of their own."""
    if STATUS_ENTRY_TYPE not in types_of(entry):
        return
    purpose, index, url = (entry.get(name) for name in ("statusPurpose", "statusListIndex", "statusListCredential"))
    if not isinstance(purpose, str) or not purpose:
        raise malformed("statusPurpose is a string")
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise malformed("statusListIndex is a whole number from 0, written as a string in base 10")
    if not is_url(url):
        raise malformed("statusListCredential is a URL")
    if entry.get("id") == url:
        raise malformed("an entry's id is not the URL of its list")
    size = entry.get("statusSize", 1)
    if type(size) is not int or not 1 <= size <= 8:
        raise malformed("statusSize is a whole number from 1")
    _check_messages(entry, size)
    reference = entry.get("statusReference", [])
    if not all(is_url(each) for each in (reference if isinstance(reference, list) else [reference])):
        raise malformed("statusReference is a URL, or an array of URLs")


def _check_messages(entry: Members, size: int) -> None:
    if "statusMessage" not in entry:
        if size > 1:
            raise malformed("a statusSize of more than 1 comes with statusMessage")
        return
    messages = entry["statusMessage"]
    if not isinstance(messages, list) or len(messages) != 2**size:
        raise malformed("statusMessage is an array of one message for each possible status")
    for each in messages:
        given = (each.get("status"), each.get("message")) if isinstance(each, dict) else (None, None)
        if not isinstance(given[0], str) or not _HEXADECIMAL.fullmatch(given[0]) or not isinstance(given[1], str):
            raise malformed("a statusMessage has a hexadecimal status and a message, both strings")


_NAMED = {
    "credentialStatus": _Rule(needs_id_in_1=True, more=check_status_entry),  # 2.0 §4.10, 1.1 §4.9
    "credentialSchema": _Rule(needs_id=True),  # 2.0 §4.11, 1.1 §5.4
    "termsOfUse": _Rule(),  # 2.0 §5.5, 1.1 §5.6
    "evidence": _Rule(),  # 2.0 §5.6, 1.1 §5.7
    "refreshService": _Rule(needs_id_in_1=True),  # 2.0 §5.4, 1.1 §5.5
    "relatedResource": _Rule(typed=False, needs_id=True, unique=True, more=relatedresource.check),  # 2.0 §5.3
    "confidenceMethod": _Rule(),  # reserved extension points, 2.0 §5.10
    "renderMethod": _Rule(),
}


def malformed(message: str) -> FormatError:
    """``document.malformed``."""
    return FormatError("document.malformed", message)
