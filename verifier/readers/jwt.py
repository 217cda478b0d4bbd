"""JWT and SD-JWT credentials, recognised but not verified yet; one whose claims contradict each other is refused."""

import re
from typing import Any, NoReturn

from ledger.formats import canonical
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_decode

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*(~[A-Za-z0-9._~-]*)?")


def recognise(text: str) -> None:
    """Nothing where ``text`` is no compact JWS with a JSON object inside; else FormatError.

    ``document.payload_mismatch`` where a registered claim and the credential's own member differ (RFC 7519 §4.1,
    VC-JOSE-COSE §3.1.1, VC Data Model 1.1 §6.3.1), ``document.unsupported`` otherwise.
    """
    match = _COMPACT.fullmatch(text)
    if match is None:
        return
    try:
        claims = canonical.loads(base64url_decode(match[1], max_bytes=canonical.MAX_BYTES))
    except FormatError:
        return
    if isinstance(claims, dict):
        _refuse(claims)


def _refuse(claims: dict[str, Any]) -> NoReturn:
    inner = claims.get("vc")
    credential = inner if isinstance(inner, dict) else claims
    subject = credential.get("credentialSubject")
    pairs = (
        ("iss", _identified(credential.get("issuer"))),
        ("jti", _identified(credential.get("id"))),
        ("sub", _identified(subject.get("id") if isinstance(subject, dict) else None)),
    )
    for name, value in pairs:
        if value is not None and name in claims and claims[name] != value:
            raise FormatError("document.payload_mismatch", f"the claim {name} contradicts the credential")
    raise FormatError("document.unsupported", "JWT credentials are not read by this version")


def _identified(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value
