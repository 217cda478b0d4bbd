"""status: the newest lists that the record names do not have its bit set (docs/formats.md §7).

For each entry of ``credentialStatus``:

1. the list is well-formed, signed by the record's issuer, of that URL and purpose;
2. it is the one leaf of its key under the newest anchored status root;
3. its key counts at the newest checkpoint's time;
4. it has not ended before the header's time;
5. the record's bit is not set.

A set bit stays set: it counts however old the list is. A bit that is not set counts only in a fresh list.
"""

from ledger.formats import statuslist
from ledger.formats.bundle import Anchor, ListProof
from ledger.formats.credential import StatusEntry
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.registry import member_id
from ledger.formats.statusmap import StatusLeaf, verify
from verifier.case import Case
from verifier.checks import foreign_status
from verifier.checks.freshness import is_stale
from verifier.checks.outcomes import lacking, made, passed, skipped
from verifier.facts.chainstate import ChainState
from verifier.facts.library import Library
from verifier.facts.lists import SignedList
from verifier.facts.standing import key_record
from verifier.report import Check

SET = {"revocation": "status.revoked", "suspension": "status.suspended", "message": "status.superseded"}
OK, MISSING, STALE, MISMATCH = "status.ok", "status.missing", "status.stale", "status.mismatch"
_SEVERITY = (*SET.values(), MISMATCH, MISSING, STALE, OK)


def check(case: Case, library: Library) -> Check:
    """The worst answer of all lists."""
    if case.parsed is None or case.issuer is None:
        return skipped("status", "the document could not be read")
    if not case.parsed.status and not case.parsed.other_status:
        return skipped("status", "the document names no status list")
    if foreign_status.applies(case):
        return foreign_status.check(case)
    if case.state is None or case.newest is None:
        return lacking("status", case.absence)
    codes = [_examine(case, library, case.state, case.newest, entry) for entry in case.parsed.status]
    codes += [MISSING] * bool(case.parsed.other_status)
    worst = min(codes, key=_SEVERITY.index)
    if worst == MISSING:
        return lacking("status", case.absence)
    if worst != OK:
        return made(worst, lists=[entry.list_url for entry in case.parsed.status])
    if is_stale(case.question, case.state.as_of):
        return made(STALE)
    return passed("status", index=case.parsed.status[0].index, lists=[one.list_url for one in case.parsed.status])


def _examine(case: Case, library: Library, state: ChainState, newest: Anchor, entry: StatusEntry) -> str:
    given = next((one for one in case.material.status if one.credential.get("id") == entry.list_url), None)
    if given is None:
        return MISSING
    found = library.status_list(given)
    if isinstance(found, str) or found.list.issuer != case.issuer or found.list.purpose != entry.purpose:  # 1
        return MISMATCH
    return _examine_list(state, newest, entry, given, found)


def _examine_list(state: ChainState, newest: Anchor, entry: StatusEntry, given: ListProof, found: SignedList) -> str:
    if not _is_newest(state, newest, given, found):  # 2
        return MISMATCH
    try:  # 3
        record = key_record(state, found.list.issuer, found.key)
    except (ProofError, FormatError):
        return MISSING
    if record is None:
        return MISMATCH
    if not record.usable(newest.time):
        return STALE
    try:
        is_set = statuslist.get(found.list.bits, entry.index)
    except FormatError:
        return MISMATCH
    if is_set:  # 5
        return SET[entry.purpose]
    return STALE if found.list.valid_until < state.header.timestamp else OK  # 4


def _is_newest(state: ChainState, newest: Anchor, given: ListProof, found: SignedList) -> bool:
    key = ("list", newest.status_root, given.hash, given.steps)
    return bool(state.derived.get(key, lambda: _lies_under(newest.status_root, given, found)))


def _lies_under(root: bytes, given: ListProof, found: SignedList) -> bool:
    listed = found.list
    leaf = StatusLeaf(member_id(listed.issuer), listed.url, listed.sequence, given.hash, listed.valid_until)
    try:
        verify(root, leaf, given.steps)
    except (ProofError, FormatError):
        return False
    return True
