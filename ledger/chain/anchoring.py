"""Anchoring: each published checkpoint goes onto the chain once, whatever happens in between.

One `step` anchors at most one checkpoint. Its order, and what a crash after each act leaves:

1. Read the contract's head in the newest final block, and hold it against the log. A log that is smaller than the head,
   or has another root at its size, is an old backup or another log: ``log.behind_chain``, and nothing is signed.
2. Take the oldest checkpoint that is not anchored; where there is none, publish one.
   If we were to crash here, the checkpoint is published, and the next step takes it.
3. Where the head has reached its size, it was accepted before: record what the chain says. (This mends a crash at 5.)
4. Sign its transaction and keep that on disk, before anybody else sees it.
   If we were to crash here, the next step sends the same bytes.
5. Send it. If we were to crash here, the next step sends the same bytes, which the node already knows, or finds at 3
   that they were accepted. One transaction number can be used once, so there is never a second anchor of a checkpoint.
   Where the chain shows that they never can be (their number was used by something else, they failed in a final
   block, or wait behind a number that nothing has any more), or the node asks for a higher price, they are void, and
   there is a new transaction, from the head as it is then. Should the old one be executed after all, it is in vain:
   the contract accepts a size once.
6. Wait until a final block holds it, and record the block's facts. After that the checkpoint is done with.

Issuing never waits for any of this: the log is appended to whether or not there is a chain.
"""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.formats.errors import ConflictError, UnavailableError

_log = logging.getLogger(__name__)
_jitter = random.Random().random  # its own state: nobody else's sequence depends on when anchoring fails

_VOID = ("chain.spent", "chain.failed", "chain.gap", "chain.underpriced")


class Head(Protocol):
    """The newest accepted checkpoint: its size, 0 where there is none yet, and its 32-byte root."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...


class Accepted(Protocol):
    """An accepted checkpoint with the facts of its final block; ``time`` in seconds since 1970."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def previous_size(self) -> int: ...
    @property
    def time(self) -> int: ...
    @property
    def status_root(self) -> bytes: ...
    @property
    def block_number(self) -> int: ...
    @property
    def transaction_hash(self) -> bytes: ...


class Prepared(Protocol):
    """A signed transaction that nobody has seen yet: its bytes and its 32-byte hash."""

    @property
    def transaction(self) -> bytes: ...
    @property
    def transaction_hash(self) -> bytes: ...


class CheckpointRegistryClient(Protocol):
    """What anchoring asks of the chain, for one log. Each raises UnavailableError ``chain.unavailable``."""

    def head(self) -> Head:
        """The log's newest accepted checkpoint in the newest final block."""

    def prepare(self, size: int, root: bytes, status_root: bytes, proof: Sequence[bytes]) -> Prepared:
        """Sign, but do not send, the transaction that offers this checkpoint; ``proof`` is from the head's size.

        Raises ConflictError ``chain.refused`` where the contract would not accept it now.
        """

    def send(self, transaction: bytes) -> None:
        """Hand in a prepared transaction; nothing happens where the node knows it or a block holds it already.

        Raises ConflictError where it can never be accepted: ``chain.spent`` where its number was used by another,
        ``chain.failed`` where a final block holds it as failed, ``chain.gap`` where a smaller number was lost,
        ``chain.underpriced`` where it pays too little.
        """

    def accepted(self, size: int) -> Accepted | None:
        """The accepted checkpoint of this very size in a final block, or None."""


class Published(Protocol):
    """A published checkpoint, as the log keeps it."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def status_root(self) -> bytes: ...


class Anchorable(Protocol):
    """What anchoring asks of the log; `ledger.log.sequencer.Sequencer` is one.

    Whoever has been fenced out gets UnavailableError ``log.fenced`` from each of them that writes.
    """

    def confirm(self, size: int, root: bytes) -> None:
        """Hold a checkpoint seen elsewhere against the log; ConflictError ``log.behind_chain`` if it is not there."""

    def unanchored(self) -> Published | None:
        """The oldest published checkpoint that is not recorded as anchored."""

    def publish(self) -> Published | None:
        """Sign and store a checkpoint of the log as it is; None where the newest one covers it."""

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The RFC 9162 §2.1.4.1 proof between two sizes; empty from 0."""

    def attempt(self, size: int) -> Prepared | None:
        """The kept transaction for this checkpoint."""

    def keep_attempt(self, size: int, prepared: Prepared) -> None:
        """Keep a transaction on disk, in place of one that can no longer be accepted."""

    def record(self, accepted: Accepted) -> None:
        """Record the anchor; nothing where it is recorded already."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds: the pause between anchors, which is also how long the first one takes; the first and the
    longest pause after a failure; how often and how long to look for a sent transaction in a final block."""

    interval: float = 2.0
    first_retry: float = 1.0
    longest_retry: float = 60.0
    poll: float = 0.25
    patience: float = 30.0

    def retries(self, jitter: Callable[[], float]) -> Iterator[float]:
        """Pauses that double up to the longest, each cut by up to half, so that many workers do not retry as one."""
        pause = self.first_retry
        while True:
            yield pause * (0.5 + jitter() / 2)
            pause = min(2 * pause, self.longest_retry)


