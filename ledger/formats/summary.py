"""The summary of a record: a short signed credential for a QR code (docs/formats.md §15).

It links to the record by digest, and stands for nothing by itself: no log has it, so no report calls it valid.
"""

import re
from typing import Any

from ledger.formats import base64s, canonical, datetimes, printed
from ledger.formats.credential import CONTEXT_V2, STATUS_TYPE, Parsed, StatusEntry, check_closed, is_uri
from ledger.formats.errors import FormatError

TYPE = "SummaryCredential"
MAX_BYTES = 1273
"""JCS with its proof: what a QR code of version 25 holds at level L."""
TERMS: dict[str, dict[str, str]] = {
    "name": {"en": "Name", "zh": "姓名"},
    "identifier": {"en": "Number", "zh": "学号"},
    "summary": {"en": "Summary", "zh": "摘要"},
    "digest": {"en": "Digest of the record", "zh": "记录的摘要值"},
    "of": {"en": "Type of the record", "zh": "记录类型"},
    "school": {"en": "School code", "zh": "学校代码"},
    "facts": {"en": "Facts", "zh": "要点"},
}
LABELS = {"en": "Summary of a record", "zh": "记录摘要"}

_MEMBERS = frozenset({"@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof"})
_OPTIONAL = frozenset({"validUntil", "credentialStatus"})
_SUBJECT = frozenset({"summary"})
_LEARNER = frozenset({"name", "identifier"})
_SUMMARY = frozenset({"digest", "of", "school", "facts"})
_STATUS = frozenset({"type", "statusPurpose", "statusListIndex", "statusListCredential"})
_PROOF = frozenset({"type", "cryptosuite", "verificationMethod", "proofPurpose", "@context", "proofValue"})
_CREATED = frozenset({"created"})
_CONTEXT = re.compile(r"https?://[^\s\"<>]{1,300}/contexts/summary/v0")
_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")


def context_url(base: str) -> str:
    """The address of the summary's context at a deployment."""
    return f"{base}/contexts/summary/v0"


def context_document(base: str) -> dict[str, Any]:
    """The JSON-LD context, as it is published."""
    terms = {term: f"{base}/vocab#{term}" for term in sorted(_SUMMARY - {"facts"})}
    facts = {"@id": f"{base}/vocab#facts", "@type": "@json"}
    return {
        "@context": {
            "@protected": True,
            TYPE: f"{base}/vocab#{TYPE}",
            "identifier": "https://schema.org/identifier",
            "summary": f"{base}/vocab#summary",
            **terms,
            "facts": facts,
        }
    }


def build(record: dict[str, Any], digest: bytes, *, content: str, school: str, base: str) -> dict[str, Any]:
    """The unsigned summary of a record's credential, whose signed document has this digest (32 bytes).

    ``content`` names the member of the subject that holds the record itself, ``school`` is the issuer's code. Facts are
    added in reading order while they fit. FormatError ``paper.summary_too_large`` where not even the learner does.
    """
    subject = record["credentialSubject"]
    inner = {"digest": base64s.encode(digest), "of": record["type"][-1], "school": school, "facts": {}}
    learner = {term: str(subject[term]) for term in sorted(_LEARNER) if isinstance(subject.get(term), str)}
    issuer = record["issuer"]
    made: dict[str, Any] = {
        "@context": [CONTEXT_V2, context_url(base)],
        "id": record["id"],
        "type": ["VerifiableCredential", TYPE],
        "issuer": issuer["id"] if isinstance(issuer, dict) else issuer,
        "validFrom": record["validFrom"],
        "credentialSubject": {**learner, "summary": inner},
    }
    if "validUntil" in record:
        made["validUntil"] = record["validUntil"]
    entries = [one for one in record.get("credentialStatus", []) if one["statusPurpose"] == "revocation"]
    if entries:
        made["credentialStatus"] = [{name: entries[0][name] for name in sorted(_STATUS)}]
    if _size(made) > MAX_BYTES:
        raise FormatError("paper.summary_too_large", "the learner's name and number do not fit into a QR code")
    facts: dict[str, str] = inner["facts"]
    values = subject.get(content)
    for term, value in sorted(values.items() if isinstance(values, dict) else (), key=printed.rank):
        if isinstance(value, dict | list):
            continue
        facts[term] = printed.text(value)
        if _size(made) > MAX_BYTES:
            del facts[term]
    return made


