"""Clique seals: a published header with a known signer, and then every rule of EIP-225 broken in turn."""

from typing import Any

import pytest
import rlp as oracle
from coincurve import PrivateKey
from eth.consensus.clique._utils import get_block_signer
from eth.rlp.headers import BlockHeader
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.formats import consensus, rlp, seals
from ledger.formats.errors import ProofError
from ledger.formats.header import EMPTY_UNCLES_HASH, Header, parse_header

# Block 1 of the Görli network.
VALUES: dict[str, Any] = dict(
    difficulty=2,
    block_number=1,
    gas_limit=10475521,
    timestamp=1548947453,
    coinbase=bytes(20),
    parent_hash=bytes.fromhex("bf7e331f7f7c1dd2e05159666b3bf8bc7a8a3a9eb1d518969eab529dd9b88c1a"),
    uncles_hash=EMPTY_UNCLES_HASH,
    state_root=bytes.fromhex("5d6cded585e73c4e322c30c2f782a336316f17dd85a4863b9d838d2d4b8b3008"),
    extra_data=bytes.fromhex(
        "506172697479205465636820417574686f7269747900000000000000000000002bbf886181970654ed46e3fae0ded41ee53fec702c"
        "47431988a7ae80e6576f3552684f069af80ba11d36327aaf846d470526e4a1c461601b2fd4ebdcdc2b734a01"
    ),
    mix_hash=bytes(32),
    nonce=bytes(8),
)
GOERLI_ONE = BlockHeader(**VALUES)
FIELDS = rlp.decode_list(oracle.encode(GOERLI_ONE))
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY = PrivateKey(b"\7" * 32)
ADDRESS = seals.address_of(KEY.public_key.format(compressed=False))

MIDDLE: dict[int, bytes | int] = {1: EMPTY_UNCLES_HASH, 2: bytes(20), 7: 2, 8: 5, 13: bytes(32), 14: bytes(8)}


def sealed(changes: dict[int, bytes | int], listed: bytes = b"", key: PrivateKey = KEY) -> Header:
    """A header with the given fields, sealed after they were set: only the rule is broken, never the signature."""
    fields: list[rlp.Item] = list(FIELDS)
    for index, value in (MIDDLE | changes).items():
        fields[index] = rlp.encode_int(value) if isinstance(value, int) else value
    fields[12] = bytes(32) + listed + bytes(65)
    digest = seals.clique_seal_hash(parse_header(rlp.encode(fields)))
    fields[12] = bytes(32) + listed + key.sign_recoverable(digest, hasher=None)
    return parse_header(rlp.encode(fields))


def with_extra(extra: bytes, number: int = 5) -> Header:
    fields = list(sealed({8: number}).fields)
    fields[12] = extra
    return parse_header(rlp.encode(list(fields)))


def refused(header: Header) -> None:
    with pytest.raises(ProofError) as caught:
        seals.clique_signer(header)
    assert caught.value.code == "header.bad_seal"


def test_signer_of_a_published_header() -> None:
    header = parse_header(oracle.encode(GOERLI_ONE))
    assert consensus.block_hash(header, consensus.CLIQUE) == GOERLI_ONE.hash
    assert seals.clique_signer(header).hex() == "e0a2bd4258d2768837baa26a28fe71dc079f84c7"


def test_seal_hash_of_an_empty_london_header() -> None:
    # The value that go-ethereum's own test states for this header.
    empty: list[rlp.Item] = [bytes(32), bytes(32), bytes(20), *[bytes(32)] * 3, bytes(256), *[b""] * 5]
    header = parse_header(rlp.encode([*empty, bytes(97), bytes(32), bytes(8), b""]))
    digest = seals.clique_seal_hash(header).hex()
    assert digest == "bd3d1fa43fbc4c5bfcc91b179ec92e2861df3654de60468beb908ff805359e8f"


@settings(max_examples=20)
@given(st.integers(1, ORDER - 1), st.integers(1, 29_999))
def test_agrees_with_the_oracle(secret: int, number: int) -> None:
    header = sealed({8: number}, key=PrivateKey.from_int(secret))
    theirs = get_block_signer(oracle.decode(rlp.encode(list(header.fields)), sedes=BlockHeader))
    assert seals.clique_signer(header) == theirs


