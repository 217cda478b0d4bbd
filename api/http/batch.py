"""Requests that are complete in the same turn of the event loop, answered together.

Verification goes through more code than a processor's nearest cache holds. Many documents taken through it step by step
cost a fifth less each than one after the other (`verifier.verifier`), and a busy server has many.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

MAX_WAITING = 16
"""Requests that wait for each other at most; a turn of the loop is no longer for it than with one after the other."""


class Answer(NamedTuple):
    """The status line with headers, but for the server's own, and the body."""

    head: bytes
    body: bytes


Answering = Callable[[bytes, Sequence[bytes]], "list[Answer | None]"]
"""Answers requests of one path: one answer for each body, None where that request is to take the usual way."""


class _Request(NamedTuple):
    path: bytes
    body: bytes
    reply: Callable[[Answer | None], None]


class Batch:
    """Requests of one application, in the order in which they came. For one event loop."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._waiting: list[_Request] = []

    def add(
        self, path: bytes, body: bytes, reply: Callable[[Answer | None], None], soon: Callable[..., object]
    ) -> None:
        """Have a request answered by ``flush``, which ``soon`` (the loop's ``call_soon``) is asked to call."""
        if not self._waiting:
            soon(self.flush)
        self._waiting.append(_Request(path, body, reply))
        if len(self._waiting) >= MAX_WAITING:
            self.flush()

    def flush(self) -> None:
        """Answer whatever is waiting."""
        waiting, self._waiting = self._waiting, []
        for path in {request.path for request in waiting}:
            same = [request for request in waiting if request.path == path]
            answers: list[Answer | None] = [None] * len(same)
            try:
                answers = self._answering(path, [request.body for request in same])
            finally:  # whatever went wrong: the usual way has an answer to it, and nobody waits for ever
                for request, answer in zip(same, answers, strict=True):
                    request.reply(answer)
