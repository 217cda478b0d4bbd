"""Ends, returns and keys on the real contracts: what counts afterwards, and what does not."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from api import acts
from api.governing import Wanted
from api.http.app import create_app
from ledger.formats import registry
from ledger.formats.errors import NotAllowedError, NotFoundError, RollbookError
from tests.api.governing.conftest import COUNTY, PROVINCE, SCHOOL, Here
from tests.support.chain import SteppedClock
from verifier.policy import Demands
from verifier.report import Verdict


def test_a_school_three_levels_down(here: Here) -> None:
    record = here.issue()
    here.deployment.settle()
    report = here.verify(record)
    assert report.verdict is Verdict.VALID
    assert [did.rsplit(":", 1)[1] for did in report["issuer"].evidence["path"][:3]] == [SCHOOL, COUNTY, PROVINCE]
    assert here.deployment.schools.line(here.member(SCHOOL).did)[1:3] == (
        here.member(COUNTY).did,
        here.member(PROVINCE).did,
    )


def test_an_end_and_a_return(here: Here) -> None:
    """What is pending at the end is anchored first; the county keeps the lists meanwhile; the gap stays a gap."""
    code = "3601000002"
    member = here.add_school(code)
    before = here.issue(code)
    acts.withdraw(here.deployment, member)
    ended = here.verify(before, code)
    assert ended.verdict is Verdict.VALID
    assert here.verify(before, code, Demands(current=True))["issuer"].code == "issuer.withdrawn"
    assert _keepers(here, before, code) == {here.member(COUNTY).did}
    with pytest.raises(NotAllowedError) as caught:
        here.issue(code)
    assert caught.value.code == "issuer.withdrawn"
    here.deployment.records.revoke(here.caller(code), before, "found out after the end")
    here.deployment.settle()
    assert here.verify(before, code)["status"].code == "status.revoked"
    acts.restore(here.deployment, member, Wanted())
    assert _keepers(here, before, code) == {member.did}
    after = here.issue(code)
    here.deployment.settle()
    assert here.verify(after, code).verdict is Verdict.VALID
    assert here.verify(before, code)["status"].code == "status.revoked"


def _keepers(here: Here, record: str, code: str) -> set[str]:
    """Who publishes a record's lists, as its bundle has them."""
    from ledger.formats import canonical

    value = canonical.loads(here.bundle(record, code))
    assert isinstance(value, dict)
    return {one["credential"]["issuer"] for one in value["status"]}


def test_ending_and_returning_twice_changes_nothing(here: Here) -> None:
    code = "3601000003"
    member = here.add_school(code)
    first = acts.withdraw(here.deployment, member)
    assert acts.withdraw(here.deployment, member) == first and first.withdrawn
    back = acts.restore(here.deployment, member, Wanted())
    assert acts.restore(here.deployment, member, Wanted()) == back and not back.withdrawn
    node = here.deployment.governing.tree.node(member.member_id)
    assert node.accreditations == (first, back)


def test_a_rotated_key_signs_from_then_on_and_the_old_one_never_again(here: Here) -> None:
    code = "3601000004"
    member = here.add_school(code)
    old = here.deployment.schools.signing_key(member.did)[0]
    pending = here.issue(code)
    new = acts.rotate(here.deployment, member, "ed25519")
    after = here.issue(code)
    here.deployment.settle()
    for record, key in ((pending, old), (after, new)):
        report = here.verify(record, code)
        assert report.verdict is Verdict.VALID
        assert key.multikey.encode() in here.bundle(record, code)
    node = here.deployment.governing.tree.node(member.member_id)
    states = {registry.key_id(key.public_key): node.key(registry.key_id(key.public_key)) for key in (old, new)}
    assert [bool(state and state.record.retired) for state in states.values()] == [True, False]
    assert here.deployment.schools.signing_key(member.did)[0].multikey == new.multikey
    p256 = acts.rotate(here.deployment, member, "p256")
    assert here.deployment.schools.jose_key(member.did)[0].multikey == p256.multikey


def test_a_stolen_key_ends_what_came_after_and_nothing_before(here: Here) -> None:
    code = "3601000005"
    member = here.add_school(code)
    stolen = here.deployment.schools.signing_key(member.did)[0]
    honest = here.issue(code)
    here.deployment.settle()
    seen = here.bundle(honest, code)
    forged = here.issue(code)  # whoever has the key signs as the school does
    here.deployment.settle()
    old_state = here.bundle(forged, code)
    assert here.judge(old_state).verdict is Verdict.VALID
    since = _anchored(here, forged, code)
    key_id = registry.key_id(stolen.public_key)
    acts.compromise(here.deployment, member, key_id, since)
    assert here.verify(honest, code).verdict is Verdict.VALID
    assert here.verify(forged, code)["issuer"].code == "issuer.key_compromised"
    assert here.judge(old_state).verdict is Verdict.VALID  # it has the state that it has, and says of when
    assert here.judge(seen).verdict is Verdict.VALID
    assert here.deployment.schools.signing_key(member.did)[0].multikey != stolen.multikey
    for at, refused in ((since + 1, "key.not_earlier"), (since + 10**8, "key.future"), (0, "key.future")):
        with pytest.raises(NotAllowedError) as caught:
            acts.compromise(here.deployment, member, key_id, at)
        assert caught.value.code == refused
    acts.compromise(here.deployment, member, key_id, since)
    acts.compromise(here.deployment, member, key_id, _anchored(here, honest, code))
    assert here.verify(honest, code)["issuer"].code == "issuer.key_compromised"
    with pytest.raises(NotFoundError) as unknown:
        acts.compromise(here.deployment, member, bytes(32), since)
    assert unknown.value.code == "key.unknown"


