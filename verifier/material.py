"""Which proof material to use where a bundle brings some and evidence brings fresher."""

from dataclasses import fields, replace

from ledger.formats.bundle import Material
from verifier.evidence import Absence
from verifier.facts.chainstate import ChainState, Refused
from verifier.facts.checkpoints import Signed
from verifier.facts.library import Library


def choose(own: Material, fresh: Material, library: Library) -> Material | Absence:
    """The fresher of the two whose header is proven; DISAGREEMENT where both prove another block of one number.

    Facts of two headers are never mixed: a chain comes with everything that was brought beside it.
    """
    ours, theirs = _open(own, library), _open(fresh, library)
    if not isinstance(theirs, ChainState):
        return own if own.chain is not None else _filled(own, fresh)
    if not isinstance(ours, ChainState):
        return _filled(fresh, own)
    if ours.header.number == theirs.header.number and ours.header.hash != theirs.header.hash:
        return Absence.DISAGREEMENT
    if ours.header.number > theirs.header.number:
        return own
    return _filled(fresh, own)


def _open(material: Material, library: Library) -> ChainState | Refused | Signed | str | None:
    return library.chain(material, library.checkpoint(material))


def _filled(first: Material, second: Material) -> Material:
    """``first``, with what it lacks from ``second``; where it has a chain, only what does not hang on one."""
    wanted = {"kind", "entry"} if first.chain is not None else {field.name for field in fields(Material)}
    lacking = {name: getattr(second, name) for name in wanted if not getattr(first, name)}
    return replace(first, **lacking)
