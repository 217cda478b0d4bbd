"""One deployment, composed: database, keys, log, chain, schools and verifier. It holds no rules of its own."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from api import accreditation, chains, contexts, database, facts
from api.batches.jobs import Batches
from api.chains import Accounts, OpenChain
from api.checking import Checking
from api.evidence import LogEvidence
from api.facts import Facts
from api.forms import Forms
from api.home import make_private
from api.national import National
from api.papers import Papers
from api.presenting.requests import Presenting
from api.proofs import Proofs
from api.settings import Settings
from api.standing import Standing
from api.wallets import Wallets
from issuers import jose, open_issuing
from issuers.api_keys import ApiKeys
from issuers.badges.making import Badges
from issuers.jose import JoseForms
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.records import Records
from issuers.representations import Representations
from issuers.schools import Member, Role, Schools
from issuers.scope import Scope
from issuers.sealing import SM2, Envelopes
from issuers.status import StatusLists
from issuers.store import RecordStore
from issuers.wallets.issuing import WalletIssuing
from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.chain.anchors import LogAnchors
from ledger.chain.embedded.lock import FolderLock
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.export import ProofAssembler
from ledger.formats import checkpoint, keys, sm2, trustroot
from ledger.formats.contexts import with_examples
from ledger.formats.errors import ConfigError, NotFoundError, RollbookError, UnavailableError
from ledger.formats.forms import BADGE, CLR
from ledger.formats.keys import KeyPair
from ledger.formats.trustroot import TrustRoot
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import reading
from verifier.verifier import Verifier

TRUST_ROOT = "trust-root.json"
MIN_FREE_BYTES = 2**20  # with less on the data folder's disk the next records would find no room


def now() -> datetime:
    """The clock that everything in a deployment shares."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Deployment:
    """An open deployment: what routes, commands and workers call."""

    settings: Settings
    facts: Facts
    engine: Engine
    keystore: Keystore
    accounts: Accounts
    opened: OpenChain
    checkpoints: CheckpointRegistryClient
    registry: IssuerRegistryClient
    sequencer: Sequencer
    reader: LogReader
    schools: Schools
    kinds: Kinds
    api_keys: ApiKeys
    status: StatusLists
    records: Records
    forms: Forms
    tokens: JoseForms
    standing: Standing
    store: RecordStore
    proofs: Proofs
    wallets: Wallets
    presenting: Presenting
    trust_root: TrustRoot
    checking: Checking
    batches: Batches

    @property
    def base(self) -> str:
        """scheme://host[:port], fixed by `init`."""
        return self.facts.base

    @property
    def root_did(self) -> str:
        """The root authority's DID."""
        return self.trust_root.epochs[-1].root_authority

    def members(self, role: Role | None = None) -> Iterator[Member]:
        """Every authority and school, or those of one role, in the order in which they were made."""
        return self.schools.every(role)

    def name_of(self, did: str, language: str) -> str:
        """The registered name of a member; its DID where it is none of ours."""
        try:
            names: dict[str, str] = self.schools.get(did).profile["name"]
        except NotFoundError:
            return did
        return names.get(language) or did

    @property
    def papers(self) -> Papers:
        """Sheets and archives of its records."""
        fonts = self.settings.fonts
        return Papers(self.proofs, self.store, self.schools, self.kinds, base=self.base, fonts=fonts, now=now)

    @property
    def anchors(self) -> LogAnchors:
        """The log's anchors on the chain."""
        return LogAnchors(self.checkpoints, log_id(self.facts, note_key(self.keystore)), self.accounts.operator)

    def anchoring(self, wait: Any) -> AnchoringWorker:
        """A worker that publishes and anchors, and that ``wait`` stops."""
        pace = Pace(interval=self.settings.anchor_seconds)
        return AnchoringWorker(self.sequencer, self.anchors, wait=wait, pace=pace)

    def confirm(self) -> None:
        """Hold the log against the chain; ConflictError ``log.behind_chain`` where it is an old backup.

        What the chain says of each school is kept, and decides what it may sign. Nothing where the chain cannot be
        reached: records are issued all the same, and the anchoring worker asks again.
        """
        try:
            head = self.anchors.head()
            accreditation.note(self.registry, self.schools, self.members("issuer"))
        except UnavailableError:
            return
        self.sequencer.confirm(head.size, head.root)

    def settle(self) -> None:
        """Publish status lists that are due, then anchor until nothing is pending.

        Raises UnavailableError where the chain cannot be reached: what is in the log stays, and is anchored later.
        """
        self.status.publish()
        worker = self.anchoring(_pause)
        while worker.step():
            pass

    def add_school(self, code: str, name_en: str, name_zh: str, kinds: Sequence[str] | None = None) -> Member:
        """Register a school under the root authority and accredit it, for ``kinds`` or for all; again, what is missing.

        Raises ConflictError ``school.conflict``, NotFoundError ``kind.unknown``, FormatError ``school.…``.
        """
        numbers = [self.kinds.get(name).kind.number for name in kinds or ()]
        scope = sum(1 << number for number in set(numbers)) or accreditation.EVERY_KIND
        root = self.schools.all("authority", limit=1)[0]
        member = self.schools.create_school(code, name_en, name_zh, root.did)
        accreditation.accredit(self.registry, self.schools, [member], self.accounts, scope)
        return member

    def readiness(self) -> dict[str, str]:
        """`ok` or a code for each of `database`, `log` and `chain`."""
        asked = {"database": self._ask_database, "log": self.sequencer.check, "chain": self.opened.chain.head}
        return {name: _state(ask) for name, ask in asked.items()}

    def _ask_database(self) -> None:
        if shutil.disk_usage(self.settings.home).free < MIN_FREE_BYTES:
            raise UnavailableError("storage.full", "the data folder's disk is full")
        with reading(self.engine) as connection:
            connection.execute(text("SELECT 1"))


