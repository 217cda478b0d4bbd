"""What a world is made of: members, status lists, issued records, and the layouts of its contracts."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ledger.formats import (
    canonical,
    keys,
)
from ledger.formats.registry import member_id

START = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "rollbook.test/log"
CHECKPOINT_LAYOUT = {"admin": 1, "operators": 2, "heads": 3, "roots": 4, "anchors": 5, "successors": 6}
ISSUER_LAYOUT = {
    name: slot
    for slot, name in enumerate(
        ["root", "controllers", "parents", "profiles", "accreditations", "keys", "key_ids", "kinds", "members"], start=1
    )
} | {"member_count": 10, "accreditation_counts": 11, "key_counts": 12}


def seed(*parts: object) -> bytes:
    """32 bytes that depend on these words alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


@dataclass
class Member:
    """An authority or issuer: who it is, its parent, its newest key."""

    did: str
    code: str
    profile: dict[str, Any]
    parent: "Member | None"
    key: keys.KeyPair

    @property
    def id(self) -> bytes:
        return member_id(self.did)

    @property
    def method(self) -> str:
        return f"{self.did}#{self.key.multikey}"


@dataclass
class StatusListState:
    """One list of an issuer: bits and sequence, and the credential last published."""

    issuer: Member
    url: str
    purpose: str
    bits: bytearray = field(default_factory=lambda: bytearray(16 * 1024))
    sequence: int = 0
    credential: dict[str, Any] = field(default_factory=dict)
    valid_until: int = 0


@dataclass
class Issued:
    """One signed record in the log."""

    credential: dict[str, Any]
    salt: bytes
    index: int
    issuer: Member
    multikey: str = ""
    """Of the key that signed, where the credential has no proof that names it."""

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(canonical.dumps(self.credential)).digest()
