"""`rollbook catch-up`: a log that was put back fetches what it lacks from whoever kept the public one.

The copy may be a server's, a mirror's or a folder's, and is believed in nothing: what is fetched has to lead to the
root of a checkpoint that this log has signed, to every root that the chain has accepted, and to the checkpoint that the
restore was given. In this order, and a crash leaves:

1. Everything missing is fetched and checked. If we were to crash here, nothing has happened.
2. The entries are appended with the status lists that they published, some thousands in each transaction. If we were to
   crash here, some are there, and the same command goes on after them.
3. Marks that the lists have and the database lost are set; checkpoints and anchors are recorded again. All of it may be
   done twice.
4. The log is held against the chain, as at every start; from then on it issues again.
5. Lists that are due are published, and what is not anchored yet is.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.clock import now
from api.deployment import Deployment, note_key
from api.watching import statuses
from api.watching.following import Follower
from api.watching.source import HttpSource, Source
from issuers import restored
from ledger.chain.registries import Anchored
from ledger.formats import canonical, entry, statuscredential
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.entry import STATUS_KIND
from ledger.formats.errors import ConfigError, ConflictError, NotFoundError, UnavailableError
from ledger.formats.note import NoteKey
from ledger.log.transactions import writing

Progress = Callable[[int], None]


class FolderSource:
    """A copy of the public log in a folder, laid out as its addresses are: ``log/checkpoint``, ``log/tile/…``,
    ``log/status-lists/INDEX``; or the folder is ``log`` itself."""

    def __init__(self, folder: Path) -> None:
        """ConfigError ``catch_up.source``."""
        self._root = folder if (folder / "log" / "checkpoint").is_file() else folder.parent
        self._log = folder / "log" if self._root == folder else folder
        if not (self._log / "checkpoint").is_file():
            raise ConfigError("catch_up.source", f"{folder} is no copy of a log: it has no checkpoint")

    def get(self, path: str, limit: int) -> bytes:
        """See `api.watching.source.Source`."""
        area, _, rest = path.partition("/")
        try:
            with (self._log / rest if area == "log" else self._root / path).open("rb") as file:
                data = file.read(limit + 1)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFoundError("watch.missing", f"{path} is not in the copy") from None
        if len(data) > limit:
            raise UnavailableError("watch.too_large", f"{path}: more than {limit} bytes")
        return data

    def post(self, path: str, body: bytes) -> str:
        """A folder takes nothing."""
        raise UnavailableError("watch.refused", "a folder takes nothing")


@contextmanager
def source_of(text: str) -> Iterator[Source]:
    """A folder, or the address of a log or of its deployment, to be asked within the block."""
    if "://" not in text:
        yield FolderSource(Path(text))
        return
    source = HttpSource(text.rstrip("/").removesuffix("/log"))
    try:
        yield source
    finally:
        source.close()


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """``before`` and ``after`` are sizes of the log; ``kinds`` counts the entries that were fetched, by kind.

    ``marks`` is how many statuses were taken over, ``anchors`` how many anchors were recorded again.
    """

    before: int
    after: int
    kinds: Mapping[str, int]
    marks: int
    anchors: int

    @property
    def records(self) -> int:
        """Entries whose own rows are lost for good."""
        return sum(count for kind, count in self.kinds.items() if kind != STATUS_KIND)


def catch_up(deployment: Deployment, source: Source, progress: Progress = lambda _: None) -> CaughtUp:
    """Bring the log up to the public one, and let it issue again. The process leads (`api.leading`).

    Raises UnavailableError ``catch_up.short`` where the copy ends before what is known to be signed, ``watch.…`` where
    it cannot be read or does not lead to its own root; ConflictError ``log.diverged`` where entries were appended here
    that are not in the public log.
    """
    sequencer, before = deployment.sequencer, deployment.reader.size()
    key = note_key(deployment.keystore)
    follower = Follower(source, NoteKey(deployment.facts.origin, key.public))
    newest, head = follower.newest().head, deployment.anchors.head()
    known = [Checkpoint("", head.size, head.root), *(Checkpoint("", size, root) for size, root in sequencer.floor)]
    entries = _fetched(follower, before, newest.size, progress)  # 1
    _check(deployment, entries, [newest, *known])
    lists = _lists(follower, before, entries)
    sequencer.adopt(entries, lists)  # 2
    marks = _take_over_marks(deployment)  # 3
    anchors = _record_anchors(deployment)
    deployment.confirm()  # 4
    deployment.settle()  # 5
    kinds = Counter(entry.decode(one).kind for one in entries)
    return CaughtUp(before, before + len(entries), dict(kinds), marks, anchors)


def _fetched(follower: Follower, start: int, size: int, progress: Progress) -> list[bytes]:
    found: list[bytes] = []
    for _, some in follower.entries(start, size):
        found += some
        progress(len(some))
    return found


def _check(deployment: Deployment, entries: list[bytes], known: list[Checkpoint]) -> None:
    """Every checkpoint that is known to be the log's has the root that the tree has with the fetched entries."""
    tree = deployment.sequencer.tree_with(entries)
    furthest = max(known, key=lambda one: one.size)
    if furthest.size > tree.size:
        raise UnavailableError(
            "catch_up.short", f"the copy ends at {tree.size} entries, and a checkpoint of {furthest.size} was signed"
        )
    for one in known:
        if one.size and tree.root(one.size) != one.root:
            raise ConflictError(
                "log.diverged",
                f"the entries here, or those of the copy, are not those of the signed checkpoint of {one.size}: if "
                "anything was issued since the backup was put back, put it back again, and catch up before that",
            )


def _lists(follower: Follower, start: int, entries: list[bytes]) -> dict[int, dict[str, Any]]:
    """The status lists that the fetched entries published; each is the one that its entry commits to."""
    found: dict[int, dict[str, Any]] = {}
    for index, data in enumerate(entries, start):
        committed = entry.decode(data)
        if committed.kind == STATUS_KIND:
            signed = follower.document(f"log/status-lists/{index}")
            listed = statuses.open_publication(signed, committed)
            found[index] = {
                "issuer_id": committed.issuer_id,
                "url": listed.url,
                "sequence": listed.sequence,
                "credential": signed,
                "digest": hashlib.sha256(signed).digest(),
                "valid_until": listed.valid_until,
            }
    return found


def _take_over_marks(deployment: Deployment) -> int:
    """From the newest publication of each list, whether it was fetched now or by a run that was interrupted."""
    marks, at = 0, int(now().timestamp())
    for signed in deployment.reader.newest_lists():
        published = statuscredential.parse(canonical.loads(signed))
        with writing(deployment.engine) as connection:
            marks += restored.take_over(connection, published, at)
    return marks


def _record_anchors(deployment: Deployment) -> int:
    """Every anchor that the chain has and the database lost, the oldest first."""
    newest = deployment.reader.anchor()
    lost: list[Anchored] = list(deployment.anchors.since(newest.block_number if newest else 0))
    there = newest.size if newest else 0
    missing = [one for one in lost if one.size > there]
    for one in missing:
        deployment.sequencer.adopt_anchor(one)
    return len(missing)
