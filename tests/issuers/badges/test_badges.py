"""Badges and CLRs made of records: valid by their standards' schemas, signed, and no more than the record says."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import Engine

from issuers.badges import building, mapping
from issuers.badges.making import Badges
from issuers.representations import Representations
from issuers.store import StoredRecord
from ledger.formats import canonical, contexts, forms, proofs
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError, ProofError
from ledger.log.submission import verify_data_integrity
from tests.support.issuers import Deployment, result
from tests.support.shared import REPOSITORY

DIPLOMA = {
    "name": "李𠮷",
    "identifier": "0077",
    "diploma": {"number": "1050012026", "title": "毕业证书", "programme": "数学", "graduated": "2026-06-30"},
}
TRANSCRIPT = {
    "name": "李𠮷",
    "identifier": "0077",
    "transcript": {
        "programme": "数学",
        "courses": [
            {"code": "M1", "course": "高等数学", "term": "2025-1", "mark": "95.5", "credits": "3.5"},
            {"code": "M2", "term": "2025-2", "grade": "A"},
        ],
    },
}
EVALUATION = {
    "name": "李𠮷",
    "identifier": "0077",
    "evaluation": {"term": "2026-1", "dimensions": {"arts": {"level": "A"}}},
}


@pytest.fixture
def deployment(sqlite_engine: Engine) -> Deployment:
    """One database is enough: the seam below is tested on each."""
    return Deployment(sqlite_engine)


@pytest.fixture(scope="module")
def schema(shared_vectors: Path) -> jsonschema_rs.Draft201909Validator:
    """1EdTech's own, read in place."""
    path = shared_vectors / "open-badges-3" / "ob_v3p0_achievementcredential_schema.json"
    return jsonschema_rs.Draft201909Validator(json.loads(path.read_text(encoding="utf-8")), validate_formats=True)


@pytest.fixture(scope="module")
def with_clr(shared_vectors: Path) -> Contexts:
    """The bundled contexts and CLR's, as an operator pins it."""
    data = (shared_vectors / "clr-2" / "context-2.0.1.json").read_bytes()
    document = contexts.pinned(forms.CLR_2, data, hashlib.sha256(data).hexdigest())
    return BUNDLED.extended({forms.CLR_2: document})


def badges(deployment: Deployment, known: Contexts = BUNDLED) -> Badges:
    made = Representations(deployment.engine, deployment.sequencer, deployment.schools, deployment.clock)
    return Badges(made, deployment.schools, deployment.kinds, deployment.clock, known)


def issued(deployment: Deployment, kind: str, subject: dict[str, Any]) -> StoredRecord:
    outcome = deployment.records.issue(deployment.one, kind, copy.deepcopy(subject))
    return deployment.records.get(deployment.one, outcome.record_id)


def made(deployment: Deployment, kind: str, subject: dict[str, Any], form: str = "badge", **more: Any) -> Any:
    record = issued(deployment, kind, subject)
    return canonical.loads(badges(deployment, **more).get(deployment.one, record, form).document)


@pytest.mark.parametrize(("kind", "subject"), [("result", result(credits="2.5")), ("diploma", DIPLOMA)])
def test_a_badge_is_valid_by_the_standards_schema_and_signed(
    deployment: Deployment, schema: jsonschema_rs.Draft201909Validator, kind: str, subject: dict[str, Any]
) -> None:
    document = made(deployment, kind, subject)
    assert [error.message for error in schema.iter_errors(document)] == []
    (verified,) = proofs.verify_all(document)
    assert verified.did == deployment.one.issuer and verified.options["cryptosuite"] == "eddsa-rdfc-2022"
    assert document["@context"][:2] == list(forms.FORMS["badge"].contexts)
    assert document["credentialStatus"]["type"] == "BitstringStatusListEntry"
    assert document["proof"][0]["verificationMethod"].endswith(
        "#" + deployment.schools.signing_key(verified.did)[1].multikey
    )


