"""CSV (RFC 4180, and what spreadsheets make of it) into rows of text.

UTF-8 with or without a BOM, else GB18030, told apart strictly: bytes that are valid UTF-8 are UTF-8. GB18030 gives a
meaning to nearly any bytes, so it is believed only where the header holds Chinese characters. The delimiter is the one
among comma, semicolon and tab under which the header's names are known.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator

from issuers.importers.limits import Limits
from issuers.importers.problems import FileError, malformed, problem

OPEN_QUOTE = "a quotation mark is not closed, or something follows a closing one"
DELIMITERS = (",", ";", "\t")

Row = tuple[int, list[str]]


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; FileError ``file.encoding`` or ``file.encoding_unclear``."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileError(problem("file.encoding"))
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_gb18030(data), "gb18030"


def _decode_gb18030(data: bytes) -> str:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise FileError(problem("file.encoding")) from None
    header = text.lstrip("\r\n").partition("\n")[0]
    if not any("\u4e00" <= character <= "\u9fff" for character in header):
        raise FileError(problem("file.encoding_unclear"))
    return text


def read(text: str, known: Callable[[str], bool], limits: Limits) -> Iterator[Row]:
    """Rows as (line on which the row begins, cells), the header first; rows without any text are left out.

    ``known`` says whether a header's cell names a column. Raises FileError while iterating.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, known), strict=True)
    before = 0
    try:
        for count, cells in enumerate(reader):
            line, before = before + 1, reader.line_num
            if count > limits.rows:
                raise FileError(problem("file.too_many_rows", limit=limits.rows))
            if len(cells) > limits.columns:
                raise FileError(problem("file.too_many_columns", line, limit=limits.columns))
            if any(cells):
                yield line, cells
    except csv.Error as error:
        long = "field limit" in str(error)
        fault = "a cell is longer than any program writes" if long else OPEN_QUOTE
        raise malformed("CSV", fault, before + 1) from None


def _delimiter(text: str, known: Callable[[str], bool]) -> str:
    """The delimiter that finds most known names in the first row; comma where none finds any."""
    header = text[: 64 * 1024]

    def names(delimiter: str) -> int:
        try:
            cells = next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter), [])
        except csv.Error:
            return 0
        return sum(map(known, cells))

    return max(DELIMITERS, key=names)
