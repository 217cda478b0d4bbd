"""QBFT headers, made by an encoder of the tests' own: who sealed them, what names them, and every part bent in turn."""

import json
from pathlib import Path

import pytest
import rlp as oracle
from coincurve import PrivateKey

from ledger.formats import consensus, qbft, rlp
from ledger.formats.errors import ProofError
from ledger.formats.header import Header, parse_header
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.qbft import ORDER, Draft, draft, sealers, twin

FOUR = sealers(4)
ADDRESSES = frozenset(one.address for one in FOUR)
STRANGERS = sealers(4, "strangers")
DRAFT = draft(listed=FOUR, number=7, round=2)
GOOD = DRAFT.sealed(FOUR[:3])
SEAL = GOOD.parts[4][0]


def header(made: Draft) -> Header:
    return parse_header(made.encode())


def refused(made: Draft, validators: frozenset[bytes] = ADDRESSES) -> str:
    with pytest.raises(ProofError) as caught:
        qbft.check_quorum(header(made), validators)
    assert caught.value.code == "header.bad_seal"
    return caught.value.message


def test_a_sealed_header() -> None:
    read = header(GOOD)
    assert qbft.sealers(read) == tuple(one.address for one in FOUR[:3])
    assert consensus.block_hash(read, consensus.QBFT) == DRAFT.block_hash()
    assert qbft.seal_hash(read) == DRAFT.digest() != DRAFT.block_hash()
    qbft.check_quorum(read, ADDRESSES)


@pytest.mark.parametrize("is_london", [False, True])
@pytest.mark.parametrize("vote", [[], [seed("v")[:20], b"\xff"], [seed("v")[:20], b"\0"], [seed("v")[:20], b""]])
@pytest.mark.parametrize("round", [0, 1, 300, 2**32 - 1])
def test_headers_as_the_clients_write_them(is_london: bool, vote: list[bytes], round: int) -> None:
    made = draft(listed=FOUR, round=round, vote=vote, is_london=is_london)
    read = header(made.sealed(FOUR))
    assert (
        qbft.parse_extra(read.extra).encode(round=round, seals=tuple(qbft.parse_extra(read.extra).seals)) == read.extra
    )
    assert qbft.block_hash(read) == made.block_hash()
    qbft.check_quorum(read, ADDRESSES)


def test_the_block_hash_is_of_no_round_and_no_seals() -> None:
    others = [draft(listed=FOUR, number=7, round=n).sealed(FOUR[:k]) for n in (0, 1) for k in (3, 4)]
    assert {qbft.block_hash(header(one)) for one in others} == {DRAFT.block_hash()}
    assert len({consensus.block_hash(header(one), consensus.CLIQUE) for one in others}) == len(others)


@pytest.mark.parametrize(
    ("validators", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (10, 7), (100, 67)]
)
def test_the_quorum(validators: int, needed: int) -> None:
    assert qbft.quorum(validators) == needed


@pytest.mark.parametrize("count", [4, 5, 7])
def test_a_quorum_seals_and_one_fewer_does_not(count: int) -> None:
    keys = sealers(count)
    addresses = frozenset(one.address for one in keys)
    made = draft(listed=keys)
    needed = {4: 3, 5: 4, 7: 5}[count]
    qbft.check_quorum(header(made.sealed(keys[:needed])), addresses)
    qbft.check_quorum(header(made.sealed(keys[-needed:])), addresses)
    assert f"sealed by {needed - 1} of the {count}" in refused(made.sealed(keys[: needed - 1]), addresses)


def test_no_seals() -> None:
    refused(DRAFT)


def test_no_validators() -> None:
    refused(DRAFT, frozenset())
    refused(GOOD, frozenset())


def test_one_seal_twice() -> None:
    assert "two seals by one key" in refused(DRAFT.with_parts({4: [*GOOD.parts[4], SEAL]}))
    refused(DRAFT.with_parts({4: [SEAL, SEAL, GOOD.parts[4][1]]}))


