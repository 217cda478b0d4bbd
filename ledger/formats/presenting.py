"""A holder's part in selective disclosure: what an SD-JWT lets one keep back, choosing, and binding (RFC 9901 §7.2).

Works on the SD-JWT alone, or inside of a bundle: everything else of the bundle stays as it is, since the log's
commitment is over what the issuer signed, and that is the same whatever is disclosed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.formats import canonical, enveloped, jws, keys, p256, publickeys, sdjwt
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.joseform import SUBJECT
from ledger.formats.multibase import base64url_decode
from ledger.formats.sdjwt import Disclosure, Path


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be kept back: a JSON pointer below ``credentialSubject``, its value, whether it must be shown.

    A place elsewhere in the payload has ``//`` before it.
    """

    pointer: str
    value: Any
    required: bool


@dataclass(frozen=True, slots=True)
class HolderKey:
    """What binds a presentation: a public key (as ``publickeys`` has it) and its secret."""

    public: bytes
    secret: bytes


def choices(text: str) -> list[Choice]:
    """Everything that the SD-JWT ``text`` discloses, in the order of its places; FormatError ``document.…``."""
    found, required = _disclosed(text)
    return [
        Choice(_pointer(path), one.value, one.digest in required)
        for path, one in sorted(found.items(), key=lambda item: _order(item[0]))
    ]


def choose(text: str, pointers: Iterable[str]) -> str:
    """The SD-JWT with what the pointers name, all that is inside of it and around it, and what the issuer demands.

    ``*`` in a pointer stands for every member or element. A key binding is left out. Raises NotFoundError
    ``present.unknown`` for a pointer to nothing that could be kept back, FormatError ``document.…``.
    """
    found, required = _disclosed(text)
    wanted = {path for path, one in found.items() if one.digest in required}
    for pointer in pointers:
        named = {path for path in found if _matches(pointer, path)}
        if not named:
            raise NotFoundError("present.unknown", f"nothing can be disclosed at {pointer[:200]}")
        wanted |= named
    inside = {path for path in found if any(path[: len(one)] == one for one in wanted)}
    around = {path for path in found if any(one[: len(path)] == path for one in inside)}
    kept = inside | around
    token = sdjwt.split(text)[0]
    return sdjwt.join(token, [one.text for path, one in found.items() if path in kept])


def bind(text: str, key: HolderKey, *, audience: str, nonce: str, issued: int) -> str:
    """The SD-JWT with a key binding JWT for one verifier and its challenge; ``issued`` in Unix seconds (§4.3).

    Raises FormatError ``present.bound`` where there is one already.
    """
    token, _, binding = sdjwt.split(text)
    if binding is not None:
        raise FormatError("present.bound", "the SD-JWT is bound already")
    digest = sdjwt.hasher(jws.parse(token).payload)
    claims = {"aud": audience, "nonce": nonce, "iat": issued, "sd_hash": digest(text)}
    sign = jws.sign_ed25519 if len(key.public) == 32 else jws.sign
    return text + sign({"typ": "kb+jwt"}, claims, key.secret)


def holder_key(jwk: Any) -> HolderKey:
    """The key in a private JWK, P-256 or Ed25519; FormatError ``key.…``."""
    if not isinstance(jwk, dict) or not isinstance(jwk.get("d"), str):
        raise FormatError("key.malformed", "no private JWK")
    public = publickeys.from_jwk({name: value for name, value in jwk.items() if name != "d"})
    try:
        secret = base64url_decode(jwk["d"], max_bytes=32)
    except FormatError as error:
        raise FormatError("key.malformed", error.message) from None
    if len(public) == 32:
        pair = keys.generate(secret)
        own, secret = pair.public, pair.secret
    else:
        own = p256.MULTICODEC_P256 + p256.public_of(secret)
    if own != public:
        raise FormatError("key.malformed", "the secret is another key's")
    return HolderKey(public, secret)


def sd_jwt_of(value: Any) -> str:
    """The SD-JWT in a bundle; FormatError ``present.other_form`` where the bundle is of another form."""
    text = value.get("sdJwt") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise FormatError("present.other_form", "no bundle of the form sd-jwt: ask the school for that one")
    return text


def replaced(bundle: Mapping[str, Any], text: str) -> bytes:
    """The bundle with this SD-JWT in place of its own, in canonical form."""
    return canonical.dumps({**bundle, "sdJwt": text})


def _disclosed(text: str) -> tuple[Mapping[Path, Disclosure], frozenset[str]]:
    secured = enveloped.open_sd_jwt(text).secured
    assert secured is not None and secured.revealed is not None
    return secured.revealed.disclosed, enveloped.required(secured.revealed.claims)


def _pointer(path: Path) -> str:
    below = path[1:] if path[0] == SUBJECT else ("", *path)
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in below)


def _matches(pointer: str, path: Path) -> bool:
    wanted, here = pointer.split("/"), _pointer(path).split("/")
    return len(wanted) == len(here) and all(one in ("*", other) for one, other in zip(wanted, here, strict=True))


def _order(path: Path) -> list[tuple[int, str]]:
    """Positions by number, names by letter."""
    return [(step, "") if isinstance(step, int) else (-1, step) for step in path]
