"""Status lists: indexes without a race, bits that never clear, publication when it is due."""

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, select

from issuers.status import VALIDITY, StatusIndex, position
from issuers.tables import StatusGroupRow
from ledger.formats import canonical, statuscredential, statuslist, suites
from ledger.formats.errors import ConfigError, ConflictError, FormatError, NotFoundError
from ledger.formats.statuscredential import StatusList
from ledger.log.status import newest_publication
from ledger.log.tables import table_of
from ledger.log.transactions import reading
from tests.support.issuers import BASE, Deployment, result, results


@pytest.fixture
def small(engine: Engine) -> Deployment:
    """A deployment whose groups are full after eight records; its lists are too short to be published."""
    return Deployment(engine, list_size=8)


def published(deployment: Deployment, url: str) -> StatusList | None:
    with reading(deployment.engine) as connection:
        newest = newest_publication(connection, url)
    return None if newest is None else statuscredential.parse(canonical.loads(newest.credential))


def entries(deployment: Deployment, record_id: str) -> dict[str, Any]:
    document: Any = canonical.loads(deployment.records.get(deployment.one, record_id).document)
    return {entry["statusPurpose"]: entry for entry in document["credentialStatus"]}


def bit(deployment: Deployment, entry: dict[str, Any]) -> int:
    found = published(deployment, entry["statusListCredential"])
    assert found is not None
    return statuslist.get(found.bits, int(entry["statusListIndex"]))


@pytest.mark.parametrize("size", [4, 8, 1024, 131_072])
def test_an_order_is_a_permutation(size: int) -> None:
    assert sorted(position(b"s" * 32, size, number) for number in range(size)) == list(range(size))


def test_an_order_is_random_and_fixed_for_good() -> None:
    first = [position(bytes(32), 131_072, number) for number in range(6)]
    assert first == [position(bytes(32), 131_072, number) for number in range(6)]
    assert first != [position(b"\1" + bytes(31), 131_072, number) for number in range(6)]
    assert first == [
        24641,
        97116,
        68766,
        78837,
        122992,
        99550,
    ]  # written down once: another order would give indexes out twice


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100_000, 2**33])
def test_an_odd_size_is_refused(size: int) -> None:
    with pytest.raises(ConfigError):
        position(bytes(32), size, 0)


