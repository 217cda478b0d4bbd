"""The data folder and what a verifier keeps in it; light, so that verifying needs no server library.

::

    HOME/
      trust/ID.json        pinned trust roots, `default` names the newest
      secret               made by `init` where the environment gives none (mode 0600)
      rollbook.sqlite      the database, unless ROLLBOOK_DATABASE_URL names another
      chain/               the embedded node, unless ROLLBOOK_CHAIN_URL names another
      deployment.json      what `init` fixed for good
      trust-root.json      this ledger's trust root; older versions of it in trust-roots/
      contexts/            the operator's own JSON-LD contexts, unless ROLLBOOK_CONTEXTS names another folder
      demo/                what `rollbook demo` leaves
      witness/, monitor/   what `rollbook witness` and `rollbook monitor` remember of somebody's log
"""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path

from ledger.formats.errors import ConfigError

_SOURCE = Path(__file__).resolve().parents[1]


def checkout() -> Path | None:
    """The source checkout that this code runs from, or None for an installed package."""
    return _SOURCE if (_SOURCE / "pyproject.toml").is_file() and (_SOURCE / "Makefile").is_file() else None


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """``ROLLBOOK_HOME``; else `.rollbook` in a checkout; else the platform's data folder. Not created here."""
    if given := environment.get("ROLLBOOK_HOME"):
        return Path(given).expanduser().absolute()
    source = checkout()
    return source / ".rollbook" if source else user_data_path("rollbook", appauthor=False)


def make_private(folder: Path) -> Path:
    """Create ``folder`` for its owner alone; ConfigError ``config.home`` where that is not possible."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("config.home", f"cannot create the folder {folder}: {error.strerror}") from None
    return folder


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write ``data`` so that a reader or a crash sees the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` outlive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
