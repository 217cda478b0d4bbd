"""JSON that has one meaning and one spelling: a strict reader (RFC 8259, I-JSON RFC 7493) and RFC 8785 output.

What is accepted, beyond the grammar:

- UTF-8 without BOM; no lone surrogates, written out or escaped; no key twice in one object;
- integers (no fraction, no exponent) within ±(2**53 - 1);
- other numbers only if they lose nothing: the exact decimal value of their text equals the exact decimal value of the
  text that RFC 8785 prints for the nearest double, and that text is itself accepted. So ``1.50`` and ``1E30`` pass;
  ``1e400``, ``1e-400``, ``0.1000000000000000055`` and ``1e20`` (printed as an integer beyond 2**53) do not.
  ``-0`` is read as the zero it is printed as;
- at most ``max_bytes`` bytes, 50,000 values, and ``max_depth`` arrays and objects inside each other.

Hence ``loads(dumps(loads(x)))`` never fails and equals ``loads(x)``. Both functions are on the hot path: orjson does
the work wherever it provably gives the same answer, the slow readers and writers do the rest.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import orjson
import rfc8785

from ledger.formats.errors import FormatError

JSONValue = dict[str, Any] | list[Any] | str | int | float | bool | None

MAX_BYTES = 5 * 2**20
MAX_VALUES = 50_000
"""Half a second's work at the most, where megabytes of empty arrays would be five."""
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1

