"""Sending through the client: once and no more, whatever a node says; and several at once."""

import threading
from typing import Any

import pytest
from requests.exceptions import Timeout

from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain
from ledger.chain.protocol import Call
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats import rlp
from ledger.formats.errors import ConflictError, NotAllowedError
from tests.ledger.chain.between import HASH, SOMEBODY, Between, signed, unreachable
from tests.support.chain import SEALER_SECRET, TestChain


def test_the_same_bytes_again_are_no_second_transaction(chain: RpcChain, test_chain: TestChain) -> None:
    first, second = signed(test_chain), signed(test_chain, nonce=1)
    for raw in (first, second, first, second):
        chain.send(raw)
    test_chain.clock.sleep(1)
    for raw in (first, second):
        assert chain.wait(chain.send(raw)).succeeded
    assert chain.balance(SOMEBODY) == 2


def test_a_number_that_another_transaction_used(chain: RpcChain, test_chain: TestChain) -> None:
    chain.send(signed(test_chain))
    for nonce in (0, 1):  # 0 is in a block, 1 waits
        chain.send(signed(test_chain, nonce))
        with pytest.raises(ConflictError) as caught:
            chain.send(signed(test_chain, nonce, value=2))
        assert caught.value.code == "chain.spent"


@pytest.mark.parametrize(
    "message",
    ["nonce too low", "Nonce too low", "NONCE_TOO_LOW", "Transaction nonce below current nonce",
     "replacement transaction underpriced"],
)  # fmt: skip
def test_the_words_for_a_spent_number(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    with pytest.raises(ConflictError) as caught:
        chain.send(signed(test_chain, nonce=5))
    assert caught.value.code == "chain.spent"


def test_a_node_that_calls_a_transaction_in_a_block_spent(
    chain: RpcChain, between: Between, test_chain: TestChain
) -> None:
    raw = signed(test_chain)
    digest = chain.send(raw)
    between.fail("eth_sendRawTransaction", "nonce too low")
    assert chain.send(raw) == digest


@pytest.mark.parametrize(
    "message", ["already known", "Known transaction", "ALREADY_EXISTS: already known", "Transaction already imported."]
)
def test_the_words_for_a_known_transaction(
    chain: RpcChain, between: Between, test_chain: TestChain, message: str
) -> None:
    between.fail("eth_sendRawTransaction", message)
    chain.send(signed(test_chain, nonce=5))


@pytest.mark.parametrize("message", ["transaction pool is full", "Transaction limit exceeded", "node is syncing"])
def test_the_words_for_later(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    unreachable(lambda: chain.send(signed(test_chain)))


@pytest.mark.parametrize("message", ["invalid sender", "unknown transaction type", ""])
def test_a_transaction_that_is_refused(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    with pytest.raises(NotAllowedError) as caught:
        chain.send(signed(test_chain))
    assert caught.value.code == "chain.refused"


@pytest.mark.parametrize("message", ["transaction underpriced", "Gas price below configured minimum gas price"])
def test_the_words_for_too_low_a_price(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    with pytest.raises(ConflictError) as caught:
        chain.send(signed(test_chain))
    assert caught.value.code == "chain.underpriced"


def test_an_account_that_cannot_pay(chain: RpcChain, test_chain: TestChain) -> None:
    with pytest.raises(NotAllowedError) as caught:
        chain.transact(Call(SOMEBODY, value=1), test_chain.stranger)
    assert caught.value.code == "chain.refused"


def test_sent_but_the_answer_was_lost(chain: RpcChain, between: Between, test_chain: TestChain) -> None:
    def lost(method: str, response: Any) -> Any:
        if method == "eth_sendRawTransaction":
            raise Timeout("the answer was lost")
        return response

    raw = signed(test_chain)
    between.change = lost
    unreachable(lambda: chain.send(raw))
    between.change = lambda method, response: response
    assert chain.wait(chain.send(raw)).succeeded and chain.balance(SOMEBODY) == 1


def test_what_is_signed_leaves_room_for_a_state_that_moves_on(chain: RpcChain, between: Between) -> None:
    admin = LocalSigner(SEALER_SECRET)
    between.answer("eth_estimateGas", hex(100_000))
    made = rlp.decode_list(chain.prepare(Call(SOMEBODY), admin).transaction)
    assert made[2] == rlp.encode_int(125_000)


def test_an_account_key_is_never_shown(test_chain: TestChain) -> None:
    assert (b"\x07" * 32).hex() not in repr(test_chain.admin) + repr(vars(test_chain.admin))


# Several at once


def test_calls_that_build_on_each_other(chain: RpcChain, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    admin, log = test_chain.admin, HASH
    calls = [
        registry.open(log, admin.address),
        registry.accept(log, 3, b"\1" * 32, bytes(32), []),
        registry.freeze(log),
        Call(SOMEBODY, value=1),
    ]
    receipts = chain.transact_all(calls, admin)
    assert [receipt.succeeded for receipt in receipts] == [True] * 4
    assert registry.successor(log) is not None and registry.head(log).size == 3


def test_a_call_that_fails_whatever_comes_before(chain: RpcChain, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    calls = [Call(SOMEBODY, value=1), registry.freeze(HASH), Call(SOMEBODY, value=1)]
    with pytest.raises(NotAllowedError) as caught:
        chain.transact_all(calls, test_chain.admin)
    assert caught.value.message == "not open"
    assert chain.balance(SOMEBODY) == 1


def test_many_threads_with_one_account(chain: RpcChain, test_chain: TestChain) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                chain.transact(Call(SOMEBODY, value=1), test_chain.admin)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and chain.balance(SOMEBODY) == 30


@pytest.mark.parametrize("message", ["Sender account not authorized to send transactions", "insufficient funds"])
def test_whose_account_was_refused_is_told(
    chain: RpcChain, between: Between, test_chain: TestChain, message: str
) -> None:
    """On a permissioned chain the address is what has to be permitted."""
    between.fail("eth_sendRawTransaction", message, code=-32007)
    with pytest.raises(NotAllowedError) as caught:
        chain.transact_all([Call(SOMEBODY)], test_chain.admin)
    assert caught.value.code == "chain.refused"
    assert caught.value.message == f"{message} (from 0x{test_chain.admin.address.hex()})"