def test_a_seal_and_its_high_s_twin() -> None:
    refused(DRAFT.with_parts({4: [*GOOD.parts[4][:2], twin(SEAL)]}))
    refused(DRAFT.with_parts({4: [*GOOD.parts[4], twin(SEAL)]}))


def test_a_high_s_twin_in_the_place_of_its_seal() -> None:
    """Nobody may make a second encoding of a sealed header but who seals."""
    refused(DRAFT.with_parts({4: [twin(SEAL), *GOOD.parts[4][1:]]}))


def test_two_different_signatures_by_one_key() -> None:
    other = with_nonce(FOUR[0], DRAFT.digest(), 7)
    assert other != SEAL
    assert qbft.sealers(header(DRAFT.with_parts({4: [other]}))) == (FOUR[0].address,)
    assert "two seals by one key" in refused(DRAFT.with_parts({4: [*GOOD.parts[4][:2], other]}))


def with_nonce(by: Sealer, digest: bytes, nonce: int) -> bytes:
    """Another valid low-s seal than the deterministic one: ECDSA leaves the nonce to whoever signs."""
    point = PrivateKey.from_int(nonce).public_key.point()
    r = point[0] % ORDER
    s = pow(nonce, -1, ORDER) * (int.from_bytes(digest, "big") + r * int.from_bytes(by.secret, "big")) % ORDER
    seal = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([point[1] & 1])
    return seal if s <= ORDER // 2 else twin(seal)


def test_seals_by_strangers_count_for_nothing_and_do_no_harm() -> None:
    assert "sealed by 2" in refused(DRAFT.sealed([*FOUR[:2], *STRANGERS]))
    qbft.check_quorum(header(DRAFT.sealed([STRANGERS[0], *FOUR[1:]])), ADDRESSES)


def test_validators_that_the_header_lists_are_not_believed() -> None:
    theirs = draft(listed=STRANGERS, number=7).sealed(STRANGERS)
    assert "sealed by 0 of the 4" in refused(theirs)


def test_seals_of_another_round() -> None:
    refused(GOOD.with_parts({3: b""}))
    refused(GOOD.with_parts({3: b"\3"}))


def test_seals_over_the_block_hash() -> None:
    refused(DRAFT.with_parts({4: [one.sign(DRAFT.block_hash()) for one in FOUR]}))


def test_seals_of_another_block() -> None:
    refused(draft(listed=FOUR, number=8, round=2).with_parts({4: GOOD.parts[4]}))


@pytest.mark.parametrize("index", [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 15])
def test_any_altered_field_spoils_the_seals(index: int) -> None:
    fields = list(GOOD.fields)
    fields[index] = bytes([fields[index][0] ^ 3]) + fields[index][1:]
    made = Draft(fields, GOOD.parts)
    refused(made)
    assert made.block_hash() != GOOD.block_hash()


@pytest.mark.parametrize(
    ("index", "value"), [(1, bytes(32)), (7, b"\2"), (7, b""), (13, bytes(32)), (14, bytes(7) + b"\1")]
)
def test_a_fixed_field_of_another_value_truly_sealed(index: int, value: bytes) -> None:
    fields = list(DRAFT.fields)
    fields[index] = value
    refused(Draft(fields, DRAFT.parts).sealed(FOUR))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_any_altered_part_of_extra_data_spoils_the_seals(index: int) -> None:
    others = {0: b"\1" * 32, 1: GOOD.parts[1][::-1], 2: [seed("v")[:20], b"\xff"]}
    made = GOOD.with_parts({index: others[index]})
    refused(made)
    assert made.block_hash() != GOOD.block_hash()


SEALS = GOOD.parts[4]
R, S, V = SEAL[:32], SEAL[32:64], SEAL[64:]


