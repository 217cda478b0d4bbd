"""The monitor: what a school must see of its own name, and an authority of the log; each round one sight of it.

What is looked at, numbered in the code (docs/operations.md, Watching):

1. the log keeps its promises: whatever a witness would refuse (`Reader`) is `Broken`;
2. notes of this log that were seen elsewhere (a witness's, another reader's) are of the same history;
3. the anchors that the log tells of are those of its checkpoints, one after the other; and, where a chain is asked,
   the contract has each of them, and has accepted nothing else;
4. publication does not run ahead of the clock, nor back, and anchoring does not lag behind;
5. no issuer logs unusually much (`bursts`);
6. no entry is made in a watched school's name that the school does not know.

1 to 3 end in `Broken` where two signed things contradict each other; the rest are alarms, which hold as long as what
they tell of does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from api.watching import bursts
from api.watching.bursts import DAY_SECONDS, USUAL, Rule
from api.watching.errors import Broken
from api.watching.following import Follower, Published, damaged
from api.watching.known import leaf_of
from api.watching.reading import Climbed, Reader
from api.watching.source import Source
from api.watching.state import State
from ledger.formats.bundle import Anchor
from ledger.formats.entry import STATUS_KIND
from ledger.formats.errors import ConfigError, NotFoundError, UnavailableError
from ledger.formats.note import NoteKey
from ledger.formats.registry import member_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    idx INTEGER PRIMARY KEY, issuer_id BLOB NOT NULL, kind TEXT NOT NULL, leaf TEXT NOT NULL,
    published INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_issuer ON entries (issuer_id, kind);
CREATE TABLE IF NOT EXISTS days (
    issuer_id BLOB NOT NULL, day INTEGER NOT NULL, records INTEGER NOT NULL, PRIMARY KEY (issuer_id, day)) STRICT;
CREATE TABLE IF NOT EXISTS anchors (size INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
"""
MAX_AHEAD = 300
MOST_NAMED = 20
"""Entries that one alarm names; the count is of all."""
MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much: seconds that the oldest unanchored checkpoint has waited, how many wait, records in a day."""

    lag: int = 600
    backlog: int = 500
    burst: Rule = USUAL


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something to look at: a stable ``code``, a sentence, and the facts as JSON values."""

    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"code": self.code, "message": self.message, **self.facts}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one round saw. ``issuers`` has for each watched DID how many records and status lists are in its name, and
    how many of the records it does not know (None where no list was given)."""

    time: int
    size: int
    checkpoints: int
    anchored: int
    unanchored: int
    lag: int
    issuers: Mapping[str, Mapping[str, int | None]]
    alarms: Sequence[Alarm]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "time": self.time,
            "size": self.size,
            "checkpoints": self.checkpoints,
            "anchored": self.anchored,
            "unanchored": self.unanchored,
            "lagSeconds": self.lag,
            "issuers": {did: dict(found) for did, found in self.issuers.items()},
            "alarms": [alarm.to_dict() for alarm in self.alarms],
        }


class ChainSide(Protocol):
    """The chain, where one is asked (`api.watching.chainside`). Each raises UnavailableError ``chain.…`` where it
    cannot be asked."""

    def identity(self) -> bytes:
        """Chain and contract: what was found at one says nothing of another."""

    def has(self, told: Anchor) -> bool | None:
        """Whether the contract has this very anchor in a final block; None where the node has none so young yet."""

    def check(self, root_of: Callable[[int], bytes], now: int) -> str:
        """Hold what the contract accepted since the last time against the log's roots; Broken ``log.forked``.

        A sentence where the log has kept back for long what the contract has, else nothing.
        """


class Monitor:
    """Watches one log for some issuers; ``now`` gives Unix seconds."""

    def __init__(
        self,
        source: Source,
        log_key: NoteKey,
        state: State,
        *,
        now: Callable[[], float],
        issuers: Sequence[str] = (),
        known: Callable[[], frozenset[str]] | None = None,
        elsewhere: Sequence[Callable[[], bytes]] = (),
        limits: Limits | None = None,
        chain: ChainSide | None = None,
    ) -> None:
        """``issuers`` are DIDs, ``known`` gives the leaf hashes of what they made, ``elsewhere`` notes seen there.

        Raises ConfigError ``watch.issuers`` where ``state`` was begun for other issuers: what was read lacks theirs.
        """
        self._follower = Follower(source, log_key)
        self._issuers = {did: member_id(did) for did in issuers}
        self._reader = Reader(self._follower, state, self._issuers.values())
        self._state = state
        self._now = now
        self._known = known
        self._limits = limits or Limits()
        self._elsewhere = elsewhere
        self._chain = chain
        self._begin()

    def _begin(self) -> None:
        wanted = "\n".join(sorted(self._issuers)).encode()
        begun = self._state.fact("issuers")
        if begun is None:
            with self._state.transaction():
                self._state.keep("issuers", wanted)
        elif begun != wanted:
            raise ConfigError("watch.issuers", "this folder was begun for other schools: use one for each set of them")

    def round(self) -> Sight:
        """One look at the log. Raises Broken, now or ever before; UnavailableError ``watch.…``."""
        if (known := self._state.broken()) is not None:
            raise known
        alarms: list[Alarm] = []
        try:
            for to in self._reader.pending():  # 1
                self._keep(self._reader.climb(to))
            if missing := self._reader.missing:
                alarms.append(Alarm("log.rolled_back", f"the log shows {missing} entries less than before"))
            self._compare(alarms)  # 2
            self._hold_anchors(alarms)  # 3
        except Broken as broken:
            self._state.stop(broken)
            raise
        return self._sight(alarms)

    # Following

    def _keep(self, climbed: Climbed) -> None:
        at = climbed.to.at or int(self._now())
        with self._state.transaction() as db:
            self._state.go_on(climbed.to, climbed.edge, climbed.lists, int(self._now()))
            rows = [(index, one.issuer_id, one.kind, leaf_of(data), at) for index, one, data in climbed.entries]
            db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows)
            counts = [(issuer, at // DAY_SECONDS, count) for issuer, count in climbed.counts.items()]
            db.executemany(
                "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET records = records + excluded.records",
                counts,
            )

    def _compare(self, alarms: list[Alarm]) -> None:
        """A note that is not to be had, or is none of this log's, keeps nobody from looking at the rest."""
        for get in self._elsewhere:
            try:
                shown = self._follower.open_note(get())
                if 0 < shown.head.size <= self._state.edge.size:
                    self._reader.check_known(shown)
            except (UnavailableError, NotFoundError) as error:
                alarms.append(Alarm("note.missing", f"a checkpoint seen elsewhere cannot be compared: {error.message}"))

    def _hold_anchors(self, alarms: list[Alarm]) -> None:
        """While the chain cannot be asked nothing more counts as anchored."""
        try:
            self._begin_chain()
            self._follow_anchors(alarms)
            behind = self._chain.check(self._root_of, int(self._now())) if self._chain else ""
        except UnavailableError as error:
            if self._chain is None or not error.code.startswith("chain."):
                raise
            alarms.append(Alarm("chain.unreachable", f"the chain cannot be asked: {error.message}"))
            return
        if behind:
            alarms.append(Alarm("log.behind", behind))

    def _begin_chain(self) -> None:
        """What was taken for anchored on another chain, or on the log's word alone, is looked at anew."""
        own = self._chain.identity() if self._chain else b""
        if own != (self._state.fact("anchors of") or b""):
            with self._state.transaction() as db:
                db.execute("DELETE FROM anchors")
                self._state.keep("anchors of", own)

    def _root_of(self, size: int) -> bytes:
        known = self._state.head(size)
        return known.head.root if known else self._follower.root_of(size, self._state.edge)

    def _follow_anchors(self, alarms: list[Alarm]) -> None:
        """The anchors that the log tells of; no signature is under them, so that what is wrong is an alarm."""
        for _ in range(MOST_PAGES):
            last = self._state.one("SELECT coalesce(max(size), 0) FROM anchors")[0]
            page = self._follower.anchors(last)
            if not page:
                return
            for one in page:
                told = _anchor(one)
                if told.size > self._state.edge.size:  # published since: the next round's
                    return
                known = self._state.head(told.size)
                if known is None or known.head.root != told.root or told.previous_size != last:
                    said = f"the anchor of {told.size} that the log tells of is not of its checkpoints"
                    facts = {"size": told.size, "previous": told.previous_size}
                    alarms.append(Alarm("anchor.mismatch", said, facts))
                    return
                if not self._is_on_chain(told, alarms):
                    return
                with self._state.transaction() as db:
                    db.execute("INSERT INTO anchors VALUES (?, ?)", (told.size, told.time))
                last = told.size

    def _is_on_chain(self, told: Anchor, alarms: list[Alarm]) -> bool:
        """By the contract's own word, where a chain is asked. A node may be a little behind the log's."""
        has = self._chain.has(told) if self._chain else True
        if has is False or (has is None and abs(int(self._now()) - told.time) > MAX_AHEAD):
            said = f"the contract has no such anchor of {told.size} as the log tells of"
            alarms.append(Alarm("anchor.untrue", said, {"size": told.size}))
        return bool(has)

    # Looking

    def _sight(self, alarms: list[Alarm]) -> Sight:
        now, newest = int(self._now()), self._state.newest()
        checkpoints = self._state.one("SELECT count(*) FROM heads")[0]
        anchored, anchor_time = self._state.one("SELECT coalesce(max(size), 0), coalesce(max(time), 0) FROM anchors")
        waiting, since = self._state.one(
            "SELECT count(*), min(CASE published WHEN 0 THEN seen ELSE published END) FROM heads WHERE size > ?",
            anchored,
        )
        lag = max(0, now - since) if waiting else 0
        alarms += self._lagging(waiting, lag)  # 4
        alarms += self._of_clock(newest, anchor_time, now)
        alarms += self._of_bursts(now)  # 5
        issuers = {did: self._of_issuer(did, alarms) for did in self._issuers}  # 6
        size = newest.head.size if newest else 0
        return Sight(now, size, checkpoints, anchored, waiting, lag, issuers, tuple(alarms))

    def _lagging(self, waiting: int, lag: int) -> list[Alarm]:
        found = []
        if lag > self._limits.lag:
            said = f"a checkpoint has waited {lag} seconds to be anchored"
            found.append(Alarm("anchor.lag", said, {"seconds": lag, "unanchored": waiting}))
        if waiting > self._limits.backlog:
            found.append(Alarm("anchor.backlog", f"{waiting} checkpoints are not anchored", {"unanchored": waiting}))
        return found

    def _of_clock(self, newest: Published | None, anchor_time: int, now: int) -> list[Alarm]:
        ahead = max(newest.at if newest else 0, anchor_time) - now
        if ahead > MAX_AHEAD:
            return [Alarm("clock.ahead", f"log or chain is {ahead} seconds ahead of this clock", {"seconds": ahead})]
        back = self._state.one(
            "SELECT a.size FROM heads a JOIN heads b ON b.size = (SELECT max(size) FROM heads WHERE size < a.size)"
            " WHERE a.published > 0 AND a.published < b.published - ? ORDER BY a.size DESC LIMIT 1",
            MAX_AHEAD,
        )
        if back is not None:
            said = f"the checkpoint of {back[0]} was published before the one that it follows"
            return [Alarm("clock.back", said, {"size": back[0]})]
        return []

    def _of_bursts(self, now: int) -> list[Alarm]:
        """Of today and yesterday."""
        rows = self._state.rows(
            "SELECT issuer_id, day, records FROM days WHERE day >= ? AND records > ?",
            now // DAY_SECONDS - 1,
            self._limits.burst.least,
        )
        names = {issuer: did for did, issuer in self._issuers.items()}
        found = []
        for issuer, day, records in rows:
            before = self._state.rows(
                "SELECT records FROM days WHERE issuer_id = ? AND day < ? ORDER BY day DESC LIMIT ?",
                issuer,
                day,
                bursts.DAYS,
            )
            limit = self._limits.burst.limit([one for (one,) in reversed(before)])
            if records > limit:
                who = names.get(issuer, issuer.hex())
                said = f"{records} records of {who} in one day, where {limit:g} are usual at most"
                found.append(Alarm("entry.burst", said, {"issuer": who, "records": records, "limit": limit}))
        return found

    def _of_issuer(self, did: str, alarms: list[Alarm]) -> dict[str, int | None]:
        who = self._issuers[did]
        rows = self._state.rows("SELECT idx, kind, leaf, published FROM entries WHERE issuer_id = ? ORDER BY idx", who)
        records = [row for row in rows if row[1] != STATUS_KIND]
        counts: dict[str, int | None] = {"records": len(records), "statusLists": len(rows) - len(records)}
        if self._known is None:
            return counts | {"unknown": None}
        own = self._known()
        strange = [row for row in records if row[2] not in own]
        if strange:
            named = [
                {"index": index, "kind": kind, "entry": leaf, "published": at}
                for index, kind, leaf, at in strange[:MOST_NAMED]
            ]
            said = f"{len(strange)} records are in the name of {did} that it does not know"
            alarms.append(Alarm("entry.unknown", said, {"issuer": did, "count": len(strange), "entries": named}))
        return counts | {"unknown": len(strange)}


def _anchor(one: Mapping[str, Any]) -> Anchor:
    values = [one.get(name) for name in ("size", "previousSize", "time")]
    roots = [one.get(name) for name in ("root", "statusRoot")]
    try:
        if not all(type(value) is int and 0 <= value < 2**48 for value in values):
            raise ValueError
        size, previous, time = (int(str(value)) for value in values)
        root, status_root = (bytes.fromhex(str(value)) for value in roots)
        if not len(root) == len(status_root) == 32:
            raise ValueError
    except ValueError:
        raise damaged("the log's list of anchors is malformed") from None
    return Anchor(size, root, previous, time, status_root)
