"""Evidence: what had to be asked online, gathered before the verification, which itself asks nobody.

Whoever gathers it need not be trusted: what it brings is verified like the contents of a bundle. Where an answer is
lacking, it says why, because "could not be reached" and "does not exist" call for different words to the user.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ledger.formats.bundle import Material


class Absence(Enum):
    """Why there is no answer."""

    MISSING = "missing"
    """Asked, and there is none."""
    UNREACHABLE = "unreachable"
    """Asked, and nobody answered."""
    PENDING = "pending"
    """The log has the record, the chain not yet."""
    DISAGREEMENT = "disagreement"
    """Asked two, and their answers cannot both be true."""


@dataclass(frozen=True, slots=True)
class Found:
    """Fresh proof material; ``salt`` (32 bytes) only from a source that holds the record itself."""

    material: Material
    salt: bytes | None = None


class Evidence(Protocol):
    """Answers that were gathered beforehand; None where nothing was asked."""

    def material(self, digest: bytes) -> Found | Absence | None:
        """Proof material for the signed document with this SHA-256."""

    def key(self, method: str) -> bytes | Absence | None:
        """The key of a verification method whose fragment is not the key itself, as ``publickeys`` has it."""

    def status_list(self, url: str) -> dict[str, Any] | Absence | None:
        """The status list credential at this URL (JSON read strictly), for issuers that no log of ours knows."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence from plain mappings; ``otherwise`` is the answer to everything that they do not hold."""

    materials: Mapping[bytes, Found | Absence] = field(default_factory=dict)
    keys: Mapping[str, bytes | Absence] = field(default_factory=dict)
    lists: Mapping[str, dict[str, Any] | Absence] = field(default_factory=dict)
    otherwise: Absence | None = None

    def material(self, digest: bytes) -> Found | Absence | None:
        """See Evidence."""
        return self.materials.get(digest, self.otherwise)

    def key(self, method: str) -> bytes | Absence | None:
        """See Evidence."""
        return self.keys.get(method, self.otherwise)

    def status_list(self, url: str) -> dict[str, Any] | Absence | None:
        """See Evidence."""
        return self.lists.get(url, self.otherwise)


NO_EVIDENCE = Gathered()
