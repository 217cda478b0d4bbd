"""Compact JWTs and SD-JWTs, bare: read as the credentials or presentations that they hold. Nothing is verified here."""

from ledger.formats import enveloped, jws
from ledger.formats.bundle import Bundle
from ledger.formats.errors import FormatError

_CREDENTIAL = frozenset({"vc", "vp", "vct", "type", "credentialSubject", "verifiableCredential"})


def read(text: str) -> Bundle | None:
    """The credential in a text, or None where the text is no token, or a token of something else.

    FormatError ``document.…`` as ``enveloped.open_text``: ``document.payload_mismatch`` where a registered claim and
    the credential's own member differ.
    """
    head = text.partition("~")[0]
    if not jws.looks_like(head):
        return None
    try:
        token = jws.parse(head)
    except FormatError as error:
        if error.code == "document.duplicate_key":
            raise
        return None
    if token.payload.keys().isdisjoint(_CREDENTIAL) and "_sd" not in token.payload:
        return None
    return Bundle.bare(enveloped.open_text(text))
