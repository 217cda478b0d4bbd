"""What a Besu validator in a container reads: its settings, whom it talks to, and whose transactions it takes."""

import json
from typing import Any

from network.plan import Plan, Validator

P2P_PORT = 30303
RPC_PORT = 8545
APIS = ("ETH", "NET", "WEB3", "QBFT", "TXPOOL")
"""No ADMIN, DEBUG or PERM: whoever reaches the port can read and send transactions, and change nothing else."""
CONFIG = "/config"
DATA = "/data"
PERMISSIONS = "permissions.toml"
"""In a validator's own folder, where it may write: Besu writes its list of accounts back at each start, and where it
cannot, it permits nobody."""
STORAGE = "FOREST"
"""Every state is kept. By default (Bonsai) a node forgets all but the last 512, and a redeployment, whose authorities
compare the contracts at the block that closed the old ones, takes longer than that."""


def settings(validator: Validator) -> str:
    """The TOML file for ``--config-file``."""
    return _toml(
        {
            "data-path": f"{DATA}/besu",
            "data-storage-format": STORAGE,
            "node-private-key-file": f"{DATA}/key",
            "genesis-file": f"{CONFIG}/genesis.json",
            "sync-mode": "FULL",
            "p2p-host": validator.host,
            "p2p-port": validator.p2p_port,
            "nat-method": "NONE",
            "discovery-enabled": False,
            "static-nodes-file": f"{CONFIG}/static-nodes.json",
            "permissions-nodes-config-file-enabled": True,
            "permissions-nodes-config-file": f"{DATA}/{PERMISSIONS}",
            "permissions-accounts-config-file-enabled": True,
            "permissions-accounts-config-file": f"{DATA}/{PERMISSIONS}",
            "rpc-http-enabled": True,
            "rpc-http-host": "0.0.0.0",
            "rpc-http-port": validator.rpc_port,
            "rpc-http-api": list(APIS),
            "host-allowlist": [validator.name, "localhost", "127.0.0.1"],
            "min-gas-price": 0,
            "tx-pool": "sequenced",
            "revert-reason-enabled": True,
            "logging": "INFO",
        }
    )


def static_nodes(plan: Plan) -> str:
    """Whom every validator calls; it leaves itself out."""
    return json.dumps(plan.enodes, indent=1) + "\n"


def permissions(plan: Plan) -> str:
    """The allow lists of nodes and of accounts."""
    accounts = ["0x" + one.hex() for one in plan.accounts]
    return _toml({"nodes-allowlist": plan.enodes, "accounts-allowlist": accounts})


def _toml(values: dict[str, Any]) -> str:
    """JSON's strings, numbers, booleans and arrays of strings are TOML's."""
    return "".join(f"{name}={json.dumps(value)}\n" for name, value in values.items())
