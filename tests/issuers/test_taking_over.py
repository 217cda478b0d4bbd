"""The status lists of a school that has ended: its parent publishes them, and nobody else (docs/formats.md §7)."""

from dataclasses import replace
from functools import cached_property

import pytest
from sqlalchemy import Engine

from issuers.scope import Scope
from ledger.formats import canonical, entry, registry, statuscredential, statuslist
from ledger.formats.errors import RollbookError
from ledger.formats.statuscredential import StatusList
from ledger.log.sequencer import Sequencer
from ledger.log.status import newest_publication
from ledger.log.submission import Caller, Submission, own_issuer_only
from ledger.log.transactions import reading
from tests.support.issuers import Deployment, accredited, result
from tests.support.logs import open_sequencer

ONE, TWO = "3501990001", "3502990002"


class Governed(Deployment):
    """As a real deployment has it: the log asks what the school may."""

    @cached_property
    def sequencer(self) -> Sequencer:
        scope = Scope(self.schools, self.kinds)
        return open_sequencer(self.engine, contexts_of=lambda one: self.kinds.contexts(one), authorize=scope.authorize)

    @property
    def parent(self) -> str:
        return self.schools.by_code("35").did

    def end(self, code: str = ONE, at: int = 1_790_000_000) -> None:
        self.schools.note_accreditation(self.schools.by_code(code).did, accredited(code, withdrawn=at))

    def give_the_parent_a_key(self) -> None:
        made = self.schools.add_key(self.parent)
        self.schools.activate_key(self.parent, made.multikey)

    def newest(self, url: str) -> StatusList:
        with reading(self.engine) as connection:
            found = newest_publication(connection, url)
        assert found is not None and found.issuer_id == registry.member_id(self.one.issuer or "")
        return statuscredential.parse(canonical.loads(found.credential))


@pytest.fixture
def governed(engine: Engine) -> Governed:
    return Governed(engine)


def revoked(governed: Governed) -> str:
    """A record of the first school, revoked; the URL of the list that says so."""
    outcome = governed.records.issue(governed.one, "result", result())
    governed.status.publish()
    governed.records.revoke(governed.one, outcome.record_id, "a reason")
    document = canonical.loads(governed.records.get(governed.one, outcome.record_id).document)
    assert isinstance(document, dict)
    entries = {one["statusPurpose"]: one for one in document["credentialStatus"]}
    return str(entries["revocation"]["statusListCredential"])


def test_a_parent_takes_over_and_gives_back(governed: Governed) -> None:
    url = revoked(governed)
    governed.give_the_parent_a_key()
    governed.status.publish()
    own = governed.newest(url)
    assert own.issuer == governed.one.issuer and any(own.bits)
    governed.end()
    assert governed.status.publish() == 3
    taken = governed.newest(url)
    assert (taken.issuer, taken.sequence, taken.bits) == (governed.parent, own.sequence + 1, own.bits)
    assert governed.status.publish() == 0
    governed.schools.note_accreditation(governed.one.issuer or "", accredited(ONE))
    assert governed.status.publish() == 3
    assert (governed.newest(url).issuer, governed.newest(url).sequence) == (governed.one.issuer, own.sequence + 2)


def test_a_revocation_after_the_end_is_the_parents(governed: Governed) -> None:
    governed.give_the_parent_a_key()
    outcome = governed.records.issue(governed.one, "result", result())
    governed.status.publish()
    governed.end()
    governed.records.revoke(governed.one, outcome.record_id, "found out later")
    governed.status.publish()
    document = canonical.loads(governed.records.get(governed.one, outcome.record_id).document)
    assert isinstance(document, dict)
    named = next(one for one in document["credentialStatus"] if one["statusPurpose"] == "revocation")
    listed = governed.newest(named["statusListCredential"])
    assert listed.issuer == governed.parent and statuslist.get(listed.bits, int(named["statusListIndex"]))


def test_without_a_key_of_the_parent_the_school_goes_on(governed: Governed) -> None:
    url = revoked(governed)
    governed.end()
    governed.status.publish()
    assert governed.newest(url).issuer == governed.one.issuer


def test_one_ended_school_does_not_move_anothers_lists(governed: Governed) -> None:
    url = revoked(governed)
    governed.give_the_parent_a_key()
    governed.end(TWO)
    governed.status.publish()
    assert governed.newest(url).issuer == governed.one.issuer


def _refused(governed: Governed, signer: str, caller: str, in_place_of: str | None, url: str) -> str:
    """The code for a list of the next sequence, signed under ``signer``, offered by ``caller``."""
    before = governed.newest(url)
    signers = governed.status._signers(signer, governed.clock.now)
    unsigned = statuscredential.build(
        url, signer, "revocation", before.sequence + 1, before.bits,
        base="http://rollbook.test:8000", valid_from=governed.clock.now, valid_until=governed.clock.now,
    )  # fmt: skip
    with pytest.raises(RollbookError) as caught:
        signed = signers("revocation").sign(unsigned)
        governed.sequencer.publish_status(signed, caller=Caller("x", caller), in_place_of=in_place_of)
    return caught.value.code


def test_nobody_else_takes_over(governed: Governed) -> None:
    url = revoked(governed)
    governed.give_the_parent_a_key()
    governed.status.publish()
    one, two, parent = governed.one.issuer or "", governed.two.issuer or "", governed.parent
    not_ended = _refused(governed, parent, parent, one, url)
    governed.end()
    assert not_ended == "log.not_allowed"
    assert _refused(governed, two, two, one, url) == "log.not_allowed"  # another school
    assert _refused(governed, parent, two, one, url) == "log.not_allowed"  # who is not who signed
    assert _refused(governed, one, one, one, url) == "log.not_allowed"  # in one's own place
    assert _refused(governed, parent, parent, None, url) == "status.conflict"  # the URL is the school's
    assert _refused(governed, parent, parent, two, url) == "log.not_allowed"  # the other school has not ended
    governed.end(TWO)
    assert _refused(governed, parent, parent, two, url) == "status.conflict"  # ended, but it is not its list


def test_the_rule_itself(governed: Governed) -> None:
    one, parent = governed.one.issuer or "", governed.parent
    governed.give_the_parent_a_key()
    governed.end()
    made = entry.single(entry.STATUS_KIND, registry.member_id(one), 1, entry.PUBLIC_SALT, bytes(32))
    asked = Submission(entry=made, documents=(), issuer=parent, key="x", in_place_of=one)
    authorize, caller = Scope(governed.schools, governed.kinds).authorize, Caller("x", parent)
    assert authorize(caller, asked)
    assert not own_issuer_only(caller, asked)
    for stranger in (Caller("x", governed.two.issuer), Caller("x", one), Caller("x", None)):
        assert not authorize(stranger, asked)
    record = entry.single("result", registry.member_id(one), 1, b"\1" * 32, bytes(32))
    assert not authorize(caller, replace(asked, entry=record))
