"""Proof material: whatever leaves a deployment convinces a verifier that has the trust root and nothing else."""

from collections import Counter
from typing import Any

import pytest

from ledger.chain.client import RpcChain
from ledger.export import ProofAssembler
from ledger.formats import base64s, keys
from ledger.formats.errors import NotFoundError, UnavailableError
from ledger.formats.header import parse_header
from ledger.log.transactions import writing
from tests.support.exports import Deployment, Issuer
from tests.support.logs import LOG_ID
from verifier.report import Outcome, Report


def _codes(report: Report) -> dict[str, str]:
    """The checks that did not pass."""
    return {one.id: one.code for one in report.checks if one.outcome not in (Outcome.PASS, Outcome.SKIPPED)}


def test_an_anchored_record_verifies(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 7)
    made.anchor()
    report = made.verify(made.bundle(issued))
    assert _codes(report) == {}
    assert report.verdict == "valid"
    assert report.anchored_at is not None and report.as_of is not None


def test_records_of_every_age_verify_under_the_newest_header(made: Deployment, school: Issuer) -> None:
    issued = []
    for number in range(5):
        issued += made.issue_many(school, [2 * number, 2 * number + 1])
        made.anchor()
        made.clock.sleep(10)
    times = set()
    for one in issued:
        report, material = made.verify(made.bundle(one)), made.material(one)
        assert report.verdict == "valid", _codes(report)
        times.add(report.anchored_at)
        header = parse_header(base64s.decode(material["chain"]["header"]))
        assert report.as_of is not None and header.timestamp == report.as_of.timestamp()
        assert material["newest"]["size"] == made.reader.checkpoint().size
    assert len(times) == 5


def test_a_record_before_its_anchor_is_pending(made: Deployment, school: Issuer) -> None:
    made.issue(school, 1)
    made.anchor()
    pending = made.issue(school, 2)
    material = made.material(pending)
    assert not {"inclusion", "checkpoint", "anchor"} & material.keys()
    report = made.verify(made.bundle(pending))
    assert report.verdict == "indeterminate"
    assert _codes(report)["inclusion"] == "inclusion.missing"
    made.sequencer.publish()
    material = made.material(pending)
    assert {"inclusion", "checkpoint", "chain"} <= material.keys() and "anchor" not in material
    report = made.verify(made.bundle(pending))
    assert report.verdict == "indeterminate"
    assert (_codes(report)["anchor"], _codes(report)["issuer"]) == ("anchor.pending", "issuer.pending")
    made.anchor()
    assert made.verify(made.bundle(pending)).verdict == "valid"


