"""QBFT headers: their extra data, block hash and committed seals (docs/formats.md §10).

::

    extraData      = RLP([vanity, [validator…], vote, round, [seal…]])
    block hash     = keccak256(header with round 0 and no seals)
    committed seal = r ‖ s ‖ recovery id, over keccak256(header with its round and no seals)

What the header lists as validators is read for its form and believed by nobody: whose seals count is for the trust root
to say.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ledger.formats import rlp
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.header import EMPTY_UNCLES_HASH, EXTRA_INDEX, Header
from ledger.formats.keccak import keccak256
from ledger.formats.seals import SEAL_SIZE, VANITY_SIZE, recover

MIX_HASH = b"ctical byzantine fault tolerance"  # the last 32 letters of "Istanbul practical …"; IBFT's, too
MAX_LISTED = 256

_VOTES = (b"\xff", b"\x00", b"")  # to add; to drop, as Besu writes it; to drop, as GoQuorum does


@dataclass(frozen=True, slots=True)
class Extra:
    """The five parts of extra data; ``validators`` (20 bytes each) are what the sealers claim, ``seals`` have 65."""

    vanity: bytes
    validators: tuple[bytes, ...]
    vote: tuple[bytes, ...]
    round: int
    seals: tuple[bytes, ...]

    def encode(self, *, round: int, seals: tuple[bytes, ...] = ()) -> bytes:
        """Extra data with another round and other seals."""
        return rlp.encode([self.vanity, [*self.validators], [*self.vote], rlp.encode_int(round), [*seals]])


def quorum(validators: int) -> int:
    """How many of so many must seal: ⌈2n/3⌉."""
    return (2 * validators + 2) // 3


def parse_extra(data: bytes) -> Extra:
    """The parts of ``extraData``; ProofError ``header.bad_seal`` for bytes that ``encode`` never gives."""
    try:
        items = rlp.decode_list(data)
        if len(items) != 5:
            raise _bad("extra data has not its five parts")
        vanity, validators, vote, number, seals = items
        listed = _strings(validators, 20, "validators")
        sealed = _strings(seals, SEAL_SIZE, "seals")
        return Extra(_vanity(vanity), listed, _vote(vote), rlp.decode_int(number, max_bytes=4), sealed)
    except FormatError as error:
        raise _bad(f"extra data: {error.message}") from None


def block_hash(header: Header) -> bytes:
    """The hash that names the block, in whatever round and by whomever it was sealed; errors as ``parse_extra``."""
    return _hash(header, parse_extra(header.extra).encode(round=0))


def seal_hash(header: Header) -> bytes:
    """The 32 bytes that each validator signs for this round; errors as ``parse_extra``."""
    extra = parse_extra(header.extra)
    return _hash(header, extra.encode(round=extra.round))


def sealers(header: Header) -> tuple[bytes, ...]:
    """The different addresses (20 bytes) that sealed ``header``, in the order of their seals, whoever they are.

    ProofError ``header.bad_seal`` where the header breaks a rule of QBFT, or any seal is of another form, recovers to
    no key, or is a second one by the same key.
    """
    _check_rules(header)
    extra, digest = parse_extra(header.extra), seal_hash(header)
    found = tuple(recover(seal, digest) for seal in extra.seals)
    if len(set(found)) != len(found):
        raise _bad("two seals by one key")
    return found


def check_quorum(header: Header, validators: AbstractSet[bytes]) -> None:
    """That enough of ``validators`` sealed; ProofError ``header.bad_seal``. Seals by others count for nothing."""
    counted, needed = len(validators & set(sealers(header))), max(1, quorum(len(validators)))
    if counted < needed:
        raise _bad(f"sealed by {counted} of the {len(validators)} validators of its number, {needed} are needed")


def _check_rules(header: Header) -> None:
    if header.mix_hash != MIX_HASH:
        raise _bad("the mix hash is not that of QBFT")
    if header.uncles_hash != EMPTY_UNCLES_HASH or header.difficulty != 1 or header.nonce != bytes(8):
        raise _bad("uncles, a difficulty other than 1, or a nonce")


def _hash(header: Header, extra: bytes) -> bytes:
    fields: list[rlp.Item] = list(header.fields)
    fields[EXTRA_INDEX] = extra
    return keccak256(rlp.encode(fields))


def _vanity(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes) or len(item) != VANITY_SIZE:
        raise _bad(f"a vanity of other than {VANITY_SIZE} bytes")
    return item


def _strings(items: rlp.Item, size: int, name: str) -> tuple[bytes, ...]:
    if not isinstance(items, list) or len(items) > MAX_LISTED:
        raise _bad(f"{name} are a list of at most {MAX_LISTED}")
    found = tuple(item for item in items if isinstance(item, bytes) and len(item) == size)
    if len(found) != len(items):
        raise _bad(f"{name} of other than {size} bytes")
    return found


def _vote(item: rlp.Item) -> tuple[bytes, ...]:
    if item == []:
        return ()
    match item:
        case [bytes(recipient), bytes(kind)] if len(recipient) == 20 and kind in _VOTES:
            return recipient, kind
    raise _bad("a vote is empty, or a recipient and a type")


def _bad(message: str) -> ProofError:
    return ProofError("header.bad_seal", message)
