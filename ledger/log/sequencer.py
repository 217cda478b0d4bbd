"""The one way into the log, and the one hand that signs its checkpoints.

What is submitted is checked (`ledger.log.submission`, `ledger.log.status`), appended together with others' submissions
(`ledger.log.appending`) and answered once it is on disk (`ledger.log.writer`). Checkpoints are published, and kept with
their anchors, by `ledger.log.publication`. One process holds the sequencer; whoever takes it next fences it out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine

from ledger.formats import checkpoint, merkle
from ledger.formats.keys import KeyPair
from ledger.log import adopting
from ledger.log.appending import Appender, Batch
from ledger.log.lease import Lease
from ledger.log.publication import Acceptance, Clock, Publisher
from ledger.log.status import check_publication
from ledger.log.submission import Authorize, Caller, ContextsOf, Submission, bundled_only, check, nobody
from ledger.log.tree import StoredTree
from ledger.log.writer import LogWriter


class Sequencer(Publisher):
    """A log that can be written to; safe to share between threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        origin: str,
        key: KeyPair,
        now: Clock,
        authorize: Authorize = nobody,
        contexts_of: ContextsOf = bundled_only,
        holder: str = "",
        tree: StoredTree | None = None,
        lease: Lease | None = None,
    ) -> None:
        """Take over the log ``origin``, whose checkpoints ``key`` signs; with a ``lease`` not before `lead`.

        ``now`` gives seconds since 1970, ``contexts_of`` what a document's words mean. ``tree`` may be one that a
        `LogReader` of this process uses too. Raises ConfigError ``log.other_log``; ConflictError ``log.damaged`` where
        what is stored contradicts its checkpoints.
        """
        tree = tree or StoredTree(engine)
        log_id = checkpoint.log_id(origin, key.public)
        writer = LogWriter(tree, origin=origin, log_id=log_id, holder=holder, lease=lease)
        super().__init__(writer, origin=origin, key=key, now=now)
        self._appender = Appender(writer)
        self._authorize = authorize
        self._contexts_of = contexts_of

    def append(self, submissions: Sequence[Submission], *, caller: Caller) -> list[int]:
        """Check the submissions and append them, all or none; their indices, once they are on disk.

        A key that is in the log with the same entry gets the index that it has, and nothing is written for it again.
        Raises FormatError, ProofError, NotAllowedError as `ledger.log.submission.check`; ConflictError ``log.conflict``
        for a key with another entry, ``log.row_conflict`` for a row that contradicts what is stored; UnavailableError
        ``log.full`` (and it goes on by itself once there is room), ``log.busy``, ``log.unavailable``, ``log.fenced``,
        ``log.standby``; and what `Publisher.require` raises of an old backup.
        """
        self.require()
        for submission in submissions:
            check(submission, caller, self._authorize, self._contexts_of)
        return self._appender.append(Batch.of(submissions)) if submissions else []

    def check(self) -> None:
        """Whether this log can be written to now; raises as `append`, whose last failure counts for half a minute."""
        super().check()
        self._appender.check()

    def publish_status(self, signed: bytes, *, caller: Caller, in_place_of: str | None = None) -> int:
        """Publish a status list, given as its signed bytes (JCS); the index of its entry, once it is on disk.

        ``in_place_of`` is the DID of the issuer whose list it is, where its parent has taken over.
        Raises as `append` and `ledger.log.status.check_publication` do, and ConflictError ``status.conflict`` for a
        list that does not follow the newest one of its URL.
        """
        self.require()
        publication = check_publication(signed, caller, self._authorize, in_place_of)
        batch = Batch.of([publication.submission], publication.check_against_newest)
        return self._appender.append(batch)[0]

    def tree_with(self, entries: Sequence[bytes]) -> merkle.Tree:
        """The tree that the log would have with ``entries`` after those that are in it."""
        return adopting.tree_with(self.tree, entries)

    def adopt(self, entries: Sequence[bytes], lists: Mapping[int, Mapping[str, Any]]) -> None:
        """Append entries that the log had before it was restored (`ledger.log.adopting.append`). The caller has checked
        their roots."""
        adopting.append(self._writer, entries, lists)

    def adopt_anchor(self, accepted: Acceptance) -> None:
        """Record an anchor whose checkpoint may have been lost; nothing where both are there."""
        adopting.keep_checkpoint(self._writer, accepted, self._origin, self._key)
        self.record(accepted)
