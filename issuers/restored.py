"""A database that was put back from a backup: what must not go on where it stopped, and what the public log tells.

Statuses are public: the newest list of each URL can be had from whoever kept the log, while the rows that said why are
lost with the database. So the bits are taken from the list, with a reason that says where they come from.
"""

from sqlalchemy import Connection, select

from issuers.status_due import ended_badges
from issuers.tables import StatusGroupRow, StatusListRow, StatusMarkRow, SuspensionRow
from ledger.formats.statuscredential import StatusList
from ledger.log.tables import table_of

REASON = "taken over from the published list after a backup was restored"

_GROUPS, _LISTS = table_of(StatusGroupRow), table_of(StatusListRow)
_MARKS, _SUSPENSIONS = table_of(StatusMarkRow), table_of(SuspensionRow)


def close_groups(connection: Connection) -> None:
    """Give out no further index of any list: nobody knows which were given to records that are lost."""
    connection.execute(_GROUPS.update().values(used=_GROUPS.c.size))


def take_over(connection: Connection, published: StatusList, now: int) -> int:
    """Set the marks that a published list has and the database lost; how many.

    A suspension that the list no longer has is lifted. Nothing for a list that the database does not know.
    """
    list_id = published.url.rpartition("/")[2]
    known = connection.execute(select(_LISTS.c.purpose).where(_LISTS.c.id == list_id)).scalar_one_or_none()
    if known != published.purpose:
        return 0
    bits = _positions(published.bits)
    if published.purpose == "suspension":
        return _take_over_suspensions(connection, list_id, bits, now)
    there = set(connection.scalars(select(_MARKS.c.position).where(_MARKS.c.list_id == list_id)))
    lost = [{"list_id": list_id, "position": one, "reason": REASON, "marked_at": now} for one in sorted(bits - there)]
    if lost:
        connection.execute(_MARKS.insert(), lost)
    return len(lost)


def _take_over_suspensions(connection: Connection, list_id: str, bits: set[int], now: int) -> int:
    mine = _SUSPENSIONS.c.list_id == list_id
    rows = connection.execute(
        select(_SUSPENSIONS.c.position, _SUSPENSIONS.c.number, _SUSPENSIONS.c.lifted_at).where(mine)
    )
    numbers: dict[int, int] = {}
    still: set[int] = set()
    for place, number, lifted_at in rows:
        numbers[place] = max(number, numbers.get(place, -1))
        if lifted_at is None:
            still.add(place)
    ended = {row.position for row in connection.execute(ended_badges(list_id))}
    lost = [
        {"list_id": list_id, "position": one, "number": numbers.get(one, -1) + 1, "reason": REASON, "suspended_at": now}
        for one in sorted(bits - still - ended)
    ]
    if lost:
        connection.execute(_SUSPENSIONS.insert(), lost)
    lifted = still - bits
    here = mine & _SUSPENSIONS.c.lifted_at.is_(None)
    for one in sorted(lifted):
        connection.execute(
            _SUSPENSIONS.update()
            .where(here & (_SUSPENSIONS.c.position == one))
            .values(lifted_at=now, lift_reason=REASON)
        )
    return len(lost) + len(lifted)


def _positions(bits: bytes) -> set[int]:
    """The places whose bit is set, the first being the highest of the first byte (docs/formats.md §7)."""
    return {8 * at + bit for at, byte in enumerate(bits) if byte for bit in range(8) if byte & (0x80 >> bit)}
