"""Credentials inside of JWTs and SD-JWTs, as the credentials that they are (docs/formats.md §4.1 to §4.3).

Three shapes are read: the credential itself as payload (VC-JOSE-COSE; an SD-JWT VC may be one as well), the credential
as the claim ``vc`` (VC Data Model 1.1 §6.3.1, ``jwt_vc_json``), and an SD-JWT VC of plain claims, which is no W3C
credential and is read for what it is. Whatever a token says twice must agree, else ``document.payload_mismatch``.

Presentations: a JWT over a presentation (``vp+jwt``, or the claim ``vp``), and the ``data:`` URLs of
EnvelopedVerifiableCredential and EnvelopedVerifiablePresentation (VC Data Model 2.0 §4.13).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ledger.formats import datetimes, envelopes, jws, sdjwt, sm2, sm2_envelope
from ledger.formats.entry import Representation
from ledger.formats.errors import FormatError
from ledger.formats.jws import Token
from ledger.formats.sdjwt import Revealed

REQUIRED = "requiredDisclosures"
"""The claim that lists the digests which the issuer wants disclosed, always."""
JWT_TYPES = ("vc+jwt", "vc+ld+jwt", "jwt", "")
SD_JWT_TYPES = ("dc+sd-jwt", "vc+sd-jwt")
VP_TYPES = ("vp+jwt", "vp+ld+jwt", "jwt", "")

_JWT_CLAIMS = frozenset({"iss", "sub", "exp", "nbf", "iat", "jti", "cnf"})
BESIDE_VC = _JWT_CLAIMS | {"vc"}
"""What a record's token holds where the credential is one of its claims."""
_SD_CLAIMS = _JWT_CLAIMS | {"vct", "vct#integrity", REQUIRED}
# draft-ietf-oauth-sd-jwt-vc §3.2.2: never selectively disclosed.
_ALWAYS = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", REQUIRED})


@dataclass(frozen=True, slots=True)
class Bound:
    """A key binding JWT and the ``sd_hash`` that it must have (RFC 9901 §4.3)."""

    token: Token
    sd_hash: str


@dataclass(frozen=True, slots=True)
class Secured:
    """A credential's envelope. ``signed`` is S (docs/formats.md §4); nothing of it is verified yet.

    ``method`` is the verification method that the header names, made absolute, or None. ``plain`` marks an SD-JWT VC
    that is no W3C credential. ``missing`` counts the required disclosures that are withheld.
    """

    representation: Representation
    token: Token
    signed: bytes
    method: str | None
    types: tuple[str, ...]
    revealed: Revealed | None = None
    bound: Bound | None = None
    plain: bool = False
    missing: int = 0


class Given(NamedTuple):
    """What an envelope held: a credential, with its envelope, or a presentation with the credential inside.

    ``vp`` is the JWT of a presentation, ``sealed`` an SM2 envelope (docs/formats.md §17).
    """

    credential: dict[str, Any]
    secured: Secured | None
    presentation: dict[str, Any] | None = None
    vp: Token | None = None
    sealed: dict[str, Any] | None = None

    @property
    def issuer(self) -> object:
        """Whom the credential names as its issuer."""
        return _issuer(self.credential)


def open_text(text: str) -> Given:
    """A compact JWT or SD-JWT; FormatError ``document.…``."""
    return open_sd_jwt(text) if "~" in text else open_jwt(text)


def open_jwt(text: object) -> Given:
    """A JWT over a credential, or over a presentation that holds one."""
    token = jws.parse(text)
    if "vp" in token.payload or _is_presentation(token.payload):
        return _open_presentation(token)
    kind, payload = jws.kind_of(token), token.payload
    inner = payload.get("vc")
    if inner is None:
        credential = _without(payload, _JWT_CLAIMS)
        _agree(payload, credential)
    elif not isinstance(inner, dict) or kind == "vc+jwt":
        raise _malformed("a claim vc that is no credential, or that has no place in a token of this type")
    else:
        credential = _from_vc_claim(payload, inner)
    secured = Secured(
        Representation.JWT, token, token.text.encode("ascii"), _method(token, _issuer(credential)), JWT_TYPES
    )
    return Given(credential, secured)


