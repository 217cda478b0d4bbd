"""Several processes over PostgreSQL while whoever leads is killed, paused or stopped under load."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.cluster import leader_of
from tests.faults.scenes import LEASE, scene
from tests.support.commands import COMMAND, environment
from tests.support.postgres import Server as Postgres
from tests.support.servers import Server, free_port
from tests.support.together import credential, deployed, until

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


def test_leaders_killed_twenty_times_lose_and_double_nothing(tmp_path: Path) -> None:
    delays = random.Random(2)
    killed = set()
    with scene(tmp_path, 2) as (_, found, load):
        for _ in range(20):
            leader = leader_of(found)
            time.sleep(delays.uniform(0.0, 0.4))
            leader.kill()
            killed.add(leader.url)
            leader.start()
            load.wait_for(3)
    assert len(killed) > 1  # another took over, and was killed in turn


def test_a_leader_that_sleeps_past_its_lease_wakes_up_as_one_of_the_others(tmp_path: Path) -> None:
    delays = random.Random(3)
    with scene(tmp_path, 3) as (_, found, load):
        for _ in range(8):
            paused = leader_of(found)
            epoch = paused.state()["leader"]["epoch"]
            time.sleep(delays.uniform(0.0, 0.3))
            paused.signal(signal.SIGSTOP)
            rest = [one for one in found if one is not paused]
            until(lambda rest=rest: any(one.leads for one in rest))
            load.wait_for(3)
            paused.signal(signal.SIGCONT)
            until(lambda paused=paused: paused.state().get("leader", {}).get("here") is False)
            assert leader_of(found).state()["leader"]["epoch"] > epoch
    assert load.refusals["log.fenced"] + load.refusals["log.unavailable"] + load.refusals["log.standby"] > 0


def test_leaders_that_stop_in_order_hand_over_before_their_lease_ends(tmp_path: Path) -> None:
    lease = 10.0
    with scene(tmp_path, 4, number=2, lease=lease) as (_, found, load):
        for _ in range(3):
            leader = leader_of(found)
            assert leader.stop() == 0
            started = time.monotonic()
            leader_of([one for one in found if one is not leader])
            assert time.monotonic() - started < lease / 2
            leader.start()
            load.wait_for(5)


def test_workers_on_one_port_are_one_ledger(postgres_server: Postgres, tmp_path: Path) -> None:
    with postgres_server.connect() as connection:
        connection.execute("CREATE DATABASE workers")
    port = free_port()
    with deployed(tmp_path, postgres_server.url("workers"), lease=LEASE) as together:
        env = environment(together.environment(ROLLBOOK_PORT=str(port)))
        log = tmp_path / "serve.log"
        with log.open("wb") as output:
            process = subprocess.Popen([*COMMAND, "serve", "--workers", "2"], env=env, cwd=tmp_path, stderr=output)
        server = Server(port, process, log)
        try:
            server.wait()
            with httpx.Client(base_url=server.url, headers=together.bearer, timeout=10) as client:
                until(lambda: client.get("/readyz").status_code == 200)
                issued = [_issue(server.url, together.bearer, str(n)) for n in range(20)]
                assert len(set(issued)) == 20
                children = _children(process.pid)
                assert len(children) == 2
                os.kill(children[0], signal.SIGKILL)
                until(lambda: len(_children(process.pid)) == 2 and children[0] not in _children(process.pid))
                assert _issue(server.url, together.bearer, "after") not in issued
            assert server.stop() == 0
            assert not any(Path(f"/proc/{pid}").exists() for pid in children)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _issue(url: str, bearer: dict[str, str], number: str) -> int:
    """The entry's index; asked again, over a new connection each time, until somebody leads."""
    found: list[int] = []

    def asked() -> bool:
        try:
            answer = httpx.post(f"{url}/credentials/issue", json=credential(number), headers=bearer, timeout=5)
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 201, 503), answer.text
        if answer.status_code != 503:
            found.append(answer.json()["index"])
        return bool(found)

    until(asked)
    return found[0]


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
