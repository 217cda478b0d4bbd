"""The pool: whose turn it is, what replaces what, and what a block can take."""

from types import SimpleNamespace
from typing import Any

import pytest

from ledger.chain.embedded.pool import Pool, PoolError

ALICE, BOB = b"\1" * 20, b"\2" * 20


def made(sender: bytes, nonce: int, price: int = 100, gas: int = 21_000) -> Any:
    name = f"{sender.hex()} {nonce} {price}".encode()
    return SimpleNamespace(sender=sender, nonce=nonce, max_fee_per_gas=price, gas=gas, hash=name)


def executable(pool: Pool, gas_limit: int = 10**9, **first: int) -> list[tuple[bytes, int]]:
    nonces = {ALICE: first.get("alice", 0), BOB: first.get("bob", 0)}
    return [(found.sender, found.nonce) for found in pool.executable(nonces.__getitem__, gas_limit)]


def test_numbers_in_order_and_senders_in_turn() -> None:
    pool = Pool()
    for transaction in (made(ALICE, 1), made(BOB, 0), made(ALICE, 0), made(ALICE, 2), made(BOB, 1)):
        pool.add(transaction)
    assert executable(pool) == [(BOB, 0), (ALICE, 0), (ALICE, 1), (ALICE, 2), (BOB, 1)]


def test_a_gap_holds_back_what_follows() -> None:
    pool = Pool()
    for nonce in (0, 2, 3):
        pool.add(made(ALICE, nonce))
    assert executable(pool) == [(ALICE, 0)]
    assert executable(pool, alice=2) == [(ALICE, 2), (ALICE, 3)]
    assert executable(pool, alice=1) == []
    assert [pool.next_nonce(ALICE, nonce) for nonce in (0, 1, 2)] == [1, 1, 4]
    assert pool.next_nonce(BOB, 7) == 7


def test_a_block_takes_no_more_gas_than_it_has() -> None:
    pool = Pool()
    for sender, nonce, gas in ((ALICE, 0, 60), (ALICE, 1, 100), (BOB, 0, 60), (BOB, 1, 30)):
        pool.add(made(sender, nonce, gas=gas))
    assert executable(pool, gas_limit=130) == [(ALICE, 0), (BOB, 0)]
    assert executable(pool, gas_limit=150) == [(ALICE, 0), (BOB, 0), (BOB, 1)]
    assert executable(pool, gas_limit=160) == [(ALICE, 0), (ALICE, 1)]
    assert executable(pool, gas_limit=59) == []


def test_the_same_transaction_twice() -> None:
    pool = Pool()
    pool.add(made(ALICE, 0))
    with pytest.raises(PoolError, match="already known"):
        pool.add(made(ALICE, 0))


def test_a_replacement_pays_a_tenth_more() -> None:
    pool = Pool()
    old = made(ALICE, 0, price=100)
    pool.add(old)
    for price in (99, 101, 109):
        with pytest.raises(PoolError, match="underpriced"):
            pool.add(made(ALICE, 0, price=price))
    better = made(ALICE, 0, price=110)
    pool.add(better)
    assert pool.get(better.hash) == better and pool.get(old.hash) is None
    assert executable(pool) == [(ALICE, 0)]
    pool.drop([better])
    assert not pool
    pool.add(old)


def test_a_full_pool_takes_replacements_only() -> None:
    pool = Pool(limit=2)
    pool.add(made(ALICE, 0))
    pool.add(made(ALICE, 1))
    with pytest.raises(PoolError, match="full"):
        pool.add(made(BOB, 0))
    pool.add(made(ALICE, 1, price=200))
    pool.drop([made(ALICE, 0)])
    assert executable(pool, alice=1) == [(ALICE, 1)]


def test_what_is_dropped_is_gone_and_only_that() -> None:
    pool = Pool()
    first, second = made(ALICE, 0), made(BOB, 0)
    kept = second.hash
    pool.add(first)
    pool.add(second)
    pool.drop([first, made(ALICE, 5)])
    assert pool and pool.get(first.hash) is None and pool.get(kept) == second
    pool.drop([second])
    assert not pool


def test_dropping_does_not_take_a_replacement_along() -> None:
    pool = Pool()
    old, new = made(ALICE, 0, price=100), made(ALICE, 0, price=200)
    pool.add(old)
    pool.add(new)
    pool.drop([old])
    assert pool.get(new.hash) is new
