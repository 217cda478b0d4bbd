"""inclusion: the log has an entry that commits to exactly this signed document (docs/formats.md §5, §6).

1. the entry's issuer is the credential's, its kind the credential's kind;
2. its commitment of the document's own type opens to the signed document under the salt, which is not the public one;
3. the checkpoint is signed by a log of the trust root;
4. the inclusion path, of exact length, leads from the entry to the checkpoint's root;
5. the anchor is the first one that has the entry: previous size ≤ index < size;
6. where the reader demands witnesses, enough of them have cosigned the checkpoint (§6.1).
"""

import hmac
from typing import Any

from ledger.formats import cosignature, datetimes, entry, merkle
from ledger.formats.bundle import Inclusion
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.entry import PUBLIC_SALT, Representation
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.kind import Kind
from ledger.formats.registry import member_id
from verifier.case import Case
from verifier.checks.outcomes import made, passed
from verifier.facts.checkpoints import Signed
from verifier.facts.library import Ground
from verifier.report import Check

_BLOCK_LEVELS = 4
_EVER = 2**63
"""What holds is the same at any time; whether it is from the future is asked each time."""
_DATA_INTEGRITY = Representation.DATA_INTEGRITY  # a member of an enumeration is looked up anew each time


def check(case: Case) -> Check:
    """Whatever is there is checked, and wrong comes before missing."""
    data, inclusion = case.material.entry, case.material.inclusion
    checkpoint, anchor = case.ground.checkpoint, case.ground.common.anchor
    if data is not None:
        reason = _wrong_entry(case, data)  # 1, 2
        if reason:
            return made("inclusion.mismatch", reason=reason)
    if isinstance(checkpoint, str):  # 3
        return made(checkpoint)
    if data is not None and inclusion is not None and checkpoint is not None:
        try:  # 4
            _climb(case.ground, checkpoint.checkpoint, merkle.leaf_hash(data), inclusion)
        except ProofError as error:
            return made(error.code, reason=error.message)
    if inclusion is not None and anchor is not None and not anchor.previous_size <= inclusion.index < anchor.size:  # 5
        return made("inclusion.mismatch", reason="the anchor is not the first one that has this entry")
    if data is None or inclusion is None or checkpoint is None or case.salt is None or case.kind is None:
        return made("inclusion.missing", missing=_missing(case, checkpoint))
    head, witnesses = checkpoint.checkpoint, None
    if case.question.demands.quorum:  # 6
        witnesses = _witnesses(case)
        if len(witnesses) < case.question.demands.quorum:
            return made("inclusion.unwitnessed", required=case.question.demands.quorum, witnesses=witnesses)
    shown: dict[str, Any] = {"log": head.origin, "index": inclusion.index, "size": head.size, "root": head.root.hex()}
    return passed("inclusion", shown if witnesses is None else shown | {"witnesses": witnesses})


def _witnesses(case: Case) -> list[dict[str, Any]]:
    """Those of the demanded witnesses whose cosignature counts, by name and time; found once for many records."""
    demands, facts = case.question.demands, case.ground.facts
    text, now = case.material.common.checkpoint or "", int(case.question.now.timestamp())

    def find() -> tuple[tuple[str, int], ...]:
        counting = cosignature.counting(text, demands.witnesses, _EVER)
        return tuple((key.name, time) for key, time in counting.items())

    name = ("witnesses", demands.witnesses)
    found = facts.known(name) or facts.get(name, find)
    in_time = ((who, time) for who, time in found if time <= now + cosignature.MAX_AHEAD)
    return [{"name": who, "time": datetimes.render(datetimes.from_unix(time))} for who, time in in_time]


def _climb(ground: Ground, head: Checkpoint, leaf: bytes, inclusion: Inclusion) -> None:
    """Check that the entry's path leads to the checkpoint's root; ProofError ``inclusion.mismatch``.

    The upper part of the path is the same for all entries of a complete subtree: from its root on, it is the path in
    the tree of such subtrees. What was found to be under the checkpoint is remembered with exactly that part.
    """
    index, size, path = inclusion.index, head.size, inclusion.path
    block, last = index >> _BLOCK_LEVELS, (size - 1) >> _BLOCK_LEVELS
    if size <= index or block == last or len(path) < _BLOCK_LEVELS:  # no complete subtree, or no such entry
        merkle.verify_inclusion(leaf, index, size, path, head.root)
        return
    within = index & ((1 << _BLOCK_LEVELS) - 1)
    node = merkle.root_from_inclusion(leaf, within, 1 << _BLOCK_LEVELS, path[:_BLOCK_LEVELS])
    upper = path[_BLOCK_LEVELS:]

    def prove() -> bytes:
        merkle.verify_inclusion(node, block, last + 1, upper, head.root)
        return node

    name = ("upper", block, upper)
    if (ground.facts.known(name) or ground.facts.get(name, prove)) != node:
        prove()


def _wrong_entry(case: Case, data: bytes) -> str | None:
    if case.salt == PUBLIC_SALT:  # 2
        return "a record's salt is never zero"
    issuer, kind = case.issuer, case.kind
    if issuer is None:
        return "the credential names no issuer"
    form = _DATA_INTEGRITY if case.secured is None else case.secured.representation
    if case.sealed is not None:
        form = Representation.SM2
    if kind and case.salt and form is _DATA_INTEGRITY:
        facts, name = case.ground.facts, ("entry", issuer)
        prefix = facts.known(name) or facts.get(name, lambda: _prefix(kind, issuer))
        if data == prefix + entry.commitment(case.salt, case.digest):  # the one entry with this commitment and no other
            return None
    try:
        found = entry.decode(data)
    except FormatError as error:
        return error.message
    if found.issuer_id != member_id(issuer):  # 1
        return "the entry is another issuer's"
    if kind is not None and found.kind != kind.name:  # 1
        return "the entry is of another kind"
    committed = found.commitment(form)
    opened = None if case.salt is None else entry.commitment(case.salt, case.digest)
    if opened is not None and (committed is None or not hmac.compare_digest(committed, opened)):  # 2
        return "the entry commits to another document"
    return None


def _prefix(kind: Kind, issuer: str) -> bytes:
    return entry.prefix(kind.name, member_id(issuer), Representation.DATA_INTEGRITY)


def _missing(case: Case, checkpoint: Signed | None) -> list[str]:
    parts = {
        "entry": case.material.entry,
        "salt": case.salt,
        "inclusion": case.material.inclusion,
        "checkpoint": checkpoint,
        "kind": case.kind,
    }
    return [name for name, part in parts.items() if part is None]
