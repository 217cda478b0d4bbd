"""The outside of enveloped credentials and presentations (VC Data Model 2.0 §4.13.1, §4.13.2).

An envelope is no credential: nobody signed it. So it says nothing but what it is, and what it holds (docs/formats.md
§4.3). What the ``data:`` URL holds is read by ``enveloped``.
"""

from typing import Any, NamedTuple

from ledger.formats.contexts import CREDENTIALS_V2
from ledger.formats.errors import FormatError

CREDENTIAL_ENVELOPE, PRESENTATION_ENVELOPE = "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"

_MEMBERS = {"@context", "id", "type"}
_JWT = frozenset({"application/vc+jwt", "application/vc-ld+jwt", "application/jwt"})
_SD_JWT = frozenset({"application/vc+sd-jwt", "application/dc+sd-jwt"})
_PRESENTATION = frozenset({"application/vp+jwt", "application/vp-ld+jwt", "application/jwt"})


class Held(NamedTuple):
    """What an envelope's ``data:`` URL is said to hold: a presentation or a credential, and in what form."""

    is_presentation: bool
    is_sd_jwt: bool
    content: str


def is_envelope(value: dict[str, Any]) -> bool:
    """Whether a JSON object calls itself an envelope, alone or among other names."""
    types = value.get("type")
    names = types if isinstance(types, list) else [types]
    return CREDENTIAL_ENVELOPE in names or PRESENTATION_ENVELOPE in names


def read(value: dict[str, Any]) -> Held:
    """What the envelope holds; FormatError ``document.malformed``, and ``document.unsupported`` for other media."""
    types = value.get("type")
    name = types[0] if isinstance(types, list) and len(types) == 1 else types
    if name != CREDENTIAL_ENVELOPE and name != PRESENTATION_ENVELOPE:
        raise _malformed("an envelope has one type, its own")
    if not value.keys() <= _MEMBERS:
        raise _malformed("an envelope has the members @context, id and type, and no others")
    _check_context(value.get("@context"))
    url = value.get("id")
    media, comma, content = url[5:].partition(",") if isinstance(url, str) and url.startswith("data:") else ("", "", "")
    if not comma:
        raise _malformed("an envelope without a data: URL")
    is_presentation, media = name == PRESENTATION_ENVELOPE, media.lower()
    if media not in (_PRESENTATION if is_presentation else _JWT | _SD_JWT):
        raise FormatError("document.unsupported", "an envelope of another media type")
    return Held(is_presentation, media in _SD_JWT, content)


def _check_context(contexts: object) -> None:
    """It must define the envelope's words as the base context does, which is the first wherever it stands (§4.3)."""
    found = contexts if isinstance(contexts, list) else [contexts]
    if found[:1] != [CREDENTIALS_V2] or not all(isinstance(each, str | dict) for each in found):
        raise _malformed("the first @context of an envelope is not the one of Verifiable Credentials 2.0")


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
