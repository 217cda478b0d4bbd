"""What a deployment's own books have in a school's name, as a list that a monitor reads (`api.watching.known`)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, select, union

from issuers.tables import MemberRow, RecordRow, RepresentationRow
from ledger.formats import entry, merkle
from ledger.log.tables import EntryRow, table_of
from ledger.log.transactions import reading

HEAD = ("index", "kind", "record", "entry")

_MEMBERS, _RECORDS = table_of(MemberRow), table_of(RecordRow)
_FORMS, _ENTRIES = table_of(RepresentationRow), table_of(EntryRow)


def entries(engine: Engine, did: str) -> Iterator[tuple[int, str, str, str]]:
    """Index, kind, record's id and leaf hash of each record's or form's entry that the books account for."""
    with reading(engine) as connection:
        for row in connection.execute(_rows(did).order_by("idx"), execution_options={"yield_per": 1000}):
            kind = entry.decode(bytes(row.entry)).kind
            yield row.idx, kind, row.record_id, merkle.leaf_hash(bytes(row.entry)).hex()


def _rows(did: str) -> Any:
    record = _RECORDS.join(_MEMBERS, _RECORDS.c.member_id == _MEMBERS.c.id)
    own = select(_RECORDS.c.idx, _RECORDS.c.record_id).select_from(record).where(_MEMBERS.c.did == did)
    forms = (
        select(_FORMS.c.idx, _RECORDS.c.record_id)
        .select_from(record.join(_FORMS, _FORMS.c.record_idx == _RECORDS.c.idx))
        .where(_MEMBERS.c.did == did)
    )
    found = union(own, forms).subquery()
    return select(found.c.idx, found.c.record_id, _ENTRIES.c.entry).join(_ENTRIES, _ENTRIES.c.idx == found.c.idx)
