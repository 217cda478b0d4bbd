"""The operator's own JSON-LD contexts: a folder of files, each pinned by SHA-256 in its manifest.

For contexts that are in no registry and do not come with Rollbook: CLR 2.0 has one. ``ROLLBOOK_CONTEXTS`` names the
folder; without it, `contexts` in the data folder is taken where it is there. `manifest.json` in it::

    {"https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json": {"file": "clr-2.0.1.json", "sha256": "880f1902…"}}

All of it is read once, at the start. A file that is not the pinned one stops the start: under another context the same
words mean something else, and nobody would see it.
"""

import re
from pathlib import Path
from typing import Any

from ledger.formats import canonical, contexts
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import ConfigError, FormatError

VARIABLE = "ROLLBOOK_CONTEXTS"
FOLDER = "contexts"
MANIFEST = "manifest.json"
MAX_CONTEXTS = 64

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def load(home: Path, given: Path | None = None) -> Contexts:
    """The bundled contexts and those of the operator's folder.

    Raises ConfigError: ``context.manifest`` where the folder or its manifest cannot be read or is malformed,
    ``context.mismatch`` where a file is missing, not the pinned one, or contradicts a context that is bundled.
    """
    folder = given if given is not None else home / FOLDER
    if given is None and not folder.is_dir():
        return BUNDLED
    try:
        return BUNDLED.extended({url: _document(folder, url, pin) for url, pin in _manifest(folder).items()})
    except FormatError as error:
        raise ConfigError("context.mismatch", f"{folder}: {error.message}") from None


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        value = canonical.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError("context.manifest", f"{path} cannot be read: {error.strerror}") from None
    except FormatError as error:
        raise ConfigError("context.manifest", f"{path}: {error.message}") from None
    if not isinstance(value, dict) or len(value) > MAX_CONTEXTS:
        raise ConfigError("context.manifest", f"{path} holds an object of at most {MAX_CONTEXTS} contexts by URL")
    return value


def _document(folder: Path, url: str, pin: Any) -> contexts.Document:
    if not isinstance(pin, dict) or pin.keys() != {"file", "sha256"}:
        raise ConfigError("context.manifest", f"{url}: a context has a file and its sha256, and nothing else")
    name, sha256 = pin["file"], pin["sha256"]
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        raise ConfigError("context.manifest", f"{url}: the file is a name in the same folder")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ConfigError("context.manifest", f"{url}: sha256 is 64 hexadecimal digits in lower case")
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise ConfigError("context.mismatch", f"{folder / name} cannot be read: {error.strerror}") from None
    return contexts.pinned(url, data, sha256)
