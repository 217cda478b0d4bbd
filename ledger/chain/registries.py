"""The two contracts, as Python sees them: writing methods give a ``Call`` to transact, reading ones ask the chain.

``chain.transact(registry.accept(…), signer)`` sends one, ``chain.transact_all([…], signer)`` several to a block.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import contracts
from ledger.chain.abi import ContractAbi
from ledger.chain.protocol import Call, Chain, Event, Signer
from ledger.formats.errors import NotAllowedError, ProofError
from ledger.formats.keccak import keccak256
from ledger.formats.registry import Accreditation, KeyRecord, prefixed
from ledger.formats.slots import Layout

ZERO = bytes(32)
CLOSED = hashlib.sha256(b"closed").digest()
"""What ``freeze`` names as the successor of a log that nothing follows."""
MAX_SEEDED = 256
"""So many anchors are seeded by one call."""
MAX_SEEDED_RECORDS = 64
"""So many accreditations of one member are seeded by one call."""


class _Contract:
    """One deployed contract: its address, its storage layout, and calls by name."""

    name: str

    def __init__(self, chain: Chain, address: bytes) -> None:
        artifact = contracts.load(self.name)
        self.chain = chain
        self.address = address
        self.code_hash = artifact.code_hash
        self.layout = Layout(artifact.layout)
        self._abi = ContractAbi(artifact)

    def check_code(self) -> None:
        """ProofError ``chain.wrong_contract`` where other code than the committed artifact's lies at the address."""
        if keccak256(self.chain.code(self.address)) != self.code_hash:
            raise ProofError("chain.wrong_contract", f"0x{self.address.hex()} holds no {self.name}")

    def _call(self, name: str, *arguments: Any) -> Call:
        return Call(self.address, self._abi.call(name, *arguments))

    def _read(self, name: str, *arguments: Any, block: int | None = None) -> Any:
        values = self._abi.result(name, self.chain.call(self._call(name, *arguments), block))
        return values[0] if len(values) == 1 else values

    def _events(self, name: str, topics: Sequence[bytes | None], first: int, last: int) -> list[Event]:
        return self.chain.events(self.address, [self._abi.topic(name), *topics], first, last)

    def told(self, name: str, topics: Sequence[bytes | None], first: int, last: int) -> list[dict[str, Any]]:
        """The values of its events of one name in blocks ``first`` to ``last``, oldest first."""
        return [self._abi.event(name, found) for found in self._events(name, topics, first, last)]

    def read_event(self, found: Event) -> tuple[str, dict[str, Any]]:
        """An event's name and values; UnavailableError ``chain.unreachable`` where the contract has no such one."""
        return self._abi.any_event(found)

    @classmethod
    def _create(cls, chain: Chain, signer: Signer, *arguments: Any) -> bytes:
        creation = ContractAbi(contracts.load(cls.name)).creation(*arguments)
        address = chain.transact(Call(None, creation), signer).contract
        if address is None:
            raise NotAllowedError("chain.reverted", f"{cls.name} was not created")
        return address


@dataclass(frozen=True, slots=True)
class LogHead:
    """A log's newest accepted size and 32-byte root; both zero where there is none."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Anchored:
    """An accepted checkpoint, as its event tells; ``time`` is the block's, in seconds since 1970."""

    size: int
    root: bytes
    previous_size: int
    time: int
    status_root: bytes
    block_number: int
    transaction_hash: bytes


