"""The command `rollbook`: its frame, and how it ends.

Everything heavy is imported inside the commands, so that `--help` answers at once and `verify` and `trust` work with
the base dependencies alone.
"""

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from api.cli import (
    authorities,
    backups,
    demo,
    doctor,
    drill,
    exits,
    extract,
    keys,
    ledger,
    monitor,
    offers,
    output,
    presenting,
    records,
    schools,
    templates,
    trust,
    trusting,
    verify,
    witness,
)
from api.cli.helping import Command
from ledger.formats.errors import RollbookError

# Typer keeps a copy of click inside itself since 0.25; in every version this is the class of wrong usage.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

cli = typer.Typer(
    name="rollbook",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        output.line(f"rollbook {doctor.version()}")
        raise typer.Exit


@cli.callback()
def _options(
    _asked: Annotated[
        bool, typer.Option("--version", help="print the version and exit", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Schools sign records; a log and a chain commit to them; anyone checks a record from one file."""


cli.command("init", cls=Command)(ledger.init)
cli.add_typer(authorities.authority, name="authority")
cli.add_typer(schools.school, name="school")
cli.add_typer(keys.key, name="key")
cli.add_typer(schools.kind, name="kind")
schools.kind.command("template", cls=Command)(templates.template)
cli.command("import", cls=Command)(records.import_)
cli.command("issue", cls=Command)(records.issue)
cli.command("export", cls=Command)(records.export)
cli.command("extract", cls=Command)(extract.extract)
cli.command("offer", cls=Command)(offers.offer)
cli.command("revoke", cls=Command)(records.revoke)
cli.command("suspend", cls=Command)(records.suspend)
cli.command("lift", cls=Command)(records.lift)
cli.command("supersede", cls=Command)(records.supersede)
cli.command("present", cls=Command)(presenting.present)
cli.command("verify", cls=Command)(verify.verify)
cli.add_typer(trust.trust, name="trust")
cli.command("redeploy", cls=Command)(trusting.redeploy)
cli.add_typer(witness.witness, name="witness")
cli.add_typer(monitor.monitor, name="monitor")
cli.command("serve", cls=Command)(ledger.serve)
cli.command("demo", cls=Command)(demo.demo)
cli.command("drill", cls=Command)(drill.drill)
cli.command("backup", cls=Command)(backups.backup)
cli.command("restore", cls=Command)(backups.restore)
cli.command("catch-up", cls=Command)(backups.catch_up)
cli.command("doctor", cls=Command)(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see `exits`); never raises.

    A verdict is one only where its report was delivered: 70 where the reader has gone, the disk is full or stdout is
    closed.
    """
    output.prepare()
    try:
        code = _run(arguments)
        if output.lost():
            return _say("standard output is closed: what was printed is lost", exits.INTERNAL)
    except BrokenPipeError:
        output.drop(sys.stdout, sys.stderr)
        return exits.INTERNAL
    except OSError as error:
        output.drop(sys.stdout)
        return _say(f"internal error: {error.strerror or type(error).__name__}", exits.INTERNAL)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = typer.main.get_command(cli)(args=arguments, prog_name="rollbook", standalone_mode=False)
    except UsageError as error:
        return _wrong_usage(error)
    except (typer.Abort, KeyboardInterrupt):
        return _say("interrupted", exits.INTERRUPTED)
    except RollbookError as error:
        return _say(f"{error.code}: {error.message}", exits.of(error))
    except ModuleNotFoundError as error:
        return _missing(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        return _say(f"{error.filename}: {error.strerror}", exits.NO_INPUT)
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # click turns it into an exit code of 1, which is a verdict
            raise error.__context__ from None
        return _say(f"internal error: the command ended itself with {error.code}", exits.INTERNAL)
    except Exception as error:  # the outermost frame: one line instead of a trace, unless it is asked for
        if os.environ.get("ROLLBOOK_TRACE"):
            raise
        return _say(f"internal error: {type(error).__name__}: {error} (ROLLBOOK_TRACE=1 shows where)", exits.INTERNAL)
    return result if isinstance(result, int) else exits.OK


def _wrong_usage(error: Any) -> int:
    told = io.StringIO()
    error.show(told)
    return _say(told.getvalue().rstrip("\n"), exits.USAGE, prefix="")


def _missing(error: ModuleNotFoundError) -> int:
    ours = {"api", "contracts", "issuers", "ledger", "verifier"}
    if (error.name or "").partition(".")[0] in ours:
        return _say(f"internal error: {error}", exits.INTERNAL)
    what = f"this command needs the server parts, and {error.name} is not installed"
    return _say(f"{what}: in a checkout: pip install '.[server]'", exits.UNAVAILABLE)


def _say(text: str, code: int, prefix: str = "rollbook: ") -> int:
    output.note(prefix + text)
    return code


def app() -> None:
    """The console script."""
    sys.exit(main())
