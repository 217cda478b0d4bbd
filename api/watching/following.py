"""Following a log by its checkpoints, tiles and entries: nothing is taken that its root does not commit to.

Two sorts of wrong are told apart (docs/formats.md §6.1). What the log has signed and cannot be true together is
`Broken`, for good. Bytes that a signed checkpoint does not commit to may come from anybody on the way: UnavailableError
``watch.damaged``, and asked for again later.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api.watching.errors import Broken
from api.watching.source import Source
from ledger.formats import canonical, checkpoint, merkle, note, tiles, tiletree
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.entry import MAX_SIZE
from ledger.formats.errors import FormatError, NotFoundError, ProofError, UnavailableError
from ledger.formats.frontier import Frontier
from ledger.formats.note import NoteKey
from ledger.formats.tiles import WIDTH, TilePath

MAX_GROWTH = 1 << 24
"""From one checkpoint to the next: what the contract accepts (docs/formats.md §8)."""
MAX_SIZE_OF_LOG = 2**48
MAX_NOTE = 64 * 1024
MAX_PAGE = 100
_MAX_LIST = 2**20

Visit = Callable[[int, Sequence[bytes]], None]
"""Called with the index of the first of some entries, which no root vouches for yet."""


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint under the log's signature; ``at`` is when the log says it was published, 0 where it does not."""

    head: Checkpoint
    note: str
    at: int = 0


class Follower:
    """One log, by the key that was given beforehand. Every method raises UnavailableError ``watch.…``."""

    def __init__(self, source: Source, key: NoteKey) -> None:
        self._source = source
        self.key = key

    def newest(self) -> Published:
        """The newest checkpoint that the log shows."""
        return self._open(self._get("log/checkpoint", MAX_NOTE), 0)

    def after(self, size: int) -> list[Published]:
        """Published checkpoints larger than ``size``, the smallest first, at most 100; none where none are listed."""
        try:
            value = self._json(f"log/checkpoints?after={size}")
        except NotFoundError:
            return []
        found, last = [], size
        for one in _array(value, "checkpoints"):
            text, at = one.get("note"), one.get("published")
            if not isinstance(text, str) or type(at) is not int or not 0 <= at < 2**48:
                raise damaged("the list of checkpoints is malformed")
            opened = self._open(text.encode(errors="replace"), at)
            if opened.head.size <= last:
                raise damaged("the list of checkpoints is out of order")
            last = opened.head.size
            found.append(opened)
        return found

    def anchors(self, after: int) -> list[dict[str, Any]]:
        """What the log says was anchored beyond a size, the smallest first, at most 100; not verified."""
        return _array(self._json(f"log/anchors?after={after}"), "anchors")

    def climb(self, edge: Frontier, to: Published, visit: Visit) -> Frontier:
        """The edge of the tree at ``to``, by our own computation from the entries on top of ``edge``.

        Raises Broken ``log.forked`` where the log shows another history than ``edge``; UnavailableError also where it
        grew by more than 2**24.
        """
        size = to.head.size
        if not edge.size < size <= edge.size + MAX_GROWTH:
            raise UnavailableError("watch.growth", f"a checkpoint of {size} after one of {edge.size} is not followed")
        reached = edge
        for start, entries in self.entries(edge.size, size):
            visit(start, entries)
            reached = reached.extended(map(merkle.leaf_hash, entries))
        if reached.root != to.head.root:
            self._explain(edge, to)
        return reached

    def entries(self, start: int, size: int) -> Iterator[tuple[int, list[bytes]]]:
        """The entries from ``start`` up to ``size``, as the log of that size shows them, in pieces of at most 256."""
        while start < size:
            index, skipped = divmod(start, WIDTH)
            path = TilePath(None, index, tiles.partial_width(None, index, size))
            try:
                found = tiles.decode_bundle(self._get(f"log/{path}", WIDTH * (MAX_SIZE + 2)), path.width)[skipped:]
            except FormatError as error:
                raise damaged(f"{path}: {error.message}") from None
            yield start, found
            start += len(found)

    def root_of(self, size: int, edge: Frontier) -> bytes:
        """The root of the first ``size`` entries of the tree that ``edge`` is of, from tiles that lead to its root."""
        try:
            if tiletree.root(edge.size, edge.size, self._tile) != edge.root:
                raise damaged("the tiles are of another tree")
            return tiletree.root(size, edge.size, self._tile)
        except FormatError as error:
            raise damaged(error.message) from None

    def open_note(self, data: bytes) -> Published:
        """A checkpoint of this log that was seen elsewhere; UnavailableError ``watch.damaged`` where it is none."""
        return self._open(data, 0)

    def document(self, path: str, limit: int = _MAX_LIST) -> bytes:
        """Another published document of the log's deployment; NotFoundError ``watch.missing``."""
        return self._source.get(path, limit)

    def _explain(self, edge: Frontier, to: Published) -> None:
        """Why another root came out: the log's own tiles lead to its new root and not to our old one, or to neither."""
        size = to.head.size
        try:
            theirs = tiletree.root(size, size, self._tile)
            older = tiletree.root(edge.size, size, self._tile)
            proof = tiletree.consistency(edge.size, size, self._tile) if edge.size else []
        except FormatError as error:
            raise damaged(error.message) from None
        if theirs == to.head.root and older != edge.root:
            raise Broken(
                "log.forked",
                f"the checkpoint of {size} does not go on from the one of {edge.size} that was seen before",
                theirs=to.note,
                older={
                    "size": edge.size,
                    "ours": edge.root.hex(),
                    "theirs": older.hex(),
                    "proof": [node.hex() for node in proof],
                },
            )
        raise damaged("entries and tiles do not lead to the checkpoint's root")

    def _tile(self, path: TilePath) -> bytes:
        return self._get(f"log/{path}", WIDTH * merkle.HASH_SIZE)

    def _open(self, data: bytes, at: int) -> Published:
        try:
            text = data.decode()
            head = checkpoint.open_checkpoint(_own_line(text, self.key), self.key)
        except (UnicodeDecodeError, FormatError, ProofError) as error:
            raise damaged(f"not a checkpoint under the log's key: {error}") from None
        if head.size >= MAX_SIZE_OF_LOG:
            raise damaged("a checkpoint of more entries than there can be")
        return Published(head, _own_line(text, self.key), at)

    def _get(self, path: str, limit: int) -> bytes:
        try:
            return self._source.get(path, limit)
        except NotFoundError as error:
            raise UnavailableError(error.code, error.message) from None

    def _json(self, path: str) -> Any:
        data = self._source.get(path, MAX_PAGE * MAX_NOTE)
        try:
            return canonical.loads(data)
        except FormatError as error:
            raise damaged(f"/{path}: {error.message}") from None


def damaged(message: str) -> UnavailableError:
    """What no checkpoint commits to: nobody's fault that could be shown."""
    return UnavailableError("watch.damaged", message)


def _own_line(text: str, key: NoteKey) -> str:
    """The note with the log's own line alone: other lines are other people's, and are not kept."""
    parsed = note.parse(text)
    own = [line for line in parsed.signatures if (line.name, line.key_id) == (key.name, key.full_id[:4])]
    return str(note.Note(parsed.text, tuple(own[:1]))) if own else text


def _array(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, list) or len(found) > MAX_PAGE or not all(isinstance(one, dict) for one in found):
        raise damaged(f"the log's answer has no list of {name}")
    return found