class CheckpointRegistryClient(_Contract):
    """``contracts/CheckpointRegistry.vy``. Log ids and roots have 32 bytes, addresses 20."""

    name = "CheckpointRegistry"

    @classmethod
    def deploy(cls, chain: Chain, signer: Signer) -> "CheckpointRegistryClient":
        """A new registry, administered by ``signer``."""
        made = cls(chain, cls._create(chain, signer))
        made.check_code()
        return made

    def set_admin(self, admin: bytes) -> Call:
        """Hand the administration over."""
        return self._call("set_admin", admin)

    def open(self, log_id: bytes, operator: bytes, size: int = 0, root: bytes = ZERO) -> Call:
        """Open a log: fresh, or with the last size and root of a frozen predecessor, and then it is being seeded."""
        return self._call("open", log_id, operator, size, root)

    def seed_anchors(self, log_id: bytes, anchors: Sequence[tuple[int, bytes]]) -> Call:
        """Take over anchors of a frozen predecessor, (size, word) each, at most ``MAX_SEEDED`` at once."""
        return self._call("seed_anchors", log_id, [size for size, _ in anchors], [word for _, word in anchors])

    def end_seeding(self, log_id: bytes) -> Call:
        """Let the operator of a seeded log begin."""
        return self._call("end_seeding", log_id)

    def set_operator(self, log_id: bytes, operator: bytes) -> Call:
        """Replace the operator of an open log."""
        return self._call("set_operator", log_id, operator)

    def freeze(self, log_id: bytes, successor: bytes = CLOSED) -> Call:
        """End a log for good and name its successor."""
        return self._call("freeze", log_id, successor)

    def accept(self, log_id: bytes, size: int, root: bytes, status_root: bytes, proof: Sequence[bytes]) -> Call:
        """Offer the next checkpoint, with the RFC 9162 consistency proof from the head's size."""
        return self._call("accept", log_id, size, root, status_root, list(proof))

    def admin(self, block: int | None = None) -> bytes:
        """The administrator's address."""
        return _address(self._read("admin", block=block))

    def operator(self, log_id: bytes, block: int | None = None) -> bytes | None:
        """The operator's address; None where the log is not open."""
        return _address(self._read("operators", log_id, block=block)) or None

    def seeding(self, log_id: bytes, block: int | None = None) -> bytes | None:
        """The address that will be the operator, while the log is seeded; None before and after."""
        return _address(self._read("seeding", log_id, block=block)) or None

    def successor(self, log_id: bytes, block: int | None = None) -> bytes | None:
        """What follows a frozen log (``CLOSED`` for nothing); None where it is not frozen."""
        found: bytes = self._read("successors", log_id, block=block)
        return None if found == ZERO else found

    def head(self, log_id: bytes, block: int | None = None) -> LogHead:
        """The newest accepted checkpoint."""
        return LogHead(*self._read("head", log_id, block=block))

    def anchor_of(self, log_id: bytes, size: int, block: int | None = None) -> bytes | None:
        """The word kept for an accepted size (``ledger.formats.registry.anchor_digest``), or None."""
        found: bytes = self._read("anchors", log_id, size, block=block)
        return None if found == ZERO else found

    def anchored(self, log_id: bytes, first: int, last: int) -> list[Anchored]:
        """The checkpoints accepted in blocks ``first`` to ``last``, oldest first."""
        return [self._anchored(event) for event in self._events("Anchored", [log_id], first, last)]

    def _anchored(self, found: Event) -> Anchored:
        values = self._abi.event("Anchored", found)
        return Anchored(
            size=values["size"],
            root=values["root"],
            previous_size=values["prev_size"],
            time=values["time"],
            status_root=values["status_root"],
            block_number=found.block_number,
            transaction_hash=found.transaction_hash,
        )

    def proof_slots(self, log_id: bytes, sizes: Iterable[int]) -> list[bytes]:
        """The storage slots that prove the head and the anchors of these sizes."""
        anchors = [self.layout.slot("anchors", log_id, size) for size in sizes]
        return [self.layout.slot("heads", log_id), *anchors]