def note_key(keystore: Keystore) -> KeyPair:
    """The key that signs the log's checkpoints."""
    return keys.generate(keystore.get_or_make("log note key"))


def log_id(fixed: Facts, key: KeyPair) -> bytes:
    """The log's 32-byte id."""
    return checkpoint.log_id(fixed.origin, key.public)


def read_trust_root(home: Path) -> TrustRoot:
    """This deployment's own trust root; ConfigError ``config.not_initialised`` where `init` has not come so far."""
    try:
        return trustroot.parse((home / TRUST_ROOT).read_bytes())
    except FileNotFoundError:
        raise ConfigError("config.not_initialised", f"there is no ledger in {home}: run `rollbook init`") from None


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
def open_deployment(settings: Settings, *, open_base: str | None = None) -> Iterator[Deployment]:
    """Open what `init` made, alone in its data folder, and close it afterwards. ``open_base`` as in `compose`.

    Raises ConfigError where it is not initialised or the settings contradict it, ConflictError ``log.behind_chain``
    where the database is an old backup, UnavailableError where another process has it open or the database is away.
    """
    trust_root, fixed = made_by_init(settings)
    with ExitStack() as stack:
        stack.enter_context(exclusively(settings.home))
        deployment = compose(settings, fixed, trust_root, stack, open_base)
        deployment.confirm()
        yield deployment


@contextmanager
def open_books(settings: Settings) -> Iterator[tuple[Schools, Kinds]]:
    """Schools and kinds alone, to be read: also while a server works with the data folder. Errors as above."""
    _, fixed = made_by_init(settings)
    with ExitStack() as stack:
        engine, keystore = open_store(settings, stack)
        yield Schools(engine, keystore, fixed.host, now), Kinds(engine, fixed.base, now)


def made_by_init(settings: Settings) -> tuple[TrustRoot, Facts]:
    """What `init` has fixed for good; ConfigError where the settings contradict it."""
    home = settings.home
    trust_root = read_trust_root(home)
    fixed = facts.load(home)
    if fixed is None:
        raise ConfigError("config.damaged", f"{home / facts.FILE} is missing: restore it from a backup")
    facts.check_base(fixed, settings.base_url, settings.aliases)
    return trust_root, fixed


