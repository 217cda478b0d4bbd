"""Badges and CLRs on the page: in words, whole, and never under a label that means something else."""

from typing import Any

import pytest

from api.pages import badges
from api.pages.report import view
from ledger.formats.forms import BADGE, CLR
from tests.worlds.badges import BadgeScene

REPORT = BadgeScene(BADGE).verify().to_dict()


def shown(form: str, language: str = "en") -> Any:
    report = BadgeScene(form).verify()
    assert report.kind is not None
    return view(report.to_dict(), language, terms=report.kind.terms, kind="x", path=[])["record"]


def test_the_achievements_name_is_not_shown_as_the_learners():
    rows = dict(shown(BADGE).rows)
    assert rows["Name"] == "陈𠮷·阿依" and rows["Achievement"].endswith("Transcript")
    assert {"Type", "Description", "Criteria"} <= rows.keys()


def test_no_hash_and_no_id_stands_between_the_values():
    text = str(shown(BADGE)) + str(shown(CLR))
    assert "sha256$" not in text and "urn:uuid" not in text and "status-lists" not in text


def test_courses_are_a_table_with_their_results_as_columns():
    (table,) = shown(CLR, "zh").tables
    assert table.title == "课程" and table.heads[:2] == ["成果", "代码"] and "成绩 · mark" in table.heads
    assert [row[0] for row in table.rows] == ["高等数学 0", "高等数学 1"]


@pytest.mark.parametrize("name", ["identifier", "achievement", "result"])
@pytest.mark.parametrize("other", [None, 1, "text", [], [1], {}, [{}], {"type": ["Achievement"]}])
def test_another_systems_badge_of_another_shape_is_shown_as_it_is(name: str, other: Any):
    values = {**REPORT["subject"], **REPORT["record"]}
    assert badges.readable(values) is not None
    found = badges.readable(values | {name: other})
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize(
    "values", [{}, {"achievement": "a text of a kind's own"}, {"achievement": {}}, {"verifiableCredential": [1]}]
)
def test_other_values_are_left_as_they_are(values: dict[str, Any]):
    assert badges.readable(values) is None