def test_a_record_has_one_index_in_all_lists(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    found = entries(deployment, outcome.record_id)
    assert set(found) == {"revocation", "suspension", "message"}
    assert len({entry["statusListIndex"] for entry in found.values()}) == 1
    assert len({entry["statusListCredential"] for entry in found.values()}) == 3
    for entry in found.values():
        assert entry["statusListCredential"].startswith(f"{BASE}/status-lists/")


def test_schools_share_no_list(deployment: Deployment) -> None:
    for caller in (deployment.one, deployment.two):
        deployment.records.issue(caller, "result", result())
    documents: list[Any] = [
        canonical.loads(record.document)
        for caller in (deployment.one, deployment.two)
        for record in deployment.records.find(caller)
    ]
    urls = [entry["statusListCredential"] for document in documents for entry in document["credentialStatus"]]
    assert len(set(urls)) == 6


def test_a_full_group_opens_the_next(small: Deployment) -> None:
    member = small.schools.get(small.one.issuer or "")
    given = small.status.allocate(member, 20)
    places = [(index.group_id, index.position) for index in given]
    assert len(set(places)) == 20
    assert sorted({group: 0 for group, _ in places}) == sorted(set(group for group, _ in places))
    with reading(small.engine) as connection:
        used = [row.used for row in connection.execute(select(table_of(StatusGroupRow)).order_by("id"))]
    assert used == [8, 8, 4]


def test_a_chunk_may_span_groups(small: Deployment) -> None:
    outcomes = small.records.issue_many(small.one, "result", results(20))
    lists = {entries(small, outcome.record_id)["revocation"]["statusListCredential"] for outcome in outcomes}
    assert len(lists) == 3


def test_many_at_once_get_different_indexes(small: Deployment) -> None:
    member = small.schools.get(small.one.issuer or "")
    assert small.status
    given: list[StatusIndex] = []
    threads = [threading.Thread(target=lambda: given.extend(small.status.allocate(member, 7))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 42
    assert len({(index.group_id, index.position) for index in given}) == 42
    with reading(small.engine) as connection:
        used = [row.used for row in connection.execute(select(table_of(StatusGroupRow)).order_by("id"))]
    assert used == [8, 8, 8, 8, 8, 2]


def test_indexes_go_on_after_a_restart(small: Deployment, engine: Engine) -> None:
    before = small.status.allocate(small.schools.get(small.one.issuer or ""), 5)
    again = Deployment(engine, list_size=8)
    after = again.status.allocate(again.schools.get(again.one.issuer or ""), 3)
    assert len({(index.group_id, index.position) for index in before + after}) == 8


def test_a_list_is_published_first_and_then_when_a_bit_changes(deployment: Deployment) -> None:
    kept, revoked = deployment.records.issue_many(deployment.one, "result", results(2))
    assert deployment.status.publish() == 3
    assert deployment.status.publish() == 0
    deployment.records.revoke(deployment.one, revoked.record_id, "error")
    assert bit(deployment, entries(deployment, revoked.record_id)["revocation"]) == 0
    assert deployment.status.publish() == 1
    assert deployment.status.publish() == 0
    assert bit(deployment, entries(deployment, revoked.record_id)["revocation"]) == 1
    assert bit(deployment, entries(deployment, revoked.record_id)["message"]) == 0
    assert bit(deployment, entries(deployment, kept.record_id)["revocation"]) == 0


def test_superseding_sets_the_old_records_message(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())
    new = deployment.records.supersede(deployment.one, old.record_id, result(mark="91"), "corrected")
    deployment.status.publish()
    assert bit(deployment, entries(deployment, old.record_id)["message"]) == 1
    assert bit(deployment, entries(deployment, old.record_id)["revocation"]) == 0
    assert bit(deployment, entries(deployment, new.record_id)["message"]) == 0


def test_sequences_grow_by_one_and_lists_are_signed_by_their_issuer(deployment: Deployment) -> None:
    outcomes = deployment.records.issue_many(deployment.one, "result", results(3))
    url = entries(deployment, outcomes[0].record_id)["revocation"]["statusListCredential"]
    for number, outcome in enumerate(outcomes, start=1):
        deployment.records.revoke(deployment.one, outcome.record_id, "error")
        deployment.status.publish()
        found = published(deployment, url)
        assert found is not None and (found.sequence, found.issuer) == (number, deployment.one.issuer)
    with reading(deployment.engine) as connection:
        newest = newest_publication(connection, url)
    assert newest is not None
    document: Any = canonical.loads(newest.credential)
    assert suites.verify(document).did == deployment.one.issuer
    assert document["proof"]["cryptosuite"] == suites.RDFC, "which every verifier of the standard reads"


def test_a_list_is_signed_again_in_the_last_third_of_its_time(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    deployment.status.publish()
    third = VALIDITY.total_seconds() / 3
    deployment.clock.forward(seconds=2 * third - 1)
    assert deployment.status.publish() == 0
    deployment.clock.forward(seconds=1)
    assert deployment.status.publish() == 3
    assert deployment.status.publish() == 0


def test_nothing_is_published_where_nothing_was_issued(deployment: Deployment) -> None:
    assert deployment.schools.all()
    assert deployment.status.publish() == 0


def test_a_restart_publishes_nothing_anew(deployment: Deployment, engine: Engine) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    deployment.records.revoke(deployment.one, outcome.record_id, "error")
    deployment.status.publish()
    assert Deployment(engine).status.publish() == 0


def test_a_school_that_cannot_sign_keeps_no_others_back(deployment: Deployment) -> None:
    for caller in (deployment.one, deployment.two):
        deployment.records.issue(caller, "result", result())
    did = deployment.one.issuer or ""
    deployment.schools.retire_key(did, deployment.schools.signing_key(did)[0].multikey)
    with pytest.raises(NotFoundError) as caught:
        deployment.status.publish()
    assert caught.value.code == "school.no_key"
    (record,) = deployment.records.find(deployment.two)
    document: Any = canonical.loads(record.document)
    assert published(deployment, document["credentialStatus"][0]["statusListCredential"]) is not None


def test_two_publishers_at_once_leave_one_history(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    deployment.records.revoke(deployment.one, outcome.record_id, "error")
    errors: list[BaseException] = []

    def run() -> None:
        try:
            deployment.status.publish()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert deployment.status.publish() == 0
    assert bit(deployment, entries(deployment, outcome.record_id)["revocation"]) == 1


def test_a_suspension_is_set_and_lifted_and_set_again(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    entry = entries(deployment, outcome.record_id)["suspension"]
    states = []
    for act in (deployment.records.suspend, deployment.records.lift, deployment.records.suspend):
        found = act(deployment.one, outcome.record_id, "inquiry")
        assert deployment.status.publish() >= 1
        states.append((bit(deployment, entry), found.suspended is not None))
    assert states == [(1, True), (0, False), (1, True)]
    assert bit(deployment, entries(deployment, outcome.record_id)["revocation"]) == 0


def test_one_lifted_and_one_suspended_between_two_publications_are_both_published(deployment: Deployment) -> None:
    first, second = deployment.records.issue_many(deployment.one, "result", results(2))
    deployment.records.suspend(deployment.one, first.record_id, "inquiry")
    deployment.status.publish()
    deployment.records.lift(deployment.one, first.record_id, "over")
    deployment.records.suspend(deployment.one, second.record_id, "inquiry")
    assert deployment.status.publish() == 1
    found = [bit(deployment, entries(deployment, each.record_id)["suspension"]) for each in (first, second)]
    assert found == [0, 1]
    assert deployment.status.publish() == 0


def test_a_suspension_again_is_no_change_and_keeps_its_first_reason(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    deployment.records.suspend(deployment.one, outcome.record_id, "first")
    again = deployment.records.suspend(deployment.one, outcome.record_id, "second")
    assert again.suspended is not None and again.suspended.reason == "first"
    deployment.records.lift(deployment.one, outcome.record_id, "over")
    assert deployment.records.lift(deployment.one, outcome.record_id, "over again").suspended is None


def test_a_revoked_record_is_not_suspended_and_anothers_is_not_there(deployment: Deployment) -> None:
    outcome = deployment.records.issue(deployment.one, "result", result())
    for act in (deployment.records.suspend, deployment.records.lift):
        with pytest.raises(NotFoundError):
            act(deployment.two, outcome.record_id, "mischief")
        with pytest.raises(FormatError):
            act(deployment.one, outcome.record_id, " ")
    deployment.records.revoke(deployment.one, outcome.record_id, "error")
    with pytest.raises(ConflictError, match=r"record.revoked"):
        deployment.records.suspend(deployment.one, outcome.record_id, "inquiry")


def test_parallel_revocations_and_suspensions_lose_nothing(deployment: Deployment) -> None:
    outcomes = deployment.records.issue_many(deployment.one, "result", results(40))
    errors: list[BaseException] = []

    def act(number: int) -> None:
        try:
            for outcome in outcomes[number::4]:
                kind = deployment.records.revoke if number % 2 else deployment.records.suspend
                kind(deployment.one, outcome.record_id, "error")
                deployment.status.publish()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    deployment.status.publish()
    for place, outcome in enumerate(outcomes):
        found = entries(deployment, outcome.record_id)
        assert [bit(deployment, found[name]) for name in ("revocation", "suspension")] == [place % 2, 1 - place % 2]