def compose(
    settings: Settings, fixed: Facts, trust_root: TrustRoot, stack: ExitStack, open_base: str | None = None
) -> Deployment:
    """The parts, each made once; ``stack`` closes those that need it.

    ``open_base`` is given by `api.conformance` alone: status lists are there, and the log takes open credentials.
    """
    engine, keystore = open_store(settings, stack)
    acting = chains.accounts(keystore)
    opened = chains.open_chain(settings, keystore, acting)
    stack.callback(opened.close)
    checkpoints = CheckpointRegistryClient(opened.chain, bytes.fromhex(fixed.checkpoint_registry[2:]))
    registry = IssuerRegistryClient(opened.chain, bytes.fromhex(fixed.issuer_registry[2:]))
    schools = Schools(engine, keystore, fixed.host, now)
    operators = contexts.load(settings.home, settings.contexts)
    kinds = Kinds(engine, fixed.base, now, operators)
    scope = Scope(schools, kinds).authorize
    sequencer = Sequencer(
        engine,
        origin=fixed.origin,
        key=note_key(keystore),
        now=lambda: int(now().timestamp()),
        authorize=scope if open_base is None else open_issuing.authorizing(scope),
        contexts_of=kinds.contexts if open_base is None else lambda _: with_examples(kinds.known_contexts()),
        holder=str(settings.home),
    )
    reader = LogReader(engine, sequencer.tree)
    validity = timedelta(days=settings.status_days)
    status = StatusLists(engine, sequencer, schools, open_base or fixed.base, now, validity=validity)
    store = RecordStore(engine)
    assembler = ProofAssembler(reader, checkpoints, registry, log_id(fixed, note_key(keystore)))
    proofs = Proofs(assembler, schools, kinds)
    representations = Representations(engine, sequencer, schools, now)
    badges = Badges(representations, schools, kinds, now, operators)
    envelopes = Envelopes(representations, schools, now)
    tokens = JoseForms(representations, schools, kinds, now)
    standing = Standing(registry, kinds, schools)
    issuing = WalletIssuing(
        engine, schools, kinds, representations, tokens, keystore, now, standing.require, reader.anchor_over
    )
    verifier = Verifier(trust_root, contexts=kinds.known_contexts)
    checking = Checking(verifier, LogEvidence(store, proofs, reader), reader, now)
    return Deployment(
        settings=settings,
        facts=fixed,
        engine=engine,
        keystore=keystore,
        accounts=acting,
        opened=opened,
        checkpoints=checkpoints,
        registry=registry,
        sequencer=sequencer,
        reader=reader,
        schools=schools,
        kinds=kinds,
        api_keys=ApiKeys(engine, now),
        status=status,
        records=Records(engine, sequencer, schools, kinds, keystore, status, now),
        forms=Forms(
            {name: partial(badges.get, name=name) for name in (BADGE, CLR)}
            | {name: partial(tokens.get, name=name) for name in jose.FORMS}
            | ({SM2: National(envelopes, schools, registry, acting).get} if sm2.is_installed() else {})
        ),
        tokens=tokens,
        standing=standing,
        store=store,
        proofs=proofs,
        wallets=Wallets(fixed.base, schools, kinds, store, issuing),
        presenting=Presenting(engine, fixed.base, kinds, checking, now),
        trust_root=trust_root,
        checking=checking,
        batches=Batches(engine, checking.verify, checking.refuse, now),
    )


def open_store(settings: Settings, stack: ExitStack) -> tuple[Engine, Keystore]:
    """The migrated database and its unlocked keystore."""
    engine = database.open_engine(settings.database)
    stack.callback(engine.dispose)
    database.migrate(engine)
    keystore = Keystore(engine, settings.passphrase())
    keystore.unlock()
    return engine, keystore


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _state(ask: Callable[[], object]) -> str:
    try:
        ask()
    except RollbookError as error:
        return error.code
    return "ok"
