"""Sheets and archives from the command line: what `export` writes besides bundles."""

from typing import TYPE_CHECKING

from ledger.formats.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from api.wiring import Deployment
    from issuers.store import StoredRecord


def archive(deployment: "Deployment", learner: str, school: str | None) -> bytes:
    """A ZIP of all that a school has of a learner; ``school`` is its code.

    Raises NotFoundError ``record.unknown``; ConflictError ``learner.ambiguous`` where several schools know the number,
    for those may be several people.
    """
    members = [deployment.schools.by_code(school)] if school else list(deployment.members("issuer"))
    found = {member.code: _records(deployment, member.did, learner) for member in members}
    known = {code: records for code, records in found.items() if records}
    if len(known) > 1:
        raise ConflictError("learner.ambiguous", f"name one with --school: {', '.join(sorted(known))}")
    for records in known.values():
        return deployment.papers.archive(records)
    raise NotFoundError("record.unknown", "there is no record of this learner")


def _records(deployment: "Deployment", did: str, learner: str) -> "list[StoredRecord]":
    from ledger.log.submission import Caller

    return deployment.records.find(Caller("command line", did), learner=learner, limit=1000)
