"""One deployment, simulated: an authority, schools, a log, status lists, two registries on one chain, and a trust root.

``World()`` is honest and deterministic. A test falsifies whatever it wants between the steps: a word in a contract
(``world.issuers.set(...)``), a list, a key, the sealer; what ``anchor()`` and ``bundle()`` then build is true to that.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.formats import (
    base64s,
    canonical,
    credential,
    datetimes,
    entry,
    keys,
    merkle,
    profile,
    proof,
    registry,
    statuscredential,
    trustroot,
)
from ledger.formats import kind as kinds
from ledger.formats.bundle import Anchor
from ledger.formats.checkpoint import Checkpoint, log_id, sign_checkpoint
from ledger.formats.credential import StatusEntry
from ledger.formats.keccak import keccak256
from ledger.formats.kind import Kind
from ledger.formats.registry import Accreditation, KeyRecord, member_id
from ledger.formats.slots import Layout
from ledger.formats.statusmap import StatusLeaf, StatusMap
from tests.support.kinds import BASE, transcript_definition, transcript_subject
from tests.worlds import chain
from tests.worlds.chain import Sealer, SimulatedContract

START = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "rollbook.test/log"
CHECKPOINT_LAYOUT = {"admin": 1, "operators": 2, "heads": 3, "roots": 4, "anchors": 5, "successors": 6}
ISSUER_LAYOUT = {
    name: slot
    for slot, name in enumerate(
        ["root", "controllers", "parents", "profiles", "accreditations", "keys", "key_ids", "kinds", "members"], start=1
    )
} | {"member_count": 10, "accreditation_counts": 11, "key_counts": 12}


def seed(*parts: object) -> bytes:
    """32 bytes that depend on these words alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


@dataclass
class Member:
    """An authority or issuer: who it is, its parent, its newest key."""

    did: str
    code: str
    profile: dict[str, Any]
    parent: "Member | None"
    key: keys.KeyPair

    @property
    def id(self) -> bytes:
        return member_id(self.did)

    @property
    def method(self) -> str:
        return f"{self.did}#{self.key.multikey}"


@dataclass
class StatusListState:
    """One list of an issuer: bits and sequence, and the credential last published."""

    issuer: Member
    url: str
    purpose: str
    bits: bytearray = field(default_factory=lambda: bytearray(16 * 1024))
    sequence: int = 0
    credential: dict[str, Any] = field(default_factory=dict)
    valid_until: int = 0


@dataclass
class Issued:
    """One signed record in the log."""

    credential: dict[str, Any]
    salt: bytes
    index: int
    issuer: Member

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(canonical.dumps(self.credential)).digest()


