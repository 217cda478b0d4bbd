"""What can be wrong with a file, a row or a cell: stable codes, each with a sentence in English and in Chinese.

No message repeats a cell's text: problems are shown, logged and mailed, and cells hold personal data. Line and column
lead to it. ``file.*`` concern the file or its header, ``row.*`` one row.
"""

from dataclasses import dataclass

MESSAGES: dict[str, tuple[str, str]] = {
    "file.too_large": ("the file has more than {limit} bytes", "文件超过 {limit} 字节"),
    "file.too_many_rows": ("the file has more than {limit} rows", "文件超过 {limit} 行"),
    "file.too_many_columns": ("the file has more than {limit} columns", "文件超过 {limit} 列"),
    "file.too_many_problems": (
        "only the first {limit} problems are listed; the rest of the file was not read",
        "仅列出前 {limit} 个问题，其余部分未读取",
    ),
    "file.empty": ("the file holds no rows below its header", "文件中除表头外没有数据"),
    "file.encoding": (
        "the file is neither UTF-8 nor GB18030; save it as “CSV UTF-8”",
        "文件既不是 UTF-8 也不是 GB18030 编码，请另存为“CSV UTF-8”",
    ),
    "file.encoding_unclear": (
        "the file is not UTF-8, and its header has no Chinese by which GB18030 could be told; save it as “CSV UTF-8”",
        "文件不是 UTF-8，表头也没有可用来判断 GB18030 的汉字，请另存为“CSV UTF-8”",
    ),
    "file.malformed": ("the file cannot be read as {format}: {detail}", "无法按 {format} 读取文件：{detail_zh}"),
    "file.hidden_cells": (
        "the row, or a column with something in it, is hidden; what is signed is what people see: show or delete it",
        "该行或其中有内容的列被隐藏；签发的内容必须是人所看到的，请取消隐藏或删除",
    ),
    "file.merged_cells": (
        "the sheet has merged cells ({range}); only one of them holds the value",
        "工作表含有合并单元格（{range}），其中只有一格有值，请取消合并并逐行填写",
    ),
    "file.several_sheets": (
        "more than one sheet holds data; keep one ({sheets})",
        "有多个工作表含有数据，请只保留一个（{sheets}）",
    ),
    "file.no_header": (
        "the first row names none of the expected columns ({expected})",
        "第一行没有任何可识别的列名（应为：{expected}）",
    ),
    "file.unknown_column": (
        "no column of this kind is called so; correct its name, remove it, or ask for unknown columns to be left out",
        "该种类没有这一列，请更正列名、删除该列，或选择忽略未知列",
    ),
    "file.missing_column": ("the required column “{name}” is missing", "缺少必需的列“{name}”"),
    "file.repeated_column": (
        "this column is there twice (first in column {first})",
        "该列重复出现（首次出现于第 {first} 列）",
    ),
    "row.cells": (
        "the row has another number of cells ({found}) than the header ({expected})",
        "本行有 {found} 个单元格，而表头有 {expected} 个",
    ),
    "row.no_header": ("the cell stands in a column without a header", "该单元格所在的列没有表头"),
    "row.unassigned": (
        "it is not known to whose record this row belongs, so none of this file’s records is known to be whole",
        "无法确定本行属于哪位学习者，因此本文件的任何一份记录都可能不完整",
    ),
    "row.required": ("a value is required here", "此处必须填写"),
    "row.too_long": ("the cell has more than {limit} characters", "单元格超过 {limit} 个字符"),
    "row.character": (
        "the cell holds the invisible or undefined character U+{point:04X}",
        "单元格含有不可见或未定义的字符 U+{point:04X}",
    ),
    "row.formula": (
        "the cell is a formula; its value depends on the program that opens it. Paste it as a value",
        "单元格是公式，其值取决于打开它的软件，请粘贴为数值",
    ),
    "row.error_cell": ("the cell holds a spreadsheet’s error", "单元格是电子表格的错误值"),
    "row.scientific": (
        "the number was shortened to scientific notation, and its digits are lost; format the column as text",
        "数字已变成科学记数法，原有位数已丢失，请将该列设为文本格式后重新填写",
    ),
    "row.inexact": (
        "a spreadsheet keeps 15 digits of a number; this one has more. Format the column as text",
        "电子表格的数值只保留 15 位有效数字，请将该列设为文本格式后重新填写",
    ),
    "row.truncated": (
        "the last digits of this number look replaced by zeros, as a spreadsheet does after 15 digits",
        "该号码末尾几位疑似被电子表格替换为 0（数值只保留 15 位），请核对",
    ),
    "row.number_format": (
        "the cell shows its number in another way than it is stored (format “{format}”); format it as text",
        "单元格显示的与实际存储的数值不同（格式“{format}”），请设为文本格式",
    ),
    "row.rounded": (
        "the cell shows fewer decimal places than it holds; round the value itself",
        "单元格显示的小数位少于实际存储的数值，请先对数值本身取整",
    ),
    "row.type": ("the cell holds {found} where {expected} belongs", "单元格中是{found_zh}，此处应为{expected_zh}"),
    "row.id": (
        "an identifier has 1 to 64 characters without blanks, quotation marks or a leading =",
        "编号为 1 至 64 个字符，不含空格、引号或等号",
    ),
    "row.id_width": (
        "the identifier has full-width or other compatibility characters; write it with plain ones (T9, not Ｔ９)",
        "编号含有全角或其他兼容字符，请改用普通字符（如 T9，而不是 Ｔ９）",
    ),
    "row.number_id": (
        "an identifier stands here as a number, and may have lost its leading zeros: format the column as text and "
        "enter it again (the kind’s template for download is formatted so)",
        "编号以数值形式保存，前导零可能已丢失，请将该列设为文本格式后重新填写（下载的模板已设为文本格式）",
    ),
    "row.decimal": (
        "not a plain number such as 89.5 (at most 6 decimal places; no leading zeros, signs, % or separators)",
        "不是普通数字（如 89.5；最多 6 位小数，不带前导零、正负号、百分号或分隔符）；等第请填入等级列",
    ),
    "row.integer": ("not a whole number from 0 to 100000", "不是 0 至 100000 的整数"),
    "row.date": ("not a date such as 2026-06-30", "不是日期（如 2026-06-30）"),
    "row.value": ("the value does not have the form that the kind demands", "该值不符合此种类规定的格式"),
    "row.duplicate": (
        "the same row stands in line {first} already; it counts once",
        "与第 {first} 行完全相同，只计一次",
    ),
    "row.inconsistent": (
        "differs from line {first}, which belongs to the same record",
        "与同一记录的第 {first} 行不一致",
    ),
    "row.conflict": (
        "this learner and slot have another content already ({where}); say that this supersedes it, or correct it",
        "该学习者的同一项记录已有不同内容（{where_zh}），请更正，或声明以此取代",
    ),
    "row.order": ("this date is before one that it has to follow", "该日期早于它应当在其后的日期"),
    "row.taken": (
        "another learner’s record has this number already ({where}); correct it, or revoke that record first",
        "另一位学习者的记录已使用该编号（{where_zh}），请更正，或先撤销那一份记录",
    ),
    "row.revoked": (
        "the record of this learner and slot was revoked; say that this one supersedes it",
        "该学习者的这一项记录已被撤销，如需重新签发请声明取代",
    ),
}


