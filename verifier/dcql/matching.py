"""Whether the presentations in a VP Token are those that a query asked for (OpenID4VP 1.0 §6.4, §8.1, appendix B).

Each presentation is opened, and held against its query: format, type, claims, and that nothing was disclosed which was
not asked for. Signatures are not looked at: what is returned goes to the verifier, with the request's own nonce.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ledger.formats import canonical, enveloped
from ledger.formats.bundle import Bundle
from ledger.formats.contexts import Contexts
from ledger.formats.entry import Representation
from ledger.formats.errors import FormatError
from ledger.formats.jsonld import root_scope
from ledger.formats.sdjwt import Path as Place
from ledger.formats.sdjwt import Revealed
from verifier.dcql import claims
from verifier.dcql.query import JWT_VC_JSON, LDP_VC, SD_JWT, CredentialQuery, Query
from verifier.readers.document import read

MAX_PRESENTATIONS = 64
_TOKEN = re.compile(r"[A-Za-z0-9._~-]+")


@dataclass(frozen=True, slots=True)
class Presented:
    """One presentation as the verifier reads it, and the id of the credential query that it answers."""

    id: str
    data: bytes = field(repr=False)


def match(query: Query, vp_token: object, contexts: Contexts) -> list[Presented]:
    """The presentations of a VP Token, in the query's order; ``contexts`` say what types mean.

    Raises FormatError ``presentation.…``: ``malformed``, ``not_asked``, ``incomplete``, ``format``, ``type``,
    ``claim_missing``, ``claim_value``, ``over_disclosed``; and ``document.…`` for what cannot be read.
    """
    if not isinstance(vp_token, dict) or not vp_token:
        raise _wrong("malformed", "vp_token is an object with a member for each credential query")
    unknown = [name for name in vp_token if query.credential(name) is None]
    if unknown:
        raise _wrong("not_asked", "vp_token has presentations of no credential query")
    _check_sets(query, frozenset(vp_token))
    found: list[Presented] = []
    for one in query.credentials:
        listed = vp_token.get(one.id, ())
        if one.id in vp_token and (not isinstance(listed, list) or not listed):
            raise _wrong("malformed", "a member of vp_token is an array of presentations")
        if len(listed) > 1 and not one.multiple:
            raise _wrong("not_asked", "more than one presentation of a credential query")
        if len(found) + len(listed) > MAX_PRESENTATIONS:
            raise _wrong("malformed", f"more than {MAX_PRESENTATIONS} presentations")
        found += [_matched(one, presentation, contexts) for presentation in listed]
    return found


def _check_sets(query: Query, given: frozenset[str]) -> None:
    if not query.sets:
        if given != {one.id for one in query.credentials}:
            raise _wrong("incomplete", "a credential that was asked for is not there")
        return
    wanted: set[str] = set()
    for one in query.sets:
        whole = [option for option in one.options if option <= given]
        if one.required and not whole:
            raise _wrong("incomplete", "no option of a credential set is there as a whole")
        wanted.update(*whole)
    if given - wanted:
        raise _wrong("not_asked", "a credential that is part of no whole option of a credential set")


def _matched(query: CredentialQuery, presentation: object, contexts: Contexts) -> Presented:
    given, data = _opened(query.format, presentation)
    root, revealed = given.credential, given.secured.revealed if given.secured else None
    if revealed is not None:
        root = revealed.claims
        types = [frozenset({root.get("vct")})]
    else:
        types = _types(root, contexts, plainly=query.format == JWT_VC_JSON)
    if not any(wanted <= found for wanted in query.types for found in types):
        raise _wrong("type", "a credential of another type")
    claims.check(query, root)
    if revealed is not None:
        _check_disclosed(query, revealed)
    return Presented(query.id, data)


def _opened(form: str, presentation: Any) -> tuple[Bundle, bytes]:
    """A presentation of this format (appendix B), and its bytes; FormatError ``presentation.format``, ``document.…``.

    Read by the verifier's own reader: what is matched here must be what is verified there.
    """
    data = b""
    if form == LDP_VC and isinstance(presentation, dict) and "rollbook" not in presentation:
        data = canonical.dumps(presentation)
    elif form != LDP_VC and isinstance(presentation, str) and _TOKEN.fullmatch(presentation):
        data = presentation.encode("ascii")
    # What the reader takes besides (bundles, sheets, JSON in a text) is no presentation of this protocol.
    if data and _form(given := read(data)) == form:
        return given, data
    raise _wrong("format", f"no presentation of a credential in the format {form}")


def _form(given: Bundle) -> str | None:
    """The format that a presentation is in; None for anything else, a bare credential among them."""
    secured = given.secured
    if secured is None:
        is_signed = given.presentation is not None and given.vp is None and "proof" in given.credential
        return LDP_VC if is_signed else None
    if secured.representation == Representation.SD_JWT:
        return SD_JWT if given.presentation is None else None
    return JWT_VC_JSON if given.vp is not None else None


def _types(credential: dict[str, Any], contexts: Contexts, *, plainly: bool) -> list[frozenset[Any]]:
    """The types, expanded by the credential's own context; of a format without JSON-LD also as they stand (§B.1.1)."""
    names = _names(credential)
    found = [frozenset(names)] if plainly else []
    try:
        active = root_scope(credential.get("@context"), contexts).active
        found.append(frozenset(active.expand(name, vocab=True) or name for name in names))
    except FormatError:
        if not found:
            raise
    return found


def _check_disclosed(query: CredentialQuery, revealed: Revealed) -> None:
    """Every disclosure leads to a claim that was asked for, stands inside of one, or is demanded by the issuer."""
    asked, demanded = claims.places(query, revealed.claims), enveloped.required(revealed.claims)
    for place, disclosure in revealed.disclosed.items():
        if disclosure.digest not in demanded and not any(_on_one_line(place, each) for each in asked):
            raise _wrong("over_disclosed", "something is disclosed that was not asked for")


def _on_one_line(one: Place, other: Place) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _names(value: dict[str, Any]) -> list[str]:
    types = value.get("type")
    return [name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]


def _wrong(code: str, message: str) -> FormatError:
    return FormatError(f"presentation.{code}", message)
