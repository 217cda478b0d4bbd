"""Run by test_kill.py in a process of its own: seal in a child, kill -9 it at some moment, look at what is left.

    python kill_rounds.py FOLDER ROUNDS SEED

The child writes each block's number and hash into a pipe after the node has answered, as a client's journal would.
After the kill the folder must open again, and every block in the journal must be there, whole. Prints how many blocks
were acknowledged in all, and how many more were found (committed, but killed before the answer was written).
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import rlp
from eth_typing import Address, BlockNumber

from ledger.chain.account import LocalSigner
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.rpc import Rpc
from ledger.chain.protocol import Call
from ledger.formats.header import parse_header
from ledger.formats.seals import clique_signer

SECRET = b"\x07" * 32
SIGNER = LocalSigner(SECRET)
START = 1_700_000_000
CHAIN_ID = 26001
TARGETS = [bytes([number]) * 20 for number in range(1, 40)]


class Ticking:
    """A clock on which every look is a second later, so that each block is due at once."""

    def __init__(self) -> None:
        self.seconds = float(START)

    def now(self) -> float:
        self.seconds += 1
        return self.seconds


def open_node(folder: Path) -> EmbeddedNode:
    clock = Ticking()
    node = EmbeddedNode(folder, SECRET, Genesis.new(CHAIN_ID, START, SIGNER.address), now=clock.now)
    clock.seconds = float(node.head().timestamp)
    return node


def nonce_of(node: EmbeddedNode) -> int:
    return node.state(node.head()).get_nonce(Address(SIGNER.address))


def seal_until_killed(folder: Path, journal: int) -> None:
    """Transfers for ever, each in a block of its own.."""
    node = open_node(folder)
    rpc = Rpc(node)
    nonce = nonce_of(node)
    while True:
        for target in TARGETS:
            signed = SIGNER.sign(Call(target, value=1), chain_id=CHAIN_ID, nonce=nonce, gas=21_000, gas_price=10**10)
            rpc.answer("eth_sendRawTransaction", ["0x" + signed.transaction.hex()])
            nonce += 1
            head = node.head()
            os.write(journal, f"{head.block_number} {head.hash.hex()}\n".encode())


def killed_journal(folder: Path, delay: float) -> dict[int, str]:
    """What a child acknowledged until it was killed, ``delay`` seconds after its first block."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            seal_until_killed(folder, writing)
        finally:
            os._exit(1)
    os.close(writing)
    first = os.read(reading, 1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        lines = (first + pipe.read()).decode().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, f"the child ended by itself: {status}"
    # A last line without its end was never read by anybody.
    return {int(number): digest for number, _, digest in (line.partition(" ") for line in lines) if len(digest) == 64}


def check(folder: Path, journal: dict[int, str]) -> int:
    """Open again; the newest block's number. Every block links and is whole; nothing acknowledged is gone."""
    with open_node(folder) as node:
        head = node.head().block_number
        assert head >= max(journal)
        parent = node.head().parent_hash
        sent = 0
        for number in range(head, 0, -1):
            block = node.chain.get_canonical_block_by_number(BlockNumber(number))
            assert journal.get(number, block.hash.hex()) == block.hash.hex()
            assert block.hash == (parent if number < head else node.head().hash)
            parent = block.header.parent_hash
            sent += len(block.transactions)
            for transaction in block.transactions:
                node.chain.get_transaction_receipt(transaction.hash)
        state = node.state(node.head())
        assert nonce_of(node) == sent
        assert sum([state.get_balance(Address(target)) for target in TARGETS]) == sent
        node.tick()
        assert node.head().block_number == head + 1
        assert clique_signer(parse_header(rlp.encode(node.head()))) == SIGNER.address
        return head


def main(folder: Path, rounds: int, seed: int) -> None:
    delays = random.Random(seed)
    acknowledged = beyond = 0
    for _ in range(rounds):
        journal = killed_journal(folder, delays.uniform(0.0, 0.15))
        head = check(folder, journal)
        acknowledged += len(journal)
        beyond += head - max(journal)
    print(acknowledged, beyond)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
