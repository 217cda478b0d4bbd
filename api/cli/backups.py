"""`rollbook backup`, `restore` and `catch-up`."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli import exits, output


def backup(
    target: Annotated[Path, typer.Argument(help="a new folder, or a new file whose name ends in .tar")],
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="put the secret beside what it protects; better kept elsewhere")
    ] = False,
) -> int:
    """Copy the whole ledger, also while it is being served: embedded chain, database, deployment.json, trust root.

    Without --with-secret the secret is left out: keep it somewhere else.
    """
    from api.backups.making import backup as make
    from api.settings import load

    made = make(load(), target, with_secret=with_secret)
    output.line(f"{made.path}: {made.manifest.size:,} entries, root {made.manifest.root}")
    output.line(f"manifest sha256:{made.digest}")
    return exits.OK


def restore(
    source: Annotated[Path, typer.Argument(help="a backup: a folder, or a file that ends in .tar")],
    checkpoint: Annotated[
        str | None, typer.Option(help="file or address of the newest checkpoint that somebody else has kept")
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="nobody has kept a checkpoint: what is lost shows nowhere")
    ] = False,
    missing: Annotated[
        bool, typer.Option("--missing", help="keep what is there, and put back only what is missing")
    ] = False,
) -> int:
    """Put a backup back into an empty data folder and an empty database.

    The log then issues nothing until it holds the chain's newest checkpoint and the one given; `rollbook catch-up`
    fetches what it lacks. Where log and embedded chain would both be of the past, --checkpoint is asked for; also where
    the one was put back by --missing before, and the other is lost before they agreed again.
    """
    from api.backups.restoring import restore as put_back
    from api.settings import load

    note = _note(checkpoint) if checkpoint else None
    done = put_back(load(), source, note=note, unchecked=unchecked, missing=missing)
    parts = [name for name, is_so in (("database", done.database), ("embedded chain", done.chain)) if is_so]
    size = done.manifest.size
    output.line(f"put back: {', '.join(parts) or 'files'}; {size:,} entries, of {done.manifest.made_at}")
    if done.database and done.floor is not None and done.floor.size > size:
        lost = done.floor.size - size
        output.line(f"{lost:,} entries are missing: `rollbook catch-up --from …` before anything is issued")
    if done.database:
        output.line(
            "records issued since the backup are known to their holders alone; schools, keys, kinds and API keys"
        )
        output.line("made since are to be made again")
    return exits.OK


def catch_up(
    source: Annotated[str, typer.Option("--from", help="a copy of the public log: an address, or a folder")],
) -> int:
    """Fetch the entries that a restored log lacks from a copy of the public log, so that it can issue again.

    The copy is believed in nothing that signed checkpoints and the chain do not vouch for.
    """
    from api.backups.catching import catch_up as run
    from api.backups.catching import source_of
    from api.settings import load
    from api.wiring import open_deployment

    with (
        source_of(source) as copy,
        open_deployment(load(), behind=True) as deployment,
        output.progress("fetching entries", None) as bar,
    ):
        done = run(deployment, copy, bar.advance)
        output.line(f"{done.after - done.before:,} entries fetched; the log has {deployment.reader.size():,}")
    for kind, count in sorted(done.kinds.items()):
        output.line(f"  {count:,} {kind}")
    if done.records:
        output.line(
            "their documents and salts are not public and stay lost here; bundles in holders' hands still verify"
        )
    output.line(f"{done.marks:,} statuses taken over, {done.anchors:,} anchors recorded again")
    return exits.OK


def _note(where: str) -> str:
    from urllib.parse import urlsplit, urlunsplit

    from api.watching.following import MAX_NOTE
    from api.watching.source import HttpSource

    if "://" not in where:
        return Path(where).read_text()
    parts = urlsplit(where)
    base = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    with closing(HttpSource(base)) as source:
        return source.get(parts.path.lstrip("/"), MAX_NOTE).decode(errors="replace")
