"""Which status lists are to be published, found for all schools at once (docs/formats.md §7).

A server asks every few seconds, and nearly always nothing has changed. So a few figures stand for everything that
decides: rows that are only ever added, and columns that are written once, are told by their count. Where they are what
they were when nothing was due, and no list has come into its last third, nothing is due now. Otherwise every list is
looked at, with as many questions to the database for three thousand schools as for one; what was last published of each
is remembered, so that only later publications are read.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import CompoundSelect, Connection, LargeBinary, Row, Select, func, select

from issuers.schools import Schools
from issuers.tables import (
    MemberRow,
    RecordRow,
    RepresentationRow,
    SigningKeyRow,
    StatusGroupRow,
    StatusListRow,
    StatusMarkRow,
    SuspensionRow,
)
from ledger.formats import canonical, statuscredential, statuslist
from ledger.formats.forms import FORMS as BADGES
from ledger.log.tables import StatusListRow as PublicationRow
from ledger.log.tables import table_of

_GROUPS, _LISTS, _MARKS = table_of(StatusGroupRow), table_of(StatusListRow), table_of(StatusMarkRow)
_PUBLICATIONS, _MEMBERS, _SUSPENSIONS = table_of(PublicationRow), table_of(MemberRow), table_of(SuspensionRow)
_RECORDS, _FORMS, _KEYS = table_of(RecordRow), table_of(RepresentationRow), table_of(SigningKeyRow)

_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A list that is to be signed: whose it is, who publishes it now, and its next sequence."""

    list_id: str
    purpose: str
    size: int
    did: str
    keeper: str
    sequence: int


@dataclass(frozen=True, slots=True)
class _Newest:
    """A list's newest publication: who signed it (verification method), how many bits are set, and their hash."""

    sequence: int
    valid_until: int
    signed_by: str
    count: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the lists are to say: how many marks each has, which places are suspended, and what signs for a member."""

    marks: Mapping[str, int]
    suspended: Mapping[str, Set[int]]
    methods: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Figures:
    """What tells that anything has changed. ``ended`` holds the DIDs of members that have ended, and their parents'."""

    counts: tuple[int, ...]
    ended: tuple[tuple[str, str], ...]


class DueLists:
    """What is due; it may be asked by several threads. ``url`` gives the address of a list."""

    def __init__(self, schools: Schools, url: Callable[[str], str], validity: timedelta) -> None:
        self._schools, self._url, self._validity = schools, url, validity
        self._lock = Lock()
        self._newest: dict[str, _Newest] = {}
        self._seen = -1
        self._idle: tuple[_Figures, float] | None = None

    def find(self, connection: Connection, now: datetime) -> list[Due]:
        """Every list that has new bits, is in the last third of its time, was never published, or is another's to sign
        or under another key than when it was; those of one keeper and school stand together."""
        renew_at = (now + self._validity / 3).timestamp()
        with self._lock:
            # First: what changes while the rest is read shows as other figures the next time.
            figures = _figures(connection)
            if self._idle is not None and self._idle[0] == figures and renew_at < self._idle[1]:
                return []
            self._read_publications(connection)
            due, earliest = self._look_at_all(connection, figures, renew_at)
            self._idle = None if due else (figures, earliest)
            return due

    def _read_publications(self, connection: Connection) -> None:
        """Those since the last time. The log only grows, so an index tells how far they are known."""
        newest = select(_PUBLICATIONS.c.url, func.max(_PUBLICATIONS.c.sequence).label("sequence"))
        newest_each = newest.where(_PUBLICATIONS.c.idx > self._seen).group_by(_PUBLICATIONS.c.url).subquery()
        same = (_PUBLICATIONS.c.url == newest_each.c.url) & (_PUBLICATIONS.c.sequence == newest_each.c.sequence)
        rows = connection.execute(
            select(_PUBLICATIONS).join(newest_each, same), execution_options={"yield_per": _READ_AT_ONCE}
        )
        seen = self._seen
        for row in rows:
            self._newest[row.url] = _read(row)
            seen = max(seen, row.idx)
        self._seen = seen

    def _look_at_all(self, connection: Connection, figures: _Figures, renew_at: float) -> tuple[list[Due], float]:
        """What is due; and where nothing is, when the first list comes to its end."""
        wanted = _Wanted(_marks(connection), _suspended(connection), self._schools.methods(connection))
        keepers = {did: parent for did, parent in figures.ended if parent in wanted.methods}
        statement = (
            select(_LISTS.c.id, _LISTS.c.purpose, _GROUPS.c.size, _MEMBERS.c.did)
            .join(_GROUPS, _GROUPS.c.id == _LISTS.c.group_id)
            .join(_MEMBERS, _MEMBERS.c.id == _GROUPS.c.member_id)
            .order_by(_MEMBERS.c.id, _LISTS.c.group_id, _LISTS.c.purpose.desc())
        )
        due, earliest = [], float("inf")
        for row in connection.execute(statement):
            newest, keeper = self._newest.get(self._url(row.id)), keepers.get(row.did, row.did)
            if newest is None:
                due.append(Due(row.id, row.purpose, row.size, row.did, keeper, 1))
            elif newest.valid_until <= renew_at or _is_another(row, newest, keeper, wanted):
                due.append(Due(row.id, row.purpose, row.size, row.did, keeper, newest.sequence + 1))
            else:
                earliest = min(earliest, newest.valid_until)
        return due, earliest


