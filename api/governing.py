"""The tree of authorities and schools, governed: what is in the books here is carried to the registry, and back.

Every act looks first at what the registry has, and sends what is missing of it; so a command that was killed, or whose
transaction somebody else had to send, is given again and goes on. The registry decides: what it says of members and
keys is kept in the books, and never the other way round (`note`).

While the ledger moves to new contracts, no act is begun (`api.moving`).

Who acts as an authority is told by the registry (`ledger.chain.history.Tree.in_charge`). Most authorities act through a
key of this deployment; one whose controller is an address elsewhere has to send its calls itself: then `Elsewhere` is
raised, which holds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.accreditation import EVERY_KIND, check_same, note, scope
from api.chains import Accounts
from api.clock import now
from api.moving import Moving
from issuers.kinds import Kinds
from issuers.own_keys import OwnKey
from issuers.profiles import Profiles
from issuers.schools import Member, Role, Schools, check_code
from issuers.signing_keys import Curve, SigningKey
from ledger.chain.account import LocalSigner
from ledger.chain.history import History, Key, Node, Tree
from ledger.chain.protocol import Call, Signer
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats import profile, registry
from ledger.formats.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from ledger.formats.registry import CUSTODY_HOSTED, CUSTODY_OWN, Accreditation

FUNDS = 10**24
"""What an authority's account is given here, in wei, where it has too little to act; nothing is worth anything."""
LEAST = 10**21