def is_summary(document: dict[str, Any]) -> bool:
    """Whether a credential says that it is one."""
    types = document.get("type")
    return isinstance(types, list) and TYPE in types


def check(document: dict[str, Any]) -> tuple[Parsed, bytes]:
    """What a summary says, and the digest of its record; FormatError as docs/formats.md §15 has it."""
    _closed("the summary", document, _MEMBERS, _OPTIONAL)
    context, types = document["@context"], document["type"]
    if not isinstance(context, list) or len(context) != 2 or context[0] != CONTEXT_V2 or not _is(_CONTEXT, context[1]):
        raise FormatError("document.undefined_term", "@context is not the two contexts of a summary")
    if types != ["VerifiableCredential", TYPE]:
        raise FormatError("document.undefined_term", "type is not the two types of a summary")
    if not _is(_ID, document["id"]) or not is_uri(document["issuer"]):
        raise _malformed("id is no urn:uuid, or issuer no DID")
    _closed("proof", document["proof"], _PROOF, _CREATED)
    subject = document["credentialSubject"]
    _closed("credentialSubject", subject, _SUBJECT, _LEARNER)
    inner = subject["summary"]
    _closed("summary", inner, _SUMMARY, frozenset())
    facts = inner["facts"]
    texts = [*(subject[term] for term in subject if term != "summary"), inner["of"], inner["school"]]
    texts += facts.values() if isinstance(facts, dict) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise _malformed("a summary holds texts")
    begin = datetimes.parse_utc(document["validFrom"])
    end = datetimes.parse_utc(document["validUntil"]) if "validUntil" in document else None
    status = _status(document.get("credentialStatus", []))
    if len(canonical.dumps(document)) > MAX_BYTES:
        raise FormatError("document.too_large", f"a summary has at most {MAX_BYTES} bytes")
    parsed = Parsed(document["issuer"], tuple(types), document["id"], begin, end, subject, status)
    return parsed, base64s.decode32(inner["digest"])


def _status(value: object) -> tuple[StatusEntry, ...]:
    if not isinstance(value, list) or len(value) > 1:
        raise _malformed("a summary names one status list at most")
    return tuple(_status_entry(member) for member in value)


def _status_entry(member: Any) -> StatusEntry:
    _closed("credentialStatus", member, _STATUS, frozenset())
    url, index = member["statusListCredential"], member["statusListIndex"]
    if member["type"] != STATUS_TYPE or member["statusPurpose"] != "revocation" or not _is(_INDEX, index):
        raise _malformed("credentialStatus is no entry of a revocation list")
    if not is_uri(url):
        raise _malformed("statusListCredential is a URL")
    return StatusEntry(url, "revocation", int(index))


def _size(unsigned: dict[str, Any]) -> int:
    """Bytes with a proof, whose context is that of the document, and whose method is under its issuer."""
    size = len(canonical.dumps(unsigned)) + len(canonical.dumps(unsigned["@context"])) + len(unsigned["issuer"])
    return size + _PROOF_REST


_PROOF_REST = len(
    canonical.dumps(
        {
            "@context": 0,
            "created": "2026-01-01T00:00:00Z",
            "cryptosuite": "eddsa-jcs-2022",
            "proofPurpose": "assertionMethod",
            "proofValue": "z" + "1" * 88,
            "type": "DataIntegrityProof",
            "verificationMethod": "#" + "z" * 48,
        }
    )
) + len(',"proof":')


def _closed(where: str, value: object, members: frozenset[str], optional: frozenset[str]) -> None:
    if not isinstance(value, dict):
        raise _malformed(f"{where} is no object")
    check_closed(where, value, members | optional, members)


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
