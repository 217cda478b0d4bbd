"""inclusion: the log has an entry that commits to exactly this signed document (docs/formats.md §5, §6).

1. the entry's issuer is the credential's, its kind the credential's kind;
2. its commitment of type 1 opens to the signed document under the salt, which is not the public one;
3. the checkpoint is signed by a log of the trust root;
4. the inclusion path, of exact length, leads from the entry to the checkpoint's root;
5. the anchor is the first one that has the entry: previous size ≤ index < size.
"""

import hmac

from ledger.formats import entry, merkle
from ledger.formats.entry import PUBLIC_SALT, Representation
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.registry import member_id
from verifier.case import Case
from verifier.checks.outcomes import made, passed
from verifier.facts.checkpoints import Signed
from verifier.report import Check


def check(case: Case) -> Check:
    """Whatever is there is checked, and wrong comes before missing."""
    wrong = _wrong(case)
    if wrong is not None:
        return wrong
    material, signed = case.material, case.checkpoint
    inclusion = material.inclusion
    if material.entry is None or inclusion is None or case.salt is None or case.kind is None:
        return made("inclusion.missing", missing=_missing(case))
    if not isinstance(signed, Signed):
        return made("inclusion.missing", missing=["checkpoint"])
    head = signed.checkpoint
    return passed("inclusion", log=head.origin, index=inclusion.index, size=head.size, root=head.root.hex())


def _wrong(case: Case) -> Check | None:
    material = case.material
    if material.entry is not None:
        reason = _wrong_entry(case, material.entry)  # 1, 2
        if reason:
            return made("inclusion.mismatch", reason=reason)
    if isinstance(case.checkpoint, str):  # 3
        return made(case.checkpoint)
    inclusion, anchor = material.inclusion, material.anchor
    if inclusion is None:
        return None
    if material.entry is not None and isinstance(case.checkpoint, Signed):
        head = case.checkpoint.checkpoint
        try:  # 4
            leaf = merkle.leaf_hash(material.entry)
            merkle.verify_inclusion(leaf, inclusion.index, head.size, inclusion.path, head.root)
        except ProofError as error:
            return made(error.code, reason=error.message)
    if anchor is not None and not anchor.previous_size <= inclusion.index < anchor.size:  # 5
        return made("inclusion.mismatch", reason="the anchor is not the first one that has this entry")
    return None


def _wrong_entry(case: Case, data: bytes) -> str | None:
    try:
        found = entry.decode(data)
    except FormatError as error:
        return error.message
    if case.issuer is None or found.issuer_id != member_id(case.issuer):  # 1
        return "the entry is another issuer's"
    if case.kind is not None and found.kind != case.kind.name:  # 1
        return "the entry is of another kind"
    if case.salt == PUBLIC_SALT:  # 2
        return "a record's salt is never zero"
    committed = found.commitment(Representation.DATA_INTEGRITY)
    opened = None if case.salt is None else entry.commitment(case.salt, case.digest)
    if opened is not None and (committed is None or not hmac.compare_digest(committed, opened)):
        return "the entry commits to another document"
    return None


def _missing(case: Case) -> list[str]:
    parts = {
        "entry": case.material.entry,
        "salt": case.salt,
        "inclusion": case.material.inclusion,
        "checkpoint": case.material.checkpoint,
        "kind": case.kind,
    }
    return [name for name, part in parts.items() if part is None]
