"""Open Badges 3.0 and CLR 2.0 as forms of a record (docs/formats.md §18): their shape, under the record's own kind.

Such a credential has three types: the one of every credential, the one of the form, and the record's kind; so the
registry's rules for that kind are the rules for its badge, and no school can say by a badge what it may not say by a
record. The last of its contexts defines that third type and nothing else. Everything in it is closed by a schema of
this package, because a kind's own schema speaks of the kind's own terms.
"""

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import jsonschema_rs

from ledger.formats import canonical, credential, datetimes
from ledger.formats.contexts import CREDENTIALS_V2, OPEN_BADGES_3
from ledger.formats.credential import Parsed, StatusEntry
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind

CLR_2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
BADGE, CLR = "badge", "clr"
STATUS_PURPOSE = "suspension"
"""The standards' schemas have room for one status entry: the issuer sets its bit while the record does not count."""
BADGE_TYPE, CLR_TYPE = "OpenBadgeCredential", "ClrCredential"

_REQUIRED = frozenset(
    {"@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject", "credentialStatus"}
)
_MEMBERS = _REQUIRED | {"validUntil", "proof"}


@dataclass(frozen=True, slots=True)
class Form:
    """``type`` and ``contexts`` are the standard's; ``content`` names what of the subject is the record's own."""

    name: str
    type: str
    contexts: tuple[str, ...]
    content: tuple[str, ...]
    _schema: str = field(repr=False)

    def context(self, kind: Kind) -> list[Any]:
        """``@context`` of this form of a record of ``kind``; FormatError ``kind.unsuitable`` as ``type_iri``."""
        return [*self.contexts, {kind.type: type_iri(kind)}]

    def types(self, kind: Kind) -> list[str]:
        """``type``, in this order."""
        return ["VerifiableCredential", self.type, kind.type]

    def validate(self, subject: object) -> None:
        """Check a ``credentialSubject``; FormatError ``document.undefined_term``, ``document.malformed``."""
        found = _validator(self._schema)
        if found.is_valid(subject):
            return
        errors = list(found.iter_errors(subject))
        others = [
            each for each in errors if isinstance(each.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties)
        ]
        error = (others or errors)[0]
        place = "/".join(["credentialSubject", *map(str, error.instance_path)])[:200]
        if others:
            raise FormatError("document.undefined_term", f"{place} holds what the form {self.name} does not name")
        raise FormatError("document.malformed", f"{place} breaks the rules of the form {self.name}")


FORMS = {
    BADGE: Form(BADGE, BADGE_TYPE, (CREDENTIALS_V2, OPEN_BADGES_3), ("achievement", "result"), "badge.json"),
    CLR: Form(CLR, CLR_TYPE, (CREDENTIALS_V2, CLR_2, OPEN_BADGES_3), ("verifiableCredential",), "clr.json"),
}
_BY_TYPE = {form.type: form for form in FORMS.values()}


def of(document: object) -> Form | None:
    """The form that a credential says it is, by its second type of three; None for anything else."""
    types = document.get("type") if isinstance(document, dict) else None
    if not isinstance(types, list) or len(types) != 3 or not isinstance(types[1], str):
        return None
    return _BY_TYPE.get(types[1])


def type_iri(kind: Kind) -> str:
    """The IRI of the kind's type; FormatError ``kind.unsuitable`` where its context does not spell it out."""
    definition: Any = kind.context["@context"].get(kind.type)
    iri = definition.get("@id") if isinstance(definition, dict) else definition
    if not isinstance(iri, str) or "://" not in iri:
        raise FormatError("kind.unsuitable", f"the kind {kind.name} does not spell out the IRI of its type")
    return iri


def check(document: dict[str, Any], form: Form, kind: Kind) -> Parsed:
    """Check the shape of a form of a record of ``kind``, with or without its proof; as strictly as a record's.

    Raises FormatError ``document.malformed``, ``document.undefined_term``, ``document.too_large``.
    """
    credential.check_closed("the credential", document, _MEMBERS, _REQUIRED)
    try:
        context = form.context(kind)
    except FormatError as error:
        raise FormatError("document.undefined_term", error.message) from None
    if document["@context"] != context or document["type"] != form.types(kind):
        raise FormatError("document.undefined_term", f"not the contexts and types of {form.name} and {kind.name}")
    if not isinstance(document["name"], str):
        raise _malformed("name is text")
    if "proof" in document:
        _check_proof(document["proof"])
    issuer = _issuer(document["issuer"])
    subject = document["credentialSubject"]
    if not isinstance(subject, dict):
        raise _malformed("credentialSubject is an object")
    credential.check_size(subject)
    form.validate(subject)
    status = document["credentialStatus"]
    entry = credential.record_entry(status)
    if entry.purpose != STATUS_PURPOSE:
        raise _malformed(f"the one entry of credentialStatus is for {STATUS_PURPOSE}")
    for held in subject.get("verifiableCredential", ()):
        _check_held(held, document)
    valid_from, valid_until = _period(document)
    return Parsed(
        issuer,
        tuple(form.types(kind)),
        credential.check_record_id(document["id"]),
        valid_from,
        valid_until,
        subject,
        (entry,),
    )


def status_of(document: dict[str, Any]) -> tuple[StatusEntry, ...]:
    """The status entries of a form that was made here, for whoever gathers their lists."""
    return (credential.record_entry(document["credentialStatus"]),)


def _check_held(held: dict[str, Any], outer: dict[str, Any]) -> None:
    """A credential inside of a CLR is its issuer's, about the same learner, and ends with it."""
    if held["@context"] != list(FORMS[BADGE].contexts) or held["type"] != ["VerifiableCredential", BADGE_TYPE]:
        raise FormatError("document.undefined_term", "a credential inside is an Open Badges credential")
    for name in ("issuer", "credentialStatus", "validFrom"):
        if held[name] != outer[name]:
            raise _malformed(f"{name} of a credential inside is another than the whole's")
    inside, whole = held["credentialSubject"], outer["credentialSubject"]
    if any(inside.get(name) != whole.get(name) for name in ("id", "identifier")):
        raise _malformed("a credential inside is about another learner")


def _check_proof(proof: object) -> None:
    if not isinstance(proof, list) or len(proof) != 1:
        raise _malformed("a form of a record has an array of one proof")
    credential.check_proof_members(proof[0])


def _issuer(value: object) -> str:
    if not isinstance(value, dict):
        raise _malformed("issuer is a Profile")
    members = frozenset({"id", "type", "name"})
    credential.check_closed("issuer", value, members, members)
    if value["type"] != ["Profile"] or not isinstance(value["name"], str) or not credential.is_uri(value["id"]):
        raise _malformed("issuer is a Profile with a URL as id, and a name")
    return value["id"]


def _period(document: dict[str, Any]) -> tuple[Any, Any]:
    begin = datetimes.parse_utc(document["validFrom"])
    end = datetimes.parse_utc(document["validUntil"]) if "validUntil" in document else None
    if end is not None and end < begin:
        raise _malformed("the credential ends before it begins")
    return begin, end


@lru_cache(maxsize=4)
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    options = jsonschema_rs.RegexOptions(size_limit=1 << 18, dfa_size_limit=1 << 18)
    return jsonschema_rs.Draft202012Validator(schema(name), validate_formats=True, pattern_options=options)


@cache
def schema(name: str) -> dict[str, Any]:
    """A schema of this package by its file's name; not to be changed."""
    from importlib.resources import files  # costs milliseconds that only those pay who meet a badge

    value = canonical.loads(files("ledger.formats").joinpath("schemas", name).read_bytes())
    assert isinstance(value, dict)
    return value


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
