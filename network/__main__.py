"""`python -m network up` starts validators until Ctrl-C; docker-compose.yml runs `… prepare DIR`, people `… permit`."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ledger.formats.errors import FormatError, RollbookError, UnavailableError
from network import files, preparing, trial
from network.plan import Plan, account
from network.processes import Network

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT.parent / ".network" / "data"
UNAVAILABLE = 69


def program() -> Path:
    """The validators' program, built where it is not there yet; UnavailableError ``network.program`` says why not."""
    done = subprocess.run([str(ROOT / "build")], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise UnavailableError("network.program", "the validators' program could not be built: see the line above")
    return Path(done.stdout.decode().strip())


def settings(plan: Plan) -> dict[str, str]:
    """What `rollbook init` and `rollbook serve` need of the environment to work on this network."""
    return {
        "ROLLBOOK_CHAIN_URL": ",".join(one.rpc_url for one in plan.validators),
        "ROLLBOOK_CHAIN_SEALERS": ",".join("0x" + address.hex() for address in plan.addresses),
    }


def up(folder: Path) -> None:
    """Start four validators, say how to use them, and stop them at Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    geth = program()
    begun = time.monotonic()
    with files.locked(folder):
        plan = files.settle(folder, begun=int(time.time()) - 1)
        with Network(folder, plan, geth) as network:
            network.start()
            height = min(network.heights())
            network.until_height(height + 1)
            print(f"four validators seal chain {plan.chain_id}, after {time.monotonic() - begun:.1f} seconds")
            for one in plan.validators:
                print(f"  {one.name}  {one.rpc_url}  0x{one.address.hex()}")
            print(f"their data: {folder}\n\nfor a ledger on this network, in another terminal:\n")
            for name, value in settings(plan).items():
                print(f"export {name}={value}")
            print("export ROLLBOOK_HOME=.network/ledger\n.venv/bin/rollbook init && .venv/bin/rollbook serve\n")
            print("Ctrl-C stops the validators")
            sys.stdout.flush()
            stop.wait()


def try_out(folder: Path) -> None:
    """Build the program, start a network in an empty folder, anchor a first record, stop; say how long each took."""
    if folder.exists() and any(folder.iterdir()):
        raise UnavailableError("network.folder", f"{folder} is not empty")
    begun = time.monotonic()
    geth = program()
    print(f"the validators' program is there: {time.monotonic() - begun:.1f} s")
    begun = time.monotonic()
    with files.locked(folder):
        plan = files.settle(folder, begun=int(time.time()) - 1)
        with Network(folder, plan, geth) as network:
            network.start()
            network.until_height(1)
            print(f"four validators have agreed on a block: {time.monotonic() - begun:.1f} s")
            trial.run(folder, settings(plan), say=lambda text: print(f"  {text}", flush=True))
    print(f"all of it, without building the program: {time.monotonic() - begun:.1f} s; the files are in {folder}")


def permit(folder: Path, addresses: Sequence[str]) -> None:
    """Put accounts on the validators' lists, and say what is left to do."""
    made = preparing.permit(folder, [account(text) for text in addresses])
    print("after its next start a validator takes the transactions of:")
    for one in made.accounts:
        print(f"  0x{one.hex()}")
    print('restart one after the other: docs/operations.md, "Accounts"')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m network", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="start four validators, until Ctrl-C")
    starting.add_argument("--folder", type=Path, default=FOLDER, help="where their keys and chain are kept")
    trying = commands.add_parser("try", help="the same, with a ledger's first anchor, and stop: how long does it take?")
    trying.add_argument("folder", type=Path, help="an empty one")
    getting_ready = commands.add_parser("prepare", help="write what the containers of docker-compose.yml need")
    getting_ready.add_argument("folder", type=Path)
    permitting = commands.add_parser("permit", help="let further accounts send transactions to those containers")
    permitting.add_argument("folder", type=Path, help="the one that was prepared")
    permitting.add_argument("addresses", nargs="+", metavar="address", help="0x and 40 hexadecimal digits")
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "up":
            up(asked.folder.absolute())
        elif asked.command == "try":
            try_out(asked.folder.absolute())
        elif asked.command == "permit":
            permit(asked.folder.absolute(), asked.addresses)
        else:
            made = preparing.prepare(asked.folder.absolute(), now=int(time.time()))
            print(f"network {preparing.fingerprint(made)} is ready in {asked.folder}")
    except RollbookError as error:
        print(f"network: {error.message}", file=sys.stderr)
        return os.EX_DATAERR if isinstance(error, FormatError) else UNAVAILABLE
    except OSError as error:
        print(f"network: {error}", file=sys.stderr)
        return os.EX_IOERR
    return 0


if __name__ == "__main__":
    sys.exit(main())
