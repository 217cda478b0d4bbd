"""One step of following: from the newest checkpoint that is known to the next, with everything that is new between.

Witness and monitor take the same step, and differ in what they do with it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from api.watching import statuses
from api.watching.errors import Broken
from api.watching.following import Follower, Published, damaged
from api.watching.state import State
from api.watching.statuses import Known
from ledger.formats import entry
from ledger.formats.entry import Entry
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.frontier import Frontier

MOST_PAGES = 100
"""Pages of checkpoints in one round: more are taken in the next."""
_MAX_LIST = 2**21


@dataclass(frozen=True, slots=True)
class Climbed:
    """A checkpoint that was reached: the edge of its tree, what is known of each status list that was published on the
    way, and of the entries that are new those of certain issuers with their indexes, and how many records there are of
    each issuer id."""

    to: Published
    edge: Frontier
    lists: list[Known]
    entries: list[tuple[int, Entry, bytes]]
    counts: Counter[bytes]


class Reader:
    """Follows a log as far as ``state`` goes, and keeps the entries of the issuers with these ids."""

    def __init__(self, follower: Follower, state: State, issuers: Collection[bytes] = ()) -> None:
        self._follower = follower
        self._state = state
        self._issuers = frozenset(issuers)
        self.shown = 0
        """The size of the newest checkpoint that the log showed in this round."""

    @property
    def missing(self) -> int:
        """How many entries the log shows less than it did before: a cache, or a log that was put back from a copy."""
        return max(0, self._state.edge.size - self.shown)

    def pending(self) -> Iterator[Published]:
        """Checkpoints beyond the newest one that is known, the smallest first; `State.go_on` between two of them.

        Raises Broken ``log.forked`` where the newest that the log shows is of another history than what is known.
        """
        for _ in range(MOST_PAGES):
            page = self._follower.after(self._state.edge.size)
            yield from page
            if not page:
                break
        newest, edge = self._follower.newest(), self._state.edge
        self.shown = newest.head.size
        if newest.head.size > edge.size:
            yield newest
        elif newest.head.size > 0:
            self.check_known(newest)

    def climb(self, to: Published) -> Climbed:
        """Read everything up to a checkpoint. Raises Broken, and UnavailableError ``watch.…``."""
        published: list[tuple[int, Entry]] = []
        kept: list[tuple[int, Entry, bytes]] = []
        bad: list[int] = []
        counts: Counter[bytes] = Counter()

        def visit(start: int, entries: Sequence[bytes]) -> None:
            for index, data in enumerate(entries, start):
                try:
                    opened = entry.decode(data)
                except FormatError:
                    bad.append(index)
                    continue
                if opened.kind == entry.STATUS_KIND:
                    published.append((index, opened))
                else:
                    counts[opened.issuer_id] += 1
                if opened.issuer_id in self._issuers:
                    kept.append((index, opened, data))

        edge = self._follower.climb(self._state.edge, to, visit)
        if bad:
            raise Broken("log.bad_entry", f"the entry {bad[0]} has no form that there is", theirs=to.note, index=bad[0])
        return Climbed(to, edge, self._lists(published), kept, counts)

    def _lists(self, published: list[tuple[int, Entry]]) -> list[Known]:
        found: dict[str, Known] = {}
        for index, opened in published:
            try:
                data = self._follower.document(f"log/status-lists/{index}", _MAX_LIST)
            except NotFoundError:
                raise damaged(f"the status list of the entry {index} is not to be had") from None
            listed = statuses.open_publication(data, opened)
            known = found.get(listed.url) or self._state.known(listed.url)
            found[listed.url] = statuses.follow(known, listed, opened, data)
        return list(found.values())

    def check_known(self, shown: Published) -> None:
        """A checkpoint of the log that is no larger than what is known has the root that is known; Broken
        ``log.forked``."""
        known, edge = self._state.head(shown.head.size), self._state.edge
        root = known.head.root if known else self._follower.root_of(shown.head.size, edge)
        if root != shown.head.root:
            ours = known or self._state.newest()
            raise Broken(
                "log.forked",
                f"two checkpoints of {shown.head.size} with different roots",
                ours=ours.note if ours else "",
                theirs=shown.note,
            )
