"""Records on a chain of QBFT: whose seals count, what is said of them, and what is left of an epoch that ended."""

import copy
from typing import Any

import pytest

from ledger.formats import base64s, canonical, qbft, seals, trustroot
from ledger.formats.bundle import parse_material
from ledger.formats.header import parse_header
from ledger.formats.keccak import keccak256
from ledger.formats.qbft import block_hash
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.qbft import QbftScene, draft, sealers, twin
from tests.worlds.scene import Scene
from verifier.evidence import Found, Gathered
from verifier.report import Report, Verdict
from verifier.verifier import Verifier

SCENE = QbftScene()
VALIDATORS = SCENE.validators


def refused(report: Report, code: str) -> str:
    assert report["anchor"].code == code
    assert report.verdict is (Verdict.INDETERMINATE if code == "anchor.missing" else Verdict.INVALID)
    assert report.anchored_at is None and report.as_of is None
    return str(report["anchor"].evidence.get("reason"))


def addresses(of: list[Any]) -> list[str]:
    return [f"0x{one.address.hex()}" for one in of]


def ranges(*of: tuple[int, int | None, list[Any]]) -> dict[str, Any]:
    return {"validators": [{"from": first, "to": last, "addresses": addresses(keys)} for first, last, keys in of]}


def test_a_record_on_a_consortiums_chain() -> None:
    report = SCENE.verify()
    assert report.verdict is Verdict.VALID
    assert report.assurance == "consortium"
    header = parse_header(base64s.decode(SCENE.bundle()["chain"]["header"]))
    assert report["anchor"].evidence["block"]["hash"] == f"0x{block_hash(header).hex()}"


@pytest.mark.parametrize("round", [0, 1, 4])
def test_the_evidence_names_the_block_and_not_its_round(round: int) -> None:
    first, other = SCENE.verify(), SCENE.verify(SCENE.bundle(round=round, by=VALIDATORS[1:]))
    assert other.verdict is Verdict.VALID
    assert first["anchor"].evidence == other["anchor"].evidence


@pytest.mark.parametrize(
    "by",
    [[], VALIDATORS[:2], [VALIDATORS[0]] * 3, sealers(4, "strangers"), VALIDATORS[:2] + sealers(9, "strangers")],
    ids=["nobody", "two of four", "one three times", "strangers", "two and strangers"],
)
def test_too_few_sealed(by: list[Any]) -> None:
    refused(SCENE.verify(SCENE.bundle(by=by)), "anchor.bad_seal")


def test_a_list_of_validators_that_the_attacker_chose() -> None:
    strangers = sealers(4, "strangers")
    refused(SCENE.verify(SCENE.bundle(by=strangers, listed=strangers)), "anchor.bad_seal")


def test_seals_of_a_past_set_of_validators() -> None:
    newer = sealers(4, "newer")
    root = ranges((0, SCENE.world.block - 1, VALIDATORS), (SCENE.world.block, None, newer))
    refused(SCENE.verify(root=root), "anchor.bad_seal")
    assert SCENE.verify(SCENE.bundle(by=newer[1:]), root=root).verdict is Verdict.VALID


def test_validators_of_a_later_block() -> None:
    root = ranges((SCENE.world.block + 1, None, VALIDATORS))
    refused(SCENE.verify(root=root), "anchor.wrong_chain")


@pytest.mark.parametrize(("count", "needed"), [(4, 3), (5, 4), (7, 5)])
def test_the_quorum_of_the_trust_roots_range(count: int, needed: int) -> None:
    keys = sealers(count)
    root = ranges((0, None, keys))
    assert SCENE.verify(SCENE.bundle(by=keys[:needed]), root=root).verdict is Verdict.VALID
    reason = refused(SCENE.verify(SCENE.bundle(by=keys[: needed - 1]), root=root), "anchor.bad_seal")
    assert f"sealed by {needed - 1} of the {count}" in reason


def test_the_high_s_twin_of_a_seal_as_a_third_one() -> None:
    world = SCENE.world
    made = SCENE.bundle(by=VALIDATORS[:2])
    header = parse_header(base64s.decode(made["chain"]["header"]))
    again = draft(listed=VALIDATORS, number=world.block, timestamp=world.clock, state_root=header.state_root)
    two = again.sealed(VALIDATORS[:2])
    assert two.encode() == base64s.decode(made["chain"]["header"])
    for third in (two.parts[4][0], twin(two.parts[4][0])):
        made["chain"]["header"] = base64s.encode(two.with_parts({4: [*two.parts[4], third]}).encode())
        refused(SCENE.verify(made), "anchor.bad_seal")


def test_the_first_block_of_all() -> None:
    refused(SCENE.verify(SCENE.bundle(number=0, by=VALIDATORS)), "anchor.wrong_chain")


