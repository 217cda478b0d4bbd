"""Acts that stopped half-way, or that somebody else has to send: the same command goes on."""

import pytest

from api import acts
from api.governing import Elsewhere, Wanted
from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call
from ledger.formats import profile, registry
from ledger.formats.errors import NotAllowedError
from tests.api.governing.conftest import COUNTY, PROVINCE, SCHOOL, Here
from verifier.report import Verdict


def acting(here: Here, code: str = COUNTY) -> LocalSigner:
    """The account of one of our authorities, to act behind the deployment's back."""
    signer = here.deployment.governing._signer(here.deployment.governing.tree.node(here.member(code).member_id))
    assert isinstance(signer, LocalSigner)
    return signer


def test_a_withdrawal_that_the_books_have_not_heard_of(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the transaction, or done by the authority from elsewhere less than half a minute ago."""
    monkeypatch.setattr(here.deployment.standing, "_looked", float("inf"))
    code = "3601000041"
    member = here.add_school(code)
    record = here.issue(code)
    here.deployment.settle()
    client = here.deployment.registry
    client.chain.transact(client.withdraw(member.member_id), acting(here))
    assert here.issue(code)  # the books alone say that it may: such a record never verifies
    here.deployment.confirm()
    with pytest.raises(NotAllowedError) as caught:
        here.issue(code)
    assert caught.value.code == "issuer.withdrawn"
    acts.withdraw(here.deployment, member)
    assert here.verify(record, code).verdict is Verdict.VALID
    assert here.deployment.schools.keeper(member.did) == here.member(COUNTY).did


def test_a_key_that_was_made_and_not_registered(here: Here) -> None:
    code = "3601000042"
    member = here.add_school(code)
    signing = here.deployment.schools.signing_key(member.did)[0]
    left = here.deployment.schools.add_key(member.did)
    assert here.deployment.schools.signing_key(member.did)[0].multikey == signing.multikey
    assert acts.rotate(here.deployment, member, "ed25519").multikey == left.multikey
    node = here.deployment.governing.tree.node(member.member_id)
    assert len([key for key in node.keys if len(key.public_key) == 34]) == 2


def test_a_rotation_that_was_killed_makes_no_further_key(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its key is used, once it is, and before the registry has ended the key before it."""

    class Killed(Exception):
        pass

    def die(*_: object) -> None:
        raise Killed

    code = "3601000046"
    member, schools = here.add_school(code), here.deployment.schools
    old = schools.signing_key(member.did)[0]
    later = ("api.acts._settle", "api.governing.Governing.retire") * 2
    for name in ("issuers.schools.Schools.activate_key", *later):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(name, die)
            acts.rotate(here.deployment, member, "ed25519")
    (_, new) = keys = [key for key in schools.signing_keys(member.did) if key.curve == "ed25519"]
    made = acts.rotate(here.deployment, member, "ed25519")
    assert made.multikey == new.multikey == schools.signing_key(member.did)[0].multikey != old.multikey
    node = here.deployment.governing.tree.node(member.member_id)
    found = [node.key(registry.key_id(key.public_key)) for key in keys]
    assert [bool(key and key.record.retired) for key in found] == [True, False]
    assert acts.rotate(here.deployment, member, "ed25519").multikey != new.multikey  # this one is another


def test_a_key_that_was_retired_by_itself_is_no_rotation(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """A retirement that was killed, long after the other key's first use: a rotation makes a key of its own."""
    code = "3601000047"
    member, schools = here.add_school(code), here.deployment.schools
    old, other = schools.signing_key(member.did)[0], here.deployment.governing.new_key(member, "ed25519")
    with monkeypatch.context() as patch:
        patch.setattr(schools, "_now", lambda: (other.activated_at or 0) + acts.TOGETHER + 1)
        schools.retire_key(member.did, old.multikey)
    made = acts.rotate(here.deployment, member, "ed25519")
    assert made.multikey not in (old.multikey, other.multikey)
    node = here.deployment.governing.tree.node(member.member_id)
    assert len([key for key in node.keys if len(key.public_key) == 34 and not key.record.retired]) == 1


def test_a_name_that_is_on_the_chain_and_not_in_the_books(here: Here) -> None:
    code = "3601000043"
    member = here.add_school(code)
    hashed = here.deployment.profiles.propose(member, "Another name", "别名")
    client = here.deployment.registry
    client.chain.transact(client.set_profile(member.member_id, hashed), acting(here))
    assert here.member(code).profile == member.profile
    here.deployment.confirm()
    assert here.member(code).profile["name"]["en"] == "Another name"
    assert profile.parse(here.member(code).profile).hash == hashed
    unknown = b"\x66" * 32
    client.chain.transact(client.set_profile(member.member_id, unknown), acting(here))
    here.deployment.confirm()
    assert profile.parse(here.member(code).profile).hash == hashed  # what nobody here has the words of


def test_an_authority_elsewhere_sends_its_own_calls(here: Here) -> None:
    deployment, chain = here.deployment, here.deployment.opened.chain
    stranger = LocalSigner(b"\x55" * 32)
    chain.transact(Call(stranger.address, value=10**24), deployment.accounts.authority)
    wanted = Wanted("3604", controller=stranger.address)
    authority = deployment.add_authority("3604", "Fourth", "第四县", authority=here.member(PROVINCE), wanted=wanted)
    code = "3604000001"
    for _ in range(2):
        with pytest.raises(Elsewhere) as caught:
            deployment.add_school(code, "School", "学校", authority=authority)
        assert caught.value.sender == stranger.address and len(caught.value.calls) == 1
    chain.transact_all(caught.value.calls, stranger)
    member = deployment.add_school(code, "School", "学校", authority=authority)  # its keys by its own account
    record = here.issue(code)
    deployment.settle()
    assert here.verify(record, code).verdict is Verdict.VALID
    with pytest.raises(Elsewhere) as ended:
        acts.withdraw(deployment, member)
    assert not deployment.governing.tree.node(member.member_id).newest.withdrawn
    chain.transact_all(ended.value.calls, stranger)
    assert acts.withdraw(deployment, member).withdrawn
    key = registry.key_id(deployment.schools.signing_key(member.did)[0].public_key)
    with pytest.raises(Elsewhere):
        acts.compromise(deployment, member, key, deployment.governing.tree.block.timestamp)


def test_an_authority_above_that_has_ended_ends_what_is_below_here_too(here: Here) -> None:
    """Both where it is looked up in the books, and where the chain is asked."""
    county = here.deployment.add_authority(
        "3605", "Fifth", "第五县", authority=here.member(PROVINCE), wanted=Wanted("3605")
    )
    member = here.add_school("3605000001", "3605")
    here.deployment.standing.require(member.did, "result")
    acts.withdraw(here.deployment, county)
    here.deployment.standing._known.clear()
    here.deployment.history._asked = -1.0
    with pytest.raises(NotAllowedError) as caught:
        here.deployment.standing.require(member.did, "result")
    assert caught.value.code == "issuer.withdrawn"
    with pytest.raises(NotAllowedError):
        here.issue("3605000001")
    here.deployment.standing.require(here.member(SCHOOL).did, "result")


def test_a_narrower_authority_narrows_what_is_below(here: Here) -> None:
    deployment = here.deployment
    county = deployment.add_authority("3606", "Sixth", "第六县", authority=here.member(PROVINCE), wanted=Wanted("3606"))
    here.add_school("3606000001", "3606")
    acts.withdraw(deployment, county)
    diploma = 1 << deployment.kinds.get("diploma").kind.number
    acts.restore(deployment, county, Wanted(kinds=diploma))
    with pytest.raises(NotAllowedError) as caught:
        here.issue("3606000001")
    assert caught.value.code == "issuer.out_of_scope"


def test_a_school_without_a_key_stands_in_nobodys_way(here: Here) -> None:
    """Its authority ended its keys from elsewhere: its lists are not signed anew, and all others are governed."""
    member, client = here.add_school("3601000044"), here.deployment.registry
    here.issue("3601000044")
    here.deployment.settle()
    key = here.deployment.schools.signing_key(member.did)[0]
    client.chain.transact(client.retire_key(member.member_id, registry.key_id(key.public_key)), acting(here))
    here.deployment.confirm()
    here.deployment.records.revoke(here.caller("3601000044"), _only(here, "3601000044"), "so that a list is due")
    code = "3601000045"
    other = here.add_school(code)
    record = here.issue(code)
    acts.withdraw(here.deployment, other)
    assert here.verify(record, code).verdict is Verdict.VALID
    new = acts.rotate(here.deployment, member, "ed25519")  # and it gets another key all the same
    assert here.deployment.schools.signing_key(member.did)[0].multikey == new.multikey
    here.deployment.settle()


def _only(here: Here, code: str) -> str:
    (found,) = here.deployment.records.find(here.caller(code))
    return str(found.record_id)
