"""Merkle-Patricia proofs of the Ethereum state: existence and exclusion (EIP-1186; Yellow Paper, appendix D).

Keys are 32 bytes, already hashed (the "secure" tries of accounts and storage), so every path has 64 nibbles, no key
is a prefix of another and no branch holds a value. A node that is absent leaves the answer open:
``chain.proof_missing``. A node that is present but is not a canonical trie node is ``chain.proof_invalid``. Only nodes
whose hash the path from the root demands are read; what else is among them has no say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.formats import rlp
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.keccak import keccak256

EMPTY_ROOT = keccak256(b"\x80")
EMPTY_CODE_HASH = keccak256(b"")

_NIBBLES = [[byte >> 4, byte & 15] for byte in range(256)]


class Nodes:
    """Proof nodes by their own hash, which this class computes itself: no claim about a node's hash is believed."""

    __slots__ = ("_by_hash",)

    def __init__(self, nodes: Iterable[bytes]) -> None:
        self._by_hash = {keccak256(node): node for node in nodes}

    def __len__(self) -> int:
        return len(self._by_hash)

    def read(self, digest: bytes) -> rlp.Item:
        """The decoded node with this hash; ProofError ``chain.proof_missing`` or ``chain.proof_invalid``."""
        node = self._by_hash.get(digest)
        if node is None:
            raise ProofError("chain.proof_missing", f"no node with hash {digest.hex()}")
        try:
            return rlp.decode(node)
        except FormatError as error:
            raise ProofError("chain.proof_invalid", f"node {digest.hex()} is no RLP: {error.message}") from error


def lookup(root: bytes, key: bytes, nodes: Nodes) -> bytes | None:
    """The value (RLP bytes, not empty) stored under the 32-byte hashed ``key``, or None where it is proven absent.

    Raises ProofError ``chain.proof_missing`` (not enough nodes: unknown) or ``chain.proof_invalid``.
    """
    if len(key) != 32 or len(root) != 32:
        raise ProofError("chain.proof_invalid", "root and hashed key have 32 bytes each")
    if root == EMPTY_ROOT:
        return None
    path = [nibble for byte in key for nibble in _NIBBLES[byte]]
    node, at = nodes.read(root), 0
    while True:
        if not isinstance(node, list):
            raise _invalid("a node is a list")
        if len(node) == 17:
            if node[16] != b"" or at == 64:
                raise _invalid("a branch holds a value or lies below the last nibble")
            child, at = node[path[at]], at + 1
            if child == b"":
                return None
        elif len(node) == 2:
            nibbles, is_leaf = _hex_prefix(node[0])
            if is_leaf:
                return _leaf_value(node[1], nibbles, path[at:])
            if not 0 < len(nibbles) < 64 - at:
                raise _invalid("an extension is empty or runs past the key")
            if path[at : at + len(nibbles)] != nibbles:
                return None
            child, at = node[1], at + len(nibbles)
        else:
            raise _invalid("a node has 2 or 17 items")
        below = _child(child, nodes)
        if len(node) == 2 and len(below) != 17:
            raise _invalid("an extension leads to a branch")
        node = below


def _child(child: rlp.Item, nodes: Nodes) -> rlp.Item:
    """The node that a parent refers to: by 32-byte hash, or embedded where its encoding is shorter than that."""
    if isinstance(child, bytes):
        if len(child) != 32:
            raise _invalid("a child is neither a hash nor a node")
        return nodes.read(child)
    if len(rlp.encode(child)) >= 32:
        raise _invalid("a node of 32 bytes or more is embedded")
    return child


def _hex_prefix(encoded: rlp.Item) -> tuple[list[int], bool]:
    """Nibbles and leaf flag of a compact path (Yellow Paper, appendix C)."""
    if not isinstance(encoded, bytes) or not encoded:
        raise _invalid("a path is a non-empty string")
    flag, low = _NIBBLES[encoded[0]]
    if flag > 3 or (not flag & 1 and low):
        raise _invalid("the path's flag is unknown")
    rest = [nibble for byte in encoded[1:] for nibble in _NIBBLES[byte]]
    return ([low, *rest] if flag & 1 else rest), bool(flag & 2)


def _leaf_value(value: rlp.Item, nibbles: list[int], rest: list[int]) -> bytes | None:
    if len(nibbles) != len(rest):
        raise _invalid("a leaf ends where no 32-byte key does")
    if nibbles != rest:
        return None
    if not isinstance(value, bytes) or not value:
        raise _invalid("a leaf holds a non-empty string")
    return value


def _invalid(message: str) -> ProofError:
    return ProofError("chain.proof_invalid", message)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the state trie (Yellow Paper §4.1): ``storage_root`` and ``code_hash`` have 32 bytes."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes

    @classmethod
    def decode(cls, value: bytes) -> "Account":
        """From the RLP under the address's key; ProofError ``chain.proof_invalid`` for any other shape."""
        try:
            fields = rlp.decode_list(value)
            if len(fields) != 4:
                raise _invalid("an account has four fields")
            nonce, balance = rlp.decode_int(fields[0], max_bytes=8), rlp.decode_int(fields[1])
        except FormatError as error:
            raise _invalid(f"not an account: {error.message}") from error
        storage_root, code_hash = fields[2], fields[3]
        if not isinstance(storage_root, bytes) or not isinstance(code_hash, bytes):
            raise _invalid("an account's roots are strings")
        if len(storage_root) != 32 or len(code_hash) != 32:
            raise _invalid("an account's roots have 32 bytes")
        return cls(nonce, balance, storage_root, code_hash)


EMPTY_ACCOUNT = Account(0, 0, EMPTY_ROOT, EMPTY_CODE_HASH)


def account(state_root: bytes, address: bytes, nodes: Nodes) -> Account | None:
    """The account at the 20-byte ``address``, or None where it is proven absent; errors as ``lookup``."""
    value = lookup(state_root, keccak256(address), nodes)
    return None if value is None else Account.decode(value)


def storage_value(storage_root: bytes, slot: bytes, nodes: Nodes) -> bytes:
    """The 32-byte word in the 32-byte ``slot`` (not yet hashed), zero where proven absent; errors as ``lookup``."""
    value = lookup(storage_root, keccak256(slot), nodes)
    return bytes(32) if value is None else decode_storage(value)


def decode_storage(value: bytes) -> bytes:
    """The 32-byte word of a storage leaf's RLP; a stored zero, leading zeros or more than 32 bytes are refused."""
    try:
        word = rlp.decode_int(rlp.decode(value))
    except FormatError as error:
        raise _invalid(f"not a storage word: {error.message}") from error
    if word == 0:
        raise _invalid("a zero word is never stored")
    return word.to_bytes(32, "big")
