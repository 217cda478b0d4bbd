"""A record's credential as JWT and as SD-JWT VC: what is signed, and which claims its holder may keep back.

See docs/formats.md §4.1 to §4.3. The unsigned credential is the same in every form, so all of them say the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.formats import datetimes, jws, publickeys, sdjwt, vct
from ledger.formats.enveloped import REQUIRED
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind
from ledger.formats.sdjwt import Disclosure, Path, Salts

SUBJECT = "credentialSubject"


@dataclass(frozen=True, slots=True)
class JoseKey:
    """What signs: the verification method ``DID#zDn…`` and its 32-byte secret."""

    method: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Disclosable:
    """Which claims of a subject may be kept back, and which of those the issuer wants disclosed all the same.

    Each is a JSON pointer into ``credentialSubject`` (RFC 6901), ``*`` standing for every member or element. None for
    the usual ones: every element of an array and every member of an object right inside of the record itself.
    """

    pointers: tuple[str, ...] | None = None
    mandatory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedSdJwt:
    """The issuer-signed JWT, and all its disclosures by the place of what each discloses."""

    token: str
    disclosures: Mapping[Path, Disclosure]

    @property
    def text(self) -> str:
        """The SD-JWT with every disclosure, as its holder gets it."""
        return sdjwt.join(self.token, (one.text for one in self.disclosures.values()))


def sign_jwt(credential: dict[str, Any], key: JoseKey, issued: datetime) -> str:
    """The credential as payload, ``typ`` ``vc+jwt`` (VC-JOSE-COSE §3.1.1)."""
    return jws.sign({"typ": "vc+jwt", "kid": key.method}, credential | _registered(credential, issued), key.secret)


def sign_vc_claim(credential: dict[str, Any], key: JoseKey, issued: datetime) -> str:
    """The credential as the claim ``vc``, as OpenID4VCI's ``jwt_vc_json`` has it (VC Data Model 1.1 §6.3.1)."""
    claims = _registered(credential, issued)
    begin = credential.get("validFrom", credential.get("issuanceDate"))
    if begin is not None:
        claims["nbf"] = _seconds(begin)
    if "id" in credential:
        claims["jti"] = credential["id"]
    subject = credential.get(SUBJECT)
    if isinstance(subject, dict) and "id" in subject:
        claims["sub"] = subject["id"]
    return jws.sign({"typ": "JWT", "kid": key.method}, claims | {"vc": credential}, key.secret)


def sign_sd_jwt(
    credential: dict[str, Any],
    kind: Kind,
    key: JoseKey,
    issued: datetime,
    *,
    salts: Salts,
    disclosable: Disclosable | None = None,
    holder: bytes | None = None,
    decoys: Mapping[Path, int] | None = None,
) -> SignedSdJwt:
    """The credential as SD-JWT VC, ``typ`` ``dc+sd-jwt``.

    ``holder`` is the key (as ``publickeys`` has it) that the holder will bind presentations with; where it is None,
    that of the subject's did:key, if it has one. Raises FormatError ``document.malformed`` for a pointer to nothing.
    """
    wanted = disclosable or Disclosable()
    subject = credential[SUBJECT]
    paths = usual(subject, kind) if wanted.pointers is None else _places(wanted.pointers, subject)
    mandatory = _places(wanted.mandatory, subject)
    holder = holder or _subject_key(subject)
    claims = credential | _registered(credential, issued) | {"vct": vct.vct(kind), "vct#integrity": vct.integrity(kind)}
    claims["nbf"] = _seconds(credential["validFrom"])
    if holder is not None:
        claims["cnf"] = {"jwk": publickeys.to_jwk(holder)}
    made = sdjwt.conceal(claims, (*paths, *mandatory), salts, decoys)
    if mandatory:
        made.payload[REQUIRED] = sorted(made.disclosures[place].digest for place in set(mandatory))
    token = jws.sign({"typ": "dc+sd-jwt", "kid": key.method}, made.payload, key.secret)
    ordered = dict(sorted(made.disclosures.items(), key=lambda item: [str(step) for step in item[0]]))
    return SignedSdJwt(token, ordered)


def usual(subject: dict[str, Any], kind: Kind) -> list[Path]:
    """Courses, dimensions and their like: what stands in an array or object right inside of the record.

    Who the learner is stays in sight, or a record could be shown as somebody else's.
    """
    content = subject.get(kind.content)
    found: list[Path] = []
    for name, value in content.items() if isinstance(content, dict) else ():
        if isinstance(value, dict | list):
            found += [(SUBJECT, kind.content, name, *step) for step in _steps(value)]
    return found


def _places(pointers: Iterable[str], subject: Any) -> list[Path]:
    found = [place for pointer in pointers for place in _resolve(pointer, subject)]
    if any(place[1:2] == ("id",) for place in found):
        raise FormatError("document.malformed", "whom a record is about is never kept back by its id")
    return found


def _resolve(pointer: str, subject: Any) -> list[Path]:
    if not pointer.startswith("/"):
        raise FormatError("document.malformed", "a JSON pointer begins with /")
    names = [name.replace("~1", "/").replace("~0", "~") for name in pointer[1:].split("/")]
    found: list[tuple[Path, Any]] = [((SUBJECT,), subject)]
    for name in names:
        found = [
            ((*path, *step), value[step[0]])
            for path, value in found
            for step in _steps(value)
            if name in ("*", str(step[0]))
        ]
    if not found:
        raise FormatError("document.malformed", "a JSON pointer leads to nothing in the record")
    return [path for path, _ in found]


def _steps(value: Any) -> Iterator[tuple[str] | tuple[int]]:
    if isinstance(value, dict):
        yield from ((name,) for name in value)
    elif isinstance(value, list):
        yield from ((position,) for position in range(len(value)))


def _registered(credential: dict[str, Any], issued: datetime) -> dict[str, Any]:
    issuer = credential["issuer"]
    claims = {"iss": issuer["id"] if isinstance(issuer, dict) else issuer, "iat": int(issued.timestamp())}
    end = credential.get("validUntil", credential.get("expirationDate"))
    return claims if end is None else claims | {"exp": _seconds(end)}


def _seconds(moment: str) -> int:
    return int(datetimes.parse(moment).timestamp())


def _subject_key(subject: dict[str, Any]) -> bytes | None:
    did = subject.get("id")
    if not isinstance(did, str) or not did.startswith("did:key:"):
        return None
    return publickeys.from_multikey(did.removeprefix("did:key:"))
