"""DIDs of issuers: did:key (the key itself) and did:web (a host's word, which the registry confirms or not).

The grammar is narrower than DID Core's, so that one issuer has one spelling: lower-case host names, ``%3A`` before a
port, path segments of letters, digits, ``.``, ``-`` and ``_``. A verification method is ``<did>#<multikey>``; its
fragment being the key (Ed25519 or P-256), what a signature was made with can never be swapped by whoever serves the
DID document.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ledger.formats import publickeys
from ledger.formats.errors import FormatError
from ledger.formats.keys import multikey_to_public_key

MAX_DID_LENGTH = 512

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label is never all digits: IP addresses are no did:web (did:web §3.1).
_HOST = re.compile(rf"(?:{_LABEL}\.)*(?!\d+$){_LABEL}", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class DidWeb:
    """A did:web: ``host`` in lower case, ``port`` or None, ``path`` segments; checked when made."""

    host: str
    port: int | None = None
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.host) > 253 or not _HOST.fullmatch(self.host):
            raise FormatError("did.malformed", "no lower-case host name")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise FormatError("did.malformed", "no port number")
        if not all(_SEGMENT.fullmatch(segment) for segment in self.path):
            raise FormatError("did.malformed", "no path segment of letters, digits, '.', '-' and '_'")
        if len(str(self)) > MAX_DID_LENGTH:
            raise FormatError("did.malformed", "too long")

    @property
    def authority(self) -> str:
        """Host and port as in a URL, ``localhost:8000``."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Where the DID document is, by https (did:web §3.2)."""
        return f"https://{self.authority}/{'/'.join(self.path) or '.well-known'}/did.json"

    def __str__(self) -> str:
        return ":".join(("did:web", self.authority.replace(":", "%3A"), *self.path))


def build_did_web(authority: str, *path: str) -> str:
    """Return the did:web of ``host`` or ``host:port`` and path segments; raises FormatError ``did.malformed``."""
    host, colon, port = authority.partition(":")
    return str(DidWeb(host, _port(port) if colon else None, path))


def parse_did_web(did: str) -> DidWeb:
    """Parse ``did:web:host%3Aport:segment…``; raises FormatError ``did.malformed``."""
    if not isinstance(did, str) or len(did) > MAX_DID_LENGTH or not did.startswith("did:web:"):
        raise FormatError("did.malformed", "no did:web")
    authority, *path = did.removeprefix("did:web:").split(":")
    host, colon, port = authority.partition("%3A")
    return DidWeb(host, _port(port) if colon else None, tuple(path))


def _port(text: str) -> int:
    if not _PORT.fullmatch(text):
        raise FormatError("did.malformed", "no port number")
    return int(text)


def build_did_key(public: bytes) -> str:
    """Return the did:key of a key, as ``publickeys`` has it; raises FormatError ``key.malformed`` or ``key.weak``."""
    return "did:key:" + publickeys.to_multikey(public)


def resolve_did_key(did: str) -> bytes:
    """Return the 32-byte Ed25519 key that a did:key is; raises FormatError ``did.malformed`` or a ``key.*`` code."""
    if not isinstance(did, str) or not did.startswith("did:key:"):
        raise FormatError("did.malformed", "no did:key")
    return multikey_to_public_key(did.removeprefix("did:key:"))


def split_verification_method(method: str) -> tuple[str, str]:
    """Split ``<did>#<multikey>`` of a did:web or did:key into its two parts, both checked.

    Raises FormatError: ``did.malformed``, ``did.unsupported`` for another DID method, or a ``key.*`` code; a did:key
    whose fragment is another key is ``did.malformed``.
    """
    if not isinstance(method, str):
        raise FormatError("did.malformed", "a verification method is a string")
    return _split(method)


@lru_cache(maxsize=4096)
def _split(method: str) -> tuple[str, str]:
    did, hash_sign, multikey = method.partition("#")
    if not hash_sign:
        raise FormatError("did.malformed", "a verification method has a fragment")
    if did.startswith("did:key:"):
        publickeys.from_multikey(did.removeprefix("did:key:"))
        if did != "did:key:" + multikey:
            raise FormatError("did.malformed", "the fragment of a did:key is its own key")
    elif did.startswith("did:web:"):
        parse_did_web(did)
        publickeys.from_multikey(multikey)
    else:
        raise FormatError("did.unsupported", "neither did:web nor did:key")
    return did, multikey
