"""The SM2 envelope: a record's credential signed by national cryptography (docs/formats.md §17). Private to Rollbook.

::

    message   = JCS(envelope without payload and signature)
    digest    = SM3(JCS(payload)), standing in the message
    signature = SM2 over the message, with SM3 and the default identifier

The payload is the credential without a proof, as its kind demands it of every representation; so what is checked of a
record is the same whichever way it was signed. Two members say in words what this is, and are part of what is signed:
nobody is to take it for a standard's form.
"""

import re
from typing import Any, NamedTuple

from ledger.formats import base64s, canonical, datetimes, sm2
from ledger.formats.did import parse_did_web
from ledger.formats.errors import FormatError, ProofError

FORMAT = "sm2-envelope/1"
LABEL = {
    "en": "Rollbook national cryptography envelope: SM2 with SM3 over the same record; no standard's form",
    "zh": "信册国密信封：以 SM2、SM3 签署同一记录；非标准格式",
}
MEMBERS = frozenset({"rollbook", "label", "payload", "digest", "verificationMethod", "created", "signature"})
_FORM = re.compile(r"sm2-envelope/[0-9]{1,4}")


class Opened(NamedTuple):
    """An envelope whose signature holds. ``signed`` is S: JCS of the whole envelope."""

    credential: dict[str, Any]
    did: str
    verification_method: str
    public_key: bytes
    signed: bytes


def is_envelope(value: object) -> bool:
    """Whether a JSON value says of itself that it is an SM2 envelope, of whatever version."""
    form = value.get("rollbook") if isinstance(value, dict) else None
    return isinstance(form, str) and _FORM.fullmatch(form) is not None


def seal(credential: dict[str, Any], did: str, key: sm2.SM2KeyPair, created: str) -> bytes:
    """The envelope S of a credential, signed for ``did`` at ``created`` (RFC 3339 in UTC).

    Raises FormatError ``document.malformed`` where the credential has a proof, ``document.unsupported`` without the
    extra.
    """
    if "proof" in credential:
        raise FormatError("document.malformed", "the payload of an envelope has no proof of its own")
    datetimes.parse_utc(created)
    protected = {
        "rollbook": FORMAT,
        "label": LABEL,
        "digest": base64s.encode(sm2.sm3(canonical.dumps(credential))),
        "verificationMethod": f"{parse_did_web(did)}#{key.multikey}",
        "created": created,
    }
    signature = sm2.sign(key, canonical.dumps(protected))
    return canonical.dumps(protected | {"payload": credential, "signature": base64s.encode(signature)})


def read(envelope: object) -> dict[str, Any]:
    """The payload, when the envelope has the form of one; nothing of it is verified. Needs no extra.

    Raises FormatError ``document.malformed``, ``document.undefined_term``; ``document.unsupported`` for other versions.
    """
    if not isinstance(envelope, dict) or not is_envelope(envelope):
        raise _malformed("no SM2 envelope")
    if envelope["rollbook"] != FORMAT:
        raise FormatError("document.unsupported", f"an envelope of another version, {envelope['rollbook']}")
    if not envelope.keys() <= MEMBERS:
        raise FormatError("document.undefined_term", f"the envelope has the member {min(set(envelope) - MEMBERS)[:64]}")
    if not envelope.keys() >= MEMBERS:
        raise _malformed(f"the envelope has no {min(MEMBERS - set(envelope))}")
    if envelope["label"] != LABEL:
        raise _malformed("the envelope does not say what it is")
    datetimes.parse_utc(envelope["created"])
    payload: dict[str, Any] = envelope["payload"]
    if not isinstance(payload, dict) or "proof" in payload:
        raise _malformed("the payload is a credential without a proof")
    return payload


def verify(envelope: dict[str, Any]) -> Opened:
    """Open an envelope.

    Raises as ``read``; ProofError ``proof.wrong_key`` where the method names no SM2 key, ``proof.invalid`` where digest
    or signature do not hold; FormatError ``document.unsupported`` where the extra is not installed.
    """
    payload = read(envelope)
    did, public = _method(envelope["verificationMethod"])
    signature, digest = _decoded(envelope["signature"], 64), _decoded(envelope["digest"], 32)
    if sm2.sm3(canonical.dumps(payload)) != digest:
        raise ProofError("proof.invalid", "the payload is another than the one that was signed")
    protected = {name: value for name, value in envelope.items() if name not in ("payload", "signature")}
    if not sm2.verify(public, canonical.dumps(protected), signature):
        raise ProofError("proof.invalid", "the signature does not match the envelope")
    return Opened(payload, did, envelope["verificationMethod"], public, canonical.dumps(envelope))


def verify_signed(signed: bytes, issuer: str) -> Opened:
    """Open the bytes S, which ``issuer`` issued and signed; S is the envelope's JCS form to the byte.

    Raises as ``verify``; FormatError ``document.malformed`` for another spelling, ProofError ``proof.wrong_key`` where
    the credential is another issuer's or the key is under another DID.
    """
    value = canonical.loads(signed)
    if not isinstance(value, dict):
        raise _malformed("an SM2 envelope is an object")
    opened = verify(value)
    if opened.signed != signed:
        raise _malformed("the envelope is not in its canonical form")
    named = opened.credential.get("issuer")
    if (named.get("id") if isinstance(named, dict) else named) != issuer or opened.did != issuer:
        raise ProofError("proof.wrong_key", "the document is not issued and signed by the issuer that is named")
    return opened


def _method(value: object) -> tuple[str, bytes]:
    """The DID and the compressed point of a verification method ``DID#MULTIKEY``."""
    did, mark, multikey = value.partition("#") if isinstance(value, str) else ("", "", "")
    try:
        if not mark:
            raise FormatError("key.malformed", "a verification method is a DID, # and a key")
        return str(parse_did_web(did)), sm2.multikey_to_public_key(multikey)
    except FormatError as error:
        raise ProofError("proof.wrong_key", error.message) from None


def _decoded(value: object, size: int) -> bytes:
    try:
        data = base64s.decode(value)
    except FormatError as error:
        raise ProofError("proof.invalid", error.message) from None
    if len(data) != size:
        raise ProofError("proof.invalid", f"{size} bytes were expected")
    return data


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
