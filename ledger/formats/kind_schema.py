"""Which JSON Schemas a kind may have: a part of 2020-12 that is closed, local, finite and cheap (docs/formats.md §3).

Only the keywords named here are read, so no keyword can open an object, reach for the network, or match a name that no
context defines. References lead to ``#/$defs/NAME`` and never in a circle; written out in full, a schema has at most
``MAX_NODES`` subschemas, which bounds the work for each value whatever the schema says.
"""

import re
from typing import Any

from ledger.formats import patterns
from ledger.formats.errors import FormatError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_NODES = 2000
MAX_DEPTH = 32
MAX_PATTERNS = 32
MAX_PATTERN_LENGTH = 200

BASE_TERMS = frozenset({"id", "type", "name", "description"})
"""Terms that the W3C credentials context itself defines for a subject."""
UNLABELLED = frozenset({"id", "type"})
"""Members that need no label: they are not for reading."""

_ANNOTATIONS = {"title", "description", "$comment"}
_ASSERTIONS = {
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "required",
    "minProperties",
    "maxProperties",
}
_BRANCHES = ("allOf", "anyOf", "oneOf")
_APPLICATORS = {"properties", "additionalProperties", "items", "prefixItems", "$ref", *_BRANCHES}
_KEYWORDS = _ANNOTATIONS | _ASSERTIONS | _APPLICATORS
_ROOT_KEYWORDS = _KEYWORDS | {"$schema", "$defs"}
_FORMATS = {"date", "date-time", "time", "duration", "uri", "uuid", "email"}
_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_REFERENCE = re.compile(r"#/\$defs/([A-Za-z][A-Za-z0-9_-]{0,63})")


def check(schema: object) -> frozenset[str]:
    """All member names that the schema of a ``credentialSubject`` allows, at any depth.

    Raises FormatError ``kind.malformed`` for a schema outside of the module's rules.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise _malformed("the schema of a subject is one object of type object")
    definitions = schema.get("$defs", {})
    if schema.get("$schema", DIALECT) != DIALECT or not isinstance(definitions, dict):
        raise _malformed("$schema or $defs")
    walk = _Walk(definitions)
    walk.size(schema, _ROOT_KEYWORDS, 0)
    for name in definitions:
        walk.definition(name, 0)
    return frozenset(walk.names)


def admits_numbers(schema: object) -> bool:
    """Whether a subject may hold a number anywhere under a schema that ``check`` has passed."""
    if isinstance(schema, list):
        return any(admits_numbers(child) for child in schema)
    if not isinstance(schema, dict):
        return False
    types, constants = schema.get("type"), schema.get("enum", [schema.get("const")])
    named = [types] if isinstance(types, str) else types
    if isinstance(named, list) and not {"number", "integer"}.isdisjoint(named):
        return True
    if isinstance(constants, list) and any(type(value) in (int, float) for value in constants):
        return True
    return any(admits_numbers(child) for child in schema.values())


_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")


class _Walk:
    """One pass over a schema: refuses what is outside of the rules, gathers names, counts written-out subschemas."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self.names: set[str] = set()
        self._definitions = definitions
        self._sizes: dict[str, int | None] = {}
        self._patterns = 0

    def definition(self, name: str, depth: int) -> int:
        """Written-out size of ``#/$defs/name``; a definition that is still being measured refers to itself."""
        if name not in self._definitions:
            raise _malformed(f"$ref to {name}, which is not defined")
        if name not in self._sizes:
            self._sizes[name] = None
            self._sizes[name] = self.size(self._definitions[name], _KEYWORDS, depth + 1)
        size = self._sizes[name]
        if size is None:
            raise _malformed(f"{name} refers to itself")
        return size

    def size(self, schema: object, keywords: set[str], depth: int) -> int:
        """Number of subschemas once every reference is written out, this one included."""
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            raise _malformed("a subschema is no object, or lies too deep")
        unknown = set(schema) - keywords
        if unknown:
            raise _malformed(f"the keyword {min(unknown)[:64]} is not among those that a kind may use")
        if any(isinstance(schema.get(name), float) and schema[name] >= 2**53 for name in _COUNTS):
            raise _malformed("a count is a whole number of at most 2**53 - 1")
        self._check_closed(schema)
        total = 1
        for child in _children(schema):
            total += self.size(child, _KEYWORDS, depth + 1)
        if "$ref" in schema:
            total += self.definition(_reference(schema["$ref"]), depth)
        if total > MAX_NODES:
            raise _malformed(f"written out, the schema has more than {MAX_NODES} parts")
        return total

    def _check_closed(self, schema: dict[str, Any]) -> None:
        """Whatever the schema admits is a scalar, a closed object, an array of such, or decided by a branch."""
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if not isinstance(types, list) or not all(isinstance(name, str) and name in _TYPES for name in types):
            raise _malformed("type")
        if "pattern" in schema:
            self._check_pattern(schema["pattern"])
        if "format" in schema and (not isinstance(schema["format"], str) or schema["format"] not in _FORMATS):
            raise _malformed("format")
        if "object" in types:
            self.names.update(_object_members(schema))
        if "array" in types and "items" not in schema:
            raise _malformed("an array whose items may be anything")
        constants = schema.get("enum", [schema.get("const")])
        if not isinstance(constants, list) or any(isinstance(value, dict | list) for value in constants):
            raise _malformed("enum and const hold scalars")
        if not types and not any(key in schema for key in ("enum", "const", "$ref", *_BRANCHES)):
            raise _malformed("a subschema that admits anything")

    def _check_pattern(self, pattern: object) -> None:
        """Each is compiled to a machine of its own: a handful is plenty, and thousands fill the memory."""
        self._patterns += 1
        if self._patterns > MAX_PATTERNS or not isinstance(pattern, str) or len(pattern) > MAX_PATTERN_LENGTH:
            raise _malformed(f"more than {MAX_PATTERNS} patterns, or one of more than {MAX_PATTERN_LENGTH} characters")
        patterns.check(pattern)


def _object_members(schema: dict[str, Any]) -> set[str]:
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is not False or not isinstance(properties, dict):
        raise _malformed("an object that is not closed by additionalProperties: false")
    return set(properties)


def _children(schema: dict[str, Any]) -> list[object]:
    """Subschemas written in place."""
    children: list[object] = []
    for keyword in (*_BRANCHES, "prefixItems"):
        if keyword in schema:
            branches = schema[keyword]
            if not isinstance(branches, list) or not branches:  # an empty one would admit anything
                raise _malformed(f"{keyword} is an array of at least one subschema")
            children.extend(branches)
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        raise _malformed("properties")
    children.extend(properties.values())
    if schema.get("items", False) is not False:
        children.append(schema["items"])
    return children


def _reference(value: object) -> str:
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _malformed("$ref leads elsewhere than to #/$defs/NAME")
    return match[1]


def _malformed(message: str) -> FormatError:
    return FormatError("kind.malformed", message)
