"""What a proposed trust root says, held against all that whoever is asked to sign or adopt it can know (formats §12).

Three things are known to nobody but whoever asks: the version that they have pinned, the contracts that their own
installation brings, and what a node of their own says of the chain. Everything that is new in a proposal must be what
those three show; what may be otherwise by the authorities' own will (who they are, how long it holds, who seals) is
told, line by line, and so is what could not be compared.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

import contracts
from api.clock import now
from api.facts import hexed
from api.redeploying import Registries, differences, where
from api.sealing import shown
from ledger.chain.protocol import Chain
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import consensus
from ledger.formats.errors import ConfigError
from ledger.formats.header import parse_header
from ledger.formats.keccak import keccak256
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Closed, Contract, Epoch, Validators

_KEPT = ("chainId", "consensus", "genesis", "checkpointRegistry", "issuerRegistry", "rootAuthority", "logs")
"""What an epoch never changes once it is pinned."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was compared and is as it must be, what is otherwise than before, and what nobody could compare."""

    compared: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def compare(root: TrustRoot, before: TrustRoot | None, named: Set[bytes] = frozenset()) -> Told:
    """Hold ``root`` against the pinned version ``before`` and this installation's contracts, without any network.

    ``named`` are 32-byte hashes of other code that whoever asks takes the word of somebody else for. Raises ConfigError
    ``trust.unpinned`` where there must be a version before and none is given, ``trust.older``, ``trust.not_next``,
    ``trust.expired``, ``trust.altered`` where it says otherwise of what is pinned, ``trust.other_code`` where new
    contracts are not those of this installation.
    """
    told = _compare(root, before, named)
    _check_start(root, before)
    return told


def check_succession(
    chain: Chain,
    root: TrustRoot,
    before: TrustRoot | None,
    target: Chain | None = None,
    named: Set[bytes] = frozenset(),
) -> Told:
    """As `compare`, and everything new in ``root`` by a node: contracts, closing block, who seals, and every word.

    ``target`` is a node of the last epoch's chain where that is another. Raises as `compare`, and ConfigError
    ``redeploy.differs`` where the chain says otherwise, ``trust.validators`` where others seal it.
    """
    told = _compare(root, before, named)
    there, last = target or chain, root.epochs[-1]
    former = root.epochs[-2] if _is_new(root, before) and len(root.epochs) > 1 else None
    pairs = [(there, last)] if former is None else [(chain, former), (there, last)]
    _raise(
        "redeploy.differs",
        [
            f"the node of epoch {one.chain_id} is of another chain"
            for node, one in pairs
            if where(node) != (one.chain_id, hexed(one.genesis))
        ],
    )
    block = there.final_head().number
    if former is not None:
        block = _check_words(chain, there, former, last)
        told.compared.append(f"every word of the new contracts is the old ones' own, at block {block}")
    else:
        _check_code(there, last, block)
        if before is None:
            told.unknown.append(
                "there are no contracts before these: what they hold, who is accredited and what anchored"
            )
    held = IssuerRegistryClient(there, last.issuer_registry.address)
    held.layout = last.issuer_registry.layout
    if there.storage(held.address, held.layout.slot("root"), block) != last.root_member:
        raise ConfigError("trust.altered", f"the contract has another root authority than {last.root_authority}")
    told.compared.append(f"chain, code of the contracts and root authority, by the node, at block {block}")
    _check_start(root, before)
    _check_sealed(chain, there, root, before, told)
    return told


def registries(chain: Chain, epoch: Epoch) -> Registries:
    """The contracts of an epoch, on its chain, as verifiers read them: by the epoch's own layouts."""
    checkpoints = CheckpointRegistryClient(chain, epoch.checkpoint_registry.address)
    issuers = IssuerRegistryClient(chain, epoch.issuer_registry.address)
    for client, contract in ((checkpoints, epoch.checkpoint_registry), (issuers, epoch.issuer_registry)):
        client.code_hash = contract.code_hash
        client.layout = contract.layout if set(client.layout.slots) <= set(contract.layout.slots) else client.layout
    return checkpoints, issuers


def _compare(root: TrustRoot, before: TrustRoot | None, named: Set[bytes]) -> Told:
    told = Told()
    if root.expires <= now():
        raise ConfigError("trust.expired", "it has expired already, and would prove nothing")
    if before is None:
        if root.version > 1:
            raise ConfigError("trust.unpinned", f"version {root.version - 1} is not pinned here: rollbook trust add it")
        told.unknown.append("no version is pinned before this first one: who its authorities are, and its logs' keys")
    else:
        _check_next(root, before)
        _raise("trust.altered", list(_alterations(root, before)))
        told.compared.append(f"it goes on from the pinned version {before.version}, and alters nothing of it")
        told.changed.extend(_changes(root, before))
    for epoch in root.epochs if before is None else root.epochs[len(before.epochs) :]:
        _check_brought(epoch, named, told)
    return told


