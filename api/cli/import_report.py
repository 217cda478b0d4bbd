"""The report of an import for people, in English or in Chinese."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from issuers.importers.problems import Problem
    from issuers.outcomes import ImportReport

STATES = {
    "created": "新签发",
    "superseded": "取代旧记录",
    "unchanged": "已有且未变",
    "conflict": "内容冲突",
    "revoked": "已撤销",
    "taken": "编号已被占用",
}


def lines(report: "ImportReport", language: str) -> Iterator[str]:
    """A line for each problem, and one that sums up; ``language`` is `en` or `zh`."""
    for found in report.problems:
        yield problem(found, language)
    yield _sum_zh(report) if language == "zh" else _sum_en(report)


def problem(found: "Problem", language: str) -> str:
    """One problem: where it stands, what it is, and its code. What concerns the whole file has no place."""
    place = _place_zh(found) if language == "zh" else _place_en(found)
    return f"{place}{found.zh if language == 'zh' else found.en} [{found.code}]"


def _place_en(found: "Problem") -> str:
    if not found.line:
        return ""
    column = f", column {found.column}" if found.column else ""
    return f"line {found.line}{column}{f' ({found.header})' if found.header else ''}: "


def _place_zh(found: "Problem") -> str:
    if not found.line:
        return ""
    column = f"第{found.column}列" if found.column else ""
    return f"第{found.line}行{column}{f'（{found.header}）' if found.header else ''}："


def _sum_en(report: "ImportReport") -> str:
    counts = [f"{count:,} {state}" for state, count in report.counts.items() if count]
    problems = [_several(len(report.problems), "problem")] if report.problems else []
    return f"{_several(report.rows, 'row')}: {', '.join((counts or ['nothing imported']) + problems)}"


def _sum_zh(report: "ImportReport") -> str:
    counts = [f"{STATES[state]} {count:,} 条" for state, count in report.counts.items() if count]
    problems = [f"问题 {len(report.problems):,} 个"] if report.problems else []
    return f"共 {report.rows:,} 行：{'，'.join((counts or ['未导入任何记录']) + problems)}"


def _several(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
