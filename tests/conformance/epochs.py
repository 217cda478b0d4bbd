"""Inputs of the kit with ended epochs, and with a sealer's chain before a consortium's (docs/formats.md §10 to §12)."""

import copy
from collections.abc import Sequence
from typing import Any

from ledger.formats import base64s
from ledger.formats.header import parse_header
from ledger.formats.keccak import keccak256
from ledger.formats.qbft import block_hash
from tests.verifier.cases.inputs import Cases
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.qbft import QbftScene
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case

ELSEWHERE = "0x" + seed("other").hex()


# Ended epochs


def _pinned(scene: Scene, **changes: Any) -> dict[str, Any]:
    raw = base64s.decode(scene.bundle()["chain"]["header"])
    header = parse_header(raw)
    own = block_hash(header) if isinstance(scene, QbftScene) else keccak256(raw)
    return {"number": header.number, "hash": f"0x{own.hex()}", "time": header.timestamp} | changes


def _ended(by: Sequence[int] = (0, 1, 2), round: int = 0, ahead: int = 0, **changes: Any) -> Report:
    """The epoch ended at the header's block, or ``ahead`` blocks after it."""
    scene = QbftScene()
    if ahead:
        changes = {"number": scene.world.block + ahead, "hash": ELSEWHERE} | changes
    made = scene.bundle(by=[scene.validators[n] for n in by], round=round)
    return scene.verify(made, root={"closed": _pinned(scene, **changes)})


@given("epochs")
def the_pinned_block() -> Report:
    return _ended()


@given("epochs")
def the_pinned_block_without_seals_in_another_round() -> Report:
    return _ended(by=(), round=7)


@given("epochs")
def another_block_of_the_pinned_number() -> Report:
    return _ended(by=(0, 1, 2, 3), hash=ELSEWHERE)


@given("epochs")
def a_block_after_the_pinned_one() -> Report:
    return _ended(by=(0, 1, 2, 3), ahead=-1)


@given("epochs")
def a_block_before_the_pinned_one() -> Report:
    return _ended(ahead=1)


@given("epochs")
def a_block_before_the_pinned_one_with_two_seals() -> Report:
    return _ended(by=(0, 1), ahead=1)


@given("epochs")
def a_block_before_the_pinned_one_at_its_time() -> Report:
    return _ended(ahead=1, time=QbftScene().world.clock)


@given("epochs")
def a_block_before_the_pinned_one_and_later() -> Report:
    return _ended(by=(0, 1, 2, 3), ahead=1, time=QbftScene().world.clock - 1)


# A sealer's chain, then a consortium's, with the same log


def _two(scene: Scene, made: Any = None, *, root: dict[str, Any] | None = None, **closed: Any) -> Report:
    """``scene`` is the old one or the new; the report is under the trust root of both."""
    old, new = Scene(), QbftScene()
    # Both worlds have one clock; what the newer chain anchors, it anchors after the older one has ended.
    ended = {"time": new.bundle()["anchor"]["time"] - 1} | closed
    first = old.world.trust_document(closed=_pinned(old, **ended))["epochs"][0]
    second = new.world.trust_document()["epochs"][0] | {"genesis": "0x" + "22" * 32}
    document = scene.bundle() if made is None else made
    return new.verify(document, root={"epochs": [first, second]} | (root or {}))


@given("epochs")
def a_record_of_before() -> Report:
    return _two(Scene())


@given("epochs")
def a_record_of_after() -> Report:
    return _two(QbftScene())


@given("epochs")
def a_record_of_after_whose_anchor_was_taken_over() -> Report:
    return _two(QbftScene(), time=QbftScene().bundle()["anchor"]["time"])


@given("epochs")
def a_record_of_before_without_a_checkpoint() -> Report:
    return _two(Scene(), Scene().without("checkpoint"))


@given("epochs")
def a_record_of_after_without_a_checkpoint() -> Report:
    return _two(QbftScene(), QbftScene().without("checkpoint"))


@given("epochs")
def a_record_of_before_that_must_be_refreshed() -> Report:
    return _two(Scene(), number=1000, hash=ELSEWHERE, time=2**40)


@given("epochs")
def a_block_of_the_sealers_after_the_end() -> Report:
    return _two(Scene(), number=1, hash=ELSEWHERE)


@given("epochs")
def a_thiefs_block_before_the_end() -> Report:
    scene = Scene()
    return _two(scene, scene.bundle(sealer=Sealer(seed("thief"))), number=1000, hash=ELSEWHERE, time=2**40)


@given("epochs")
def too_few_seals_after_the_change() -> Report:
    scene = QbftScene()
    return _two(scene, scene.bundle(by=scene.validators[:2]))


def _contracts(first: bool, second: bool) -> Report:
    """Two epochs of one chain, both of which believe the header; the contracts are at the addresses of one."""
    scene = QbftScene()
    here = scene.world.trust_document()["epochs"][0]
    nowhere = copy.deepcopy(here)
    for name in ("checkpointRegistry", "issuerRegistry"):
        nowhere[name]["address"] = "0x" + "33" * 20
    closed = {"closed": {"number": 1000, "hash": ELSEWHERE, "time": 2**40}}
    epochs = [(here if first else nowhere) | closed, here if second else nowhere]
    return scene.verify(root={"epochs": epochs})


@given("epochs")
def contracts_of_the_epoch_before() -> Report:
    return _contracts(True, False)


@given("epochs")
def contracts_of_the_newest_epoch() -> Report:
    return _contracts(False, True)


@given("epochs")
def contracts_of_neither_epoch() -> Report:
    return _contracts(False, False)
