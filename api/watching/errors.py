"""What a log may have done that nobody can mend: a broken promise under its own signature, with what shows it."""

from typing import Any

from ledger.formats.errors import ConflictError


class Broken(ConflictError):
    """A promise of the log that is broken for good; ``evidence`` is JSON that shows it to others.

    Codes: ``log.forked`` two histories, ``log.bad_entry`` an entry of no form, ``status.undone`` a status list that
    went back, or is none.
    """

    def __init__(self, code: str, message: str, **evidence: Any) -> None:
        super().__init__(code, message)
        self.evidence = evidence
