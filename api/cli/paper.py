"""Sheets and archives from the command line: what `export` writes besides bundles."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.formats.errors import ConflictError, FormatError, NotFoundError

if TYPE_CHECKING:
    from api.deployment import Deployment
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


def sheet(bundle: bytes) -> bytes:
    """The PDF of a bundle alone, as its learner prints it: the bundle inside as it is, without the signed summary.

    The verification page is the one of the server whose kind it is. Raises FormatError ``document.…``, ``paper.…``;
    ConfigError ``paper.no_fonts``.
    """
    from issuers.paper import document
    from ledger.formats import bundle as bundles

    kind = bundles.parse(bundle).material.common.kind
    if kind is None or isinstance(kind, FormatError):
        raise FormatError("paper.unprintable", "the bundle has no kind that can be read")
    base, found, _ = kind.context_url.partition("/contexts/")
    if not found:
        raise FormatError("paper.unprintable", "the kind's context names no server")
    fonts = os.environ.get("ROLLBOOK_FONTS")
    return document.render(bundle, base=base, folder=Path(fonts) if fonts else None)


def _records(deployment: "Deployment", did: str, learner: str) -> "list[StoredRecord]":
    from ledger.log.submission import Caller

    return deployment.records.find(Caller("command line", did), learner=learner, limit=1000)
