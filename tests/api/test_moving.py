"""From the embedded chain to one of another genesis, which here has one sealer, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import comparing, proposing
from api.proofs import Proofs
from api.proposing import Wish
from api.redeploying import Redeployment
from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.provider import EmbeddedProvider
from ledger.export import ProofAssembler
from ledger.formats import canonical, trustroot
from tests.support.chain import HastyClock, hasten
from tests.support.ledgers import UNIVERSITY, Ledger, opened
from tests.support.redeploying import UNTIL, bundle, own_key, refusal, silent, verify
from verifier.report import Verdict


@pytest.fixture
def other(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RpcChain]:
    hasten(monkeypatch)
    clock = HastyClock()
    with opened(ledger.home) as deployment:
        key = deployment.keystore.get_or_make("chain sealer")
        funded = (deployment.accounts.authority.address, deployment.accounts.operator.address)
    genesis = Genesis.new(26077, int(clock.now()) - 9, LocalSigner(key).address, funded)
    node = EmbeddedNode(tmp_path / "other", key, genesis, now=clock.now)
    yield RpcChain(EmbeddedProvider(node), sleep=clock.sleep, monotonic=clock.now)
    node.close()


def test_the_log_goes_on_there_with_every_old_time(ledger: Ledger, other: RpcChain, tmp_path: Path) -> None:
    record = ledger.records[UNIVERSITY][0]
    with opened(ledger.home) as deployment:
        first, old = deployment.trust_root, bundle(deployment, record)
        sealer = first.epochs[0].validators_at(1)
        Redeployment(deployment, silent, other).run()
        wish = Wish(UNTIL, validators=tuple(sealer))
        assert refusal(proposing.propose, deployment, wish).startswith("trust.elsewhere")
        assert refusal(proposing.propose, deployment, Wish(UNTIL), other).startswith("trust.validators")
        document = proposing.propose(deployment, wish, other)
        data = canonical.dumps(trustroot.sign(document, own_key(deployment)))
        assert refusal(proposing.adopt, deployment, data).startswith("redeploy.differs: the node of epoch")
        second = proposing.adopt(deployment, data, other)
        assert deployment.facts.chain_id == second.epochs[-1].chain_id == 26077
        assert deployment.facts.next_genesis == ""
        other._sleep(2)  # bundles wait for a first block of the new epoch, which is made at most once a second
        other.tick()
        checkpoints, issuers = comparing.registries(other, second.epochs[-1])
        moved = ProofAssembler(
            deployment.reader, checkpoints, issuers, second.epochs[-1].logs[0].id,
            first_block=second.epochs[-1].validators[0].first,
        )  # fmt: skip
        proofs = Proofs(moved, deployment.schools, deployment.kinds)
        member = deployment.schools.by_code(UNIVERSITY)
        refreshed = proofs.bundle(deployment.store.get(member, record))
    before, after = verify(old, first), verify(refreshed, second)
    assert after.verdict is Verdict.VALID
    assert after.anchored_at == before.anchored_at
    assert verify(old, second)["anchor"].code == "anchor.missing"
