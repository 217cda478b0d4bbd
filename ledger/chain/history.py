"""The tree of the IssuerRegistry with its history, made of the contract's own events (docs/formats.md §9).

Every act leaves an event, so one question to the chain for each span of blocks tells all of it, and further blocks only
add to it. What a block says is kept as long as that block is on the chain: where it is not (a chain that was put back
from a copy), everything is read anew. Times are those of the blocks, in seconds since 1970.

No event is believed for itself. What follows from new ones is held against the contract's words, proven under the
header: every word of each member that they are about, and how many members there are; and where nothing is told, the
storage is the same as before. Else a node invented, altered or left out events: ``anchor.disagreement``, an alarm, and
what was known stays.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from ledger.chain import possession
from ledger.chain.nodes import Alarm
from ledger.chain.protocol import BlockRef, Event
from ledger.chain.registries import IssuerRegistryClient
from ledger.chain.words import Words, disagreement
from ledger.formats.errors import FormatError, NotFoundError, UnavailableError
from ledger.formats.registry import Accreditation, KeyRecord

SPAN = 5_000
"""So many blocks are asked for at once: nodes refuse to look through too many."""


LATEST_SECONDS = 1.0
"""How long readers are given the same tree."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key under a member; ``public_key`` is behind its multicodec prefix, or whatever bytes were registered.

    ``possessed`` where its holder has shown that it is theirs (§9); what was taken over from an older registry has.
    """

    id: bytes
    public_key: bytes
    record: KeyRecord
    possessed: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A member as the registry has it: its parent (the root: itself), controller, profile hash, records and keys."""

    id: bytes
    parent: bytes
    controller: bytes
    profile: bytes
    accreditations: tuple[Accreditation, ...] = ()
    keys: tuple[Key, ...] = ()

    @property
    def newest(self) -> Accreditation:
        """The newest accreditation record."""
        return self.accreditations[-1]

    def key(self, key_id: bytes) -> Key | None:
        """The key of this 32-byte id."""
        return next((key for key in self.keys if key.id == key_id), None)


@dataclass(frozen=True, slots=True)
class Act:
    """One event: ``name`` as the contract has it, ``values`` without the member; None where it concerns no member."""

    name: str
    member: bytes | None
    block: int
    time: int
    transaction: bytes
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tree:
    """All members in order, the root first, and every act, oldest first, as of the block ``block``."""

    block: BlockRef
    members: Mapping[bytes, Node]
    acts: tuple[Act, ...]

    def node(self, member: bytes) -> Node:
        """NotFoundError ``registry.unknown`` where the registry has no such member."""
        found = self.members.get(member)
        if found is None:
            raise NotFoundError("registry.unknown", "the registry has no such member")
        return found

    def path(self, member: bytes) -> list[Node]:
        """From a member up to the root; empty where the registry does not have it."""
        found: list[Node] = []
        node = self.members.get(member)
        while node is not None:
            found.append(node)
            node = None if node.parent == node.id else self.members.get(node.parent)
        return found

    def in_charge(self, member: bytes) -> Node:
        """Who acts as the authority over a member: its parent, or whoever is above the highest withdrawn one (§9)."""
        path = self.path(self.node(member).parent)
        acting = path[0]
        for above in path[:-1]:
            if above.newest.withdrawn:
                acting = self.node(above.parent)
        return acting

    def is_open(self, member: bytes) -> bool:
        """Whether a member and everyone above it is accredited now."""
        path = self.path(member)
        return bool(path) and not any(node.newest.withdrawn for node in path)

    def acts_of(self, member: bytes) -> list[Act]:
        """What concerns one member, oldest first."""
        return [act for act in self.acts if act.member == member]