def test_where_nothing_is_anchored_there_is_nothing_of_the_chain(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    for publish in (False, True):
        if publish:
            made.sequencer.confirm(0, bytes(32))
            made.sequencer.publish()
        material = made.material(issued)
        assert not {"chain", "newest", "status", "anchor"} & material.keys()
        assert ("inclusion" in material) is publish
        assert made.verify(made.bundle(issued)).verdict == "indeterminate"


def test_a_revocation_shows_once_it_is_anchored(made: Deployment, school: Issuer) -> None:
    revoked, other = made.issue_many(school, [3, 4])
    made.anchor()
    made.publish_list(school, revoked=(3,))
    assert made.verify(made.bundle(revoked)).verdict == "valid"
    made.anchor()
    report = made.verify(made.bundle(revoked))
    assert (report.verdict, _codes(report)) == ("invalid", {"status": "status.revoked"})
    assert made.verify(made.bundle(other)).verdict == "valid"


def test_a_list_that_was_never_published_leaves_the_status_unknown(made: Deployment) -> None:
    school = made.school("3502")
    issued = made.issue(school, 1)
    made.anchor()
    report = made.verify(made.bundle(issued))
    assert (report.verdict, _codes(report)) == ("indeterminate", {"status": "status.missing"})


def test_a_list_under_a_newer_key_than_the_records(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    made.add_key(school, keys.generate(b"\x0c" * 32))
    made.publish_list(school)
    made.anchor()
    assert made.verify(made.bundle(issued)).verdict == "valid"


def test_a_withdrawn_school_keeps_the_records_it_had_signed(made: Deployment, school: Issuer) -> None:
    before = made.issue(school, 1)
    made.publish_list(school)
    made.anchor()
    made.transact(made.issuers.withdraw(school.id))
    after = made.issue(school, 2)
    made.anchor()
    made.accredit(school)
    again = made.issue(school, 3)
    made.publish_list(school)
    made.anchor()
    assert [made.verify(made.bundle(one)).verdict for one in (before, after, again)] == ["valid", "invalid", "valid"]
    assert _codes(made.verify(made.bundle(after)))["issuer"] == "issuer.withdrawn"


def test_an_issuer_that_was_never_accredited_is_proven_unknown(made: Deployment, school: Issuer) -> None:
    stranger = made.school("3599", accredited=False)
    issued = made.issue(stranger, 1)
    made.publish_list(stranger)
    made.anchor()
    report = made.verify(made.bundle(issued))
    assert report.verdict == "invalid"
    assert _codes(report)["issuer"] == "issuer.unknown"


def test_a_key_that_was_never_registered_is_proven_not_to_count(made: Deployment, school: Issuer) -> None:
    made.publish_list(school)
    school.key = keys.generate(b"\x0d" * 32)
    issued = made.issue(school, 1)
    made.anchor()
    report = made.verify(made.bundle(issued))
    assert (report.verdict, _codes(report)) == ("invalid", {"issuer": "issuer.key_not_valid"})


def test_an_anchor_that_is_not_recorded_yet_is_left_for_later(
    made: Deployment, school: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the block and the record: the material is the older one, whole, and not a mixture."""
    first = made.issue(school, 1)
    made.anchor()
    made.clock.sleep(60)
    second = made.issue(school, 2)

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(made.sequencer, "record", stop)
        with pytest.raises(KeyboardInterrupt):
            made.worker.step()
    assert made.checkpoints.head(LOG_ID).size == made.reader.checkpoint().size
    old = made.verify(made.bundle(first))
    assert old.verdict == "valid"
    assert _codes(made.verify(made.bundle(second)))["anchor"] == "anchor.pending"
    made.anchor()
    new = made.verify(made.bundle(first))
    assert made.verify(made.bundle(second)).verdict == "valid"
    assert old.as_of is not None and new.as_of is not None and old.as_of < new.as_of


def test_an_anchor_that_nothing_here_knows_of_cannot_be_shown(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    with writing(made.reader._engine) as connection:
        connection.exec_driver_sql("DELETE FROM log_anchors")
    made.clock.sleep(5)
    made.chain.tick()
    with pytest.raises(UnavailableError) as caught:
        made.material(issued)
    assert caught.value.code == "chain.pending"


def test_an_old_block_is_followed_by_a_fresh_one(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    blocks = made.chain.head().number
    made.clock.sleep(3500)
    made.material(issued)
    assert made.chain.head().number == blocks
    made.clock.sleep(200)
    report = made.verify(made.bundle(issued))
    assert made.chain.head().number == blocks + 1
    assert report.verdict == "valid"
    assert report.as_of is not None and report.as_of.timestamp() == int(made.clock.now())


def test_no_node_twice_and_all_under_one_header(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    material = made.material(issued)
    nodes = material["chain"]["nodes"]
    assert len(set(nodes)) == len(nodes)
    assert material["chain"]["header"] == base64s.encode(made.chain.header_rlp(made.chain.head().number))


def test_an_older_header_in_its_place_does_not_verify(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    header = made.material(issued)["chain"]["header"]
    made.clock.sleep(5)
    made.issue(school, 2)
    made.anchor()
    mixed = {**made.material(issued)["chain"], "header": header}
    assert made.verify(made.bundle(issued, chain=mixed)).verdict != "valid"


def test_what_entries_share_is_asked_for_once(
    made: Deployment, school: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = made.issue_many(school, list(range(300)))
    made.anchor()
    asked: Counter[str] = Counter()
    for name in ("get_proof", "call", "header_rlp"):
        inner = getattr(RpcChain, name)

        def counting(self: Any, *args: Any, name: str = name, inner: Any = inner, **more: Any) -> Any:
            asked[name] += 1
            return inner(self, *args, **more)

        monkeypatch.setattr(RpcChain, name, counting)
    first = made.material(issued[0])
    before = asked.copy()
    others = [made.material(one) for one in issued]
    assert asked == before
    assert before["get_proof"] == 2 and before["header_rlp"] == 1
    assert all(one["chain"] is first["chain"] for one in others)
    assert {one["inclusion"]["index"] for one in others} == {one.index for one in issued}
    for one in (issued[0], issued[150], issued[299]):
        assert made.verify(made.bundle(one)).verdict == "valid"


def test_two_schools_share_no_chain_part(made: Deployment, school: Issuer) -> None:
    other = made.school("3503")
    made.publish_list(other)
    one, two = made.issue(school, 1), made.issue(other, 1)
    made.anchor()
    assert made.material(one)["chain"] != made.material(two)["chain"]
    assert made.verify(made.bundle(two)).verdict == "valid"


def test_a_snapshot_stays_what_it_was_while_the_log_goes_on(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    snapshot = made.assembler.snapshot()
    before = made.material(issued, snapshot)
    later = made.issue(school, 2)
    made.publish_list(school, revoked=(1,))
    made.clock.sleep(5)
    made.anchor()
    assert made.material(issued, snapshot) == before
    assert "anchor" not in made.material(later, snapshot)
    assert made.assembler.snapshot() is not snapshot


def test_an_entry_that_is_not_there_is_not_found(made: Deployment, school: Issuer) -> None:
    made.issue(school, 1)
    made.anchor()
    for index in (-1, 2, 10**9):
        with pytest.raises(NotFoundError) as caught:
            made.assembler.material(
                index, profiles=[school.profile], keys=[], kind=made.kind.definition, urls=[school.list_url]
            )
        assert caught.value.code == "log.no_entry"


def test_a_chain_that_cannot_be_asked_is_unavailable(
    made: Deployment, school: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = made.issue(school, 1)
    made.anchor()

    def unreachable(_: object) -> None:
        raise UnavailableError("chain.unreachable")

    monkeypatch.setattr(RpcChain, "final_head", unreachable)
    with pytest.raises(UnavailableError) as caught:
        made.material(issued)
    assert caught.value.code == "chain.unreachable"


def test_another_assembler_shows_the_same(made: Deployment, school: Issuer) -> None:
    issued = made.issue(school, 1)
    made.anchor()
    other = ProofAssembler(made.reader, made.checkpoints, made.issuers, LOG_ID, now=made.clock.now)
    assert made.material(issued, other) == made.material(issued)


def test_no_block_from_before_the_contracts_were_replaced(made: Deployment, school: Issuer) -> None:
    """Under the next epoch of the trust root such a block is believed with the old contracts only."""
    issued = made.issue(school, 1)
    made.anchor()
    head = made.chain.final_head().number

    def since(first: int) -> ProofAssembler:
        return ProofAssembler(
            made.reader, made.checkpoints, made.issuers, LOG_ID, first_block=first, now=made.clock.now
        )

    for first in (head, head + 1):  # a block is asked for where there is none yet
        made.clock.sleep(5)
        material = made.material(issued, since(first))
        assert parse_header(base64s.decode(material["chain"]["header"])).number >= first
    with pytest.raises(UnavailableError, match=r"chain\.pending"):
        since(head + 99).snapshot()
