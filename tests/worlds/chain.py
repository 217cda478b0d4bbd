"""A simulated chain: storage words in a dict become tries, a state root and one sealed Clique header.

Nothing executes. The tests decide what every slot holds, true or false, and which proof nodes are handed out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import rlp
from coincurve import PrivateKey
from trie.hexary import HexaryTrie

from ledger.formats.header import EMPTY_UNCLES_HASH
from ledger.formats.keccak import keccak256
from ledger.formats.seals import address_of
from ledger.formats.slots import Layout

Key = bytes | int


@dataclass
class SimulatedContract:
    """One contract: ``words`` maps (variable, keys…) to 32 bytes. A zero word is not stored, as on a real chain."""

    address: bytes
    code: bytes
    layout: Layout
    words: dict[tuple[str | Key, ...], bytes] = field(default_factory=dict)

    @property
    def code_hash(self) -> bytes:
        return keccak256(self.code)

    def set(self, name: str, *keys: Key, to: bytes | int) -> None:
        self.words[name, *keys] = to if isinstance(to, bytes) else to.to_bytes(32, "big")

    def get(self, name: str, *keys: Key) -> bytes:
        return self.words.get((name, *keys), bytes(32))

    def slot(self, name: str, *keys: Key) -> bytes:
        return self.layout.slot(name, *keys)

    def storage(self) -> HexaryTrie:
        made = HexaryTrie({})
        for (name, *keys), word in self.words.items():
            if any(word):
                stored = rlp.encode(word.lstrip(b"\0"))
                made[keccak256(self.slot(str(name), *keys))] = stored  # type: ignore[arg-type]
        return made


@dataclass
class Sealer:
    """The key of a validator."""

    secret: bytes

    @property
    def address(self) -> bytes:
        return address_of(PrivateKey(self.secret).public_key.format(compressed=False))

    def sign(self, digest: bytes) -> bytes:
        return PrivateKey(self.secret).sign_recoverable(digest, hasher=None)


def seal(
    sealer: Sealer, *, state_root: bytes, number: int, timestamp: int, change: Mapping[int, bytes] | None = None
) -> bytes:
    """RLP of a London header sealed under EIP-225; ``change`` replaces fields by position before sealing."""
    fields = [
        keccak256(b"parent"),
        EMPTY_UNCLES_HASH,
        bytes(20),
        state_root,
        keccak256(b"transactions"),
        keccak256(b"receipts"),
        bytes(256),
        _number(2),
        _number(number),
        _number(30_000_000),
        _number(21_000),
        _number(timestamp),
        bytes(32),
        bytes(32),
        bytes(8),
        _number(1_000_000_000),
    ]
    for position, value in (change or {}).items():
        fields[position] = value
    signature = sealer.sign(keccak256(rlp.encode(fields)))
    fields[12] += signature
    encoded: bytes = rlp.encode(fields)
    return encoded


def state(contracts: Iterable[SimulatedContract]) -> HexaryTrie:
    """The state trie that holds these contracts and one account of somebody else."""
    made = HexaryTrie({})
    made[keccak256(b"somebody")] = rlp.encode([_number(1), _number(10**18), keccak256(b"\x80"), keccak256(b"")])
    for contract in contracts:
        account = [_number(1), b"", contract.storage().root_hash, contract.code_hash]
        made[keccak256(contract.address)] = rlp.encode(account)
    return made


def proof(made: HexaryTrie, key: bytes) -> list[bytes]:
    """The nodes on the way to an already hashed key, whether it is there or not."""
    return [rlp.encode(node) for node in made.get_proof(key)]


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
