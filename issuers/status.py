"""A school's status lists: giving out indexes, setting bits, and signing the lists anew (docs/formats.md §7).

Every group of lists has one list for each purpose, and a record has the same index in all of them. Indexes are given
out in a random order that is fixed by the group's seed, so that a public index tells nothing about when a record was
issued, and nothing needs to be looked up to find a free one: a counter says how far the order has been used.
"""

import hashlib
import os
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.exc import IntegrityError

from issuers.schools import Clock, Member, Schools, inserted_id
from issuers.status_due import Due, DueLists, bits_of, suspended_places
from issuers.tables import MemberRow, StatusGroupRow, StatusListRow, StatusMarkRow
from ledger.formats import statuscredential, statuslist
from ledger.formats.credential import StatusEntry
from ledger.formats.datetimes import render
from ledger.formats.errors import ConfigError, ConflictError, RollbookError
from ledger.formats.proof_rdfc import RdfcSigner
from ledger.log.sequencer import Sequencer
from ledger.log.submission import Caller
from ledger.log.tables import StatusListRow as PublicationRow
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

PURPOSES = ("revocation", "suspension", "message")
"""The lists of a group: revoked, suspended until that is lifted, and superseded."""
LIST_SIZE = statuslist.MIN_ENTRIES
VALIDITY = timedelta(days=90)
"""How long a signed list holds; it is signed anew in the last third of that time, or when a bit changes."""

_ROUNDS = 6

_GROUPS, _LISTS, _MARKS = table_of(StatusGroupRow), table_of(StatusListRow), table_of(StatusMarkRow)
_PUBLICATIONS, _MEMBERS = table_of(PublicationRow), table_of(MemberRow)


@dataclass(frozen=True, slots=True)
class StatusIndex:
    """One index of a group, given out once: ``entries`` as they go into the record's credential."""

    group_id: int
    position: int
    entries: tuple[StatusEntry, ...]


