"""Clients of several processes: they issue until told to stop, ask again after failures, and write down answers."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

import httpx
import sqlalchemy as sa
from sqlalchemy import Engine

from ledger.formats import merkle
from ledger.formats.checkpoint import parse_body
from ledger.formats.note import parse
from ledger.log.transactions import reading
from tests.support.together import Together, credential

THREADS = 6
PATIENCE = 60.0
PASSING = {502, 503, 504}


class _Wrong(Exception):
    """An answer that no passing trouble explains."""


class Answering(Protocol):
    """A process of the deployment."""

    @property
    def url(self) -> str: ...


class Load:
    """Threads that issue records at random processes; use it as a context manager, which lets all of them finish."""

    def __init__(self, members: Sequence[Answering], together: Together, seed: int) -> None:
        self._members, self._bearer, self._seed = members, together.bearer, seed
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(THREADS)]
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.revoked: set[str] = set()
        self.checkpoints: dict[int, bytes] = {}
        self.refusals: Counter[str] = Counter()
        self.wrong: list[str] = []

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                self.wrong.append("a client does not get done")

    def wait_for(self, more: int) -> None:
        """Until so many further records were acknowledged."""
        goal, deadline = len(self.acknowledged) + more, time.monotonic() + PATIENCE
        while len(self.acknowledged) < goal:
            assert not self.wrong and time.monotonic() < deadline, (self.refusals, self.wrong)
            time.sleep(0.01)

    def _run(self, number: int) -> None:
        try:
            self._ask_all(number)
        except _Wrong as wrong:
            self.wrong.append(str(wrong))

    def _ask_all(self, number: int) -> None:
        dice = random.Random(f"{self._seed} {number}")
        with httpx.Client(headers=self._bearer, timeout=4) as client:
            done = 0
            while not self._stop.is_set() and not self.wrong:
                learner = f"{number}-{done}"
                answer = self._ask(client, dice, "/credentials/issue", credential(learner), (200, 201))
                record, index = answer["record"], answer["index"]
                with self._lock:
                    self.acknowledged[learner] = record, index
                if dice.random() < 0.1:
                    self._ask(client, dice, f"/v1/records/{record}/revoke", {"reason": "误发"}, (200,))
                    self.revoked.add(record)
                if dice.random() < 0.3:
                    self._see_checkpoint(client, dice)
                done += 1

    def _ask(self, client: httpx.Client, dice: random.Random, path: str, body: Any, good: tuple[int, ...]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = client.post(dice.choice(self._members).url + path, json=body)
            except httpx.TransportError as error:
                self.refusals[type(error).__name__] += 1
            else:
                if answer.status_code in good:
                    return answer.json()
                code = answer.json()["code"]
                self.refusals[code] += 1
                if answer.status_code not in PASSING:
                    raise _Wrong(f"{path}: {answer.status_code} {answer.text}")
            time.sleep(dice.uniform(0.01, 0.05))
        raise _Wrong(f"{path} is never answered: {self.refusals}")

    def _see_checkpoint(self, client: httpx.Client, dice: random.Random) -> None:
        try:
            answer = client.get(dice.choice(self._members).url + "/log/checkpoint")
        except httpx.TransportError:
            return
        if answer.status_code == 200:
            seen = parse_body(parse(answer.text).text)
            if self.checkpoints.setdefault(seen.size, seen.root) != seen.root:
                self.wrong.append(f"two checkpoints of size {seen.size}")


def compare(engine: Engine, load: Load, anchored: Sequence[Any]) -> None:
    """Nothing acknowledged is lost, moved or doubled, and there is one history: in the rows, outside, on the chain."""
    assert load.wrong == []
    with reading(engine) as connection:
        entries = connection.execute(sa.text("SELECT idx, entry FROM log_entries ORDER BY idx")).all()
        records = connection.execute(sa.text("SELECT learner, record_id, idx FROM issuers_records")).all()
        marks = connection.scalar(sa.text("SELECT count(*) FROM issuers_status_marks"))
        places = connection.execute(sa.text("SELECT group_id, position FROM issuers_records")).all()
        published = connection.execute(sa.text("SELECT size, root FROM log_checkpoints")).all()
    assert [row.idx for row in entries] == list(range(len(entries)))
    stored = {row.learner: (row.record_id, row.idx) for row in records}
    assert len(stored) == len(records) == len({row.idx for row in records}) == len(set(places))
    assert stored.keys() == load.acknowledged.keys()  # what was asked was asked until it was answered
    for learner, acknowledged in load.acknowledged.items():
        assert stored[learner] == acknowledged
    assert marks == len(load.revoked)
    tree = merkle.Tree()
    tree.extend_entries([bytes(row.entry) for row in entries])
    roots = {row.size: bytes(row.root) for row in published}
    assert all(tree.root(size) == root for size, root in roots.items())
    assert all(roots.get(size) == root for size, root in load.checkpoints.items())
    assert len({one.size for one in anchored}) == len(anchored)
    assert all(roots[one.size] == one.root for one in anchored)
