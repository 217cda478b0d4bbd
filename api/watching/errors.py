"""What a log may have done that nobody can mend: a broken promise under its own signature, with what shows it."""

import json
from pathlib import Path
from typing import Any

from api.home import write_whole
from ledger.formats.errors import ConflictError


class Broken(ConflictError):
    """A promise of the log that is broken for good; ``evidence`` is JSON that shows it to others.

    Codes: ``log.forked`` two histories, ``log.bad_entry`` an entry of no form, ``status.undone`` a status list that
    went back, or is none.
    """

    def __init__(self, code: str, message: str, **evidence: Any) -> None:
        super().__init__(code, message)
        self.evidence = evidence


def write_down(broken: Broken, folder: Path, **said: Any) -> Path:
    """Write the evidence into a file of ``folder``, with what else is to be said, and give its path."""
    file = folder / f"evidence-{broken.code}.json"
    written = {**said, "code": broken.code, "message": broken.message, "evidence": broken.evidence}
    write_whole(file, json.dumps(written, ensure_ascii=False, indent=1).encode() + b"\n")
    return file
