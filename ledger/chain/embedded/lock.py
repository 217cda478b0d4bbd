"""One process at a time: a chain folder with two sealers would end in two histories."""

import sys
from io import FileIO
from pathlib import Path

from ledger.formats.errors import UnavailableError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: FileIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """Held from construction to ``release``, or to the end of the process however it ends."""

    def __init__(self, folder: Path) -> None:
        """UnavailableError ``chain.locked`` where another process (or another node in this one) holds the folder."""
        self._file = FileIO(folder / "lock", "a+")
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise UnavailableError("chain.locked", f"another process has the chain in {folder} open") from error

    def release(self) -> None:
        """Let others open the folder."""
        self._file.close()
