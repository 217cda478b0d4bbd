import dataclasses
import datetime
import decimal
import enum
import hashlib
import json
import re
import struct
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.formats import canonical
from ledger.formats.canonical import dumps, loads, loads_canonical
from ledger.formats.errors import FormatError

VECTORS = ["arrays", "french", "structures", "unicode", "values", "weird"]
# RFC 8785's own example holds a number that a double cannot hold exactly: to be printed, but not to be read.
LOSSY_INPUTS = {"values"}


@pytest.mark.parametrize("name", VECTORS)
def test_published_vectors_are_printed_byte_for_byte(shared_vectors: Path, name: str) -> None:
    folder = shared_vectors / "json-canonicalization"
    source = (folder / "input" / f"{name}.json").read_bytes()
    expected = (folder / "output" / f"{name}.json").read_bytes()
    assert bytes.fromhex("".join((folder / "outhex" / f"{name}.txt").read_text().split())) == expected
    assert dumps(json.loads(source)) == expected
    assert dumps(loads(expected)) == expected
    if name in LOSSY_INPUTS:
        assert refusal(source) == "document.malformed"
    else:
        assert dumps(loads(source)) == expected


def es6_doubles(readme: str, count: int) -> Iterator[int]:
    """The IEEE-754 bit patterns that the README of the vectors describes, first its literals, then hashed blocks."""
    literals = re.search(r"new BigUint64Array\(\[(.*?)\]\)", readme, re.DOTALL)
    assert literals
    fixed = [int(token, 16) for token in re.findall(r"0x([0-9a-f]{16})n", literals[1])]
    fixed += [0x0010000000000000 + i for i in range(2000)]
    yield from fixed[:count]
    block, left = bytes(32), count - len(fixed)
    while left > 0:
        block = hashlib.sha256(block).digest()
        for bits in struct.unpack("<4Q", block):
            exponent = bits >> 52 & 0x7FF
            if left > 0 and exponent != 0x7FF and bits << 1 & (2**64 - 1):
                left -= 1
                yield bits