class StatusLists:
    """The status lists of all schools; ``base`` is the deployment's base address."""

    def __init__(
        self,
        engine: Engine,
        sequencer: Sequencer,
        schools: Schools,
        base: str,
        clock: Clock,
        *,
        validity: timedelta = VALIDITY,
        list_size: int = LIST_SIZE,
    ) -> None:
        self._engine = engine
        self._sequencer = sequencer
        self._schools = schools
        self._base = base.rstrip("/")
        self._clock = clock
        self._validity = validity
        self._list_size = list_size
        self._due = DueLists(schools, self.url, validity)

    def allocate(self, member: Member, count: int) -> list[StatusIndex]:
        """Give out ``count`` indexes, durably; a full group opens the next. What a crash leaves unused stays so."""
        given: list[StatusIndex] = []
        with writing(self._engine) as connection:
            # One at a time for each school, on PostgreSQL too: SQLite has one writer anyway.
            connection.execute(select(_MEMBERS.c.id).where(_MEMBERS.c.id == member.id).with_for_update())
            while len(given) < count:
                group = self._open_group(connection, member.id)
                taken = min(count - len(given), group.size - group.used)
                advanced = _GROUPS.update().where(_GROUPS.c.id == group.id).values(used=group.used + taken)
                connection.execute(advanced)
                given += self._indexes(connection, group, taken)
        return given

    def url(self, list_id: str) -> str:
        """The address of a list."""
        return f"{self._base}/status-lists/{list_id}"

    def mark(self, index: StatusIndex, purpose: str, reason: str) -> None:
        """Set the bit of an index in the list for ``purpose``, which is not suspension; the first reason stays."""
        values = {"position": index.position, "reason": reason, "marked_at": int(self._clock().timestamp())}
        try:
            with writing(self._engine) as connection:
                here = (_LISTS.c.group_id == index.group_id) & (_LISTS.c.purpose == purpose)
                list_id = connection.execute(select(_LISTS.c.id).where(here)).scalar_one()
                connection.execute(_MARKS.insert(), values | {"list_id": list_id})
        except IntegrityError:
            pass  # it is set already

    def publish(self) -> int:
        """Sign and publish every list that has new bits, is soon to expire, or was never published; how many.

        A school that cannot sign keeps no other's lists from being published: what it raised is raised at the end.
        The lists of a school that has ended are its parent's to publish, those of one that came back its own again.
        """
        self._schools.look()  # a list that was signed under a key that has ended since is due
        now = self._clock().replace(microsecond=0)
        with reading(self._engine) as connection:
            due = self._due.find(connection, now)
        failed: RollbookError | None = None
        for keeper, lists in groupby(due, key=lambda item: item.keeper):
            try:
                signers = self._signers(keeper, now)
                for item in lists:
                    self._publish_one(item, signers(item.purpose), now)
            except RollbookError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return len(due)

    def _open_group(self, connection: Connection, member_id: int) -> Row[Any]:
        """The member's newest group, or one made now where it is full or missing."""
        mine = select(_GROUPS).where(_GROUPS.c.member_id == member_id).order_by(_GROUPS.c.id.desc()).limit(1)
        group = connection.execute(mine).one_or_none()
        if group is not None and group.used < group.size:
            return group
        made = {"member_id": member_id, "order_seed": os.urandom(32), "size": self._list_size, "used": 0}
        inserted = connection.execute(_GROUPS.insert(), made | {"opened_at": int(self._clock().timestamp())})
        group_id = inserted_id(inserted)
        lists = [{"id": os.urandom(16).hex(), "group_id": group_id, "purpose": purpose} for purpose in PURPOSES]
        connection.execute(_LISTS.insert(), lists)
        return connection.execute(mine).one()

    def _indexes(self, connection: Connection, group: Row[Any], taken: int) -> list[StatusIndex]:
        rows = connection.execute(select(_LISTS.c.purpose, _LISTS.c.id).where(_LISTS.c.group_id == group.id)).all()
        urls = {purpose: self.url(list_id) for purpose, list_id in rows}
        seed = bytes(group.order_seed)
        places = [position(seed, group.size, number) for number in range(group.used, group.used + taken)]
        return [
            StatusIndex(
                group.id, place, tuple(StatusEntry(urls[each], each, place) for each in PURPOSES if each in urls)
            )
            for place in places
        ]

    @staticmethod
    def _bits(connection: Connection, list_id: str, purpose: str, size: int) -> bytes:
        """A list's bits as they are to be now."""
        if purpose == "suspension":
            return bits_of(size, [row.position for row in connection.execute(suspended_places(list_id))])
        return bits_of(size, connection.scalars(select(_MARKS.c.position).where(_MARKS.c.list_id == list_id)))

    def _publish_one(self, due: Due, signer: RdfcSigner, now: datetime) -> None:
        """Sign the list as it is now. Where another process has published meanwhile, theirs counts."""
        with reading(self._engine) as connection:
            bits = self._bits(connection, due.list_id, due.purpose, due.size)
        url = self.url(due.list_id)
        unsigned = statuscredential.build(
            url,
            due.keeper,
            due.purpose,
            due.sequence,
            bits,
            base=self._base,
            valid_from=now,
            valid_until=now + self._validity,
        )
        try:
            caller, ended = Caller("status lists", due.keeper), due.did if due.keeper != due.did else None
            self._sequencer.publish_status(signer.sign(unsigned), caller=caller, in_place_of=ended)
        except ConflictError:
            with reading(self._engine) as connection:
                newest = select(func.max(_PUBLICATIONS.c.sequence)).where(_PUBLICATIONS.c.url == url)
                if (connection.scalar(newest) or 0) < due.sequence:
                    raise

    def _signers(self, did: str, now: datetime) -> Callable[[str], RdfcSigner]:
        """What signs a school's lists for a purpose: over RDF, which every verifier of the standard reads."""
        key, pair = self._schools.signing_key(did)

        def signer(purpose: str) -> RdfcSigner:
            words = statuscredential.context(purpose, self._base)
            return RdfcSigner(pair, key.verification_method, created=render(now), context=words)

        return signer


def position(seed: bytes, size: int, number: int) -> int:
    """The ``number``-th index of the random order that ``seed`` (32 bytes) makes of all below ``size``.

    A Feistel network whose round functions are tables of random words: a permutation, so no index comes twice; fixed
    for good, so none comes again after a restart; and nothing to be looked up. ``size`` is a power of two up to 2³².
    """
    left_bits, right_bits, tables = _rounds(seed, size)
    left, right = number >> right_bits, number & (1 << right_bits) - 1
    for onto_left, onto_right in tables:
        left ^= onto_left[right] & (1 << left_bits) - 1
        right ^= onto_right[left] & (1 << right_bits) - 1
    return left << right_bits | right


@lru_cache(maxsize=1024)
def _rounds(seed: bytes, size: int) -> tuple[int, int, list[tuple[Sequence[int], Sequence[int]]]]:
    if size & (size - 1) or not 4 <= size <= 2**32:
        raise ConfigError("status.size", "the size of a status list is a power of two")
    bits = size.bit_length() - 1
    left_bits, right_bits = bits // 2, bits - bits // 2
    lefts, rights = 1 << left_bits, 1 << right_bits
    words = array("H", hashlib.shake_256(seed).digest(2 * _ROUNDS * (lefts + rights)))
    if sys.byteorder == "big":
        words.byteswap()
    starts = range(0, len(words), lefts + rights)
    return left_bits, right_bits, [(words[s : s + rights], words[s + rights : s + rights + lefts]) for s in starts]
