"""Rules of a kind's own, in its file and not in code: dates in order, and a number that no two learners have."""

from typing import Any

import pytest

from issuers.importers import template
from issuers.importers.drafts import Draft
from issuers.outcomes import State
from ledger.formats import canonical, kind
from ledger.formats.errors import ConflictError, FormatError
from tests.support.issuers import Deployment

TEMPLATES = kind.builtin_templates()
HEAD = "学号,姓名,证书编号,证书名称,入学日期,毕业日期\n"


def diploma(learner: str = "1", number: str = "B-1", **dates: str) -> dict[str, Any]:
    """A subject of the shipped diploma."""
    content = {"number": number, "title": "Bachelor", "graduated": "2026-06-30"} | dates
    return {"name": f"Learner {learner}", "identifier": learner, "diploma": content}


def refused(code: str, act: Any) -> None:
    with pytest.raises((FormatError, ConflictError)) as caught:
        act()
    assert caught.value.code == code


@pytest.mark.parametrize("enrolled", ["2022-09-01", "2026-06-30", None])
def test_dates_in_order(deployment: Deployment, enrolled: str | None) -> None:
    subject = diploma(**({} if enrolled is None else {"enrolled": enrolled}))
    assert deployment.records.issue(deployment.one, "diploma", subject).state is State.CREATED


@pytest.mark.parametrize("enrolled", ["2026-07-01", "9999-01-01"])
def test_a_graduation_before_the_enrolment(deployment: Deployment, enrolled: str) -> None:
    refused("row.order", lambda: deployment.records.issue(deployment.one, "diploma", diploma(enrolled=enrolled)))
    assert deployment.records.find(deployment.one) == []


def test_a_file_with_one_graduation_before_its_enrolment(deployment: Deployment) -> None:
    data = (HEAD + "1,甲,B-1,学士,2022-09-01,2026-06-30\n2,乙,B-2,学士,2026-09-01,2022-06-30\n").encode()
    report = deployment.records.import_file(deployment.one, "diploma", data)
    assert [(one.code, one.line, one.header) for one in report.problems] == [("row.order", 3, "毕业日期")]
    assert report.outcomes == ()
    part = deployment.records.import_file(deployment.one, "diploma", data, partial=True)
    assert (part.counts["created"], len(part.problems)) == (1, 1)


def test_a_number_of_another_learner(deployment: Deployment) -> None:
    issue = deployment.records.issue
    issue(deployment.one, "diploma", diploma("1"))
    for reason in (None, "correction"):
        refused("row.taken", lambda: issue(deployment.one, "diploma", diploma("2"), superseding=reason))  # noqa: B023
    assert issue(deployment.one, "diploma", diploma("1")).state is State.UNCHANGED
    assert issue(deployment.one, "diploma", diploma("2", "B-2")).state is State.CREATED
    assert issue(deployment.two, "diploma", diploma("2")).state is State.CREATED  # another school's numbers are its own


def test_a_number_twice_in_one_file(deployment: Deployment) -> None:
    data = (HEAD + "1,甲,B-1,学士,,2026-06-30\n2,乙,B-1,学士,,2026-06-30\n").encode()
    report = deployment.records.import_file(deployment.one, "diploma", data)
    assert [(one.code, one.line) for one in report.problems] == [("row.taken", 3)]


def test_the_same_learner_may_still_supersede(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "diploma", diploma())
    other = diploma(enrolled="2022-09-01")
    refused("row.conflict", lambda: deployment.records.issue(deployment.one, "diploma", other))
    assert deployment.records.issue(deployment.one, "diploma", other, superseding="x").state is State.SUPERSEDED


def test_no_record_is_superseded_by_another_learners(deployment: Deployment) -> None:
    first = deployment.records.issue(deployment.one, "diploma", diploma("1"))
    refused(
        "record.identity", lambda: deployment.records.supersede(deployment.one, first.record_id, diploma("2"), "typo")
    )


def test_a_number_is_free_once_its_record_was_revoked(deployment: Deployment) -> None:
    first = deployment.records.issue(deployment.one, "diploma", diploma("1"))
    deployment.records.revoke(deployment.one, first.record_id, "of another learner")
    second = deployment.records.issue(deployment.one, "diploma", diploma("2"))
    assert second.state is State.CREATED
    stored = deployment.records.get(deployment.one, second.record_id)
    assert (stored.supersedes, stored.revision, stored.learner) == (None, 1, "2")
    assert deployment.records.get(deployment.one, first.record_id).superseded is None
    refused("row.taken", lambda: deployment.records.issue(deployment.one, "diploma", diploma("1")))


def test_a_kind_without_rules_has_none(deployment: Deployment) -> None:
    parsed = template.parse({name: part for name, part in TEMPLATES["diploma"]["import"].items() if name != "rules"})
    assert parsed.disorder(diploma(enrolled="2030-01-01")) is None and not parsed.is_unique


def test_three_dates_of_which_the_middle_one_is_absent() -> None:
    part: Any = canonical.loads(canonical.dumps(TEMPLATES["diploma"]["import"]))
    more = {"name": "left", "path": "diploma.left", "type": "date", "headers": {"en": ["Left"], "zh": ["离校日期"]}}
    part["columns"].append(more)
    part["rules"]["order"] = [["enrolled", "graduated", "left"]]
    parsed = template.parse(part)
    subject = {"diploma": {"enrolled": "2026-01-01", "left": "2025-01-01"}}
    late = parsed.disorder(subject)
    assert late is not None and late.name == "left"


def test_an_installed_version_keeps_the_rules_with_which_it_came(deployment: Deployment) -> None:
    before = deployment.kinds.get("diploma").template
    shipped = TEMPLATES["diploma"]
    changed = shipped | {"import": {name: part for name, part in shipped["import"].items() if name != "rules"}}
    refused("kind.conflict", lambda: deployment.kinds.install(changed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "builtin_templates", lambda: TEMPLATES | {"diploma": changed})
        assert [one.kind.name for one in deployment.kinds.install_builtin()]
    assert deployment.kinds.get("diploma").template == before and before.is_unique


def test_a_batch_of_drafts_with_a_date_out_of_order_signs_nothing(deployment: Deployment) -> None:
    drafts = [Draft(diploma("1")), Draft(diploma("2", "B-2", enrolled="2027-01-01"))]
    refused("row.order", lambda: deployment.records.issue_many(deployment.one, "diploma", drafts))
    assert deployment.records.find(deployment.one) == []
