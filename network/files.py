"""The files of a network of processes: one folder with the plan, and in it one for each validator.

::

    network.json                     the plan, with every secret; mode 0600
    genesis.json                     GoQuorum's genesis
    validator-1/key                  its secret, as hexadecimal; mode 0600
    validator-1/static-nodes.json    whom it calls
    validator-1/permissioned-nodes.json    whom it talks to at all; read anew at every call
    validator-1/geth/                its chain
    validator-1/log
"""

import fcntl
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.formats.errors import UnavailableError
from network import genesis, plan
from network.plan import Plan, Validator

PLAN = "network.json"
GENESIS = "genesis.json"
STATIC = "static-nodes.json"
PERMISSIONED = "permissioned-nodes.json"
FIRST_RPC_PORT = 22001
FIRST_P2P_PORT = 30401
LOOPBACK = "127.0.0.1"


def settle(folder: Path, *, begun: int, period: int = plan.PERIOD_SECONDS, validators: int = plan.VALIDATORS) -> Plan:
    """The plan in ``folder``: made with its files where there is none; with other ports where some are taken now.

    The keys, the chain's number and the first block stay as they were.
    """
    there = folder / PLAN
    if there.exists():
        kept = plan.from_json(there.read_bytes())
        made = plan.moved(
            kept, _places(len(kept.validators), [(one.rpc_port, one.p2p_port) for one in kept.validators])
        )
    else:
        usual = [(FIRST_RPC_PORT + number, FIRST_P2P_PORT + number) for number in range(validators)]
        made = plan.make(_places(validators, usual), begun=begun, period=period)
    write(folder, made)
    return made


def write(folder: Path, made: Plan) -> None:
    """Write the plan's files; the plan itself last, so that a folder that has one is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / GENESIS, json.dumps(genesis.goquorum(made), indent=1))
    for validator in made.validators:
        own = folder / validator.name
        own.mkdir(exist_ok=True)
        put(own / "key", validator.secret.hex(), mode=0o600)
        put(own / STATIC, json.dumps([enode for enode in made.enodes if enode != validator.enode], indent=1))
        permit(folder, validator, made.validators)
    put(folder / PLAN, made.to_json().decode(), mode=0o600)


def permit(folder: Path, validator: Validator, peers: Sequence[Validator]) -> None:
    """Let a validator talk to ``peers`` and nobody else, from its next call on."""
    put(folder / validator.name / PERMISSIONED, json.dumps([peer.enode for peer in peers], indent=1))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other process away from the folder; UnavailableError ``network.locked``."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UnavailableError("network.locked", f"the validators of {folder} run already") from None
        yield


def put(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(path.name + ".new")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    partial.replace(path)


def _places(count: int, usual: Sequence[tuple[int, int]]) -> list[tuple[str, int, int]]:
    """A host and two free ports for each validator: the usual ones, where nobody has them."""
    with ExitStack() as stack:
        ports = [port for pair in usual for port in pair]
        found = iter([_bound(stack, port) for port in ports])
        return [(LOOPBACK, p2p, rpc) for rpc, p2p in _pairs(found, count)]


def _pairs(ports: Iterator[int], count: int) -> Iterator[tuple[int, int]]:
    for _ in range(count):
        yield next(ports), next(ports)


def _bound(stack: ExitStack, port: int) -> int:
    """``port``, or a free one where that is taken; held until the stack is closed, so that none is found twice."""
    for wanted in (port, 0):
        probe = stack.enter_context(socket.socket())
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError:
            continue
        return int(probe.getsockname()[1])
    raise OSError("no port is free")
