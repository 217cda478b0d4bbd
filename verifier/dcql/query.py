"""Reading a query (OpenID4VP 1.0 §6). A query is our own user's, so what is not understood in it is said, not skipped.

FormatError ``dcql.malformed`` for what breaks the specification, ``dcql.unsupported``, which names the member, for what
it allows and is not done here: other authorities than the trust root's, presentations that no holder signs, and a
position after 0 in an SD-JWT.
"""

import re
from dataclasses import dataclass
from typing import Any

from ledger.formats.errors import FormatError

LDP_VC, JWT_VC_JSON, SD_JWT = "ldp_vc", "jwt_vc_json", "dc+sd-jwt"
FORMATS = (LDP_VC, JWT_VC_JSON, SD_JWT)
MAX_CREDENTIALS, MAX_CLAIMS, MAX_PATH, MAX_SETS, MAX_VALUES = 16, 64, 16, 16, 64

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_META = {SD_JWT: "vct_values", LDP_VC: "type_values", JWT_VC_JSON: "type_values"}

Path = tuple[str | int | None, ...]
"""A claims path pointer (§7): names, positions, and None for every element of an array."""
Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class ClaimsQuery:
    """One claim; ``values`` are those it may have, None for any."""

    id: str | None
    path: Path
    values: tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One credential. ``types`` are alternatives: of an SD-JWT each one ``vct``, of others sets of expanded types.

    ``options`` are sets of claims, any of which will do; without ``claims`` there is one, which is empty.
    """

    id: str
    format: str
    multiple: bool
    types: tuple[frozenset[str], ...]
    claims: tuple[ClaimsQuery, ...]
    options: tuple[tuple[ClaimsQuery, ...], ...]


@dataclass(frozen=True, slots=True)
class CredentialSet:
    """Alternatives, each of which is all of some credentials."""

    options: tuple[frozenset[str], ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Query:
    """The whole. Without sets every credential is wanted."""

    credentials: tuple[CredentialQuery, ...]
    sets: tuple[CredentialSet, ...]

    def credential(self, name: str) -> CredentialQuery | None:
        """The query of this id."""
        return next((one for one in self.credentials if one.id == name), None)


def parse(value: object) -> Query:
    """The query in a JSON value that was read strictly; FormatError ``dcql.malformed``, ``dcql.unsupported``."""
    members = _object("dcql_query", value, {"credentials", "credential_sets"})
    listed = _array("credentials", members.get("credentials"), MAX_CREDENTIALS)
    credentials = tuple(_credential(one) for one in listed)
    ids = [one.id for one in credentials]
    if len(set(ids)) != len(ids):
        raise _malformed("two credentials have one id")
    sets: tuple[CredentialSet, ...] = ()
    if "credential_sets" in members:
        listed = _array("credential_sets", members["credential_sets"], MAX_SETS)
        sets = tuple(_set(one, frozenset(ids)) for one in listed)
    return Query(credentials, sets)


def _credential(value: object) -> CredentialQuery:
    known = {"id", "format", "multiple", "meta", "claims", "claim_sets"}
    refused = {"trusted_authorities", "require_cryptographic_holder_binding"}
    members = _object("credentials", value, known | refused)
    if "trusted_authorities" in members:
        raise FormatError("dcql.unsupported", "trusted_authorities: whom we trust is said by the trust root")
    if members.get("require_cryptographic_holder_binding", True) is not True:
        raise FormatError("dcql.unsupported", "require_cryptographic_holder_binding: a holder's signature is demanded")
    form = members.get("format")
    if not isinstance(form, str):
        raise _malformed("a credential has a format")
    if form not in FORMATS:
        raise FormatError("dcql.unsupported", f"format: one of {', '.join(FORMATS)}")
    claims: tuple[ClaimsQuery, ...] = ()
    if "claims" in members:
        claims = tuple(_claim(one) for one in _array("claims", members["claims"], MAX_CLAIMS))
    # Of an array that is disclosed in parts nobody but the holder knows which element stood where: among the digests
    # that nothing was disclosed for may be decoys (RFC 9901 §4.2.5), which the holder does not count.
    if form == SD_JWT and any(type(step) is int and step > 0 for claim in claims for step in claim.path):
        raise FormatError("dcql.unsupported", f"path: in {SD_JWT} a position after 0; null asks for every element")
    options = _options(members["claim_sets"], claims) if "claim_sets" in members else (claims,)
    _check_claim_ids(claims)
    return CredentialQuery(
        _id(members.get("id")),
        form,
        _flag("multiple", members, False),
        _types(form, members.get("meta")),
        claims,
        options,
    )


def _types(form: str, meta: object) -> tuple[frozenset[str], ...]:
    name = _META[form]
    listed = _array(name, _object("meta", meta, {name}).get(name), MAX_VALUES)
    if form == SD_JWT:
        return tuple(frozenset({_text(name, one)}) for one in listed)
    return tuple(frozenset(_text(name, each) for each in _array(name, one, MAX_VALUES)) for one in listed)


def _claim(value: object) -> ClaimsQuery:
    members = _object("claims", value, {"id", "path", "values"})
    path = tuple(_array("path", members.get("path"), MAX_PATH))
    for step in path:
        if not (step is None or type(step) is str or (type(step) is int and step >= 0)):
            raise _malformed("a path has names, positions and nulls")
    values: tuple[Scalar, ...] | None = None
    if "values" in members:
        values = tuple(_array("values", members["values"], MAX_VALUES))
        if not all(type(one) in (str, int, bool) for one in values):
            raise _malformed("values are texts, whole numbers, true and false")
    return ClaimsQuery(_id(members["id"]) if "id" in members else None, path, values)


def _options(value: object, claims: tuple[ClaimsQuery, ...]) -> tuple[tuple[ClaimsQuery, ...], ...]:
    by_id = {one.id: one for one in claims if one.id is not None}
    if not claims:
        raise _malformed("claim_sets without claims")
    found = []
    for option in _array("claim_sets", value, MAX_SETS):
        names = [_id(name) for name in _array("claim_sets", option, MAX_CLAIMS)]
        if not by_id.keys() >= set(names):
            raise _malformed("claim_sets names a claim that there is not")
        found.append(tuple(by_id[name] for name in names))
    return tuple(found)


def _check_claim_ids(claims: tuple[ClaimsQuery, ...]) -> None:
    ids = [one.id for one in claims if one.id is not None]
    if len(set(ids)) != len(ids):
        raise _malformed("two claims have one id")


def _set(value: object, ids: frozenset[str]) -> CredentialSet:
    members = _object("credential_sets", value, {"options", "required"})
    options = []
    for option in _array("options", members.get("options"), MAX_SETS):
        names = frozenset(_id(name) for name in _array("options", option, MAX_CREDENTIALS))
        if not names <= ids:
            raise _malformed("credential_sets names a credential that there is not")
        options.append(names)
    return CredentialSet(tuple(options), _flag("required", members, True))


def _object(where: str, value: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(f"{where} is an object")
    unknown = value.keys() - names
    if unknown:
        raise FormatError("dcql.unsupported", f"{where} has the member {min(unknown)[:64]}")
    return value


def _array(where: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise _malformed(f"{where} is an array of 1 to {most}")
    return value


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _malformed("an id has letters, digits, _ and -")
    return value


def _text(where: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _malformed(f"{where} holds texts")
    return value


def _flag(name: str, members: dict[str, Any], default: bool) -> bool:
    value = members.get(name, default)
    if not isinstance(value, bool):
        raise _malformed(f"{name} is true or false")
    return value


def _malformed(message: str) -> FormatError:
    return FormatError("dcql.malformed", message)
