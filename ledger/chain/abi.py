"""Encoding of calls and decoding of results and events, for contracts of plain types (Solidity's contract ABI)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError

from contracts import Artifact
from ledger.chain.protocol import Event
from ledger.formats.errors import FormatError, UnavailableError
from ledger.formats.keccak import keccak256


@dataclass(frozen=True, slots=True)
class _Entry:
    selector: bytes
    inputs: tuple[tuple[str, str, bool], ...]
    outputs: tuple[str, ...]


class ContractAbi:
    """The functions and events of one contract, by name."""

    def __init__(self, artifact: Artifact) -> None:
        self._functions = {part["name"]: _entry(part) for part in artifact.abi if part["type"] == "function"}
        self._events = {part["name"]: _entry(part) for part in artifact.abi if part["type"] == "event"}
        self._constructor = next((_entry(part) for part in artifact.abi if part["type"] == "constructor"), None)
        self._bytecode = artifact.bytecode

    def creation(self, *arguments: Any) -> bytes:
        """The code that creates the contract, with its constructor's arguments."""
        types = [kind for _, kind, _ in self._constructor.inputs] if self._constructor else []
        return self._bytecode + _encoded("constructor", types, arguments)

    def call(self, name: str, *arguments: Any) -> bytes:
        """A call's data: four bytes of the signature's hash, then the arguments.

        FormatError ``chain.bad_argument`` where they do not fit their types.
        """
        entry = self._functions[name]
        return entry.selector[:4] + _encoded(name, [kind for _, kind, _ in entry.inputs], arguments)

    def result(self, name: str, output: bytes) -> tuple[Any, ...]:
        """What a function returned; UnavailableError ``chain.unreachable`` where that is no answer of it.

        Reading a contract where there is none gives empty output, which ends here too.
        """
        try:
            return decode(self._functions[name].outputs, output)
        except DecodingError as error:
            raise UnavailableError("chain.unreachable", f"no answer of {name}: {error}") from error

    def topic(self, name: str) -> bytes:
        """The first topic of an event."""
        return self._events[name].selector

    def any_event(self, found: Event) -> tuple[str, dict[str, Any]]:
        """An event's name and its values by name; UnavailableError ``chain.unreachable`` where it is none of these."""
        name = next((name for name, entry in self._events.items() if (entry.selector,) == found.topics[:1]), "")
        if not name:
            raise UnavailableError("chain.unreachable", "an event that the contract does not have")
        return name, self.event(name, found)

    def event(self, name: str, found: Event) -> dict[str, Any]:
        """An event's values by name; UnavailableError ``chain.unreachable`` where it is another."""
        entry = self._events[name]
        indexed = [(field, kind) for field, kind, is_indexed in entry.inputs if is_indexed]
        plain = [(field, kind) for field, kind, is_indexed in entry.inputs if not is_indexed]
        if found.topics[:1] != (entry.selector,) or len(found.topics) != len(indexed) + 1:
            raise UnavailableError("chain.unreachable", f"no event {name}")
        try:
            values = [decode([kind], topic)[0] for (_, kind), topic in zip(indexed, found.topics[1:], strict=True)]
            values += decode([kind for _, kind in plain], found.data)
        except DecodingError as error:
            raise UnavailableError("chain.unreachable", f"no event {name}: {error}") from error
        return dict(zip([field for field, _ in indexed + plain], values, strict=True))


def _encoded(name: str, types: Sequence[str], arguments: Sequence[Any]) -> bytes:
    try:
        return encode(types, arguments)
    except EncodingError as error:
        raise FormatError("chain.bad_argument", f"{name}: {error}") from error


def _entry(part: dict[str, Any]) -> _Entry:
    inputs = tuple((field["name"], field["type"], field.get("indexed", False)) for field in part["inputs"])
    signature = f"{part.get('name', '')}({','.join(kind for _, kind, _ in inputs)})"
    outputs = tuple(field["type"] for field in part.get("outputs", ()))
    return _Entry(keccak256(signature.encode()), inputs, outputs)
