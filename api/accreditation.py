"""What is in the books, carried to the registry: kinds; and what the registry says, kept in the books."""

from collections.abc import Iterable

from issuers.kinds import Kinds
from issuers.profiles import Profiles
from issuers.schools import Member, Schools
from ledger.chain.account import LocalSigner
from ledger.chain.history import Tree
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats import registry
from ledger.formats.errors import ConflictError


def register_kinds(client: IssuerRegistryClient, kinds: Kinds, authority: LocalSigner) -> int:
    """Register every installed kind that the chain does not have; how many.

    Raises ConflictError ``kind.conflict`` where the chain has another kind under that number and version.
    """
    calls = []
    for installed in kinds.all():
        kind = installed.kind
        registered = client.kind(kind.number, kind.version)
        if registered is None:
            calls.append(client.register_kind(kind.number, kind.version, kind.hash))
        elif registered != kind.hash:
            raise ConflictError("kind.conflict", f"the chain has another kind {kind.number} version {kind.version}")
    client.chain.transact_all(calls, authority)
    return len(calls)


def note(tree: Tree, schools: Schools, profiles: Profiles, members: Iterable[Member]) -> None:
    """Keep beside each member what the registry says of it now: by its accreditation it is known what it may sign, its
    name is the registered one, and a key that was retired or reported there signs no more here.
    """
    for member in members:
        node = tree.members.get(member.member_id)
        if node is None:
            continue
        schools.note_accreditation(member.did, node.newest)
        profiles.settle(member, node.profile)
        over = {key.id for key in node.keys if key.record.retired or key.record.compromised_since}
        if over:
            for key in schools.signing_keys(member.did):
                if key.retired_at is None and registry.key_id(key.public_key) in over:
                    schools.retire_key(member.did, key.multikey)
