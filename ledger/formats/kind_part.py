"""A kind as it reads a record of which something is withheld: nothing need be there, and all that is there is named.

The issuer signed the whole record, and the log's sequencer saw that it did. What is left of it must still hold nothing
that the kind does not name, and no value that it does not allow; what may be missing may be missing anywhere.
"""

from dataclasses import replace
from typing import Any

from ledger.formats import kind as kinds
from ledger.formats.kind import Kind

_DEMANDS = frozenset({"required", "minItems", "minProperties"})


def part_of(kind: Kind) -> Kind:
    """The kind, its schema without what demands that something be there."""
    schema = _relaxed(kind.schema)
    schema["required"] = [kind.content]
    return replace(kind, schema=schema, _validator=kinds.compile_schema(schema))


def _relaxed(schema: Any) -> Any:
    """One subschema. Of several branches any may be meant, once their demands are gone; elements move forward."""
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for word, value in schema.items():
        if word in ("properties", "$defs"):
            made[word] = {name: _relaxed(below) for name, below in value.items()}
        elif word == "anyOf":
            made[word] = [_relaxed(below) for below in value]
        elif word == "allOf":
            made.setdefault(word, []).extend(_relaxed(below) for below in value)
        elif word == "oneOf":
            made.setdefault("allOf", []).append({"anyOf": [_relaxed(below) for below in value]})
        elif word == "items" and "prefixItems" not in schema:
            made[word] = _relaxed(value)
        elif word not in _DEMANDS and word not in ("items", "prefixItems"):
            made[word] = value
    if "prefixItems" in schema:
        rest = schema.get("items", True)
        branches = [*schema["prefixItems"], *([rest] if rest is not False else [])]
        made["items"] = {"anyOf": [_relaxed(below) for below in branches]}
    return made
