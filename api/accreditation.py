"""What schools have here, carried to the chain: kinds, accreditations, keys with proof of possession; idempotent."""

from collections.abc import Iterable, Sequence

from api.chains import Accounts
from issuers.kinds import Kinds
from issuers.schools import Member, Schools
from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats import profile, registry
from ledger.formats.errors import ConflictError
from ledger.formats.registry import AUTHORITY_BIT, CUSTODY_HOSTED

EVERY_KIND = (1 << AUTHORITY_BIT) - 1
"""Every kind number there can ever be, and no right to accredit others."""
REGION_BYTES = 12


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


def accredit(
    client: IssuerRegistryClient,
    schools: Schools,
    members: Sequence[Member],
    accounts: Accounts,
    kinds: int = EVERY_KIND,
) -> None:
    """Accredit schools under the root authority for their own codes, and register their keys, what is missing of it.

    ``kinds`` has bit n set for each kind number n that they may sign.
    """
    calls = [call for member in members for call in _accreditation(client, schools, member, kinds)]
    client.chain.transact_all(calls, accounts.authority)
    calls = [call for member in members for call in _keys(client, schools, member)]
    client.chain.transact_all(calls, accounts.authority)
    note(client, schools, members)


def note(client: IssuerRegistryClient, schools: Schools, members: Iterable[Member]) -> None:
    """Keep beside each member what the chain says of it now, by which it is known what it may sign."""
    for member in members:
        records = client.accreditations(member.member_id)
        if records:
            schools.note_accreditation(member.did, records[-1])


def _accreditation(client: IssuerRegistryClient, schools: Schools, member: Member, kinds: int) -> list[Call]:
    if client.parent(member.member_id) is not None:
        return []
    parent = schools.get(str(member.parent))
    controller = LocalSigner(schools.controller_secret(member.did)).address
    hashed = profile.parse(member.profile).hash
    region = member.code.encode()[:REGION_BYTES]
    return [client.accredit(parent.member_id, member.member_id, controller, hashed, region, kinds)]


def _keys(client: IssuerRegistryClient, schools: Schools, member: Member) -> list[Call]:
    calls = []
    for key in schools.signing_keys(member.did):
        key_id = registry.key_id(key.public_key)
        if client.key(member.member_id, key_id) is None:
            chain_id = client.chain.chain_id()
            message = registry.possession_message(chain_id, client.address, member.member_id, key.public_key)
            possession = schools.prove(key, message)
            calls.append(client.add_key(member.member_id, key_id, CUSTODY_HOSTED, key.public_key, possession))
    return calls
