"""Where Vyper keeps a value in a contract's storage, so that a verifier derives every slot itself.

A plain variable lies in the slot that the committed layout gives; the value of a ``HashMap`` under a key lies in
``keccak256(slot ‖ key)``, slot and key 32 bytes each, and so on inwards for nested maps. (Solidity hashes key first.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ledger.formats.errors import FormatError
from ledger.formats.keccak import keccak256

Key = bytes | int


def mapping_slot(slot: Key, key: Key) -> bytes:
    """The 32-byte slot of a map's value: ``slot`` is the map's own, both are 32 bytes or an unsigned integer."""
    return keccak256(_word(slot) + _word(key))


def _word(value: Key) -> bytes:
    """32 bytes; a shorter string (an address) is refused, since its padding would depend on its type."""
    if isinstance(value, int):
        if not 0 <= value < 1 << 256:
            raise FormatError("layout.malformed", "a slot or key is an unsigned 256-bit integer")
        return value.to_bytes(32, "big")
    if len(value) != 32:
        raise FormatError("layout.malformed", f"a slot or key has 32 bytes, not {len(value)}")
    return value


@dataclass(frozen=True, slots=True)
class Layout:
    """The slot number of every storage variable of one contract, by name; from the committed artifact."""

    slots: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, slot in self.slots.items():
            # bool is an int, and JSON's true is not a slot.
            if not isinstance(name, str) or type(slot) is not int or not 0 <= slot < 1 << 256:
                raise FormatError("layout.malformed", f"{name!r} has no slot number")
        object.__setattr__(self, "slots", MappingProxyType(dict(self.slots)))

    def slot(self, name: str, *keys: Key) -> bytes:
        """The 32-byte slot of ``name``, or of its value under ``keys``, outermost first.

        Raises FormatError ``layout.unknown_name`` where the layout has no such variable.
        """
        if name not in self.slots:
            raise FormatError("layout.unknown_name", f"the layout has no variable {name!r}")
        slot = _word(self.slots[name])
        for key in keys:
            slot = mapping_slot(slot, key)
        return slot
