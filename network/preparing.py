"""`python -m network prepare DIR`: what the containers of docker-compose.yml need before the first of them starts.
`python -m network permit DIR ADDRESS…`: whose transactions the validators take besides, from their next start on.

Each folder is a volume, and each container sees only its own; `plan` is seen by the preparing one alone::

    plan/network.json        every validator's key, and who is permitted, mode 0600: keep a copy elsewhere
    config/                  genesis.json, static-nodes.json, validator-N.toml
    validator-N/             key, permissions.toml; its chain is beside them
    ledger-secrets/          secret, chain-keys, ledger.env (the database's address, who seals)
    database-secrets/        password
    ledger/                  the ledger's data folder

A second run changes nothing; one that was killed goes on.
"""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from ledger.formats.errors import UnavailableError
from ledger.formats.keccak import keccak256
from network import besu, genesis, plan
from network.files import PLAN, put
from network.plan import Plan, Validator

PERIOD_SECONDS = 2
HOSTS = tuple(f"10.83.26.{10 + number}" for number in range(1, plan.VALIDATORS + 1))
"""The validators' addresses on the chain's own network: Besu's peers are called by address."""
DATABASE_HOST, DATABASE_USER, DATABASE_NAME = "database", "rollbook", "rollbook"
BESU_USER = 1000
LEDGER_USER = 10001
_SECRET_BYTES = 32


def prepare(folder: Path, *, now: int) -> Plan:
    """Write what is missing; the plan, made once."""
    made = _settle(folder, now)
    _write_config(folder / "config", made)
    for validator in made.validators:
        _write(folder / validator.name / "key", validator.secret.hex(), BESU_USER)
    _write_permissions(folder, made)
    _write_ledger_env(folder, made)
    return made


def permit(folder: Path, accounts: Sequence[bytes]) -> Plan:
    """Let these accounts (20 bytes each) send transactions as well, from each validator's next start on; the plan.

    Kept in the plan, so that `prepare` keeps them; nothing else is changed. UnavailableError ``network.folder`` where
    nothing was prepared.
    """
    there = folder / "plan" / PLAN
    if not there.exists():
        raise UnavailableError("network.folder", f"{folder} has no network: prepare it first")
    made = plan.permitting(plan.from_json(there.read_bytes()), accounts)
    _write(there, made.to_json().decode(), 0)
    _write_permissions(folder, made)
    return made


def _settle(folder: Path, now: int) -> Plan:
    there = folder / "plan" / PLAN
    if there.exists():
        return plan.from_json(there.read_bytes())
    accounts = _accounts(folder / "ledger-secrets" / "chain-keys")
    made = plan.make(
        [(host, besu.P2P_PORT, besu.RPC_PORT) for host in HOSTS], begun=now, period=PERIOD_SECONDS, accounts=accounts
    )
    _write(there, made.to_json().decode(), 0)
    return made


def _accounts(path: Path) -> list[bytes]:
    """Who may send transactions: the authority and the operator of the one ledger; made once."""
    if not path.exists():
        drawn = plan.make([("", 0, 0)] * 2, begun=0).validators
        _write(path, "\n".join(one.secret.hex() for one in drawn) + "\n", LEDGER_USER)
    return [Validator("", bytes.fromhex(line), "", 0, 0).address for line in path.read_text().split()]


def _write_config(config: Path, made: Plan) -> None:
    files = {
        "genesis.json": json.dumps(genesis.besu(made), indent=1) + "\n",
        "static-nodes.json": besu.static_nodes(made),
        **{f"{validator.name}.toml": besu.settings(validator) for validator in made.validators},
    }
    config.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        put(config / name, text)


def _write_permissions(folder: Path, made: Plan) -> None:
    for validator in made.validators:
        _write(folder / validator.name / besu.PERMISSIONS, besu.permissions(made), BESU_USER)


def _write_ledger_env(folder: Path, made: Plan) -> None:
    own = folder / "ledger-secrets"
    password = _made(folder / "database-secrets" / "password", 0)
    _made(own / "secret", LEDGER_USER)
    url = f"postgresql://{DATABASE_USER}:{password}@{DATABASE_HOST}/{DATABASE_NAME}"
    sealers = ",".join("0x" + address.hex() for address in made.addresses)
    text = f"export ROLLBOOK_DATABASE_URL='{url}'\nexport ROLLBOOK_CHAIN_SEALERS='{sealers}'\n"
    _write(own / "ledger.env", text, LEDGER_USER)
    _own([folder / "ledger"], LEDGER_USER)


def _made(path: Path, user: int) -> str:
    """A random secret, made once."""
    if not path.exists():
        _write(path, secrets.token_urlsafe(_SECRET_BYTES), user)
    return path.read_text().strip()


def _write(path: Path, text: str, user: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, text, mode=0o600)
    _own([path.parent, path], user)


def _own(paths: Sequence[Path], user: int) -> None:
    """Give them to whom the container runs as, where this runs as root, as it does there."""
    for path in paths:
        if not path.exists():
            path.mkdir(parents=True)
        if os.geteuid() == 0:
            os.chown(path, user, user)


def fingerprint(made: Plan) -> str:
    """By which two machines see that they have the same network."""
    return keccak256(genesis.extra_data(made) + str(made.begun).encode()).hex()[:16]
