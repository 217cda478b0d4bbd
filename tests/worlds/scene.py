"""A world with one anchored record, a day later: where most of the verifier's tests begin."""

import hashlib
from datetime import datetime
from typing import Any

from ledger.formats import base64s, canonical, entry, keys, proof, proof_rdfc, proofs, suites
from ledger.formats.bundle import Material, parse_material
from ledger.formats.did import build_did_key
from ledger.formats.keccak import keccak256
from tests.support.kinds import transcript_subject
from tests.worlds import chain
from tests.worlds.parts import Issued, seed
from tests.worlds.world import World
from verifier.policy import NO_DEMANDS
from verifier.report import Report
from verifier.verifier import Verifier

HOLDER = keys.generate(seed("holder"))
HOLDER_DID = build_did_key(HOLDER.public)


class Scene:
    """``record`` was issued and anchored, a day went by, another record and checkpoint followed."""

    world_class: type[World] = World

    def __init__(
        self,
        name: str = "honest",
        *,
        holder: bool = False,
        later: bool = True,
        cryptosuite: str = suites.JCS,
        **issue: Any,
    ) -> None:
        self.world = self.world_class(name, cryptosuite=cryptosuite)
        subject = transcript_subject() | ({"id": HOLDER_DID} if holder else {})
        self.record: Issued = self.world.issue(subject, **issue)
        self.world.anchor()
        if later:
            self.world.pass_time(days=1)
            self.world.issue()
            self.world.anchor()

    @property
    def now(self) -> datetime:
        return self.world.now

    def bundle(self, **header: Any) -> dict[str, Any]:
        """The honest bundle of the record as the world is now; free to be altered."""
        return self.world.bundle(self.record, **header)

    def verify(self, document: Any = None, *, root: dict[str, Any] | None = None, **options: Any) -> Report:
        """The report on a document (bytes, or JSON; the honest bundle if None) under the world's trust root."""
        data = document if isinstance(document, bytes) else canonical.dumps(document or self.bundle())
        verifier = Verifier(self.world.trust_root(**root or {}), demands=options.pop("demands", NO_DEMANDS))
        return verifier.verify(data, **{"now": self.now, **options})

    def resign(self, **changes: Any) -> Issued:
        """Sign another version of the record truly, log it and anchor it: the school itself says so."""
        unsigned = self.world.unsigned() | changes
        return self.log(self.world.sign(unsigned, self.world.school))

    def log(self, signed: dict[str, Any]) -> Issued:
        """Log and anchor a credential as it is, signed well or not; it becomes the record."""
        self.record = self.world.append(signed, self.world.school)
        self.world.anchor()
        return self.record

    def without(self, *names: str) -> dict[str, Any]:
        """The bundle without these members."""
        return {name: value for name, value in self.bundle().items() if name not in names}

    def without_slot(self, contract: str, name: str, *key: bytes | int) -> dict[str, Any]:
        """The bundle without the last node on the way to this slot."""
        made, holding = self.bundle(), getattr(self.world, contract)
        path = chain.proof(holding.storage(), keccak256(holding.slot(name, *key)))
        made["chain"]["nodes"].remove(base64s.encode(path[-1]))
        return made

    def material(self) -> Material:
        return parse_material(canonical.dumps(self.world.material(self.record)))

    def present(self, *, domain: str = "admissions.test", challenge: str = "7d1", **changes: Any) -> dict[str, Any]:
        """The bundle with a presentation by the holder in place of the credential."""
        made = self.bundle()
        presentation = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "holder": HOLDER_DID,
            "verifiableCredential": [made.pop("credential")],
        } | changes
        options: dict[str, Any] = {
            "created": "2026-01-02T00:00:00Z",
            "context": presentation["@context"],
            "purpose": proof.AUTHENTICATION,
            "domain": domain,
            "challenge": challenge,
        }
        method = f"{HOLDER_DID}#{HOLDER.multikey}"
        signer: suites.Signer
        if self.world.cryptosuite == suites.JCS:
            signer = proof.JcsSigner(HOLDER, method, **options)
        else:
            signer = proof_rdfc.RdfcSigner(HOLDER, method, contexts=self.world.contexts, **options)
        made["presentation"] = canonical.loads(signer.sign(presentation))
        return made

    def present_by(self, **options: Any) -> dict[str, Any]:
        """As ``present``, ``options`` being put over those of the holder's proof; ``...`` takes one away."""
        made = self.present()
        signed = made["presentation"].pop("proof") | {"proofValue": ..., "@context": ...} | options
        signed = {name: value for name, value in signed.items() if value is not ...}
        made["presentation"] = proofs.add(made["presentation"], signed, HOLDER, contexts=self.world.contexts)
        return made

    def reenter(self, made: dict[str, Any], kind: str, salt: bytes, issuer_id: bytes, digest: bytes) -> dict[str, Any]:
        """Log another entry in the record's place, and give the bundle that entry and its proof."""
        data = entry.single(kind, issuer_id, 1, salt, digest)
        self.record.index = self.world.append_entry(data)
        self.world.anchor()
        fresh = self.bundle()
        return made | {name: fresh[name] for name in fresh if name not in ("credential", "salt")}

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(canonical.dumps(self.record.credential)).digest()
