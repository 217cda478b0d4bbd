"""Tokens of other systems, presentations and key bindings as JWT, changed and then truly signed."""

from typing import Any

from ledger.formats import canonical, p256, sdjwt
from ledger.formats.multibase import base64url_decode, base64url_encode
from tests.conformance.mutations import Mutator
from tests.worlds import foreign, tokens
from tests.worlds.tokens import JWT, WALLET, WALLET_DID, TokenScene

CREDENTIAL: dict[str, Any] = {
    "@context": [foreign.CONTEXT, {"@vocab": "https://elsewhere.test/words#"}],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "Badge"],
    "issuer": WALLET_DID,
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:key:z6Mk", "achievement": {"name": "Swimming"}},
}
CLAIMS = {"iss": WALLET_DID, "jti": CREDENTIAL["id"], "sub": "did:key:z6Mk", "nbf": 1767225600, "exp": 1893456000}
OLD = {
    "@context": ["https://www.w3.org/2018/credentials/v1"],
    "type": ["VerifiableCredential"],
    "credentialSubject": {"a": 1},
}
HEADER = {"alg": "ES256", "kid": f"{WALLET_DID}#{WALLET.multikey}"}
DISCLOSURES = [
    base64url_encode(canonical.dumps(one))
    for one in (["c2FsdA", "name", "A"], ["c2FsdB", "x"], ["c2FsdC", "at", {"q": 1}])
]
DIGESTS = [sdjwt.hasher({})(one) for one in DISCLOSURES]
PLAIN = {
    "iss": WALLET_DID,
    "vct": "https://elsewhere.test/t",
    "_sd": DIGESTS[:1],
    "list": [{"...": DIGESTS[1]}, "y"],
    "address": {"_sd": DIGESTS[2:], "town": "X"},
    "cnf": {"kid": WALLET_DID},
}
FORMS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (HEADER | {"typ": "vc+jwt"}, CREDENTIAL | {"iss": WALLET_DID, "iat": 1767225600}, []),
    (HEADER | {"typ": "JWT"}, CLAIMS | {"vc": CREDENTIAL}, []),
    ({"alg": "ES256"}, CLAIMS | {"vc": OLD}, []),
    (HEADER | {"typ": "dc+sd-jwt"}, PLAIN, DISCLOSURES),
    (HEADER | {"typ": "vc+sd-jwt"}, CREDENTIAL | {"vct": "x", "_sd": DIGESTS[:1]}, DISCLOSURES[:1]),
]


class TokenSignings:
    """Draws tokens; ``seed`` of the mutator tells them all."""

    def __init__(self, mutator: Mutator) -> None:
        self._mutator, self._chance = mutator, mutator.chance
        self._scene = TokenScene(JWT, holder=True)
        self._bound = TokenScene(holder=True)
        self._bound.more = {"holder": tokens.WALLET_KEY}
        self._bound.reissue()

    def foreign(self) -> bytes:
        """A JWT or SD-JWT under a did:key."""
        header, payload, disclosures = self._chance.choice(FORMS)
        token = self._signed(header, payload)
        if disclosures and self._chance.random() < 0.3:
            disclosures = self._chance.sample(disclosures, self._chance.randrange(len(disclosures) + 1))
        text = sdjwt.join(token, disclosures) if "sd-jwt" in header.get("typ", "") else token
        return text.encode()

    def presentation(self) -> bytes:
        """A bundle of a presentation as JWT by the learner's wallet."""
        token = tokens.presentation_jwt(self._scene.text).split(".")
        header, payload = (canonical.loads(_decoded(part)) for part in token[:2])
        return canonical.dumps(self._scene.bundle() | {"jwt": self._signed(header, payload)})

    def binding(self) -> bytes:
        """A bundle of an SD-JWT that is bound to this occasion."""
        text = self._bound.text
        parts: list[Any] = [canonical.loads(_decoded(part)) for part in self._bound.bound("").split(".")[:2]]
        header, payload = parts
        payload["sd_hash"] = sdjwt.hasher({})(text)
        return canonical.dumps(self._bound.bundle() | {"sdJwt": text + self._signed(header, payload)})

    def _signed(self, header: Any, payload: Any) -> str:
        if self._chance.random() < 0.3:
            header = self._mutator.json(header)
        else:
            payload = self._mutator.json(payload)
        head = ".".join(base64url_encode(canonical.dumps(part)) for part in (header, payload))
        return f"{head}.{base64url_encode(p256.sign(WALLET.secret, head.encode()))}"


def _decoded(part: str) -> bytes:
    return base64url_decode(part, max_bytes=100_000)
