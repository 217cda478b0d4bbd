"""From one pair of registries to the next (docs/formats.md §8, §9): what the old ones hold, and the new ones, too.

Everything is read at one block, so that what is compared cannot move meanwhile, and as words of the storage, each
proven under that block's header. Only sizes of anchors and bytes of keys are learnt from events, which a node may leave
out or alter: so the sizes must follow one another without a gap up to the contract's own, each anchor must hash to its
word, and each key to its id; else ``anchor.disagreement``. What was seeded wrongly, left out, or added, each is a
difference that is told: no contract can judge it, so whoever signs the next trust root must.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from ledger.chain.registries import Anchored, CheckpointRegistryClient, IssuerRegistryClient
from ledger.chain.words import Words, disagreement
from ledger.formats.registry import MAX_KIND, anchor_digest

Read: TypeAlias = Callable[[Iterable[tuple[str, *tuple[bytes | int, ...]]]], list[bytes]]
"""The words of variables, each by its name and keys."""
ListOf = TypeVar("ListOf", bytes, int)
SEARCH_STEP = 2_000


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
    read = _words(registry, block)
    root, count = read([("root",), ("member_count",)])
    ids = read([("members", n) for n in range(_count(count))])
    parents, controllers, profiles, counts = (
        read([(name, member) for member in ids]) for name in ("parents", "controllers", "profiles", "key_counts")
    )
    records = _until_zero(read, "accreditations", ids)
    members = []
    for member, *words, held in zip(ids, parents, controllers, profiles, counts, strict=True):
        key_ids = read([("key_ids", member, n) for n in range(_count(held))])
        keys = tuple(zip(key_ids, read([("keys", member, key) for key in key_ids]), strict=True))
        parent, controller, profile = words
        members.append(MemberRecord(member, parent, controller[12:], profile, tuple(records[member]), keys))
    kinds = _until_zero(read, "kinds", range(MAX_KIND + 1))
    return Tree(root, tuple(members), {(number, n): one for number in kinds for n, one in enumerate(kinds[number])})


def read_log(registry: CheckpointRegistryClient, log_id: bytes, block: int) -> LogRecord:
    """Everything that a registry holds of a log: each size that was ever accepted or seeded, with its word.

    UnavailableError ``anchor.disagreement`` where events were left out, altered or invented.
    """
    read = _words(registry, block)
    size, root = read([("heads", log_id), ("roots", log_id)])
    told = [one for span in _spans(block) for one in registry.told("AnchorSeeded", [log_id], *span)]
    seeded = {one["size"]: one["anchor"] for one in told}
    accepted = [one for span in _spans(block) for one in registry.anchored(log_id, *span)]
    head = LogRecord(_count(size), root, seeded | {one.size: _digest(one) for one in accepted})
    if not any(read([("seeding", log_id)])[0]):
        _check_row(head, max(seeded, default=0), sorted(accepted, key=lambda one: one.size))
    sizes = sorted(head.anchors)
    for anchored, word in zip(sizes, read([("anchors", log_id, one) for one in sizes]), strict=True):
        if word != head.anchors[anchored]:
            raise disagreement(f"the node altered or invented the event of the anchor of size {anchored}")
    return head


def public_keys(registry: IssuerRegistryClient, block: int) -> dict[bytes, bytes]:
    """The bytes that a registry's events tell of keys, whatever they are, by key id, which is their SHA-256."""
    names = ("KeySeeded", "KeyAdded")
    told = [one["public_key"] for name in names for span in _spans(block) for one in registry.told(name, [], *span)]
    return {hashlib.sha256(key).digest(): key for key in told}


def check_keys(tree: Tree, known: dict[bytes, bytes]) -> None:
    """UnavailableError ``anchor.disagreement`` where the bytes of a key that the registry holds are not known."""
    for member in tree.members:
        for key_id, _ in member.keys:
            if key_id not in known:
                raise disagreement(f"the node left out or altered the event of a key of member {member.id.hex()}")


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


def _check_row(log: LogRecord, begin: int, accepted: list[Anchored]) -> None:
    """Each accepted checkpoint says which one it followed: so none is missing, from where the log began to its head."""
    size, root = begin, log.root
    for one in accepted:
        if one.previous_size != size:
            raise disagreement(f"the node left out events of anchors between the sizes {size} and {one.size}")
        size, root = one.size, one.root
    if (size, root) != (log.size, log.root):
        raise disagreement(f"the node left out events of anchors between the sizes {size} and {log.size}")


def _digest(one: Anchored) -> bytes:
    return anchor_digest(one.size, one.root, one.previous_size, one.time, one.status_root)


def _words(registry: CheckpointRegistryClient | IssuerRegistryClient, block: int) -> Read:
    slot, words = registry.layout.slot, Words(registry.chain, registry.address, block)
    return lambda wanted: words.read([slot(name, *keys) for name, *keys in wanted])


def _until_zero(read: Read, name: str, keys: Iterable[ListOf]) -> dict[ListOf, list[bytes]]:
    """The list of each key, in order; a zero word ends it. One word of every list is asked for at a time."""
    found: dict[ListOf, list[bytes]] = {key: [] for key in keys}
    left, n = list(found), 0
    while left:
        words = zip(left, read([(name, key, n) for key in left]), strict=True)
        more = [(key, word) for key, word in words if any(word)]
        for key, word in more:
            found[key].append(word)
        left, n = [key for key, _ in more], n + 1
    return found


def _count(word: bytes) -> int:
    return int.from_bytes(word, "big")


def _spans(last: int) -> Iterator[tuple[int, int]]:
    """Ranges of blocks that a node searches at once."""
    for first in range(0, last + 1, SEARCH_STEP):
        yield first, min(last, first + SEARCH_STEP - 1)