class History:
    """Reads the tree of one registry and keeps it. Safe to share between threads."""

    def __init__(self, client: IssuerRegistryClient, alarm: Alarm | None = None) -> None:
        """``alarm`` is called once for each contradiction, until the chain was read without any."""
        self._client = client
        self._alarm = alarm
        self._alarmed: set[str] = set()
        self._lock = threading.Lock()
        self._tree: Tree | None = None
        self._storage = b""
        self._asked = -LATEST_SECONDS

    def latest(self) -> Tree:
        """For readers: the tree of at most a second ago; where the chain does not answer, as it last was.

        UnavailableError where it never answered.
        """
        known, asked = self._tree, time.monotonic()
        if known is not None and asked - self._asked < LATEST_SECONDS:
            return known
        try:
            found = self.tree()
        except UnavailableError:
            if known is None:
                raise
            found = known
        self._asked = asked
        return found

    def tree(self, head: BlockRef | None = None) -> Tree:
        """As of the newest final block, or ``head``, which is one.

        UnavailableError where the chain does not answer, ``anchor.disagreement`` where its answers contradict it.
        """
        chain = self._client.chain
        head = head or chain.final_head()
        with self._lock:
            known = self._tree
            if known is not None and known.block.hash == head.hash:
                return known
            if known is not None and not self._is_on_the_chain(known.block):
                known = None
            if known is not None and head.number <= known.block.number:
                return known  # another node of the same chain, that is behind
            try:
                self._tree, self._storage = self._read(known, head)
            except FormatError as error:
                found = disagreement(f"the node tells of what the contract never says: {error.message}")
                self._sound(found)
                raise found from error
            except UnavailableError as error:
                self._sound(error)
                raise
            self._alarmed.clear()
            return self._tree

    def _sound(self, error: UnavailableError) -> None:
        """Once for each: readers come by every second."""
        if error.code != "anchor.disagreement" or self._alarm is None or error.message in self._alarmed:
            return
        self._alarmed.add(error.message)
        self._alarm(error.code, seen=error.message)

    def _is_on_the_chain(self, block: BlockRef) -> bool:
        try:
            return self._client.chain.block(block.number).hash == block.hash
        except NotFoundError:
            return False

    def _read(self, known: Tree | None, head: BlockRef) -> tuple[Tree, bytes]:
        """The tree, and the root of the contract's storage."""
        members = {} if known is None else dict(known.members)
        acts = [] if known is None else list(known.acts)
        first = 0 if known is None else known.block.number + 1
        times: dict[int, int] = {}
        for start in range(first, head.number + 1, SPAN):
            last = min(start + SPAN - 1, head.number)
            for event in self._client.chain.events(self._client.address, [], start, last):
                if not start <= event.block_number <= last:
                    raise disagreement("the node tells of an event in another block than was asked for")
                act = self._act(event, times)
                acts.append(act)
                self._apply(members, act)
        new = acts[len(known.acts) :] if known is not None else acts
        storage = self._check(members, {act.member for act in new if act.member}, head, told=known is None or bool(new))
        return Tree(head, MappingProxyType(members), tuple(acts)), storage

    def _check(self, members: Mapping[bytes, Node], touched: Iterable[bytes], head: BlockRef, told: bool) -> bytes:
        """Hold what was derived against the contract's words in this block; the root of its storage."""
        words = Words(self._client.chain, self._client.address, head)
        storage = words.root()
        if not told:
            if storage != self._storage:
                raise disagreement(f"the node left out events of the registry before block {head.number}")
            return storage
        wanted = [(self._client.layout.slot("member_count"), len(members).to_bytes(32, "big"), "how many members")]
        wanted += [one for member in touched for one in self._words(members[member])]
        found = words.read([slot for slot, _, _ in wanted])
        for (_, word, what), held in zip(wanted, found, strict=True):
            if word != held:
                raise disagreement(f"the node's events contradict the registry's words: {what}")
        return storage

    def _words(self, node: Node) -> Iterator[tuple[bytes, bytes, str]]:
        """The slots that a member's state is in, with the words that should be there, and what each is."""
        slot, who, name = self._client.layout.slot, node.id, node.id.hex()
        yield slot("parents", who), node.parent, f"parent of {name}"
        yield slot("controllers", who), bytes(12) + node.controller, f"controller of {name}"
        yield slot("profiles", who), node.profile, f"profile of {name}"
        for n, record in enumerate(node.accreditations):
            yield slot("accreditations", who, n), record.pack(), f"accreditation {n} of {name}"
        yield slot("accreditations", who, len(node.accreditations)), bytes(32), f"accreditations of {name}"
        yield slot("key_counts", who), len(node.keys).to_bytes(32, "big"), f"how many keys {name} has"
        for key in node.keys:
            yield slot("keys", who, key.id), key.record.pack(), f"key {key.id.hex()} of {name}"

    def _act(self, event: Event, times: dict[int, int]) -> Act:
        name, values = self._client.read_event(event)
        number = event.block_number
        if number not in times:
            times[number] = self._client.chain.block(number).timestamp
        member = values.pop("member", None)
        return Act(name, member, number, times[number], event.transaction_hash, MappingProxyType(values))

    def _apply(self, members: dict[bytes, Node], act: Act) -> None:
        """What an act changes. That it could happen the contract has checked; that it did, `_check` will."""
        if act.member is None:
            return
        node = members.get(act.member)
        if node is None and act.name not in ("Accredited", "MemberSeeded"):
            raise disagreement(f"the node tells of {act.name} of a member of whose beginning it does not")
        if act.name in ("KeyAdded", "KeySeeded"):
            assert node is not None
            members[act.member] = replace(node, keys=(*node.keys, self._key(act)))
        else:
            members[act.member] = _CHANGES[act.name](node, act)

    def _key(self, act: Act) -> Key:
        assert act.member is not None
        public_key, key_id = act.values["public_key"], act.values["key_id"]
        if hashlib.sha256(public_key).digest() != key_id:
            raise disagreement(f"the node tells of other bytes than those of the key {key_id.hex()}")
        if act.name == "KeySeeded":
            record = _record(KeyRecord.unpack(act.values["record"].to_bytes(32, "big")))
            return Key(key_id, public_key, record, possession.is_key(public_key))
        chain_id, address = self._client.chain.chain_id(), self._client.address
        shown = possession.is_shown(chain_id, address, act.member, public_key, act.values["possession"])
        return Key(key_id, public_key, KeyRecord(act.time, 0, 0, act.values["custody"]), shown)