def test_seals_are_looked_at_once_for_each_header(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    recover = seals.recover

    def counting(seal: bytes, digest: bytes) -> bytes:
        looked.append(seal)
        return recover(seal, digest)

    monkeypatch.setattr(qbft, "recover", counting)
    data, verifier = canonical.dumps(SCENE.bundle()), Verifier(SCENE.world.trust_root())
    for _ in range(3):
        assert verifier.verify(data, now=SCENE.now).verdict is Verdict.VALID
    assert len(looked) == 3


def test_headers_of_the_other_consensus() -> None:
    one = Scene()
    refused(SCENE.verify(root={"consensus": "clique", "assurance": "single-sealer"}), "anchor.wrong_chain")
    refused(one.verify(root={"consensus": "qbft"}), "anchor.wrong_chain")


def test_a_few_validators_are_no_consortium() -> None:
    three = ranges((0, None, VALIDATORS[:3]))
    report = SCENE.verify(root=three | {"assurance": "single-sealer"})
    assert (report.verdict, report.assurance) == (Verdict.VALID, "single-sealer")


def test_a_modest_trust_root_claims_no_more() -> None:
    assert SCENE.verify(root={"assurance": "single-sealer"}).assurance == "single-sealer"


class TestEnded:
    """The epoch of this chain was closed: its last block is pinned."""

    def closed(self, scene: Scene, **changes: Any) -> dict[str, Any]:
        header = parse_header(base64s.decode(scene.bundle()["chain"]["header"]))
        pinned = {"number": header.number, "hash": f"0x{block_hash(header).hex()}", "time": header.timestamp}
        return {"closed": pinned | changes}

    def test_the_pinned_block_is_believed_by_its_hash(self) -> None:
        root = self.closed(SCENE)
        assert SCENE.verify(root=root).verdict is Verdict.VALID
        assert SCENE.verify(SCENE.bundle(by=[], round=7), root=root).verdict is Verdict.VALID

    def test_another_block_of_its_number(self) -> None:
        root = self.closed(SCENE, hash="0x" + seed("other").hex())
        refused(SCENE.verify(SCENE.bundle(by=VALIDATORS), root=root), "anchor.wrong_chain")

    def test_a_later_block(self) -> None:
        root = self.closed(SCENE, number=SCENE.world.block - 1, hash="0x" + seed("other").hex())
        refused(SCENE.verify(SCENE.bundle(by=VALIDATORS), root=root), "anchor.wrong_chain")

    def test_an_earlier_block_that_a_quorum_sealed(self) -> None:
        root = self.closed(SCENE, number=SCENE.world.block + 1, hash="0x" + seed("other").hex())
        assert SCENE.verify(root=root).verdict is Verdict.VALID
        refused(SCENE.verify(SCENE.bundle(by=VALIDATORS[:2]), root=root), "anchor.bad_seal")

    def test_an_earlier_block_of_a_later_time(self) -> None:
        later = {"number": SCENE.world.block + 1, "hash": "0x" + seed("other").hex()}
        root = self.closed(SCENE, **later, time=SCENE.world.clock - 1)
        refused(SCENE.verify(SCENE.bundle(by=VALIDATORS), root=root), "anchor.wrong_chain")
        root = self.closed(SCENE, **later, time=SCENE.world.clock)
        assert SCENE.verify(root=root).verdict is Verdict.VALID


class TestSeveralEpochs:
    """A sealer's chain, closed, then a consortium's: the same log went on there."""

    old = Scene()
    new = SCENE
    anchored: int = SCENE.bundle()["anchor"]["time"]

    def root(self, *epochs: dict[str, Any], assurance: str = "consortium") -> trustroot.TrustRoot:
        document = self.new.world.trust_document(assurance=assurance) | {"epochs": list(epochs)}
        return trustroot.parse(trustroot.sign(document, self.new.world.trust_key))

    def epochs(self, **closed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        raw = base64s.decode(self.old.bundle()["chain"]["header"])
        header = parse_header(raw)
        # Both worlds have one clock; what the newer chain anchors, it anchors after the older one has ended.
        pinned = {"number": header.number, "hash": f"0x{keccak256(raw).hex()}", "time": self.anchored - 1}
        first = self.old.world.trust_document(closed=pinned | closed)["epochs"][0]
        return first, self.new.world.trust_document()["epochs"][0] | {"genesis": "0x" + "22" * 32}

    def verify(self, root: trustroot.TrustRoot, made: dict[str, Any], **options: Any) -> Report:
        return Verifier(root).verify(canonical.dumps(made), now=self.new.now, **options)

    def test_each_bundle_under_its_own_epoch(self) -> None:
        root = self.root(*self.epochs())
        found = [self.verify(root, scene.bundle()) for scene in (self.old, self.new)]
        assert [report.verdict for report in found] == [Verdict.VALID] * 2
        assert [report.assurance for report in found] == ["single-sealer", "consortium"]

    def test_a_time_that_the_sealer_gave_is_no_consortiums(self) -> None:
        for time, assurance in ((self.anchored - 1, "consortium"), (self.anchored, "single-sealer")):
            report = self.verify(self.root(*self.epochs(time=time)), self.new.bundle())
            assert (report.verdict, report.assurance) == (Verdict.VALID, assurance)

    def test_a_time_of_a_consortium_before_is_a_consortiums(self) -> None:
        this = self.new.world.trust_document()["epochs"][0]
        ended = this | {"closed": {"number": 1000, "hash": "0x" + "11" * 32, "time": 2**40}}
        later = this | {"validators": [{**this["validators"][0], "from": 1}]}
        for least, assurance in ((4, "consortium"), (3, "single-sealer")):
            before = copy.deepcopy(ended)
            before["validators"][0]["addresses"] = before["validators"][0]["addresses"][:least]
            report = self.verify(self.root(before, later), self.new.bundle())
            assert (report.verdict, report.assurance) == (Verdict.VALID, assurance)

    def test_the_time_of_another_log_says_nothing(self) -> None:
        first, second = self.epochs(time=self.anchored)
        first["logs"] = [{"origin": "elsewhere.example/log", "key": first["logs"][0]["key"]}]
        report = self.verify(self.root(first, second), self.new.bundle())
        assert (report.verdict, report.assurance) == (Verdict.VALID, "consortium")

    def test_without_a_checkpoint_of_the_one_log(self) -> None:
        root = self.root(*self.epochs())
        for scene, assurance in ((self.old, "single-sealer"), (self.new, "consortium")):
            report = self.verify(root, scene.without("checkpoint"))
            assert report["anchor"].code == "anchor.ok"
            assert report.assurance == assurance

    def test_an_older_bundle_of_the_sealers_must_be_refreshed(self) -> None:
        root = self.root(*self.epochs(number=1000, hash="0x" + seed("other").hex(), time=2**40))
        report = self.verify(root, self.old.bundle())
        refused(report, "anchor.missing")  # not anchor.wrong_chain: it may well be true

    def test_a_forged_block_of_the_sealers_is_no_unknown(self) -> None:
        root = self.root(*self.epochs(number=1000, hash="0x" + seed("other").hex()))
        report = self.verify(root, self.old.bundle(sealer=Sealer(seed("thief"))))
        refused(report, "anchor.wrong_chain")  # the refusal of the newest epoch

    def test_the_sealers_key_after_the_end(self) -> None:
        root = self.root(*self.epochs(number=1, hash="0x" + seed("other").hex()))
        refused(self.verify(root, self.old.bundle()), "anchor.wrong_chain")

    def test_a_bad_seal_of_the_newest_epoch(self) -> None:
        root = self.root(*self.epochs())
        refused(self.verify(root, self.new.bundle(by=VALIDATORS[:2])), "anchor.bad_seal")

    def test_of_two_that_believe_the_one_with_the_contract_counts(self) -> None:
        this = self.new.world.trust_document()["epochs"][0]
        ended = this | {"closed": {"number": 1000, "hash": "0x" + "11" * 32, "time": 2**40}}
        nowhere = copy.deepcopy(this)
        for name in ("checkpointRegistry", "issuerRegistry"):
            nowhere[name]["address"] = "0x" + "33" * 20
        assert self.verify(self.root(ended, nowhere), self.new.bundle()).verdict is Verdict.VALID
        both = self.verify(self.root(nowhere | {"closed": ended["closed"]}, this), self.new.bundle())
        assert both.verdict is Verdict.VALID
        neither = self.root(nowhere | {"closed": ended["closed"]}, nowhere)
        report = self.verify(neither, self.new.bundle())
        assert report["anchor"].code == "anchor.wrong_contract"

    def test_fresh_material_of_another_chain_is_no_disagreement(self) -> None:
        root = self.root(*self.epochs())
        fresh = parse_material(canonical.dumps(self.new.world.material(self.new.record)))
        evidence = Gathered({self.old.digest: Found(fresh, None)})
        report = self.verify(root, self.old.bundle(), evidence=evidence)
        assert report["anchor"].code == "anchor.ok"
        assert report.assurance == "consortium"


class TestTwoSources:
    """What was asked online shows a block of the same number."""

    def report(self, **fresh: Any) -> Report:
        asked = parse_material(canonical.dumps(SCENE.world.material(SCENE.record, **fresh)))
        return SCENE.verify(evidence=Gathered({SCENE.digest: Found(asked, None)}))

    def test_the_same_block_in_another_round_and_with_other_seals(self) -> None:
        assert self.report(round=3, by=VALIDATORS[1:]).verdict is Verdict.VALID

    def test_another_block(self) -> None:
        report = self.report(timestamp=SCENE.world.clock + 1)
        assert report["anchor"].code == "anchor.disagreement"
        assert report.verdict is Verdict.INDETERMINATE

    def test_another_block_that_too_few_sealed(self) -> None:
        assert self.report(timestamp=SCENE.world.clock + 1, by=VALIDATORS[:2]).verdict is Verdict.VALID
