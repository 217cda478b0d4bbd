"""Documents that are changed and then truly signed again, by keys of the tests' worlds: no broken signature hides them.

A record is logged and anchored once more as well, so that everything about it holds but what was changed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ledger.formats import canonical, jws, keys, p256, suites
from ledger.formats.contexts import BUNDLED, with_examples
from ledger.formats.errors import RollbookError
from ledger.formats.multibase import base64url_encode, multibase_encode
from ledger.formats.proof import JcsSigner
from ledger.formats.proof_rdfc import RdfcSigner
from tests.conformance.chain_signings import ChainSignings
from tests.conformance.mutations import Mutator
from tests.conformance.token_signings import TokenSignings
from tests.conformance.wordings import Wording
from tests.worlds import foreign
from tests.worlds.badges import BadgeScene
from tests.worlds.scene import HOLDER, Scene
from tests.worlds.tokens import JWT, SCHOOL_KEY, SD_JWT, VC_CLAIM, TokenScene

METHOD = f"{foreign.DID}#{foreign.ISSUER.multikey}"
OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": suites.JCS,
    "created": "2026-01-01T00:00:00Z",
    "verificationMethod": METHOD,
    "proofPurpose": "assertionMethod",
}
X = "https://x.test/"
V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
WORDS = {
    "@protected": True,
    "a": X + "a",
    "b": {"@id": X + "b", "@type": "@id"},
    "l": {"@id": X + "l", "@container": "@list"},
    "lang": {"@id": X + "lang", "@container": "@language"},
    "T": {"@id": X + "T", "@context": {"z": {"@id": X + "z", "@type": "http://www.w3.org/2001/XMLSchema#double"}}},
    "j": {"@id": X + "j", "@type": "@json"},
    "v": {"@id": X + "v", "@type": "@vocab"},
}
SUBJECT = {
    "id": "did:a:b",
    "type": "T",
    "z": 1.0,
    "a": ["x", 2, {"@value": "v", "@type": "a"}, {"@value": "w", "@language": "en"}],
    "b": ["urn:x:y", {"id": "urn:z:w"}],
    "l": ["1", ["2"]],
    "lang": {"en": "x", "de": ["y", "z"]},
    "j": {"q": [1, None]},
    "v": "a",
}
DOCUMENTS: list[dict[str, Any]] = [
    {"@context": [V2, WORDS], "type": ["VerifiableCredential"], "issuer": foreign.DID, "credentialSubject": SUBJECT},
    {
        "@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "ExampleDegree"],
        "issuer": {"id": foreign.DID, "name": "X", "description": {"@value": "a", "@language": "en"}},
        "name": [{"@value": "a", "@language": "en"}, {"@value": "b", "@language": "fr", "@direction": "ltr"}],
        "validFrom": "2020-01-01T00:00:00Z",
        "validUntil": "2030-01-01T00:00:00+01:00",
        "credentialSubject": [{"id": "did:a:b", "degree": {"type": "Bachelor", "name": "B"}}, {"id": "did:a:c"}],
        "credentialStatus": foreign.status_entry(),
        "evidence": [{"type": ["Evidence"], "id": "urn:a:b"}],
        "termsOfUse": {"type": "Policy"},
        "refreshService": {"type": "M", "id": "https://x.test/"},
        "credentialSchema": {"id": "https://x.test/s", "type": "JsonSchema"},
        "relatedResource": [{"id": V2, "digestSRI": "sha256-WVXOxpfWHgPysrJVb+vlMIqxaEKEb1uG1/H3reySZzQ="}],
    },
    {
        "@context": [V1, "https://w3id.org/security/data-integrity/v2"],
        "type": ["VerifiableCredential"],
        "issuer": foreign.DID,
        "issuanceDate": "2020-01-01T00:00:00Z",
        "expirationDate": "2030-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:a:b"},
    },
]


class Signings:
    """Changed documents under true signatures; what nobody can sign is drawn again."""

    def __init__(self, mutator: Mutator) -> None:
        self._mutator, self._chance = mutator, mutator.chance
        self._wording = Wording(mutator.chance)
        self._chains = ChainSignings(mutator)
        self._tokens = TokenSignings(mutator)
        self._contexts = with_examples(BUNDLED)

    def foreign(self, count: int) -> list[bytes]:
        """Credentials of another system, over JSON or over RDF."""
        return [self._signed(self._foreign) for _ in range(count)]

    def words(self, count: int) -> list[bytes]:
        """The same in words of a context that was drawn."""
        return [self._signed(lambda: self._secured(self._wording.document(DOCUMENTS[0]))) for _ in range(count)]

    def records(self, count: int) -> list[bytes]:
        """Bundles of records over JSON or over RDF, and of badges."""
        scene, rdfc, badges = Scene(), Scene(cryptosuite=suites.RDFC), BadgeScene()
        return [
            *self._logged(scene, count // 3, lambda: scene.world.unsigned()),
            *self._logged(rdfc, count // 3, lambda: rdfc.world.unsigned()),
            *self._logged(badges, count // 3, badges.unsigned),
        ]

    def kinds(self, count: int) -> list[bytes]:
        """Bundles under a kind that is another, and registered."""
        return [self._signed(self._kind) for _ in range(count)]

    def lists(self, count: int) -> list[bytes]:
        """Bundles with a status list that its issuer signed as it is, the newest of its name."""
        return [self._signed(self._list) for _ in range(count)]

    def presentations(self, count: int) -> list[bytes]:
        """Bundles with a presentation by the holder, for the occasion of ``holder.ASKED``."""
        scene = Scene(holder=True)
        return [self._signed(lambda: self._presentation(scene)) for _ in range(count)]

    def tokens(self, count: int) -> list[bytes]:
        """Bundles of JWTs and SD-JWTs with another header or other claims."""
        made: list[bytes] = []
        while len(made) < count:  # a world grows slow with its log
            scene = TokenScene(self._chance.choice((JWT, VC_CLAIM, SD_JWT)))
            honest = scene.text
            made += [self._signed(lambda: self._token(scene, honest)) for _ in range(8)]  # noqa: B023
        return made[:count]

    def foreign_tokens(self, count: int) -> list[bytes]:
        """Tokens of another system."""
        return [self._signed(self._tokens.foreign) for _ in range(count)]

    def token_presentations(self, count: int) -> list[bytes]:
        """Presentations and key bindings as JWT, for the occasion of ``holder.ASKED``."""
        makes = (self._tokens.presentation, self._tokens.binding)
        return [self._signed(self._chance.choice(makes)) for _ in range(count)]

    def chains(self, count: int) -> list[bytes]:
        """Bundles under other headers and checkpoints, and summaries."""
        makes = (self._chains.header, self._chains.checkpoint, self._chains.summary)
        return [self._signed(self._chance.choice(makes)) for _ in range(count)]

    def sets(self, count: int) -> list[bytes]:
        """Credentials of another system with several proofs, some of which rest on others."""
        return [self._signed(self._set) for _ in range(count)]

    def _set(self) -> bytes:
        document = self._chance.choice(DOCUMENTS)
        document = self._mutator.json(document) if self._chance.random() < 0.3 else document
        proofs: list[dict[str, Any]] = []
        for n in range(self._chance.choice((1, 2, 2, 3))):
            before = self._chance.sample(proofs, self._chance.randrange(len(proofs) + 1))
            options = OPTIONS | {"id": f"urn:p:{n}", "@context": document["@context"]}
            options |= {"previousProof": [one["id"] for one in before]} if before else {}
            options = self._mutator.json(options) if self._chance.random() < 0.2 else options
            over = document | ({"proof": [one for one in proofs if one in before]} if before else {})
            message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, over))
            proofs.append(options | {"proofValue": multibase_encode(keys.sign(foreign.ISSUER.secret, message))})
        if self._chance.random() < 0.2:
            self._chance.shuffle(proofs)
        return canonical.dumps(document | {"proof": proofs})

    def _signed(self, make: Callable[[], bytes]) -> bytes:
        """What ``make`` makes; drawn again where no signer takes it, as where it has no canonical form."""
        for _ in range(1000):
            try:
                return make()
            except (RollbookError, TypeError, KeyError, AttributeError, ValueError):
                continue
        raise AssertionError("nothing can be signed")

    def _foreign(self) -> bytes:
        return self._secured(self._mutator.json(self._chance.choice(DOCUMENTS)))

    def _secured(self, document: dict[str, Any]) -> bytes:
        options = {"created": "2026-01-01T00:00:00Z", "context": document["@context"]}
        if self._chance.random() < 0.5:
            return JcsSigner(foreign.ISSUER, METHOD, **options).sign(document)
        return RdfcSigner(foreign.ISSUER, METHOD, contexts=self._contexts, **options).sign(document)

    def _logged(self, scene: Scene, count: int, unsigned: Callable[[], dict[str, Any]]) -> list[bytes]:
        """Sign, then log all, then anchor once."""
        world, made = scene.world, []
        for _ in range(count):
            honest = unsigned()
            signed = canonical.loads(self._signed(partial(self._record, scene, honest)))
            assert isinstance(signed, dict)
            made.append((replace(world.append(signed, world.school), credential=honest), signed))
        world.anchor()
        return [canonical.dumps(world.bundle(issued) | {"credential": signed}) for issued, signed in made]

    def _record(self, scene: Scene, honest: dict[str, Any]) -> bytes:
        suite = self._chance.choice((scene.world.cryptosuite, suites.JCS))
        signed = scene.world.sign(self._mutator.json(honest), scene.world.school, cryptosuite=suite)
        if isinstance(scene, BadgeScene):
            signed["proof"] = [signed["proof"]]
        return canonical.dumps(signed)

    def _kind(self) -> bytes:
        scene = Scene()
        world, kind = scene.world, scene.world.kind
        definition = self._mutator.json(kind.definition)
        world.issuers.set("kinds", kind.number, kind.version, to=hashlib.sha256(canonical.dumps(definition)).digest())
        world.anchor()
        return canonical.dumps(scene.bundle() | {"kind": definition})

    def _list(self) -> bytes:
        scene = Scene()
        purpose = self._chance.choice(("revocation", "message"))

        def change(made: dict[str, Any]) -> None:
            changed = self._mutator.json(made)
            made.clear()
            made.update(changed)

        scene.world.relist(scene.world.school, purpose, change, self._chance.choice((suites.JCS, suites.RDFC)))
        return canonical.dumps(scene.bundle())

    def _presentation(self, scene: Scene) -> bytes:
        honest = scene.present()
        proof = honest["presentation"].pop("proof")
        changed = self._mutator.json(honest["presentation"])
        options = {name: proof[name] for name in ("created", "domain", "challenge")}
        options |= {"purpose": proof["proofPurpose"], "context": changed["@context"]}
        signed = JcsSigner(HOLDER, proof["verificationMethod"], **options).sign(changed)
        return canonical.dumps(honest | {"presentation": canonical.loads(signed)})

    def _token(self, scene: TokenScene, honest: str) -> bytes:
        token = jws.parse(honest.partition("~")[0])
        header, payload = token.header, token.payload
        if self._chance.random() < 0.3:
            header = self._mutator.json(header)
        else:
            payload = self._mutator.json(payload)
        head = ".".join(base64url_encode(canonical.dumps(part)) for part in (header, payload))
        signed = f"{head}.{base64url_encode(p256.sign(SCHOOL_KEY.secret, head.encode()))}"
        text = honest.replace(token.text, signed)
        if self._chance.random() < 0.1:
            text = self._mutator.token(text)
        scene.log_token(signed, scene.record.credential, text)
        return canonical.dumps(scene.bundle())
