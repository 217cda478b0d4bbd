"""Kinds of records, which are data: parsing a definition, and checking a subject against it (docs/formats.md §3).

A definition comes out of a bundle, so it is read as an attacker's: nothing in it is fetched, every object of its schema
is closed, no ``$ref`` leads elsewhere or in a circle, and the work that it can cause is bounded. Whether it is the
registered one is not known here; the IssuerRegistry answers that by its hash.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Never

import jsonschema_rs

from ledger.formats import canonical, kind_schema
from ledger.formats.entry import is_kind_name
from ledger.formats.errors import FormatError

MAX_BYTES = 128 * 1024
MAX_NUMBER = 62
MAX_VERSION = 2**16 - 1
MEMBERS = frozenset({"name", "number", "version", "type", "content", "labels", "terms", "context", "schema"})
LANGUAGES = ("en", "zh")

_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_TERM = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,1000}")
_REGEX_BYTES = 1 << 22

Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A parsed definition. ``definition`` is the whole of it, ``hash`` is SHA-256 of its JCS bytes (32 bytes).

    ``has_numbers`` tells whether a subject may hold a number anywhere.
    """

    name: str
    number: int
    version: int
    type: str
    content: str
    labels: Labels
    terms: dict[str, Labels]
    context_url: str
    context: dict[str, Any]
    schema: dict[str, Any]
    hash: bytes
    has_numbers: bool
    definition: dict[str, Any] = field(repr=False)
    _validator: jsonschema_rs.Draft202012Validator = field(repr=False, compare=False)

    def validate(self, subject: object) -> None:
        """Check a ``credentialSubject``.

        Raises FormatError: ``document.undefined_term`` where it holds a member that the schema does not name,
        ``document.malformed`` for any other disagreement. The message gives the place, never a value.
        """
        if not self._validator.is_valid(subject):
            self._refuse(subject)

    def _refuse(self, subject: object) -> Never:
        errors = list(self._validator.iter_errors(subject))
        undefined = [term for error in errors for term in _undefined(error)]
        if undefined:
            raise FormatError("document.undefined_term", f"not defined by the kind {self.name}: {undefined[0][:200]}")
        missing = [term for error in errors for term in _missing(error.kind, error.instance_path)]
        if missing:
            raise FormatError("document.malformed", f"credentialSubject/{missing[0][:200]} is missing")
        place = "/".join(["credentialSubject", *map(str, errors[0].instance_path)])
        rule = "/".join(str(step) for step in errors[0].schema_path)
        raise FormatError("document.malformed", f"{place[:200]} breaks the kind's rule {rule[:200]}")


def parse(definition: object) -> Kind:
    """The kind that a definition (one JSON object, already read strictly) describes.

    Raises FormatError ``kind.malformed`` where it departs from docs/formats.md §3.
    """
    if not isinstance(definition, dict) or set(definition) != MEMBERS:
        raise _malformed(f"a definition has exactly the members {', '.join(sorted(MEMBERS))}")
    data = canonical.dumps(definition)
    if len(data) > MAX_BYTES:
        raise _malformed(f"a definition has at most {MAX_BYTES} bytes")
    name = definition["name"]
    if not isinstance(name, str) or not is_kind_name(name):
        raise _malformed("name")
    kind_type = _matching("type", definition["type"], _TYPE)
    content = _matching("content", definition["content"], _TERM)
    context_url, context, defined = _context(definition["context"])
    schema = definition["schema"]
    names = kind_schema.check(schema)
    terms = _terms(definition["terms"])
    if kind_type == "VerifiableCredential" or kind_type not in defined:
        raise _malformed(f"the context does not define the type {kind_type}")
    for term in sorted(names - kind_schema.UNLABELLED):
        if term not in terms or term not in defined | kind_schema.BASE_TERMS:
            raise _malformed(f"the term {term} of the schema has no labels or is not in the context")
    required = schema.get("required")
    if not isinstance(required, list) or content not in required or content not in schema.get("properties", {}):
        raise _malformed("the schema does not require the member named by content")
    return Kind(
        name=name,
        number=_whole("number", definition["number"], MAX_NUMBER),
        version=_whole("version", definition["version"], MAX_VERSION),
        type=kind_type,
        content=content,
        labels=_labels("labels", definition["labels"]),
        terms=terms,
        context_url=context_url,
        context=context,
        schema=schema,
        hash=hashlib.sha256(data).digest(),
        has_numbers=kind_schema.admits_numbers(schema),
        definition=definition,
        _validator=compile_schema(schema),
    )