def bits_of(size: int, places: Iterable[int]) -> bytes:
    """The bits of a list of ``size`` entries in which these are set."""
    bits = bytearray(size // 8)
    for place in places:
        statuslist.set_bit(bits, place)
    return bytes(bits)


def ended_badges(list_id: str | None = None) -> Select[Any]:
    """Of a suspension list, or of all: the places of revoked and superseded records that have a badge or CLR.

    Such a form names the list for suspension alone; so what ends the record is said there, too (docs/formats.md §18).
    Columns ``list_id`` and ``position``; a place may come twice.
    """
    suspension = _LISTS.alias("suspension")
    every = (
        select(suspension.c.id.label("list_id"), _RECORDS.c.position)
        .join(suspension, suspension.c.group_id == _RECORDS.c.group_id)
        .join(_LISTS, _LISTS.c.group_id == _RECORDS.c.group_id)
        .join(_MARKS, (_MARKS.c.list_id == _LISTS.c.id) & (_MARKS.c.position == _RECORDS.c.position))
        .join(_FORMS, _FORMS.c.record_idx == _RECORDS.c.idx)
        .where(suspension.c.purpose == "suspension", _FORMS.c.form.in_(BADGES))
    )
    return every if list_id is None else every.where(suspension.c.id == list_id)


def suspended_places(list_id: str | None = None) -> CompoundSelect[Any]:
    """The bits that a suspension list is to have, or all are: columns as those of ``ended_badges``."""
    still = select(_SUSPENSIONS.c.list_id, _SUSPENSIONS.c.position).where(_SUSPENSIONS.c.lifted_at.is_(None))
    if list_id is not None:
        still = still.where(_SUSPENSIONS.c.list_id == list_id)
    return still.union(ended_badges(list_id))


def _figures(connection: Connection) -> _Figures:
    """Lists, marks, suspensions, publications and forms are only ever added; a suspension is lifted, and a key
    activated and retired, once. Whether a member has ended may change to and fro, so those are named."""
    counts = [
        *(select(func.count()).select_from(table).scalar_subquery() for table in (_LISTS, _MARKS, _SUSPENSIONS)),
        *(
            select(func.count(once)).scalar_subquery()
            for once in (_SUSPENSIONS.c.lifted_at, _KEYS.c.activated_at, _KEYS.c.retired_at)
        ),
        *(select(func.coalesce(func.max(of), -1)).scalar_subquery() for of in (_PUBLICATIONS.c.idx, _FORMS.c.idx)),
    ]
    parents = _MEMBERS.alias("parents")
    withdrawn = func.substr(_MEMBERS.c.accreditation, 7, 6, type_=LargeBinary)  # docs/formats.md §9: bytes 6 to 12
    ended = (
        select(_MEMBERS.c.did, parents.c.did)
        .join(parents, parents.c.id == _MEMBERS.c.parent_id)
        .where(withdrawn != bytes(6))
        .order_by(_MEMBERS.c.id)
    )
    found = connection.execute(select(*counts)).one()
    return _Figures(tuple(found), tuple((row[0], row[1]) for row in connection.execute(ended)))


def _read(row: Row[Any]) -> _Newest:
    signed: Any = canonical.loads(bytes(row.credential))
    bits = statuscredential.parse(signed).bits
    method = str(signed["proof"]["verificationMethod"])
    return _Newest(row.sequence, row.valid_until, method, _count(bits), hashlib.sha256(bits).digest())


def _marks(connection: Connection) -> dict[str, int]:
    counted = select(_MARKS.c.list_id, func.count()).group_by(_MARKS.c.list_id)
    return {list_id: count for list_id, count in connection.execute(counted)}


def _suspended(connection: Connection) -> dict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for list_id, place in connection.execute(suspended_places()):
        found[list_id].add(place)
    return found


def _is_another(row: Any, newest: _Newest, keeper: str, wanted: _Wanted) -> bool:
    """Whether a list is to say something else than was published, or is to be signed under another key."""
    if wanted.methods.get(keeper, newest.signed_by) != newest.signed_by:
        return True
    if row.purpose != "suspension":
        return newest.count != wanted.marks.get(row.id, 0)  # marks are only added: counting them will do
    places = wanted.suspended.get(row.id, frozenset())
    if newest.count != len(places):
        return True
    return bool(places) and newest.digest != hashlib.sha256(bits_of(row.size, places)).digest()


def _count(bits: bytes) -> int:
    return int.from_bytes(bits, "big").bit_count()
