"""did:web documents of members, made of the registry's state alone: where the books here say something else, it wins.

A DID document knows no anchor: whoever reads it sees keys, and perhaps until when. So

- a key in use stands under ``assertionMethod``;
- a retired one too, with ``expires``: what it signed before still counts, and its signatures can be looked at;
- so does a key of a member that has ended, itself or by an authority above it;
- one that was reported stolen has ``revoked`` and stands under ``assertionMethod`` no more: a reader that looks at no
  times must not take a forgery for good, even if an honest old record then looks bad to it;
- a key whose possession was never shown (docs/formats.md §9) is left out: anybody could have registered it.

Our own verifier takes keys from the registry and never from here (docs/formats.md §2).
"""

from typing import Any

from issuers.schools import Member
from ledger.chain.history import Key, Tree
from ledger.formats import datetimes
from ledger.formats.errors import NotFoundError
from ledger.formats.multibase import multibase_encode

CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]


def of(tree: Tree, member: Member) -> dict[str, Any]:
    """A member's document as of the tree; NotFoundError ``school.unknown`` where the registry does not have it."""
    path = tree.path(member.member_id)
    if not path:
        raise NotFoundError("school.unknown", "the registry has no such school or authority")
    ended = min((node.newest.withdrawn for node in path if node.newest.withdrawn), default=0)
    keys = [key for key in path[0].keys if key.possessed]
    return {
        "@context": CONTEXT,
        "id": member.did,
        "verificationMethod": [_method(member.did, key, ended) for key in keys],
        "assertionMethod": [_id(member.did, key) for key in keys if not key.record.compromised_since],
    }


def _method(did: str, key: Key, ended: int) -> dict[str, str]:
    made = {
        "id": _id(did, key),
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multibase_encode(key.public_key),
    }
    until = min((at for at in (key.record.retired, ended) if at), default=0)
    if until:
        made["expires"] = datetimes.render(datetimes.from_unix(until))
    if key.record.compromised_since:
        made["revoked"] = datetimes.render(datetimes.from_unix(key.record.compromised_since))
    return made


def _id(did: str, key: Key) -> str:
    return f"{did}#{multibase_encode(key.public_key)}"
