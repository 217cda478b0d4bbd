"""Printing canonical JSON (RFC 8785): byte for byte as the vectors and another implementation have it."""

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

from ledger.formats import canonical
from ledger.formats.canonical import dumps, loads
from ledger.formats.errors import FormatError
from tests.ledger.formats.json_texts import refusal, values

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


def test_the_ordinary_document_never_reaches_the_slow_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: Any) -> Any:
        raise AssertionError("slow path taken")

    monkeypatch.setattr(canonical, "_loads_strictly", slow)
    monkeypatch.setattr(rfc8785, "dumps", slow)
    value = {"name": "𠮷田", "mark": 88.5, "credits": 4, "terms": ["2023-1", None, True], "a\n": "\x1f"}
    for data in (dumps(value), orjson.dumps(value), orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"):
        assert dumps(loads(data)) == dumps(value)
