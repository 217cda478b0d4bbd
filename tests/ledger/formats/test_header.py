"""Block headers by position; py-evm's header classes and published headers are the oracle."""

from typing import Any

import pytest
import rlp as oracle
from eth.chains.goerli import GOERLI_GENESIS_HEADER
from eth.chains.mainnet import MAINNET_GENESIS_HEADER
from eth.vm.forks.london.blocks import LondonBlockHeader

from ledger.formats import consensus, rlp
from ledger.formats.errors import FormatError
from ledger.formats.header import EMPTY_UNCLES_HASH, parse_header
from ledger.formats.keccak import keccak256

VALUES: dict[str, Any] = {
    "difficulty": 2,
    "block_number": 70_000,
    "gas_limit": 30_000_000,
    "gas_used": 21_000,
    "timestamp": 1_780_000_000,
    "coinbase": b"\1" * 20,
    "parent_hash": b"\2" * 32,
    "uncles_hash": EMPTY_UNCLES_HASH,
    "state_root": b"\3" * 32,
    "transaction_root": b"\4" * 32,
    "receipt_root": b"\5" * 32,
    "bloom": 6,
    "extra_data": b"vanity",
    "mix_hash": b"\7" * 32,
    "nonce": b"\x08" * 8,
    "base_fee_per_gas": 9,
}
LONDON = LondonBlockHeader(**VALUES)
ENCODED = oracle.encode(LONDON)
FIELDS = rlp.decode_list(ENCODED)


def refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        parse_header(data)
    assert caught.value.code == "header.malformed"


def with_field(index: int, value: rlp.Item) -> bytes:
    return rlp.encode([*FIELDS[:index], value, *FIELDS[index + 1 :]])


def test_fields_of_a_london_header() -> None:
    header = parse_header(ENCODED)
    assert consensus.block_hash(header, consensus.CLIQUE) == LONDON.hash
    assert (header.number, header.timestamp, header.difficulty) == (70_000, 1_780_000_000, 2)
    assert (header.parent_hash, header.state_root) == (b"\2" * 32, b"\3" * 32)
    assert (header.beneficiary, header.extra) == (b"\1" * 20, b"vanity")
    assert (header.mix_hash, header.nonce, header.uncles_hash) == (b"\7" * 32, b"\x08" * 8, EMPTY_UNCLES_HASH)


def test_published_headers_from_before_london() -> None:
    mainnet = parse_header(oracle.encode(MAINNET_GENESIS_HEADER))
    assert (
        consensus.block_hash(mainnet, consensus.CLIQUE).hex()
        == "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
    )
    goerli = parse_header(oracle.encode(GOERLI_GENESIS_HEADER))
    assert (
        consensus.block_hash(goerli, consensus.CLIQUE).hex()
        == "bf7e331f7f7c1dd2e05159666b3bf8bc7a8a3a9eb1d518969eab529dd9b88c1a"
    )


def test_later_fields_are_kept_for_the_hash() -> None:
    data = rlp.encode([*FIELDS, b"\x0a" * 32, b"", b"\1"])
    header = parse_header(data)
    assert consensus.block_hash(header, consensus.CLIQUE) == keccak256(data)
    assert header.number == 70_000
    assert rlp.encode(list(header.fields)) == data


def test_no_list_of_strings() -> None:
    refused(b"")
    refused(ENCODED[:-1])
    refused(ENCODED + b"\0")
    refused(rlp.encode(ENCODED))
    refused(rlp.encode([]))
    refused(rlp.encode(FIELDS[:14]))
    refused(with_field(12, [b"vanity"]))
    refused(rlp.encode([*FIELDS, []]))
    refused(rlp.encode([*FIELDS, *[b""] * 17]))
    refused(with_field(12, b"x" * 70_000))


@pytest.mark.parametrize("index", [0, 1, 2, 3, 4, 5, 6, 13, 14])
def test_fixed_fields_of_another_length(index: int) -> None:
    field = FIELDS[index]
    assert isinstance(field, bytes)
    refused(with_field(index, field[:-1]))
    refused(with_field(index, field + b"\0"))
    refused(with_field(index, b""))


@pytest.mark.parametrize("index, size", [(7, 32), (8, 8), (9, 8), (10, 8), (11, 8)])
def test_integers_with_leading_zero_or_too_large(index: int, size: int) -> None:
    refused(with_field(index, b"\0"))
    refused(with_field(index, b"\0\1"))
    refused(with_field(index, b"\1" * (size + 1)))
    parse_header(with_field(index, b"\xff" * size))
