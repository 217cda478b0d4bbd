"""Entries that this log once had and lost: taken from the public log again, under a root that the log itself signed.

What is adopted was checked when it was first submitted. Now only this counts: that the tree of what is here with what
is fetched has the roots that were signed and anchored. The rows that belonged to the entries (records, salts) are not
public and stay lost; status lists are public, and come with their entries.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, update

from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint, sign_checkpoint
from ledger.formats.errors import ConflictError
from ledger.formats.keys import KeyPair
from ledger.log.bulk import Row, insert_rows
from ledger.log.checkpoints import anchor_of, checkpoint_of
from ledger.log.publication import Acceptance
from ledger.log.tables import CheckpointRow, StatusListRow, table_of
from ledger.log.tree import StoredTree
from ledger.log.writer import LogWriter

AT_ONCE = 10_000

_CHECKPOINTS, _LISTS = table_of(CheckpointRow), table_of(StatusListRow)


def tree_with(tree: StoredTree, entries: Sequence[bytes]) -> merkle.Tree:
    """The tree of what is stored and ``entries`` after it, in memory alone."""
    size = tree.size
    made = merkle.Tree(tree.hashes(0, 0, size))
    made.extend_entries(entries)
    return made


def append(writer: LogWriter, entries: Sequence[bytes], lists: Mapping[int, Mapping[str, Any]]) -> None:
    """Append ``entries``, whose roots were held against those of the log; a crash leaves the first of them.

    ``lists`` has the columns of `StatusListRow`, without ``idx``, by the index of the entry that published the list.
    """
    for at in range(0, len(entries), AT_ONCE):
        some = entries[at : at + AT_ONCE]
        start = writer.tree.size
        keys = [_key(index, lists.get(index)) for index in range(start, start + len(some))]

        def within(connection: Connection, first: int, number: int = len(some)) -> None:
            rows: list[Row] = [
                (_LISTS, {"idx": index, **lists[index]}) for index in range(first, first + number) if index in lists
            ]
            insert_rows(connection, rows)

        writer.append(some, keys, within)


def keep_checkpoint(writer: LogWriter, accepted: Acceptance, origin: str, key: KeyPair) -> None:
    """Make sure of the checkpoint that the chain has: signed again with the same bytes, where its row was lost.

    Raises ConflictError ``log.behind_chain`` where this log has another root.
    """
    with writer.transaction() as connection:
        if writer.tree.root(accepted.size) != accepted.root:
            raise ConflictError("log.behind_chain", f"the chain has another checkpoint of size {accepted.size}")
        if checkpoint_of(connection, accepted.size) is None:
            note = sign_checkpoint(Checkpoint(origin, accepted.size, accepted.root), key).encode()
            row = {"size": accepted.size, "root": accepted.root, "status_root": accepted.status_root, "note": note}
            connection.execute(insert(_CHECKPOINTS), [row | {"published_at": accepted.time}])
        elif anchor_of(connection, accepted.size) is None:
            # Published here again before the chain's own could be seen: its status root is the chain's to say.
            mine = _CHECKPOINTS.c.size == accepted.size
            connection.execute(update(_CHECKPOINTS).where(mine).values(status_root=accepted.status_root))


def _key(index: int, row: Mapping[str, Any] | None) -> str:
    """That of a status list is what it is (`ledger.log.status`); a record's is lost with its rows."""
    return f"caught up {index}" if row is None else f"status-list {row['digest'].hex()}"