@pytest.mark.parametrize(
    "name, changes, listed",
    [
        ("in_turn", {7: 2}, b""),
        ("out_of_turn", {7: 1}, b""),
        ("vote_to_add", {2: b"\5" * 20, 14: seals.NONCE_ADD}, b""),
        ("vote_to_drop", {2: b"\5" * 20, 14: seals.NONCE_DROP}, b""),
        ("epoch_with_one_signer", {8: 30_000}, b"\5" * 20),
        ("epoch_with_four_signers", {8: 60_000}, b"\5" * 80),
    ],
)
def test_headers_within_the_rules(name: str, changes: dict[int, bytes | int], listed: bytes) -> None:
    assert seals.clique_signer(sealed(changes, listed)) == ADDRESS


@pytest.mark.parametrize(
    "name, changes, listed",
    [
        ("difficulty_zero", {7: 0}, b""),
        ("difficulty_three", {7: 3}, b""),
        ("mix_hash", {13: b"\1" + bytes(31)}, b""),
        ("uncles", {1: b"\1" * 32}, b""),
        ("nonce_neither_vote", {14: bytes(7) + b"\1"}, b""),
        ("nonce_neither_vote_for_somebody", {2: b"\5" * 20, 14: b"\xff" * 7 + b"\xfe"}, b""),
        ("vote_for_nobody", {14: seals.NONCE_ADD}, b""),
        ("signers_outside_an_epoch", {}, b"\5" * 20),
        ("epoch_without_signers", {8: 30_000}, b""),
        ("epoch_with_a_cut_address", {8: 30_000}, b"\5" * 19),
        ("epoch_votes", {8: 30_000, 14: seals.NONCE_ADD}, b"\5" * 20),
        ("epoch_names_somebody", {8: 30_000, 2: b"\5" * 20}, b"\5" * 20),
    ],
)
def test_headers_outside_the_rules(name: str, changes: dict[int, bytes | int], listed: bytes) -> None:
    refused(sealed(changes, listed))


@pytest.mark.parametrize("size", [0, 31, 32, 64, 65, 96, 98])
def test_extra_data_of_another_length(size: int) -> None:
    refused(with_extra(b"\1" * size))


@pytest.mark.parametrize("recovery_id", [2, 3, 4, 27, 28, 255])
def test_recovery_ids_beyond_one(recovery_id: int) -> None:
    good = sealed({}).extra
    refused(with_extra(good[:-1] + bytes([recovery_id])))


def test_the_high_s_twin_of_a_seal() -> None:
    good = sealed({}).extra
    twin = ORDER - int.from_bytes(good[64:96], "big")
    refused(with_extra(good[:64] + twin.to_bytes(32, "big") + bytes([good[96] ^ 1])))


@pytest.mark.parametrize("r", [0, ORDER, 2**256 - 1])
def test_r_out_of_range(r: int) -> None:
    good = sealed({}).extra
    refused(with_extra(good[:32] + r.to_bytes(32, "big") + good[64:]))


@pytest.mark.parametrize("s", [0, ORDER, 2**256 - 1])
def test_s_out_of_range(s: int) -> None:
    good = sealed({}).extra
    refused(with_extra(good[:64] + s.to_bytes(32, "big") + good[96:]))


def test_r_that_lies_on_no_point() -> None:
    # 5 is the x of no point of secp256k1.
    refused(with_extra(sealed({}).extra[:32] + (5).to_bytes(32, "big") + sealed({}).extra[64:]))


@pytest.mark.parametrize("index", [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12])
def test_any_altered_field_names_another_signer(index: int) -> None:
    header = sealed({2: b"\5" * 20})
    fields = list(header.fields)
    fields[index] = bytes([(fields[index] or b"\1")[0] ^ 3]) + fields[index][1:]
    try:
        signer = seals.clique_signer(parse_header(rlp.encode(list(fields))))
    except ProofError as error:
        assert error.code == "header.bad_seal"
    else:
        assert signer != ADDRESS
