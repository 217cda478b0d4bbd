"""Kinds: the files that come with Rollbook, and one that a deployment adds by data alone."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import Engine

from issuers.kinds import _leads_somewhere
from ledger.formats import canonical, kind, suites
from ledger.formats import credential as credentials
from ledger.formats.errors import ConflictError, FormatError, NotFoundError
from tests.support.issuers import BASE, Deployment

EXAMPLE = Path(__file__).parents[2] / "examples/kinds/teacher-qualification.json"
TEMPLATES = {**kind.builtin_templates(), "teacher-qualification": json.loads(EXAMPLE.read_text(encoding="utf-8"))}

SUBJECTS: dict[str, dict[str, Any]] = {
    "result": {"identifier": "11391", "result": {"code": "AAA", "term": "2013J", "outcome": "Pass", "attempts": 0}},
    "evaluation": {
        "name": "李𠮷",
        "identifier": "G350199200901011000",
        "evaluation": {"term": "2026-1", "dimensions": {"arts": {"description": "书法\n入选展览", "level": "优秀"}}},
    },
    "transcript": {
        "name": "买买提·艾合买提",
        "identifier": "024010001",
        "transcript": {"programme": "数学", "courses": [{"code": "M1", "term": "2026-1", "mark": "88.5"}]},
    },
    "credit-entry": {
        "identifier": "024010001",
        "creditEntry": {"code": "X", "achievement": "普通话", "term": "2026-1", "credits": "0.5"},
    },
    "diploma": {
        "name": "王䶮",
        "identifier": "024010001",
        "diploma": {"number": "999120260500000001", "title": "毕业证书", "graduated": "2026-06-26"},
    },
    "teacher-qualification": {
        "name": "王䶮",
        "identifier": "T-77",
        "qualification": {"number": "20263500142000123", "category": "高级中学教师资格", "recognised": "2026-05-30"},
    },
}


@pytest.fixture
def deployment(sqlite_engine: Engine) -> Deployment:
    """Most rules here are the same on every database; the first test goes through each."""
    return Deployment(sqlite_engine)


def parsed(name: str) -> kind.Kind:
    return kind.parse(kind.instantiate(TEMPLATES[name], BASE))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for step, part in steps for found in leaves(part, (*path, step))]
    return [(path, value)]


def altered(subject: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(subject)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return made


LEAVES = [(name, path) for name, subject in SUBJECTS.items() for path, _ in leaves(subject)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_kind_accepts_its_record(name: str) -> None:
    parsed(name).validate(SUBJECTS[name])


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_schema_is_valid_2020_12_for_another_implementation_too(name: str) -> None:
    schema = parsed(name).schema
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(SUBJECTS[name])


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_term_of_a_context_is_defined_and_protected(name: str) -> None:
    document = parsed(name).context["@context"]
    assert document["@protected"] is True
    for term, definition in document.items():
        if not term.startswith("@"):
            iri = definition if isinstance(definition, str) else definition["@id"]
            assert iri.startswith((f"{BASE}/vocab#", "https://schema.org/")), term
    assert not document.keys() & {"id", "type", "name", "description"}, "W3C's own terms are protected already"


def test_a_term_means_the_same_in_every_kind() -> None:
    seen: dict[str, Any] = {}
    for name in TEMPLATES:
        for term, definition in parsed(name).context["@context"].items():
            assert seen.setdefault(term, definition) == definition, f"{term} of {name}"


def test_numbers_and_types_are_each_ones_own() -> None:
    kinds = [parsed(name) for name in TEMPLATES]
    for attribute in ("number", "type", "content", "context_url"):
        assert len({getattr(one, attribute) for one in kinds}) == len(kinds), attribute


@pytest.mark.parametrize(("name", "path"), LEAVES)
@pytest.mark.parametrize(
    "value", [None, "", True, 1.5, ["x"], {"x": 1}, "a\u202eb", "a\x00b", "a\u200bb", "\ufeffa", "x" * 5000]
)
def test_no_member_takes_what_is_no_text_of_its_form(name: str, path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(FormatError):
        parsed(name).validate(altered(SUBJECTS[name], path, value))


@pytest.mark.parametrize(("name", "path"), [(n, p[:-1]) for n, p in LEAVES])
def test_no_object_takes_a_term_that_is_not_defined(name: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(FormatError) as caught:
        parsed(name).validate(altered(SUBJECTS[name], (*path, "remark"), "x"))
    assert caught.value.code == "document.undefined_term"


@pytest.mark.parametrize(
    "mark",
    ["90.0", "090", "00", ".5", "5.", "-1", "+1", "1e2", "９０", "90 ", "90,5", "1234567890", "0.1234567", "优秀"],
)
def test_a_mark_has_one_spelling(mark: str) -> None:
    subject = altered(SUBJECTS["transcript"], ("transcript", "courses", 0, "mark"), mark)
    with pytest.raises(FormatError):
        parsed("transcript").validate(subject)


@pytest.mark.parametrize("mark", ["0", "100", "88.5", "0.05", "999999999.999999"])
def test_a_mark_is_an_exact_decimal(mark: str) -> None:
    parsed("transcript").validate(altered(SUBJECTS["transcript"], ("transcript", "courses", 0, "mark"), mark))


@pytest.mark.parametrize("identifier", ["a b", "'0012", '"0012', "=0012", "0012\u3000", "00\u00a012", "\t12", "x" * 65])
def test_an_identifier_has_no_blanks_or_marks_of_spreadsheets(identifier: str) -> None:
    with pytest.raises(FormatError):
        parsed("result").validate(SUBJECTS["result"] | {"identifier": identifier})


@pytest.mark.parametrize("date", ["2026-02-30", "2026-13-01", "2026-6-1", "26-06-01", "2026-06-01T00:00:00Z"])
def test_a_date_is_one_of_the_calendar(date: str) -> None:
    with pytest.raises(FormatError):
        parsed("diploma").validate(altered(SUBJECTS["diploma"], ("diploma", "graduated"), date))


@pytest.mark.parametrize("holder", ["did:web:example.org", "did:key:", "did:key:z6Mk\n", "urn:uuid:1"])
def test_a_holder_is_a_did_key(holder: str) -> None:
    with pytest.raises(FormatError):
        parsed("result").validate(SUBJECTS["result"] | {"id": holder})


def test_each_database_keeps_kinds(engine: Engine) -> None:
    installed = [one.kind for one in Deployment(engine).kinds.all()]
    assert installed and [one.kind for one in Deployment(engine).kinds.all()] == installed
    with pytest.raises(ConflictError):
        Deployment(engine).kinds.install({**TEMPLATES["diploma"], "number": 9})


def test_the_shipped_kinds_are_installed_in_order(deployment: Deployment) -> None:
    names = [installed.kind.name for installed in deployment.kinds.all()]
    assert names == ["result", "evaluation", "transcript", "credit-entry", "diploma"]
    assert re.search(r"\{base\}", json.dumps([one.kind.definition for one in deployment.kinds.all()])) is None


def test_installing_again_changes_nothing(deployment: Deployment) -> None:
    before = [installed.kind for installed in deployment.kinds.all()]
    assert [installed.kind for installed in deployment.kinds.install_builtin()] == before


def test_a_kind_is_added_by_data_alone_and_its_records_are_signed(deployment: Deployment) -> None:
    deployment.kinds.install(TEMPLATES["teacher-qualification"])
    subject = SUBJECTS["teacher-qualification"]
    outcome = deployment.records.issue(deployment.one, "teacher-qualification", subject)
    stored = deployment.records.get(deployment.one, outcome.record_id)
    document: Any = canonical.loads(stored.document)
    suites.verify(document, contexts=deployment.kinds.contexts(document["@context"]))
    # A verifier that knows nothing of the kind reads it by the definition that travels with the record.
    travelled = kind.parse(canonical.loads(canonical.dumps(parsed("teacher-qualification").definition)))
    assert credentials.check(document, travelled).subject == subject
    assert (stored.learner, stored.slot) == ("T-77", ("20263500142000123",))


def test_a_file_of_an_added_kind_is_imported_by_its_template(deployment: Deployment) -> None:
    deployment.kinds.install(TEMPLATES["teacher-qualification"])
    data = "持证人编号,姓名,证书号码,资格种类,认定日期\nT-77,王䶮,20263500142000123,高级中学教师资格,2026年5月30日\n"
    report = deployment.records.import_file(deployment.one, "teacher-qualification", data.encode())
    assert report.problems == () and report.counts["created"] == 1
    (stored,) = deployment.records.find(deployment.one)
    document: Any = canonical.loads(stored.document)
    assert document["credentialSubject"] == SUBJECTS["teacher-qualification"]


def test_the_next_version_of_a_kind_is_the_one_that_counts(deployment: Deployment) -> None:
    template = copy.deepcopy(TEMPLATES["diploma"])
    template["version"] = 1
    template["context"]["url"] = "{base}/contexts/diploma/v1"
    deployment.kinds.install(template)
    assert deployment.kinds.get("diploma").kind.version == 1
    assert deployment.kinds.get("diploma", 0).kind.version == 0


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("diploma", {"labels": {"en": "Other", "zh": "别的"}}),
        ("diploma", {"import": {**TEMPLATES["diploma"]["import"], "slot": ["title"]}}),
        ("diploma", {"version": 2}),
        ("diploma", {"number": 9}),
        ("teacher-qualification", {"number": 2}),
        ("teacher-qualification", {"version": 1}),
    ],
)
def test_an_installed_kind_never_changes(deployment: Deployment, name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ConflictError) as caught:
        deployment.kinds.install({**TEMPLATES[name], **change})
    assert caught.value.code == "kind.conflict"


def test_a_kind_without_an_import_part_is_refused(deployment: Deployment) -> None:
    template = {key: value for key, value in TEMPLATES["teacher-qualification"].items() if key != "import"}
    with pytest.raises(FormatError) as caught:
        deployment.kinds.install(template)
    assert caught.value.code == "kind.import"


def test_a_column_that_leads_nowhere_is_refused(deployment: Deployment) -> None:
    template = copy.deepcopy(TEMPLATES["teacher-qualification"])
    template["import"]["columns"][-1]["path"] = "qualification.nowhere"
    with pytest.raises(FormatError) as caught:
        deployment.kinds.install(template)
    assert caught.value.code == "kind.import"


def test_paths_are_followed_through_references_and_arrays() -> None:
    schema = parsed("transcript").schema
    assert _leads_somewhere(schema, ("transcript", "courses", "mark"))
    assert not _leads_somewhere(schema, ("transcript", "courses", "name"))


@pytest.mark.parametrize(("name", "version"), [("nothing", None), ("diploma", 7)])
def test_an_unknown_kind_is_not_found(deployment: Deployment, name: str, version: int | None) -> None:
    with pytest.raises(NotFoundError) as caught:
        deployment.kinds.get(name, version)
    assert caught.value.code == "kind.unknown"
