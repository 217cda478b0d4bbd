"""Fresher proofs from the log that a pinned trust root names. Needs the base dependencies alone."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from api import fetch
from ledger.formats import bundle
from ledger.formats.errors import FormatError, NotFoundError, UnavailableError
from ledger.formats.trustroot import TrustRoot
from verifier.evidence import Absence, Found

LOG_PATH = "/log"


class RemoteEvidence:
    """Asks the logs of one trust root: where to ask comes from what was pinned, never from the file."""

    def __init__(self, root: TrustRoot) -> None:
        origins = [log.origin for epoch in reversed(root.epochs) if epoch.closed is None for log in epoch.logs]
        self._bases = [base_of(origin) for origin in origins if origin.endswith(LOG_PATH)]
        self.unreached: list[str] = []
        """Addresses that gave no answer, or none that could be read: what a file brings may be older than the log."""

    def material(self, digest: bytes) -> Found | Absence | None:
        """Proof material of the signed document with this SHA-256; salts are never to be had."""
        answer: Absence | None = None
        for base in self._bases:
            try:
                data = fetch.get(f"{base}/v1/proofs/{digest.hex()}", loopback=is_loopback(base))
                return Found(bundle.parse_material(data))
            except NotFoundError:
                answer = answer or Absence.MISSING
            except (UnavailableError, FormatError):
                answer = Absence.UNREACHABLE
                if base not in self.unreached:
                    self.unreached.append(base)
        return answer

    def key(self, method: str) -> bytes | Absence | None:
        """No other system's keys are fetched by this version."""
        return None

    def status_list(self, url: str) -> dict[str, Any] | Absence | None:
        """No other system's lists are fetched by this version."""
        return None


def base_of(origin: str) -> str:
    """Where the log of an origin answers: https, or http where the host is this machine."""
    host = origin.removesuffix(LOG_PATH)
    scheme = "http" if is_loopback(f"//{host}") else "https"
    return f"{scheme}://{host}"


def is_loopback(url: str) -> bool:
    """Whether the address names this machine and no other."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
