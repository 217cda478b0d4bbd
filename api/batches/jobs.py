"""Verifying archives in the background, durably: what was accepted is done, however often the server is killed.

An archive is committed before it is acknowledged. A worker takes the oldest, and in one transaction puts the result in
its place: after a kill the work begins again, and is the same. What is kept for a day tells each member by its number
and SHA-256, and has the checks without anything of learner or record; then it is deleted.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Engine, func, select

from api.batches.tables import BatchRow
from ledger.formats.errors import FormatError, NotFoundError, UnavailableError
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing
from verifier.policy import POLICIES, Policy
from verifier.readers import archive
from verifier.report import Report

KEPT_SECONDS, EXPIRE_SECONDS = 24 * 3600, 60
MAX_WAITING_BYTES = 4 * archive.MAX_BYTES
"""Archives that wait, all together; beyond, whoever comes is asked to come again."""

_BATCHES = table_of(BatchRow)


@dataclass(frozen=True, slots=True)
class Job:
    """``state`` is ``waiting`` or ``done``; ``result`` is there once it is done. Times are seconds since 1970."""

    state: str
    policy: str
    created_at: int
    expires_at: int
    result: dict[str, Any] | None


class Batches:
    """The batches of one deployment. Safe to share between threads; one worker does the work."""

    def __init__(
        self,
        engine: Engine,
        verify: Callable[[bytes, Policy], Report],
        refuse: Callable[[FormatError, Policy], Report],
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._verify = verify
        self._refuse = refuse
        self._now = now
        self._expire_at = 0

    def add(self, data: bytes, policy: Policy) -> str:
        """Keep an archive to be verified; the job's name, once it is on disk.

        Raises FormatError ``document.…`` where the archive as a whole is refused; UnavailableError ``batch.busy``.
        """
        archive.check(data)
        name, at = secrets.token_hex(24), self._seconds()
        row = {"reference": _reference(name), "policy": policy.name, "size": len(data), "upload": data, "result": None}
        with writing(self._engine) as connection:
            waiting = select(func.coalesce(func.sum(_BATCHES.c.size), 0)).where(_BATCHES.c.upload.is_not(None))
            if connection.execute(waiting).scalar_one() + len(data) > MAX_WAITING_BYTES:
                raise UnavailableError("batch.busy", "too many archives are waiting; try again later")
            connection.execute(_BATCHES.insert(), row | {"created_at": at, "expires_at": at + KEPT_SECONDS})
        return name

    def get(self, name: str) -> Job:
        """The job of this name; NotFoundError ``job.unknown`` for none, and once it has expired."""
        columns = (_BATCHES.c.policy, _BATCHES.c.created_at, _BATCHES.c.expires_at, _BATCHES.c.result)
        wanted = select(*columns).where(_BATCHES.c.reference == _reference(name))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or (row.result is not None and row.expires_at <= self._seconds()):
            raise NotFoundError("job.unknown", "there is no such job, or its result was deleted after a day")
        result = None if row.result is None else orjson.loads(row.result)
        return Job("waiting" if result is None else "done", row.policy, row.created_at, row.expires_at, result)

    def run(self, wait: Callable[[float], bool], *, pause: float = 1.0) -> None:
        """Work until ``wait`` says to stop."""
        while not wait(0):
            if not self.step(wait) and wait(pause):
                return

    def step(self, wait: Callable[[float], bool] = lambda _: False) -> bool:
        """Delete what has expired, and do the oldest job that waits; False where there is none, or on being stopped."""
        self._expire()
        oldest = select(_BATCHES.c.id, _BATCHES.c.policy, _BATCHES.c.upload).where(_BATCHES.c.upload.is_not(None))
        with reading(self._engine) as connection:
            row = connection.execute(oldest.order_by(_BATCHES.c.id).limit(1)).one_or_none()
        if row is None:
            return False
        result = self._result(row.upload, POLICIES[row.policy], wait)
        if result is None:
            return False
        done = {"upload": None, "result": orjson.dumps(result), "expires_at": self._seconds() + KEPT_SECONDS}
        with writing(self._engine) as connection:
            connection.execute(_BATCHES.update().where(_BATCHES.c.id == row.id).values(**done))
        return True

    def _result(self, data: bytes, policy: Policy, wait: Callable[[float], bool]) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = []
        verdicts: list[str] = []
        for number, member in enumerate(archive.read(data)):
            if wait(0):
                return None  # the same work begins again with the next start
            held = member.data
            report = self._refuse(held, policy) if isinstance(held, FormatError) else self._verify(held, policy)
            digest = None if isinstance(held, FormatError) else hashlib.sha256(held).hexdigest()
            verdicts.append(report.verdict.value)
            found.append({"number": number, "sha256": digest, "report": _impersonal(report)})
        counts = {verdict: verdicts.count(verdict) for verdict in ("valid", "invalid", "indeterminate")}
        return {"total": len(found), "counts": counts, "reports": found}

    def _expire(self) -> None:
        if self._seconds() < self._expire_at:
            return
        self._expire_at = self._seconds() + EXPIRE_SECONDS
        old = (_BATCHES.c.result.is_not(None)) & (_BATCHES.c.expires_at <= self._seconds())
        with writing(self._engine) as connection:
            connection.execute(_BATCHES.delete().where(old))

    def _seconds(self) -> int:
        return int(self._now().timestamp())


def _impersonal(report: Report) -> dict[str, Any]:
    """The report without the learner, and of the record no more than what sort it is."""
    shown = report.to_dict()
    return shown | {
        "subject": {},
        "record": {name: shown["record"][name] for name in ("type",) if name in shown["record"]},
    }


def _reference(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