def _anchored(here: Here, record: str, code: str) -> int:
    found = here.deployment.store.get(here.member(code), record)
    anchor = here.deployment.reader.anchor_over(found.idx)
    assert anchor is not None
    return anchor.time


def test_the_only_key_is_not_retired(here: Here) -> None:
    code = "3601000006"
    member = here.add_school(code)
    key = here.deployment.schools.signing_key(member.did)[0]
    key_id = registry.key_id(key.public_key)
    with pytest.raises(NotAllowedError) as caught:
        acts.retire(here.deployment, member, key_id)
    assert caught.value.code == "key.last"
    here.deployment.governing.new_key(member, "ed25519")
    acts.retire(here.deployment, member, key_id)
    acts.retire(here.deployment, member, key_id)
    assert here.deployment.schools.signing_key(member.did)[0].multikey != key.multikey


def test_a_whole_county_ends(here: Here) -> None:
    """What its schools had anchored stays; they sign nothing more; the province is in charge of them."""
    county = here.deployment.add_authority(
        "3602", "Second county", "第二县", authority=here.member(PROVINCE), wanted=Wanted("3602")
    )
    code = "3602000001"
    school = here.add_school(code, "3602")
    record = here.issue(code)
    acts.withdraw(here.deployment, county)
    assert here.verify(record, code).verdict is Verdict.VALID
    assert here.verify(record, code, Demands(current=True))["issuer"].code == "issuer.withdrawn"
    with pytest.raises(NotAllowedError) as caught:
        here.issue(code)
    assert caught.value.code == "issuer.withdrawn"
    tree = here.deployment.governing.tree
    assert tree.in_charge(school.member_id).id == here.member(PROVINCE).member_id
    with pytest.raises(NotAllowedError) as refused:
        here.add_school("3602000002", "3602")
    assert refused.value.code == "accreditation.parent_withdrawn"
    with pytest.raises(RollbookError):
        here.member("3602000002")  # nothing was written down
    acts.rotate(here.deployment, school, "p256")  # by the province
    acts.restore(here.deployment, county, Wanted())
    assert here.issue(code)


def test_another_name(here: Here) -> None:
    code = "3601000007"
    member = here.add_school(code)
    record = here.issue(code)
    here.deployment.settle()
    renamed = here.deployment.governing.rename(member, "Renamed School", "改名学校")
    assert renamed.profile["name"] == {"en": "Renamed School", "zh": "改名学校"}
    assert renamed.did == member.did and renamed.code == code
    here.deployment.proofs._profiles.cache_clear()
    report = here.verify(record, code)
    assert report.verdict is Verdict.VALID and report.issuer["name"]["en"] == "Renamed School"
    back = here.deployment.governing.rename(renamed, "School 3601000007", "学校3601000007")
    assert back.profile == member.profile


def test_a_school_that_has_ended_revokes_nothing_by_its_api_key(here: Here) -> None:
    """Its authority keeps its lists, and decides by the command line."""
    code = "3601000008"
    member = here.add_school(code)
    token = here.deployment.api_keys.create(member.did, "tests")
    record = here.issue(code)
    client = TestClient(create_app(here.deployment), base_url="http://localhost:8000", raise_server_exceptions=False)

    def asked(act: str) -> tuple[int, str | None]:
        headers = {"authorization": f"Bearer {token}"}
        answer = client.post(f"/v1/records/{record}/{act}", json={"reason": "mine"}, headers=headers)
        return answer.status_code, answer.json().get("code")

    assert asked("suspend") == (200, None)
    acts.withdraw(here.deployment, member)
    for act in ("revoke", "suspend", "lift"):
        assert asked(act) == (403, "issuer.withdrawn")
    assert here.verify(record, code)["status"].code == "status.suspended"
    here.deployment.records.lift(here.caller(code), record, "the authority says so")
    here.deployment.settle()
    assert here.verify(record, code).verdict is Verdict.VALID


@pytest.mark.parametrize("beat", [True, False])
def test_a_theft_since_the_last_block_of_an_idle_chain(
    here: Here, quick: SteppedClock, monkeypatch: pytest.MonkeyPatch, beat: bool
) -> None:
    """The contract goes by its block's time; ``beat`` is whether the chain makes an empty block when asked for one.

    Last of all here: what comes after is of a time that is to come.
    """
    deployment, code = here.deployment, "3601000010" if beat else "3601000011"
    chain, member = deployment.opened.chain, here.add_school(code)
    stolen = deployment.schools.signing_key(member.did)[0]
    key_id = registry.key_id(stolen.public_key)
    monkeypatch.setattr("api.governing.now", lambda: datetime.fromtimestamp(quick.now(), UTC))
    if not beat:
        monkeypatch.setattr(chain, "tick", chain.head)
    quick.sleep(3600)  # nothing happens, and so no block is made
    idle, since = chain.head(), int(quick.now()) - 30
    assert idle.timestamp < since
    with pytest.raises(NotAllowedError) as caught:
        acts.compromise(deployment, member, key_id, int(quick.now()) + 60)
    assert caught.value.code == "key.future" and chain.head() == idle  # nor is one made for a time that is to come
    acts.compromise(deployment, member, key_id, since)
    key = deployment.governing.tree.node(member.member_id).key(key_id)
    assert key is not None and key.record.compromised_since == since
    assert deployment.schools.signing_key(member.did)[0].multikey != stolen.multikey
