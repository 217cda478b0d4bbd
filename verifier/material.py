"""Which proof material to use where a bundle brings some and evidence brings fresher."""

from dataclasses import fields, replace

from ledger.formats import cosignature
from ledger.formats.bundle import NO_MATERIAL, Common, Material
from ledger.formats.trustroot_epochs import Epoch
from verifier.evidence import Absence
from verifier.facts.chainstate import ChainState
from verifier.facts.library import Library


def choose(own: Material, fresh: Material, library: Library) -> Material | Absence:
    """As `_fresher`; the checkpoint has the cosignatures of both, where both have the same one."""
    chosen = _fresher(own, fresh, library)
    if isinstance(chosen, Absence):
        return chosen
    ours, theirs = own.common.checkpoint, fresh.common.checkpoint
    if ours is None or theirs is None or ours == theirs:
        return chosen
    first, second = (ours, theirs) if chosen.common.checkpoint == ours else (theirs, ours)
    text = cosignature.merged(first, second)
    if text == chosen.common.checkpoint:
        return chosen
    return chosen._replace(common=replace(chosen.common, checkpoint=text))


def _fresher(own: Material, fresh: Material, library: Library) -> Material | Absence:
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
    if not _same_chain(ours.epoch, theirs.epoch):
        return own if ours.header.timestamp > theirs.header.timestamp else _filled(fresh, own)
    if ours.header.number == theirs.header.number and ours.block_hash != theirs.block_hash:
        return Absence.DISAGREEMENT
    if ours.header.number > theirs.header.number:
        return own
    return _filled(fresh, own)


def _same_chain(one: Epoch, other: Epoch) -> bool:
    """Several epochs may be of one chain: its contracts were replaced."""
    return (one.chain_id, one.genesis) == (other.chain_id, other.genesis)


def _filled(first: Material, second: Material) -> Material:
    """``first``, with what it lacks from ``second``; where it has a chain, only what does not hang on one."""
    wanted = ("kind",) if first.common.chain is not None else tuple(field.name for field in fields(Common))
    lacking = {name: getattr(second.common, name) for name in wanted if not getattr(first.common, name)}
    common = replace(first.common, **lacking) if any(lacking.values()) else first.common
    entry, inclusion = first.entry or second.entry, first.inclusion
    if inclusion is None and common.checkpoint == second.common.checkpoint:
        inclusion = second.inclusion
    return Material(entry, inclusion, common)