class World:
    """See the module. ``clock`` is the chain's time in Unix seconds; another ``name`` makes all keys different."""

    def __init__(self, name: str = "honest", *, base: str = BASE) -> None:
        self.name, self.base = name, base
        self.clock = int(START.timestamp())
        self.block = 1
        self.sealer = Sealer(seed(name, "sealer"))
        self.log_key = keys.generate(seed(name, "log"))
        self.trust_key = keys.generate(seed(name, "trust"))
        code = seed("code")
        self.checkpoints = SimulatedContract(seed(name, "c")[:20], code, Layout(CHECKPOINT_LAYOUT))
        self.issuers = SimulatedContract(seed(name, "i")[:20], code + b"i", Layout(ISSUER_LAYOUT))
        self.tree, self.entries = merkle.Tree(), list[bytes]()
        self.lists: dict[str, StatusListState] = {}
        self.anchors: list[Anchor] = []
        self.notes: dict[int, str] = {}
        self.published: dict[str, StatusListState] = {}
        self.status_map = StatusMap([])
        self.kind = self.register_kind(transcript_definition(base))
        self.authority = self.accredit(None, "province", "35", region=b"", kind_bits=2**64 - 1)
        self.school = self.accredit(self.authority, "350206001", "350206001", region=b"350206", kind_bits=0b1111)

    # Registry

    def accredit(self, parent: Member | None, name: str, code: str, *, region: bytes, kind_bits: int) -> Member:
        did = f"did:web:rollbook.test:schools:{name}"
        role = "issuer" if parent else "authority"
        made = Member(
            did,
            code,
            profile.build(did, code, {"en": f"School {name}", "zh": f"学校{name}"}, role),
            parent,
            keys.generate(seed(self.name, name, "key")),
        )
        if parent is None:
            self.issuers.set("root", to=made.id)
        self.issuers.set("parents", made.id, to=(parent or made).id)
        self.register_profile(made)
        record = Accreditation(self.clock, 0, region, kind_bits)
        self.issuers.set("accreditations", made.id, 0, to=record.pack())
        self.add_key(made, made.key)
        return made

    def register_profile(self, member: Member) -> None:
        self.issuers.set("profiles", member.id, to=hashlib.sha256(canonical.dumps(member.profile)).digest())

    def add_key(self, member: Member, key: keys.KeyPair, **times: int) -> None:
        record = KeyRecord(times.get("added", self.clock), times.get("retired", 0), times.get("compromised", 0), 1)
        self.issuers.set("keys", member.id, registry.key_id(key.public), to=record.pack())

    def change_accreditation(self, member: Member, n: int = 0, **changes: Any) -> None:
        """Replace fields of an accreditation record: accredited, withdrawn, region, kinds."""
        record = Accreditation.unpack(self.issuers.get("accreditations", member.id, n))
        assert record is not None
        values = {name: getattr(record, name) for name in ("accredited", "withdrawn", "region", "kinds")} | changes
        self.issuers.set("accreditations", member.id, n, to=Accreditation(**values).pack())

    def register_kind(self, definition: dict[str, Any]) -> Kind:
        made = kinds.parse(definition)
        self.issuers.set("kinds", made.number, made.version, to=made.hash)
        return made

    # Issuing

    def status_list(self, issuer: Member, purpose: str) -> StatusListState:
        url = f"{self.base}/status-lists/{issuer.code}-{purpose}"
        if url not in self.lists:
            self.lists[url] = StatusListState(issuer, url, purpose)
        return self.lists[url]

    def unsigned(
        self,
        subject: dict[str, Any] | None = None,
        *,
        issuer: Member | None = None,
        kind: Kind | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A credential without proof; ``more``: index, valid_from, valid_until, purposes."""
        issuer, index = issuer or self.school, more.get("index", 1000 + len(self.entries))
        purposes = more.get("purposes", ("revocation", "message"))
        return credential.build(
            kind or self.kind,
            issuer.did,
            f"urn:uuid:00000000-0000-4000-8000-{len(self.entries):012x}",
            subject or transcript_subject(),
            more.get("valid_from", START),
            [StatusEntry(self.status_list(issuer, purpose).url, purpose, index) for purpose in purposes],
            more.get("valid_until"),
        )

    def sign(self, document: dict[str, Any], signer: Member, **options: Any) -> dict[str, Any]:
        """The document with an assertion proof by the signer's newest key, ``options`` as ``JcsSigner`` takes them."""
        options = {"created": datetimes.render(self.now), **options}
        method = options.pop("method", signer.method)
        made = proof.JcsSigner(signer.key, method, context=document["@context"], **options).sign(document)
        signed = canonical.loads(made)
        assert isinstance(signed, dict)
        return signed

    def append(self, signed: dict[str, Any], issuer: Member, kind_name: str | None = None) -> Issued:
        """Log a signed credential under a salt of its own."""
        salt = seed(self.name, "salt", len(self.entries))
        digest = hashlib.sha256(canonical.dumps(signed)).digest()
        made = entry.single(kind_name or self.kind.name, issuer.id, entry.Representation.DATA_INTEGRITY, salt, digest)
        return Issued(signed, salt, self.append_entry(made), issuer)

    def append_entry(self, data: bytes) -> int:
        self.entries.append(data)
        self.tree.extend_entries([data])
        return len(self.entries) - 1

    def issue(self, subject: dict[str, Any] | None = None, *, issuer: Member | None = None, **more: Any) -> Issued:
        """Sign and log one record."""
        issuer = issuer or self.school
        return self.append(self.sign(self.unsigned(subject, issuer=issuer, **more), issuer), issuer)

    def revoke(self, issued: Issued, purpose: str = "revocation") -> None:
        """Set the record's bit; it shows once the list is published and anchored."""
        for member in issued.credential["credentialStatus"]:
            if member["statusPurpose"] == purpose:
                index = int(member["statusListIndex"])
                self.lists[member["statusListCredential"]].bits[index >> 3] |= 0x80 >> (index & 7)

    # Log and chain

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock, UTC)

    def pass_time(self, **delta: float) -> None:
        self.clock += int(timedelta(**delta).total_seconds())

    def publish(self, state: StatusListState, *, days: float = 180, signer: Member | None = None) -> None:
        """Sign and log a list's next publication."""
        state.sequence += 1
        until = self.now + timedelta(days=days)
        unsigned = statuscredential.build(
            state.url,
            state.issuer.did,
            state.purpose,
            state.sequence,
            bytes(state.bits),
            context_url=f"{self.base}/contexts/status/v0",
            valid_from=self.now,
            valid_until=until,
        )
        state.credential = self.sign(unsigned, signer or state.issuer)
        state.valid_until = int(until.timestamp())
        digest = hashlib.sha256(canonical.dumps(state.credential)).digest()
        self.append_entry(entry.single(entry.STATUS_KIND, state.issuer.id, 1, entry.PUBLIC_SALT, digest))
        self.published[state.url] = state

    def publish_lists(self, **options: Any) -> None:
        for state in self.lists.values():
            self.publish(state, **options)

    def leaf(self, state: StatusListState) -> StatusLeaf:
        digest = hashlib.sha256(canonical.dumps(state.credential)).digest()
        return StatusLeaf(state.issuer.id, state.url, state.sequence, digest, state.valid_until)

    def anchor(self, *, republish: bool = True) -> Anchor:
        """Publish the lists, sign a checkpoint over everything, and have the contract accept it in a new block."""
        if republish:
            self.publish_lists()
        self.pass_time(seconds=5)
        self.block += 1
        self.status_map = StatusMap([self.leaf(state) for state in self.published.values()])
        size, root = self.tree.size, self.tree.root()
        previous = self.anchors[-1].size if self.anchors else 0
        made = Anchor(size, root, previous, self.clock, self.status_map.root)
        self.anchors.append(made)
        self.notes[size] = sign_checkpoint(Checkpoint(ORIGIN, size, root), self.log_key)
        self.store_anchor(made)
        return made

    def store_anchor(self, anchor: Anchor) -> None:
        log = log_id(ORIGIN, self.log_key.public)
        self.checkpoints.set("anchors", log, anchor.size, to=anchor.preimage_hash())
        self.checkpoints.set("heads", log, to=anchor.size)
        self.checkpoints.set("roots", log, to=anchor.root)

    def header(self, **options: Any) -> bytes:
        """The newest block, sealed."""
        root = chain.state([self.checkpoints, self.issuers]).root_hash
        values = {"state_root": root, "number": self.block, "timestamp": self.clock, **options}
        return chain.seal(values.pop("sealer", self.sealer), **values)

    # What leaves the deployment

    def slots(self, issued: Issued, anchor: Anchor) -> list[tuple[SimulatedContract, bytes]]:
        """Every slot that a verifier of this record needs."""
        log = log_id(ORIGIN, self.log_key.public)
        needed = [("heads", log), ("anchors", log, anchor.size), ("anchors", log, self.anchors[-1].size)]
        found = [(self.checkpoints, self.checkpoints.slot(*one)) for one in needed]  # type: ignore[arg-type]
        registered: list[tuple[Any, ...]] = [("root",), ("kinds", self.kind.number, self.kind.version)]
        used = issued.credential.get("proof", {}).get("verificationMethod", "").partition("#")[2]
        for multikey in {used, issued.issuer.key.multikey}:
            if multikey.startswith("z6Mk"):
                public = keys.multikey_to_public_key(multikey)
                registered.append(("keys", issued.issuer.id, registry.key_id(public)))
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
        urls = [one["statusListCredential"] for one in issued.credential.get("credentialStatus", [])]
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
