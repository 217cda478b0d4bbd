"""A bundle carries what its verifier needs for a definite answer, and no node beside."""

from typing import Any

from tests.support.exports import Deployment, Issued, Issuer
from verifier.policy import NO_DEMANDS, Demands

STILL = Demands(current=True)


def _spare(made: Deployment, issued: Issued, demands: Demands = NO_DEMANDS) -> list[str]:
    """The nodes without which the record verifies all the same."""
    chain = made.material(issued)["chain"]

    def without(node: str) -> dict[str, Any]:
        return {**chain, "nodes": [one for one in chain["nodes"] if one != node]}

    return [node for node in chain["nodes"] if made.verify(made.bundle(issued, chain=without(node)), demands)]


def test_no_node_is_carried_for_nothing(made: Deployment, school: Issuer) -> None:
    early, _ = made.issue_many(school, [1, 2])
    made.anchor()
    made.school("3502")
    late = made.issue(school, 3)
    made.anchor()
    for issued in (early, late):
        assert made.verify(made.bundle(issued)).verdict == "valid"
        assert _spare(made, issued) == []


def test_accreditations_are_shown_up_to_the_one_that_counts(made: Deployment, school: Issuer) -> None:
    early = made.issue(school, 1)
    made.anchor()
    made.clock.sleep(10)
    made.transact(made.issuers.withdraw(school.id))
    assert made.verify(made.bundle(early), STILL)["issuer"].code == "issuer.withdrawn"
    made.clock.sleep(10)
    between = made.issue(school, 2)
    made.anchor()
    made.clock.sleep(10)
    made.accredit(school)
    made.clock.sleep(10)
    late = made.issue(school, 3)
    made.anchor()
    found = [made.verify(made.bundle(issued)) for issued in (early, between, late)]
    assert [report.verdict for report in found] == ["valid", "invalid", "valid"]
    assert found[1]["issuer"].code == "issuer.withdrawn"
    # Whether the school is still accredited is shown as well, where the record that counts has ended.
    assert made.verify(made.bundle(late), STILL).verdict == "valid"
    assert _spare(made, early, STILL) == [] and _spare(made, late) == []
