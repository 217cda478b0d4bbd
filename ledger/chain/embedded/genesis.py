"""The first block, which everything in a chain follows from: written down once, beside the chain."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.formats.errors import ConfigError

GAS_LIMIT = 30_000_000
FUNDS = 10**27
ZERO_ADDRESS = bytes(20)


@dataclass(frozen=True, slots=True)
class Genesis:
    """Chain id, time of the first block, the sealer's address, and wei by address at the start."""

    chain_id: int
    timestamp: int
    sealer: bytes
    alloc: Mapping[bytes, int]
    gas_limit: int = GAS_LIMIT

    @classmethod
    def new(cls, chain_id: int, timestamp: int, sealer: bytes, funded: Iterable[bytes] = ()) -> "Genesis":
        """A chain on which the sealer and the accounts ``funded`` have more wei than they can ever use.

        With ``timestamp`` a second or more in the past, the next block need not wait.

        The zero address gets one wei: an Ethereum client that touches it as the beneficiary of a block, which Clique
        leaves zero, then leaves no empty account behind, and all clients arrive at one state root.
        """
        return cls(chain_id, timestamp, sealer, {ZERO_ADDRESS: 1} | dict.fromkeys([sealer, *funded], FUNDS))

    def header_params(self) -> dict[str, object]:
        """The genesis header's fields besides its state root (EIP-225: the signers stand in its extra data)."""
        return {
            "coinbase": ZERO_ADDRESS,
            "difficulty": 1,
            "gas_limit": self.gas_limit,
            "timestamp": self.timestamp,
            "extra_data": bytes(32) + self.sealer + bytes(65),
            "nonce": bytes(8),
            "mix_hash": bytes(32),
        }

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        text = json.dumps(
            {
                "chainId": self.chain_id,
                "timestamp": self.timestamp,
                "gasLimit": self.gas_limit,
                "sealer": "0x" + self.sealer.hex(),
                "alloc": {"0x" + address.hex(): str(wei) for address, wei in sorted(self.alloc.items())},
            },
            indent=1,
        )
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Genesis":
        """Read the file; ConfigError ``chain.genesis_malformed``."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                chain_id=int(found["chainId"]),
                timestamp=int(found["timestamp"]),
                sealer=_address(found["sealer"]),
                alloc={_address(address): int(wei) for address, wei in found["alloc"].items()},
                gas_limit=int(found["gasLimit"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError("chain.genesis_malformed", f"{path} is no genesis: {error}") from error


def _address(text: str) -> bytes:
    address = bytes.fromhex(text.removeprefix("0x"))
    if len(address) != 20:
        raise ValueError(f"{text} is no address")
    return address
