"""Cosignatures of witnesses under published checkpoints, as they are stored (docs/formats.md §6).

Whether one holds, and whose it is, was found out before it came here (`api.witnesses`). The first of a witness for a
size stays: another one would only make two spellings of one bundle.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select, text

from ledger.formats.note import Signature
from ledger.log.tables import CosignatureRow, table_of

MOST = 64
"""Cosignatures that are given out with one checkpoint; more are there only where witnesses were named by turns."""

_TABLE = table_of(CosignatureRow)
_KEEP = text(
    "INSERT INTO log_cosignatures (size, witness, name, signature, cosigned_at)"
    " VALUES (:size, :witness, :name, :signature, :cosigned_at) ON CONFLICT (size, witness) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class StoredCosignature:
    """Under the checkpoint of ``size``: the 32-byte id and the name of the witness's key, time (Unix seconds) and
    signature as a line holds them, and that time again."""

    size: int
    witness: bytes
    name: str
    signature: bytes
    cosigned_at: int

    @property
    def line(self) -> Signature:
        """The line of the note."""
        return Signature(self.name, self.witness[:4], self.signature)


@dataclass(frozen=True, slots=True)
class Cosigner:
    """How far one witness has come: cosignatures that are kept, the largest size, and when it cosigned that."""

    count: int
    size: int
    cosigned_at: int


def keep(connection: Connection, cosignatures: Iterable[StoredCosignature]) -> int:
    """Store those that are new, in a transaction that may write; how many."""
    return sum(connection.execute(_KEEP, asdict(one)).rowcount for one in cosignatures)


def under(connection: Connection, size: int) -> list[StoredCosignature]:
    """Those under the checkpoint of this size, by name and key: always in one order, and as many as a note may have."""
    wanted = select(_TABLE).where(_TABLE.c.size == size).order_by(_TABLE.c.name, _TABLE.c.witness).limit(MOST)
    rows = connection.execute(wanted)
    return [
        StoredCosignature(row.size, bytes(row.witness), row.name, bytes(row.signature), row.cosigned_at) for row in rows
    ]


def cosigner(connection: Connection, witness: bytes) -> Cosigner | None:
    """How far the witness of this id has come; None where it has cosigned nothing."""
    mine = _TABLE.c.witness == witness
    newest = connection.execute(select(_TABLE).where(mine).order_by(_TABLE.c.size.desc()).limit(1)).one_or_none()
    if newest is None:
        return None
    count = connection.scalar(select(func.count()).select_from(_TABLE).where(mine)) or 0
    return Cosigner(count, newest.size, newest.cosigned_at)
