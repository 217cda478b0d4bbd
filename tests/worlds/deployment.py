"""The inside of a world: its registries, what is issued and logged, and what the chain accepts of it."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.formats import (
    canonical,
    credential,
    datetimes,
    entry,
    keys,
    merkle,
    profile,
    proof,
    proof_rdfc,
    registry,
    statuscredential,
    suites,
)
from ledger.formats import kind as kinds
from ledger.formats.bundle import Anchor
from ledger.formats.checkpoint import Checkpoint, log_id, sign_checkpoint
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.credential import StatusEntry
from ledger.formats.kind import Kind
from ledger.formats.registry import Accreditation, KeyRecord
from ledger.formats.slots import Layout
from ledger.formats.statusmap import StatusLeaf, StatusMap
from tests.support.kinds import BASE, transcript_definition, transcript_subject
from tests.worlds import chain
from tests.worlds.chain import Sealer, SimulatedContract
from tests.worlds.parts import CHECKPOINT_LAYOUT, ISSUER_LAYOUT, ORIGIN, START, Issued, Member, StatusListState, seed


class Deployment:
    """See the module. ``clock`` is the chain's time in Unix seconds; another ``name`` makes all keys different."""

    def __init__(self, name: str = "honest", *, base: str = BASE, cryptosuite: str = suites.JCS) -> None:
        self.name, self.base, self.cryptosuite = name, base, cryptosuite
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
        options = {"created": datetimes.render(self.now), "context": document["@context"], **options}
        method = options.pop("method", signer.method)
        made: suites.Signer
        if options.pop("cryptosuite", self.cryptosuite) == suites.JCS:
            made = proof.JcsSigner(signer.key, method, **options)
        else:
            made = proof_rdfc.RdfcSigner(signer.key, method, **{"contexts": self.contexts} | options)
        signed = canonical.loads(made.sign(document))
        assert isinstance(signed, dict)
        return signed

    @property
    def contexts(self) -> Contexts:
        """What the words of the world's kind mean."""
        return BUNDLED.extended({self.kind.context_url: self.kind.context})

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
        named = issued.credential["credentialStatus"]
        for member in named if isinstance(named, list) else [named]:
            if member["statusPurpose"] == purpose:
                index = int(member["statusListIndex"])
                self.lists[member["statusListCredential"]].bits[index >> 3] |= 0x80 >> (index & 7)

    # Log and chain

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock, UTC)

    def pass_time(self, **delta: float) -> None:
        self.clock += int(timedelta(**delta).total_seconds())

    def publish(
        self,
        state: StatusListState,
        *,
        days: float = 180,
        signer: Member | None = None,
        keeper: Member | None = None,
    ) -> None:
        """Sign and log a list's next publication; ``keeper`` is its issuer, where that is not the school."""
        state.sequence += 1
        until = self.now + timedelta(days=days)
        unsigned = statuscredential.build(
            state.url,
            (keeper or state.issuer).did,
            state.purpose,
            state.sequence,
            bytes(state.bits),
            base=self.base,
            valid_from=self.now,
            valid_until=until,
        )
        self.publish_signed(state, self.sign(unsigned, signer or state.issuer, cryptosuite=suites.RDFC))

    def relist(
        self, issuer: Member, purpose: str, change: Callable[[dict[str, Any]], object], cryptosuite: str, **options: Any
    ) -> None:
        """Sign a list's last publication with a change, log and anchor it; ``options`` as ``sign`` takes them."""
        state = self.status_list(issuer, purpose)
        unsigned = canonical.loads(canonical.dumps(state.credential))
        assert isinstance(unsigned, dict)
        del unsigned["proof"]
        change(unsigned)
        self.publish_signed(state, self.sign(unsigned, issuer, cryptosuite=cryptosuite, **options))
        self.anchor(republish=False)

    def publish_signed(self, state: StatusListState, signed: dict[str, Any]) -> None:
        """Log a publication as it is; it counts once it is anchored."""
        state.credential = signed
        state.valid_until = int(datetime.fromisoformat(signed["validUntil"]).timestamp())
        digest = hashlib.sha256(canonical.dumps(signed)).digest()
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
