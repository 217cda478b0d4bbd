"""Further forms of a record by name: what `export --form` and the interface for schools offer, and nothing else.

Each name is a maker that finds the form or signs and logs it now. A form whose library is not installed has no name
here, so that nobody is shown what they cannot have.
"""

from collections.abc import Callable, Mapping
from typing import Any

from issuers import jose
from issuers.store import StoredRecord
from ledger.formats import canonical
from ledger.formats.errors import NotFoundError
from ledger.log.submission import Caller

Make = Callable[[Caller, StoredRecord], StoredRecord]


def shown(form: StoredRecord) -> Any:
    """The signed document as it goes to its holder: a JSON value, or the text of a JWT, or SD-JWT, whole."""
    if form.representation in jose.TOKENS:
        return jose.text(form)
    return canonical.loads(form.document)


def text(form: StoredRecord) -> bytes:
    """The same as a file's bytes."""
    return jose.text(form).encode("ascii") if form.representation in jose.TOKENS else form.document


class Forms:
    """The makers of one deployment."""

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self._makers = dict(makers)

    @property
    def names(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted(self._makers))

    def get(self, caller: Caller, record: StoredRecord, name: str) -> StoredRecord:
        """The form of a record, made now where there is none yet; NotFoundError ``form.unknown``, and as its maker."""
        make = self._makers.get(name)
        if make is None:
            raise NotFoundError("form.unknown", f"no such form; there are {', '.join(self.names)}")
        return make(caller, record)