Record = TypeVar("Record", Accreditation, KeyRecord)


def _record(found: Record | None) -> Record:
    if found is None:
        raise FormatError("registry.malformed", "the contract seeds no zero word")
    return found


def _entered(node: Node | None, act: Act, record: Accreditation) -> Node:
    values = act.values
    controller = bytes.fromhex(values["controller"][2:])
    if node is None:
        assert act.member is not None
        return Node(act.member, values["parent"], controller, values["profile"], (record,))
    records = (*node.accreditations, record)
    return replace(node, controller=controller, profile=values["profile"], accreditations=records)


def _accredited(node: Node | None, act: Act) -> Node:
    region = act.values["region"].rstrip(b"\0")
    return _entered(node, act, Accreditation(act.time, 0, region, act.values["kinds"]))


def _member_seeded(node: Node | None, act: Act) -> Node:
    return _entered(node, act, _record(Accreditation.unpack(act.values["record"].to_bytes(32, "big"))))


def _withdrawn(node: Node | None, act: Act) -> Node:
    assert node is not None
    ended = replace(node.newest, withdrawn=act.time)
    return replace(node, accreditations=(*node.accreditations[:-1], ended))


def _key_changed(node: Node | None, act: Act, **changes: int) -> Node:
    assert node is not None
    if node.key(act.values["key_id"]) is None:
        raise disagreement(f"the node tells of {act.name} of a key of whose beginning it does not")
    changed = (
        replace(key, record=replace(key.record, **changes)) if key.id == act.values["key_id"] else key
        for key in node.keys
    )
    return replace(node, keys=tuple(changed))


def _set(node: Node | None, **changes: bytes) -> Node:
    assert node is not None
    return replace(node, **changes)  # type: ignore[arg-type]


_CHANGES: dict[str, Callable[[Node | None, Act], Node]] = {
    "Accredited": _accredited,
    "MemberSeeded": _member_seeded,
    "Withdrawn": _withdrawn,
    "ControllerSet": lambda node, act: _set(node, controller=bytes.fromhex(act.values["controller"][2:])),
    "ProfileSet": lambda node, act: _set(node, profile=act.values["profile"]),
    "KeyRetired": lambda node, act: _key_changed(node, act, retired=act.time),
    "KeyCompromised": lambda node, act: _key_changed(node, act, compromised_since=act.values["since"]),
}
