"""A log that was restored: it takes nothing until it was held against the chain and what was known elsewhere."""

import pytest
from sqlalchemy import Engine

from ledger.formats.errors import ConflictError, UnavailableError
from ledger.log.lease_tables import FloorRow
from ledger.log.sequencer import Sequencer
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing
from tests.support.logs import open_sequencer
from tests.support.school import School

SCHOOL = School("one")
FLOOR = table_of(FloorRow)
AT = {"set_at": 1}


def _restored(engine: Engine, size: int, root: bytes) -> Sequencer:
    sequencer = open_sequencer(engine)
    sequencer.append(SCHOOL.submissions(range(5)), caller=SCHOOL.caller)
    with writing(engine) as connection:
        connection.execute(FLOOR.insert(), {"id": 1, "size": size, "root": root or sequencer.tree.root(size)} | AT)
    return open_sequencer(engine, confirmed=False)


def _is_refused(sequencer: Sequencer) -> str:
    with pytest.raises((ConflictError, UnavailableError)) as caught:
        sequencer.append(SCHOOL.submissions(range(5, 6)), caller=SCHOOL.caller)
    assert sequencer.size == 5
    return caught.value.code


def test_a_restored_log_issues_nothing_before_it_has_seen_the_chain(engine: Engine) -> None:
    restored = _restored(engine, 0, bytes(32))
    assert _is_refused(restored) == "log.unconfirmed"
    restored.confirm(0, bytes(32))
    assert restored.append(SCHOOL.submissions(range(5, 6)), caller=SCHOOL.caller) == [5]
    with reading(engine) as connection:
        assert connection.execute(FLOOR.select()).all() == []
    again = open_sequencer(engine, confirmed=False)  # a log like others: issuing never waits for the chain
    assert again.append(SCHOOL.submissions(range(6, 7)), caller=SCHOOL.caller) == [6]


@pytest.mark.parametrize(("size", "root"), [(6, b"\1" * 32), (5, b"\1" * 32), (3, bytes(32))])
def test_a_log_that_lacks_a_checkpoint_known_elsewhere_goes_on_with_nothing(
    engine: Engine, size: int, root: bytes
) -> None:
    restored = _restored(engine, size, root)
    with pytest.raises(ConflictError) as caught:
        restored.confirm(0, bytes(32))  # the chain was restored with it, and knows no more
    assert caught.value.code == "log.behind_chain"
    assert _is_refused(restored) == "log.behind_chain"
    with pytest.raises(UnavailableError):
        restored.publish()
    assert _is_refused(open_sequencer(engine, confirmed=False)) == "log.unconfirmed"  # it outlives a restart


def test_a_log_that_has_the_checkpoint_goes_on(engine: Engine) -> None:
    restored = _restored(engine, 4, b"")
    restored.confirm(0, bytes(32))
    assert restored.publish() is not None