class IssuerRegistryClient(_Contract):
    """``contracts/IssuerRegistry.vy``. Member ids, key ids and hashes have 32 bytes, addresses 20."""

    name = "IssuerRegistry"

    @classmethod
    def deploy(
        cls, chain: Chain, signer: Signer, root: bytes, profile: bytes, *, seeded: bool = False
    ) -> "IssuerRegistryClient":
        """A new registry whose root authority is member ``root``, controlled by ``signer``.

        With ``seeded`` it has no member yet and waits for the records of the registry before.
        """
        made = cls(chain, cls._create(chain, signer, root, profile, seeded))
        made.check_code()
        return made

    def accredit(
        self, parent: bytes, member: bytes, controller: bytes, profile: bytes, region: bytes, kinds: int
    ) -> Call:
        """Accredit a member under ``parent``; ``region`` is a prefix of school codes, ``kinds`` a bit map."""
        return self._call("accredit", parent, member, controller, profile, region.ljust(12, b"\0"), kinds)

    def withdraw(self, member: bytes) -> Call:
        """End a member's accreditation from now on."""
        return self._call("withdraw", member)

    def set_controller(self, member: bytes, controller: bytes) -> Call:
        """Replace the address that acts for a member."""
        return self._call("set_controller", member, controller)

    def set_profile(self, member: bytes, profile: bytes) -> Call:
        """Replace a member's profile hash."""
        return self._call("set_profile", member, profile)

    def add_key(self, member: bytes, key_id: bytes, custody: int, public_key: bytes, possession: bytes) -> Call:
        """Add a key, as ``registry.prefixed`` takes it, with its 64-byte signature of the ``possession_message``."""
        return self._call("add_key", member, key_id, custody, prefixed(public_key), possession)

    def retire_key(self, member: bytes, key_id: bytes) -> Call:
        """End the use of a key from now on."""
        return self._call("retire_key", member, key_id)

    def compromise_key(self, member: bytes, key_id: bytes, since: int) -> Call:
        """Record since when a key was in other hands."""
        return self._call("compromise_key", member, key_id, since)

    def register_kind(self, number: int, version: int, definition: bytes) -> Call:
        """Register the hash of a kind's next version."""
        return self._call("register_kind", number, version, definition)

    def seed_member(
        self, parent: bytes, member: bytes, controller: bytes, profile: bytes, records: Iterable[bytes]
    ) -> Call:
        """Take over a member with its next accreditations, at most ``MAX_SEEDED_RECORDS`` 32-byte words."""
        words = [int.from_bytes(record, "big") for record in records]
        return self._call("seed_member", parent, member, controller, profile, words)

    def seed_key(self, member: bytes, key_id: bytes, record: bytes, public_key: bytes) -> Call:
        """Take over a member's next key, whatever its bytes are; ``record`` is its 32-byte word."""
        return self._call("seed_key", member, key_id, int.from_bytes(record, "big"), public_key)

    def seed_kind(self, number: int, version: int, definition: bytes) -> Call:
        """Take over the hash of a kind's next version."""
        return self._call("seed_kind", number, version, definition)

    def end_seeding(self) -> Call:
        """From here on the registry takes acts of its own."""
        return self._call("end_seeding")

    def seeding(self, block: int | None = None) -> bool:
        """Whether records of an older registry are still being brought in."""
        found: bool = self._read("seeding", block=block)
        return found

    def root(self) -> bytes:
        """The root authority's member id."""
        found: bytes = self._read("root")
        return found

    def parent(self, member: bytes, block: int | None = None) -> bytes | None:
        """Who accredited a member (the root: itself); None for no member."""
        return _word(self._read("parents", member, block=block))

    def controller(self, member: bytes, block: int | None = None) -> bytes | None:
        """The address that acts for a member; None for no member."""
        return _address(self._read("controllers", member, block=block)) or None

    def profile(self, member: bytes, block: int | None = None) -> bytes | None:
        """A member's profile hash; None for no member."""
        return _word(self._read("profiles", member, block=block))

    def path(self, member: bytes, block: int | None = None) -> list[bytes]:
        """Member ids from ``member`` up to the root; empty for no member."""
        found: list[bytes] = []
        above = self.parent(member, block)
        while above is not None and member not in found:
            found.append(member)
            member, above = above, self.parent(above, block)
        return found

    def accreditations(self, member: bytes, block: int | None = None) -> list[Accreditation]:
        """A member's accreditation records, in order."""
        found: list[Accreditation] = []
        while (record := self._accreditation(member, len(found), block)) is not None:
            found.append(record)
        return found

    def _accreditation(self, member: bytes, n: int, block: int | None) -> Accreditation | None:
        return Accreditation.unpack(self._read("accreditations", member, n, block=block).to_bytes(32, "big"))

    def key(self, member: bytes, key_id: bytes, block: int | None = None) -> KeyRecord | None:
        """A key of a member; None where it has no such key."""
        return KeyRecord.unpack(self._read("keys", member, key_id, block=block).to_bytes(32, "big"))

    def key_ids(self, member: bytes, block: int | None = None) -> list[bytes]:
        """The ids of a member's keys, in order."""
        count: int = self._read("key_counts", member, block=block)
        return [self._read("key_ids", member, n, block=block) for n in range(count)]

    def kind(self, number: int, version: int, block: int | None = None) -> bytes | None:
        """The hash of a kind's version; None where it is not registered."""
        return _word(self._read("kinds", number, version, block=block))

    def members(self, block: int | None = None) -> list[bytes]:
        """All members' ids, in order; the first is the root."""
        count: int = self._read("member_count", block=block)
        return [self._read("members", n, block=block) for n in range(count)]

    def proof_slots(
        self,
        member: bytes,
        keys: Iterable[bytes] = (),
        kinds: Iterable[tuple[int, int]] = (),
        block: int | None = None,
        time: int | None = None,
    ) -> list[bytes]:
        """The storage slots that prove a member's path to the root, its ``keys`` and the ``kinds`` (number, version).

        Of accreditations those that a verifier reads who asks for ``time``: up to the first that covers it; where that
        one was withdrawn, up to one that is open, if any. Where none covers it, none is open, or no time is asked for,
        all of them and the zero word after the last.
        """
        slot = self.layout.slot
        found: list[bytes] = []
        for above in self.path(member, block):
            found += [slot("parents", above), slot("profiles", above)]
            records = self.accreditations(above, block)
            found += [slot("accreditations", above, n) for n in range(_needed(records, time))]
        found += [slot("keys", member, key) for key in keys]
        found += [slot("kinds", number, version) for number, version in kinds]
        return found


def _needed(records: Sequence[Accreditation], time: int | None) -> int:
    """How many words of a member's accreditations ``proof_slots`` asks for."""
    covered = time is not None and any(record.covers(time) for record in records)
    is_open = [n for n, record in enumerate(records) if not record.withdrawn]
    return is_open[0] + 1 if covered and is_open else len(records) + 1


def _address(text: str) -> bytes:
    """An address as eth-abi gives it; empty for the zero address."""
    address = bytes.fromhex(text[2:])
    return address if any(address) else b""


def _word(found: bytes) -> bytes | None:
    return None if found == ZERO else found
