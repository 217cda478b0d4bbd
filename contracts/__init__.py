"""The Vyper sources and their committed artifacts. Data only: ``load`` reads an artifact, nothing here compiles."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NAMES = ("CheckpointRegistry", "IssuerRegistry")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract. ``code_hash`` is the Keccak-256 of ``runtime``, the code that lies on the chain;
    ``layout`` gives the storage slot of every variable by name.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    runtime: bytes
    code_hash: bytes
    layout: dict[str, int]
    compiler: str
    evm_version: str


@lru_cache(maxsize=len(NAMES))
def load(name: str) -> Artifact:
    """The committed artifact of the contract ``name``, one of ``NAMES``; KeyError for any other."""
    if name not in NAMES:
        raise KeyError(name)
    found = json.loads((FOLDER / "artifacts" / f"{name}.json").read_text(encoding="utf-8"))
    return Artifact(
        name=name,
        abi=found["abi"],
        bytecode=_bytes(found["bytecode"]),
        runtime=_bytes(found["runtime"]),
        code_hash=_bytes(found["codeHash"]),
        layout=found["layout"],
        compiler=found["compiler"],
        evm_version=found["evmVersion"],
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
