"""Inputs of the kit on a consortium's chain: headers, seals and validators of QBFT (docs/formats.md §10)."""

from collections.abc import Sequence
from typing import Any

import rlp

from ledger.formats import base64s
from ledger.formats.header import parse_header
from tests.verifier.cases.inputs import Cases
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.qbft import Draft, QbftScene, draft, sealers, twin
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case


def _sealed(*places: int, round: int = 0) -> Report:
    """The header sealed by the validators at these places."""
    scene = QbftScene()
    return scene.verify(scene.bundle(by=[scene.validators[n] for n in places], round=round))


def _draft(scene: QbftScene, **changes: Any) -> Draft:
    """The scene's own header, still to be sealed."""
    world = scene.world
    root = parse_header(base64s.decode(scene.bundle()["chain"]["header"])).state_root
    values: dict[str, Any] = {"number": world.block, "timestamp": world.clock, "state_root": root} | changes
    return draft(listed=scene.validators, **values)


def _with(scene: QbftScene, header: Draft, **options: Any) -> Report:
    made = scene.bundle()
    made["chain"]["header"] = base64s.encode(header.encode())
    return scene.verify(made, **options)


def _range(first: int, last: int | None, keys: Sequence[Sealer]) -> dict[str, Any]:
    return {"from": first, "to": last, "addresses": [f"0x{one.address.hex()}" for one in keys]}


# Seals


@given("qbft")
def three_of_four() -> Report:
    return QbftScene().verify()


@given("qbft")
def all_four_in_a_later_round() -> Report:
    return _sealed(3, 1, 0, 2, round=4)


@given("qbft")
def three_of_four_and_a_stranger() -> Report:
    scene = QbftScene()
    return scene.verify(scene.bundle(by=[*scene.validators[:3], *sealers(1, "strangers")]))


@given("qbft")
def nobody() -> Report:
    return _sealed()


@given("qbft")
def two_of_four() -> Report:
    return _sealed(0, 1)


@given("qbft")
def one_seal_three_times() -> Report:
    return _sealed(0, 0, 0)


@given("qbft")
def one_seal_twice_beside_a_quorum() -> Report:
    return _sealed(0, 1, 2, 2)


@given("qbft")
def two_and_strangers() -> Report:
    scene = QbftScene()
    return scene.verify(scene.bundle(by=scene.validators[:2] + sealers(5, "strangers")))


@given("qbft")
def strangers_under_a_list_of_their_own() -> Report:
    strangers = sealers(4, "strangers")
    scene = QbftScene()
    return scene.verify(scene.bundle(by=strangers, listed=strangers))


def _third(scene: QbftScene, seal: bytes) -> Report:
    two = _draft(scene).sealed(scene.validators[:2])
    return _with(scene, two.with_parts({4: [*two.parts[4], seal]}))


@given("qbft")
def the_twin_of_a_seal_as_the_third() -> Report:
    scene = QbftScene()
    return _third(scene, twin(_draft(scene).sealed(scene.validators[:1]).parts[4][0]))


@given("qbft")
def the_twin_of_the_third_seal_in_its_place() -> Report:
    scene = QbftScene()
    return _third(scene, twin(scene.validators[2].sign(_draft(scene).digest())))


@given("qbft")
def a_recovery_id_of_27() -> Report:
    scene = QbftScene()
    seal = scene.validators[2].sign(_draft(scene).digest())
    return _third(scene, seal[:64] + bytes([seal[64] + 27]))


@given("qbft")
def a_seal_of_64_bytes() -> Report:
    scene = QbftScene()
    return _third(scene, scene.validators[2].sign(_draft(scene).digest())[:64])


@given("qbft")
def a_seal_from_which_no_key_comes() -> Report:
    return _third(QbftScene(), bytes(65))


@given("qbft")
def seals_over_the_hash_of_the_block() -> Report:
    """They leave out the round, which a seal is over."""
    scene = QbftScene()
    made = _draft(scene, round=2)
    seals = [one.sign(made.block_hash()) for one in scene.validators[:3]]
    return _with(scene, made.with_parts({4: seals}))


@given("qbft")
def seals_of_another_round() -> Report:
    scene = QbftScene()
    first, second = _draft(scene, round=1), _draft(scene, round=2)
    return _with(scene, second.with_parts({4: first.sealed(scene.validators).parts[4]}))


@given("qbft")
def seals_of_the_block_before() -> Report:
    scene = QbftScene()
    before = _draft(scene, number=scene.world.block - 1)
    return _with(scene, _draft(scene).with_parts({4: before.sealed(scene.validators).parts[4]}))


