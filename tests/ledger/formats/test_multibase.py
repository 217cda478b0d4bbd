import csv
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import multibase
from ledger.formats.errors import FormatError
from ledger.formats.multibase import (
    base58_decode,
    base58_encode,
    base64url_decode,
    base64url_encode,
    multibase_decode,
    multibase_encode,
)

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def naive_encode(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


@pytest.mark.parametrize("name", ["basic", "leading_zero", "two_leading_zeros"])
def test_published_vectors(shared_vectors: Path, name: str) -> None:
    lines = (shared_vectors / "multibase" / f"{name}.csv").read_text().splitlines()
    (_, plain), *rows = list(csv.reader(lines, skipinitialspace=True))
    data = plain.encode().decode("unicode_escape").encode("latin-1")
    spelled = {encoding: text for encoding, text in rows}
    assert multibase_encode(data, "z") == spelled.pop("base58btc")
    assert multibase_encode(data, "u") == spelled.pop("base64url")
    assert multibase_decode(multibase_encode(data, "z")) == multibase_decode(multibase_encode(data, "u")) == data
    assert len(spelled) > 20
    for text in spelled.values():
        assert refusal(text) == "multibase.unsupported"


def refusal(text: str, **limits: Any) -> str:
    with pytest.raises(FormatError) as caught:
        multibase_decode(text, **limits)
    return caught.value.code


@given(st.binary(max_size=100))
def test_base58_equals_the_naive_way_and_reads_back(data: bytes) -> None:
    assert base58_encode(data) == naive_encode(data)
    assert base58_decode(base58_encode(data)) == data


@pytest.mark.parametrize("data", [b"", b"\0", b"\0" * 256, b"\xff" * 256, b"\0" * 10 + b"\1", b"\1" + b"\0" * 40])
def test_the_edges_read_back(data: bytes) -> None:
    for prefix in "zu":
        assert multibase_decode(multibase_encode(data, prefix)) == data


@given(st.text(ALPHABET, max_size=90))
def test_every_base58_text_is_the_one_spelling_of_its_bytes(text: str) -> None:
    assert base58_encode(base58_decode(text)) == text


BAD_BASE58 = {
    "zero": "z10",
    "capital o": "z1O",
    "capital i": "zI",
    "small l": "zl2",
    "space": "z2 3",
    "newline at the end": "z23\n",
    "NUL": "z2\x003",
    "padding": "z23=",
    "full-width digit": "z２",
    "Arabic digit": "z٢",
    "high byte": "z\xff",
    "plus": "z2+3",
    "lone surrogate": "z2\ud8003",
}


@pytest.mark.parametrize("text", BAD_BASE58.values(), ids=BAD_BASE58.keys())
def test_refused_what_is_no_base58(text: str) -> None:
    assert refusal(text) == "multibase.malformed"


BAD_BASE64URL = {
    "standard alphabet": "u+/8",
    "padding": "ueWVzIG1hbmkgIQ==",
    "some padding": "uQQ=",
    "one digit": "uA",
    "five digits": "uAAAAA",
    "set bits after the end of one byte": "uQR",
    "set bits after the end of two bytes": "uQUJ",
    "newline": "uQU\nFB",
    "newline at the end": "uQUFB\n",
    "space": "uQ UFB",
    "percent": "uQUF%",
    "NUL": "uQU\x00A",
    "full-width": "uＱＱ",
    "lone surrogate": "uQU\ud800A",
    "padding inside": "uQQ==QUFB",
}


@pytest.mark.parametrize("text", BAD_BASE64URL.values(), ids=BAD_BASE64URL.keys())
def test_refused_what_is_no_unpadded_base64url(text: str) -> None:
    assert refusal(text) == "multibase.malformed"


@pytest.mark.parametrize("text", ["Z23", "UQUFB", "mQUFB", "f00", "Mw==", "🚀", "0", " z23"])
def test_refused_another_prefix(text: str) -> None:
    assert refusal(text) == "multibase.unsupported"


@pytest.mark.parametrize("text", ["", None, 5, b"z23", ["z"], {}])
def test_refused_what_is_no_text(text: str) -> None:
    assert refusal(text) == "multibase.malformed"


def test_refused_a_prefix_that_the_caller_does_not_take() -> None:
    with pytest.raises(FormatError, match="unsupported"):
        multibase_decode("uQUFB", prefixes="z")
    with pytest.raises(FormatError, match="unsupported"):
        multibase_encode(b"a", "m")
    with pytest.raises(FormatError, match="unsupported"):
        multibase_decode("m", prefixes="m")


@pytest.mark.parametrize("prefix", "zu")
@pytest.mark.parametrize("size", [1, 2, 3, 33, 34, 64, 255, 256])
def test_refused_one_byte_more_than_the_limit(prefix: str, size: int) -> None:
    for fill in (b"\0", b"\xff", b"\1"):
        text = multibase_encode(fill * size, prefix)
        assert multibase_decode(text, max_bytes=size) == fill * size
        assert refusal(text, max_bytes=size - 1) == "multibase.malformed"


def test_refused_a_long_text_of_base58_at_once() -> None:
    for text in ("z" * 300_000, "z" + "1" * 300_000):
        start = time.perf_counter()
        assert refusal(text, max_bytes=10**9) == "multibase.malformed"
        assert time.perf_counter() - start < 0.5


def test_long_base64url_is_read_where_the_caller_allows_it() -> None:
    data = bytes(range(256)) * 400
    assert base64url_decode(base64url_encode(data), max_bytes=len(data)) == data
    assert multibase_decode(multibase_encode(data, "u"), max_bytes=2**20) == data


def test_the_digit_table_covers_the_alphabet_only() -> None:
    assert [multibase._DIGITS[ord(c)] for c in ALPHABET] == list(range(58))
