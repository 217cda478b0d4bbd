"""Headers of real nodes, whole and altered, and some of Clique: what both verifiers say (docs/formats.md §10)."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from ledger.formats import base64s, canonical, trustroot
from ledger.formats.header import parse_header
from tests.worlds.chain import seal
from tests.worlds.qbft import QbftScene
from tests.worlds.scene import Scene

RECORDED = Path(__file__).parents[1] / "ledger/formats/qbft-headers.json"
STEP = 97
"""A byte in so many is altered; the next header begins at another."""


@cache
def scene() -> QbftScene:
    """A world whose bundles get these headers."""
    return QbftScene()


@cache
def clique() -> Scene:
    """A world of a single sealer."""
    return Scene()


def trust_root() -> dict[str, Any]:
    """The changes of the world's trust root by which the recorded validators count."""
    addresses = [f"0x{one}" for one in json.loads(RECORDED.read_text(encoding="utf-8"))["validators"]]
    return {"validators": [{"from": 0, "to": None, "addresses": addresses}]}


def all_of_them() -> dict[str, bytes]:
    """Bundles with the recorded headers, and with each of them altered in some places."""
    made, bundle = {}, scene().bundle()
    for at, one in enumerate(json.loads(RECORDED.read_text(encoding="utf-8"))["headers"]):
        raw = bytes.fromhex(one["rlp"])
        made[f"{one['number']} whole"] = _with(bundle, raw)
        for place in range(at, len(raw), STEP):
            made[f"{one['number']} at {place}"] = _with(
                bundle, raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            )
    return made


def sealed_against_rules() -> dict[str, bytes]:
    """Bundles whose headers Clique's validator sealed, but for the first against a rule of EIP-225."""
    world, bundle = clique().world, clique().bundle()
    root, signer = parse_header(base64s.decode(bundle["chain"]["header"])).state_root, bytes(range(20))
    changes: dict[str, dict[int, bytes]] = {
        "sound": {},
        "a vote": {2: signer, 14: b"\xff" * 8},
        "a vote for nobody": {14: b"\xff" * 8},
        "a nonce": {14: bytes(7) + b"\1"},
        "a signer listed": {12: bytes(32) + signer},
        "a short vanity": {12: bytes(31)},
        "difficulty 3": {7: b"\3"},
        "uncles": {1: bytes(32)},
        "a mix hash": {13: b"\1" * 32},
        "a gas limit with a nought": {9: b"\0\1"},
        "no signer listed": {8: (30_000).to_bytes(2, "big")},
        "a signer listed in its place": {8: (30_000).to_bytes(2, "big"), 12: bytes(32) + signer},
        "a vote there": {8: (30_000).to_bytes(2, "big"), 12: bytes(32) + signer, 2: signer, 14: b"\xff" * 8},
        "a beneficiary there": {8: (30_000).to_bytes(2, "big"), 12: bytes(32) + signer, 2: signer},
    }
    return {
        name: _with(
            bundle, seal(world.sealer, state_root=root, number=world.block, timestamp=world.clock, change=change)
        )
        for name, change in changes.items()
    }


def _with(bundle: dict[str, Any], header: bytes) -> bytes:
    return canonical.dumps(bundle | {"chain": bundle["chain"] | {"header": base64s.encode(header)}})


def root_of(of: Scene, **changes: Any) -> bytes:
    """The signed trust root of a world, with these changes."""
    return canonical.dumps(trustroot.sign(of.world.trust_document(**changes), of.world.trust_key))


def question(data: bytes, of: Scene, **changes: Any) -> dict[str, Any]:
    """What the page in a browser is asked, under the trust root of a world with these changes."""
    root = root_of(of, **changes)
    now = of.now.timestamp() * 1000
    return {"data": base64.b64encode(data).decode(), "root": base64.b64encode(root).decode(), "now": now}


def said(report: dict[str, Any]) -> list[str]:
    """The assurance and the codes."""
    return [report["assurance"], *(check["code"] for check in report["checks"])]