def open_sd_jwt(text: object) -> Given:
    """An SD-JWT over a credential, with what was disclosed of it."""
    if not isinstance(text, str) or not text.isascii():
        raise _malformed("not an SD-JWT")
    signed, disclosures, binding = sdjwt.split(text)
    token = jws.parse(signed)
    revealed = sdjwt.reveal(token.payload, disclosures)
    hidden = {place[0] for place in revealed.disclosed if len(place) == 1} & _ALWAYS
    if hidden:
        raise _malformed(f"the claim {min(map(str, hidden))} may not be disclosed selectively")
    claims = revealed.claims
    plain = "@context" not in claims
    if plain and not isinstance(claims.get("vct"), str):
        raise _malformed("an SD-JWT that is neither a credential nor an SD-JWT VC")
    credential = _from_claims(claims) if plain else _without(claims, _SD_CLAIMS)
    if not plain:
        _agree(claims, credential)
    bound = None
    if binding is not None:
        bound = Bound(jws.parse(binding), sdjwt.hasher(token.payload)(text.removesuffix(binding)))
    secured = Secured(
        Representation.SD_JWT,
        token,
        signed.encode("ascii"),
        _method(token, _issuer(credential)),
        SD_JWT_TYPES,
        revealed,
        bound,
        plain,
        len(required(claims) - revealed.digests),
    )
    return Given(credential, secured)


def open_sealed(value: object) -> Given:
    """An SM2 envelope; FormatError ``document.unsupported`` where the optional part that verifies it is missing."""
    credential = sm2_envelope.read(value)
    sm2.require()
    assert isinstance(value, dict)
    return Given(credential, None, sealed=value)


