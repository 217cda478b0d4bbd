"""Many threads' jobs in few transactions, without a thread of its own: whoever comes first does all that wait.

While one transaction waits for the disk, the calls that arrive meanwhile queue up, and the next to get its turn commits
them all at once. So a commit's cost is shared by more calls the busier it gets, and a lone call waits for nobody.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import IntegrityError

from ledger.formats.errors import RollbookError, UnavailableError

Job = TypeVar("Job")
Result = TypeVar("Result")


class _Ticket(Generic[Job, Result]):
    __slots__ = ("done", "error", "job", "result")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = False
        self.result: Result | None = None
        self.error: BaseException | None = None

    def settle(self, result: Result | None, error: BaseException | None = None) -> None:
        self.result, self.error, self.done = result, error, True


class Grouping(Generic[Job, Result]):
    """Runs jobs in groups, each group all or nothing, and each job answered as if it had been alone."""

    def __init__(
        self, work: Callable[[Sequence[Job]], Sequence[Result]], weight: Callable[[Job], int], heaviest: int
    ) -> None:
        """``work`` does some jobs in one transaction and gives their results in order, or raises and has done nothing.

        A group stops growing when the sum of ``weight`` reaches ``heaviest``; one job may weigh more.
        """
        self._work = work
        self._weight = weight
        self._heaviest = heaviest
        self._waiting: deque[_Ticket[Job, Result]] = deque()
        self._turn = threading.Lock()

    def run(self, job: Job) -> Result:
        """The job's result, once the transaction that it is in has ended; raises what the job raised."""
        ticket: _Ticket[Job, Result] = _Ticket(job)
        self._waiting.append(ticket)
        with self._turn:
            while not ticket.done:
                self._serve_some()
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]  # settled without an error, so there is one

    def _serve_some(self) -> None:
        taken = self._take()
        try:
            self._serve(taken)
        finally:
            # Whoever waits must hear of an interruption, or would wait for ever; what happened is not known: ask again.
            for ticket in taken:
                if not ticket.done:
                    ticket.settle(None, UnavailableError("log.interrupted", "the server was stopped meanwhile"))

    def _take(self) -> list[_Ticket[Job, Result]]:
        taken, weight = [], 0
        while self._waiting and weight < self._heaviest:
            taken.append(self._waiting.popleft())
            weight += self._weight(taken[-1].job)
        return taken

    def _serve(self, tickets: list[_Ticket[Job, Result]]) -> None:
        try:
            results = self._work([ticket.job for ticket in tickets])
        except UnavailableError as error:
            # A full disk or a lost connection is everybody's; each gets an exception of its own, with its own trace.
            for ticket in tickets:
                ticket.settle(None, UnavailableError(error.code, error.message))
        except (IntegrityError, RollbookError) as error:
            self._serve_apart(tickets, error)
        else:
            for ticket, result in zip(tickets, results, strict=True):
                ticket.settle(result)

    def _serve_apart(self, tickets: list[_Ticket[Job, Result]], error: BaseException) -> None:
        """One job spoils the group for the others, so each is done alone, and only that one fails."""
        if len(tickets) == 1:
            tickets[0].settle(None, error)
            return
        for ticket in tickets:
            self._serve([ticket])
