"""What the log checks of a JWT and of an SD-JWT before it commits to one: the issuer's signature."""

from ledger.formats import did, enveloped, jws, publickeys
from ledger.formats.enveloped import Given
from ledger.formats.errors import FormatError, ProofError


def verify_jwt(signed: bytes, issuer: str) -> Given:
    """The credential in a compact JWT, S being its ASCII bytes, which ``issuer`` issued and signed.

    Raises FormatError ``document.…``; ProofError ``proof.…``, ``proof.wrong_key`` where it is another's.
    """
    return _verified(enveloped.open_jwt(_text(signed)), issuer)


def verify_sd_jwt(signed: bytes, issuer: str) -> Given:
    """As ``verify_jwt``, S being the issuer-signed JWT alone: nothing in it is disclosed to the log."""
    return _verified(enveloped.open_sd_jwt(_text(signed) + "~"), issuer)


def _verified(given: Given, issuer: str) -> Given:
    secured = given.secured
    if secured is None or given.presentation is not None:
        raise FormatError("document.malformed", "no credential")
    try:
        named, multikey = did.split_verification_method(secured.method or "")
        public = publickeys.from_multikey(multikey)
    except FormatError as error:
        raise ProofError("proof.wrong_key", error.message) from None
    if named != issuer or given.issuer != issuer:
        raise ProofError("proof.wrong_key", "the document is not issued and signed by the issuer that is named")
    jws.verify(secured.token, public, secured.types)
    return given


def _text(signed: bytes) -> str:
    try:
        return signed.decode("ascii")
    except UnicodeDecodeError:
        raise FormatError("document.malformed", "a token is ASCII") from None
