"""Four validators as plain processes on the loopback: started, stopped, killed, parted and joined.

Nothing but what this module starts is ever stopped; the folder keeps the chain for the next start.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from ledger.formats.errors import UnavailableError
from network import files, rpc
from network.genesis import GAS_LIMIT
from network.plan import Plan, Validator

START_SECONDS = 60.0
STOP_SECONDS = 20.0
_POLL = 0.1
_QUIET = (
    *("--nodiscover", "--ipcdisable", "--nousb", "--netrestrict", "127.0.0.0/8", "--verbosity", "3"),
    *("--syncmode", "full", "--gcmode", "archive", "--snapshot=false", "--cache", "16", "--maxpeers", "16"),
)
"""Every state is kept on disk (archive): a validator that is killed goes on from its newest block."""
_MINING = (
    *("--mine", "--miner.threads", "1", "--miner.gasprice", "0", "--txpool.pricelimit", "0", "--permissioned"),
    *("--miner.gastarget", str(GAS_LIMIT), "--miner.gaslimit", str(GAS_LIMIT)),
)
_APIS = "eth,net,web3,admin,istanbul,txpool"


class Network:
    """The validators of a plan, run by the program ``geth``. Leaving its ``with`` block stops all of them."""

    def __init__(self, folder: Path, plan: Plan, geth: Path) -> None:
        self.folder = folder
        self.plan = plan
        self._geth = geth
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Network":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(*self.plan.validators)

    def start(self, *validators: Validator) -> None:
        """Start those, or all; they need not have found each other when this returns, but they answer.

        UnavailableError ``network.start`` with the end of its log where one does not.
        """
        chosen = validators or self.plan.validators
        for one in chosen:
            if one.name not in self._running:
                self._running[one.name] = self._spawn(one)
        for one in chosen:
            self.until(lambda one=one: self._answers(one), START_SECONDS, f"{one.name} to answer")  # type: ignore[misc]

    def stop(self, *validators: Validator, kill: bool = False) -> None:
        """Stop those, politely or with SIGKILL; nothing where they do not run."""
        leaving = [self._running.pop(one.name) for one in validators if one.name in self._running]
        for process in leaving:
            process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        for process in leaving:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def part(self, *halves: Sequence[Validator]) -> None:
        """Cut every connection between the halves, and let none come about again."""
        for half in halves:
            for one in half:
                files.permit(self.folder, one, half)
        self._each_pair_across(halves, "admin_removePeer")

    def join(self) -> None:
        """Let everybody talk to everybody again."""
        for one in self.plan.validators:
            files.permit(self.folder, one, self.plan.validators)
        self._each_pair_across([[one] for one in self.plan.validators], "admin_addPeer")

    def running(self) -> list[Validator]:
        """Those that were started and not stopped."""
        return [one for one in self.plan.validators if one.name in self._running]

    def heights(self) -> list[int]:
        """The newest block's number at each running validator."""
        return [rpc.height(one.rpc_url) for one in self.running()]

    def until_height(self, number: int, seconds: float = START_SECONDS) -> None:
        """Wait until every running validator has this block."""
        self.until(lambda: min(self.heights()) >= number, seconds, f"block {number}")

    @staticmethod
    def until(reached: Callable[[], bool], seconds: float, what: str) -> None:
        """Ask again and again; UnavailableError ``network.late`` where it is not so in time."""
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                raise UnavailableError("network.late", f"waited {seconds:.0f} seconds in vain for {what}")
            time.sleep(_POLL)

    def log_tail(self, validator: Validator, size: int = 2000) -> str:
        """The end of what a validator wrote."""
        return (self.folder / validator.name / "log").read_text(errors="replace")[-size:]

    def _spawn(self, one: Validator) -> "subprocess.Popen[bytes]":
        own = self.folder / one.name
        if not (own / "geth" / "chaindata").exists():
            begin = [str(self._geth), "--datadir", str(own), "--nousb", "init", str(self.folder / files.GENESIS)]
            done = subprocess.run(begin, capture_output=True, check=False, env=_environment())
            if done.returncode != 0:
                raise UnavailableError("network.start", done.stderr.decode(errors="replace")[-500:])
        command = [str(self._geth), "--datadir", str(own), "--nodekey", str(own / "key"), *_QUIET, *_MINING]
        command += ["--networkid", str(self.plan.chain_id), "--nat", "none", "--port", str(one.p2p_port)]
        command += ["--http", "--http.addr", one.host, "--http.port", str(one.rpc_port), "--http.api", _APIS]
        with (own / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                preexec_fn=_stop_with_parent if sys.platform == "linux" else None,
            )

    def _answers(self, one: Validator) -> bool:
        if self._running[one.name].poll() is not None:
            raise UnavailableError("network.start", f"{one.name} ended: {self.log_tail(one)}")
        try:
            rpc.height(one.rpc_url)
        except UnavailableError:
            return False
        return True

    def _each_pair_across(self, halves: Sequence[Sequence[Validator]], method: str) -> None:
        running = self.running()
        for half in halves:
            for one in half:
                strangers = [other for other in self.plan.validators if other not in half]
                for other in strangers if one in running else ():
                    rpc.ask(one.rpc_url, method, other.enode)


def _stop_with_parent() -> None:
    """Linux: a validator never outlives whoever started it, even where that was killed (prctl, PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _environment() -> dict[str, str]:
    # One processor each: four of them share the machine with whoever uses it.
    return {**os.environ, "GOMAXPROCS": "1", "PRIVATE_CONFIG": "ignore"}
