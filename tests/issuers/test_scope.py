"""What a school may not sign is refused before it is signed, and again before it is logged."""

from collections.abc import Callable

import pytest

from issuers.schools import Schools
from issuers.scope import Scope
from ledger.formats.errors import NotAllowedError, NotFoundError
from ledger.formats.registry import Accreditation
from ledger.log.submission import Caller, Submission
from tests.support.issuers import Deployment, accredited, result, results

CODE = "3501990001"
EVALUATION = 1
NARROW: dict[str, tuple[Accreditation, str]] = {
    "another kind": (accredited(CODE, kinds=1 << EVALUATION), "issuer.out_of_scope"),
    "no kind": (accredited(CODE, kinds=0), "issuer.out_of_scope"),
    "the authority's bit alone": (accredited(CODE, kinds=1 << 63), "issuer.out_of_scope"),
    "another region": (accredited("3502"), "issuer.out_of_scope"),
    "a longer region": (accredited(CODE + "1"), "issuer.out_of_scope"),
    "withdrawn": (accredited(CODE, withdrawn=1_790_000_000), "issuer.withdrawn"),
    "withdrawn at once": (accredited(CODE, withdrawn=1_780_000_000), "issuer.withdrawn"),
}


@pytest.fixture(params=list(NARROW))
def narrow(deployment: Deployment, request: pytest.FixtureRequest) -> tuple[Deployment, str, str]:
    """A deployment whose first school has issued a record, and may issue no more; its id; why not."""
    record, code = NARROW[request.param]
    before = deployment.records.issue(deployment.one, "result", result())
    deployment.schools.note_accreditation(str(deployment.one.issuer), record)
    return deployment, before.record_id, code


USES: dict[str, Callable[[Deployment, str], object]] = {
    "issue": lambda d, _: d.records.issue(d.one, "result", result("0013")),
    "issue the same": lambda d, _: d.records.issue(d.one, "result", result()),
    "issue many": lambda d, _: d.records.issue_many(d.one, "result", results(3)),
    "import": lambda d, _: d.records.import_file(d.one, "result", "学号,课程代码,学期,成绩\n1,M,1,90\n".encode()),
    "import nonsense": lambda d, _: d.records.import_file(d.one, "result", b"x", partial=True),
    "supersede": lambda d, before: d.records.supersede(d.one, before, result(mark="60"), "更正"),
}


@pytest.mark.parametrize("use", USES)
def test_nothing_is_signed_outside_of_the_accreditation(narrow: tuple[Deployment, str, str], use: str) -> None:
    deployment, before, code = narrow
    size = deployment.sequencer.size
    with pytest.raises(NotAllowedError) as caught:
        USES[use](deployment, before)
    assert (caught.value.code, deployment.sequencer.size) == (code, size)


def test_a_school_of_which_the_chain_has_said_nothing_signs_nothing(deployment: Deployment) -> None:
    root = deployment.schools.by_code("35").did
    made = deployment.schools.create_school("3503", "Three", "三中", root)
    with pytest.raises(NotAllowedError) as caught:
        deployment.records.issue(Caller("three", made.did), "result", result())
    assert caught.value.code == "issuer.not_accredited" and deployment.sequencer.size == 0


def test_what_was_signed_before_can_still_be_revoked_and_its_list_published(
    narrow: tuple[Deployment, str, str],
) -> None:
    deployment, before, _ = narrow
    deployment.records.revoke(deployment.one, before, "错误")
    scope = Scope(deployment.schools, deployment.kinds)
    deployment.sequencer._authorize = scope.authorize
    assert deployment.status.publish() == 3


def _submission(deployment: Deployment, caller: Caller) -> Submission:
    """A record of the kind result, taken on its way into the log."""
    taken: list[Submission] = []

    def refuse(_caller: Caller, submission: Submission) -> bool:
        taken.append(submission)
        return False

    deployment.sequencer._authorize = refuse
    with pytest.raises(NotAllowedError):
        deployment.records.issue(caller, "result", result("0099"))
    return taken[0]


@pytest.mark.parametrize("name", NARROW)
def test_the_log_refuses_a_kind_outside_of_the_accreditation(deployment: Deployment, name: str) -> None:
    submission = _submission(deployment, deployment.one)
    scope = Scope(deployment.schools, deployment.kinds)
    assert scope.authorize(deployment.one, submission)
    deployment.schools.note_accreditation(str(deployment.one.issuer), NARROW[name][0])
    assert not scope.authorize(deployment.one, submission)
    deployment.sequencer._authorize = scope.authorize
    with pytest.raises(NotAllowedError) as caught:
        deployment.sequencer.append([submission], caller=deployment.one)
    assert caught.value.code == "log.not_allowed" and deployment.sequencer.size == 0


def test_the_log_refuses_whoever_acts_for_another(deployment: Deployment) -> None:
    submission = _submission(deployment, deployment.one)
    scope = Scope(deployment.schools, deployment.kinds)
    assert not scope.authorize(deployment.two, submission)
    assert not scope.authorize(Caller("nobody", None), submission)


def test_what_the_chain_said_is_kept(deployment: Deployment) -> None:
    did, record = str(deployment.one.issuer), NARROW["withdrawn"][0]
    assert deployment.schools.accreditation(did) == (CODE, accredited(CODE))
    deployment.schools.note_accreditation(did, record)
    again = Schools(deployment.engine, deployment.keystore, "rollbook.test", deployment.clock)
    assert again.accreditation(did) == deployment.schools.accreditation(did) == (CODE, record)


def test_nothing_is_known_of_a_stranger(deployment: Deployment) -> None:
    for ask in (
        lambda: deployment.schools.accreditation("did:web:elsewhere.test"),
        lambda: deployment.schools.note_accreditation("did:web:elsewhere.test", accredited("35")),
    ):
        with pytest.raises(NotFoundError) as caught:
            ask()
        assert caught.value.code == "school.unknown"
