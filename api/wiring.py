"""Makes a deployment of its parts: database, keys, log, chain, schools and verifier. It holds no rules of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

from api import chains, contexts, leading
from api.alarms import Alarms
from api.batches.jobs import Batches
from api.checking import Checking
from api.clock import now
from api.closing import Closing
from api.deployment import Deployment, log_id, note_key
from api.evidence import LogEvidence
from api.facts import Facts
from api.folder import exclusively, made_by_init, open_store
from api.forms import Forms
from api.governing import Governing
from api.moving import Moving
from api.national import National
from api.newest import Newest
from api.presenting.requests import Presenting
from api.proofs import Proofs
from api.registry_view import RegistryViews
from api.settings import Settings
from api.standing import Standing
from api.wallets import Wallets
from api.witnesses import Witnesses
from issuers import jose, open_issuing
from issuers.api_keys import ApiKeys
from issuers.badges.making import Badges
from issuers.jose import JoseForms
from issuers.kinds import Kinds
from issuers.profiles import Profiles
from issuers.records import Records
from issuers.representations import Representations
from issuers.schools import Schools
from issuers.scope import Scope
from issuers.sealing import SM2, Envelopes
from issuers.status import StatusLists
from issuers.store import RecordStore
from issuers.wallets.issuing import WalletIssuing
from ledger.chain.history import History
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.export import ProofAssembler
from ledger.formats import sm2
from ledger.formats.contexts import with_examples
from ledger.formats.errors import ConflictError
from ledger.formats.forms import BADGE, CLR
from ledger.formats.note import NoteKey
from ledger.formats.trustroot import TrustRoot
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from verifier.policy import Demands
from verifier.verifier import Verifier


@contextmanager
def open_deployment(
    settings: Settings,
    *,
    open_base: str | None = None,
    address: str | None = None,
    behind: bool = False,
    adopting: bool = False,
) -> Iterator[Deployment]:
    """Open what `init` made, as the one that writes, and close it afterwards. ``open_base`` as in `compose`.

    Where several processes serve it (`Settings.together`), a server gives its ``address`` and writes nothing before it
    leads (`api.leading`); a command gives none, and leads within the block. With an ``address`` an old backup, too, is
    opened: it is read and verified from, and takes nothing. So it is with ``behind``, which is `catch-up`'s alone.
    ``adopting`` as `made_by_init` takes it.

    Raises ConfigError where it is not initialised or the settings contradict it; ConflictError ``log.behind_chain``
    where the database is an old backup; UnavailableError where another process writes to it, or the database is away.
    """
    trust_root, fixed = made_by_init(settings, adopting=adopting)
    with ExitStack() as stack:
        if not settings.together:
            stack.enter_context(exclusively(settings.home))
        deployment = compose(settings, fixed, trust_root, stack, open_base, address or "")
        if deployment.lease is not None and address is None:
            stack.enter_context(leading.holding(deployment.sequencer, deployment.lease))
        if deployment.sequencer.leads:
            _confirm(deployment, tolerant=behind or address is not None)
        yield deployment


def _confirm(deployment: Deployment, *, tolerant: bool) -> None:
    try:
        deployment.confirm()
    except ConflictError:
        if not tolerant:
            raise


def compose(
    settings: Settings,
    fixed: Facts,
    trust_root: TrustRoot,
    stack: ExitStack,
    open_base: str | None = None,
    address: str = "",
) -> Deployment:
    """The parts, each made once; ``stack`` closes those that need it. ``address`` is where other processes reach this.

    ``open_base`` is given by `api.conformance` alone: status lists are there, and the log takes open credentials.
    """
    alarms = Alarms()
    engine, keystore = open_store(settings, stack)
    alarms.keep_in(engine)
    stack.callback(alarms.close)
    acting = chains.accounts(keystore)
    opened = chains.open_chain(settings, keystore, acting, alarm=alarms.sound)
    stack.callback(opened.close)
    checkpoints = CheckpointRegistryClient(opened.chain, bytes.fromhex(fixed.checkpoint_registry[2:]))
    registry = IssuerRegistryClient(opened.chain, bytes.fromhex(fixed.issuer_registry[2:]))
    schools = Schools(engine, keystore, fixed.host, now)
    lease = leading.make_lease(engine, settings.lease_seconds, address) if settings.together else None
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
        lease=lease,
    )
    reader = LogReader(engine, sequencer.tree)
    log_key = NoteKey(fixed.origin, note_key(keystore).public)
    validity = timedelta(days=settings.status_days)
    status = StatusLists(engine, sequencer, schools, open_base or fixed.base, now, validity=validity)
    store = RecordStore(engine)
    first = trust_root.epochs[-1].validators[0].first
    own = log_id(fixed, note_key(keystore))
    last = Closing(settings.home, registry)
    assembler = ProofAssembler(
        reader, checkpoints, registry, own, first_block=first, last_block=last, alarm=alarms.sound
    )
    proofs = Proofs(assembler, schools, kinds)
    representations = Representations(engine, sequencer, schools, now)
    badges = Badges(representations, schools, kinds, now, operators)
    envelopes = Envelopes(representations, schools, now)
    tokens = JoseForms(representations, schools, kinds, now)
    history, profiles = History(registry, alarms.sound), Profiles(engine, now)
    governing = Governing(registry, history, schools, profiles, acting, Moving(checkpoints, own))
    standing = Standing(history, kinds, schools, profiles)
    schools.look = standing.look
    issuing = WalletIssuing(
        engine, schools, kinds, representations, tokens, keystore, now, standing.require, reader.anchor_over
    )
    witnesses, quorum = settings.witness_keys, settings.required_witnesses
    demands = Demands(current=settings.current_accreditation, witnesses=witnesses, quorum=quorum)
    verifier = Verifier(trust_root, contexts=kinds.known_contexts, demands=demands)
    newest = Newest(reader, history)
    stack.callback(newest.close)
    checking = Checking(verifier, LogEvidence(store, proofs, reader), newest, now)
    return Deployment(
        settings=settings,
        facts=fixed,
        engine=engine,
        keystore=keystore,
        accounts=acting,
        opened=opened,
        checkpoints=checkpoints,
        registry=registry,
        lease=lease,
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
            | ({SM2: National(envelopes, schools, governing).get} if sm2.is_installed() else {})
        ),
        tokens=tokens,
        standing=standing,
        history=history,
        registry_views=RegistryViews(history, schools, kinds),
        profiles=profiles,
        store=store,
        proofs=proofs,
        wallets=Wallets(fixed.base, schools, kinds, store, issuing),
        presenting=Presenting(engine, fixed.base, kinds, checking, keystore, now),
        trust_root=trust_root,
        checking=checking,
        batches=Batches(engine, checking.verify, checking.refuse, now),
        alarms=alarms,
        witnesses=Witnesses(engine, reader, log_key, witnesses, alarms, now),
    )