FAULTS: dict[str, str] = {
    "a quotation mark is not closed, or something follows a closing one": "引号没有闭合，或闭合的引号之后还有内容",
    "a cell is longer than any program writes": "单元格过长",
    "it is no workbook": "不是工作簿文件",
    "it is no whole ZIP file": "不是完整的 ZIP 文件",
    "a part of it is damaged or encrypted": "其中有部分已损坏或已加密",
    "a part of it is missing": "其中缺少某个部分",
    "a part of it is no XML": "其中有部分不是 XML",
    "it has a document type declaration": "其中含有文档类型声明",
    "a text in it has no end": "其中有文本没有结尾",
    "its rows or cells are out of order": "其中行或单元格的顺序错乱",
    "its columns have no numbers": "其中的列没有编号",
    "a cell refers to what is not there": "有单元格引用了不存在的内容",
    "a number in it is none": "其中有数值不是数字",
}
"""What can be wrong with a file as a whole, in English and in Chinese; ``file.malformed`` says which."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: ``line`` from 1 (0: the file as a whole), ``column`` from 1 or None, ``header`` as in the file."""

    code: str
    en: str
    zh: str
    line: int = 0
    column: int | None = None
    header: str | None = None

    def to_dict(self) -> dict[str, str | int | dict[str, str] | None]:
        """As JSON: ``{"code", "line", "column", "header", "message": {"en", "zh"}}``."""
        return {
            "code": self.code,
            "line": self.line,
            "column": self.column,
            "header": self.header,
            "message": {"en": self.en, "zh": self.zh},
        }


def problem(
    code: str, line: int = 0, column: int | None = None, header: str | None = None, **values: object
) -> Problem:
    """The problem ``code`` with its two sentences, filled in with ``values``."""
    en, zh = MESSAGES[code]
    return Problem(code, en.format(**values), zh.format(**values), line, column, header)


def malformed(format: str, fault: str, line: int = 0) -> "FileError":
    """The file cannot be read: ``fault`` is one of FAULTS."""
    return FileError(problem("file.malformed", line, format=format, detail=fault, detail_zh=FAULTS[fault]))


class CellError(Exception):
    """Raised inside of the importers for one cell; becomes a ``Problem`` where line and column are known."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class FileError(Exception):
    """Raised inside of the importers where nothing further of a file can be read."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].code)
        self.problems = problems