def instantiate(template: dict[str, Any], base: str) -> dict[str, Any]:
    """A shipped template as a definition: ``{base}`` in every string becomes ``base``; the import part is left out."""
    base = base.rstrip("/")

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{base}", base)
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        return value

    return {key: fill(value) for key, value in template.items() if key != "import"}


def builtin_templates() -> dict[str, dict[str, Any]]:
    """The kinds shipped with Rollbook, by name, as templates for ``instantiate``."""
    from importlib.resources import files  # costs milliseconds that a verifier, which never needs it, should not pay

    templates = {}
    for path in sorted(files("ledger.formats").joinpath("kinds").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".json"):
            template = canonical.loads(path.read_bytes())
            if not isinstance(template, dict):
                raise _malformed(f"{path.name} holds no object")
            templates[template["name"]] = template
    return templates


def compile_schema(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """What checks values against a schema, which reaches for nothing; FormatError ``kind.malformed``."""

    def refuse(uri: str) -> Never:
        raise FormatError("kind.malformed", f"a schema reaches for {uri}")

    # The default engine for patterns backtracks; this one is linear in the text, whatever the pattern.
    options = jsonschema_rs.RegexOptions(size_limit=_REGEX_BYTES, dfa_size_limit=_REGEX_BYTES)
    try:
        return jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, retriever=refuse, pattern_options=options
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise _malformed(f"the schema is none: {str(error)[:200]}") from None


def _undefined(error: Any) -> list[str]:
    """Where terms stand that no branch of the schema names."""
    kind, path = error.kind, error.instance_path
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        return ["/".join(str(step) for step in [*path, term]) for term in kind.unexpected]
    closed = (
        isinstance(kind, jsonschema_rs.ValidationErrorKind.FalseSchema)
        and "additionalProperties" in error.schema_path[-1:]
    )
    if closed:
        return ["/".join(map(str, path))]  # an object that is closed, and names no member at all
    return [term for branch in getattr(kind, "context", None) or [] for each in branch for term in _undefined(each)]


def _missing(kind: Any, path: list[str | int]) -> list[str]:
    """The place of a member that the schema requires, whatever its branches say; its name is the kind's own."""
    required = isinstance(kind, jsonschema_rs.ValidationErrorKind.Required)
    return ["/".join(str(step) for step in [*path, kind.property])] if required else []


def _context(value: object) -> tuple[str, dict[str, Any], frozenset[str]]:
    """URL, document and defined terms of the JSON-LD context, which must be whole: it imports and fetches nothing."""
    if not isinstance(value, dict) or set(value) != {"url", "document"}:
        raise _malformed("context has exactly the members url and document")
    document = value["document"]
    if not isinstance(document, dict) or set(document) != {"@context"} or not isinstance(document["@context"], dict):
        raise _malformed("the context's document has exactly one member, @context, an object")
    return _matching("context.url", value["url"], _URL), document, frozenset(_defined(document["@context"]))


def _defined(context: object) -> set[str]:
    if context is None:
        return set()
    if isinstance(context, list):
        return {term for part in context for term in _defined(part)}
    if not isinstance(context, dict) or "@import" in context or "@vocab" in context:
        raise _malformed("a context refers to another one, or defines every term by @vocab")
    names = {name for name in context if not name.startswith("@")}
    for name in names:
        definition = context[name]
        if isinstance(definition, dict) and "@context" in definition:
            names = names | _defined(definition["@context"])
    return names


def _terms(value: object) -> dict[str, Labels]:
    if not isinstance(value, dict):
        raise _malformed("terms")
    return {_matching("terms", term, _TERM): _labels(f"terms.{term}", labels) for term, labels in value.items()}


def _labels(where: str, value: object) -> Labels:
    if not isinstance(value, dict) or not all(language in value for language in LANGUAGES):
        raise _malformed(f"{where} is no language map with {' and '.join(LANGUAGES)}")
    for language, label in value.items():
        if not _LANGUAGE.fullmatch(language) or not isinstance(label, str) or not 0 < len(label) <= 200:
            raise _malformed(f"{where} holds a label that is empty, too long or of no language")
    return value


def _matching(where: str, value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _malformed(where)
    return value


def _whole(where: str, value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise _malformed(f"{where} is no whole number from 0 to {most}")
    return value


def _malformed(message: str) -> FormatError:
    return FormatError("kind.malformed", message)
