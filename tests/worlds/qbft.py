"""A world whose chain is QBFT's: headers as Besu writes them, made here by another encoder than the one under test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rlp

from ledger.formats.header import EMPTY_UNCLES_HASH
from ledger.formats.keccak import keccak256
from ledger.formats.trustroot import CONSORTIUM
from tests.worlds import chain
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from tests.worlds.world import World

MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def sealers(count: int, name: str = "qbft") -> list[Sealer]:
    """Validators' keys, always the same."""
    return [Sealer(seed(name, f"validator {n}")) for n in range(count)]


@dataclass
class Draft:
    """A header before and after its seals; tests alter ``fields`` or ``parts`` of the extra data between the steps."""

    fields: list[bytes]
    parts: list[Any]

    def encode(self) -> bytes:
        made: bytes = rlp.encode([*self.fields[:12], rlp.encode(self.parts), *self.fields[13:]])
        return made

    def with_parts(self, changes: Mapping[int, Any]) -> "Draft":
        return Draft(self.fields, [changes.get(n, part) for n, part in enumerate(self.parts)])

    def digest(self) -> bytes:
        """What is sealed: the round kept, no seals."""
        return keccak256(self.with_parts({4: []}).encode())

    def block_hash(self) -> bytes:
        return keccak256(self.with_parts({3: b"", 4: []}).encode())

    def sealed(self, by: Sequence[Sealer]) -> "Draft":
        return self.with_parts({4: [one.sign(self.digest()) for one in by]})


def draft(
    *,
    listed: Sequence[Sealer] = (),
    number: int = 1,
    timestamp: int = 1_780_000_000,
    state_root: bytes = bytes(32),
    round: int = 0,
    vote: Sequence[bytes] = (),
    is_london: bool = True,
) -> Draft:
    """An unsealed header."""
    fields = [
        keccak256(b"parent"),
        EMPTY_UNCLES_HASH,
        listed[0].address if listed else bytes(20),
        state_root,
        keccak256(b"transactions"),
        keccak256(b"receipts"),
        bytes(256),
        b"\1",
        _number(number),
        _number(30_000_000),
        _number(21_000),
        _number(timestamp),
        b"",
        MIX_HASH,
        bytes(8),
    ]
    addresses = sorted(one.address for one in listed)
    return Draft(fields + [b"\7"] * is_london, [bytes(32), addresses, list(vote), _number(round), []])


def twin(seal: bytes) -> bytes:
    """The other signature, with high s, of the same key over the same bytes."""
    return seal[:32] + (ORDER - int.from_bytes(seal[32:64], "big")).to_bytes(32, "big") + bytes([seal[64] ^ 1])


class QbftWorld(World):
    """Four validators, and a trust root of a consortium; ``header(by=…)`` chooses who seals."""

    def __init__(self, name: str = "honest", **options: Any) -> None:
        self.validators = sealers(4)
        super().__init__(name, **options)

    def header(self, **options: Any) -> bytes:
        root = chain.state([self.checkpoints, self.issuers]).root_hash
        by = options.pop("by", self.validators[:3])
        values: dict[str, Any] = {
            "state_root": root,
            "number": self.block,
            "timestamp": self.clock,
            "listed": self.validators,
        }
        return draft(**values | options).sealed(by).encode()

    def trust_document(self, **changes: Any) -> dict[str, Any]:
        ranges = [{"from": 0, "to": None, "addresses": [f"0x{one.address.hex()}" for one in self.validators]}]
        own = {"consensus": "qbft", "validators": ranges, "assurance": CONSORTIUM}
        return super().trust_document(**own | changes)


class QbftScene(Scene):
    """A scene in such a world."""

    world_class = QbftWorld

    @property
    def validators(self) -> list[Sealer]:
        assert isinstance(self.world, QbftWorld)
        return self.world.validators


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
