"""Whatever a person may hand in: a bundle, a credential or a presentation in JSON; other forms are recognised.

``read`` raises FormatError with a code of the check ``document``; ``NotACredential`` where it was no credential at all.
"""

import re
import string
from typing import Any

from ledger.formats import bundle, canonical, enveloped, envelopes, sm2_envelope
from ledger.formats.bundle import NO_MATERIAL, Bundle
from ledger.formats.errors import FormatError
from verifier.readers import carriers, jwt
from verifier.readers.bundles import BundleReader
from verifier.readers.carriers import Carried

MAX_BYTES = canonical.MAX_BYTES

_CREDENTIAL_START = b'{"@context":'
_BUNDLE_FORMAT = re.compile(r"bundle/[0-9]{1,4}")


class NotACredential(FormatError):
    """The input is no credential, presentation or bundle in any form that is known here."""


def read(data: bytes, bundles: BundleReader | None = None, *, strictly: bool = True) -> Bundle:
    """The credential in ``data``, with its salt and proofs where it came in a bundle; ``bundles`` remembers parts.

    Where not ``strictly``, a canonical text is read faster, and ``Bundle.signed`` set: the numbers in it are then still
    to be looked at. Raises FormatError: ``document.too_large``, ``document.duplicate_key``, ``document.malformed``,
    ``document.payload_mismatch``, or ``document.unsupported`` for a form that this version recognises and cannot read.
    """
    if len(data) > MAX_BYTES:
        raise FormatError("document.too_large", f"more than {MAX_BYTES} bytes")
    bundles = bundles or BundleReader()
    if data[:1] != b"{":
        carried = _carried(data)
        if carried is not None:
            return _read_inside(carried, bundles, strictly)
        token = _read_token(data)
        if token is not None:
            return token
    if not strictly:
        known = _read_canonical(data) if data.startswith(_CREDENTIAL_START) else bundles.read_shared(data)
        if known is not None:
            return known
    try:
        value = canonical.loads(data)
    except FormatError as error:
        if error.code == "document.malformed" or not _may_be_credential(data):
            raise NotACredential(error.code, error.message) from None
        raise
    if isinstance(value, str) and (token := jwt.read(value)) is not None:
        return token
    if not isinstance(value, dict):
        raise NotACredential("document.malformed", "JSON, but no object")
    return _from_json(value, bundles)


def _carried(data: bytes) -> Carried | None:
    try:
        return carriers.opened(data)
    except FormatError as error:
        if error.code == "document.malformed":  # whether there ever was a credential in it, nobody can tell
            raise NotACredential(error.code, error.message) from None
        raise


def _read_inside(carried: Carried, bundles: BundleReader, strictly: bool) -> Bundle:
    """The document that another file carries: JSON or a JWT, and no file that carries one again."""
    inside = carried.document.strip()
    if carriers.carries(inside):
        raise FormatError("document.unsupported", "a file within a file within a file")
    return read(inside, bundles, strictly=strictly)._replace(shown=carried.shown, beside=carried.beside)


def _read_canonical(data: bytes) -> Bundle | None:
    """A bare credential in canonical bytes, which are the signed document as they stand; None for anything else."""
    try:
        value = canonical.loads_canonical(data, numbers=False)
    except FormatError:
        return None
    if not isinstance(value, dict) or "rollbook" in value or envelopes.is_envelope(value):
        return None
    types = value.get("type")
    if not isinstance(types, list) or "VerifiableCredential" not in types or "VerifiablePresentation" in types:
        return None
    return Bundle(value, None, None, NO_MATERIAL, data)


def _from_json(value: dict[str, Any], bundles: BundleReader) -> Bundle:
    form = value.get("rollbook")
    if form == bundle.FORMAT:
        return bundle.parse(value, bundles.read_kind)
    if isinstance(form, str) and _BUNDLE_FORMAT.fullmatch(form):
        raise FormatError("document.unsupported", f"a bundle of another version, {form}")
    if sm2_envelope.is_envelope(value):
        return Bundle.bare(enveloped.open_sealed(value))
    types = value.get("type")
    names = {name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)}
    if form is None and envelopes.is_envelope(value):
        return Bundle.bare(enveloped.open_envelope(value))
    if form is None and "VerifiablePresentation" in names:
        return Bundle.bare(bundle.presented(value))
    if form is None and "VerifiableCredential" in names:
        return Bundle(value, None, None, NO_MATERIAL)
    raise NotACredential("document.malformed", "JSON, but no credential")


def _may_be_credential(data: bytes) -> bool:
    """Whether JSON that cannot be read for certain may have been meant as a credential: it names one in some way."""
    return any(word in data for word in (b"Verifiable", b"rollbook", b"\\u"))


def _read_token(data: bytes) -> Bundle | None:
    """A file that is a bare JWT or SD-JWT."""
    if not data[:1].isalnum() or not data.isascii():
        return None
    return jwt.read(data.decode("ascii").strip(string.whitespace))
