"""Claims path pointers (OpenID4VP 1.0 §7), and whether a credential's claims are those that were asked for (§6.3)."""

from typing import Any

from ledger.formats.errors import FormatError
from ledger.formats.sdjwt import Path as Place
from verifier.dcql.query import ClaimsQuery, CredentialQuery, Path


def select(root: Any, path: Path) -> list[tuple[Place, Any]]:
    """The places and values that a pointer leads to, at least one; FormatError ``….claim_missing`` (§7.1)."""
    found: list[tuple[Place, Any]] = [((), root)]
    for step in path:
        wanted = dict if isinstance(step, str) else list
        if not all(isinstance(value, wanted) for _, value in found):
            raise _missing(path)
        if step is None:
            found = [((*place, at), one) for place, value in found for at, one in enumerate(value)]
        elif isinstance(step, str):
            found = [((*place, step), value[step]) for place, value in found if step in value]
        else:
            found = [((*place, step), value[step]) for place, value in found if step < len(value)]
        if not found:
            raise _missing(path)
    return found


def check(query: CredentialQuery, root: dict[str, Any]) -> None:
    """That one of the query's sets of claims is there; FormatError ``….claim_missing``, ``….claim_value``."""
    problem: FormatError | None = None
    for option in query.options:
        try:
            for claim in option:
                _check_one(claim, root)
            return
        except FormatError as error:
            problem = problem or error
    assert problem is not None  # a query has an option at least
    raise problem


def places(query: CredentialQuery, root: dict[str, Any]) -> list[Place]:
    """The places of everything that was asked for and is there."""
    found: list[Place] = []
    for claim in query.claims:
        try:
            found += [place for place, _ in select(root, claim.path)]
        except FormatError:
            continue  # of another set of claims
    return found


def _check_one(claim: ClaimsQuery, root: dict[str, Any]) -> None:
    found = [value for _, value in select(root, claim.path)]
    if claim.values is None:
        return
    wanted = [(type(value), value) for value in claim.values]  # 1 is not true
    if not any((type(value), value) in wanted for value in found):
        raise FormatError("presentation.claim_value", f"{_shown(claim.path)} has none of the values asked for")


def _missing(path: Path) -> FormatError:
    return FormatError("presentation.claim_missing", f"{_shown(path)} is not there")


def _shown(path: Path) -> str:
    return "/".join("*" if step is None else str(step) for step in path)[:200]
