"""Profiles: who an authority or issuer is, as the IssuerRegistry knows it by hash (docs/formats.md §9)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from ledger.formats import canonical
from ledger.formats.errors import FormatError
from ledger.formats.registry import member_id

ROLES = ("authority", "issuer")

_CODE = re.compile(r"[\x21-\x7e]{0,32}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Profile:
    """A parsed profile; ``member`` is SHA-256 of its DID, ``hash`` SHA-256 of its JCS bytes (32 bytes each)."""

    did: str
    code: str
    name: dict[str, str]
    role: str
    member: bytes
    hash: bytes


def build(did: str, code: str, name: dict[str, str], role: str) -> dict[str, Any]:
    """A profile as it is registered and travels in bundles; FormatError ``profile.malformed`` as ``parse``."""
    profile = {"did": did, "code": code, "name": name, "role": role}
    parse(profile)
    return profile


def parse(value: object) -> Profile:
    """The profile in a JSON value; FormatError ``profile.malformed`` for any other member, type or role."""
    if not isinstance(value, dict) or set(value) != {"did", "code", "name", "role"}:
        raise _malformed("a profile has exactly the members did, code, name and role")
    did, code, name, role = value["did"], value["code"], value["name"], value["role"]
    if not isinstance(did, str) or not did.startswith("did:") or not 4 < len(did) <= 512:
        raise _malformed("did")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _malformed("code has at most 32 printable ASCII characters")
    if role not in ROLES:
        raise _malformed("role is authority or issuer")
    if not isinstance(name, dict) or not {"en", "zh"} <= set(name):
        raise _malformed("name is a language map with en and zh")
    for language, text in name.items():
        if not _LANGUAGE.fullmatch(language) or not isinstance(text, str) or not 0 < len(text) <= 200:
            raise _malformed("name holds a text that is empty, too long or of no language")
    return Profile(did, code, name, role, member_id(did), hashlib.sha256(canonical.dumps(value)).digest())


def _malformed(message: str) -> FormatError:
    return FormatError("profile.malformed", message)
