"""CSV: encodings told apart, delimiters, quotes, headers, and what is wrong with a file as a whole."""

import codecs
from typing import Any

import pytest

from issuers.importers.drafts import ParsedFile
from issuers.importers.limits import Limits
from tests.issuers.importers.conftest import Read

HEADER = "学号,姓名,课程代码,学期,成绩"
ROW = "0012,李𠮷,MATH1,2026-1,90"


def codes(parsed: ParsedFile) -> list[tuple[str, int, int | None]]:
    return [(found.code, found.line, found.column) for found in parsed.problems]


def whole(parsed: ParsedFile, code: str) -> None:
    """The file as a whole is refused, for this reason."""
    assert [found.code for found in parsed.problems] == [code]
    assert parsed.drafts == ()


def subject(**members: Any) -> dict[str, Any]:
    return {
        "identifier": "0012",
        "name": "李𠮷",
        "result": {"code": "MATH1", "term": "2026-1", "mark": "90", **members},
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
def test_utf8_is_read_with_and_without_bom(results: Read, bom: bytes, end: str) -> None:
    parsed = results(bom + end.join([HEADER, ROW, ""]).encode())
    assert parsed.problems == () and parsed.encoding == "utf-8"
    assert [draft.subject for draft in parsed.drafts] == [subject()]
    assert parsed.drafts[0].line == 2


@pytest.mark.parametrize("name", ["李𠮷", "王䶮", "阿依古丽·买买提", "林㛃", "余䒟", "张三"])
def test_gb18030_is_read_exactly(results: Read, name: str) -> None:
    parsed = results(f"{HEADER}\r\n0012,{name},MATH1,2026-1,90\r\n".encode("gb18030"))
    assert parsed.problems == () and parsed.encoding == "gb18030"
    assert parsed.drafts[0].subject["name"] == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5", "shift_jis"])
def test_another_encoding_is_refused_or_at_least_not_misread(results: Read, encoding: str) -> None:
    parsed = results("學號,姓名,課程代碼,學期,成績\n0012,王,MATH1,2026-1,90\n".encode(encoding))
    assert parsed.drafts == () and parsed.problems


def test_latin_1_is_not_taken_for_gb18030(results: Read) -> None:
    data = "Student number,Name,Course code,Term,Mark\n1,M\u00e1ria,MATH1,2026-1,90\n".encode("latin-1")
    whole(results(data), "file.encoding_unclear")


@pytest.mark.parametrize("spoil", [b"\xff", b"\x80\x20", b"\xfe\x20"])
def test_bytes_that_are_no_text_are_refused(results: Read, spoil: bytes) -> None:
    whole(results(HEADER.encode("gb18030") + b"\n" + spoil), "file.encoding")


def test_one_bad_byte_in_utf8_is_not_taken_for_gb18030(results: Read) -> None:
    data = f"{HEADER}\n{ROW}\n".encode() + b"0013,\xe6\x9d,MATH1,2026-1,90\n"
    parsed = results(data)
    assert parsed.drafts == () and parsed.problems[0].code.startswith("file.")


def test_a_private_use_character_of_gb18030_is_refused(results: Read) -> None:
    data = f"{HEADER}\n0012,".encode("gb18030") + b"\xfe\x59" + ",MATH1,2026-1,90\n".encode("gb18030")
    assert codes(results(data)) == [("row.character", 2, 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(results: Read, delimiter: str) -> None:
    parsed = results(f"{HEADER}\n{ROW}\n".replace(",", delimiter))
    assert [draft.subject for draft in parsed.drafts] == [subject()]


def test_a_delimiter_inside_of_values_is_no_delimiter(results: Read) -> None:
    parsed = results('学号;姓名;课程代码;学期;结果\n0012;李𠮷;MATH1;"2026-1";"a, b, c, d"\n')
    assert parsed.drafts[0].subject["result"]["outcome"] == "a, b, c, d"


def test_quoted_newlines_and_quotes_are_kept_and_lines_counted(reader: Any) -> None:
    header = "学籍号,姓名,学期,思想品德,教师评语"
    data = f'{header}\r\nG1,甲,2026-1,"一\r\n二",""\r\nG2,乙,2026-1,"说""好""",x\r\nG3,,2026-1,a,b\r\n'
    parsed = reader("evaluation")(data)
    first, second = (draft.subject["evaluation"] for draft in parsed.drafts)
    assert first["dimensions"]["morality"]["description"] == "一\n二"
    assert second["dimensions"]["morality"]["description"] == '说"好"'
    assert [draft.line for draft in parsed.drafts] == [2, 4]
    assert codes(parsed) == [("row.required", 5, 2)]


@pytest.mark.parametrize(
    "header",
    [
        "Student number,Name,Course code,Term,Mark",
        "identifier,name,code,term,mark",
        "学号*,姓名,课程代码*,学期*,成绩",
        " 学 号 ,姓名,课程代码,学期,成绩",
        "STUDENT NUMBER,name,课程号,学年学期,分数",
        "\uff33tudent\u3000number,Name,Code,Term,Mark",
    ],
)
def test_a_header_may_be_spelt_in_several_ways(results: Read, header: str) -> None:
    assert [draft.subject for draft in results(f"{header}\n{ROW}\n").drafts] == [subject()]


def test_columns_may_stand_in_any_order(results: Read) -> None:
    parsed = results("成绩,学期,课程代码,姓名,学号\n90,2026-1,MATH1,李𠮷,0012\n")
    assert [draft.subject for draft in parsed.drafts] == [subject()]


def test_an_empty_mark_is_absent(results: Read) -> None:
    parsed = results(f"{HEADER},结果\n0012,李𠮷,MATH1,2026-1,,缓考\n0013,王,MATH1,2026-1, \u3000,缓考\n")
    assert all("mark" not in draft.subject["result"] for draft in parsed.drafts)
    assert len(parsed.drafts) == 2 and parsed.problems == ()


@pytest.mark.parametrize("data", ["", "\n\n", HEADER, HEADER + "\n", HEADER + "\n,,,,\n\n", "\ufeff"])
def test_a_file_without_rows_is_refused(results: Read, data: str) -> None:
    whole(results(data), "file.empty")


@pytest.mark.parametrize("data", ["a,b,c\n1,2,3\n", "\x00\x01\x02", "<html></html>\n<p>\n", "{}\n", "%PDF-1.7\n%%EOF"])
def test_a_file_of_something_else_is_refused(results: Read, data: str) -> None:
    parsed = results(data)
    assert parsed.drafts == () and parsed.problems[0].code in ("file.no_header", "file.unknown_column", "file.empty")


def test_an_unknown_column_is_named_and_may_be_left_out(results: Read) -> None:
    data = f"{HEADER},性别,民族\n{ROW},男,汉\n"
    assert codes(results(data)) == [("file.unknown_column", 1, 6), ("file.unknown_column", 1, 7)]
    assert results(data).problems[0].header == "性别"
    parsed = results(data, ignore_unknown=True)
    assert [draft.subject for draft in parsed.drafts] == [subject()]


def test_a_missing_required_column_is_named(results: Read) -> None:
    parsed = results("学号,姓名,成绩\n0012,李𠮷,90\n")
    assert [found.code for found in parsed.problems] == ["file.missing_column"] * 2
    assert ["课程代码" in parsed.problems[0].zh, "学期" in parsed.problems[1].zh] == [True, True]


@pytest.mark.parametrize("second", ["学号", "学籍号", "Student number"])
def test_a_column_that_stands_twice_is_refused(results: Read, second: str) -> None:
    assert codes(results(f"{HEADER},{second}\n{ROW},0013\n")) == [("file.repeated_column", 1, 6)]


def test_a_value_under_no_header_is_refused(results: Read) -> None:
    assert codes(results(f"{HEADER},\n{ROW},备注\n{ROW.replace('0012', '0013')},\n")) == [("row.no_header", 2, 6)]


@pytest.mark.parametrize("row", ["0012,李𠮷,MATH1,2026-1", "0012,李𠮷,MATH1,2026-1,90,", "0012"])
def test_a_row_of_another_length_is_refused(results: Read, row: str) -> None:
    parsed = results(f"{HEADER}\n{row}\n{ROW}\n")
    assert codes(parsed) == [("row.cells", 2, None)] and len(parsed.drafts) == 1


@pytest.mark.parametrize("row", ['0012,"李𠮷,MATH1,2026-1,90', '0012,"李"𠮷,MATH1,2026-1,90'])
def test_a_quote_that_does_not_close_is_refused(results: Read, row: str) -> None:
    whole(results(f"{HEADER}\n{row}\n"), "file.malformed")


def test_a_cell_beyond_the_parsers_limit_is_refused(results: Read) -> None:
    whole(results(f"{HEADER}\n0012,{'x' * 200_000},MATH1,2026-1,90\n"), "file.malformed")


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=50), "file.too_large"),
        (Limits(rows=1), "file.too_many_rows"),
        (Limits(columns=4), "file.too_many_columns"),
    ],
)
def test_a_file_over_a_limit_is_refused(results: Read, limits: Limits, code: str) -> None:
    whole(results(f"{HEADER}\n{ROW}\n{ROW}\n", limits=limits), code)


def test_a_cell_over_the_limit_is_refused(results: Read) -> None:
    assert codes(results(f"{HEADER}\n{ROW}\n", limits=Limits(cell_characters=4))) == [
        ("row.too_long", 2, 3),
        ("row.too_long", 2, 4),
    ]


def test_a_file_of_nothing_but_problems_is_given_up(results: Read) -> None:
    parsed = results(f"{HEADER}\n" + "0012,a,b,c,优\n" * 50, limits=Limits(problems=10))
    assert len(parsed.problems) == 11 and parsed.problems[-1].code == "file.too_many_problems"
    assert parsed.drafts == ()


def test_no_problem_repeats_a_cell(results: Read) -> None:
    parsed = results(f"{HEADER}\n350102200801010000,李𠮷,MATH1,2026-1,九十\n")
    text = str([found.to_dict() for found in parsed.problems])
    assert "3501" not in text and "李" not in text and "九十" not in text