class AnchoringWorker:
    """Publishes and anchors, one checkpoint at a time, in one thread of the process that holds the sequencer."""

    def __init__(
        self,
        log: Anchorable,
        registry: CheckpointRegistryClient,
        *,
        wait: Callable[[float], bool],
        pace: Pace | None = None,
        jitter: Callable[[], float] = _jitter,
        tell: Callable[[str], None] = lambda code: None,
    ) -> None:
        """``wait`` sleeps for so many seconds, or until told to stop, and says whether it was: an Event's ``wait``.

        ``tell`` is told after each step that anchoring is ``ok``, or by what code it is held up.
        """
        self._log = log
        self._registry = registry
        self._wait = wait
        self._pace = pace or Pace()
        self._jitter = jitter
        self._tell = tell

    def run(self) -> None:
        """Anchor until told to stop; what cannot be reached, or is refused by the contract now, is tried again.

        Raises ConflictError ``log.behind_chain`` and whatever else no retry can mend.
        """
        pauses = self._pace.retries(self._jitter)
        stop = False
        while not stop:
            try:
                self.step()
            except UnavailableError as error:
                self._tell(error.code)
                stop = self._wait(next(pauses))
            except ConflictError as error:
                # Another operator may be replaced again, a node that lagged catches up: neither is to end anchoring.
                if error.code != "chain.refused":
                    raise
                _log.error("the contract refuses the next anchor: %s", error.message)
                self._tell(error.code)
                stop = self._wait(next(pauses))
            else:
                pauses = self._pace.retries(self._jitter)
                self._tell("ok")
                stop = self._wait(self._pace.interval)

    def step(self) -> bool:
        """Anchor one checkpoint, if there is one to anchor; whether there was. See the module's six acts.

        Raises UnavailableError where chain or log cannot be reached, or the transaction is not final in time;
        ConflictError ``log.behind_chain``, ``chain.refused``.
        """
        head = self._registry.head()
        self._log.confirm(head.size, head.root)
        checkpoint = self._log.unanchored() or self._log.publish()
        if checkpoint is None:
            return False
        if checkpoint.size > head.size:
            self._send(checkpoint, head)
        self._log.record(self._accepted(checkpoint.size))
        return True

    def _send(self, checkpoint: Published, head: Head) -> None:
        attempt = self._log.attempt(checkpoint.size) or self._prepare(checkpoint, head)
        try:
            self._registry.send(attempt.transaction)
        except ConflictError as error:
            if error.code not in _VOID:
                raise
            # Its number was used up: by one that anchored this very checkpoint, which is only to be recorded; or by
            # something else, or by itself in vain. Only then, known from the chain alone, is there a new transaction.
            head = self._registry.head()  # it may have failed because the one that we saw was old
            self._log.confirm(head.size, head.root)
            if head.size < checkpoint.size and self._registry.accepted(checkpoint.size) is None:
                self._registry.send(self._prepare(checkpoint, head).transaction)

    def _prepare(self, checkpoint: Published, head: Head) -> Prepared:
        proof = self._log.consistency_proof(head.size, checkpoint.size)
        prepared = self._registry.prepare(checkpoint.size, checkpoint.root, checkpoint.status_root, proof)
        self._log.keep_attempt(checkpoint.size, prepared)
        return prepared

    def _accepted(self, size: int) -> Accepted:
        waited = 0.0
        while (accepted := self._registry.accepted(size)) is None:
            if waited >= self._pace.patience or self._wait(self._pace.poll):
                raise UnavailableError("chain.pending", f"the checkpoint of size {size} is in no final block yet")
            waited += self._pace.poll
        return accepted
