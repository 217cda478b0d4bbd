"""The verifier in one HTML file (web/), as it is handed out: to be opened from a disk, without a server or a network.

Whoever fetches it from a server believes that server; whoever checks records with it takes the trust root from the
authority, or a file into which somebody whom they trust has put it.
"""

from importlib.resources import files
from typing import Any

from ledger.formats import canonical

NAME = "rollbook-verifier.html"
_PLACE = b'<script type="application/json" id="trust-root"></script>'


def page(trust_root: dict[str, Any] | None = None) -> bytes:
    """The HTML; with a trust root document inside, where one is given, which the page then relies on at once.

    The document is no script to a browser, so that the page's Content-Security-Policy stays as it is.
    """
    html = files("verifier").joinpath("web", "dist", NAME).read_bytes()
    if trust_root is None:
        return html
    # Inside of HTML no text may look like the end of its element.
    document = canonical.dumps(trust_root).replace(b"<", b"\\u003c")
    before, found, after = html.partition(_PLACE)
    if not found:
        raise RuntimeError(f"{NAME} has no place for a trust root")
    start, end = _PLACE.split(b"</")
    return b"".join((before, start, document, b"</", end, after))
