"""One deployment, simulated: an authority, schools, a log, status lists, two registries on one chain, and a trust root.

``World()`` is honest and deterministic. A test falsifies whatever it wants between the steps: a word in a contract
(``world.issuers.set(...)``), a list, a key, the sealer; what ``anchor()`` and ``bundle()`` then build is true to that.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from ledger.formats import (
    base64s,
    canonical,
    registry,
    trustroot,
)
from ledger.formats.bundle import Anchor
from ledger.formats.checkpoint import log_id
from ledger.formats.keccak import keccak256
from ledger.formats.multibase import multibase_decode
from tests.worlds import chain
from tests.worlds.chain import SimulatedContract
from tests.worlds.deployment import Deployment
from tests.worlds.parts import ORIGIN, Issued, Member, StatusListState, seed


class World(Deployment):
    """See the module: a deployment, and what leaves it for a verifier."""

    def slots(self, issued: Issued, anchor: Anchor) -> list[tuple[SimulatedContract, bytes]]:
        """Every slot that a verifier of this record needs."""
        log = log_id(ORIGIN, self.log_key.public)
        needed = [("heads", log), ("anchors", log, anchor.size), ("anchors", log, self.anchors[-1].size)]
        found = [(self.checkpoints, self.checkpoints.slot(*one)) for one in needed]  # type: ignore[arg-type]
        registered: list[tuple[Any, ...]] = [("root",), ("kinds", self.kind.number, self.kind.version)]
        proofs = issued.credential.get("proof", {})
        used = (proofs[0] if isinstance(proofs, list) else proofs).get("verificationMethod", "").partition("#")[2]
        for multikey in dict.fromkeys((used, issued.multikey, issued.issuer.key.multikey)):
            if multikey.startswith(("z6Mk", "zDn", "zEPJ")):
                key_id = hashlib.sha256(multibase_decode(multikey)).digest()
                registered.append(("keys", issued.issuer.id, key_id))
        for parent in (issued.issuer.parent, self.authority):
            if parent is not None:
                registered.append(("keys", parent.id, registry.key_id(parent.key.public)))
        member: Member | None = issued.issuer
        while member is not None:
            registered += [("parents", member.id), ("profiles", member.id)]
            registered += [("accreditations", member.id, n) for n in range(4)]
            member = member.parent
        return found + [(self.issuers, self.issuers.slot(*one)) for one in registered]

    def nodes(self, slots: list[tuple[SimulatedContract, bytes]]) -> list[bytes]:
        """Account and storage proofs of these slots, without repetition."""
        made = chain.state([self.checkpoints, self.issuers])
        tries = {id(contract): contract.storage() for contract in (self.checkpoints, self.issuers)}
        found: dict[bytes, None] = {}
        for contract in (self.checkpoints, self.issuers):
            found.update(dict.fromkeys(chain.proof(made, keccak256(contract.address))))
        for contract, slot in slots:
            found.update(dict.fromkeys(chain.proof(tries[id(contract)], keccak256(slot))))
        return list(found)

    def anchor_of(self, issued: Issued) -> Anchor:
        return next(one for one in self.anchors if one.previous_size <= issued.index < one.size)

    def material(self, issued: Issued, **header: Any) -> dict[str, Any]:
        """Proof material for one record under the newest block; ``header`` as ``header()`` takes it."""
        anchor = self.anchor_of(issued)
        path = self.tree.inclusion_proof(issued.index, anchor.size)
        issuers, member = [], issued.issuer
        while member is not None:
            issuers.append(member.profile)
            member = member.parent  # type: ignore[assignment]
        named = issued.credential.get("credentialStatus", [])
        urls = [one["statusListCredential"] for one in (named if isinstance(named, list) else [named])]
        return {
            "rollbook": "proof/1",
            "entry": base64s.encode(self.entries[issued.index]),
            "inclusion": {"index": issued.index, "path": [base64s.encode(node) for node in path]},
            "checkpoint": self.notes[anchor.size],
            "anchor": anchor.to_dict(),
            "newest": self.anchors[-1].to_dict(),
            "chain": {
                "header": base64s.encode(self.header(**header)),
                "nodes": [base64s.encode(node) for node in self.nodes(self.slots(issued, anchor))],
            },
            "issuers": issuers,
            "kind": self.kind.definition,
            "status": [self.status_member(self.published[url]) for url in urls],
        }

    def status_member(self, state: StatusListState) -> dict[str, Any]:
        steps = self.status_map.prove(self.leaf(state).key)
        return {
            "credential": state.credential,
            "steps": [[base64s.encode(split), base64s.encode(sibling)] for split, sibling in steps],
        }

    def bundle(self, issued: Issued, **header: Any) -> dict[str, Any]:
        """The bundle of one record, as a dict of its own that a test may alter."""
        parts = self.material(issued, **header)
        parts |= {"rollbook": "bundle/1", "credential": issued.credential, "salt": base64s.encode(issued.salt)}
        copied = canonical.loads(canonical.dumps(parts))
        assert isinstance(copied, dict)
        return copied

    def trust_document(self, **changes: Any) -> dict[str, Any]:
        """An unsigned trust root; ``changes`` replace members of its one epoch, or of itself where it has them."""
        epoch: dict[str, Any] = {
            "chainId": 26001,
            "consensus": "clique",
            "genesis": "0x" + seed(self.name, "genesis").hex(),
            "validators": [{"from": 0, "to": None, "addresses": ["0x" + self.sealer.address.hex()]}],
            "checkpointRegistry": _contract(self.checkpoints),
            "issuerRegistry": _contract(self.issuers),
            "rootAuthority": self.authority.did,
            "logs": [{"origin": ORIGIN, "key": self.log_key.multikey}],
            "closed": None,
        }
        root: dict[str, Any] = {
            "version": 1,
            "previous": None,
            "expires": datetime(2036, 1, 1, tzinfo=UTC),
            "assurance": "single-sealer",
            "authorities": [self.trust_key.multikey],
            "threshold": 1,
            "epochs": [epoch | {name: value for name, value in changes.items() if name in epoch}],
        }
        return trustroot.build(**root | {name: value for name, value in changes.items() if name in root})

    def trust_root(self, **changes: Any) -> trustroot.TrustRoot:
        return trustroot.parse(trustroot.sign(self.trust_document(**changes), self.trust_key))


def _contract(contract: SimulatedContract) -> dict[str, Any]:
    return {
        "address": "0x" + contract.address.hex(),
        "codeHash": "0x" + contract.code_hash.hex(),
        "slots": dict(contract.layout.slots),
    }
