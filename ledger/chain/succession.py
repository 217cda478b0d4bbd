"""From one pair of registries to the next (docs/formats.md §8, §9): what the old ones hold, and the new ones, too.

Everything is read at one block, so that what is compared cannot move meanwhile, and as words of the storage, which is
what proofs show. What was seeded wrongly, left out, or added, each is a difference that is told: no contract can judge
it, so whoever signs the next trust root must.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats.registry import MAX_KIND, key_id

Word: TypeAlias = Callable[..., bytes]
"""The word of a variable by its name and keys."""
SEARCH_STEP = 2_000
POINT_SIZE = 35
"""Of a key that ``registry.prefixed`` takes with its prefix; an Ed25519 key it takes without."""


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member as the registry holds it: 32-byte words; ``controller`` is an address, ``keys`` are (key id, word)."""

    id: bytes
    parent: bytes
    controller: bytes
    profile: bytes
    accreditations: tuple[bytes, ...]
    keys: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole of an IssuerRegistry at one block; ``kinds`` by (number, version)."""

    root: bytes
    members: tuple[MemberRecord, ...]
    kinds: dict[tuple[int, int], bytes]


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log in a CheckpointRegistry at one block; ``anchors`` by size."""

    size: int
    root: bytes
    anchors: dict[int, bytes]


def read_tree(registry: IssuerRegistryClient, block: int) -> Tree:
    """Everything that a registry holds."""
    word = _words(registry, block)
    members = tuple(_member(word, word("members", n)) for n in range(_count(word("member_count"))))
    kinds = {}
    for number in range(MAX_KIND + 1):
        kinds.update({(number, version): one for version, one in _until_zero(word, "kinds", number)})
    return Tree(word("root"), members, kinds)


def read_log(registry: CheckpointRegistryClient, log_id: bytes, block: int) -> LogRecord:
    """Everything that a registry holds of a log: each size that was ever accepted or seeded, with its word."""
    head = registry.head(log_id, block)
    names = ("AnchorSeeded", "Anchored")
    told = [one for name in names for span in _spans(block) for one in registry.told(name, [log_id], *span)]
    word = _words(registry, block)
    return LogRecord(head.size, head.root, {one["size"]: word("anchors", log_id, one["size"]) for one in told})


def public_keys(registry: IssuerRegistryClient, block: int) -> dict[bytes, bytes]:
    """The public keys, as ``registry.prefixed`` takes them, that a registry's events tell, by key id."""
    names = ("KeySeeded", "KeyAdded")
    told = [one["public_key"] for name in names for span in _spans(block) for one in registry.told(name, [], *span)]
    keys = [key if len(key) == POINT_SIZE else key[2:] for key in told]
    return {key_id(key): key for key in keys}


def tree_differences(old: Tree, new: Tree) -> Iterator[str]:
    """What the new registry holds otherwise than the old one: a line for each."""
    if old.root != new.root:
        yield "another root authority"
    theirs = {one.id: one for one in new.members}
    for one in old.members:
        if theirs.get(one.id) != one:
            yield f"member {one.id.hex()} {'differs' if one.id in theirs else 'is missing'}"
    yield from (f"member {one.hex()} is added" for one in sorted(theirs.keys() - {one.id for one in old.members}))
    if [one.id for one in old.members] != [one.id for one in new.members]:
        yield "the members are not the same, in the same order"
    for kind in sorted(old.kinds.keys() | new.kinds.keys()):
        if old.kinds.get(kind) != new.kinds.get(kind):
            yield f"kind {kind[0]} version {kind[1]} differs"


def log_differences(old: LogRecord, new: LogRecord) -> Iterator[str]:
    """What the new registry holds of a log otherwise than the old one, before it accepted anything itself."""
    if (old.size, old.root) != (new.size, new.root):
        yield f"the log is of size {new.size} there, and of {old.size} here, or of another root"
    for size in sorted(old.anchors.keys() | new.anchors.keys()):
        if old.anchors.get(size) != new.anchors.get(size):
            yield f"the anchor of size {size} differs"


def _words(registry: CheckpointRegistryClient | IssuerRegistryClient, block: int) -> Word:
    layout, chain = registry.layout, registry.chain
    return lambda name, *keys: chain.storage(registry.address, layout.slot(name, *keys), block)


def _member(word: Word, member: bytes) -> MemberRecord:
    ids = [word("key_ids", member, n) for n in range(_count(word("key_counts", member)))]
    return MemberRecord(
        member,
        word("parents", member),
        word("controllers", member)[12:],
        word("profiles", member),
        tuple(one for _, one in _until_zero(word, "accreditations", member)),
        tuple((key, word("keys", member, key)) for key in ids),
    )


def _until_zero(word: Word, name: str, key: bytes | int) -> Iterator[tuple[int, bytes]]:
    """The words of a list, in order: a zero word ends it."""
    n = 0
    while any(found := word(name, key, n)):
        yield n, found
        n += 1


def _count(word: bytes) -> int:
    return int.from_bytes(word, "big")


def _spans(last: int) -> Iterator[tuple[int, int]]:
    """Ranges of blocks that a node searches at once."""
    for first in range(0, last + 1, SEARCH_STEP):
        yield first, min(last, first + SEARCH_STEP - 1)
