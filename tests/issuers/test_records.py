"""Issuing: identity, repetition, conflict, supersession, revocation, and the walls between schools."""

import copy
import hashlib
from typing import Any

import pytest
from sqlalchemy import func, select

from issuers.importers.drafts import Draft
from issuers.outcomes import State
from issuers.tables import RecordRow
from ledger.formats import canonical, entry, suites
from ledger.formats import credential as credentials
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError, NotFoundError, RollbookError
from ledger.log.submission import Caller
from ledger.log.tables import EntryRow, table_of
from ledger.log.transactions import reading
from tests.support.issuers import Deployment, result, results

RECORDS, ENTRIES = table_of(RecordRow), table_of(EntryRow)


def count(deployment: Deployment) -> tuple[int, int]:
    """Rows of records, and entries in the log."""
    with reading(deployment.engine) as connection:
        rows = [connection.scalar(select(func.count()).select_from(table)) for table in (RECORDS, ENTRIES)]
    return rows[0] or 0, rows[1] or 0


def read(document: bytes) -> Any:
    return canonical.loads(document)


def test_a_record_is_signed_logged_and_found(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result(credits="2.5"))
    stored = deployment.records.get(deployment.one, outcome.record_id)
    document = read(stored.document)
    verified = suites.verify(document, contexts=deployment.kinds.get("result").contexts)
    kind = deployment.kinds.get("result").kind
    seen = credentials.check(document, kind)
    assert outcome.state == State.CREATED and stored.idx == outcome.index == 0
    assert verified.did == seen.issuer == deployment.one.issuer
    assert seen.record_id == f"urn:uuid:{outcome.record_id}"
    assert seen.subject == result(credits="2.5")
    assert stored.document == verified.signed and stored.digest == hashlib.sha256(stored.document).digest()
    assert [item.purpose for item in seen.status] == ["revocation", "suspension", "message"]


