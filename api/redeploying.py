"""`rollbook redeploy`: new contracts, seeded with all that the old ones hold (docs/formats.md §8, §9).

Each step looks first at what the chain holds, so that a run which was killed goes on where it stopped:

1. what is in the log is anchored, so that nothing waits on the old contract; then all that will be seeded is read,
   proven, and held against the books: what a node leaves out or alters stops it here, before anything is for good
2. the new CheckpointRegistry            its address is kept before it is created
3. the old log is frozen, and names it   from here on entries wait until the next trust root is adopted
4. the log is opened there, at its frozen size and root
5. every anchor is seeded, its word as it is
6. the seeding of the log ends
7. the new IssuerRegistry                again a new one where the old one was acted in after step 9
8. every kind, member, accreditation and key is seeded
9. its seeding ends
10. every word is compared

The new contracts are on the ledger's own chain, or on another one: so a ledger goes from its embedded chain to one
that a consortium seals.

Nothing of this takes effect for a verifier or for this ledger: both follow the next version of the trust root, which
closes the old epoch (`api.proposing`). Until it is adopted, bundles are made from the old contracts as before.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from api import facts
from api.deployment import Deployment, log_id, note_key
from ledger.chain import succession
from ledger.chain.protocol import Call, Chain
from ledger.chain.registries import (
    MAX_SEEDED,
    MAX_SEEDED_RECORDS,
    CheckpointRegistryClient,
    IssuerRegistryClient,
)
from ledger.chain.succession import LogRecord, MemberRecord, Tree
from ledger.formats import registry, rlp
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.formats.keccak import keccak256

Say = Callable[[str], None]
Client = TypeVar("Client", CheckpointRegistryClient, IssuerRegistryClient)
Registries = tuple[CheckpointRegistryClient, IssuerRegistryClient]
BATCH = 64
"""So many calls are under way at once."""


class Redeployment:
    """One deployment on its way to new contracts, opened for itself alone."""

    def __init__(self, deployment: Deployment, say: Say, target: Chain | None = None) -> None:
        """``target`` is the chain to go to, where it is another one."""
        self._deployment = deployment
        self._say = say
        self._chain: Chain = target or deployment.opened.chain
        self._signer = deployment.accounts.authority
        self._log_id = log_id(deployment.facts, note_key(deployment.keystore))

    def run(self) -> Registries:
        """All ten steps, or what is missing of them; the new contracts.

        Raises ConfigError ``redeploy.frozen`` where the log was frozen for something else, ``redeploy.differs`` where
        the new contracts or the books hold other words than the old ones; UnavailableError where the chain cannot be
        reached, and ``anchor.disagreement`` where a node's events are not what the old contracts hold.
        """
        if self._deployment.checkpoints.successor(self._log_id) is None:
            self._deployment.settle()  # 1
            self._say("all that is in the log is anchored")
        self._check_sources()
        self._settle_chain()
        checkpoints = self._log_registry()  # 2
        self._freeze(checkpoints)  # 3
        self._seed_log(checkpoints)  # 4, 5, 6
        issuers = self._issuer_registry()  # 7
        self._seed_tree(issuers)  # 8, 9
        self._compare(checkpoints, issuers)  # 10
        return checkpoints, issuers

    def _check_sources(self) -> None:
        """Whatever is not whole now would be missing for good once the seeding has ended."""
        try:
            log, (tree, _) = self._old_log(), self._old_tree()
        except UnavailableError as error:
            if error.code == "anchor.disagreement":
                self._deployment.alarms.sound(error.code, seen=error.message)
            raise
        for size, word in self._own_anchors():
            if log.anchors.get(size) != word:
                raise ConfigError("redeploy.differs", f"the anchor of size {size} is another one in the database")
        there = {one.id for one in tree.members}
        for member in self._deployment.schools.every():
            accredited = self._deployment.schools.accreditation(member.did)[1] is not None
            if accredited and member.member_id not in there:
                raise ConfigError("redeploy.differs", f"{member.did} is accredited in the database alone")
        self._say(
            f"{len(log.anchors)} anchors and {len(tree.members)} members are read, and nothing of them is missing"
        )

    def _own_anchors(self) -> Iterator[tuple[int, bytes]]:
        """Size and word of every anchor that the database has."""
        after = 0
        while page := self._deployment.reader.anchors_after(after):
            for one in page:
                word = registry.anchor_digest(one.size, one.root, one.previous_size, one.time, one.status_root)
                yield one.size, word
            after = page[-1].size

    def _settle_chain(self) -> None:
        """Keep where it goes; on another chain than an earlier run's, that run's contracts are not looked for."""
        fixed, wanted = self._deployment.facts, where(self._chain)
        if wanted == (fixed.chain_id, fixed.genesis):
            wanted = (0, "")
        if wanted != (fixed.next_chain_id, fixed.next_genesis):
            if self._deployment.checkpoints.successor(self._log_id) is not None:
                # What is kept is all that tells where the log goes on: forgotten, it would go on nowhere.
                raise ConfigError("redeploy.frozen", "the log is frozen for another chain: give the --to of that run")
            home, (chain_id, genesis) = self._deployment.settings.home, wanted
            named = {"next_checkpoint_registry": "", "next_issuer_registry": ""}
            self._deployment.facts = facts.move(home, fixed, next_chain_id=chain_id, next_genesis=genesis, **named)

    def _log_registry(self) -> CheckpointRegistryClient:
        made = self._created(CheckpointRegistryClient, "next_checkpoint_registry")
        if not self._chain.code(made.address):
            made = CheckpointRegistryClient.deploy(self._chain, self._signer)
            self._keep("next_checkpoint_registry", made.address)
        made.check_code()
        self._say(f"the new CheckpointRegistry is at 0x{made.address.hex()}")
        return made

    def _freeze(self, new: CheckpointRegistryClient) -> None:
        old = self._deployment.checkpoints
        named = registry.successor(self._chain.chain_id(), new.address, self._log_id)
        found = old.successor(self._log_id)
        if found is None:
            old.chain.transact(old.freeze(self._log_id, named), self._signer)
        elif found != named:
            raise ConfigError("redeploy.frozen", "the log was frozen for another successor, or for good")
        self._say("the old log is frozen, and names the new registry: entries are anchored again once this is adopted")

    def _seed_log(self, new: CheckpointRegistryClient) -> None:
        held = self._old_log()
        if new.operator(self._log_id) is not None:
            return
        if new.seeding(self._log_id) is None:
            operator = self._deployment.accounts.operator.address
            self._do([new.open(self._log_id, operator, held.size, held.root)])
            self._say(f"the log is open there, at size {held.size}")
            if held.size == 0:
                return
        missing = [(size, held.anchors[size]) for size in sorted(held.anchors)]
        missing = [one for one in missing if new.anchor_of(self._log_id, one[0]) is None]
        parts = [missing[at : at + MAX_SEEDED] for at in range(0, len(missing), MAX_SEEDED)]
        self._do([new.seed_anchors(self._log_id, part) for part in parts])
        self._say(f"{len(held.anchors)} anchors are seeded")
        self._do([new.end_seeding(self._log_id)])
        self._say("the seeding of the log has ended")

    def _issuer_registry(self) -> IssuerRegistryClient:
        made = self._created(IssuerRegistryClient, "next_issuer_registry")
        if self._chain.code(made.address) and not made.seeding() and self._tree_differs(made):
            self._say("the old IssuerRegistry was acted in since: it is taken over once more")
            self._keep("next_issuer_registry", b"")
            made = self._created(IssuerRegistryClient, "next_issuer_registry")
        if not self._chain.code(made.address):
            old, member = self._deployment.registry, self._deployment.registry.root()
            hashed = old.profile(member) or b""
            made = IssuerRegistryClient.deploy(self._chain, self._signer, member, hashed, seeded=True)
            self._keep("next_issuer_registry", made.address)
        made.check_code()
        self._say(f"the new IssuerRegistry is at 0x{made.address.hex()}")
        return made

    def _seed_tree(self, new: IssuerRegistryClient) -> None:
        if not new.seeding():
            return
        old, known = self._old_tree()
        # What builds on a call that is in no block yet waits for its block, and holds up what comes after it: so all
        # members come first, in the order that they have, and then the keys of all.
        self._do(list(_seed_kinds(old, new)))
        self._do([call for member in old.members for call in _seed_member(member, new)])
        self._do([call for member in old.members for call in _seed_keys(member, new, known)])
        self._say(f"{len(old.kinds)} kinds and {len(old.members)} members are seeded")
        self._do([new.end_seeding()])
        self._say("the seeding of the tree has ended")

    def _compare(self, checkpoints: CheckpointRegistryClient, issuers: IssuerRegistryClient) -> None:
        old = (self._deployment.checkpoints, self._deployment.registry)
        found = list(differences(old, (checkpoints, issuers), self._log_id))
        if found:
            raise ConfigError("redeploy.differs", "; ".join(found[:8]))
        self._say("every word there is the old contracts' own")

    def _tree_differs(self, new: IssuerRegistryClient) -> bool:
        trees = (succession.read_tree(one, newest(one)) for one in (self._deployment.registry, new))
        return any(succession.tree_differences(*trees))

    def _old_log(self) -> LogRecord:
        old = self._deployment.checkpoints
        return succession.read_log(old, self._log_id, newest(old))

    def _old_tree(self) -> tuple[Tree, dict[bytes, bytes]]:
        """The tree, and the bytes of each of its keys by key id."""
        old = self._deployment.registry
        block = newest(old)
        tree, known = succession.read_tree(old, block), succession.public_keys(old, block)
        succession.check_keys(tree, known)
        return tree, known

    def _created(self, client: type[Client], name: str) -> Client:
        """The contract of an earlier run; else where the account's next transaction will put it, kept beforehand."""
        address = getattr(self._deployment.facts, name)
        if address:
            made = client(self._chain, bytes.fromhex(address[2:]))
            if self._chain.code(made.address):
                return made
        number = rlp.encode_int(self._chain.transaction_count(self._signer.address))
        found = keccak256(rlp.encode([self._signer.address, number]))[12:]
        self._keep(name, found)
        return client(self._chain, found)

    def _keep(self, name: str, address: bytes) -> None:
        value = f"0x{address.hex()}" if address else ""
        self._deployment.facts = facts.move(self._deployment.settings.home, self._deployment.facts, **{name: value})

    def _do(self, calls: list[Call]) -> None:
        for at in range(0, len(calls), BATCH):
            self._chain.transact_all(calls[at : at + BATCH], self._signer)


