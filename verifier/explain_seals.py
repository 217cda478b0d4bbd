"""The part of an explanation that follows the block header to the validators' seals (docs/formats.md §10)."""

from collections.abc import Iterator

from ledger.formats import qbft, rlp, seals
from ledger.formats.consensus import QBFT
from ledger.formats.header import EXTRA_INDEX, Header
from ledger.formats.trustroot_epochs import Closed, Epoch
from verifier.explain_steps import answer, keccak


def explain_header(raw: bytes, header: Header, epoch: Epoch) -> Iterator[str]:
    """The block's hash, and who sealed it."""
    is_qbft = epoch.consensus == QBFT
    yield f"The one block header, and who sealed it ({'QBFT' if is_qbft else 'EIP-225'})"
    yield f"   block {header.number}, time {header.timestamp}, state root = {header.state_root.hex()}"
    yield from _qbft(header, epoch) if is_qbft else _clique(raw, header, epoch)
    if epoch.closed is not None:
        yield from _end(epoch.closed)


def _clique(raw: bytes, header: Header, epoch: Epoch) -> Iterator[str]:
    yield from keccak("block hash", raw)
    sealed = _with_extra(header, header.extra[: -seals.SEAL_SIZE])
    yield from keccak("sealed hash, of the header without the last 65 bytes of extraData", sealed)
    signer = seals.clique_signer(header)
    yield f"   seal = {header.extra[-seals.SEAL_SIZE :].hex()}, by 0x{signer.hex()}"
    yield f"   a validator of the trust root for this block: {answer(signer in epoch.validators_at(header.number))}"


def _qbft(header: Header, epoch: Epoch) -> Iterator[str]:
    extra = qbft.parse_extra(header.extra)
    listed = ", ".join(f"0x{one.hex()}" for one in extra.validators)
    yield f"   extraData lists as validators: {listed or 'nobody'} (not relied upon)"
    yield from keccak("block hash, of the header with round 0 and no seals", _with_extra(header, extra.encode(round=0)))
    sealed = _with_extra(header, extra.encode(round=extra.round))
    yield from keccak(f"sealed hash, of the header with its round {extra.round} and no seals", sealed)
    validators, counted = epoch.validators_at(header.number), set()
    for seal in extra.seals:
        signer = seals.recover(seal, qbft.seal_hash(header))
        yield f"   seal = {seal.hex()}, by 0x{signer.hex()}"
        yield f"      a validator of the trust root for this block: {answer(signer in validators)}"
        if signer in counted:
            yield "      NO: it has sealed already, and counts once"
        counted.add(signer)
    needed, found = qbft.quorum(len(validators)), len(counted & validators)
    for validator in sorted(validators - counted):
        yield f"   not sealed by the validator 0x{validator.hex()}"
    enough = answer(found >= needed)
    yield f"   {found} of {len(validators)} validators sealed, at least two thirds of them are {needed}: {enough}"


def _end(closed: Closed) -> Iterator[str]:
    yield f"   the trust root pins the end of this epoch: block {closed.number}, time {closed.time}, block hash ="
    yield f"      {closed.hash.hex()}"


def _with_extra(header: Header, extra: bytes) -> bytes:
    fields: list[rlp.Item] = list(header.fields)
    fields[EXTRA_INDEX] = extra
    return rlp.encode(fields)
