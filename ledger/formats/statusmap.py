"""The sorted Merkle map of all newest status lists; its root goes with each anchor (docs/formats.md §7).

A sorted list under a plain Merkle tree shows that a leaf is in it, not that it is the only leaf of its key: a bribed
operator could keep an older list beside the newer one and hand out a proof of either. Here each interior node commits
to the smallest key of its right half, and the verifier goes down by comparing the key with it: under one root one key
leads to one leaf. An operator who builds the tree out of order only hides lists, which shows as "not there".
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.formats.errors import FormatError, ProofError

EMPTY_ROOT = hashlib.sha256(b"\x02").digest()
MAX_STEPS = 64
_U64 = 2**64

Step = tuple[bytes, bytes]
"""(split, sibling), 32 bytes each."""


@dataclass(frozen=True, slots=True)
class StatusLeaf:
    """One list's newest publication. ``issuer_id`` and ``list_hash`` are 32 bytes, ``valid_until`` Unix seconds."""

    issuer_id: bytes
    list_url: str
    sequence: int
    list_hash: bytes
    valid_until: int

    @property
    def key(self) -> bytes:
        """The 32-byte key in the map: SHA-256 of issuer id and list URL."""
        return map_key(self.issuer_id, self.list_url)

    def digest(self) -> bytes:
        """The 32-byte leaf. Raises FormatError ``status.malformed`` for a field out of its range."""
        if len(self.list_hash) != 32 or not (0 < self.sequence < _U64 and 0 <= self.valid_until < _U64):
            raise FormatError("status.malformed", "a status leaf has a field out of its range")
        numbers = self.sequence.to_bytes(8, "big"), self.valid_until.to_bytes(8, "big")
        return hashlib.sha256(b"\x00" + self.key + numbers[0] + self.list_hash + numbers[1]).digest()


def map_key(issuer_id: bytes, list_url: str) -> bytes:
    """The 32-byte key of an issuer's list. Raises FormatError ``status.malformed`` for an id that is not 32 bytes."""
    if len(issuer_id) != 32:
        raise FormatError("status.malformed", "an issuer id has 32 bytes")
    return hashlib.sha256(issuer_id + list_url.encode()).digest()


class StatusMap:
    """The whole map, built once from its leaves in any order. O(n) hashes to build, O(log n) to prove."""

    def __init__(self, leaves: Iterable[StatusLeaf]) -> None:
        """Raises FormatError ``status.duplicate_key`` where two leaves have one key."""
        pairs = sorted((leaf.key, leaf.digest()) for leaf in leaves)
        self._keys = [key for key, _ in pairs]
        if any(a == b for a, b in zip(self._keys, self._keys[1:], strict=False)):
            raise FormatError("status.duplicate_key", "two leaves of one status list")
        # Each node once, by its range: the tree is static, so a proof is a walk without hashing.
        self._nodes: dict[tuple[int, int], bytes] = {}
        self.root = self._build([digest for _, digest in pairs], 0, len(pairs)) if pairs else EMPTY_ROOT

    def __len__(self) -> int:
        return len(self._keys)

    def prove(self, key: bytes) -> list[Step]:
        """The steps from the root to the leaf of ``key``, or to the leaf that shows it absent; none in an empty map."""
        steps: list[Step] = []
        low, high = 0, len(self._keys)
        while high - low > 1:
            middle = low + _left_size(high - low)
            split = self._keys[middle]
            if key < split:
                steps.append((split, self._nodes[middle, high]))
                high = middle
            else:
                steps.append((split, self._nodes[low, middle]))
                low = middle
        return steps

    def __contains__(self, key: bytes) -> bool:
        at = bisect_left(self._keys, key)
        return at < len(self._keys) and self._keys[at] == key

    def _build(self, digests: Sequence[bytes], low: int, high: int) -> bytes:
        if high - low == 1:
            node = digests[low]
        else:
            middle = low + _left_size(high - low)
            left, right = self._build(digests, low, middle), self._build(digests, middle, high)
            node = _node(left, self._keys[middle], right)
        self._nodes[low, high] = node
        return node


def verify(root: bytes, leaf: StatusLeaf, steps: Sequence[Step]) -> None:
    """Check that ``leaf`` is the one leaf of its key under ``root``.

    Raises ProofError ``status.mismatch`` where the steps lead to another root.
    """
    if _root(leaf.key, leaf.digest(), steps) != root:
        raise ProofError("status.mismatch", "the status list is not the one in the anchored map")


def verify_absent(root: bytes, key: bytes, other: StatusLeaf | None, steps: Sequence[Step]) -> None:
    """Check that no leaf has ``key`` under ``root``: its path ends at the leaf ``other``, or the map is empty (None).

    Raises ProofError ``status.mismatch`` otherwise.
    """
    if other is None:
        absent = not steps and root == EMPTY_ROOT
    else:
        absent = other.key != key and _root(key, other.digest(), steps) == root
    if not absent:
        raise ProofError("status.mismatch", "the map does not show the status list to be absent")


def _root(key: bytes, digest: bytes, steps: Sequence[Step]) -> bytes:
    if len(steps) > MAX_STEPS or any(len(split) != 32 or len(sibling) != 32 for split, sibling in steps):
        raise ProofError("status.mismatch", "a step in the map is a split and a sibling of 32 bytes each")
    for split, sibling in reversed(steps):
        digest = _node(digest, split, sibling) if key < split else _node(sibling, split, digest)
    return digest


def _node(left: bytes, split: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + split + right).digest()


def _left_size(n: int) -> int:
    """The largest power of two below ``n`` (RFC 6962 §2.1)."""
    return 1 << ((n - 1).bit_length() - 1)
