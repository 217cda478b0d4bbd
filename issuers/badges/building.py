"""The credentials themselves, not signed yet (Open Badges 3.0 §B.1, CLR 2.0 §B.1; docs/formats.md §18).

Marks and credits stay the text that the record has, as values of results: the standards' numbers are binary fractions,
and a mark must not become another on its way. The learner's number is given as a salted hash, because a badge is made
to be shown around; who has the record can show that it is theirs.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from issuers.badges.mapping import Mapping
from ledger.formats.errors import ConflictError
from ledger.formats.forms import BADGE, BADGE_TYPE, FORMS, STATUS_PURPOSE, Form
from ledger.formats.kind import Kind

Document = dict[str, Any]
Sign = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Source:
    """A record's credential, its kind, the issuer's registered names, and a salt (text) for the learner's number."""

    credential: Document
    kind: Kind
    issuer_name: dict[str, str]
    salt: str

    @property
    def issuer(self) -> str:
        """The DID."""
        given = self.credential["issuer"]
        did: str = given["id"] if isinstance(given, dict) else given
        return did

    @property
    def content(self) -> Document:
        """The record itself."""
        content: Document = self.credential["credentialSubject"][self.kind.content]
        return content


def badge(source: Source, mapping: Mapping) -> Document:
    """The Open Badges form of a record; ConflictError ``form.none`` where it names no list for suspension."""
    return _whole(source, FORMS[BADGE], _achieved(source, mapping, source.content), _label(source))


def clr(source: Source, form: Form, mapping: Mapping, sign: Sign) -> Document:
    """The CLR form: one badge of its own, signed by ``sign``, for each member of the mapping's list."""
    assert mapping.each is not None
    held = []
    for number, each in enumerate(source.content[mapping.each]):
        inside = _whole(source, FORMS[BADGE], _achieved(source, mapping, each), _named(source, mapping, each))
        inside["@context"], inside["type"] = list(FORMS[BADGE].contexts), ["VerifiableCredential", BADGE_TYPE]
        inside["id"] = _urn(f"{source.credential['id']} {number}")
        held.append(sign(inside))
    subject = {**_learner(source), "type": ["ClrSubject"], "verifiableCredential": held}
    return _whole(source, form, subject, _label(source))


def _whole(source: Source, form: Form, subject: Document, name: str) -> Document:
    given = source.credential
    document = {
        "@context": form.context(source.kind),
        "id": given["id"],
        "type": form.types(source.kind),
        "name": name,
        "issuer": {"id": source.issuer, "type": ["Profile"], "name": _both(source.issuer_name)},
        "validFrom": given["validFrom"],
        "credentialSubject": subject,
        "credentialStatus": _status(given),
    }
    return document | ({"validUntil": given["validUntil"]} if "validUntil" in given else {})


def _status(given: Document) -> Document:
    for entry in given["credentialStatus"]:
        if entry["statusPurpose"] == STATUS_PURPOSE:
            found: Document = entry
            return found
    raise ConflictError("form.none", "the record is older than the lists for suspension, which a badge names")


def _achieved(source: Source, mapping: Mapping, content: Document) -> Document:
    name = _named(source, mapping, content)
    achievement_id = _urn(f"{source.issuer} {source.kind.name} {content.get(mapping.human_code or '') or name}")
    found = [(term, kind) for term, kind in mapping.results.items() if term in content]
    described = [
        {
            "id": _urn(f"{achievement_id} {term}"),
            "type": ["ResultDescription"],
            "name": _both(source.kind.terms[term]),
            "resultType": kind,
        }
        for term, kind in found
    ]
    results = [
        {"type": ["Result"], "resultDescription": each["id"], "value": _text(content[term])}
        for each, (term, _) in zip(described, found, strict=True)
    ]
    achievement = {
        "id": achievement_id,
        "type": ["Achievement"],
        "achievementType": mapping.achievement_type,
        "name": name,
        "description": f"{_label(source)}: {name}",
        "criteria": {"narrative": f"What the issuer asks for a record of the kind {_label(source)}."},
        **_taken(content, {"humanCode": mapping.human_code, "fieldOfStudy": mapping.field_of_study}),
        **({"resultDescription": described} if described else {}),
    }
    taken = _taken(content, {"term": mapping.term, "licenseNumber": mapping.license_number})
    subject = {**_learner(source), "type": ["AchievementSubject"], "achievement": achievement, **taken}
    return subject | ({"result": results} if results else {})


def _learner(source: Source) -> Document:
    given = source.credential["credentialSubject"]
    hashed = hashlib.sha256((given["identifier"] + source.salt).encode()).hexdigest()
    identities: list[Document] = [
        {
            "type": "IdentityObject",
            "hashed": True,
            "identityHash": f"sha256${hashed}",
            "identityType": "identifier",
            "salt": source.salt,
        }
    ]
    if "name" in given:
        name = {"type": "IdentityObject", "hashed": False, "identityHash": given["name"], "identityType": "name"}
        identities.insert(0, name)
    return {"identifier": identities} | ({"id": given["id"]} if "id" in given else {})


def _named(source: Source, mapping: Mapping, content: Document) -> str:
    return next((content[name] for name in mapping.name if content.get(name)), None) or _label(source)


def _label(source: Source) -> str:
    return _both(source.kind.labels)


def _both(labels: dict[str, str]) -> str:
    """One text of both languages: the standards know one."""
    return labels["zh"] if labels["zh"] == labels["en"] else f"{labels['zh']} · {labels['en']}"


def _taken(content: Document, wanted: dict[str, str | None]) -> Document:
    return {name: _text(content[term]) for name, term in wanted.items() if term is not None and term in content}


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _urn(name: str) -> str:
    """The same achievement of a school has the same id in everybody's badge."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