def _is_new(root: TrustRoot, before: TrustRoot | None) -> bool:
    """Whether the last epoch is not in the version before."""
    return before is None or len(root.epochs) > len(before.epochs)


def _check_next(root: TrustRoot, before: TrustRoot) -> None:
    if root.id == before.id:
        return
    if root.version <= before.version:
        raise ConfigError("trust.older", f"version {before.version} is pinned here, and a trust root never goes back")
    if root.version != before.version + 1 or root.previous != before.id:
        raise ConfigError("trust.not_next", f"it does not follow the pinned version {before.version}")
    if root.threshold < before.threshold:
        raise ConfigError("trust.not_next", f"a threshold never goes lower, and it is {before.threshold} now")


def _alterations(root: TrustRoot, before: TrustRoot) -> Iterator[str]:
    """What is pinned and would be otherwise: nothing of it may be, but that the last epoch ends."""
    ours, theirs = before.document["epochs"], root.document["epochs"]
    if len(theirs) - len(ours) not in (0, 1):
        yield f"it has {len(theirs)} epochs, and version {before.version} has {len(ours)}"
        return
    for number, (was, is_) in enumerate(zip(ours, theirs, strict=False), 1):
        yield from (f"{name} of epoch {number} is another" for name in _KEPT if was[name] != is_[name])
        ends = number == len(ours) < len(theirs) and was["closed"] is None
        if (is_["closed"] is None) if ends else (was["closed"] != is_["closed"]):
            yield f"epoch {number} is not closed as it must be"
        is_last = number == len(ours) and was["closed"] is None
        if not _goes_on(was["validators"], is_["validators"]) if is_last else was["validators"] != is_["validators"]:
            yield f"the validators of epoch {number} are others"
    if len(theirs) > len(ours):
        was, is_ = theirs[-2:]
        yield from (
            f"{name} of the new epoch is another" for name in ("rootAuthority", "logs") if was[name] != is_[name]
        )
        same = was["chainId"] == is_["chainId"] and was["genesis"] == is_["genesis"]
        if same and was["consensus"] != is_["consensus"]:
            yield "one chain has one consensus"
        if is_["closed"] is not None:
            yield "the new epoch is closed already"


def _goes_on(was: list[dict[str, Any]], is_: list[dict[str, Any]]) -> bool:
    """Whether ranges are those of before, and then others that begin where each before ends."""
    count = len(was)
    if len(is_) < count or is_[: count - 1] != was[:-1]:
        return False
    if len(is_) == count:
        return is_ == was
    joined = all(
        one["to"] is not None and two["from"] == one["to"] + 1
        for one, two in zip(is_[count - 1 :], is_[count:], strict=False)
    )
    return joined and was[-1]["to"] is None and is_[count - 1] | {"to": None} == was[-1]


def _changes(root: TrustRoot, before: TrustRoot) -> Iterator[str]:
    """What the authorities may want otherwise: a line for each."""
    for name in ("expires", "assurance", "threshold"):
        was, is_ = before.document[name], root.document[name]
        if was != is_:
            yield f"{name}: {was} before, {is_} now"
    yield from (f"authority added: {one}" for one in root.authorities if one not in before.authorities)
    yield from (f"authority removed: {one}" for one in before.authorities if one not in root.authorities)
    was_last, last = before.epochs[-1], root.epochs[-1]
    if (was_last.chain_id, was_last.genesis) != (last.chain_id, last.genesis):
        yield f"chain: {was_last.chain_id} before, {last.chain_id} now, {last.consensus}"
    was_sealing, sealing = was_last.validators[-1].addresses, last.validators[-1].addresses
    first = last.validators[-1].first
    yield from (f"validator added from block {first} on: {hexed(one)}" for one in sorted(sealing - was_sealing))
    yield from (f"validator removed from block {first} on: {hexed(one)}" for one in sorted(was_sealing - sealing))
    if _is_new(root, before):
        yield f"CheckpointRegistry: {hexed(last.checkpoint_registry.address)} from block {first} on"
        yield f"IssuerRegistry: {hexed(last.issuer_registry.address)} from block {first} on"


