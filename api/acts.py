"""Acts on the tree as a whole: what is anchored before and published after, so that no honest record suffers.

An end counts from its block on: what was signed before and is not anchored yet would count as signed after it. So the
log is settled first, and nothing is begun where it cannot be (`Governing.begin`). Status lists are signed anew by
whoever signs them from now on, and anchored, before the key that signed them ends. A command that was killed is given
again; each step looks at what is done.
"""

from contextlib import suppress

from api.deployment import Deployment
from api.governing import Governing, Wanted
from issuers.own_keys import OwnKey
from issuers.schools import Member
from issuers.signing_keys import Curve, SigningKey
from ledger.formats import registry
from ledger.formats.errors import NotAllowedError, NotFoundError
from ledger.formats.registry import Accreditation

TOGETHER = 2
"""So many seconds at most are between a key's first use and the end of those that it replaces."""


def withdraw(deployment: Deployment, member: Member) -> Accreditation:
    """End a member: anchor what it signed, end its accreditation, and let its parent take over its status lists."""
    governing = deployment.governing
    governing.begin()
    parent = governing.parent_of(member)
    if not governing.tree.node(member.member_id).newest.withdrawn:
        _settle(deployment)
    if member.role == "issuer" and deployment.schools.method(parent.did) is None:
        governing.new_key(parent, "ed25519")
    ended = governing.withdraw(member)
    _settle(deployment)
    return ended


def restore(deployment: Deployment, member: Member, wanted: Wanted) -> Accreditation:
    """Accredit a member again; its status lists are its own again at once."""
    record = deployment.governing.restore(member, wanted)
    _settle(deployment)
    return record


def rotate(deployment: Deployment, member: Member, curve: Curve) -> SigningKey:
    """A new key of this curve signs from now on, and those before it end; of a rotation that was killed, its key."""
    governing, schools = deployment.governing, deployment.schools
    governing.begin()
    made = _half_rotated(deployment, member, curve) or governing.new_key(member, curve)
    before = [key for key in schools.signing_keys(member.did) if key.curve == curve and key.multikey != made.multikey]
    for key in before:
        schools.retire_key(member.did, key.multikey)
    _settle(deployment)
    node = governing.tree.node(member.member_id)
    for key in before:
        known = node.key(registry.key_id(key.public_key))
        if known is not None and not known.record.retired:
            governing.retire(member, known.id)
    return made


def _half_rotated(deployment: Deployment, member: Member, curve: Curve) -> SigningKey | None:
    """The key that signs, where it took the place of others that the registry has not ended yet. Those ended here as it
    began: one that ended here later did so by itself, and has nothing to do with it.
    """
    every = [key for key in deployment.schools.signing_keys(member.did) if key.curve == curve]
    signing = [key for key in every if key.activated_at is not None and key.retired_at is None]
    node = deployment.governing.tree.node(member.member_id)
    for key in every:
        known = node.key(registry.key_id(key.public_key))
        if known is None or known.record.retired or known.record.compromised_since or key.retired_at is None:
            continue
        for made in signing:
            if 0 <= key.retired_at - (made.activated_at or 0) <= TOGETHER:
                return made
    return None


def retire(deployment: Deployment, member: Member, key_id: bytes) -> None:
    """End a key without another in its place; NotAllowedError ``key.last`` where nothing else could sign the lists."""
    governing = deployment.governing
    governing.begin()
    _only_with_another(deployment, governing, member, key_id)
    _settle(deployment)
    governing.retire(member, key_id)
    _settle(deployment)


def compromise(deployment: Deployment, member: Member, key_id: bytes, since: int) -> None:
    """Report a key stolen since then. Where it signed last, another one takes its place first."""
    governing, schools = deployment.governing, deployment.schools
    governing.check_report(member, key_id, since)
    curves = [key.curve for key in schools.signing_keys(member.did) if registry.key_id(key.public_key) == key_id]
    governing.compromise(member, key_id, since)
    for curve in curves:
        if not governing.tree.node(member.member_id).newest.withdrawn and not _has_another(
            deployment, member, key_id, curve
        ):
            governing.new_key(member, curve)
    _settle(deployment)


def add_own(deployment: Deployment, member: Member, key: OwnKey) -> None:
    """Register a key that the school keeps itself."""
    deployment.governing.add_own(member, key)


def _settle(deployment: Deployment) -> None:
    """Publish what is due and anchor all that is pending. Another school that has no key to sign its lists with, since
    its authority ended them all, must not keep this one from being governed.
    """
    with suppress(NotFoundError):
        deployment.settle()


def _has_another(deployment: Deployment, member: Member, key_id: bytes, curve: Curve) -> bool:
    return any(
        key.curve == curve
        and key.activated_at is not None
        and key.retired_at is None
        and registry.key_id(key.public_key) != key_id
        for key in deployment.schools.signing_keys(member.did)
    )


def _only_with_another(deployment: Deployment, governing: Governing, member: Member, key_id: bytes) -> None:
    mine = [one for one in deployment.schools.signing_keys(member.did) if registry.key_id(one.public_key) == key_id]
    is_open = not governing.tree.node(member.member_id).newest.withdrawn
    if mine and is_open and mine[0].retired_at is None and not _has_another(deployment, member, key_id, mine[0].curve):
        raise NotAllowedError("key.last", "no other key signs for it here: `rollbook key rotate` makes another first")
