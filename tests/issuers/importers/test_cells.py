"""One cell: what it becomes, and every way in which it is refused."""

import re
from datetime import date
from typing import Any

import pytest

from issuers.importers.cells import Cell, Number, Refused, convert, is_empty
from issuers.importers.problems import MESSAGES, CellError, problem

LIMIT = 100


def refusal(cell: Cell, kind: str) -> str:
    with pytest.raises(CellError) as caught:
        convert(cell, kind, LIMIT)
    values: dict[str, Any] = caught.value.values
    assert problem(caught.value.code, 1, **values).zh
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00123", "00123"),
        ("0", "0"),
        ("350102200801010012", "350102200801010012"),
        ("35010220080101001X", "35010220080101001X"),
        ("G350199200901011000", "G350199200901011000"),
        ("\t350102200801010012", "350102200801010012"),
        (" 00123\u3000", "00123"),
        ("12E5", "12E5"),
        ("1e5", "1e5"),
        ("闽2026-001", "闽2026-001"),
        ("闽（2026）1", "闽（2026）1"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_an_identifier_is_kept_as_text(text: str, value: str) -> None:
    assert convert(text, "id", LIMIT) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4.1E+17", "row.scientific"),
        ("3.50102E+17", "row.scientific"),
        ("4e-3", "row.scientific"),
        ("'00123", "row.id"),
        ('="00123"', "row.formula"),
        ('"00123', "row.id"),
        ("001 23", "row.id"),
        ("001\u300023", "row.id"),
        ("001\n23", "row.id"),
        ("x" * 65, "row.id"),
        ("#N/A", "row.error_cell"),
        ("########", "row.error_cell"),
        ("350102200801010000", "row.truncated"),
        ("3501022008010100000", "row.truncated"),
        ("00\u200b12", "row.character"),
        ("00\ufffd12", "row.character"),
        ("Ｔ９", "row.id_width"),
        ("T９", "row.id_width"),
        ("００１２３", "row.id_width"),
        ("A①", "row.id_width"),
        ("ﬁ1", "row.id_width"),
        ("e\u0301", "row.id_width"),
        ("\uf9001", "row.id_width"),
    ],
)
def test_an_identifier_is_exact_or_refused(text: str, code: str) -> None:
    assert refusal(text, "id") == code


def _accepted(text: str) -> bool:
    try:
        return convert(text, "id", LIMIT) == text
    except CellError:
        return False


def _check_digit(body: str) -> str:
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def test_every_whole_national_number_that_ends_in_zeros_is_taken() -> None:
    bodies = [f"35010220080101{number}00" for number in range(10)] + [
        f"3501022008{number:05d}00" for number in range(200)
    ]
    whole = [body + "0" for body in bodies if _check_digit(body) == "0"]
    assert len(whole) > 10
    for text in whole:
        assert _accepted(text), text
        assert not _accepted(text[:14] + str((int(text[14]) + 1) % 10) + text[15:]), "another digit, same check digit"


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", "90"), ("90.0", "90"), ("90.50", "90.5"), ("0", "0"), ("0.0", "0"), ("0.5", "0.5"), (" 88 ", "88")],
)
def test_a_decimal_has_one_spelling(text: str, value: str) -> None:
    assert convert(text, "decimal", LIMIT) == value


@pytest.mark.parametrize(
    "text",
    [
        "优秀",
        "缺考",
        "90分",
        "９０",
        "85%",
        "1,000",
        "-5",
        "+5",
        "090",
        ".5",
        "90.",
        "90,5",
        "1 000",
        "∞",
        "NaN",
        "0x10",
        "1234567890",
        "0.1234567",
        "-",
    ],
)
def test_what_is_no_plain_number_is_no_mark(text: str) -> None:
    assert refusal(text, "decimal") == "row.decimal"


@pytest.mark.parametrize("text", ["1.5", "-1", "100001", "一", "01", "1e3", ""[:0] + "٣"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert refusal(text, "integer") == "row.integer"


@pytest.mark.parametrize("text", ["2026-06-30", "2026-6-30", "2026/6/30", "2026年6月30日", "20260630", " 2026-06-30 "])
def test_a_date_is_read_in_the_ways_it_is_written(text: str) -> None:
    assert convert(text, "date", LIMIT) == "2026-06-30"


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "30/06/2026", "06/30/2026", "26-06-30", "2026.6.30", "2026-06", "46203", "六月", "２０２６-06-30"],
)
def test_a_date_that_could_mean_two_things_is_refused(text: str) -> None:
    assert refusal(text, "date") == "row.date"


@pytest.mark.parametrize(
    "text", ["李𠮷", "王䶮", "阿依古丽·买买提", "e\u0301", "é", "葛\U000e0100", "Ⅰ（上）", "a\u00a0b"]
)
def test_text_is_kept_as_given(text: str) -> None:
    assert convert(text, "text", LIMIT) == text


@pytest.mark.parametrize(
    "character",
    list(
        "\x00\x01\x08\x0b\x1b\x7f\x85\u200b\u200e\u202e\u2066\u2060\u2028\ufeff\ufffd\ufffe\ue000\U000f0000\U0010fffe"
    ),
)
def test_a_character_that_is_not_seen_or_not_defined_is_refused(character: str) -> None:
    assert refusal(f"a{character}b", "text") == "row.character"
    assert refusal(f"a{character}b", "prose") == "row.character"


