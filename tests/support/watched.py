"""A log that is watched, in memory: honest until a test makes it lie."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ledger.formats import cosignature, entry, registry, tiles
from ledger.formats.checkpoint import Checkpoint, sign_checkpoint
from ledger.formats.errors import NotFoundError, UnavailableError
from ledger.formats.merkle import Tree
from tests.support.logs import LOG_KEY, NOW, ORIGIN
from tests.support.school import School

Answer = Callable[[bytes], bytes]


@dataclass
class WatchedLog:
    """A `Source`: entries, their tree, published notes with their times, and what is served beside."""

    entries: list[bytes] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    notes: list[tuple[str, int]] = field(default_factory=list)
    lists: dict[int, bytes] = field(default_factory=dict)
    served: dict[str, bytes] = field(default_factory=dict)
    anchors: list[dict[str, object]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lies: dict[str, Answer] = field(default_factory=dict)
    """What becomes of answers whose path begins so."""
    refusal: str = ""
    down: bool = False
    clock: int = NOW
    school: School = field(default_factory=School)

    def add(self, *data: bytes) -> None:
        """Append entries as they are."""
        self.entries += data
        self.tree.extend_entries(data)

    def issue(self, count: int, school: School | None = None, kind: str = "transcript") -> None:
        """Records of a school."""
        who = registry.member_id((school or self.school).did)
        for _ in range(count):
            digest = hashlib.sha256(len(self.entries).to_bytes(8, "big")).digest()
            self.add(entry.single(kind, who, 1, digest, digest))

    def publish(self, data: bytes, issuer: str | None = None, *, serve: bool = True) -> None:
        """A status list, logged under its issuer or another one, and served at its address."""
        digest = hashlib.sha256(data).digest()
        who = registry.member_id(issuer or self.school.did)
        self.lists[len(self.entries)] = data
        self.add(entry.single(entry.STATUS_KIND, who, 1, entry.PUBLIC_SALT, digest))
        if serve:
            self.served[f"status-lists/{self.school.caller.name}"] = data

    def relist(self, sequence: int, revoked: tuple[int, ...] = (), **changes: object) -> None:
        """The school's list in this sequence."""
        self.publish(self.school.signed_status(sequence, revoked, **changes))

    def sign(self, size: int | None = None, root: bytes | None = None) -> str:
        """A note under the log's key, true unless told otherwise."""
        size = self.tree.size if size is None else size
        return sign_checkpoint(Checkpoint(ORIGIN, size, root or self.tree.root(size)), LOG_KEY)

    def checkpoint(self) -> str:
        """Publish the log as it is."""
        self.clock += 2
        self.notes.append((self.sign(), self.clock))
        return self.notes[-1][0]

    def anchor(self, size: int | None = None, **changes: object) -> None:
        """The log says that a checkpoint is anchored: the newest one unless told otherwise."""
        size = self.tree.size if size is None else size
        previous = self.anchors[-1]["size"] if self.anchors else 0
        self.clock += 1
        told = {"size": size, "root": self.tree.root(size).hex(), "previousSize": previous, "time": self.clock}
        told["statusRoot"] = hashlib.sha256(b"status of %d" % size).hexdigest()
        self.anchors.append(told | changes)

    def get(self, path: str, limit: int) -> bytes:
        """See `api.watching.source.Source`."""
        if self.down:
            raise UnavailableError("watch.unreachable", "the log is down")
        self.asked.append(path)
        data = self._answer(path)
        for start, lie in self.lies.items():
            if path.startswith(start):
                data = lie(data)
        if len(data) > limit:
            raise UnavailableError("watch.too_large", path)
        return data

    def post(self, path: str, body: bytes) -> str:
        """See `api.watching.source.Source`."""
        if self.down:
            raise UnavailableError("watch.unreachable", "the log is down")
        assert path == "log/cosignatures"
        if not self.refusal:
            self.posted.append(body.decode())
        return self.refusal

    def _answer(self, path: str) -> bytes:
        parts = urlsplit(path)
        after = int(parse_qs(parts.query).get("after", ["0"])[0])
        if path == "log/checkpoint" and self.notes:
            return self.notes[-1][0].encode()
        if parts.path == "log/checkpoints":
            return _page("checkpoints", [one for one in self._listed() if one[0] > after])
        if parts.path == "log/anchors":
            return _page(
                "anchors", [(int(str(one["size"])), one) for one in self.anchors if int(str(one["size"])) > after]
            )
        if path.startswith("log/status-lists/"):
            return self._found(self.lists, int(path.rpartition("/")[2]))
        if path.startswith("log/tile/"):
            return self._tile(tiles.parse_path(path.removeprefix("log/")))
        return self._found(self.served, path)

    def _listed(self) -> list[tuple[int, dict[str, object]]]:
        return [(cosignature.body_of(note).size, {"note": note, "published": at}) for note, at in self.notes]

    def _tile(self, path: tiles.TilePath) -> bytes:
        start = path.index * tiles.WIDTH
        if path.level is None:
            return tiles.encode_bundle(self.entries[start : start + path.width])
        return self.tree.hashes(8 * path.level, start, start + path.width)

    @staticmethod
    def _found(where: Mapping[Any, bytes], name: object) -> bytes:
        if name not in where:
            raise NotFoundError("watch.missing", str(name))
        return where[name]


def _page(name: str, found: list[tuple[int, dict[str, object]]]) -> bytes:
    last = found[99][0] if len(found) >= 100 else None
    return json.dumps({name: [one for _, one in found[:100]], "next": last}).encode()
