"""The next version of a deployment's trust root: proposed, signed elsewhere, adopted (docs/formats.md §12).

Adopting replaces one file, `trust-root.json`: from that moment the ledger works by it. What hangs on it (the contracts
in `deployment.json`) follows from it at every start, so that a crash in between is mended there.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api import facts
from api.chains import OpenChain, consensus_of
from api.closing import acted
from api.comparing import check_succession, compare, registries
from api.deployment import Deployment, log_id, note_key
from api.facts import hexed
from api.folder import PAST, TRUST_ROOT, settle
from api.home import make_private, write_whole
from api.pins import Pins
from api.redeploying import Registries, differences, where
from ledger.chain.client import RpcChain
from ledger.chain.protocol import Chain
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import canonical, consensus, qbft, trustroot, trustroot_epochs
from ledger.formats.consensus import QBFT
from ledger.formats.errors import ConfigError, NotFoundError, ProofError
from ledger.formats.header import parse_header
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Epoch


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be otherwise; None and empty: as it is. ``first`` is the first block of other ``validators``."""

    expires: datetime
    validators: tuple[bytes, ...] = ()
    first: int | None = None
    authorities: tuple[str, ...] = ()
    threshold: int | None = None


def propose(deployment: Deployment, wish: Wish, target: RpcChain | None = None) -> dict[str, Any]:
    """The next version, unsigned. Contracts that `rollbook redeploy` has finished open a new epoch, and close the last.

    ``target`` is the chain that they are on, where it is another one; then ``wish`` names its validators.

    Raises ConfigError ``redeploy.differs`` where they do not hold what the old ones do, ``trust.validators`` where the
    chain says otherwise than ``wish``, ``trust.threshold`` for a lower one;
    FormatError ``trustroot.malformed`` where the whole would be none.
    """
    current = deployment.trust_root
    if wish.threshold is not None and wish.threshold < current.threshold:
        # Once signed, it would be a second version of its number beside the one that is adopted.
        raise ConfigError("trust.threshold", f"a threshold never goes lower, and it is {current.threshold} now")
    epochs: list[dict[str, Any]] = copy.deepcopy(current.document["epochs"])
    closing = 0
    if deployment.facts.next_issuer_registry:
        closing = _closing_block(deployment, target or deployment.opened.chain)
        epochs.append(_next_epoch(deployment, epochs[-1], wish, target or deployment.opened.chain, closing))
    elif wish.validators:
        _change_validators(deployment.opened.chain, current.epochs[-1], epochs[-1], wish)
    made = trustroot.build(
        version=current.version + 1,
        previous=current.id,
        expires=wish.expires,
        assurance=_assurance(trustroot_epochs.read(epochs)),
        authorities=list(wish.authorities or current.authorities),
        threshold=wish.threshold or current.threshold,
        epochs=epochs,
    )
    trustroot.draft(made)
    if closing:  # from here on nothing is exported under a later block of the old contracts' chain (api.closing)
        home = deployment.settings.home
        deployment.facts = facts.move(home, deployment.facts, next_closing=closing)
    return made


def adopt(deployment: Deployment, data: bytes, target: Chain | None = None) -> TrustRoot:
    """Work by the next version from now on; again, what a crash left undone. ``target`` as in `propose`.

    Raises what ``trustroot.parse``, ``follows`` and `check_succession` raise; ConfigError ``redeploy.differs`` where
    the old registry was acted in since the proposal, ``trust.elsewhere`` where it names other contracts than this
    ledger's.
    """
    new, current, home = trustroot.parse(data), deployment.trust_root, deployment.settings.home
    pinned = Pins(home).related(new)
    if pinned is not None and pinned.version >= new.version and pinned.id != new.id:
        raise ConfigError("trust.older", f"version {pinned.version} is pinned here, and a trust root never goes back")
    if new.id != current.id:
        trustroot.follows(current, new)
        _check_contracts(deployment, new, target or deployment.opened.chain)
        make_private(home / PAST)
        write_whole(home / PAST / f"{current.version}.json", canonical.dumps(current.document) + b"\n")
        write_whole(home / TRUST_ROOT, canonical.dumps(new.document) + b"\n")
    deployment.facts = settle(home, deployment.facts, new)
    (target or deployment.opened.chain).tick()  # a chain that makes blocks on demand has none yet in the new epoch
    Pins(home).add(*_past(home), data)
    return new


def version(home: Path, current: TrustRoot, number: int) -> dict[str, Any]:
    """A version of the deployment's trust root, as it was signed; NotFoundError ``trust.no_version``."""
    if number == current.version:
        return current.document
    try:
        return trustroot.parse((home / PAST / f"{number}.json").read_bytes()).document
    except OSError:
        raise NotFoundError("trust.no_version", f"this ledger has no version {number} of its trust root") from None


def _past(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((home / PAST).glob("*.json"))]


def _closing_block(deployment: Deployment, target: Chain) -> int:
    """The last block of the old epoch: that of an earlier proposal, so long as that may be adopted, else the newest."""
    head, kept = deployment.opened.chain.final_head().number, deployment.facts.next_closing
    if not 0 < kept <= head or acted(deployment.registry, kept + 1, head):
        return head
    named = log_id(deployment.facts, note_key(deployment.keystore))
    old = (deployment.checkpoints, deployment.registry)
    return head if any(differences(old, _next_registries(deployment, target), named, kept)) else kept


