"""Fetching one document from another host, so that whoever names the host gains nothing by it.

https only; every address that the name leads to is public, and the connection goes to one of the addresses that were
checked; no redirects, no proxies, no cookies; 5 seconds for the whole of it, name lookup included; 5 MB.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from urllib.parse import SplitResult, urlsplit

from ledger.formats.errors import NotFoundError, UnavailableError

SECONDS = 5.0
LIMIT = 5 * 2**20
_CHUNK = 64 * 1024


def get(url: str, *, loopback: bool = False, seconds: float = SECONDS) -> bytes:
    """The body of a 200 answer to GET ``url``.

    ``loopback`` allows this machine alone instead of public addresses, and plain http to it: for a deployment that one
    has pinned and runs oneself. Raises NotFoundError ``fetch.missing`` for 404 and 410, UnavailableError ``fetch.*``
    for everything else.
    """
    answer: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            answer.put(_get(urlsplit(url), loopback, time.monotonic() + seconds))
        except (OSError, http.client.HTTPException, ValueError, UnavailableError, NotFoundError) as error:
            answer.put(error)

    # A lookup of a name cannot be given up in the middle: it may go on behind our back, and nobody waits for it.
    threading.Thread(target=work, daemon=True).start()
    try:
        result = answer.get(timeout=seconds + 0.5)
    except queue.Empty:
        raise UnavailableError("fetch.timeout", f"no answer within {seconds:g} seconds") from None
    if isinstance(result, UnavailableError | NotFoundError):
        raise result
    if isinstance(result, TimeoutError):
        raise UnavailableError("fetch.timeout", f"no answer within {seconds:g} seconds")
    if isinstance(result, Exception):
        raise UnavailableError("fetch.unreachable", type(result).__name__)
    return result


def _get(url: SplitResult, loopback: bool, deadline: float) -> bytes:
    if url.scheme != "https" and not (loopback and url.scheme == "http"):
        raise UnavailableError("fetch.scheme", "only https is fetched")
    if url.username or url.password or not url.hostname:
        raise UnavailableError("fetch.address", "the address names a user or no host")
    port = url.port or (443 if url.scheme == "https" else 80)
    address = _checked_address(url.hostname, port, loopback)
    connection = _connect(url, address, port, deadline)
    try:
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("GET", path, headers={"host": url.netloc, "accept-encoding": "identity"})
        with connection.getresponse() as response:
            return _read(response, connection.raw, deadline)
    finally:
        connection.raw.close()


def _checked_address(host: str, port: int, loopback: bool) -> str:
    """One address of ``host``; UnavailableError where any of them is not of the kind that may be asked."""
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not (mapped.is_loopback if loopback else mapped.is_global and not mapped.is_multicast):
            raise UnavailableError("fetch.address", "the host's address is not a public one")
    return min(found, key=lambda text: (":" in text, text))


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever the name would lead to by now."""

    def __init__(self, host: str, sock: socket.socket) -> None:
        super().__init__(host)
        # http.client gives `sock` away where the answer ends with the connection; `raw` is still the same socket.
        self.sock = self.raw = sock

    def connect(self) -> None:
        """Never again: one connection, one answer."""
        raise http.client.NotConnected


def _connect(url: SplitResult, address: str, port: int, deadline: float) -> _Pinned:
    host = str(url.hostname)
    raw = socket.create_connection((address, port), timeout=_left(deadline))
    try:
        if url.scheme == "https":
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    return _Pinned(host, raw)


def _read(response: http.client.HTTPResponse, raw: socket.socket, deadline: float) -> bytes:
    if response.status in (404, 410):
        raise NotFoundError("fetch.missing", f"the host answers {response.status}")
    if response.status != 200:
        raise UnavailableError("fetch.refused", f"the host answers {response.status}")
    data = bytearray()
    while chunk := response.read1(_CHUNK):
        data += chunk
        if len(data) > LIMIT:
            raise UnavailableError("fetch.too_large", f"more than {LIMIT} bytes")
        raw.settimeout(_left(deadline))
    return bytes(data)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise UnavailableError("fetch.timeout", "the time is up")
    return left
