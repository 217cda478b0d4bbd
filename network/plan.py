"""What a network is before anything runs: its validators' keys, its chain, and who talks to whom where.

Everything that is written for the processes and for the containers is derived from one `Plan`; nothing is said twice.
"""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coincurve import PrivateKey

from ledger.formats.errors import FormatError
from ledger.formats.keccak import keccak256

VALIDATORS = 4
"""The fewest that go on where one of them fails: n validators stand (n − 1) / 3 that fail or lie."""
CHAIN_ID = 26002
PERIOD_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Validator:
    """One validator: its name, its 32-byte secret, and where others reach it."""

    name: str
    secret: bytes
    host: str
    p2p_port: int
    rpc_port: int

    @property
    def public(self) -> bytes:
        """The 64 bytes of its public key, which name it among its peers (devp2p)."""
        return PrivateKey(self.secret).public_key.format(compressed=False)[1:]

    @property
    def address(self) -> bytes:
        """The 20 bytes under which it seals."""
        return keccak256(self.public)[12:]

    @property
    def enode(self) -> str:
        """Where its peers find it."""
        return f"enode://{self.public.hex()}@{self.host}:{self.p2p_port}?discport=0"

    @property
    def rpc_url(self) -> str:
        """Where it answers JSON-RPC."""
        return f"http://{self.host}:{self.rpc_port}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A network: its chain's number, the least seconds between blocks, its first block's time, its validators.

    ``accounts`` may send transactions where accounts are permissioned; empty where anybody may.
    """

    chain_id: int
    period: int
    begun: int
    validators: tuple[Validator, ...]
    accounts: tuple[bytes, ...] = ()

    @property
    def addresses(self) -> tuple[bytes, ...]:
        """Who seals, in ascending order, as QBFT wants it."""
        return tuple(sorted(one.address for one in self.validators))

    @property
    def enodes(self) -> list[str]:
        """Where every validator is found."""
        return [one.enode for one in self.validators]

    def to_json(self) -> bytes:
        """The plan as a file, with its secrets."""
        shape = {
            "chainId": self.chain_id,
            "periodSeconds": self.period,
            "begun": self.begun,
            "accounts": [one.hex() for one in self.accounts],
            "validators": [
                {
                    "name": one.name,
                    "secret": one.secret.hex(),
                    "host": one.host,
                    "p2pPort": one.p2p_port,
                    "rpcPort": one.rpc_port,
                }
                for one in self.validators
            ],
        }
        return json.dumps(shape, indent=1).encode() + b"\n"


def from_json(data: bytes) -> Plan:
    """The plan that `to_json` wrote; FormatError ``network.plan`` where it is none."""
    try:
        shape: dict[str, Any] = json.loads(data)
        validators = tuple(
            Validator(one["name"], bytes.fromhex(one["secret"]), one["host"], one["p2pPort"], one["rpcPort"])
            for one in shape["validators"]
        )
        accounts = tuple(bytes.fromhex(one) for one in shape["accounts"])
        return Plan(shape["chainId"], shape["periodSeconds"], shape["begun"], validators, accounts)
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError("network.plan", f"this is no network's plan: {error!r}") from error


def account(text: str) -> bytes:
    """The 20 bytes of an address, 0x and 40 hexadecimal digits; FormatError ``network.account`` where it is none.

    With large and small letters it has to be spelt as ERC-55 has it, by which a digit that was mistyped shows.
    """
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise FormatError("network.account", f"{text!r} is no address: 0x and 40 hexadecimal digits")
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper(), _spelt(digits.lower())):
        raise FormatError("network.account", f"{text} is mistyped: its large and small letters do not fit its digits")
    address = bytes.fromhex(digits)
    if not any(address):
        raise FormatError("network.account", f"{text} is nobody's address")
    return address


def _spelt(digits: str) -> str:
    """ERC-55: a letter is large where the hash of the small ones has 8 or more in its place."""
    hashed = keccak256(digits.encode()).hex()
    return "".join(digit.upper() if int(place, 16) > 7 else digit for digit, place in zip(digits, hashed, strict=False))


def make(
    places: Sequence[tuple[str, int, int]],
    *,
    begun: int,
    period: int = PERIOD_SECONDS,
    accounts: Sequence[bytes] = (),
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Plan:
    """A new network with a validator at each place (host, port for peers, port for JSON-RPC)."""
    validators = tuple(
        Validator(f"validator-{number}", _secret(entropy), *place) for number, place in enumerate(places, 1)
    )
    return Plan(CHAIN_ID, period, begun, validators, tuple(accounts))


def permitting(plan: Plan, accounts: Sequence[bytes]) -> Plan:
    """The same network, in which these accounts may send transactions as well; each is listed once."""
    return replace(plan, accounts=tuple(dict.fromkeys([*plan.accounts, *accounts])))


def moved(plan: Plan, places: Sequence[tuple[str, int, int]]) -> Plan:
    """The same network at other places."""
    pairs = zip(plan.validators, places, strict=True)
    return replace(plan, validators=tuple(Validator(one.name, one.secret, *place) for one, place in pairs))


def _secret(entropy: Callable[[int], bytes]) -> bytes:
    while True:
        drawn = entropy(32)
        try:
            PrivateKey(drawn)
        except ValueError:  # not within the group's order: as good as never
            continue
        return drawn
