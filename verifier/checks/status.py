"""status: the newest lists that the record names do not have its bit set (docs/formats.md §7).

For each entry of ``credentialStatus``:

1. the list is well-formed, of that URL and purpose, signed by the record's issuer; or by its registered parent, where
   the issuer is accredited no more at the newest checkpoint's time (§7, taking over);
2. it is the one leaf of its key, which is the record's issuer's, under the newest anchored status root;
3. the signing key is its issuer's and counts at the newest checkpoint's time;
4. it has not ended before the header's time;
5. the record's bit is not set.

A set bit stays set: it counts however old the list is. A bit that is not set counts only in a fresh list, and where the
record's signature holds: else nobody has said which lists and which bit are the record's. Rules 1 to 4 rest on the
ground alone, and are judged once for all records that name the list.
"""

from dataclasses import dataclass

from ledger.formats.bundle import ListProof
from ledger.formats.credential import StatusEntry
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.registry import member_id
from ledger.formats.statusmap import StatusLeaf, verify
from verifier.case import Case
from verifier.checks import foreign_status
from verifier.checks.freshness import is_stale
from verifier.checks.outcomes import lacking, made, passed, skipped
from verifier.facts.library import Library
from verifier.facts.lists import SignedList
from verifier.facts.standing import has_taken_over, key_record
from verifier.report import Check

# In this order: what is over for good comes before what may come back.
SET = {"revocation": "status.revoked", "message": "status.superseded", "suspension": "status.suspended"}
OK, MISSING, STALE, MISMATCH = "status.ok", "status.missing", "status.stale", "status.mismatch"
_SEVERITY = (*SET.values(), MISMATCH, MISSING, STALE, OK)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list by rules 1 to 4: its bits where they count, and the code for a record whose bit is not set."""

    code: str
    bits: bytes | None = None


def check(case: Case, library: Library) -> Check:
    """The worst answer of all lists."""
    parsed = case.parsed
    if parsed is None or case.issuer is None:
        return skipped("status", "the document could not be read")
    if not parsed.status and not parsed.other_status:
        return skipped("status", "the document names no status list")
    if foreign_status.applies(case):
        return foreign_status.check(case)
    if case.state is None or case.newest is None:
        return lacking("status", case.absence)
    codes = [_examine(case, library, entry) for entry in parsed.status]
    if parsed.other_status:
        codes.append(MISSING)
    worst = OK if all([code == OK for code in codes]) else min(codes, key=_SEVERITY.index)
    if worst == MISSING:
        return lacking("status", case.absence)
    evidence = {"index": parsed.status[0].index, "lists": [entry.list_url for entry in parsed.status]}
    if worst == OK and case.key is None:
        return made(MISSING, reason="no signature holds that says which lists and which bit are meant", **evidence)
    if worst == OK and not is_stale(case.question, case.state.as_of):
        return passed("status", evidence)
    return made(STALE if worst == OK else worst, **evidence)


def _examine(case: Case, library: Library, entry: StatusEntry) -> str:
    key = ("list", case.issuer, entry.list_url, entry.purpose)
    facts = case.ground.facts
    listed: Listed = facts.known(key) or facts.get(key, lambda: _open(case, library, entry))
    if listed.bits is None:
        return listed.code
    place, shift = entry.index >> 3, 7 - (entry.index & 7)  # the first bit is the left-most of the first byte
    if place >= len(listed.bits):
        return MISMATCH
    return SET[entry.purpose] if listed.bits[place] >> shift & 1 else listed.code  # 5


def _open(case: Case, library: Library, entry: StatusEntry) -> Listed:
    state, newest = case.state, case.newest
    given = next((one for one in case.ground.common.status if one.credential.get("id") == entry.list_url), None)
    if given is None or state is None or newest is None:
        return Listed(MISSING)
    found = library.status_list(given)
    if isinstance(found, str) or case.issuer is None or found.list.purpose != entry.purpose:  # 1
        return Listed(MISMATCH)
    if not _is_newest(newest.status_root, given, found, case.issuer):  # 2
        return Listed(MISMATCH)
    try:
        if found.list.issuer != case.issuer and not has_taken_over(  # 1
            state, found.list.issuer, case.issuer, newest.time
        ):
            return Listed(MISMATCH)
        record = key_record(state, found.list.issuer, found.key)  # 3
    except (ProofError, FormatError):
        return Listed(MISSING)
    if record is None:
        return Listed(MISMATCH)
    if not record.usable(newest.time):
        return Listed(STALE)
    return Listed(STALE if found.list.valid_until < state.header.timestamp else OK, found.list.bits)  # 4


def _is_newest(root: bytes, given: ListProof, found: SignedList, issuer: str) -> bool:
    listed = found.list
    leaf = StatusLeaf(member_id(issuer), listed.url, listed.sequence, given.hash, listed.valid_until)
    try:
        verify(root, leaf, given.steps)
    except (ProofError, FormatError):
        return False
    return True
