"""Digests of other resources that a credential rests on (VC Data Model 2.0 §5.3).

Nothing is fetched. A resource that is at hand, one of the bundled contexts, must have the digest that is claimed; of
any other only the digest's form can be wrong.
"""

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from typing import Any

from ledger.formats.contexts import FILES
from ledger.formats.errors import FormatError
from ledger.formats.multibase import multibase_decode

MAX_DIGEST = 128

# Subresource Integrity §3.5: alg "-" base64, several with spaces between, each perhaps with options behind a "?".
_SRI = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]{1,128}={0,2})(?:\?[!-~]*)?")
# Multihash: code and length of each function that is read.
_MULTIHASHES = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512", b"\x16\x20": "sha3_256"}


def check(resource: dict[str, Any]) -> None:
    """One object of ``relatedResource``, whose ``id`` has been looked at; FormatError ``document.malformed``."""
    if "digestSRI" not in resource and "digestMultibase" not in resource:
        raise _malformed("a related resource has a digestSRI or a digestMultibase")
    media_type = resource.get("mediaType", "")
    if not isinstance(media_type, str):
        raise _malformed("mediaType is a string")
    known = _bundled(resource["id"]) if resource["id"] in FILES else None
    if "digestSRI" in resource:
        _check_sri(resource["digestSRI"], known)
    if "digestMultibase" in resource:
        _check_multibase(resource["digestMultibase"], known)


def _check_sri(value: object, known: bytes | None) -> None:
    parts = value.split() if isinstance(value, str) and len(value) <= 1000 else []
    found = [_SRI.fullmatch(part) for part in parts]
    if not found or not all(found):
        raise _malformed("digestSRI is of the form sha256-…, sha384-… or sha512-…")
    if known is None:
        return
    strongest = max(match[1] for match in found if match)
    for match in found:
        if match and match[1] == strongest and _base64(match[2]) == hashlib.new(strongest, known).digest():
            return
    raise _malformed("digestSRI is not the digest of the related resource")


def _check_multibase(value: object, known: bytes | None) -> None:
    try:
        digest = multibase_decode(value, max_bytes=MAX_DIGEST)  # type: ignore[arg-type]
    except FormatError:
        raise _malformed("digestMultibase is no multibase string") from None
    name = _MULTIHASHES.get(digest[:2])
    if name is not None and len(digest) == 2 + digest[1]:
        digest = digest[2:]
    elif len(digest) == 32:  # as VC Data Model 2.0 §5.3 itself writes it: SHA-256 without a header
        name = "sha256"
    else:
        raise _malformed("digestMultibase holds no digest")
    if known is not None and digest != hashlib.new(name, known).digest():
        raise _malformed("digestMultibase is not the digest of the related resource")


@lru_cache(maxsize=32)
def _bundled(url: str) -> bytes:
    from importlib.resources import files  # costs milliseconds that only those pay who need a context

    return files("ledger.formats").joinpath("contexts", FILES[url][0]).read_bytes()


def _base64(text: str) -> bytes:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return b""


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
