"""The one tree of errors; every room of the project raises these and nothing else on purpose.

::

    Exception
    └── RollbookError            code, message
        ├── FormatError          bytes or values that do not have the promised form
        │   └── BoundError       of a size that is read, but what they say is beyond a bound
        ├── ProofError           well-formed, but a signature, hash or proof does not hold
        ├── ConflictError        true elsewhere: the same identity or size with other content
        ├── NotAllowedError      the caller has no right to do this
        ├── NotFoundError        no such thing
        ├── UnavailableError     chain, disk, database or host cannot be reached now; try again
        └── ConfigError          a setting is missing, weak or contradicts the stored state

``code`` is stable and machine-readable (``document.duplicate_key``); the message is English prose for people and may
change. Neither ever holds personal data or a secret.
"""


class RollbookError(Exception):
    """Base of the tree: ``RollbookError(code, message)``; ``str()`` gives ``code: message``."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


class FormatError(RollbookError):
    """Bytes or values do not have the form that a standard or docs/formats.md promises."""


class BoundError(FormatError):
    """A document that is small enough as bytes, but not in what they mean: its code is ``document.too_large``."""


class ProofError(RollbookError):
    """Well-formed input whose signature, hash or proof does not hold."""


class ConflictError(RollbookError):
    """Something else is already recorded under this identity."""


class NotAllowedError(RollbookError):
    """The caller has no right to do this."""


class NotFoundError(RollbookError):
    """Nothing is stored under this name."""


class UnavailableError(RollbookError):
    """Chain, disk, database or host cannot be reached now; the same request may succeed later."""


class ConfigError(RollbookError):
    """A setting is missing, too weak, or contradicts what is stored."""
