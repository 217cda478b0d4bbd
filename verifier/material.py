"""Which proof material to use where a bundle brings some and evidence brings fresher."""

from dataclasses import fields, replace

from ledger.formats.bundle import NO_MATERIAL, Common, Material
from verifier.evidence import Absence
from verifier.facts.chainstate import ChainState
from verifier.facts.library import Library


def choose(own: Material, fresh: Material, library: Library) -> Material | Absence:
    """The fresher of the two whose header is proven; DISAGREEMENT where both prove another block of one number.

    Facts of two headers are never mixed: a chain comes with everything that was brought beside it.
    """
    if own is NO_MATERIAL or own == NO_MATERIAL:
        return fresh
    ours, theirs = library.ground(own.common).chain, library.ground(fresh.common).chain
    if not isinstance(theirs, ChainState):
        return _filled(own, fresh)
    if not isinstance(ours, ChainState):
        return _filled(fresh, own)
    if ours.header.number == theirs.header.number and ours.header.hash != theirs.header.hash:
        return Absence.DISAGREEMENT
    if ours.header.number > theirs.header.number:
        return own
    return _filled(fresh, own)


def _filled(first: Material, second: Material) -> Material:
    """``first``, with what it lacks from ``second``; where it has a chain, only what does not hang on one."""
    wanted = ("kind",) if first.common.chain is not None else tuple(field.name for field in fields(Common))
    lacking = {name: getattr(second.common, name) for name in wanted if not getattr(first.common, name)}
    common = replace(first.common, **lacking) if any(lacking.values()) else first.common
    entry, inclusion = first.entry or second.entry, first.inclusion
    if inclusion is None and common.checkpoint == second.common.checkpoint:
        inclusion = second.inclusion
    return Material(entry, inclusion, common)
