"""Reading JSON strictly: whatever two readers could understand differently is refused."""

import decimal
import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.formats import canonical
from ledger.formats.canonical import MAX_VALUES, dumps, loads, loads_canonical
from ledger.formats.errors import FormatError
from tests.ledger.formats.json_texts import DUPLICATES, LOSSY, MALFORMED, nest, refusal, values


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_refused_what_is_no_json(data: bytes) -> None:
    assert refusal(data) == "document.malformed"


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


@pytest.mark.parametrize("token", ["7.0", "7e0", "70e-1", "0.07E2", "-0.0", "9007199254740991.0"])
def test_a_whole_number_is_no_whole_number_in_another_spelling(token: str) -> None:
    assert type(loads(token.encode())) is int


@pytest.mark.parametrize("token", ["7.5", "1e21", "5e-324"])
def test_a_fraction_becomes_a_whole_number(token: str) -> None:
    assert type(loads(token.encode())) is float


@pytest.mark.parametrize("data", DUPLICATES.values(), ids=DUPLICATES.keys())
def test_refused_a_key_that_appears_twice(data: bytes) -> None:
    assert refusal(data) == "document.duplicate_key"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), min_size=1, max_size=5))
def test_no_spelling_of_a_duplicate_key_passes(members: list[tuple[str, int]]) -> None:
    data = ("{" + ",".join(f'"{key}":{number}' for key, number in members) + "}").encode()
    if len({key for key, _ in members}) == len(members):
        assert loads(data) == dict(members)
    else:
        assert refusal(data) == "document.duplicate_key"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ("[ ", "]"), ('[{"a":[', "]}]")])
def test_refused_one_level_too_deep_and_accepted_one_less(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")
    deepest = 60 // levels
    assert loads(nest(deepest, opening, closing), max_depth=60) == json.loads(nest(deepest, opening, closing))
    assert refusal(nest(deepest + 1, opening, closing), max_depth=60) == "document.malformed"


@pytest.mark.parametrize("depth", [65, 255, 900, 1_000, 1_024, 1_025, 49_000])
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


@pytest.mark.parametrize("one", ["[]", "{}", "0", '"a,b[{"', "[0]", '{"a":0}', '"\\"],"'])
def test_refused_one_value_too_many(one: str) -> None:
    marks = one.count("[") + one.count("{") if one[0] in "[{" else 0
    most = MAX_VALUES // (marks + 1) - 1
    few, many = ("[" + ",".join([one] * n) + "]" for n in (most, most + 2))
    assert loads(few.encode()) == json.loads(few)
    assert refusal(many.encode()) == "document.too_large"
    with pytest.raises(FormatError) as refused:
        loads_canonical(many.encode())
    assert refused.value.code == "document.too_large"


def test_a_long_text_full_of_commas_is_one_value() -> None:
    text = json.dumps({"a": ',[{"\\' * 100_000})
    assert loads(text.encode()) == json.loads(text)


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
