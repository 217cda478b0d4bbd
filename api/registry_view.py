"""The registry's tree and history as anybody may read it: from the chain's events, with the registered names.

A name is shown where the profile that is known here has the registered hash; else the member has no name but its id.
One view serves all readers of a block, so a page asks the chain nothing that a page before it has asked.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from issuers.kinds import Kinds
from issuers.schools import Schools
from ledger.chain.history import Act, History, Key, Node, Tree
from ledger.formats import datetimes, profile
from ledger.formats.errors import NotFoundError
from ledger.formats.multibase import multibase_encode
from ledger.formats.registry import CUSTODY_OWN, Accreditation

KEPT_SECONDS = 5.0
"""How long names are remembered: a new one is in the books a moment after its hash is on the chain."""


@dataclass(frozen=True, slots=True)
class View:
    """One tree: ``order`` has the members from the root down, each after its parent, with its depth."""

    tree: Tree
    order: tuple[tuple[Node, int], ...]
    places: Mapping[bytes, int]
    profiles: Mapping[bytes, Mapping[str, Any]]
    kinds: Mapping[int, str]

    def node(self, member: str) -> Node:
        """The member of this id in hexadecimal; NotFoundError ``registry.unknown``."""
        try:
            return self.tree.node(bytes.fromhex(member))
        except ValueError:
            raise NotFoundError("registry.unknown", "the registry has no such member") from None

    def children(self, node: Node) -> list[Node]:
        """Those that a member accredited, in order."""
        return [one for one in self.tree.members.values() if one.parent == node.id != one.id]

    def state(self, node: Node) -> str:
        """``open``, ``withdrawn``, or ``above`` where somebody above it is withdrawn."""
        if node.newest.withdrawn:
            return "withdrawn"
        return "open" if self.tree.is_open(node.id) else "above"

    def kind_names(self, record: Accreditation) -> list[str] | None:
        """The kinds that a record is for; None for all there are."""
        named = {number: name for number, name in self.kinds.items() if record.allows_kind(number)}
        return None if len(named) == len(self.kinds) else [named[number] for number in sorted(named)]

    def member(self, node: Node) -> dict[str, Any]:
        """A member as JSON has it."""
        shown = self.profiles.get(node.id, {})
        return {
            "id": node.id.hex(),
            "did": shown.get("did"),
            "code": shown.get("code"),
            "name": shown.get("name"),
            "role": shown.get("role"),
            "parent": None if node.parent == node.id else node.parent.hex(),
            "state": self.state(node),
            "controller": f"0x{node.controller.hex()}",
            "profile": f"sha256:{node.profile.hex()}",
            "accreditations": [self._accreditation(record) for record in node.accreditations],
            "keys": [_key(key) for key in node.keys],
        }

    def _accreditation(self, record: Accreditation) -> dict[str, Any]:
        return {
            "accredited": moment(record.accredited),
            "withdrawn": moment(record.withdrawn),
            "region": record.region.decode("ascii", "replace"),
            "kinds": self.kind_names(record),
            "accreditsOthers": record.is_authority,
        }

    def act(self, act: Act) -> dict[str, Any]:
        """One act as JSON has it: bytes in hexadecimal, and no signature beside the key."""
        values = {name: _plain(value) for name, value in act.values.items() if name != "possession"}
        return {
            "act": act.name,
            "time": moment(act.time),
            "block": act.block,
            "transaction": f"0x{act.transaction.hex()}",
            "member": None if act.member is None else act.member.hex(),
            "values": values,
        }


class RegistryViews:
    """Makes views. Safe to share between threads."""

    def __init__(self, history: History, schools: Schools, kinds: Kinds) -> None:
        self._history = history
        self._schools = schools
        self._kinds = kinds
        self._lock = threading.Lock()
        self._known: tuple[float, View] | None = None

    def now(self) -> View:
        """The view as of the newest final block; UnavailableError where the chain never answered."""
        tree, known = self._history.latest(), self._known
        if known is not None and known[1].tree is tree and time.monotonic() - known[0] < KEPT_SECONDS:
            return known[1]
        with self._lock:
            made = self._make(tree)
            self._known = (time.monotonic(), made)
        return made

    def _make(self, tree: Tree) -> View:
        profiles = {}
        for member in self._schools.every():
            node = tree.members.get(member.member_id)
            if node is not None and profile.parse(member.profile).hash == node.profile:
                profiles[node.id] = member.profile
        below: dict[bytes, list[Node]] = {}
        for node in tree.members.values():
            if node.parent != node.id:
                below.setdefault(node.parent, []).append(node)
        order = _order(tree, below)
        places = {node.id: place for place, (node, _) in enumerate(order)}
        kinds = {installed.kind.number: installed.kind.name for installed in self._kinds.all()}
        return View(tree, tuple(order), places, profiles, kinds)


def _order(tree: Tree, below: Mapping[bytes, Sequence[Node]]) -> list[tuple[Node, int]]:
    found: list[tuple[Node, int]] = []
    waiting = [(node, 0) for node in tree.members.values() if node.parent == node.id]
    while waiting:
        node, depth = waiting.pop()
        found.append((node, depth))
        waiting += [(one, depth + 1) for one in reversed(below.get(node.id, ()))]
    return found


def moment(seconds: int) -> str | None:
    """A time of the chain; None for none."""
    return datetimes.render(datetimes.from_unix(seconds)) if seconds else None


def _key(key: Key) -> dict[str, Any]:
    record = key.record
    return {
        "publicKeyMultibase": multibase_encode(key.public_key),
        "custody": "own" if record.custody == CUSTODY_OWN else "hosted",
        "added": moment(record.added),
        "retired": moment(record.retired),
        "compromisedSince": moment(record.compromised_since),
        "possessed": key.possessed,
    }


def _plain(value: Any) -> Any:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value) if isinstance(value, int) else value
