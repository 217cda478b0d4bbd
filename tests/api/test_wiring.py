"""What a deployment refuses to work with: an old backup, another chain, a folder that lost its parts."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from api import facts
from api.clock import now
from api.deployment import Deployment
from issuers.schools import Member
from issuers.signing import BatchSigner, Prepared
from ledger.formats.errors import ConfigError, ConflictError, NotAllowedError, UnavailableError
from ledger.log.submission import Caller, Submission
from tests.support.ledgers import UNIVERSITY, Ledger, opened

SUBJECT = {"identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


def test_an_old_backup_is_not_gone_on_with(ledger: Ledger, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite"
    shutil.copy(ledger.home / "rollbook.sqlite", backup)
    with opened(ledger.home) as deployment:
        caller = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
        deployment.records.issue(caller, "transcript", dict(SUBJECT))
        deployment.settle()
    shutil.copy(backup, ledger.home / "rollbook.sqlite")
    with pytest.raises(ConflictError) as caught, opened(ledger.home):
        pass
    assert caught.value.code == "log.behind_chain"


def test_two_at_once_are_one_too_many(ledger: Ledger) -> None:
    with opened(ledger.home), pytest.raises(UnavailableError) as caught, opened(ledger.home):
        pass
    assert caught.value.code == "deployment.locked"


def test_another_ledgers_chain_is_not_this_ones(ledger: Ledger, made_ledger: Ledger, tmp_path: Path) -> None:
    known = facts.load(ledger.home)
    assert known is not None
    for change in ({"genesis": "0x" + "00" * 32}, {"chain_id": 5}, {"issuer_registry": "0x" + "11" * 20}):
        with pytest.raises(ConfigError) as caught:
            facts.settle_chain(ledger.home, known, **change)
        assert caught.value.code == "config.chain"


@pytest.mark.parametrize("name", ["deployment.json", "trust-root.json", "chain/genesis.json"])
def test_a_folder_that_lost_a_part_is_not_opened(ledger: Ledger, name: str) -> None:
    (ledger.home / name).unlink()
    with pytest.raises(ConfigError), opened(ledger.home):
        pass


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"base": 1, "more": 2}'])
def test_altered_facts_are_not_guessed_at(ledger: Ledger, text: bytes) -> None:
    (ledger.home / "deployment.json").write_bytes(text)
    with pytest.raises(ConfigError) as caught, opened(ledger.home):
        pass
    assert caught.value.code == "config.damaged"


def test_a_school_that_is_added_again_is_the_same(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        members, entries = deployment.registry.members(), deployment.sequencer.size
        again = deployment.add_school(UNIVERSITY, "Lujiang University", "鹭江大学")
        assert again.code == UNIVERSITY
        assert deployment.registry.members() == members and deployment.sequencer.size == entries
        with pytest.raises(ConflictError):
            deployment.add_school(UNIVERSITY, "Another University", "另一所大学")


def test_a_school_whose_accreditation_was_withdrawn_signs_no_more(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        member = deployment.schools.by_code(UNIVERSITY)
        deployment.opened.chain.transact(deployment.registry.withdraw(member.member_id), deployment.accounts.authority)
        with pytest.raises(NotAllowedError) as caught:
            deployment.standing.require(member.did, "transcript")
        assert caught.value.code == "issuer.withdrawn"
        with pytest.raises(NotAllowedError) as caught:
            deployment.standing.require("did:web:localhost%3A8000:schools:nobody", "transcript")
        assert caught.value.code == "issuer.not_accredited"


def test_a_school_signs_only_the_kinds_that_it_was_accredited_for(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        member = deployment.add_school("350777", "Narrow School", "窄校", ["diploma"])
        caller = Caller("tests", member.did)
        deployment.standing.require(member.did, "diploma")
        with pytest.raises(NotAllowedError) as caught:
            deployment.standing.require(member.did, "transcript")
        assert caught.value.code == "issuer.out_of_scope"
        size = deployment.sequencer.size
        with pytest.raises(NotAllowedError) as caught:
            deployment.records.issue(caller, "transcript", dict(SUBJECT))  # as if the chain were away
        assert (caught.value.code, deployment.sequencer.size) == ("issuer.out_of_scope", size)


def test_the_log_takes_nothing_outside_of_a_schools_accreditation(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        member = deployment.add_school("350777", "Narrow School", "窄校", ["diploma"])
        signed = _signed(deployment, member, "transcript", SUBJECT)
        size = deployment.sequencer.size
        with pytest.raises(NotAllowedError) as caught:
            deployment.sequencer.append([signed], caller=Caller("tests", member.did))
        assert (caught.value.code, deployment.sequencer.size) == ("log.not_allowed", size)


def test_what_the_chain_says_is_known_after_a_restart(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        member = deployment.schools.by_code(UNIVERSITY)
        deployment.opened.chain.transact(deployment.registry.withdraw(member.member_id), deployment.accounts.authority)
    with opened(ledger.home) as deployment:
        with pytest.raises(NotAllowedError) as caught:
            deployment.records.issue(Caller("tests", member.did), "transcript", dict(SUBJECT))
        assert caught.value.code == "issuer.withdrawn"
        deployment.records.revoke(Caller("tests", member.did), ledger.records[UNIVERSITY][0], "错误")
        deployment.settle()  # its status list is published all the same


def _signed(deployment: Deployment, member: Member, kind: str, subject: dict[str, Any]) -> Submission:
    """A record as a school would sign it that asked nobody."""
    prepared = Prepared(subject, "007", "[]", bytes(32), bytes(32))
    key, pair = deployment.schools.signing_key(member.did)
    signer = BatchSigner(member, deployment.kinds.get(kind), key, pair, now())
    (signed,) = signer.sign([prepared], deployment.status.allocate(member, 1))
    return signed
