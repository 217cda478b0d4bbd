"""Epochs of a trust root: one chain each, with its validators, contracts and logs (docs/formats.md §12)."""

import re
from dataclasses import dataclass
from typing import Any

from ledger.formats import did, keys
from ledger.formats.consensus import CLIQUE, QBFT
from ledger.formats.errors import FormatError
from ledger.formats.note import NoteKey
from ledger.formats.registry import member_id
from ledger.formats.slots import Layout

CONSORTIUM_LEAST = 4
MAX_EPOCHS = 64
MAX_RANGES = 256
MAX_VALIDATORS = 256
MAX_LOGS = 64
MAX_ORIGIN = 255
CHECKPOINT_SLOTS = frozenset({"heads", "anchors"})
ISSUER_SLOTS = frozenset({"root", "parents", "profiles", "accreditations", "keys", "kinds"})

_EPOCH = ["chainId", "consensus", "genesis", "validators", "checkpointRegistry", "issuerRegistry"]
_EPOCH += ["rootAuthority", "logs", "closed"]
_HEX = re.compile(r"0x(?:[0-9a-f]{2})+")
_NUMBER_LIMIT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that a verifier trusts: 20-byte address, 32-byte code hash, and where its variables lie."""

    address: bytes
    code_hash: bytes
    layout: Layout


@dataclass(frozen=True, slots=True)
class Log:
    """A log: the key under which it signs its checkpoints, named by its origin, and its 32-byte id on the chain."""

    key: NoteKey
    id: bytes

    @property
    def origin(self) -> str:
        """The first line of its checkpoints."""
        return self.key.name


@dataclass(frozen=True, slots=True)
class Validators:
    """Addresses (20 bytes each) that may seal blocks ``first`` to ``last``, both included; None: no end."""

    first: int
    last: int | None
    addresses: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Closed:
    """The pinned last block of an ended epoch; ``hash`` is its block hash (``consensus.block_hash``)."""

    number: int
    hash: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """One chain. ``root_member`` is the member id of its root authority."""

    chain_id: int
    consensus: str
    genesis: bytes
    validators: tuple[Validators, ...]
    checkpoint_registry: Contract
    issuer_registry: Contract
    root_authority: str
    root_member: bytes
    logs: tuple[Log, ...]
    closed: Closed | None

    def validators_at(self, number: int) -> frozenset[bytes]:
        """Who may seal block ``number``; nobody where no range has it."""
        for one in self.validators:
            if one.first <= number and (one.last is None or number <= one.last):
                return one.addresses
        return frozenset()

    def is_consortium_at(self, number: int) -> bool:
        """Whether block ``number`` was made by at least four validators, who had to agree."""
        return self.consensus == QBFT and len(self.validators_at(number)) >= CONSORTIUM_LEAST

    @property
    def is_consortium(self) -> bool:
        """Whether every block is."""
        least = min(len(one.addresses) for one in self.validators)
        return self.consensus == QBFT and least >= CONSORTIUM_LEAST

    def may_have_anchored(self, later: "Epoch", time: int) -> bool:
        """Whether an anchor of ``time`` that ``later`` holds may be of this epoch, no consortium's."""
        logs = {log.id for log in self.logs} & {log.id for log in later.logs}
        return not self.is_consortium and bool(logs) and self.closed is not None and time <= self.closed.time