def where(chain: Chain) -> tuple[int, str]:
    """The chain's id, and the hash of its first block, as the facts have them."""
    return chain.chain_id(), f"0x{keccak256(chain.header_rlp(0)).hex()}"


def newest(client: CheckpointRegistryClient | IssuerRegistryClient) -> int:
    """The newest final block of a contract's chain."""
    return client.chain.final_head().number


def differences(
    old: Registries, new: Registries, named: bytes, block: int | None = None, after: int | None = None
) -> Iterator[str]:
    """What keeps ``new`` from going on for ``old`` with the log ``named``: a line for each.

    ``old`` as it is at ``block``, or at the newest final one; ``new`` at ``after``, or likewise where it is on the same
    chain, or at the newest there. The code of ``new`` must be its clients' own.
    """
    checkpoints, issuers = new
    before = newest(old[0]) if block is None else block
    if after is None:
        after = before if new[0].chain is old[0].chain else newest(checkpoints)
    there = [(one, one.chain.code(one.address, after)) for one in new]
    if not all([*(one.chain.code(one.address, before) for one in old), *(code for _, code in there)]):
        yield "not all contracts are there in that block"
        return
    other = [f"other code than {one.name}'s is there" for one, code in there if keccak256(code) != one.code_hash]
    if other:
        yield from other
        return
    wanted = registry.successor(checkpoints.chain.chain_id(), checkpoints.address, named)
    if old[0].successor(named, before) != wanted:
        yield "the old log is not frozen for the new registry"
    if checkpoints.seeding(named, after) is not None or checkpoints.operator(named, after) is None:
        yield "the log is still being seeded"
    if issuers.seeding(after):
        yield "the tree is still being seeded"
    logs = (succession.read_log(one[0], named, at) for one, at in ((old, before), (new, after)))
    yield from succession.log_differences(*logs)
    trees = (succession.read_tree(one[1], at) for one, at in ((old, before), (new, after)))
    yield from succession.tree_differences(*trees)


def _seed_kinds(old: Tree, new: IssuerRegistryClient) -> Iterator[Call]:
    """All first versions before all second ones, since each builds on the one before."""
    for (number, version), hashed in sorted(old.kinds.items(), key=lambda one: one[0][::-1]):
        if new.kind(number, version) is None:
            yield new.seed_kind(number, version, hashed)


def _seed_member(member: MemberRecord, new: IssuerRegistryClient) -> Iterator[Call]:
    """A member with its accreditations, in order; what is there already is left."""
    records = member.accreditations
    for at in range(len(new.accreditations(member.id)), len(records), MAX_SEEDED_RECORDS):
        some = records[at : at + MAX_SEEDED_RECORDS]
        yield new.seed_member(member.parent, member.id, member.controller, member.profile, some)


def _seed_keys(member: MemberRecord, new: IssuerRegistryClient, known: dict[bytes, bytes]) -> Iterator[Call]:
    """A member's keys, in order; what is there already is left."""
    there = set(new.key_ids(member.id))
    for key_id, record in member.keys:
        if key_id not in there:
            yield new.seed_key(member.id, key_id, record, known[key_id])
