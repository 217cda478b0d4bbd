"""What `init` fixes for good: the base address behind every DID and URL, and which chain and contracts it uses."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from api.home import make_private, write_whole
from ledger.formats import did
from ledger.formats.errors import ConfigError

FILE = "deployment.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """``base`` is scheme://host[:port]; hashes and addresses are 0x and hexadecimal, empty until they are known."""

    base: str
    chain_id: int = 0
    genesis: str = ""
    checkpoint_registry: str = ""
    issuer_registry: str = ""
    next_checkpoint_registry: str = ""
    next_issuer_registry: str = ""
    next_chain_id: int = 0
    next_genesis: str = ""
    """Where `rollbook redeploy` is bringing the ledger; empty otherwise."""
    next_closing: int = 0
    """The last block of the old contracts' epoch in the proposal that goes there; 0 where there is none."""

    @property
    def host(self) -> str:
        """Host and port, as in the DIDs."""
        return urlsplit(self.base).netloc

    @property
    def origin(self) -> str:
        """The log's origin line: where its tiles are, without the scheme."""
        return f"{self.host}/log"


def load(home: Path) -> Facts | None:
    """The facts of the data folder, or None where `init` has never begun; ConfigError ``config.damaged``."""
    path = home / FILE
    try:
        return Facts(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise ConfigError("config.damaged", f"{path} cannot be read: restore it from a backup") from None


def settle_base(home: Path, wanted: str | None, default: str) -> Facts:
    """The facts of the data folder; where there are none, they begin with ``wanted`` as the base address."""
    found = load(home)
    if found is None:
        found = Facts(wanted or default)
        did.build_did_web(found.host)  # a host that no DID can have is refused before anything is fixed
        save(home, found)
    return found


def check_base(facts: Facts, wanted: str | None, aliases: tuple[str, ...]) -> None:
    """ConfigError ``config.base`` where the deployment is to be started under another base address than its own."""
    if wanted is not None and wanted != facts.base and wanted not in aliases:
        raise ConfigError(
            "config.base",
            f"this ledger was made for {facts.base}, which its DIDs and log are named after; to serve it under "
            f"{wanted} as well, add ROLLBOOK_ALIAS={wanted}",
        )


def save(home: Path, facts: Facts) -> None:
    """Keep the facts."""
    make_private(home)
    write_whole(home / FILE, json.dumps(asdict(facts), indent=1).encode() + b"\n")


def settle_chain(home: Path, facts: Facts, **found: str | int) -> Facts:
    """Fix what was found out about the chain; ConfigError ``config.chain`` where it is another than before."""
    for name, value in found.items():
        known = getattr(facts, name)
        if known and known != value:
            raise ConfigError("config.chain", f"this is another chain than the ledger's: {name} is {value}")
    settled = replace(facts, **found)  # type: ignore[arg-type]
    if settled != facts:
        save(home, settled)
    return settled


def hexed(data: bytes) -> str:
    """A hash or an address as facts and trust roots have it."""
    return f"0x{data.hex()}"


def move(home: Path, facts: Facts, **changed: str | int) -> Facts:
    """Keep another chain or other contracts than before: only redeploying and adopting its trust root may."""
    moved = replace(facts, **changed)  # type: ignore[arg-type]
    save(home, moved)
    return moved