def _check_brought(epoch: Epoch, named: Set[bytes], told: Told) -> None:
    """That an epoch's contracts are those that this installation brings, in code and in where their variables lie."""
    for name, contract in _contracts(epoch):
        brought = contracts.load(name)
        if contract.code_hash == brought.code_hash:
            if dict(contract.layout.slots) != brought.layout:
                raise ConfigError("trust.other_code", f"the slots of {name} are not those of its code")
            told.compared.append(f"{name} is the one that this installation brings, code and slots")
        elif contract.code_hash in named:
            told.unknown.append(
                f"{name} HAS OTHER CODE than this installation brings, {hexed(contract.code_hash)}: WHAT IT DOES, and "
                "where its variables lie, you take the word of somebody else for"
            )
        else:
            raise ConfigError(
                "trust.other_code",
                f"{name} has code {hexed(contract.code_hash)}, and this installation brings "
                f"{hexed(brought.code_hash)}; other code may do anything: sign it only if you have compiled it "
                "yourself, and then name its hash by --code-hash",
            )


def _check_start(root: TrustRoot, before: TrustRoot | None) -> None:
    """That a new epoch begins where the one before it ended, and with one range of validators."""
    if len(root.epochs) == 1 or not _is_new(root, before):
        return
    former, last = root.epochs[-2:]
    if len(last.validators) != 1 or last.validators[0].last is not None:
        raise ConfigError("trust.altered", "the new epoch has not one range of validators without end")
    same = (former.chain_id, former.genesis) == (last.chain_id, last.genesis)
    if former.closed is None or (same and last.validators[0].first != former.closed.number + 1):
        raise ConfigError("trust.altered", "the new epoch does not begin with the block after the last of the old")


def _check_words(chain: Chain, there: Chain, former: Epoch, last: Epoch) -> int:
    """Every word of every log and of the tree; the block of ``there`` at which they were compared."""
    if former.closed is None:
        raise ConfigError("redeploy.differs", "the epoch before the last is not closed")
    _raise("redeploy.differs", list(_other_closing(chain, former, former.closed)))
    block = former.closed.number if there is chain else last.validators[0].first - 1
    if not 0 <= block <= there.final_head().number:
        raise ConfigError(
            "redeploy.differs", f"the new epoch begins with block {block + 1}, which is too early or late"
        )
    _check_code(chain, former, former.closed.number)
    _check_code(there, last, block)
    old, new = registries(chain, former), registries(there, last)
    found: list[str] = []
    for log in last.logs:
        found += differences(old, new, log.id, former.closed.number, block)
    _raise("redeploy.differs", found)
    return block


def _other_closing(chain: Chain, epoch: Epoch, closed: Closed) -> Iterator[str]:
    if closed.number > chain.final_head().number:
        yield "the last block of the old epoch is not final yet"
        return
    header = parse_header(chain.header_rlp(closed.number))
    if (header.number, consensus.block_hash(header, epoch.consensus)) != (closed.number, closed.hash):
        yield "the chain has another last block"
    if header.timestamp != closed.time:
        yield "the last block has another time"
    if closed.number < epoch.validators[-1].first:
        yield "the last block is before its validators"


def _check_code(chain: Chain, epoch: Epoch, block: int) -> None:
    """That the node has exactly the code that the epoch names, at its addresses."""
    found = [(name, contract.code_hash, chain.code(contract.address, block)) for name, contract in _contracts(epoch)]
    if not all(code for _, _, code in found):
        raise ConfigError("redeploy.differs", "not all contracts are there in that block")
    for name, wanted, code in found:
        if keccak256(code) != wanted:
            raise ConfigError("trust.other_code", f"the node has other code at the address of {name}")


def _check_sealed(chain: Chain, there: Chain, root: TrustRoot, before: TrustRoot | None, told: Told) -> None:
    """That whoever a new range names is who seals the chain."""
    last, pinned = root.epochs[-1], before.epochs[-1] if before is not None else None
    asked: list[tuple[Chain, Epoch, tuple[Validators, ...]]] = [(there, last, ())]
    if before is not None and pinned is not None:
        ended = root.epochs[len(before.epochs) - 1]  # the same, where no new epoch is opened
        asked = [
            *(asked if _is_new(root, before) else ()),
            (there if ended is last else chain, ended, pinned.validators),
        ]
    for node, epoch, known in asked:
        same = pinned is not None and (epoch.chain_id, epoch.genesis) == (pinned.chain_id, pinned.genesis)
        sealing = pinned.validators[-1].addresses if pinned is not None and same else frozenset()
        for one in epoch.validators:
            if one not in known:
                _raise("trust.validators", list(shown(node, epoch, one, sealing)))
                told.compared.append(f"who seals from block {one.first} on is who the chain's blocks show")


def _contracts(epoch: Epoch) -> list[tuple[str, Contract]]:
    return [("CheckpointRegistry", epoch.checkpoint_registry), ("IssuerRegistry", epoch.issuer_registry)]


def _raise(code: str, found: list[str]) -> None:
    if found:
        raise ConfigError(code, "; ".join(found[:8]))
