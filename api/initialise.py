"""`rollbook init`: a ledger out of nothing, and nothing twice.

Each step looks first at what is there, so that a run which was killed goes on where it stopped, and a run on a finished
ledger changes nothing:

1. the data folder, the secret, the base address        a crash leaves files that the next run reads
2. the database, migrated; the keystore; every key      made once, under its name
3. the embedded chain's first block                     written beside the chain before the chain begins
4. both registries                                      looked for where the account's first transactions put them
5. the log opened on the chain; the kinds registered    asked of the contracts
6. the trust root, signed, written and pinned           written last: a ledger that has one is complete
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, TypeVar

from api import chains, deployment, facts
from api.accreditation import register_kinds
from api.chains import Accounts, OpenChain
from api.clock import now
from api.facts import Facts, hexed
from api.folder import TRUST_ROOT, exclusively, open_store, read_trust_root
from api.home import make_private, write_whole
from api.pins import Pins
from api.settings import DEFAULT_BASE, Settings
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.schools import Member, Schools
from ledger.chain.protocol import Chain
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import canonical, keys, profile, rlp, trustroot
from ledger.formats.consensus import QBFT
from ledger.formats.errors import ConfigError, ConflictError, ProofError
from ledger.formats.keccak import keccak256
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import CONSORTIUM_LEAST

DEFAULT_AUTHORITY = ("00", "Root authority", "主管部门")
TRUST_ROOT_VALIDITY = timedelta(days=5 * 365)
_NONCES = 16

Say = Callable[[str], None]
Client = TypeVar("Client", CheckpointRegistryClient, IssuerRegistryClient)


def silent(_text: str) -> None:
    """Says nothing."""


def initialise(
    settings: Settings,
    *,
    code: str | None = None,
    name_en: str | None = None,
    name_zh: str | None = None,
    say: Say = silent,
) -> TrustRoot:
    """Make the ledger, or what is missing of it; its trust root.

    ``code`` and names are the root authority's; those that are there, or DEFAULT_AUTHORITY, where None. Raises
    ConfigError ``config.base`` where it was made for another base address, ``school.conflict`` where it was made for
    another authority; UnavailableError where the chain or the
    database cannot be reached: the next run goes on from there.
    """
    home = settings.home
    with exclusively(home), ExitStack() as stack:
        settings.passphrase(create=True)  # 1
        fixed = facts.settle_base(home, settings.base_url, DEFAULT_BASE)
        facts.check_base(fixed, settings.base_url, settings.aliases)
        engine, keystore = open_store(settings, stack)  # 2
        say("database and keystore are ready")
        schools, kinds = (
            Schools(engine, keystore, fixed.host, now),
            Kinds(engine, fixed.base, now),
        )
        root = _authority(schools, (code, name_en, name_zh))
        kinds.install_builtin()
        acting = chains.accounts(keystore, settings.chain_keys_file)
        opened = chains.open_chain(settings, keystore, acting, begin=True)  # 3
        stack.callback(opened.close)
        fixed, registry = _settle_contracts(settings, fixed, opened, acting, root)  # 4
        say(f"registries are on chain {fixed.chain_id}")
        _open_log(fixed, opened.chain, keystore, acting)  # 5
        register_kinds(registry, kinds, acting.authority)
        say("log is open, kinds are registered")
        return _settle_trust_root(settings, fixed, opened, keystore, root)  # 6


def _authority(schools: Schools, asked: tuple[str | None, str | None, str | None]) -> Member:
    """The root authority: made, or the one that is there; ConflictError ``school.conflict`` where ``asked`` differs."""
    there = schools.all("authority", limit=1)
    if not there:
        return schools.create_authority(*(one or usual for one, usual in zip(asked, DEFAULT_AUTHORITY, strict=True)))
    name = there[0].profile["name"]
    known = (there[0].code, name["en"], name["zh"])
    if any(one is not None and one != is_so for one, is_so in zip(asked, known, strict=True)):
        said = f"this ledger's authority is {known[0]}, {known[1]} · {known[2]}: its code and names are fixed for good"
        raise ConflictError("school.conflict", said)
    return there[0]


def _settle_contracts(
    settings: Settings, fixed: Facts, opened: OpenChain, acting: Accounts, root: Member
) -> tuple[Facts, IssuerRegistryClient]:
    chain, home = opened.chain, settings.home
    genesis = keccak256(chain.header_rlp(0))
    fixed = facts.settle_chain(home, fixed, chain_id=chain.chain_id(), genesis=hexed(genesis))
    if fixed.issuer_registry:  # looked for no more: where they were replaced, the first ones are still there
        registry: IssuerRegistryClient | None = IssuerRegistryClient(chain, bytes.fromhex(fixed.issuer_registry[2:]))
        checkpoints: CheckpointRegistryClient | None = CheckpointRegistryClient(
            chain, bytes.fromhex(fixed.checkpoint_registry[2:])
        )
    else:
        checkpoints = _found(CheckpointRegistryClient, chain, acting)
        registry = _found(IssuerRegistryClient, chain, acting)
    if checkpoints is None:
        checkpoints = CheckpointRegistryClient.deploy(chain, acting.authority)
    if registry is None:
        hashed = profile.parse(root.profile).hash
        registry = IssuerRegistryClient.deploy(chain, acting.authority, root.member_id, hashed)
    if registry.root() != root.member_id:
        raise ConfigError("config.chain", "the registry on the chain has another root authority")
    addresses = {
        "checkpoint_registry": hexed(checkpoints.address),
        "issuer_registry": hexed(registry.address),
    }
    return facts.settle_chain(home, fixed, **addresses), registry


def _found(client: type[Client], chain: Chain, acting: Accounts) -> Client | None:
    """The contract where an earlier run created it: an address follows from the account and its transaction number."""
    for nonce in range(_NONCES):
        made = client(chain, keccak256(rlp.encode([acting.authority.address, rlp.encode_int(nonce)]))[12:])
        try:
            made.check_code()
        except ProofError:
            continue
        return made
    return None


def _open_log(fixed: Facts, chain: Chain, keystore: Keystore, acting: Accounts) -> None:
    checkpoints = CheckpointRegistryClient(chain, bytes.fromhex(fixed.checkpoint_registry[2:]))
    named = deployment.log_id(fixed, deployment.note_key(keystore))
    if checkpoints.operator(named) is None:
        chain.transact(checkpoints.open(named, acting.operator.address), acting.authority)


def _settle_trust_root(
    settings: Settings, fixed: Facts, opened: OpenChain, keystore: Keystore, root: Member
) -> TrustRoot:
    path = settings.home / TRUST_ROOT
    if not path.exists():
        signer = keys.generate(keystore.get_or_make("trust root authority"))
        epoch = _epoch(settings, fixed, opened, keystore, root)
        made = trustroot.build(
            version=1,
            previous=None,
            expires=_whole_day(now() + TRUST_ROOT_VALIDITY),
            assurance=_assurance(epoch),
            authorities=[signer.multikey],
            threshold=1,
            epochs=[epoch],
        )
        make_private(settings.home)
        write_whole(path, canonical.dumps(trustroot.sign(made, signer)) + b"\n")
    pins = Pins(settings.home)
    found = read_trust_root(settings.home)
    if all(pinned.id != found.id for pinned in pins.all()):
        pins.add(path.read_bytes())
    return found


def _epoch(settings: Settings, fixed: Facts, opened: OpenChain, keystore: Keystore, root: Member) -> dict[str, Any]:
    checkpoints = CheckpointRegistryClient(opened.chain, bytes.fromhex(fixed.checkpoint_registry[2:]))
    registry = IssuerRegistryClient(opened.chain, bytes.fromhex(fixed.issuer_registry[2:]))
    sealers = sorted(chains.sealers(opened, settings))
    return {
        "chainId": fixed.chain_id,
        "consensus": chains.consensus_of(opened, sealers),
        "genesis": fixed.genesis,
        "validators": [{"from": 0, "to": None, "addresses": [hexed(one) for one in sealers]}],
        "checkpointRegistry": _contract(checkpoints),
        "issuerRegistry": _contract(registry),
        "rootAuthority": root.did,
        "logs": [{"origin": fixed.origin, "key": deployment.note_key(keystore).multikey}],
        "closed": None,
    }


def _assurance(epoch: dict[str, Any]) -> str:
    """What a deployment may say of its chain by itself: a consortium is at least four who had to agree."""
    many = all(len(one["addresses"]) >= CONSORTIUM_LEAST for one in epoch["validators"])
    return trustroot.CONSORTIUM if epoch["consensus"] == QBFT and many else trustroot.SINGLE_SEALER


def _contract(client: CheckpointRegistryClient | IssuerRegistryClient) -> dict[str, object]:
    slots = dict(client.layout.slots)
    return {"address": hexed(client.address), "codeHash": hexed(client.code_hash), "slots": slots}


def _whole_day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