def test_it_has_the_records_id_index_and_dates(deployment: Deployment) -> None:
    record = issued(deployment, "diploma", DIPLOMA)
    deployment.clock.forward(days=2)
    document: Any = canonical.loads(badges(deployment).get(deployment.one, record, "badge").document)
    original: Any = canonical.loads(record.document)
    assert (document["id"], document["validFrom"]) == (original["id"], original["validFrom"])
    (suspension,) = [each for each in original["credentialStatus"] if each["statusPurpose"] == "suspension"]
    assert document["credentialStatus"] == suspension
    assert document["proof"][0]["created"] == "2026-07-03T00:00:00Z"


def test_it_says_what_the_record_says_and_hides_the_number(deployment: Deployment) -> None:
    document = made(deployment, "diploma", DIPLOMA)
    subject = document["credentialSubject"]
    assert subject["achievement"]["name"] == "毕业证书" and subject["licenseNumber"] == "1050012026"
    assert [each["value"] for each in subject["result"]] == ["2026-06-30"]
    name, number = subject["identifier"]
    assert name["identityHash"] == "李𠮷" and "0077" not in {str(value) for value in number.values()}
    hashed = hashlib.sha256(b"0077" + number["salt"].encode()).hexdigest()
    assert (number["hashed"], number["identityHash"]) == (True, f"sha256${hashed}")


def test_the_same_achievement_has_one_id_in_everybodys_badge(deployment: Deployment) -> None:
    first, second = (
        made(deployment, "result", result(learner=learner, term=term))["credentialSubject"]["achievement"]["id"]
        for learner, term in (("1", "2026-1"), ("2", "2026-2"))
    )
    assert first == second != made(deployment, "result", result(code="X"))["credentialSubject"]["achievement"]["id"]


def test_a_kind_that_was_added_without_code_has_a_badge_without_code(
    deployment: Deployment, schema: jsonschema_rs.Draft201909Validator
) -> None:
    template = json.loads((REPOSITORY / "examples/kinds/teacher-qualification.json").read_text(encoding="utf-8"))
    deployment.kinds.install(template)
    qualification = {"number": "20263501991000001", "category": "高级中学", "recognised": "2026-06-30"}
    subject = {"name": "林老师", "identifier": "T1", "qualification": qualification}
    document = made(deployment, "teacher-qualification", subject)
    assert [error.message for error in schema.iter_errors(document)] == []
    assert document["type"][2] == "TeacherQualificationCredential"
    assert {each["value"] for each in document["credentialSubject"]["result"]} == set(qualification.values())


def test_a_clr_without_its_context_is_secured_by_jcs(
    deployment: Deployment, schema: jsonschema_rs.Draft201909Validator
) -> None:
    document = made(deployment, "transcript", TRANSCRIPT, "clr")
    assert document["@context"][:3] == [forms.FORMS["clr"].contexts[0], forms.CLR_2, forms.FORMS["clr"].contexts[2]]
    assert document["proof"][0]["cryptosuite"] == "eddsa-jcs-2022"
    assert proofs.verify_all(document)[0].did == deployment.one.issuer
    for held in document["credentialSubject"]["verifiableCredential"]:
        assert [error.message for error in schema.iter_errors(held)] == []
        assert proofs.verify_all(held)[0].did == deployment.one.issuer


def test_a_clr_with_its_context_is_secured_over_rdf(deployment: Deployment, with_clr: Contexts) -> None:
    deployment.contexts = with_clr
    document = made(deployment, "transcript", TRANSCRIPT, "clr", known=with_clr)
    assert document["proof"][0]["cryptosuite"] == "eddsa-rdfc-2022"
    assert proofs.verify_all(document, contexts=with_clr)[0].did == deployment.one.issuer
    with pytest.raises(FormatError) as caught:
        proofs.verify_all(document)
    assert caught.value.code == "document.unknown_context"


