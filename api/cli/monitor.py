"""`rollbook monitor`: what is done in a school's name, and how a log does. Base dependencies, but to ask a chain."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output
from api.cli.helping import Command
from api.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.watching.monitor import ChainSide, Monitor, Sight
    from api.watching.state import State
    from ledger.formats.note import NoteKey
    from ledger.formats.trustroot import TrustRoot

monitor = typer.Typer(
    help="Watch a log: entries in a school's name, lag, forks.", rich_markup_mode=None, invoke_without_command=True
)


@monitor.callback()
def run(
    context: typer.Context,
    school: Annotated[list[str] | None, typer.Option(help="a school's code or DID; as often as you like")] = None,
    known: Annotated[
        list[Path] | None, typer.Option(help="lists (`rollbook monitor list`) and bundles of its own; files or folders")
    ] = None,
    compare: Annotated[
        list[str] | None, typer.Option(metavar="NOTE", help="a checkpoint seen elsewhere, a witness's: file or address")
    ] = None,
    chain_url: Annotated[
        str | None, typer.Option(help="a node of the chain, to hold against the log (needs the server parts)")
    ] = None,
    trust_root: Annotated[Path | None, typer.Option(help="the trust root that names the log; the pinned one")] = None,
    log: Annotated[str | None, typer.Option(metavar="VKEY", help="the log's key, in place of a trust root")] = None,
    url: Annotated[str | None, typer.Option(help="where it is asked; as its name says without")] = None,
    folder: Annotated[Path | None, typer.Option(help="its memory; `monitor` in the data folder without")] = None,
    lag: Annotated[int, typer.Option(min=1, help="seconds that a checkpoint may wait for its anchor")] = 600,
    backlog: Annotated[int, typer.Option(min=1, help="checkpoints that may wait")] = 500,
    burst_least: Annotated[int, typer.Option(min=1, help="records of a school in a day that are never a burst")] = 200,
    burst_factor: Annotated[float, typer.Option(min=1.0, help="times its median day that are one")] = 10.0,
    metrics: Annotated[Path | None, typer.Option(help="a Prometheus textfile to write after each round")] = None,
    once: Annotated[bool, typer.Option("--once", help="one round, for cron; without, until Ctrl-C")] = False,
    interval: Annotated[float, typer.Option(min=0.1, help="seconds between rounds")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="what each round saw, as JSON on a line")] = False,
) -> int | None:
    """Follow a log, and raise an alarm for what a school or an authority must see.

    Exit codes: 0 nothing, 3 an alarm, 4 the log has broken a promise (the evidence is in the folder), 69 it cannot be
    reached now.
    """
    if context.invoked_subcommand is not None:
        return None
    from api.watching import running
    from api.watching.bursts import Rule
    from api.watching.monitor import Limits

    asked = _Asked(folder or data_folder() / "monitor", _root(trust_root) if log is None else None, log, url)
    limits = Limits(lag, backlog, Rule(burst_least, burst_factor))
    rounds = _Rounds(asked, school or [], known or [], compare or [], chain_url, limits, metrics, as_json)
    try:
        if once:
            return rounds.round()
        running.rounds(lambda: _forget(rounds.round()), every=interval, wait=running.until_told(), say=_say)
    finally:
        rounds.close()
    return exits.OK if not rounds.broken else exits.BROKEN


@monitor.command("list", cls=Command)
def list_(
    school: Annotated[str, typer.Option(help="the school's code")],
    file: Annotated[Path | None, typer.Option("--output", "-o", help="a CSV file; standard output without")] = None,
) -> int:
    """List what this ledger's own books have in a school's name, to be looked through and given to --known.

    The list is as good as these books: compare it with the school's own papers before it is relied on.
    """
    import csv
    import io
    from contextlib import ExitStack

    from api import books
    from api.cli.ledger import written
    from api.clock import now
    from api.folder import made_by_init, open_store
    from api.settings import load
    from issuers.schools import Schools

    told = io.StringIO()
    rows = csv.writer(told, lineterminator="\n")
    rows.writerow(books.HEAD)
    with ExitStack() as stack:
        settings = load()
        _, fixed = made_by_init(settings)
        engine, keystore = open_store(settings, stack)
        member = Schools(engine, keystore, fixed.host, now).by_code(school)
        rows.writerows(books.entries(engine, member.did))
    if file is None:
        output.raw(told.getvalue().encode())
    else:
        written(file, told.getvalue().encode())
    return exits.OK


class _Asked:
    """Which log: by a trust root or a vkey, and where it is asked."""

    def __init__(self, folder: Path, root: "TrustRoot | None", log: str | None, url: str | None) -> None:
        from api.watching import setup

        self.folder, self.root = folder, root
        self.key: NoteKey = setup.log_of(root) if root else setup.parse_log(log or "")
        self.base = (url or setup.default_base(self.key)).rstrip("/")

    def did(self, school: str) -> str:
        """A school's DID, from its code under the log's own host."""
        from ledger.formats.did import build_did_web

        host = self.key.name.removesuffix("/log")
        return school if school.startswith("did:") else build_did_web(host, "schools", school)


class _Rounds:
    """An open monitor, and its rounds as people and Prometheus read them."""

    def __init__(
        self,
        asked: _Asked,
        schools: list[str],
        known: list[Path],
        compare: list[str],
        chain_url: str | None,
        limits: object,
        metrics: Path | None,
        as_json: bool,
    ) -> None:
        from api.watching import monitor as watching
        from api.watching.source import HttpSource
        from api.watching.state import State
        from api.watching.telling import Teller

        self.broken = False
        self._asked, self._known = asked, known
        self._metrics, self._as_json = metrics, as_json
        self._sight: Sight | None = None
        self._teller = Teller(_say)
        self._source = HttpSource(asked.base)
        self._state = State(asked.folder / "state.sqlite", watching.SCHEMA)
        assert isinstance(limits, watching.Limits)
        self._monitor: Monitor = watching.Monitor(
            self._source,
            asked.key,
            self._state,
            now=_clock(),
            issuers=[asked.did(one) for one in schools],
            known=self._own if known else None,
            elsewhere=[partial(_note, one) for one in compare],
            limits=limits,
            chain=_chain(chain_url, asked, self._state),
        )

    def round(self) -> int:
        """One round; its exit code."""
        from api.watching.errors import Broken, write_down
        from ledger.formats.errors import UnavailableError

        try:
            self._sight = self._monitor.round()
        except Broken as error:
            self.broken = True
            file = write_down(error, self._asked.folder, log=str(self._asked.key))
            _say(f"ALARM {error.code}: {error.message}; the evidence is in {file}")
            if self._as_json:
                output.json_line({"broken": {"code": error.code, "message": error.message, **error.evidence}})
            self._write(reached=True)
            return exits.BROKEN
        except UnavailableError:
            self._write(reached=False)
            raise
        self._teller.tell(self._sight)
        self._print(self._sight)
        self._write(reached=True)
        return exits.ALARM if self._sight.alarms else exits.OK

    def close(self) -> None:
        """Give state and connection back."""
        self._source.close()
        self._state.close()

    def _own(self) -> frozenset[str]:
        from api.watching import known

        return known.load(self._known)

    def _print(self, sight: "Sight") -> None:
        if self._as_json:
            output.json_line(sight.to_dict())
        else:
            waiting = f", {sight.unanchored} checkpoints waiting for {sight.lag} s" if sight.unanchored else ""
            output.line(f"{sight.size} entries, {sight.anchored} anchored{waiting}; alarms: {len(sight.alarms)}")
            for did, found in sight.issuers.items():
                unknown = "" if found["unknown"] is None else f", {found['unknown']} unknown"
                output.line(f"  {did}: {found['records']} records{unknown}")
        output.flush()

    def _write(self, *, reached: bool) -> None:
        if self._metrics is None:
            return
        from api import exposition
        from api.home import write_whole
        from api.watching import telling

        found = telling.metrics(self._sight, reached=reached, broken=self.broken, time=_clock()())
        write_whole(self._metrics, exposition.text(found).encode())


def _clock() -> "Callable[[], float]":
    import time

    return time.time


def _chain(url: str | None, asked: _Asked, state: "State") -> "ChainSide | None":
    if url is None:
        return None
    from ledger.formats.errors import ConfigError

    if asked.root is None:
        raise ConfigError("watch.chain", "--chain-url needs a trust root: it names the contract")
    from api.watching import chainside

    return chainside.ask(url, asked.root, asked.key, state)


def _note(where: str) -> bytes:
    """A note in a file, or at an http or https address; NotFoundError, UnavailableError ``watch.…``."""
    from urllib.parse import urlsplit

    from ledger.formats.errors import NotFoundError

    if not where.startswith(("http://", "https://")):
        try:
            return Path(where).read_bytes()
        except OSError as error:
            raise NotFoundError("watch.missing", f"{where}: {error.strerror}") from None
    from api.watching.following import MAX_NOTE
    from api.watching.source import HttpSource

    parts = urlsplit(where)
    source = HttpSource(f"{parts.scheme}://{parts.netloc}")
    try:
        return source.get(parts.path.lstrip("/"), MAX_NOTE)
    finally:
        source.close()


def _root(file: Path | None) -> "TrustRoot":
    from api.pins import Pins, read_file
    from ledger.formats.errors import ConfigError

    roots = [read_file(file)] if file else Pins(data_folder()).all()
    if not roots:
        raise ConfigError("trust.none", "no trust root: pin one with `rollbook trust add FILE`, or name the log's key")
    return roots[0]


def _forget(_: object) -> None:
    """Let a result go."""


def _say(text: str) -> None:
    output.note(f"rollbook: {text}")