# The form of the header


def _formed(*, fields: dict[int, bytes] | None = None, parts: dict[int, Any] | None = None) -> Report:
    """A header of another form, truly sealed by all."""
    scene = QbftScene()
    made = _draft(scene)
    changed = Draft([(fields or {}).get(n, one) for n, one in enumerate(made.fields)], made.parts)
    return _with(scene, changed.with_parts(parts or {}).sealed(scene.validators))


@given("qbft")
def a_vote_that_besu_writes() -> Report:
    return _formed(parts={2: [seed("candidate")[:20], b"\x00"]})


@given("qbft")
def a_vote_that_goquorum_writes() -> Report:
    return _formed(parts={2: [seed("candidate")[:20], b""]})


@given("qbft")
def a_vote_of_another_type() -> Report:
    return _formed(parts={2: [seed("candidate")[:20], b"\x01"]})


@given("qbft")
def a_vanity_that_is_too_short() -> Report:
    return _formed(parts={0: bytes(31)})


@given("qbft")
def a_round_with_a_zero_in_front() -> Report:
    return _formed(parts={3: b"\x00\x01"})


@given("qbft")
def a_byte_after_the_extra_data() -> Report:
    scene = QbftScene()
    header = _draft(scene).sealed(scene.validators)
    made = scene.bundle()
    extra = rlp.encode(header.parts) + b"\0"
    made["chain"]["header"] = base64s.encode(rlp.encode([*header.fields[:12], extra, *header.fields[13:]]))
    return scene.verify(made)


@given("qbft")
def a_difficulty_of_two() -> Report:
    return _formed(fields={7: b"\2"})


@given("qbft")
def a_nonce_that_is_not_zero() -> Report:
    return _formed(fields={14: bytes(7) + b"\1"})


@given("qbft")
def a_header_without_a_base_fee() -> Report:
    scene = QbftScene()
    return _with(scene, _draft(scene, is_london=False).sealed(scene.validators[1:]))


# The trust root's validators


def _quorum(count: int, sealing: int) -> Report:
    scene, keys = QbftScene(), sealers(count)
    root = {"validators": [_range(0, None, keys)]}
    return scene.verify(scene.bundle(by=keys[:sealing]), root=root)


@given("qbft")
def four_of_five() -> Report:
    return _quorum(5, 4)


@given("qbft")
def three_of_five() -> Report:
    return _quorum(5, 3)


@given("qbft")
def five_of_seven() -> Report:
    return _quorum(7, 5)


@given("qbft")
def four_of_seven() -> Report:
    return _quorum(7, 4)


def _changed(by: Sequence[Sealer], at: int = 0) -> Report:
    """Under a trust root in which other validators seal from the header's block on, or ``at`` blocks later."""
    scene = QbftScene()
    block = scene.world.block + at
    ranges = [_range(0, block - 1, scene.validators), _range(block, None, sealers(4, "newer"))]
    return scene.verify(scene.bundle(by=by), root={"validators": ranges})


@given("qbft")
def the_validators_of_its_block() -> Report:
    return _changed(sealers(4, "newer")[1:])


@given("qbft")
def the_validators_before_a_change() -> Report:
    return _changed(sealers(4))


@given("qbft")
def the_last_block_before_a_change() -> Report:
    return _changed(sealers(4), at=1)


@given("qbft")
def validators_of_a_later_change() -> Report:
    return _changed(sealers(4, "newer"), at=1)


@given("qbft")
def a_block_before_all_validators() -> Report:
    scene = QbftScene()
    return scene.verify(root={"validators": [_range(scene.world.block + 1, None, scene.validators)]})


@given("qbft")
def a_trust_root_that_claims_less() -> Report:
    return QbftScene().verify(root={"assurance": "single-sealer"})


@given("qbft")
def three_validators_are_no_consortium() -> Report:
    scene = QbftScene()
    root = {"validators": [_range(0, None, scene.validators[:3])], "assurance": "single-sealer"}
    return scene.verify(root=root)


@given("qbft")
def a_header_of_a_sealers_chain() -> Report:
    four = {"validators": [_range(0, None, sealers(4))]}
    return Scene().verify(root={"consensus": "qbft", "assurance": "consortium"} | four)


@given("qbft")
def a_header_of_a_consortiums_chain_under_a_sealers_trust_root() -> Report:
    return QbftScene().verify(root={"consensus": "clique", "assurance": "single-sealer"})
