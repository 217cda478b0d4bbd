"""Badges and CLRs as a reader wants them: what was achieved, by whom, with which results (docs/formats.md §18).

Their standard's terms are not the kind's: ``name`` is the achievement's here, and a result names what it is by an id.
Ids, types and the learner's hashed number are left out; they stand in the JSON report.
"""

from collections.abc import Mapping
from typing import Any

from api.pages.values import Labels

LABELS: Labels = {
    "name": {"zh": "姓名", "en": "Name"},
    "title": {"zh": "成果", "en": "Achievement"},
    "programme": {"zh": "专业", "en": "Field of study"},
    "code": {"zh": "代码", "en": "Code"},
    "term": {"zh": "学期", "en": "Term"},
    "number": {"zh": "证书编号", "en": "Licence number"},
    "achievementType": {"zh": "类型", "en": "Type"},
    "courses": {"zh": "课程", "en": "Courses"},
    "description": {"zh": "说明", "en": "Description"},
    "criteria": {"zh": "条件", "en": "Criteria"},
}

Values = Mapping[str, Any]


def readable(values: Values) -> dict[str, Any] | None:
    """The values of a badge or CLR, out of a report's subject and record, under the terms of LABELS.

    None for anything else, and for another system's badge of another shape: that is shown as it is.
    """
    try:
        return _readable(values)
    except (KeyError, TypeError, AttributeError):
        return None


def _readable(values: Values) -> dict[str, Any] | None:
    if isinstance(values.get("achievement"), Mapping) and values["achievement"].get("type") == ["Achievement"]:
        achievement = values["achievement"]
        more = {"description": achievement["description"], "criteria": achievement["criteria"]["narrative"]}
        return {**_learner(values), **_achieved(values), **more, **_results(values)}
    held = values.get("verifiableCredential")
    if isinstance(held, list) and all(isinstance(one, Mapping) and "credentialSubject" in one for one in held):
        inside = [one["credentialSubject"] for one in held]
        return {**_learner(values), "courses": [{**_achieved(one), **_results(one)} for one in inside]}
    return None


def _learner(values: Values) -> dict[str, Any]:
    found = [one for one in values["identifier"] if one["identityType"] == "name" and not one["hashed"]]
    return {"name": "、".join(one["identityHash"] for one in found)} if found else {}


def _achieved(values: Values) -> dict[str, Any]:
    achievement = values["achievement"]
    wanted = {
        "title": achievement["name"],
        "achievementType": achievement["achievementType"],
        "programme": achievement.get("fieldOfStudy"),
        "code": achievement.get("humanCode"),
        "term": values.get("term"),
        "number": values.get("licenseNumber"),
    }
    return {term: value for term, value in wanted.items() if value is not None}


def _results(values: Values) -> dict[str, Any]:
    """By the name that the achievement gives each; a result of no such name by the id that it names."""
    names = {one["id"]: one["name"] for one in values["achievement"].get("resultDescription", ())}
    return {
        names.get(one["resultDescription"], one["resultDescription"]): one["value"] for one in values.get("result", ())
    }