def test_line_ends_stand_in_prose_only() -> None:
    assert convert("a\r\nb\rc\nd", "prose", LIMIT) == "a\nb\nc\nd"
    assert refusal("a\nb", "text") == "row.character"


@pytest.mark.parametrize("kind", ["text", "prose", "id", "decimal", "integer", "date"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("=A1", "row.formula"),
        ("=1+1", "row.formula"),
        ("#REF!", "row.error_cell"),
        ("#DIV/0!", "row.error_cell"),
        ("x" * (LIMIT + 1), "row.too_long"),
    ],
)
def test_formulas_errors_and_long_cells_are_refused_everywhere(kind: str, text: str, code: str) -> None:
    assert refusal(text, kind) == code


@pytest.mark.parametrize("text", ["", " ", "\t", "\u3000", "\u00a0 "])
def test_an_empty_cell_is_absent(text: str) -> None:
    assert is_empty(text)


@pytest.mark.parametrize("cell", ["0", Number(0, "General"), date(2026, 1, 1), Refused(CellError("row.formula"))])
def test_zero_is_not_empty(cell: Cell) -> None:
    assert not is_empty(cell)


@pytest.mark.parametrize(
    ("value", "shown", "kind", "text"),
    [
        (20230101.0, "0", "text", "20230101"),
        (20230101, "0_ ", "text", "20230101"),
        (123456789012345, "@", "text", "123456789012345"),
        (88.5, "General", "decimal", "88.5"),
        (89.3, "0.0", "decimal", "89.3"),
        (89.3, "0.00_ ", "decimal", "89.3"),
        (float("89.299999999999997"), "General", "decimal", "89.3"),
        (90, "0.0", "decimal", "90"),
        (1000, "#,##0", "decimal", "1000"),
        (0, "General", "decimal", "0"),
        (88.5, r"0.0_);[Red]\(0.0\)", "decimal", "88.5"),
        (2024, "General", "text", "2024"),
        (1.5, "General", "text", "1.5"),
    ],
)
def test_a_number_cell_becomes_the_text_that_is_shown(value: float, shown: str, kind: str, text: str) -> None:
    assert convert(Number(value, shown), kind, LIMIT) == text


@pytest.mark.parametrize(
    ("value", "shown", "kind", "code"),
    [
        (20010001, "General", "id", "row.number_id"),
        (20230101.0, "0", "id", "row.number_id"),
        (20230101, "0_ ", "id", "row.number_id"),
        (123456789012345, "@", "id", "row.number_id"),
        (1.5, "General", "id", "row.number_id"),
        (0, "General", "id", "row.number_id"),
        (350102200801010012, "0", "id", "row.number_id"),
        (123, "000000", "id", "row.number_id"),
        (350102200801010012, "0", "text", "row.inexact"),
        (3.5010220080101e17, "General", "text", "row.inexact"),
        (1234567890123456, "General", "text", "row.inexact"),
        (1e21, "General", "text", "row.inexact"),
        (123, "000000", "text", "row.number_format"),
        (20230101, "0.00E+00", "text", "row.number_format"),
        (20230101, "#,##0", "text", "row.number_format"),
        (20230101, '"G"0', "text", "row.number_format"),
        (20230101.5, "0", "text", "row.rounded"),
        (0.85, "0%", "decimal", "row.number_format"),
        (89.456, "0.0", "decimal", "row.rounded"),
        (89.6, "0", "decimal", "row.rounded"),
        (0.1 + 0.2, "General", "decimal", "row.inexact"),
        (1 / 3, "General", "decimal", "row.inexact"),
        (1e-7, "General", "decimal", "row.inexact"),
        (88, "¥0", "decimal", "row.number_format"),
        (88, "0;-0;;@ 0", "decimal", ""),
        (-5, "General", "decimal", "row.decimal"),
        (1.5, "General", "integer", "row.integer"),
        (39692, "General", "date", "row.date"),
        (float("inf"), "General", "decimal", "row.inexact"),
        (float("nan"), "General", "decimal", "row.inexact"),
    ],
)
def test_a_number_cell_that_shows_another_number_is_refused(value: float, shown: str, kind: str, code: str) -> None:
    if not code:
        assert convert(Number(value, shown), kind, LIMIT) == "88"
    else:
        assert refusal(Number(value, shown), kind) == code


def test_a_date_cell_is_a_date_only() -> None:
    assert convert(date(2026, 6, 30), "date", LIMIT) == "2026-06-30"
    for kind in ("id", "text", "decimal", "integer"):
        assert refusal(date(2026, 3, 1), kind) == "row.type"  # “3-1”, the class, turned into a date


@pytest.mark.parametrize("code", MESSAGES)
def test_every_problem_has_both_languages(code: str) -> None:
    names = re.findall(r"\{(\w+)", "".join(MESSAGES[code]))
    values: dict[str, Any] = dict.fromkeys(names, 1)
    made = problem(code, 3, 2, "成绩", **values)
    assert made.en != made.zh and any("\u4e00" <= character <= "\u9fff" for character in made.zh)
    assert made.to_dict()["message"] == {"en": made.en, "zh": made.zh}
    assert "{" not in made.en + made.zh
