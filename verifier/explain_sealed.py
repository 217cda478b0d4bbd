"""The part of ``verify --explain`` on SM2 envelopes (docs/formats.md §17): SM3 and SM2 stand in the steps."""

from collections.abc import Iterator
from typing import Any

from ledger.formats import base64s, canonical, sm2
from verifier.explain_steps import answer, sha

_MESSAGE = ("payload", "signature")
# The curve's base point, GB/T 32918.5 §2.
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0


def explain_document(envelope: dict[str, Any]) -> Iterator[str]:
    """The lines on S."""
    signed = canonical.dumps(envelope)
    yield "The signed document S: RFC 8785 of the whole SM2 envelope"
    yield f"   S = {signed.decode()}"
    yield from sha("digest of S", signed)


def explain_signature(envelope: dict[str, Any]) -> Iterator[str]:
    """The lines on the signature; `openssl dgst -sm3` follows each hash."""
    did, _, multikey = envelope["verificationMethod"].partition("#")
    public = sm2.multikey_to_public_key(multikey)
    payload = canonical.dumps(envelope["payload"])
    message = canonical.dumps({name: value for name, value in envelope.items() if name not in _MESSAGE})
    numbers = b"".join(number.to_bytes(32, "big") for number in (sm2.A, sm2.B, _GX, _GY))
    identity = (8 * len(sm2.DEFAULT_ID)).to_bytes(2, "big") + sm2.DEFAULT_ID + numbers + sm2.point(public)
    z = sm2.sm3(identity)
    yield "The signature: SM2 with SM3 (GB/T 32918.2)"
    yield from _sm3("digest, of the payload", payload)
    yield f"   the envelope names it: {answer(base64s.decode(envelope['digest']) == sm2.sm3(payload))}"
    yield from _sm3("Z, of the default identifier, the curve and the key", identity)
    yield from _sm3("e, of Z and the envelope without payload and signature", z + message)
    signature = base64s.decode(envelope["signature"])
    yield f"   public key = {public.hex()}"
    yield f"   r, s = {signature[:32].hex()}, {signature[32:].hex()}"
    yield f"   it holds: {answer(sm2.verify(public, message, signature))}"
    yield from sha("issuer id", did.encode())
    yield from sha("key id", sm2.MULTICODEC, public)


def _sm3(name: str, data: bytes) -> Iterator[str]:
    yield f"   {name} = {sm2.sm3(data).hex()}   ({len(data)} bytes)"
    yield f"      sm3 {data.hex()}"
