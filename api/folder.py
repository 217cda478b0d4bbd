"""What `init` made, without the chain: facts and trust root, the folder's lock, the database with schools and kinds.

Apart from `api.wiring`, since the chain's libraries take a second to load, which a list of schools need not wait for.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from api import database, facts
from api.clock import now
from api.facts import Facts, hexed
from api.home import make_private
from api.pins import Pins
from api.settings import Settings
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.schools import Schools
from ledger.chain.embedded.lock import FolderLock
from ledger.formats import trustroot
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.formats.trustroot import TrustRoot

TRUST_ROOT = "trust-root.json"
PAST = "trust-roots"
"""The folder of the trust root's versions before."""


def read_trust_root(home: Path) -> TrustRoot:
    """This deployment's own trust root; ConfigError ``config.not_initialised`` where `init` has not come so far."""
    try:
        return trustroot.parse((home / TRUST_ROOT).read_bytes())
    except FileNotFoundError:
        raise ConfigError("config.not_initialised", f"there is no ledger in {home}: run `rollbook init`") from None


def check_newest(home: Path, root: TrustRoot) -> None:
    """ConfigError ``trust.older`` where a later version is pinned here, or kept, than the one that is worked by."""
    pinned = Pins(home).related(root)
    past = [int(path.stem) for path in (home / PAST).glob("*.json") if path.stem.isdecimal()]
    newest = max([*past, root.version if pinned is None else pinned.version])
    if newest > root.version:
        raise ConfigError(
            "trust.older",
            f"{home / TRUST_ROOT} is version {root.version}, and version {newest} was here already; a trust root never "
            "goes back: put the newer one in its place (rollbook trust show prints what is pinned), or adopt it",
        )


@contextmanager
def exclusively(home: Path) -> Iterator[None]:
    """Keep every other process away from the data folder: two sequencers would fence each other out."""
    make_private(home)
    try:
        lock = FolderLock(home)
    except UnavailableError:
        raise UnavailableError(
            "deployment.locked",
            f"another process works with {home} (rollbook serve?): stop it, or use its HTTP interface",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def open_books(settings: Settings) -> Iterator[tuple[Schools, Kinds]]:
    """Schools and kinds alone, to be read: also while a server works with the data folder. Errors as above."""
    _, fixed = made_by_init(settings)
    with ExitStack() as stack:
        engine, keystore = open_store(settings, stack)
        yield Schools(engine, keystore, fixed.host, now), Kinds(engine, fixed.base, now)


def made_by_init(settings: Settings, *, adopting: bool = False) -> tuple[TrustRoot, Facts]:
    """What `init` has fixed for good; ConfigError where the settings contradict it.

    And ``trust.older`` where the trust root has gone back, unless its next version is about to be adopted.
    """
    home = settings.home
    trust_root = read_trust_root(home)
    if not adopting:
        check_newest(home, trust_root)
    fixed = facts.load(home)
    if fixed is None:
        raise ConfigError("config.damaged", f"{home / facts.FILE} is missing: restore it from a backup")
    facts.check_base(fixed, settings.base_url, settings.aliases)
    return trust_root, settle(home, fixed, trust_root)


def open_store(settings: Settings, stack: ExitStack) -> tuple[Engine, Keystore]:
    """The migrated database and its unlocked keystore."""
    engine = database.open_engine(settings.database)
    stack.callback(engine.dispose)
    database.migrate(engine)
    keystore = Keystore(engine, settings.passphrase())
    keystore.unlock()
    return engine, keystore


def settle(home: Path, fixed: Facts, root: TrustRoot) -> Facts:
    """The facts that belong to ``root``: where it names the contracts that the ledger was on its way to, it is there.

    The new contracts are the ledger's from then on.
    """
    last = root.epochs[-1]
    named = (hexed(last.checkpoint_registry.address), hexed(last.issuer_registry.address))
    if named != (fixed.next_checkpoint_registry, fixed.next_issuer_registry):
        return fixed
    there: dict[str, str | int] = {"checkpoint_registry": named[0], "issuer_registry": named[1]}
    if fixed.next_genesis:
        there |= {"chain_id": fixed.next_chain_id, "genesis": fixed.next_genesis}
    there |= {"next_checkpoint_registry": "", "next_issuer_registry": "", "next_chain_id": 0, "next_genesis": ""}
    there |= {"next_closing": 0}
    return facts.move(home, fixed, **there)