@pytest.mark.parametrize(
    ("count", "digest"),
    [
        (1_000, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687"),
        (10_000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"),
    ],
)
def test_doubles_are_printed_as_ecmascript_prints_them(shared_vectors: Path, count: int, digest: str) -> None:
    readme = (shared_vectors / "json-canonicalization" / "README.md").read_text()
    hasher = hashlib.sha256()
    for bits in es6_doubles(readme, count):
        (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
        hasher.update(b"%x,%s\n" % (bits, dumps(value)))
    assert hasher.hexdigest() == digest


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(FormatError) as caught:
        loads(data, **limits)
    return caught.value.code


MALFORMED = {
    "empty": b"",
    "blank": b" \n",
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "not UTF-8": b'"\xff"',
    "GB18030": '"福州"'.encode("gb18030"),
    "overlong UTF-8": b'"\xc0\xaf"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "lone high surrogate": b'"\\ud800"',
    "lone low surrogate": b'"\\udc00"',
    "surrogates swapped": b'"\\ude00\\ud83d"',
    "lone surrogate in a key": b'{"\\ud800":1}',
    "NaN": b"[NaN]",
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "trailing data": b"{} {}",
    "trailing NUL": b"{}\x00",
    "trailing comma": b"[1,]",
    "comment": b"[1/*2*/]",
    "single quotes": b"{'a':1}",
    "unquoted key": b"{a:1}",
    "truncated object": b'{"a":',
    "truncated string": b'"abc',
    "raw newline in a string": b'"a\nb"',
    "raw NUL in a string": b'"a\x00b"',
    "unknown escape": b'"\\x41"',
    "hex number": b"0x10",
    "leading zero": b"[01]",
    "leading plus": b"[+1]",
    "bare point": b"[1.]",
    "no digit before the point": b"[.5]",
    "bare exponent": b"[1e]",
    "full-width digit": "[１]".encode(),
    "form feed as space": b"\x0c1",
    "no-break space": b"\xc2\xa01",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_refused_what_is_no_json(data: bytes) -> None:
    assert refusal(data) == "document.malformed"


LOSSY = """\
9007199254740992 -9007199254740992 9007199254740993 18446744073709551615 18446744073709551616
100000000000000000000 1e400 -1e400 1e-400 0.1000000000000000055 0.10000000000000000001 333333333.33333329 1e20 1e16
9007199254740992.0 9007199254740991.5 12345678901234567890.5 4.1234567890123456789E+17 1e999999999999999999999999
1e-999999999999999999999999 0.0000000000000000000000000000000000000001e-300"""


@pytest.mark.parametrize("token", LOSSY.split())
@pytest.mark.parametrize("around", ["%s", "[%s]", '{"mark":%s}', '{\n  "mark": %s\n}'])
def test_refused_a_number_that_does_not_survive_the_round_trip(token: str, around: str) -> None:
    assert refusal((around % token).encode()) == "document.malformed"


def test_refused_an_integer_of_megabytes_without_delay() -> None:
    assert refusal(b"[" + b"9" * 2_000_000 + b"]") == "document.malformed"
    assert refusal(b"[0." + b"9" * 2_000_000 + b"]") == "document.malformed"


EXACT = """\
0 -0 -0.0 0e9 0.0e-99999999999999999999 1.0 1.50 1E2 1e0 10.0 1e21 1E30 -1e-7 0.1 1e-5 0.00001 5e-324
1.7976931348623157e308 9007199254740991 -9007199254740991 9007199254740991.0 123456789012345.67 88.5 3.85
1e15 4.5e15"""


@pytest.mark.parametrize("token", EXACT.split())
@pytest.mark.parametrize("around", ["%s", "[%s]", '{"mark":%s}'])
def test_read_exactly_a_number_that_does_survive(token: str, around: str) -> None:
    value = loads((around % token).encode())
    assert value == json.loads(around % token)
    assert loads(dumps(value)) == value
    plain = dumps(value).decode().removeprefix('{"mark":').strip("[]}")
    assert decimal.Decimal(plain) == decimal.Decimal(token.replace("0.0e-99999999999999999999", "0"))


DUPLICATES = {
    "plain": b'{"a":1,"a":1}',
    "apart": b'{"a":1,"b":2,"a":3}',
    "escaped": b'{"a":1,"\\u0061":2}',
    "nested": b'[{"b":{"a":1,"a":2}}]',
    "empty key": b'{"":1,"":2}',
    "indented": b'{\n  "a": 1,\n  "a": 2\n}',
    "hiding a proof": b'{"proof":{"proofValue":"z1"},"proof":{}}',
    "beyond the BMP": '{"𠮷":1,"𠮷":2}'.encode(),
    "beside a lossy number": b'{"a":{"x":1,"x":2},"n":1}',
}


@pytest.mark.parametrize("data", DUPLICATES.values(), ids=DUPLICATES.keys())
def test_refused_a_key_that_appears_twice(data: bytes) -> None:
    assert refusal(data) == "document.duplicate_key"


def nest(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ("[ ", "]"), ('[{"a":[', "]}]")])
def test_refused_one_level_too_deep_and_accepted_one_less(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")
    deepest = 60 // levels
    assert loads(nest(deepest, opening, closing), max_depth=60) == json.loads(nest(deepest, opening, closing))
    assert refusal(nest(deepest + 1, opening, closing), max_depth=60) == "document.malformed"


@pytest.mark.parametrize("depth", [65, 255, 900, 1_000, 1_024, 1_025, 100_000])
def test_deep_nesting_ends_in_an_error_of_ours(depth: int) -> None:
    assert refusal(nest(depth)) == "document.malformed"
    if depth > 250:  # the most that can be asked for
        assert refusal(nest(depth), max_depth=100_000) == "document.malformed"
    assert refusal(b'{"a":' + nest(depth) + b',"a":1}') in ("document.malformed", "document.duplicate_key")
    assert refusal(b"[" * depth) == "document.malformed"


def test_refused_one_byte_too_much() -> None:
    assert loads(b'"ab"', max_bytes=4) == "ab"
    assert refusal(b'"abc"', max_bytes=4) == "document.too_large"
    assert refusal(b" " * (5 * 2**20) + b"1") == "document.too_large"


class Text(str):
    pass


class Number(int):
    pass


class Colour(enum.Enum):
    RED = "red"


class TextColour(str, enum.Enum):  # noqa: UP042
    RED = "red"


@dataclasses.dataclass
class Box:
    mark: int = 1


FOREIGN: dict[str, Any] = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "integer beyond 53 bits": 2**53,
    "negative integer beyond 53 bits": -(2**53),
    "integer beyond 64 bits": 2**64,
    "lone surrogate": "\ud800",
    "bytes": b"a",
    "tuple": (1, 2),
    "set": {1},
    "Decimal": decimal.Decimal("1.5"),
    "UUID": uuid.UUID(int=1),
    "enum": Colour.RED,
    "enum that is a string": TextColour.RED,
    "subclass of str": Text("a"),
    "subclass of int": Number(1),
    "subclass of dict": OrderedDict(a=1),
    "dataclass": Box(),
    "datetime": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    "date": datetime.date(2024, 1, 1),
    "ready-made fragment": orjson.Fragment(b'{"b":1,"a":2}'),
}
BAD_KEYS: dict[str, Any] = {
    "integer": 1,
    "None": None,
    "subclass": Text("a"),
    "surrogate": "\udc00",
    "enum": Colour.RED,
}


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("around", [lambda v: v, lambda v: [1.0, v], lambda v: {"a": {"b": [v]}}])
def test_refused_to_print_what_json_does_not_have(value: Any, around: Any) -> None:
    with pytest.raises(FormatError) as caught:
        dumps(around(value))
    assert caught.value.code == "document.malformed"


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_refused_to_print_a_key_that_is_no_string(key: Any) -> None:
    with pytest.raises(FormatError):
        dumps({"a": [{key: 1.0}]})


def test_refused_to_print_a_circle_or_an_abyss() -> None:
    circle: list[Any] = []
    circle.append(circle)
    abyss: Any = 1
    for _ in range(100_000):
        abyss = [abyss]
    for value in (circle, abyss):
        with pytest.raises(FormatError):
            dumps(value)
    while isinstance(abyss, list):  # taken apart by hand: freeing it in one go is deep, too
        abyss = abyss.pop()


def test_every_control_and_basic_character_is_escaped_as_the_oracle_does() -> None:
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000)]))
    assert dumps(text) == rfc8785.dumps(text)
    assert dumps({text: text}) == rfc8785.dumps({text: text})


