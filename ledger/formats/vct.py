"""The type of an SD-JWT VC that holds a record: its ``vct`` and Type Metadata (draft-ietf-oauth-sd-jwt-vc §4).

Both follow from the kind's definition alone, whose hash is registered: whoever has the kind can check the digest in
``vct#integrity`` and needs to fetch nothing.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from ledger.formats import base64s, canonical
from ledger.formats.kind import Kind


def vct(kind: Kind) -> str:
    """The URL of the kind's Type Metadata: its context's, with ``/vct`` after it."""
    return f"{kind.context_url}/vct"


def integrity(kind: Kind) -> str:
    """``vct#integrity``: SHA-256 of the Type Metadata's JCS bytes (W3C Subresource Integrity)."""
    return "sha256-" + base64s.encode(hashlib.sha256(canonical.dumps(metadata(kind))).digest())


def metadata(kind: Kind) -> dict[str, Any]:
    """The Type Metadata: names of the kind and of its claims, in every language of its labels.

    Whatever order the definition's members stand in, arrays here are sorted: by language, and by path with null first.
    """
    return {
        "vct": vct(kind),
        "name": kind.labels["en"],
        "display": [{"locale": language, "name": label} for language, label in sorted(kind.labels.items())],
        "claims": [
            {
                "path": list(path),
                "display": [
                    {"locale": language, "label": label} for language, label in sorted(kind.terms[term].items())
                ],
            }
            for path, term in _claims(kind)
        ],
    }


def _claims(kind: Kind) -> Iterator[tuple[tuple[str | None, ...], str]]:
    """Paths of all claims that have labels; null stands for each element of an array (§4.6.1)."""
    found: dict[tuple[str | None, ...], str] = {}
    for path in _walk(kind.schema, kind.schema.get("$defs", {}), ("credentialSubject",)):
        term = path[-1]
        if isinstance(term, str) and term in kind.terms and len(path) > 1:
            found.setdefault(path, term)
    yield from sorted(found.items(), key=lambda item: [step or "" for step in item[0]])


def _walk(schema: Any, definitions: dict[str, Any], path: tuple[str | None, ...]) -> Iterator[tuple[str | None, ...]]:
    """Of a schema that ``kind_schema`` has passed: it is finite, with every reference written out too."""
    if not isinstance(schema, dict):
        return
    yield path
    if "$ref" in schema:
        yield from _walk(definitions.get(schema["$ref"].removeprefix("#/$defs/")), definitions, path)
    for name, below in schema.get("properties", {}).items():
        yield from _walk(below, definitions, (*path, name))
    for below in [schema.get("items"), *schema.get("prefixItems", [])]:
        yield from _walk(below, definitions, (*path, None))
    for word in ("allOf", "anyOf", "oneOf"):
        for below in schema.get(word, []):
            yield from _walk(below, definitions, path)