def required(claims: dict[str, Any]) -> frozenset[str]:
    """The digests that the issuer wants disclosed."""
    listed = claims.get(REQUIRED, [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise _malformed(f"{REQUIRED} is an array of digests")
    return frozenset(listed)


def open_envelope(value: dict[str, Any]) -> Given:
    """What the ``data:`` URL of an enveloped credential or presentation holds."""
    is_presentation, is_sd_jwt, content = envelopes.read(value)
    if is_presentation:
        return _open_presentation(_presentation_token(content))
    given = open_sd_jwt(content) if is_sd_jwt else open_jwt(content)
    if given.presentation is not None:
        raise _malformed("a presentation in the envelope of a credential")
    return given


def open_presented(value: dict[str, Any]) -> tuple[dict[str, Any], Token]:
    """The presentation in an EnvelopedVerifiablePresentation, whatever it holds, and its JWT, not verified."""
    is_presentation, _, content = envelopes.read(value)
    if not is_presentation:
        raise _malformed("the envelope of a credential where one of a presentation belongs")
    token = _presentation_token(content)
    return _presentation_of(token), token


def held(value: object) -> Given:
    """One member of ``verifiableCredential``: a credential as it is, in an envelope, or as a compact token."""
    if isinstance(value, str):
        given = open_text(value)
    elif isinstance(value, dict) and envelopes.is_envelope(value):
        given = open_envelope(value)
    elif isinstance(value, dict):
        return Given(value, None)
    else:
        raise _malformed("a presentation holds credentials")
    if given.presentation is not None:
        raise _malformed("a presentation inside of another")
    return given


def timestamp(claims: dict[str, Any], name: str) -> int | None:
    """A NumericDate (RFC 7519 §2) in whole seconds, rounded down; None where the claim is not there."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= datetimes.MAX_UNIX:
        raise _malformed(f"{name} is a number of seconds since 1970")
    return int(value)


def _presentation_token(content: str) -> Token:
    token = jws.parse(content)
    if "vp" not in token.payload and not _is_presentation(token.payload):
        raise _malformed("an enveloped presentation that is none")
    return token


def _open_presentation(token: Token) -> Given:
    presentation = _presentation_of(token)
    listed = presentation.get("verifiableCredential")
    members = listed if isinstance(listed, list) else [listed]
    if len(members) != 1:
        raise _malformed("a presentation holds one credential")
    inside = held(members[0])
    return Given(inside.credential, inside.secured, presentation, token)


def _presentation_of(token: Token) -> dict[str, Any]:
    """The presentation that a JWT is over; what it says twice must agree."""
    payload = token.payload
    inner = payload.get("vp")
    if inner is None:
        presentation = _without(payload, _JWT_CLAIMS | {"aud", "nonce"})
    elif isinstance(inner, dict):
        presentation = inner
    else:
        raise _malformed("the claim vp is an object")
    _same("iss", payload, _identified(presentation.get("holder")))
    _same("jti", payload, presentation.get("id"))
    return presentation


def _from_vc_claim(payload: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """VC Data Model 1.1 §6.3.1: what the registered claims say is the credential's own, said once or twice alike."""
    modern = "issuanceDate" not in inner and "expirationDate" not in inner and "validFrom" in inner
    begin, end = ("validFrom", "validUntil") if modern else ("issuanceDate", "expirationDate")
    credential = dict(inner)
    _fill(credential, "id", payload.get("jti"))
    _fill(credential, "issuer", payload.get("iss"))
    for name, claim in ((begin, "nbf"), (end, "exp")):
        seconds = timestamp(payload, claim)
        if seconds is None:
            continue
        if name not in credential:
            credential[name] = datetimes.render(datetimes.from_unix(seconds))
        elif int(datetimes.parse(credential[name]).timestamp()) != seconds:
            raise _mismatch(claim)
    subject = credential.get("credentialSubject")
    if "sub" in payload and isinstance(subject, dict) and "id" not in subject:
        credential["credentialSubject"] = subject | {"id": payload["sub"]}
    _agree(payload, credential)
    return credential


def _from_claims(claims: dict[str, Any]) -> dict[str, Any]:
    """A plain SD-JWT VC in the members that a report reads; it is no W3C credential and does not become one."""
    subject = _without(claims, _SD_CLAIMS | {"status", "aud"})
    if "sub" in claims:
        subject["id"] = claims["sub"]
    made: dict[str, Any] = {"type": [claims["vct"]], "credentialSubject": subject}
    if "iss" in claims:
        made["issuer"] = claims["iss"]
    for name, claim in (("validFrom", "nbf"), ("validUntil", "exp")):
        seconds = timestamp(claims, claim)
        if seconds is not None:
            made[name] = datetimes.render(datetimes.from_unix(seconds))
    return made


def _agree(claims: dict[str, Any], credential: dict[str, Any]) -> None:
    """The registered claims against the members that mean the same (VC-JOSE-COSE §3.1.3, VC Data Model 1.1 §6.3.1)."""
    subject = credential.get("credentialSubject")
    _same("iss", claims, _issuer(credential))
    _same("jti", claims, credential.get("id"))
    _same("sub", claims, subject.get("id") if isinstance(subject, dict) else None)


def _same(name: str, claims: dict[str, Any], value: object) -> None:
    if name in claims and value is not None and claims[name] != value:
        raise _mismatch(name)


def _fill(credential: dict[str, Any], name: str, value: object) -> None:
    if value is not None and name not in credential:
        credential[name] = value


def _method(token: Token, issuer: object) -> str | None:
    """The key that the header names: a DID URL, a fragment of the issuer, or of a did:key the key that it is."""
    kid = token.header.get("kid")
    if "kid" not in token.header and isinstance(issuer, str) and issuer.startswith("did:key:"):
        kid = issuer
    if not isinstance(kid, str):
        return None
    if kid.startswith("#") and isinstance(issuer, str):
        return issuer + kid
    if kid.startswith("did:key:") and "#" not in kid:
        return f"{kid}#{kid.removeprefix('did:key:')}"
    return kid


def holder_method(token: Token, presentation: dict[str, Any] | None = None) -> str | None:
    """The verification method of a presentation's JWT; ``holder`` is looked for in ``presentation``, if given."""
    holder = (token.payload if presentation is None else presentation).get("holder")
    return _method(token, token.payload.get("iss", _identified(holder)))


def _issuer(credential: dict[str, Any]) -> object:
    return _identified(credential.get("issuer"))


def _identified(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value


def _types(value: dict[str, Any]) -> set[str]:
    types = value.get("type")
    return {name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)}


def _is_presentation(payload: dict[str, Any]) -> bool:
    return "VerifiablePresentation" in _types(payload)


def _without(claims: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in names}


def _mismatch(name: str) -> FormatError:
    return FormatError("document.payload_mismatch", f"the claim {name} contradicts the credential")


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)


Opener = Callable[[object], Given]
FORMS: dict[str, Opener] = {"jwt": open_jwt, "sdJwt": open_sd_jwt, "sm2": open_sealed}
"""The members of a bundle that hold an envelope, and what reads them."""
