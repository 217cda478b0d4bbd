"""What a sheet must show: each value, each row as one run, in the order of reading."""

import pytest

from ledger.formats import printed

SUBJECT = {
    "id": "did:key:z6Mk",
    "name": "陈𠮷",
    "transcript": {
        "programme": "数学",
        "courses": [{"mark": 90, "code": "M1"}, {"mark": 61.5, "code": "M2", "passed": True}],
        "minor": None,
        "tags": ["a", "b"],
    },
}
SHOWN = "姓名 Name 陈 𠮷\n专业 数学 M1 90 M2 61.5 是 Yes — a、b 大学 University"
NAMES = {"zh": "大学", "en": "University"}


def test_a_sheet_that_shows_everything():
    assert printed.missing(SUBJECT, NAMES, SHOWN) == []


@pytest.mark.parametrize(
    ("gone", "to", "place"),
    [
        ("陈 𠮷", "陈 吉", "name"),
        ("数学", "数 字", "transcript/programme"),
        ("M1 90", "M1 91", "transcript/courses/0"),
        ("M1 90", "90 M1", "transcript/courses/0"),
        ("M2 61.5", "M2 615", "transcript/courses/1"),
        ("是 Yes", "否 No", "transcript/courses/1"),
        ("—", "", "transcript/minor"),
        ("a、b", "a", "transcript/tags"),
        ("大学", "太学", "issuer/name/zh"),
        ("University", "Universitу", "issuer/name/en"),
    ],
)
def test_a_value_that_is_not_shown(gone: str, to: str, place: str):
    assert printed.missing(SUBJECT, NAMES, SHOWN.replace(gone, to)) == [place]


def test_the_list_of_places_ends():
    assert len(printed.missing({f"t{n}": f"v{n}" for n in range(99)}, {}, "")) == printed.MAX_PLACES


@pytest.mark.parametrize("between", ["\u200b", "\xad", "\u2060", "\u202e", "\n", "\u3000", "\x00"])
def test_what_cannot_be_seen_makes_no_difference(between: str):
    assert printed.missing({"name": "陈吉"}, {}, f"陈{between}吉") == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (True, "是 Yes"),
        (False, "否 No"),
        (3.0, "3"),
        (61.5, "61.5"),
        (1e-7, "1e-7"),
        (10**15, "1000000000000000"),
        ("090", "090"),
        ([1, "x"], "1、x"),
        ({"mark": 1, "code": "x"}, "code: x; mark: 1"),
    ],
)
def test_values_are_printed_as_they_are_signed(value, text: str):
    assert printed.text(value) == text


def test_an_object_of_flat_objects_is_a_table_and_others_are_not():
    assert printed.is_table({"a": {"x": 1}}) and printed.is_table([{"x": 1}])
    assert not printed.is_table({"a": {"x": [1]}}) and not printed.is_table([{"x": 1}, 2])
    assert not printed.is_table({}) and not printed.is_table([]) and not printed.is_table("a")
