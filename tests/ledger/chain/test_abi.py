"""Calls and events against eth-abi's own view, and answers that are none."""

from dataclasses import replace

import pytest
from web3 import Web3

import contracts
from ledger.chain.abi import ContractAbi
from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Event
from ledger.formats.errors import FormatError, UnavailableError

ARTIFACT = contracts.load("CheckpointRegistry")
ABI = ContractAbi(ARTIFACT)
OTHER = Web3().eth.contract(abi=ARTIFACT.abi)


def test_calls_are_encoded_as_web3_does() -> None:
    accept = (b"\1" * 32, 5, b"\2" * 32, b"\3" * 32, [b"\4" * 32, b"\5" * 32])
    assert "0x" + ABI.call("accept", *accept).hex() == OTHER.encode_abi("accept", args=accept)
    opened = (b"\1" * 32, Web3.to_checksum_address(b"\x55" * 20), 0, bytes(32))
    assert "0x" + ABI.call("open", b"\1" * 32, b"\x55" * 20, 0, bytes(32)).hex() == OTHER.encode_abi(
        "open", args=opened
    )
    assert ABI.topic("Anchored") == Web3.keccak(text="Anchored(bytes32,uint256,bytes32,uint256,uint256,bytes32)")


@pytest.mark.parametrize(
    "arguments",
    [
        (b"\1" * 33, b"\x55" * 20, 0, bytes(32)),
        (b"\1" * 32, b"\x55" * 19, 0, bytes(32)),
        (b"\1" * 32, b"\x55" * 20, -1, bytes(32)),
        (b"\1" * 32, b"\x55" * 20, 1 << 256, bytes(32)),
        (b"\1" * 32, b"\x55" * 20, None, bytes(32)),
    ],
)
def test_arguments_that_do_not_fit(arguments: tuple[object, ...]) -> None:
    with pytest.raises(FormatError) as caught:
        ABI.call("open", *arguments)
    assert caught.value.code == "chain.bad_argument"


@pytest.mark.parametrize("output", [b"", b"\0" * 31, b"\0" * 63])
def test_output_that_is_too_short(output: bytes) -> None:
    with pytest.raises(UnavailableError):
        ABI.result("head", output)


EVENT = Event(
    address=b"\x55" * 20,
    topics=(ABI.topic("Frozen"), b"\1" * 32),
    data=(7).to_bytes(32, "big") + b"\2" * 32 + b"\3" * 32,
    block_number=1,
    transaction_hash=b"\4" * 32,
)


def test_an_event() -> None:
    expected = {"log_id": b"\1" * 32, "size": 7, "root": b"\2" * 32, "successor": b"\3" * 32}
    assert ABI.event("Frozen", EVENT) == expected


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, topics=()),
        replace(EVENT, topics=(ABI.topic("Frozen"),)),
        replace(EVENT, topics=(ABI.topic("Opened"), b"\1" * 32)),
        replace(EVENT, topics=(*EVENT.topics, b"\1" * 32)),
        replace(EVENT, data=EVENT.data[:-1]),
        replace(EVENT, data=b""),
    ],
)
def test_another_event(other: Event) -> None:
    with pytest.raises(UnavailableError):
        ABI.event("Frozen", other)


@pytest.mark.parametrize("secret", [b"", b"\1" * 31, b"\1" * 33, bytes(32), b"\xff" * 32])
def test_secrets_that_are_no_key(secret: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        LocalSigner(secret)
    assert caught.value.code == "chain.bad_key"