def test_the_entry_commits_to_the_document_under_its_salt(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    stored = deployment.records.get(deployment.one, outcome.record_id)
    with reading(deployment.engine) as connection:
        logged = connection.execute(select(ENTRIES.c.entry).where(ENTRIES.c.idx == stored.idx)).scalar_one()
    member = deployment.schools.get(stored.issuer)
    assert bytes(logged) == entry.single("result", member.member_id, 1, stored.salt, stored.digest)


def test_salts_ids_and_indexes_are_each_records_own(deployment: Deployment) -> None:
    deployment.records.issue_many(deployment.one, "result", results(50))
    stored = deployment.records.find(deployment.one)
    for facts in ([s.salt for s in stored], [s.record_id for s in stored]):
        assert len(set(facts)) == 50
    positions = [read(s.document)["credentialStatus"][0]["statusListIndex"] for s in stored]
    assert len(set(positions)) == 50 and positions != sorted(positions, key=int)


def test_the_same_content_again_is_the_same_record(deployment: Deployment) -> None:
    first = deployment.records.issue(deployment.one, "result", result())
    again = deployment.records.issue(deployment.one, "result", result())
    assert (again.state, again.record_id, again.index) == (State.UNCHANGED, first.record_id, first.index)
    assert count(deployment) == (1, 1)


@pytest.mark.parametrize("change", [{"mark": "90.5"}, {"credits": "2"}, {"outcome": "Pass"}])
def test_other_content_is_refused(deployment: Deployment, change: dict[str, str]) -> None:
    deployment.records.issue(deployment.one, "result", result())
    with pytest.raises(ConflictError) as caught:
        deployment.records.issue(deployment.one, "result", result(**change))
    assert caught.value.code == "row.conflict"
    assert count(deployment) == (1, 1)


def test_another_name_for_the_same_learner_is_other_content(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", {"name": "李𠮷", **result()})
    with pytest.raises(ConflictError):
        deployment.records.issue(deployment.one, "result", {"name": "李吉", **result()})


def test_a_missing_mark_is_not_zero(deployment: Deployment) -> None:
    subject = {"identifier": "1", "transcript": {"courses": [{"code": "A", "term": "1"}]}}
    with_zero = copy.deepcopy(subject)
    with_zero["transcript"]["courses"][0]["mark"] = "0"  # type: ignore[index]
    deployment.records.issue(deployment.one, "transcript", subject)
    with pytest.raises(ConflictError):
        deployment.records.issue(deployment.one, "transcript", with_zero)


@pytest.mark.parametrize(
    "other", [result("0013"), result("12"), result(code="MATH2"), result(term="2026-2"), result(code="MATH1 ")]
)
def test_another_learner_or_slot_is_another_record(deployment: Deployment, other: dict[str, Any]) -> None:
    deployment.records.issue(deployment.one, "result", result())
    assert deployment.records.issue(deployment.one, "result", other).state == State.CREATED


def test_parts_of_an_identity_do_not_run_into_each_other(deployment: Deployment) -> None:
    assert deployment.records._identity("ab", "c") != deployment.records._identity("a", "bc")
    deployment.records.issue(deployment.one, "result", result(code="A", term="B C"))
    assert deployment.records.issue(deployment.one, "result", result(code="A B", term="C")).state == State.CREATED


def test_another_kind_is_another_record(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    entry_subject = {"code": "MATH1", "term": "2026-1", "achievement": "a", "credits": "1"}
    outcome = deployment.records.issue(
        deployment.one, "credit-entry", {"identifier": "0012", "creditEntry": entry_subject}
    )
    assert outcome.state == State.CREATED


def test_what_the_kind_refuses_is_not_signed(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result("0001"))
    spoilt = [Draft(result("0002")), Draft({**result("0003"), "gender": "F"})]
    with pytest.raises(FormatError) as caught:
        deployment.records.issue_many(deployment.one, "result", spoilt)
    assert caught.value.code == "document.undefined_term"
    assert count(deployment) == (1, 1)


@pytest.mark.parametrize("learner", ["Ｔ９", "００１２", "e\u0301", "①", "ﬁ"])
def test_a_learner_does_not_become_two_by_width(deployment: Deployment, learner: str) -> None:
    with pytest.raises(FormatError) as caught:
        deployment.records.issue(deployment.one, "result", result(learner))
    assert caught.value.code == "document.malformed" and "full-width" in caught.value.message
    assert learner not in caught.value.message and count(deployment) == (0, 0)


def test_the_callers_subject_is_not_changed(deployment: Deployment) -> None:
    subject = result()
    deployment.records.issue(deployment.one, "result", subject)
    assert subject == result()


def test_one_chunk_may_hold_a_record_twice(deployment: Deployment) -> None:
    drafts = [Draft(result(), 2), Draft(result(), 3), Draft(result(mark="1"), 4)]
    outcomes = deployment.records.issue_many(deployment.one, "result", drafts)
    assert [outcome.state for outcome in outcomes] == [State.CREATED, State.UNCHANGED, State.CONFLICT]
    assert outcomes[1].record_id == outcomes[0].record_id
    assert count(deployment) == (1, 1)


def test_a_repeated_draft_of_a_known_record_fares_as_the_first(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    drafts = [Draft(result(mark="1"), 2), Draft(result(mark="1"), 3), Draft(result(), 4)]
    states = [outcome.state for outcome in deployment.records.issue_many(deployment.one, "result", drafts)]
    assert states == [State.CONFLICT, State.CONFLICT, State.UNCHANGED]


def test_a_record_supersedes_another_with_a_reason(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    new = deployment.records.supersede(deployment.one, old.record_id, result(mark="91"), "mark corrected")
    before, after = (deployment.records.get(deployment.one, item.record_id) for item in (old, new))
    assert new.state == State.SUPERSEDED
    assert after.supersedes == before.idx and (before.revision, after.revision) == (0, 1)
    assert before.superseded is not None and before.superseded.reason == "mark corrected"
    assert after.superseded is None and before.revoked is None


def test_superseding_again_with_the_same_content_is_no_change(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    new = deployment.records.supersede(deployment.one, old.record_id, result(mark="91"), "corrected")
    again = deployment.records.supersede(deployment.one, old.record_id, result(mark="91"), "corrected")
    assert (again.state, again.record_id) == (State.UNCHANGED, new.record_id)
    assert count(deployment) == (2, 2)


def test_a_superseded_record_is_not_superseded_by_a_third(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    deployment.records.supersede(deployment.one, old.record_id, result(mark="91"), "corrected")
    with pytest.raises(ConflictError) as caught:
        deployment.records.supersede(deployment.one, old.record_id, result(mark="92"), "corrected")
    assert caught.value.code == "record.not_newest"


def test_the_old_content_does_not_come_back_by_itself(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    deployment.records.supersede(deployment.one, old.record_id, result(mark="91"), "corrected")
    with pytest.raises(ConflictError) as caught:
        deployment.records.issue(deployment.one, "result", result())
    assert caught.value.code == "row.conflict"


def test_a_chain_of_supersessions_grows(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result(mark="0"))
    for mark in range(1, 4):
        outcome = deployment.records.supersede(deployment.one, outcome.record_id, result(mark=str(mark)), "again")
    chain = deployment.records.find(deployment.one, learner="0012")
    assert [(item.revision, item.supersedes) for item in chain] == [(0, None), (1, 0), (2, 1), (3, 2)]
    assert [item.superseded is None for item in chain] == [False, False, False, True]


@pytest.mark.parametrize("other", [result("0013"), result(term="2026-2")])
def test_a_record_is_not_superseded_by_another_learners(deployment: Deployment, other: dict[str, Any]) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    with pytest.raises(ConflictError) as caught:
        deployment.records.supersede(deployment.one, old.record_id, other, "wrong")
    assert caught.value.code == "record.identity"


def test_revoking_is_for_good_and_the_first_reason_stays(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    revoked = deployment.records.revoke(deployment.one, outcome.record_id, "issued in error")
    deployment.clock.forward(days=1)
    again = deployment.records.revoke(deployment.one, f"urn:uuid:{outcome.record_id}", "another reason")
    assert revoked.revoked is not None and revoked.revoked.reason == "issued in error"
    assert again.revoked == revoked.revoked and again.superseded is None


def test_a_revoked_record_is_not_issued_again_by_itself(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    deployment.records.revoke(deployment.one, outcome.record_id, "error")
    for subject in (result(), result(mark="1")):
        with pytest.raises(ConflictError) as caught:
            deployment.records.issue(deployment.one, "result", subject)
        assert caught.value.code == "row.revoked"


def test_a_revoked_record_may_be_superseded_even_by_the_same_content(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    deployment.records.revoke(deployment.one, old.record_id, "error")
    new = deployment.records.issue(deployment.one, "result", result(), superseding="revoked in error")
    assert new.state == State.SUPERSEDED and new.record_id != old.record_id
    assert deployment.records.get(deployment.one, old.record_id).revoked is not None
    assert deployment.records.get(deployment.one, new.record_id).revoked is None


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_reason_is_given(deployment: Deployment, reason: str) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    with pytest.raises(FormatError):
        deployment.records.revoke(deployment.one, outcome.record_id, reason)
    with pytest.raises(FormatError):
        deployment.records.issue(deployment.one, "result", result(mark="1"), superseding=reason)
    assert deployment.records.get(deployment.one, outcome.record_id).revoked is None


def test_a_school_sees_its_own_records_alone(deployment: Deployment) -> None:
    mine = deployment.records.issue(deployment.one, "result", result())
    theirs = deployment.records.issue(deployment.two, "result", result())
    assert [item.record_id for item in deployment.records.find(deployment.one)] == [mine.record_id]
    assert [item.record_id for item in deployment.records.find(deployment.two, learner="0012")] == [theirs.record_id]


def test_another_schools_record_is_not_there(deployment: Deployment) -> None:
    record_id = deployment.records.issue(deployment.one, "result", result()).record_id
    attempts = [
        lambda: deployment.records.get(deployment.two, record_id),
        lambda: deployment.records.revoke(deployment.two, record_id, "mine now"),
        lambda: deployment.records.supersede(deployment.two, record_id, result(mark="1"), "mine now"),
    ]
    for attempt in attempts:
        with pytest.raises(NotFoundError) as caught:
            attempt()
        assert caught.value.code == "record.unknown"
    untouched = deployment.records.get(deployment.one, record_id)
    assert untouched.revoked is None and untouched.superseded is None


def test_another_schools_record_of_the_same_learner_and_slot_is_no_conflict(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    outcome = deployment.records.issue(deployment.two, "result", result(mark="1"), superseding="not theirs")
    assert outcome.state == State.CREATED
    (first,) = deployment.records.find(deployment.one)
    assert first.superseded is None


@pytest.mark.parametrize("issuer", [None, "did:web:rollbook.test%3A8000", "did:web:elsewhere.test:schools:1"])
def test_who_acts_for_no_school_issues_nothing(deployment: Deployment, issuer: str | None) -> None:
    assert deployment.one
    with pytest.raises(RollbookError) as caught:
        deployment.records.issue(Caller("stranger", issuer), "result", result())
    assert isinstance(caught.value, NotAllowedError | NotFoundError)
    assert count(deployment) == (0, 0)


def test_records_are_found_by_learner_kind_and_page(deployment: Deployment) -> None:
    deployment.records.issue_many(deployment.one, "result", results(5))
    entry_subject = {"code": "X", "term": "1", "achievement": "a", "credits": "1"}
    deployment.records.issue(deployment.one, "credit-entry", {"identifier": "00001", "creditEntry": entry_subject})
    find = deployment.records.find
    assert [item.idx for item in find(deployment.one)] == list(range(6))
    assert [item.kind for item in find(deployment.one, learner="00001")] == ["result", "credit-entry"]
    assert [item.idx for item in find(deployment.one, kind="result", after=1, limit=2)] == [2, 3]
    assert find(deployment.one, learner="1") == []


def test_a_document_is_found_by_its_digest_alone(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    stored = deployment.records.get(deployment.one, outcome.record_id)
    assert deployment.records.by_digest(stored.digest) == stored
    with pytest.raises(NotFoundError):
        deployment.records.by_digest(bytes(32))


def test_rare_characters_survive_byte_for_byte(deployment: Deployment) -> None:
    for number, name in enumerate(["李𠮷", "王䶮", "阿依古丽·买买提", "e\u0301cole", "école", "葛\U000e0100"]):
        outcome = deployment.records.issue(deployment.one, "result", {"name": name, **result(str(number))})
        stored = deployment.records.get(deployment.one, outcome.record_id)
        assert f'"name":"{name}"'.encode() in stored.document


def test_times_are_whole_seconds_rounded_down(deployment: Deployment) -> None:
    deployment.clock.forward(milliseconds=999)
    outcome = deployment.records.issue(deployment.one, "result", result())
    document = read(deployment.records.get(deployment.one, outcome.record_id).document)
    assert document["validFrom"] == document["proof"]["created"] == "2026-07-01T00:00:00Z"


def test_no_personal_data_is_in_the_log(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", {"name": "李𠮷", **result("G350199200901011000")})
    with reading(deployment.engine) as connection:
        row = connection.execute(select(ENTRIES)).one()
    everything = bytes(row.entry) + row.key.encode()
    subject = canonical.dumps({"name": "李𠮷", **result("G350199200901011000")})
    guesses = (subject, b"G350199200901011000", "李𠮷".encode())
    for guess in guesses:
        assert guess not in everything
        assert hashlib.sha256(guess).digest() not in everything
        assert hashlib.sha256(guess).hexdigest().encode() not in everything


def test_a_record_is_signed_by_the_key_that_counts_at_the_time(deployment: Deployment) -> None:
    did = deployment.one.issuer or ""
    first, _ = deployment.schools.signing_key(did)
    deployment.records.issue(deployment.one, "result", result("1"))
    deployment.clock.forward(seconds=1)
    second = deployment.schools.activate_key(did, deployment.schools.add_key(did).multikey)
    deployment.schools.retire_key(did, first.multikey)
    deployment.records.issue(deployment.one, "result", result("2"))
    methods = [read(item.document)["proof"]["verificationMethod"] for item in deployment.records.find(deployment.one)]
    assert methods == [first.verification_method, second.verification_method]
