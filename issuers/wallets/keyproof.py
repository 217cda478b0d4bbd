"""Key proofs of the type ``jwt`` (OpenID4VCI 1.0 §F.1, verified by §F.4): a wallet shows that a key is its own.

Rules, numbered in the code:

1. a compact JWT of the type ``openid4vci-proof+jwt``, by an algorithm that the configuration allows, no extensions;
2. exactly one of ``kid``, a did:key with its own fragment or none, and ``jwk``, a public key; neither ``x5c``,
   ``key_attestation`` nor ``trust_chain``, which nobody checks here;
3. ``aud`` is the credential issuer, alone; ``iss`` would be a client id, and no client is known here;
4. ``iat`` is within five minutes of now; ``exp``, where it is there, is to come, and ``nbf`` at most five minutes ahead
   (RFC 7519 §4.1.4, §4.1.5);
5. ``nonce`` is text; whether it is good is told by ``nonces``, once everything else holds;
6. the signature holds by that key.
"""

from dataclasses import dataclass
from typing import Any

from issuers.wallets.refusals import INVALID_PROOF, refused
from ledger.formats import jws, publickeys
from ledger.formats.enveloped import timestamp
from ledger.formats.errors import FormatError, NotAllowedError, ProofError
from ledger.formats.jws import Token

TYPE = "openid4vci-proof+jwt"
LEEWAY = 300
"""Seconds by which ``iat`` may be away from now, and ``nbf`` ahead."""
MAX_CHARACTERS = 16 * 1024
_NOT_READ = ("x5c", "key_attestation", "trust_chain")


@dataclass(frozen=True, slots=True)
class KeyProof:
    """Whose key it is that a credential is to be bound to (as ``publickeys`` has it), and the nonce it was made for."""

    holder: bytes
    nonce: str


def check(text: object, issuer: str, algorithms: tuple[str, ...], now: int) -> KeyProof:
    """The proof in a JWT; ``now`` in seconds since 1970. Refusal ``invalid_proof``."""
    try:
        return _check(text, issuer, algorithms, now)
    except (FormatError, ProofError) as error:
        raise _invalid(f"the key proof: {error.code}") from None


def _check(text: object, issuer: str, algorithms: tuple[str, ...], now: int) -> KeyProof:
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
        raise _invalid("a key proof is a compact JWT")
    token = jws.parse(text)  # 1
    jws.check_header(token, (TYPE,))
    if token.header.get("typ") != TYPE or token.header["alg"] not in algorithms:
        raise _invalid(f"typ is {TYPE}, alg is one of {' and '.join(algorithms)}")
    holder = _key(token)  # 2
    claims = token.payload
    if claims.get("aud") != issuer:  # 3
        raise _invalid("aud is not this credential issuer")
    made, begins, ends = (timestamp(claims, name) for name in ("iat", "nbf", "exp"))  # 4
    if made is None or abs(now - made) > LEEWAY:
        raise _invalid("iat is not now")
    if ends is not None and ends <= now:
        raise _invalid("the key proof has expired")
    if begins is not None and begins - now > LEEWAY:
        raise _invalid("the key proof is not good yet")
    nonce = claims.get("nonce")  # 5
    if not isinstance(nonce, str):
        raise _invalid("the key proof has no c_nonce")
    jws.verify(token, holder, (TYPE,))  # 6
    return KeyProof(holder, nonce)


def _key(token: Token) -> bytes:
    header: dict[str, Any] = token.header
    if any(name in header for name in _NOT_READ):
        raise _invalid("only kid and jwk are read here")
    if ("kid" in header) == ("jwk" in header):
        raise _invalid("a key proof names its key by kid or by jwk")
    if "jwk" in header:
        return publickeys.from_jwk(header["jwk"])
    kid = header["kid"]
    did, hash_sign, fragment = kid.partition("#") if isinstance(kid, str) else ("", "", "")
    multikey = did.removeprefix("did:key:")
    if multikey == did or (hash_sign and fragment != multikey):
        raise _invalid("kid is a did:key, or its verification method")
    return publickeys.from_multikey(multikey)


def _invalid(message: str) -> NotAllowedError:
    return refused(INVALID_PROOF, message)