def read(value: object) -> tuple[Epoch, ...]:
    """All epochs; FormatError ``trustroot.malformed``. A log may be in several, each of them but the last closed."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_EPOCHS:
        raise _malformed(f"epochs are an array of 1 to {MAX_EPOCHS}")
    epochs = tuple(_epoch(one) for one in value)
    last: dict[str, tuple[Log, Epoch]] = {}
    for epoch in epochs:
        for log in epoch.logs:
            known, before = last.get(log.origin, (log, None))
            if known != log or before is epoch or (before is not None and before.closed is None):
                raise _malformed("a log twice in an epoch, under two keys, or after an epoch that is not closed")
            last[log.origin] = log, epoch
    return epochs


def read_hex(where: str, value: object, size: int) -> bytes:
    """``size`` bytes as ``0x`` and lower-case hexadecimal."""
    if not isinstance(value, str) or len(value) != 2 + 2 * size or not _HEX.fullmatch(value):
        raise _malformed(f"{where} is 0x and {2 * size} lower-case hexadecimal digits")
    return bytes.fromhex(value[2:])


def _epoch(value: object) -> Epoch:
    epoch = _members("an epoch", value, _EPOCH)
    if epoch["consensus"] not in (CLIQUE, QBFT):
        raise _malformed("consensus is clique or qbft")
    authority = epoch["rootAuthority"]
    did.parse_did_web(authority)
    return Epoch(
        _whole("chainId", epoch["chainId"], 1),
        epoch["consensus"],
        read_hex("genesis", epoch["genesis"], 32),
        _validators(epoch["validators"]),
        _contract("checkpointRegistry", epoch["checkpointRegistry"], CHECKPOINT_SLOTS),
        _contract("issuerRegistry", epoch["issuerRegistry"], ISSUER_SLOTS),
        authority,
        member_id(authority),
        _logs(epoch["logs"]),
        None if epoch["closed"] is None else _closed(epoch["closed"]),
    )


def _validators(value: object) -> tuple[Validators, ...]:
    ranges: list[Validators] = []
    for one in _list("validators", value, MAX_RANGES):
        members = _members("validators", one, ["from", "to", "addresses"])
        first = _whole("from", members["from"], 0)
        last = None if members["to"] is None else _whole("to", members["to"], first)
        if ranges and (ranges[-1].last is None or first <= ranges[-1].last):
            raise _malformed("ranges of validators overlap or are out of order")
        addresses = [read_hex("addresses", one, 20) for one in _list("addresses", members["addresses"], MAX_VALIDATORS)]
        if len(set(addresses)) != len(addresses):
            raise _malformed("a validator twice")
        ranges.append(Validators(first, last, frozenset(addresses)))
    return tuple(ranges)


def _contract(where: str, value: object, needed: frozenset[str]) -> Contract:
    members = _members(where, value, ["address", "codeHash", "slots"])
    if not isinstance(members["slots"], dict) or not needed <= set(members["slots"]):
        raise _malformed(f"{where}.slots names {', '.join(sorted(needed))}")
    address = read_hex(f"{where}.address", members["address"], 20)
    return Contract(address, read_hex(f"{where}.codeHash", members["codeHash"], 32), Layout(members["slots"]))


def _logs(value: object) -> tuple[Log, ...]:
    logs = []
    for one in _list("logs", value, MAX_LOGS):
        members = _members("logs", one, ["origin", "key"])
        if not isinstance(members["origin"], str) or len(members["origin"]) > MAX_ORIGIN:
            raise _malformed(f"an origin is text of at most {MAX_ORIGIN} characters")
        key = NoteKey(members["origin"], keys.multikey_to_public_key(members["key"]))
        logs.append(Log(key, key.full_id))
    return tuple(logs)


def _closed(value: object) -> Closed:
    members = _members("closed", value, ["number", "hash", "time"])
    number = _whole("closed.number", members["number"], 0)
    return Closed(number, read_hex("closed.hash", members["hash"], 32), _whole("closed.time", members["time"], 0))


def _members(where: str, value: object, names: list[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise _malformed(f"{where} has exactly the members {', '.join(sorted(names))}")
    return value


def _list(where: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise _malformed(f"{where} is an array of 1 to {most}")
    return value


def _whole(where: str, value: object, least: int) -> int:
    if type(value) is not int or not least <= value <= _NUMBER_LIMIT:
        raise _malformed(f"{where} is no whole number from {least}")
    return value


def _malformed(message: str) -> FormatError:
    return FormatError("trustroot.malformed", message)