# orjson's own limit on output is 254 levels; nothing deeper is written, and nothing read that could not be written.
_DEEPEST = 250
# Within these bounds, and with a fraction, orjson and ECMAScript print a double alike: plain digits, no exponent.
_PLAIN_LOW, _PLAIN_HIGH = 1e-4, 1e15
_ASTRAL_LEADS = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
_REST_OF_STRING = re.compile(rb'(?:[^"\\]|\\.)*"(:?)', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_COMPACT = orjson.OPT_STRICT_INTEGER
_INDENTED = orjson.OPT_STRICT_INTEGER | orjson.OPT_INDENT_2
_SORTED = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JSONValue:
    """Read one JSON text strictly (see the module's rules).

    Raises FormatError: ``document.too_large`` for more than ``max_bytes`` or ``MAX_VALUES``,
    ``document.duplicate_key``, and ``document.malformed`` for everything else. ``max_depth`` counts nested arrays and
    objects (at most 250).
    """
    if len(data) > max_bytes:
        raise FormatError("document.too_large", f"more than {max_bytes} bytes")
    _refuse_many(data)
    try:
        value: JSONValue = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise FormatError("document.malformed", f"not JSON: {error}") from None
    if _walk(value, min(max_depth, _DEEPEST)) and _is_own_dump(value, data):
        return value
    return _loads_strictly(data)


def loads_canonical(data: bytes, *, max_depth: int = MAX_DEPTH, numbers: bool = True) -> JSONValue:
    """Read a JSON text that is its own canonical form, and whose doubles are plain: as strict as ``loads``, and faster.

    Equal bytes prove it, but for doubles: ``dumps`` prints some, such as 1e20, as an integer that ``loads`` refuses.
    Without ``numbers`` neither doubles nor depth are looked at: the caller refuses all of them, or asks ``is_plain``.
    Raises FormatError ``document.malformed``, ``document.too_large`` for more than ``MAX_VALUES``, or
    ``document.not_canonical`` where only ``loads`` can tell.
    """
    _refuse_many(data)
    try:
        value: JSONValue = orjson.loads(data)
        out = orjson.dumps(value, option=_SORTED)
    except (orjson.JSONDecodeError, TypeError) as error:
        raise FormatError("document.malformed", f"not JSON, or no canonical form: {error}") from None
    if (numbers and not _walk(value, min(max_depth, _DEEPEST))) or out != data or _may_sort_otherwise(out):
        raise FormatError("document.not_canonical", "not in its canonical form, or with doubles that are not plain")
    return value


def is_plain(value: JSONValue, *, max_depth: int = MAX_DEPTH) -> bool:
    """Whether no double and no depth in a value of ``loads_canonical`` without ``numbers`` needs a stricter look."""
    try:
        return _walk(value, max_depth)
    except FormatError:
        return False


def dumps(value: JSONValue) -> bytes:
    """Return the RFC 8785 bytes of ``value``, made of exactly dict, list, str, int, float, bool and None.

    Raises FormatError ``document.malformed`` for any other type (subclasses included), an integer beyond
    ±(2**53 - 1), NaN, Infinity, a lone surrogate, or more than 250 levels.
    """
    try:
        out = orjson.dumps(value, option=_SORTED)
    except TypeError as error:
        raise FormatError("document.malformed", f"no canonical form: {error}") from None
    if _walk(value, _DEEPEST) and not _may_sort_otherwise(out):
        return out
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise FormatError("document.malformed", f"no canonical form: {error}") from None


def sort_key(name: str) -> bytes:
    """What names of members are sorted by (RFC 8785 §3.2.3): their UTF-16 code units."""
    return name.encode("utf-16-be", "surrogatepass")


def _refuse_many(data: bytes) -> None:
    """Refuse a text of too many values before any of them is made: each has a comma or a bracket of its own."""
    if len(data) <= MAX_VALUES or _marks(data) <= MAX_VALUES:
        return
    if _marks(_STRING.sub(b"", data)) > MAX_VALUES:  # what is left stands in no string
        raise FormatError("document.too_large", f"more than {MAX_VALUES} values")


def _marks(data: bytes) -> int:
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _walk(value: JSONValue, room: int) -> bool:
    """True where orjson prints every number as RFC 8785 does; raises on a foreign type or more than ``room`` levels.

    orjson refuses most foreign types itself; tuples, enums, UUIDs and Fragments it would write.
    """
    kind = type(value)
    if kind is dict:
        children: Any = value.values()  # type: ignore[union-attr]
    elif kind is list:
        children = value
    elif kind is float:
        return _PLAIN_LOW <= abs(value) < _PLAIN_HIGH and not value.is_integer()  # type: ignore
    elif kind is str or kind is int or kind is bool or value is None:
        return True
    else:
        raise FormatError("document.malformed", f"no canonical form: {kind.__name__} is no JSON type")
    if room <= 0:
        raise FormatError("document.malformed", "nested too deeply")
    room -= 1
    plain = True
    for child in children:
        # The two commonest types are settled without a call.
        if (kind := type(child)) is not str and kind is not int and not _walk(child, room):
            plain = False
    return plain


def _is_own_dump(value: JSONValue, data: bytes) -> bool:
    """Whether ``data`` is what orjson writes for ``value``, compact or indented by two, in the order of the text.

    Equal bytes prove strictness: each key of ``value`` is written once, so ``data`` repeats none; escapes, integers and
    doubles are in their only spelling. (Which doubles may stand here, ``_walk`` has decided.)
    """
    try:
        if orjson.dumps(value, option=_COMPACT) == data:
            return True
        return b"\n" in data and orjson.dumps(value, option=_INDENTED) == data.rstrip(b"\n")
    except TypeError:  # an integer beyond 53 bits: the strict reader finds and names it
        return False


def _may_sort_otherwise(out: bytes) -> bool:
    """RFC 8785 §3.2.3 sorts keys by UTF-16 units, orjson by code points: they differ beyond the BMP only.

    Such characters start with a UTF-8 byte from F0 to F4; rare in values, and next to never in keys, after which in
    compact JSON a colon stands.
    """
    if out.isascii():
        return False
    for lead in _ASTRAL_LEADS:
        at = out.find(lead)
        while at >= 0:
            rest = _REST_OF_STRING.match(out, at)
            if rest is None or rest[1]:
                return True
            at = out.find(lead, rest.end())
    return False


def _loads_strictly(data: bytes) -> JSONValue:
    """Read again with a hook at every number and object; orjson has already vouched for grammar and UTF-8."""
    try:
        value: JSONValue = _STRICT.decode(data.decode())
    except RecursionError:  # deep nesting hidden in a key's first value, which orjson's reading has dropped
        raise FormatError("document.malformed", "nested too deeply") from None
    except ValueError as error:
        raise FormatError("document.malformed", f"not JSON: {error}") from None
    return value


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormatError("document.duplicate_key", "an object has the same key twice")
    return members


def _read_integer(token: str) -> int:
    # The length comes first: int() of megabytes of digits is slow, or refused with an error of its own.
    if len(token) > 17 or not -MAX_INTEGER <= (value := int(token)) <= MAX_INTEGER:
        raise FormatError("document.malformed", "an integer beyond 2**53 - 1")
    return value


def _read_double(token: str) -> float:
    value = float(token)
    if value == 0:
        exact = not any("1" <= digit <= "9" for digit in token.lower().partition("e")[0])
    elif abs(value) == float("inf") or MAX_INTEGER < abs(value) < 1e21:
        exact = False
    else:
        exact = Decimal(token) == Decimal(repr(value))
    if not exact:
        raise FormatError("document.malformed", "a number that a double cannot hold exactly")
    # ``7.0`` and ``7e0`` are the whole number that ``7`` is, to whoever asks for one.
    return int(value) if abs(value) <= MAX_INTEGER and value.is_integer() else value


def _read_constant(token: str) -> NoReturn:
    raise FormatError("document.malformed", f"{token} is no JSON number")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_read_object, parse_int=_read_integer, parse_float=_read_double, parse_constant=_read_constant
)
