"""`rollbook witness`: follow somebody else's log, and cosign what goes on from what was seen. Base dependencies."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output
from api.cli.helping import Command
from api.home import data_folder

if TYPE_CHECKING:
    from api.watching.setup import Setup
    from ledger.formats.note import NoteKey

witness = typer.Typer(
    help="Follow a log, and cosign its checkpoints.", rich_markup_mode=None, invoke_without_command=True
)
Folder = Annotated[Path | None, typer.Option(help="the witness's folder; `witness` in the data folder without")]


@witness.callback()
def run(
    context: typer.Context,
    folder: Folder = None,
    once: Annotated[bool, typer.Option("--once", help="one round, for cron; without, until Ctrl-C")] = False,
    interval: Annotated[float, typer.Option(min=0.1, help="seconds between rounds")] = 10.0,
    output_file: Annotated[
        Path | None, typer.Option("--output", help="where the newest cosigned checkpoint is written")
    ] = None,
) -> int | None:
    """Follow a log by its tiles, and cosign each checkpoint that goes on from what was seen before.

    Exit codes: 0 done, 3 done and something was odd, 4 the log has broken a promise (two histories, a status list that
    went back): the evidence is in the folder, and this witness signs no more; 69 it cannot be reached now.
    """
    if context.invoked_subcommand is not None:
        context.obj = folder
        return None
    from api.watching import running, setup
    from api.watching.errors import Broken

    found = setup.load(_folder(folder))
    with_notes = _Run(found, output_file or found.folder / setup.OUTPUT)
    try:
        if once:
            return with_notes.round()
        running.rounds(lambda: void(with_notes.round()), every=interval, wait=running.until_told(), say=_say)
    except Broken as error:
        output.note(f"rollbook: ALARM {error.code}: {error.message}")
        output.note(f"rollbook: this witness signs no more; the evidence is in {found.folder}")
        return exits.BROKEN
    finally:
        with_notes.close()
    return exits.OK


def void(_: object) -> None:
    """Let a result go."""


def _say(text: str) -> None:
    output.note(f"rollbook: {text}")


class _Run:
    """An open witness, and its rounds as people read them."""

    def __init__(self, found: "Setup", file: Path) -> None:
        import time

        from api.watching import setup
        from api.watching.source import HttpSource
        from api.watching.state import State
        from api.watching.witness import SCHEMA, Witness

        self._file = file
        self._source = HttpSource(found.base)
        self._state = State(found.folder / setup.STATE, SCHEMA)
        self._witness = Witness(
            self._source,
            found.log_key,
            self._state,
            name=found.name,
            pair=found.pair,
            now=time.time,
            evidence=found.folder,
        )

    def round(self) -> int:
        """One round; the exit code of a single one."""
        from api.home import write_whole

        done = self._witness.round()
        note = self._witness.newest_note()
        if note is not None and (done.cosigned or not self._file.exists()):
            write_whole(self._file, note.encode())
        for line in done.odd:
            _say(line)
        if done.cosigned or done.taken:
            output.line(f"{done.size} entries; cosigned {done.cosigned}, handed in {done.taken}")
            output.flush()
        return exits.ALARM if done.odd else exits.OK

    def close(self) -> None:
        """Give state and connection back."""
        self._source.close()
        self._state.close()


@witness.command("init", cls=Command)
def init(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="the witness's name, like witness.example.org/w1; for good")],
    folder: Folder = None,
    trust_root: Annotated[Path | None, typer.Option(help="the trust root that names the log; the pinned one")] = None,
    log: Annotated[str | None, typer.Option(metavar="VKEY", help="the log's key, in place of a trust root")] = None,
    url: Annotated[str | None, typer.Option(help="where it is asked; as its name says without")] = None,
) -> int:
    """Make a key, and print what the log's operator puts into ROLLBOOK_WITNESSES."""
    from api.watching import setup

    log_key = setup.parse_log(log) if log else _pinned(trust_root)
    base = (url or setup.default_base(log_key)).rstrip("/")
    made = setup.make(_folder(folder or context.obj), name, log_key, base, secrets.token_bytes(32))
    output.table([("witness", str(made.key)), ("log", str(log_key)), ("at", base), ("folder", str(made.folder))])
    return exits.OK


@witness.command("show", cls=Command)
def show(context: typer.Context, folder: Folder = None) -> int:
    """Print the witness's public key."""
    from api.watching import setup

    output.line(str(setup.load(_folder(folder or context.obj)).key))
    return exits.OK


@witness.command("judge", cls=Command)
def judge(
    file: Annotated[Path, typer.Argument(help="an evidence-*.json that a witness or a monitor left")],
    trust_root: Annotated[Path | None, typer.Option(help="the trust root that names the log; the pinned one")] = None,
    log: Annotated[str | None, typer.Option(metavar="VKEY", help="the log's key, in place of a trust root")] = None,
) -> int:
    """Say whether evidence proves two histories, by the log's own signatures alone: 4 it does, 65 it does not."""
    from api.watching import judging, setup

    log_key = setup.parse_log(log) if log else _pinned(trust_root)
    output.line(f"proven: {judging.judge(file.read_bytes(), log_key)}")
    return exits.BROKEN


def _folder(given: Path | None) -> Path:
    return given or data_folder() / "witness"


def _pinned(file: Path | None) -> "NoteKey":
    from api.pins import Pins, read_file
    from api.watching import setup
    from ledger.formats.errors import ConfigError

    roots = [read_file(file)] if file else Pins(data_folder()).all()
    if not roots:
        raise ConfigError("trust.none", "no trust root: pin one with `rollbook trust add FILE`, or name the log's key")
    return setup.log_of(roots[0])
