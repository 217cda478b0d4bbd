"""A small deployment over the real embedded chain and a real log: one authority, schools, their records and lists."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.chain.anchoring import AnchoringWorker
from ledger.chain.anchors import LogAnchors
from ledger.chain.protocol import Call
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.export import ProofAssembler
from ledger.formats import (
    bundle,
    canonical,
    credential,
    entry,
    keys,
    profile,
    proof,
    registry,
    statuscredential,
    statuslist,
    trustroot,
)
from ledger.formats import kind as kinds
from ledger.formats.credential import StatusEntry
from ledger.formats.trustroot import TrustRoot
from ledger.log.reader import LogReader
from ledger.log.submission import Caller, SignedDocument, Submission
from tests.support.chain import CHAIN_ID, TestChain
from tests.support.kinds import BASE, transcript_definition, transcript_subject
from tests.support.logs import LOG_ID, LOG_KEY, ORIGIN, open_sequencer
from verifier.policy import NO_DEMANDS, Demands
from verifier.report import Report
from verifier.verifier import Verifier

TRUST_KEY = keys.generate(b"\x0a" * 32)
CREATED = "2023-11-14T00:00:00Z"


@dataclass
class Issuer:
    """A member with its newest key and its revocation list."""

    did: str
    profile: dict[str, Any]
    key: keys.KeyPair
    sequence: int = 0
    bits: bytearray = field(default_factory=lambda: bytearray(statuslist.MIN_BYTES))

    @property
    def id(self) -> bytes:
        return registry.member_id(self.did)

    @property
    def list_url(self) -> str:
        return f"{BASE}/status-lists/{self.profile['code']}"

    @property
    def caller(self) -> Caller:
        return Caller(self.did, self.did)

    def sign(self, document: dict[str, Any]) -> bytes:
        method = f"{self.did}#{self.key.multikey}"
        return proof.JcsSigner(self.key, method, created=CREATED, context=document["@context"]).sign(document)


@dataclass(frozen=True)
class Issued:
    """A signed record in the log."""

    index: int
    issuer: Issuer
    signed: bytes
    salt: bytes
    key: bytes


class Deployment:
    """Everything above; ``anchor()`` brings what was issued and published onto the chain."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.test_chain = TestChain(folder)
        self.chain, self.clock = self.test_chain.chain, self.test_chain.clock
        self.admin, self.operator = self.test_chain.admin, self.test_chain.other
        self.authority = self._member("35", "authority")
        self.checkpoints = CheckpointRegistryClient.deploy(self.chain, self.admin)
        hashed = profile.parse(self.authority.profile).hash
        self.issuers = IssuerRegistryClient.deploy(self.chain, self.admin, self.authority.id, hashed)
        self.kind = kinds.parse(transcript_definition())
        self.transact(self.checkpoints.open(LOG_ID, self.operator.address))
        self.transact(self.issuers.register_kind(self.kind.number, self.kind.version, self.kind.hash))
        self.sequencer = open_sequencer(engine, confirmed=False, now=lambda: int(self.clock.now()))
        self.reader = LogReader(engine, self.sequencer.tree)
        anchors = LogAnchors(self.checkpoints, LOG_ID, self.operator)
        self.worker = AnchoringWorker(self.sequencer, anchors, wait=self._wait)
        self.assembler = ProofAssembler(self.reader, self.checkpoints, self.issuers, LOG_ID, now=self.clock.now)

    # The registry

    def school(self, code: str = "3501", *, accredited: bool = True) -> Issuer:
        """A school, accredited with its key."""
        made = self._member(code, "issuer")
        if accredited:
            self.accredit(made)
            self.add_key(made, made.key)
        return made

    def accredit(self, member: Issuer) -> None:
        hashed, scope = profile.parse(member.profile).hash, (1 << 63) - 1
        region = member.profile["code"].encode()
        call = self.issuers.accredit(self.authority.id, member.id, self.admin.address, hashed, region, scope)
        self.transact(call)

    def add_key(self, member: Issuer, key: keys.KeyPair) -> None:
        """Register a key and sign with it from now on."""
        message = registry.possession_message(CHAIN_ID, self.issuers.address, member.id, key.public)
        possession = keys.sign(key.secret, message)
        self.transact(self.issuers.add_key(member.id, registry.key_id(key.public), 1, key.public, possession))
        member.key = key

    def transact(self, call: Call) -> None:
        self.chain.transact(call, self.admin)
        self.clock.sleep(1)

    def _member(self, code: str, role: str) -> Issuer:
        did = f"did:web:rollbook.test:schools:{code}"
        made = profile.build(did, code, {"en": f"Member {code}", "zh": f"成员{code}"}, role)
        return Issuer(did, made, keys.generate(hashlib.sha256(code.encode()).digest()))

    # Records and lists

    def issue(self, issuer: Issuer, number: int = 0) -> Issued:
        """Sign and log one record."""
        return self.issue_many(issuer, [number])[0]

    def issue_many(self, issuer: Issuer, numbers: list[int]) -> list[Issued]:
        made = [self._signed(issuer, number) for number in numbers]
        submissions = [
            Submission(
                entry.single(self.kind.name, issuer.id, 1, salt, hashlib.sha256(signed).digest()),
                (SignedDocument(1, signed, salt),),
                issuer.did,
                f"{issuer.did} {number}",
            )
            for number, (signed, salt) in zip(numbers, made, strict=True)
        ]
        indices = self.sequencer.append(submissions, caller=issuer.caller)
        key = registry.key_id(issuer.key.public)
        return [Issued(index, issuer, signed, salt, key) for index, (signed, salt) in zip(indices, made, strict=True)]

    def _signed(self, issuer: Issuer, number: int) -> tuple[bytes, bytes]:
        status = [StatusEntry(issuer.list_url, "revocation", number)]
        record_id = f"urn:uuid:00000000-0000-4000-8000-{number:012x}"
        valid_from = datetime(2023, 11, 1, tzinfo=UTC)
        made = credential.build(self.kind, issuer.did, record_id, transcript_subject(), valid_from, status)
        return issuer.sign(made), hashlib.sha256(f"{issuer.did} {number}".encode()).digest()

    def publish_list(self, issuer: Issuer, revoked: tuple[int, ...] = ()) -> None:
        """Publish the issuer's next list."""
        issuer.sequence += 1
        for index in revoked:
            statuslist.set_bit(issuer.bits, index)
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        made = statuscredential.build(
            issuer.list_url,
            issuer.did,
            "revocation",
            issuer.sequence,
            bytes(issuer.bits),
            base=BASE,
            valid_from=now,
            valid_until=now + timedelta(days=300),
        )
        self.sequencer.publish_status(issuer.sign(made), caller=issuer.caller)

    def anchor(self) -> None:
        """Publish and anchor until nothing is pending."""
        while self.worker.step():
            self.clock.sleep(1)

    def _wait(self, seconds: float) -> bool:
        self.clock.sleep(seconds)
        return False

    # What leaves

    def material(self, issued: Issued, assembler: Any = None) -> dict[str, Any]:
        """The record's proof material."""
        made: dict[str, Any] = (assembler or self.assembler).material(
            issued.index,
            profiles=[issued.issuer.profile, self.authority.profile],
            keys=[issued.key],
            kind=self.kind.definition,
            urls=[issued.issuer.list_url],
        )
        return made

    def bundle(self, issued: Issued, **changes: Any) -> bytes:
        """The record's bundle; ``changes`` replace members of the material, None takes one away."""
        parts = {**self.material(issued), **changes}
        document: Any = canonical.loads(issued.signed)
        return bundle.build(document, issued.salt, {name: part for name, part in parts.items() if part is not None})

    def verify(self, data: bytes, demands: Demands = NO_DEMANDS) -> Report:
        """The report under this deployment's own trust root, a minute later."""
        now = datetime.fromtimestamp(self.clock.now() + 60, UTC)
        return Verifier(self.trust_root(), demands=demands).verify(data, now=now)

    def trust_root(self) -> TrustRoot:
        contracts = {
            "checkpointRegistry": self._contract(self.checkpoints),
            "issuerRegistry": self._contract(self.issuers),
        }
        epoch = {
            "chainId": CHAIN_ID,
            "consensus": "clique",
            "genesis": "0x" + self.chain.block(0).hash.hex(),
            "validators": [{"from": 0, "to": None, "addresses": ["0x" + self.admin.address.hex()]}],
            **contracts,
            "rootAuthority": self.authority.did,
            "logs": [{"origin": ORIGIN, "key": LOG_KEY.multikey}],
            "closed": None,
        }
        made = trustroot.build(
            version=1,
            previous=None,
            expires=datetime(2036, 1, 1, tzinfo=UTC),
            assurance="single-sealer",
            authorities=[TRUST_KEY.multikey],
            threshold=1,
            epochs=[epoch],
        )
        return trustroot.parse(trustroot.sign(made, TRUST_KEY))

    def _contract(self, client: CheckpointRegistryClient | IssuerRegistryClient) -> dict[str, Any]:
        address, code = "0x" + client.address.hex(), "0x" + client.code_hash.hex()
        return {"address": address, "codeHash": code, "slots": dict(client.layout.slots)}

    def close(self) -> None:
        self.test_chain.close()
