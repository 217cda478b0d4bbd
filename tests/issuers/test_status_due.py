"""What is due is found for all schools at once, and nothing that makes a list due is overlooked after an idle run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from issuers.status import VALIDITY, StatusLists
from issuers.status_due import Due
from issuers.tables import RepresentationRow
from ledger.formats.errors import NotFoundError
from ledger.log.submission import Caller
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing
from tests.issuers.test_status import bit, entries, published
from tests.issuers.test_taking_over import Governed
from tests.support.issuers import BASE, Deployment, accredited, result, results

ONE = "3501990001"


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def more_schools(deployment: Deployment, count: int) -> None:
    root = deployment.schools.by_code("35")
    for number in range(count):
        school = deployment.schools.create_school(f"35039900{number:02d}", "More", "更多", root.did)
        deployment.schools.note_accreditation(school.did, accredited(school.code))
        deployment.records.issue(Caller("more", school.did), "result", result())


def lists(deployment: Deployment, validity: timedelta = VALIDITY) -> StatusLists:
    """The publisher of another process: it remembers nothing of what this one has seen."""
    parts = (deployment.engine, deployment.sequencer, deployment.schools, BASE, deployment.clock)
    return StatusLists(*parts, validity=validity)


def statements(deployment: Deployment) -> list[int]:
    """How many statements a first run takes when nothing is due, and each one after it."""
    another = lists(deployment)
    found = []
    for _ in range(3):
        with counted(deployment.engine) as seen:
            assert another.publish() == 0
        found.append(len(seen))
    return found


def test_an_idle_run_asks_no_more_of_many_schools_than_of_few(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    deployment.status.publish()
    few = statements(deployment)
    more_schools(deployment, 6)
    assert deployment.status.publish() == 18
    assert statements(deployment) == few
    assert few[1] == few[2] <= 3  # a transaction's beginning is one, on SQLite


def test_one_revocation_among_many_schools_is_work_on_one_list(deployment: Deployment) -> None:
    def work(code: str) -> tuple[int, int, int]:
        """How many lists are published for a revocation, with how many statements; and the bit."""
        outcome = deployment.records.issue(deployment.one, "result", result(code=code))
        deployment.status.publish()
        deployment.records.revoke(deployment.one, outcome.record_id, "error")
        with counted(deployment.engine) as seen:
            done = deployment.status.publish()
        return done, len(seen), bit(deployment, entries(deployment, outcome.record_id)["revocation"])

    among_few = work("MATH1")
    more_schools(deployment, 5)
    assert work("MATH2") == among_few == (1, among_few[1], 1)


def _add_badge(deployment: Deployment, record_id: str) -> None:
    """A form that names the suspension list alone."""
    found = deployment.records.get(deployment.one, record_id)
    row = {"idx": found.idx, "representation": 9, "record_idx": found.idx, "form": "badge", "made_at": 1}
    row |= {"document": b"{}", "digest": b"d" * 32, "salt": b"s" * 32}
    with writing(deployment.engine) as connection:
        connection.execute(table_of(RepresentationRow).insert(), row)


def _revoke(deployment: Deployment, record_id: str) -> None:
    deployment.records.revoke(deployment.one, record_id, "error")


def _suspend(deployment: Deployment, record_id: str) -> None:
    deployment.records.suspend(deployment.one, record_id, "inquiry")


def _lift(deployment: Deployment, record_id: str) -> None:
    deployment.records.lift(deployment.one, record_id, "over")


def _supersede(deployment: Deployment, record_id: str) -> None:
    deployment.records.supersede(deployment.one, record_id, result(mark="91"), "corrected")


def _add_key(deployment: Deployment, record_id: str) -> None:
    deployment.clock.forward(seconds=1)
    deployment.schools.add_key(deployment.one.issuer or "")


def _activate_key(deployment: Deployment, record_id: str) -> None:
    did = deployment.one.issuer or ""
    deployment.schools.activate_key(did, deployment.schools.signing_keys(did)[-1].multikey)


def _retire(deployment: Deployment, record_id: str) -> None:
    """The newer of two keys is retired, so that the older signs again."""
    did = deployment.one.issuer or ""
    deployment.schools.retire_key(did, deployment.schools.signing_key(did)[0].multikey)


def _end(deployment: Deployment, record_id: str) -> None:
    did = deployment.one.issuer or ""
    deployment.schools.note_accreditation(did, accredited(ONE, withdrawn=1_790_000_000))


def _return(deployment: Deployment, record_id: str) -> None:
    deployment.schools.note_accreditation(deployment.one.issuer or "", accredited(ONE))


def _give_the_parent_a_key(deployment: Deployment, record_id: str) -> None:
    parent = deployment.schools.by_code("35").did
    deployment.schools.activate_key(parent, deployment.schools.add_key(parent).multikey)


def _first_of_another_school(deployment: Deployment, record_id: str) -> None:
    deployment.records.issue(deployment.two, "result", result())


def _wait(deployment: Deployment, record_id: str) -> None:
    deployment.clock.forward(days=60)


@pytest.fixture
def governing(engine: Engine) -> Deployment:
    """Where the log asks who may publish for whom."""
    return Governed(engine)


STEPS: list[tuple[Callable[[Deployment, str], None], int]] = [
    (_suspend, 1),
    (_lift, 1),
    (_supersede, 1),
    (_add_key, 0),  # it signs nothing before the chain has it
    (_activate_key, 3),
    (_retire, 3),
    (_end, 0),  # while the parent has no key that signs
    (_give_the_parent_a_key, 3),
    (_return, 3),
    (_end, 3),
    (_return, 3),
    (_revoke, 1),
    (_add_badge, 1),
    (_first_of_another_school, 3),
    (_wait, 6),
]
"""What is done one after the other, and how many lists are to be published then."""


def test_whatever_makes_a_list_due_is_seen_after_an_idle_run(governing: Deployment) -> None:
    outcome = governing.records.issue(governing.one, "result", result())
    assert governing.status.publish() == 3
    for act, due in STEPS:
        assert [governing.status.publish() for _ in range(2)] == [0, 0], act.__name__
        act(governing, outcome.record_id)
        assert governing.status.publish() == due, act.__name__
    assert bit(governing, entries(governing, outcome.record_id)["suspension"]) == 1, "a badge of a revoked record"


def test_what_another_process_published_is_not_published_again_but_gone_on_from(deployment: Deployment) -> None:
    first, second = deployment.records.issue_many(deployment.one, "result", results(2))
    deployment.status.publish()
    assert deployment.status.publish() == 0
    deployment.records.revoke(deployment.one, first.record_id, "error")
    assert lists(deployment).publish() == 1
    assert deployment.status.publish() == 0
    deployment.records.revoke(deployment.one, second.record_id, "error")
    assert deployment.status.publish() == 1
    found = published(deployment, entries(deployment, first.record_id)["revocation"]["statusListCredential"])
    assert found is not None and (found.sequence, int.from_bytes(found.bits, "big").bit_count()) == (3, 2)


def test_another_process_published_what_is_soon_to_expire(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    deployment.status.publish()
    assert [deployment.status.publish() for _ in range(2)] == [0, 0]
    list_id = entries(deployment, outcome.record_id)["message"]["statusListCredential"].rpartition("/")[2]
    other, did = lists(deployment, timedelta(days=1)), deployment.one.issuer or ""
    signer = other._signers(did, deployment.clock.now)("message")
    other._publish_one(Due(list_id, "message", 131_072, did, did, 2), signer, deployment.clock.now)
    assert [deployment.status.publish() for _ in range(2)] == [1, 0]


def test_what_failed_is_tried_again_and_is_no_idle_run(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    did = deployment.one.issuer or ""
    deployment.schools.retire_key(did, deployment.schools.signing_key(did)[0].multikey)
    for _ in range(3):
        with pytest.raises(NotFoundError, match=r"school.no_key"):
            deployment.status.publish()
    deployment.schools.activate_key(did, deployment.schools.add_key(did).multikey)
    assert deployment.status.publish() == 3


def test_all_methods_at_once_are_those_of_each(deployment: Deployment) -> None:
    schools = deployment.schools
    one, two = deployment.one.issuer or "", deployment.two.issuer or ""
    for _ in range(3):  # several of one second: the one made last
        schools.activate_key(one, schools.add_key(one).multikey)
    schools.add_key(one)
    schools.activate_key(one, schools.add_key(one, "p256").multikey)
    early = schools.add_key(two)
    schools.activate_key(two, schools.add_key(two).multikey)
    deployment.clock.forward(seconds=1)
    schools.activate_key(two, early.multikey)  # made earlier, activated later
    root = schools.by_code("35").did
    for _ in range(2):
        with reading(deployment.engine) as connection:
            found = schools.methods(connection)
        assert found == {did: method for did in (one, two, root) if (method := schools.method(did)) is not None}
        schools.retire_key(two, early.multikey)
    assert set(found) == {one, two}