def _next_registries(deployment: Deployment, target: Chain) -> Registries:
    fixed = deployment.facts
    return (
        CheckpointRegistryClient(target, bytes.fromhex(fixed.next_checkpoint_registry[2:])),
        IssuerRegistryClient(target, bytes.fromhex(fixed.next_issuer_registry[2:])),
    )


def _next_epoch(
    deployment: Deployment, last: dict[str, Any], wish: Wish, target: RpcChain, closing: int
) -> dict[str, Any]:
    chain, fixed = deployment.opened.chain, deployment.facts
    header = parse_header(chain.header_rlp(closing))
    if where(target) != (fixed.next_chain_id or fixed.chain_id, fixed.next_genesis or fixed.genesis):
        raise ConfigError("trust.elsewhere", "the new contracts are on another chain: say --to URL, as for redeploying")
    new = _next_registries(deployment, target)
    named = log_id(fixed, note_key(deployment.keystore))
    found = list(differences((deployment.checkpoints, deployment.registry), new, named, header.number))
    if found:
        raise ConfigError("redeploy.differs", f"run `rollbook redeploy` first: {'; '.join(found[:8])}")
    hashed = consensus.block_hash(header, last["consensus"])
    last["closed"] = {"number": header.number, "hash": hexed(hashed), "time": header.timestamp}
    made = last | {
        "checkpointRegistry": _contract(new[0]),
        "issuerRegistry": _contract(new[1]),
        "closed": None,
    }
    sealing = [hexed(one) for one in sorted(wish.validators)]
    if fixed.next_genesis:
        if not sealing:
            raise ConfigError("trust.validators", "say who seals the other chain")
        made |= {"chainId": fixed.next_chain_id, "genesis": fixed.next_genesis}
        made["consensus"] = consensus_of(OpenChain(target, None, None), wish.validators)
    first = target.final_head().number if fixed.next_genesis else header.number
    ranges = [{"from": first + 1, "to": None, "addresses": sealing or last["validators"][-1]["addresses"]}]
    return made | {"validators": ranges}


def _change_validators(chain: Chain, epoch: Epoch, document: dict[str, Any], wish: Wish) -> None:
    """End the last range before block ``first``, and begin one of the new validators there."""
    wanted, range_ = frozenset(wish.validators), epoch.validators[-1]
    first = wish.first if wish.first is not None else _first_block_of(chain, epoch, wanted)
    if first <= range_.first:
        raise ConfigError("trust.validators", f"the present validators seal from block {range_.first} on")
    if epoch.consensus == QBFT and first <= chain.final_head().number:
        try:
            qbft.check_quorum(parse_header(chain.header_rlp(first)), wanted)
            qbft.check_quorum(parse_header(chain.header_rlp(first - 1)), range_.addresses)
        except ProofError as error:
            raise ConfigError("trust.validators", f"about block {first}: {error.message}") from None
    document["validators"][-1]["to"] = first - 1
    addresses = [hexed(one) for one in sorted(wanted)]
    document["validators"].append({"from": first, "to": None, "addresses": addresses})


def _first_block_of(chain: Chain, epoch: Epoch, wanted: frozenset[bytes]) -> int:
    """Where the chain's own headers begin to list ``wanted``; found by halving, since they do from there on."""
    low, high = epoch.validators[-1].first, chain.final_head().number
    if epoch.consensus != QBFT or _listed(chain, high) != wanted:
        raise ConfigError("trust.validators", "say from which block on they seal: the newest block does not list them")
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _listed(chain, middle) == wanted else (middle + 1, high)
    return low


def _listed(chain: Chain, number: int) -> frozenset[bytes]:
    return frozenset(qbft.parse_extra(parse_header(chain.header_rlp(number)).extra).validators)


def _check_contracts(deployment: Deployment, new: TrustRoot, target: Chain) -> None:
    fixed, last = deployment.facts, new.epochs[-1]
    named_log = log_id(fixed, note_key(deployment.keystore))
    named = (hexed(last.checkpoint_registry.address), hexed(last.issuer_registry.address))
    on = (last.chain_id, hexed(last.genesis))
    if named_log not in [log.id for log in last.logs]:
        raise ConfigError("trust.elsewhere", "its last epoch has not this ledger's log")
    if named == (fixed.checkpoint_registry, fixed.issuer_registry) and on == (fixed.chain_id, fixed.genesis):
        compare(new, deployment.trust_root)
        return
    there = (fixed.next_chain_id or fixed.chain_id, fixed.next_genesis or fixed.genesis)
    if named != (fixed.next_checkpoint_registry, fixed.next_issuer_registry) or on != there:
        raise ConfigError("trust.elsewhere", "it names another chain or other contracts than this ledger's")
    old = (deployment.checkpoints, deployment.registry)
    check_succession(deployment.opened.chain, new, deployment.trust_root, target)
    closed, head = new.epochs[-2].closed, deployment.opened.chain.final_head().number
    since = closed is not None and acted(deployment.registry, closed.number + 1, head)
    if since or any(differences(old, registries(target, last), named_log)):
        raise ConfigError(
            "redeploy.differs", "the old contracts were acted in since: run `rollbook redeploy`, and propose again"
        )


def _assurance(epochs: Sequence[Epoch]) -> str:
    *before, last = epochs
    ended = all(epoch.closed is not None for epoch in before)
    return trustroot.CONSORTIUM if last.is_consortium and ended else trustroot.SINGLE_SEALER


def _contract(client: CheckpointRegistryClient | IssuerRegistryClient) -> dict[str, object]:
    return {"address": hexed(client.address), "codeHash": hexed(client.code_hash), "slots": dict(client.layout.slots)}
