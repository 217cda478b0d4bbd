"""What is in the books, carried to the registry: kinds; what the registry says, kept in the books; and what an
authority can accredit others for."""

from collections.abc import Iterable

from issuers.kinds import Kinds
from issuers.profiles import Profiles
from issuers.schools import Member, Role, Schools
from ledger.chain.account import LocalSigner
from ledger.chain.history import Node, Tree
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats import registry
from ledger.formats.bundle import MAX_ISSUERS
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError
from ledger.formats.registry import AUTHORITY_BIT

AUTHORITY = 1 << AUTHORITY_BIT
EVERY_KIND = AUTHORITY - 1
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


def scope(tree: Tree, parent: Node, code: str, role: Role, region: str | None, kinds: int | None) -> tuple[bytes, int]:
    """Region and kinds (bit n for kind number n) as the registry takes them, None being as wide as usual.

    Raises NotAllowedError ``accreditation.…`` where the parent has not that, FormatError ``accreditation.region``. The
    contract refuses the same but the depth, with fewer words.
    """
    above = parent.newest
    if not tree.is_open(parent.id):
        raise NotAllowedError("accreditation.parent_withdrawn", "the authority, or one above it, is withdrawn")
    if not above.is_authority:
        raise NotAllowedError("accreditation.no_authority", "who is to accredit it is no authority")
    if len(tree.path(parent.id)) >= MAX_ISSUERS:  # or it would issue records that nobody can verify
        most = f"{MAX_ISSUERS} levels, the school and the root among them"
        raise NotAllowedError("accreditation.too_deep", f"verifiers read at most {most}, and this would be one more")
    usual = above.region.decode("ascii") if role == "authority" else code[:REGION_BYTES]
    named = _region(usual if region is None else region)
    given = above.kinds & EVERY_KIND if kinds is None else kinds
    if not named.startswith(above.region):
        within = above.region.decode("ascii")
        raise NotAllowedError("accreditation.region", f"the region is not within the authority's, {within}")
    if given & ~above.kinds:
        raise NotAllowedError("accreditation.kinds", "the authority itself is not accredited for all of these kinds")
    if role == "issuer" and not code.encode().startswith(named):
        raise NotAllowedError("accreditation.code", "the school's code does not begin with the region")
    return named, given | (AUTHORITY if role == "authority" else 0)


def check_same(member: Member, node: Node, region: str | None, kinds: int | None, controller: bytes | None) -> None:
    """ConflictError ``accreditation.conflict`` where the registry has a member otherwise than is asked for; None is
    not asked for. What stands is never changed by asking again, so whoever asks must hear of it.
    """
    record = node.newest
    other = {
        f"the region {region or 'everywhere'}": region is not None and region.encode() != record.region,
        "these kinds": kinds is not None and kinds != record.kinds & EVERY_KIND,
        "this controller": controller is not None and controller != node.controller,
    }
    asked = " and ".join(name for name, differs in other.items() if differs)
    if asked:
        what = "school" if member.role == "issuer" else "authority"
        ended = f"`rollbook {what} restore {member.code}`"
        way = ended if record.withdrawn else f"`rollbook {what} withdraw {member.code}`, then {ended}"
        said = f"{member.code} has an accreditation that is not for {asked} (`rollbook {what} list`)"
        raise ConflictError("accreditation.conflict", f"{said}; another one is given by {way} with the same options")


def _region(text: str) -> bytes:
    region = text.encode()
    if len(region) > REGION_BYTES or any(not 32 < byte < 127 for byte in region):
        raise FormatError("accreditation.region", f"a region is at most {REGION_BYTES} printable ASCII characters")
    return region
