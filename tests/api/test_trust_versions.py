"""Three versions of a trust root: other validators, then other contracts; what old bundles are worth under each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.pins import Pins
from ledger.formats import base64s, canonical, keys, trustroot
from ledger.formats.errors import RollbookError
from ledger.formats.header import parse_header
from ledger.formats.qbft import block_hash
from ledger.formats.trustroot import CONSORTIUM, TrustRoot
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.qbft import QbftScene, sealers
from verifier.report import Report, Verdict
from verifier.verifier import Verifier

AUTHORITIES = [keys.generate(seed("authority", n)) for n in range(4)]
FIVE = sealers(5)
OLD, NEW = FIVE[:4], FIVE[1:]
CHANGE = 10
LAST = 20


def signed(document: dict[str, Any], *signers: int) -> bytes:
    for n in signers:
        document = trustroot.sign(document, AUTHORITIES[n])
    return canonical.dumps(document)


def ranges(*of: tuple[int, int | None, list[Sealer]]) -> list[dict[str, Any]]:
    return [
        {"from": first, "to": last, "addresses": [f"0x{one.address.hex()}" for one in by]} for first, last, by in of
    ]


@dataclass
class History:
    """The bundles and trust roots of one deployment, in order."""

    roots: list[bytes]
    bundles: dict[str, dict[str, Any]]
    now: datetime
    scene: QbftScene

    def root(self, number: int) -> TrustRoot:
        return trustroot.parse(self.roots[number - 1])

    def verify(self, made: dict[str, Any], number: int) -> Report:
        return Verifier(self.root(number)).verify(canonical.dumps(made), now=self.now)


@pytest.fixture(scope="module")
def history() -> History:
    scene = QbftScene()
    world = scene.world
    world.block = 5
    bundles = {"first": scene.bundle(by=OLD[:3])}
    world.pass_time(days=1)
    world.block = CHANGE + 2
    bundles["after the change"] = scene.bundle(by=NEW[1:])
    world.pass_time(days=1)
    world.block = LAST
    last = parse_header(base64s.decode(scene.bundle(by=NEW[:3])["chain"]["header"]))
    before = world.trust_document()["epochs"][0]
    for contract in (world.checkpoints, world.issuers):  # the same words elsewhere: seeded
        contract.address = seed("new", contract.address.hex())[:20]
    world.pass_time(days=1)
    world.block = LAST + 3
    bundles["refreshed"] = scene.bundle(by=NEW[1:])
    scene.resign(validUntil="2031-01-01T00:00:00Z")
    bundles["new"] = scene.bundle(by=NEW[1:])
    after = world.trust_document()["epochs"][0]

    def version(number: int, previous: bytes | None, epochs: list[dict[str, Any]], *authorities: int) -> dict[str, Any]:
        return trustroot.build(
            version=number,
            previous=None if previous is None else trustroot.parse(previous).id,
            expires=datetime(2030 + number, 1, 1, tzinfo=UTC),
            assurance=CONSORTIUM,
            authorities=[AUTHORITIES[n].multikey for n in authorities],
            threshold=2,
            epochs=epochs,
        )

    first = before | {"validators": ranges((0, None, OLD))}
    second = before | {"validators": ranges((0, CHANGE - 1, OLD), (CHANGE, None, NEW))}
    closed = {"number": LAST, "hash": f"0x{block_hash(last).hex()}", "time": last.timestamp}
    third = [second | {"closed": closed}, after | {"validators": ranges((LAST + 1, None, NEW))}]
    roots = [signed(version(1, None, [first], 0, 1, 2), 0, 1)]
    roots.append(signed(version(2, roots[0], [second], 0, 1, 2), 1, 2))
    roots.append(signed(version(3, roots[1], third, 1, 2, 3), 1, 2))  # one authority gives way to another
    return History(roots, bundles, world.now, scene)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("first", 1),
        ("first", 2),
        ("first", 3),
        ("after the change", 2),
        ("after the change", 3),
        ("refreshed", 3),
        ("new", 3),
    ],
)
def test_what_a_bundle_is_worth(history: History, name: str, number: int) -> None:
    report = history.verify(history.bundles[name], number)
    assert report.verdict is Verdict.VALID
    assert report.assurance == "consortium"


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        ("after the change", 1, "anchor.bad_seal"),  # one of three is no validator that version 1 knows
        ("refreshed", 1, "anchor.bad_seal"),
        ("refreshed", 2, "anchor.wrong_contract"),  # contracts that version 2 does not know
        ("new", 2, "anchor.wrong_contract"),
    ],
)
def test_what_it_is_worth_to_whoever_has_not_walked_on(history: History, name: str, number: int, code: str) -> None:
    assert history.verify(history.bundles[name], number)["anchor"].code == code


def test_a_refreshed_bundle_has_its_old_time(history: History) -> None:
    first, refreshed = (history.verify(history.bundles[name], n) for name, n in (("first", 1), ("refreshed", 3)))
    assert first.anchored_at == refreshed.anchored_at is not None
    assert first.as_of is not None and refreshed.as_of is not None and first.as_of < refreshed.as_of


@pytest.mark.parametrize(
    ("block", "by", "number", "code"),
    [
        (CHANGE, [OLD[0], *NEW[:2]], 2, "anchor.bad_seal"),
        (CHANGE - 1, [*NEW[:2], NEW[3]], 2, "anchor.bad_seal"),
        (LAST, NEW, 3, "anchor.wrong_chain"),  # another last block than the pinned one
        (LAST - 1, NEW, 3, "anchor.wrong_chain"),  # of a later time than that
        (LAST + 1, [OLD[0], *NEW[:2]], 3, "anchor.bad_seal"),
        (LAST + 1, NEW[:3], 3, "anchor.ok"),
    ],
)
def test_who_seals_which_block(history: History, block: int, by: list[Sealer], number: int, code: str) -> None:
    assert history.verify(history.scene.bundle(number=block, by=by), number)["anchor"].code == code


def test_walking_the_three_versions(history: History, tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    pins.add(history.roots[0])
    assert pins.add(history.roots[2], history.roots[1]).id == history.root(3).id
    assert [root.version for root in pins.all()] == [3]


def test_steps_that_are_refused(history: History, tmp_path: Path) -> None:
    third = history.root(3).document | {"signatures": []}
    second = history.root(2).document | {"signatures": []}
    cases = {
        "trustroot.unsigned": [
            (1, signed(second, 1)),  # one of two
            (2, signed(third, 0, 1)),  # version 2's, but only one of version 3's
            (2, signed(third, 2, 3)),  # version 3's, but only one of version 2's
            (2, signed(third)),
        ],
        "trustroot.not_next": [
            (1, history.roots[2]),
            (2, signed(third | {"threshold": 1, "previous": history.root(2).fingerprint}, 1, 2)),
            (2, signed(third | {"previous": history.root(1).fingerprint}, 1, 2)),
        ],
        "trust.forked": [(2, signed(second | {"expires": "2039-01-01T00:00:00Z"}, 0, 1))],
        "trust.older": [(3, history.roots[1]), (3, history.roots[0])],
    }
    for n, (code, steps) in enumerate(cases.items()):
        for m, (pinned, data) in enumerate(steps):
            pins = Pins(tmp_path / f"{n}-{m}")
            pins.add(history.roots[pinned - 1])
            with pytest.raises(RollbookError) as caught:
                pins.add(data)
            assert caught.value.code == code, (code, m)
            assert [root.version for root in pins.all()] == [pinned]


def test_an_expired_version_between_may_be_walked_and_the_last_may_not_be_used(history: History) -> None:
    late = datetime(2034, 1, 1, tzinfo=UTC)
    report = Verifier(history.root(3)).verify(canonical.dumps(history.bundles["refreshed"]), now=late)
    assert report["anchor"].code == "anchor.trust_expired"