@pytest.mark.parametrize(
    "seal",
    [
        b"",
        SEAL[:64],
        SEAL + b"\0",
        R + S + b"\x1b",
        R + S + b"\x1c",
        R + S + bytes([V[0] + 2]),
        R + S + bytes([V[0] + 27]),
        bytes(32) + S + V,
        R + bytes(32) + V,
        R + ORDER.to_bytes(32, "big") + V,
        b"\xff" * 32 + S + V,
        (5).to_bytes(32, "big") + S + V,  # the x of no point
        twin(SEAL),
    ],
)
def test_a_malformed_seal_beside_enough_good_ones(seal: bytes) -> None:
    refused(DRAFT.with_parts({4: [*SEALS, seal]}))


@pytest.mark.parametrize(
    "changes",
    [
        {0: bytes(31)},
        {0: bytes(33)},
        {0: []},
        {1: b""},
        {1: [bytes(19)]},
        {1: [[]]},
        {1: [seed("v", f"{n}")[:20] for n in range(257)]},
        {2: b""},
        {2: [bytes(20)]},
        {2: [bytes(20), b"\1"]},
        {2: [bytes(20), b"\0\0"]},
        {2: [bytes(20), []]},
        {2: [bytes(19), b"\xff"]},
        {2: [bytes(20), b"\xff", b""]},
        {3: b"\0"},
        {3: b"\0\1"},
        {3: bytes([1]) * 5},
        {3: []},
        {4: b""},
        {4: [[]]},
    ],
)
def test_extra_data_of_another_form_truly_sealed(changes: dict[int, object]) -> None:
    made = DRAFT.with_parts(changes)
    if 4 not in changes:
        made = made.sealed(FOUR)
    refused(made)
    with pytest.raises(ProofError, match=r"header\.bad_seal"):
        consensus.block_hash(header(made), consensus.QBFT)


@pytest.mark.parametrize(
    "extra",
    [
        b"",
        bytes(32),
        bytes(97),
        b"\xc0",
        oracle.encode(GOOD.parts[:4]),
        oracle.encode([*GOOD.parts, b""]),
        oracle.encode(GOOD.parts) + b"\0",
        b"\0" + oracle.encode(GOOD.parts),
        oracle.encode(GOOD.parts)[:-1],
    ],
)
def test_extra_data_that_is_none(extra: bytes) -> None:
    with pytest.raises(ProofError, match=r"header\.bad_seal"):
        qbft.parse_extra(extra)


def test_a_form_of_rlp_that_is_not_canonical() -> None:
    made = oracle.encode(GOOD.parts)
    assert made[:2] == b"\xf9\x01"
    with pytest.raises(ProofError, match=r"header\.bad_seal"):
        qbft.parse_extra(b"\xfa\x00" + made[1:])


def test_a_header_of_clique() -> None:
    fields = list(DRAFT.fields)
    fields[13] = bytes(32)
    assert not consensus.is_bft(header(Draft(fields, DRAFT.parts)))
    assert consensus.is_bft(header(GOOD))


RECORDED = json.loads(Path(__file__).with_name("qbft-headers.json").read_text())


@pytest.mark.parametrize("recorded", RECORDED["headers"], ids=lambda one: f"{one['number']}")
def test_headers_of_a_real_network(recorded: dict[str, object]) -> None:
    encoded = bytes.fromhex(str(recorded["rlp"]))
    read = parse_header(encoded)
    validators = frozenset(bytes.fromhex(address) for address in RECORDED["validators"])
    extra = qbft.parse_extra(read.extra)
    assert qbft.block_hash(read).hex() == recorded["hash"]
    assert (read.number, extra.round, len(extra.seals)) == tuple(
        recorded[name] for name in ("number", "round", "seals")
    )
    assert set(extra.validators) == validators
    if read.number:
        qbft.check_quorum(read, validators)
        assert set(qbft.sealers(read)) <= validators and len(extra.seals) == len(qbft.sealers(read))
        one_less = list(read.fields)
        one_less[12] = extra.encode(round=extra.round, seals=extra.seals[1:])
        with pytest.raises(ProofError, match="sealed by 2 of the 4"):
            qbft.check_quorum(parse_header(rlp.encode([*one_less])), validators)
