"""Block headers by position (Ethereum Yellow Paper §4.3): what a proof needs of them.

A header is an RLP list of 15 strings; later forks append more (London: the base fee), which are kept for the hash and
otherwise ignored. What names a block depends on its chain's consensus (``ledger.formats.consensus``), and so does who
sealed it (``ledger.formats.seals``, ``ledger.formats.qbft``).
"""

from dataclasses import dataclass

from ledger.formats import rlp
from ledger.formats.errors import FormatError
from ledger.formats.keccak import keccak256

EMPTY_UNCLES_HASH = keccak256(b"\xc0")
EXTRA_INDEX = 12

_MAX_SIZE = 64 * 1024
_MAX_FIELDS = 32
_FIXED = {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8}


@dataclass(frozen=True, slots=True)
class Header:
    """One block header. Hashes and roots have 32 bytes, ``beneficiary`` 20, ``nonce`` 8; ``timestamp`` is in seconds.

    ``fields`` are all fields as they came, in order, for whoever must hash a variant of the header.
    """

    parent_hash: bytes
    uncles_hash: bytes
    beneficiary: bytes
    state_root: bytes
    difficulty: int
    number: int
    timestamp: int
    extra: bytes
    mix_hash: bytes
    nonce: bytes
    fields: tuple[bytes, ...]


def parse_header(data: bytes) -> Header:
    """The header whose canonical RLP is ``data``; FormatError ``header.malformed`` for any other bytes."""
    try:
        items = rlp.decode_list(data, max_size=_MAX_SIZE)
    except FormatError as error:
        raise _malformed(error.message) from error
    fields = tuple(item for item in items if isinstance(item, bytes))
    if len(fields) != len(items) or not 15 <= len(fields) <= _MAX_FIELDS:
        raise _malformed(f"{len(items)} fields, where 15 or a few more strings are expected")
    for index, size in _FIXED.items():
        if len(fields[index]) != size:
            raise _malformed(f"field {index} has {len(fields[index])} bytes, not {size}")
    difficulty, number, _, _, timestamp = (_integer(fields, index) for index in (7, 8, 9, 10, 11))
    return Header(
        parent_hash=fields[0],
        uncles_hash=fields[1],
        beneficiary=fields[2],
        state_root=fields[3],
        difficulty=difficulty,
        number=number,
        timestamp=timestamp,
        extra=fields[EXTRA_INDEX],
        mix_hash=fields[13],
        nonce=fields[14],
        fields=fields,
    )


def _integer(fields: tuple[bytes, ...], index: int) -> int:
    """Difficulty may be wide; numbers, gas and times have 8 bytes at most."""
    try:
        return rlp.decode_int(fields[index], max_bytes=32 if index == 7 else 8)
    except FormatError as error:
        raise _malformed(f"field {index} is {error.message}") from error


def _malformed(message: str) -> FormatError:
    return FormatError("header.malformed", message)