def test_keys_beyond_the_bmp_sort_by_utf16_units() -> None:
    value = {"\ufb33": 1, "\U0001f602": 2, "名": {"\uff01": 1, "𠮷": 2}}
    assert dumps(value) == '{"名":{"𠮷":2,"\uff01":1},"\U0001f602":2,"\ufb33":1}'.encode()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
keys = st.one_of(texts, st.sampled_from(["", "a", "\ufb33", "\uff01", "𠮷", "\U0001f602", "\U0010ffff", "é", "名"]))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1000, 1000).map(lambda x: round(x, 2)),
    texts,
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
)


@given(values)
@example([1e-4, 9.999999999999999e-5, 0.00012345, 999999999999999.9, 1e15, 1e-5, 0.1, -0.0, 1.0])
@settings(max_examples=400, deadline=None)
def test_printing_equals_the_oracle_and_reads_back(value: Any) -> None:
    out = dumps(value)
    assert out == rfc8785.dumps(value)
    try:
        back = loads(out)
    except FormatError:  # an integral double beyond 2**53 may be printed, but not read
        assert re.search(rb"\d{16}", out)
    else:
        assert back == value


@given(values, st.sampled_from([None, 1, 2]), st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_the_fast_reader_and_the_strict_reader_agree(value: Any, indent: int | None, ascii_: bool, sort: bool) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_, sort_keys=sort).encode()

    def outcome(read: Any) -> Any:
        try:
            return json.dumps(read(data))
        except FormatError as error:
            return error.code

    assert outcome(loads) == outcome(canonical._loads_strictly)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), min_size=1, max_size=5))
def test_no_spelling_of_a_duplicate_key_passes(members: list[tuple[str, int]]) -> None:
    data = ("{" + ",".join(f'"{key}":{number}' for key, number in members) + "}").encode()
    if len({key for key, _ in members}) == len(members):
        assert loads(data) == dict(members)
    else:
        assert refusal(data) == "document.duplicate_key"


def test_the_ordinary_document_never_reaches_the_slow_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: Any) -> Any:
        raise AssertionError("slow path taken")

    monkeypatch.setattr(canonical, "_loads_strictly", slow)
    monkeypatch.setattr(rfc8785, "dumps", slow)
    value = {"name": "𠮷田", "mark": 88.5, "credits": 4, "terms": ["2023-1", None, True], "a\n": "\x1f"}
    for data in (dumps(value), orjson.dumps(value), orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"):
        assert dumps(loads(data)) == dumps(value)


def strict_or_refused(read: Any, data: bytes) -> Any:
    try:
        return read(data)
    except FormatError:
        return FormatError


BAD = [*MALFORMED.values(), *DUPLICATES.values(), *(b"[%s]" % token.encode() for token in LOSSY.split()), nest(65)]


@pytest.mark.parametrize("data", [*BAD, b"[18446744073709552000]", b"[9007199254740994]"])
def test_the_reader_of_canonical_texts_refuses_what_the_strict_one_refuses(data: bytes) -> None:
    assert strict_or_refused(loads, data) is FormatError
    assert strict_or_refused(loads_canonical, data) is FormatError


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b"[1, 2]", b"[1.0]", b'["\\u0061"]', b"[-0]", b"[1e21]", b"{}\n"])
def test_the_reader_of_canonical_texts_leaves_another_spelling_to_the_strict_one(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        loads_canonical(data)
    assert caught.value.code == "document.not_canonical"


@given(values)
@example([1e20])
@example([2.0**64, 1e16])
@example({"\ufb33": 1, "\U0001f602": 2})
@settings(max_examples=400, deadline=None)
def test_the_reader_of_canonical_texts_never_accepts_more_than_the_strict_one(value: Any) -> None:
    data = dumps(value)
    read = strict_or_refused(loads_canonical, data)
    assert read is FormatError or read == loads(data)
    astral_first = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    assert strict_or_refused(loads_canonical, astral_first) is FormatError or dumps(value) == astral_first