class Elsewhere(UnavailableError):
    """``sender`` (an address) has to send these calls; then the same command goes on."""

    def __init__(self, sender: bytes, calls: Sequence[Call]) -> None:
        super().__init__(
            "authority.elsewhere", f"0x{sender.hex()} has to send this itself; then give the command again"
        )
        self.sender = sender
        self.calls = tuple(calls)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member is to be accredited for: None is as before, or as wide as its parent allows.

    ``kinds`` has bit n set for kind number n; ``controller`` is an address elsewhere.
    """

    region: str | None = None
    kinds: int | None = None
    controller: bytes | None = None


class Governing:
    """Acts on the tree of one deployment. For one process at a time: commands hold the data folder."""

    def __init__(
        self,
        client: IssuerRegistryClient,
        history: History,
        schools: Schools,
        profiles: Profiles,
        accounts: Accounts,
        moving: Moving,
    ) -> None:
        self._client = client
        self._history = history
        self._schools = schools
        self._profiles = profiles
        self._accounts = accounts
        self._moving = moving

    @property
    def tree(self) -> Tree:
        """The registry's tree now."""
        return self._history.tree()

    def member(self, code: str, role: Role) -> Member:
        """The authority or school of this code; NotFoundError ``authority.unknown``, ``school.unknown``."""
        what = "authority" if role == "authority" else "school"
        try:
            found = self._schools.by_code(code)
        except NotFoundError:
            found = None
        if found is None or found.role != role:
            raise NotFoundError(f"{what}.unknown", f"there is no {what} with the code {code}")
        return found

    def begin(self) -> None:
        """Before an act writes anything: UnavailableError ``redeploy.under_way`` where none may be begun now."""
        self._moving.refuse_acts()

    # Members

    def accredit(self, members: Sequence[Member], wanted: Wanted | None = None) -> None:
        """Accredit members under their parents and register their keys, what is missing of it; all of one parent.

        Raises NotAllowedError ``accreditation.…`` where the parent may not give that, or gives nothing at all now;
        ConflictError ``accreditation.conflict`` where one is accredited for something else than is wanted.
        """
        self.begin()
        wanted = wanted or Wanted()
        tree = self.tree
        for one in members:
            if one.member_id in tree.members:
                check_same(one, tree.node(one.member_id), wanted.region, wanted.kinds, wanted.controller)
        fresh = [one for one in members if one.member_id not in tree.members]
        if fresh:
            parent = self.parent_of(fresh[0])
            node = tree.members.get(parent.member_id)
            if node is None:
                raise NotFoundError("authority.unknown", f"the registry does not have the authority {parent.code} yet")
            self._send(node, [self._accreditation(tree, node, one, wanted) for one in fresh])
        self.register_keys(members)
        note(self.tree, self._schools, self._profiles, members)

    def check(self, code: str, role: Role, parent: Member, wanted: Wanted) -> None:
        """What `accredit` would refuse, before anything is written down; FormatError ``school.code``."""
        self.begin()
        check_code(code)
        tree = self.tree
        node = tree.members.get(parent.member_id)
        if node is None:
            raise NotFoundError("authority.unknown", f"the registry does not have the authority {parent.code} yet")
        scope(tree, node, code, role, wanted.region, wanted.kinds)

    def parent_of(self, member: Member) -> Member:
        """The authority that accredits a member."""
        if member.parent is None:
            raise NotAllowedError("accreditation.root", "the root authority has nobody above it")
        return self._schools.get(member.parent)

    def withdraw(self, member: Member) -> Accreditation:
        """End a member's accreditation from now on, once; the record that has ended."""
        self.begin()
        node = self.tree.node(member.member_id)
        self.parent_of(member)
        if not node.newest.withdrawn:
            self._send(self.tree.in_charge(node.id), [self._client.withdraw(node.id)])
        self._note(member)
        return self.tree.node(node.id).newest

    def restore(self, member: Member, wanted: Wanted) -> Accreditation:
        """Accredit a member again after a withdrawal, as before unless more is said; the open record.

        Again: nothing; ConflictError ``accreditation.conflict`` where it is open for something else than is wanted.
        """
        self.begin()
        tree, parent = self.tree, self.parent_of(member)
        node = tree.node(member.member_id)
        if node.newest.withdrawn:
            before = node.newest
            region = before.region.decode("ascii") if wanted.region is None else wanted.region
            kinds = before.kinds & EVERY_KIND if wanted.kinds is None else wanted.kinds
            again = Wanted(region, kinds, wanted.controller or node.controller)
            above = tree.node(parent.member_id)
            self._send(above, [self._accreditation(tree, above, member, again, node.profile)])
        else:
            check_same(member, node, wanted.region, wanted.kinds, wanted.controller)
        self._note(member)
        return self.tree.node(node.id).newest

    def rename(self, member: Member, name_en: str, name_zh: str) -> Member:
        """Give a member another registered name."""
        self.begin()
        node = self.tree.node(member.member_id)
        hashed = self._profiles.propose(member, name_en, name_zh)
        if node.profile != hashed:
            authority = self.tree.in_charge(node.id)
            self._send(authority, [self._client.set_profile(node.id, hashed)])
        self._note(member)
        return self._schools.get(member.did)

    # Keys

    def register_keys(self, members: Sequence[Member]) -> None:
        """Register every key of these members that the registry does not have, with proof of its possession."""
        tree = self.tree
        for member in members:
            node = tree.members.get(member.member_id)
            if node is not None:
                keys = [key for key in self._schools.signing_keys(member.did) if key.retired_at is None]
                unknown = [key for key in keys if node.key(registry.key_id(key.public_key)) is None]
                self._send_keys(tree, node, [self._key(node, key) for key in unknown])

    def new_key(self, member: Member, curve: Curve) -> SigningKey:
        """A further key that signs from now on, registered before; one that a crash left behind is taken first."""
        self.begin()
        every = self._schools.signing_keys(member.did)
        waiting = [key for key in every if key.curve == curve and key.activated_at is None and key.retired_at is None]
        key = waiting[0] if waiting else self._schools.add_key(member.did, curve)
        self.register_keys([member])
        return self._schools.activate_key(member.did, key.multikey)

    def add_own(self, member: Member, key: OwnKey) -> None:
        """Register a key that the school keeps itself; again: nothing. ConflictError ``key.conflict`` for one that the
        member has as hosted."""
        self.begin()
        tree = self.tree
        node = tree.node(member.member_id)
        known = node.key(key.key_id)
        if known is None:
            call = self._client.add_key(node.id, key.key_id, CUSTODY_OWN, key.public_key, key.possession)
            self._send_keys(tree, node, [call])
        elif known.record.custody != CUSTODY_OWN:
            raise ConflictError("key.conflict", "this key is registered as hosted")

    def retire(self, member: Member, key_id: bytes) -> None:
        """End the use of a key from now on, here and in the registry."""
        self.begin()
        tree = self.tree
        node, key = self._registered(tree, member, key_id)
        self._stop(member, key_id)
        if not key.record.retired:
            self._send_keys(tree, node, [self._client.retire_key(node.id, key_id)])
        self._note(member)

    def compromise(self, member: Member, key_id: bytes, since: int) -> None:
        """Record since when (Unix seconds) a key was in other hands; it never signs here again.

        NotAllowedError ``key.not_earlier`` where the registry has an earlier time, ``key.future``.
        """
        node, key = self.check_report(member, key_id, since)
        self._stop(member, key_id)
        if key.record.compromised_since != since:
            self._send(self.tree.in_charge(node.id), [self._client.compromise_key(node.id, key_id, since)])
        self._note(member)

    def check_report(self, member: Member, key_id: bytes, since: int) -> tuple[Node, Key]:
        """What `compromise` would refuse, before anything is done; the member and its key."""
        self._moving.refuse_acts("report it with the same --since: it counts from then on all the same")
        tree = self.tree
        node, key = self._registered(tree, member, key_id)
        if not 0 < since <= self._chain_time(tree.block.timestamp, since):
            raise NotAllowedError("key.future", "a key is reported from a time that has been")
        before = key.record.compromised_since
        if before and since > before:
            raise NotAllowedError("key.not_earlier", "it is reported from an earlier time, and only ever moves earlier")
        return node, key

    def _chain_time(self, newest: int, wanted: int) -> int:
        """The time of the newest block, which is what the contract goes by: of one that is made now where ``wanted``
        has been by the clock and an idle chain has no block since."""
        chain, purse = self._client.chain, self._accounts.authority
        if newest < wanted <= now().timestamp():
            newest = chain.tick().timestamp
            if newest < wanted:  # it makes blocks for transactions only, or by a beat of its own
                newest = chain.transact(Call(purse.address), purse).block.timestamp
        return newest

    def message(self, member: Member, public_key: bytes) -> bytes:
        """What a key signs to show that its holder wants it under this member."""
        return registry.possession_message(
            self._client.chain.chain_id(), self._client.address, member.member_id, public_key
        )

    def _registered(self, tree: Tree, member: Member, key_id: bytes) -> tuple[Node, Key]:
        node = tree.node(member.member_id)
        key = node.key(key_id)
        if key is None:
            raise no_such_key(member)
        return node, key

    def _stop(self, member: Member, key_id: bytes) -> None:
        for key in self._schools.signing_keys(member.did):
            if registry.key_id(key.public_key) == key_id:
                self._schools.retire_key(member.did, key.multikey)

    def _key(self, node: Node, key: SigningKey) -> Call:
        message = registry.possession_message(
            self._client.chain.chain_id(), self._client.address, node.id, key.public_key
        )
        possession = self._schools.prove(key, message)
        key_id = registry.key_id(key.public_key)
        return self._client.add_key(node.id, key_id, CUSTODY_HOSTED, key.public_key, possession)

    # Sending

    def _accreditation(
        self, tree: Tree, parent: Node, member: Member, wanted: Wanted, hashed: bytes | None = None
    ) -> Call:
        region, kinds = scope(tree, parent, member.code, member.role, wanted.region, wanted.kinds)
        controller = wanted.controller or LocalSigner(self._schools.controller_secret(member.did)).address
        chosen = hashed or profile.parse(member.profile).hash
        return self._client.accredit(parent.id, member.member_id, controller, chosen, region, kinds)

    def _send_keys(self, tree: Tree, node: Node, calls: Sequence[Call]) -> None:
        """The authority over a member, or where that is elsewhere the member itself, handles its keys."""
        authority = tree.in_charge(node.id)
        if not node.newest.withdrawn and self._signer(authority) is None and self._signer(node) is not None:
            authority = node
        self._send(authority, calls)

    def _send(self, authority: Node, calls: Sequence[Call]) -> None:
        if not calls:
            return
        signer = self._signer(authority)
        if signer is None:
            raise Elsewhere(authority.controller, calls)
        self._fund(signer)
        self._client.chain.transact_all(calls, signer)

    def _signer(self, node: Node) -> Signer | None:
        """Who acts for a member, where its controller is an address of ours."""
        if node.controller == self._accounts.authority.address:
            return self._accounts.authority
        for member in self._schools.every():
            if member.member_id == node.id:
                signer = LocalSigner(self._schools.controller_secret(member.did))
                return signer if signer.address == node.controller else None
        return None

    def _fund(self, signer: Signer) -> None:
        """Acts cost something where gas has a price, as on the embedded chain."""
        chain, purse = self._client.chain, self._accounts.authority
        if signer.address == purse.address or chain.balance(signer.address) >= LEAST:
            return
        if chain.balance(purse.address) >= 2 * FUNDS:
            chain.transact(Call(signer.address, value=FUNDS), purse)

    def _note(self, member: Member) -> None:
        note(self.tree, self._schools, self._profiles, [member])


def no_such_key(member: Member) -> NotFoundError:
    """``key.unknown``: what to say of a key that a member does not have."""
    what = "school" if member.role == "issuer" else "authority"
    return NotFoundError("key.unknown", f"this {what} has no such key: `rollbook key list {member.code}`")


def kinds_named(kinds: Kinds, names: Sequence[str] | None) -> int | None:
    """The bits of these kinds; None for none. NotFoundError ``kind.unknown``."""
    return sum(1 << number for number in {kinds.get(name).kind.number for name in names}) if names else None
