"""A validator that is asked, and lies, stalls, cuts its answers short or answers of the past: never `valid`."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from api import chains
from api.deployment import Deployment
from ledger.chain import jsonrpc
from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.formats import consensus, rlp
from ledger.formats.consensus import QBFT
from ledger.formats.errors import ConflictError, RollbookError, UnavailableError
from ledger.formats.header import parse_header
from network.processes import Network
from tests.support.liar import Change, Liar
from tests.support.shared import REPOSITORY
from tests.support.validators import OnNetwork, anchors_of, offline
from verifier.report import Report

pytestmark = pytest.mark.network
HEADERS = REPOSITORY / "tests/ledger/formats/qbft-headers.json"
BLOCK, PROOF = "eth_getBlockByNumber", "eth_getProof"
Lie = Callable[[dict[str, Any], list[Any], Liar], Any]


def named(block: dict[str, Any]) -> dict[str, Any]:
    """The block under the hash that its header has, as a careful liar gives it."""
    fields: list[rlp.Item] = [jsonrpc._field(block[name], number) for name, number in jsonrpc._HEADER]
    return {**block, "hash": "0x" + consensus.block_hash(parse_header(rlp.encode(fields)), QBFT).hex()}


def wrong_root(block: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    return named({**block, "stateRoot": "0x" + "11" * 32})


def wrong_time(block: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    return named({**block, "timestamp": hex(int(block["timestamp"], 16) - 86_400)})


def clumsy_root(block: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    return {**block, "stateRoot": "0x" + "11" * 32}


def another_chain(_block: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    found = json.loads(HEADERS.read_text())["headers"][-1]
    fields = rlp.decode_list(bytes.fromhex(found["rlp"]))
    pairs = zip(jsonrpc._HEADER, fields, strict=True)
    shape = {
        name: hex(rlp.decode_int(field)) if number else "0x" + bytes(field).hex()  # type: ignore[arg-type]
        for (name, number), field in pairs
    }
    return {**shape, "hash": "0x" + found["hash"]}


def sealed_by(count: int) -> Lie:
    def cut(block: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
        extra = rlp.decode_list(bytes.fromhex(block["extraData"][2:]))
        assert isinstance(extra[4], list)
        return {**block, "extraData": "0x" + rlp.encode([*extra[:4], extra[4][:count]]).hex()}

    return cut


def sealed_twice_by_one(block: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    extra = rlp.decode_list(bytes.fromhex(block["extraData"][2:]))
    assert isinstance(extra[4], list)
    return {**block, "extraData": "0x" + rlp.encode([*extra[:4], [extra[4][0]] * 3]).hex()}


def flipped(found: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    def flip(node: str) -> str:
        return node[:-1] + ("0" if node[-1] != "0" else "1")

    return {**found, "accountProof": [flip(node) for node in found["accountProof"]]}


def no_slots(found: dict[str, Any], _params: list[Any], _liar: Liar) -> Any:
    return {**found, "storageProof": [{**one, "proof": []} for one in found["storageProof"]]}


def of_an_older_block(_found: dict[str, Any], params: list[Any], liar: Liar) -> Any:
    return liar.ask(PROOF, params[0], params[1], "0x1")


def of_another_contract(_found: dict[str, Any], params: list[Any], liar: Liar) -> Any:
    """An account whose code hash is another one."""
    return liar.ask(PROOF, "0x" + "55" * 20, params[1], params[2])


LIES: dict[str, tuple[str, Lie]] = {
    "another state root": (BLOCK, wrong_root),
    "another state root under the old hash": (BLOCK, clumsy_root),
    "another time": (BLOCK, wrong_time),
    "the header of another chain": (BLOCK, another_chain),
    "no seals": (BLOCK, sealed_by(0)),
    "two seals of four": (BLOCK, sealed_by(2)),
    "one seal three times": (BLOCK, sealed_twice_by_one),
    "proofs with another bit": (PROOF, flipped),
    "proofs without their slots": (PROOF, no_slots),
    "proofs of an older block": (PROOF, of_an_older_block),
    "proofs of another account": (PROOF, of_another_contract),
}


def lying(liar: Liar, wanted: str, lie: Lie) -> Change:
    def change(method: str, params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        if method != wanted or not isinstance(answer.get("result"), dict):
            return answer
        return {**answer, "result": lie(answer["result"], params, liar)}

    return change


@pytest.fixture
def record(ledger: OnNetwork, made_record: str) -> str:
    return made_record


@pytest.fixture(scope="module")
def made_record(made_on_network: OnNetwork) -> str:
    """A record that is anchored."""
    with made_on_network.opened() as deployment:
        record = made_on_network.issue(deployment)
        deployment.settle()
        return record


def exported(ledger: OnNetwork, deployment: Deployment, record: str) -> Report | None:
    """The verdict on a bundle that is made now; None where none can be made."""
    try:
        return offline(deployment, ledger.bundle(deployment, record))
    except RollbookError:
        return None


def completed(ledger: OnNetwork, deployment: Deployment, record: str) -> Report:
    """The verdict of this server on the bare credential."""
    return deployment.checking.verify(ledger.bare(deployment, record))


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about(name: str, ledger: OnNetwork, network: Network, record: str) -> None:
    wanted, lie = LIES[name]
    with Liar(network.plan.validators[0].rpc_url) as liar, ledger.opened(liar.url) as deployment:
        liar.change = lying(liar, wanted, lie)
        report = exported(ledger, deployment, record)
        assert report is None or report.verdict != "valid"
        assert completed(ledger, deployment, record).verdict != "valid"
        assert wanted in liar.asked
        liar.be_honest()
        network.until_height(max(network.heights()) + 1)
        again = exported(ledger, deployment, record)
        assert again is not None and again.verdict == "valid"


def stalling(liar: Liar) -> None:
    liar.stall = 1.5


def cutting(liar: Liar) -> None:
    liar.cut = 40


def erring(liar: Liar) -> None:
    error = {"code": -32000, "message": "header not found"}
    liar.change = lambda _method, _params, _answer: {"jsonrpc": "2.0", "id": 1, "error": error}


def garbling(liar: Liar) -> None:
    liar.change = lambda _method, _params, _answer: {"jsonrpc": "2.0", "id": 1, "result": 7}


@pytest.mark.parametrize("fault", [stalling, cutting, erring, garbling])
def test_no_answer_that_counts(
    fault: Callable[[Liar], None], ledger: OnNetwork, network: Network, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "HTTP_SECONDS", 1)
    with Liar(network.plan.validators[0].rpc_url) as liar, ledger.opened(liar.url) as deployment:
        fault(liar)
        report = completed(ledger, deployment, record)
        assert report.verdict == "indeterminate", report
        with pytest.raises(UnavailableError):
            ledger.bundle(deployment, record)
        assert offline(deployment, ledger.old).verdict == "valid"
        liar.be_honest()
        assert completed(ledger, deployment, record).verdict == "valid"


def stale(frozen: int) -> Change:
    """A node that is cut off: it takes what it is sent, and has no block after ``frozen``."""

    def change(method: str, params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        found = answer.get("result")
        if method == "eth_blockNumber":
            return {**answer, "result": hex(frozen)}
        if method == "eth_getTransactionReceipt" and found and int(found["blockNumber"], 16) > frozen:
            return {**answer, "result": None}
        return answer

    return change


def test_answers_of_the_past(ledger: OnNetwork, network: Network) -> None:
    with Liar(network.plan.validators[0].rpc_url) as liar, ledger.opened(liar.url) as deployment:
        before = anchors_of(deployment)
        frozen = deployment.opened.chain.head().number
        liar.change = stale(frozen)
        liar.ask_instead = {"latest": hex(frozen)}
        record = ledger.issue(deployment)
        worker = AnchoringWorker(deployment.sequencer, deployment.anchors, wait=pause, pace=Pace(patience=3))
        for _ in range(2):
            with pytest.raises((UnavailableError, ConflictError)) as caught:
                worker.step()
            assert caught.value.code in ("chain.pending", "chain.refused"), "neither ends the worker"
        report = exported(ledger, deployment, record)
        assert report is not None and report.verdict == "indeterminate"
        assert completed(ledger, deployment, record).verdict == "indeterminate"
        liar.be_honest()
        deployment.settle()
        assert anchors_of(deployment) == [*before, deployment.sequencer.size]
        assert completed(ledger, deployment, record).verdict == "valid"


def test_two_nodes_that_disagree(ledger: OnNetwork, network: Network, record: str) -> None:
    one, two = (validator.rpc_url for validator in network.plan.validators[:2])
    with Liar(one) as liar, ledger.opened(liar.url, two) as deployment:
        assert completed(ledger, deployment, record).verdict == "valid"
        before = alarms_of(deployment)
        liar.change = lying(liar, BLOCK, wrong_time)
        network.until_height(max(network.heights()) + 1)
        report = completed(ledger, deployment, record)
        assert (report.verdict, report["anchor"].code) == ("indeterminate", "anchor.disagreement")
        assert alarms_of(deployment) > before
        ledger.issue(deployment)
        with pytest.raises(UnavailableError) as caught:
            deployment.settle()
        assert caught.value.code == "anchor.disagreement"
        liar.be_honest()
        deployment.settle()
        assert completed(ledger, deployment, record).verdict == "valid"


def test_the_first_of_two_nodes_is_gone(ledger: OnNetwork, network: Network) -> None:
    one, two = network.plan.validators[:2]
    with ledger.opened(one.rpc_url, two.rpc_url) as deployment:
        before = alarms_of(deployment)
        network.stop(one, kill=True)
        record = ledger.issue(deployment)
        deployment.settle()
        assert completed(ledger, deployment, record).verdict == "valid"
        assert alarms_of(deployment) == before


def alarms_of(deployment: Deployment) -> int:
    """How often nodes disagreed since the ledger was made."""
    return deployment.alarms.counts.get("anchor.disagreement", 0)


def pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False