def test_marks_and_credits_stay_text(deployment: Deployment) -> None:
    document = made(deployment, "transcript", TRANSCRIPT, "clr")
    first, second = (each["credentialSubject"] for each in document["credentialSubject"]["verifiableCredential"])
    assert [each["value"] for each in first["result"]] == ["95.5", "3.5"]
    assert (first["achievement"]["name"], first["achievement"]["humanCode"], first["term"]) == (
        "高等数学",
        "M1",
        "2025-1",
    )
    assert second["achievement"]["name"] == "M2"


def test_a_mark_altered_inside_of_a_clr_spoils_the_whole(deployment: Deployment) -> None:
    document = made(deployment, "transcript", TRANSCRIPT, "clr")
    document["credentialSubject"]["verifiableCredential"][0]["credentialSubject"]["result"][0]["value"] = "100"
    with pytest.raises(ProofError):
        proofs.verify_all(document)
    with pytest.raises(ProofError):
        verify_data_integrity(canonical.dumps(document), str(deployment.one.issuer))


def test_the_log_takes_no_badge_in_another_spelling(deployment: Deployment) -> None:
    document = made(deployment, "result", result())
    spaced = json.dumps(document, ensure_ascii=False).encode()
    with pytest.raises(FormatError):
        verify_data_integrity(spaced, str(deployment.one.issuer), deployment.kinds.contexts)


@pytest.mark.parametrize("proof", [[], "none", [7]])
def test_the_log_takes_no_badge_without_a_proof(deployment: Deployment, proof: Any) -> None:
    document = made(deployment, "result", result())
    document["proof"] = proof
    with pytest.raises((FormatError, ProofError)):
        verify_data_integrity(canonical.dumps(document), str(deployment.one.issuer), deployment.kinds.contexts)


def test_asked_twice_it_is_the_same_badge(deployment: Deployment) -> None:
    record = issued(deployment, "diploma", DIPLOMA)
    first = badges(deployment).get(deployment.one, record, "badge")
    deployment.clock.forward(days=1)
    assert badges(deployment).get(deployment.one, record, "badge") == first
    assert deployment.sequencer.size == 2


@pytest.mark.parametrize(
    ("kind", "subject", "form"),
    [("transcript", TRANSCRIPT, "badge"), ("diploma", DIPLOMA, "clr"), ("evaluation", EVALUATION, "badge")],
)
def test_a_form_that_the_kind_has_not(deployment: Deployment, kind: str, subject: dict[str, Any], form: str) -> None:
    record = issued(deployment, kind, subject)
    with pytest.raises(ConflictError, match=r"form\.none"):
        badges(deployment).get(deployment.one, record, form)
    assert deployment.sequencer.size == 1


def test_no_badge_of_a_revoked_record(deployment: Deployment) -> None:
    record = issued(deployment, "diploma", DIPLOMA)
    deployment.records.revoke(deployment.one, record.record_id, "an error")
    with pytest.raises(ConflictError, match=r"record\.revoked"):
        badges(deployment).get(deployment.one, record, "badge")


def test_another_school_makes_no_badge(deployment: Deployment) -> None:
    record = issued(deployment, "diploma", DIPLOMA)
    with pytest.raises(NotAllowedError):
        badges(deployment).get(deployment.two, record, "badge")


def test_a_record_older_than_lists_for_suspension_has_no_badge(deployment: Deployment) -> None:
    kind = deployment.kinds.get("diploma").kind
    credential: Any = canonical.loads(issued(deployment, "diploma", DIPLOMA).document)
    credential["credentialStatus"] = [each for each in credential["credentialStatus"] if "susp" not in str(each)]
    source = building.Source(credential, kind, {"en": "One", "zh": "第一"}, "00")
    with pytest.raises(ConflictError, match=r"form\.none"):
        building.badge(source, mapping.of(kind, source.content))
