"""One deployment, open: its parts, and what it does with them together. `api.wiring` makes it."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, text

from api.alarms import Alarms
from api.batches.jobs import Batches
from api.chains import Accounts, OpenChain
from api.checking import Checking
from api.clock import now
from api.facts import Facts
from api.forms import Forms
from api.governing import Governing, Wanted, kinds_named
from api.moving import UNDER_WAY, Moving
from api.papers import Papers
from api.presenting.requests import Presenting
from api.proofs import Proofs
from api.registry_view import RegistryViews
from api.settings import Settings
from api.standing import Standing
from api.wallets import Wallets
from api.witnesses import Witnesses
from issuers.api_keys import ApiKeys
from issuers.jose import JoseForms
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.profiles import Profiles
from issuers.records import Records
from issuers.schools import Member, Role, Schools
from issuers.status import StatusLists
from issuers.store import RecordStore
from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.chain.anchors import LogAnchors
from ledger.chain.history import History
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import checkpoint, keys
from ledger.formats.errors import ConflictError, NotFoundError, RollbookError, UnavailableError
from ledger.formats.keys import KeyPair
from ledger.formats.trustroot import TrustRoot
from ledger.log.lease import Lease
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import reading

MIN_FREE_BYTES = 2**20  # with less on the data folder's disk the next records would find no room


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
    lease: Lease | None
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
    history: History
    registry_views: RegistryViews
    profiles: Profiles
    store: RecordStore
    proofs: Proofs
    wallets: Wallets
    presenting: Presenting
    trust_root: TrustRoot
    checking: Checking
    batches: Batches
    alarms: Alarms
    witnesses: Witnesses

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
        fixed, heir = self.facts, None
        if fixed.next_checkpoint_registry:
            heir = fixed.next_chain_id or fixed.chain_id, bytes.fromhex(fixed.next_checkpoint_registry[2:])
        return LogAnchors(self.checkpoints, log_id(fixed, note_key(self.keystore)), self.accounts.operator, heir)

    def anchoring(self, wait: Any, tell: Callable[[str], None] = lambda code: None) -> AnchoringWorker:
        """A worker that publishes and anchors, and that ``wait`` stops; ``tell`` is told how it goes."""
        pace = Pace(interval=self.settings.anchor_seconds)
        return AnchoringWorker(self.sequencer, self.anchors, wait=wait, pace=pace, tell=tell)

    def confirm(self) -> bool:
        """Hold the log against the chain; ConflictError ``log.behind_chain`` where it is an old backup.

        What the chain says of each school is kept, and decides what it may sign. False, and nothing done, where the
        chain cannot be reached: records are issued all the same, and the anchoring worker asks again.
        """
        try:
            head = self.anchors.head()
            self.standing.note(self.history.tree(), whole=True)
        except UnavailableError:
            return False
        except ConflictError as error:
            self.sequencer.refuse(error)
            raise
        self.sequencer.confirm(head.size, head.root)
        self.anchors_state()
        return True

    def anchors_state(self) -> str:
        """`ok`, or the code of what is wrong with the newest recorded anchor; the alarm of it is sounded."""
        return _state(self.proofs.check_newest)

    def settle(self) -> None:
        """Publish status lists that are due, then anchor until nothing is pending.

        Raises UnavailableError where the chain cannot be reached, or ``redeploy.under_way``: what is in the log stays,
        and is anchored later. What keeps a school's lists from being signed is raised once all else is anchored.
        """
        try:
            self.status.publish()
        finally:
            self._anchor()

    def _anchor(self) -> None:
        worker = self.anchoring(_pause)
        try:
            while worker.step():
                pass
        except ConflictError as error:
            if error.code != "chain.refused" or not self.moving.is_under_way():
                raise
            said = "entries are in the log, and pending until the new trust root is adopted (`rollbook trust adopt`)"
            raise UnavailableError(UNDER_WAY, said) from error

    @property
    def governing(self) -> Governing:
        """Acts on the tree of authorities and schools."""
        return Governing(self.registry, self.history, self.schools, self.profiles, self.accounts, self.moving)

    @property
    def moving(self) -> Moving:
        """Whether the ledger is on its way to new contracts."""
        return Moving(self.checkpoints, log_id(self.facts, note_key(self.keystore)))

    def add_school(
        self,
        code: str,
        name_en: str,
        name_zh: str,
        kinds: Sequence[str] | None = None,
        *,
        authority: Member | None = None,
        wanted: Wanted | None = None,
    ) -> Member:
        """Register a school under an authority (the root) and accredit it, for ``kinds`` or for all that may be; again,
        what is missing.

        Raises ConflictError ``school.conflict`` and ``accreditation.conflict`` where it is there otherwise,
        NotFoundError ``kind.unknown``, FormatError ``school.…``, NotAllowedError ``accreditation.…``.
        """
        return self._add("issuer", (code, name_en, name_zh), kinds, authority, wanted)

    def add_authority(
        self,
        code: str,
        name_en: str,
        name_zh: str,
        kinds: Sequence[str] | None = None,
        *,
        authority: Member | None = None,
        wanted: Wanted | None = None,
    ) -> Member:
        """As `add_school`, an authority that accredits others within what it is accredited for."""
        return self._add("authority", (code, name_en, name_zh), kinds, authority, wanted)

    def _add(
        self,
        role: Role,
        named: tuple[str, str, str],
        kinds: Sequence[str] | None,
        authority: Member | None,
        wanted: Wanted | None,
    ) -> Member:
        wanted = replace(wanted or Wanted(), kinds=kinds_named(self.kinds, kinds))
        parent = authority or self.schools.all("authority", limit=1)[0]
        if all(member.code != named[0] for member in self.schools.every()):
            self.governing.check(named[0], role, parent, wanted)
        create = self.schools.create_school if role == "issuer" else self.schools.create_authority
        member = create(*named, parent.did)
        self.governing.accredit([member], wanted)
        return member

    def readiness(self) -> dict[str, str]:
        """`ok` or a code for each of `database`, `log` and `chain`; of the log where this process writes to it."""
        asked = {"database": self._ask_database, "log": self._ask_log, "chain": self.opened.chain.head}
        return {name: _state(ask) for name, ask in asked.items()}

    def _ask_log(self) -> None:
        if self.sequencer.leads:
            self.sequencer.check()
            self.sequencer.require()

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


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _state(ask: Callable[[], object]) -> str:
    try:
        ask()
    except RollbookError as error:
        return error.code
    return "ok"
