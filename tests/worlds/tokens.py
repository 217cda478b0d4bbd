"""A world whose anchored record is a JWT or an SD-JWT, a day later; and the wallet of its learner."""

import hashlib
import itertools
from typing import Any

from ledger.formats import canonical, entry, joseform, jws, keys, p256, proof, publickeys, registry, sdjwt
from ledger.formats.did import build_did_key
from ledger.formats.joseform import JoseKey, SignedSdJwt
from ledger.formats.registry import KeyRecord
from tests.support.kinds import transcript_subject
from tests.worlds.parts import Issued, Member, seed
from tests.worlds.scene import Scene
from verifier.report import Report

SCHOOL_KEY = p256.generate(seed("school p256"))
WALLET = p256.generate(seed("wallet"))
WALLET_KEY = b"\x80\x24" + WALLET.public
WALLET_DID = build_did_key(WALLET_KEY)
LEARNER = keys.generate(seed("holder ed25519"))
JWT, VC_CLAIM, SD_JWT = "jwt", "vc-claim", "sd-jwt"
MEMBERS = {JWT: "jwt", VC_CLAIM: "jwt", SD_JWT: "sdJwt"}
TYPES = {JWT: 2, VC_CLAIM: 2, SD_JWT: 3}


def subject(courses: int = 3) -> dict[str, Any]:
    """A learner with some courses."""
    return transcript_subject(courses)


def salts(name: str) -> sdjwt.Salts:
    """Salts that are the same each time."""
    counter = itertools.count()
    return lambda: hashlib.sha256(f"{name} {next(counter)}".encode()).digest()[:16]


class TokenScene(Scene):
    """``form`` is one of JWT, VC_CLAIM and SD_JWT; ``more`` goes to ``joseform.sign_sd_jwt``."""

    def __init__(self, form: str = SD_JWT, *, name: str = "honest", holder: bool = False, **more: Any) -> None:
        self.form, self.more = form, more
        super().__init__(name)
        self.subject = subject() | ({"id": WALLET_DID} if holder else {})
        self.register(SCHOOL_KEY.multikey)
        self.reissue()

    def register(self, multikey: str, member: Member | None = None) -> None:
        """Add a key to the school."""
        member = member or self.world.school
        record = KeyRecord(self.world.clock - 60, 0, 0, 1)
        key_id = registry.key_id(publickeys.from_multikey(multikey))
        self.world.issuers.set("keys", member.id, key_id, to=record.pack())

    @property
    def key(self) -> JoseKey:
        return JoseKey(f"{self.world.school.did}#{SCHOOL_KEY.multikey}", SCHOOL_KEY.secret)

    def reissue(self, **changes: Any) -> None:
        """Sign the record in its form, ``changes`` replacing members of the credential; log and anchor it."""
        unsigned = self.world.unsigned(self.subject) | changes
        self.made: SignedSdJwt | None = None
        if self.form == SD_JWT:
            drawn = salts(f"{self.world.name} {len(self.world.entries)}")
            self.made = joseform.sign_sd_jwt(unsigned, self.world.kind, self.key, self.now, salts=drawn, **self.more)
            token, text = self.made.token, self.made.text
        else:
            sign = joseform.sign_jwt if self.form == JWT else joseform.sign_vc_claim
            token = text = sign(unsigned, self.key, self.now)
        self.log_token(token, unsigned, text)

    def resign_payload(self, header: dict[str, Any] | None = None, **claims: Any) -> None:
        """Sign the token anew with other claims, and header members, as the school itself; log and anchor it."""
        token = jws.parse(self.text.partition("~")[0])
        payload = {name: value for name, value in (token.payload | claims).items() if value is not ...}
        names = {name: value for name, value in (token.header | (header or {})).items() if value is not ...}
        signed = jws.sign(names, payload, SCHOOL_KEY.secret)
        self.log_token(signed, self.record.credential, self.text.replace(token.text, signed))

    def log_token(self, token: str, unsigned: dict[str, Any], text: str) -> None:
        """Log and anchor a token as it is; it becomes the record, handed in as ``text``."""
        world, salt = self.world, seed("token salt", len(self.world.entries))
        digest = hashlib.sha256(token.encode("ascii")).digest()
        data = entry.single(world.kind.name, world.school.id, TYPES[self.form], salt, digest)
        self.record = Issued(unsigned, salt, world.append_entry(data), world.school, SCHOOL_KEY.multikey)
        self.token, self.text = token, text
        world.anchor()

    def bundle(self, **header: Any) -> dict[str, Any]:
        made = super().bundle(**header)
        if not hasattr(self, "text"):
            return made
        del made["credential"]
        return made | {MEMBERS[self.form]: self.text}

    def disclosing(self, *paths: sdjwt.Path) -> str:
        """The SD-JWT with these disclosures alone; one inside of another needs both."""
        assert self.made is not None
        return sdjwt.join(self.token, [self.made.disclosures[path].text for path in paths])

    def bound(self, text: str, wallet: p256.KeyPair = WALLET, **claims: Any) -> str:
        """The SD-JWT with a key binding JWT; ``claims`` replace its own, ``...`` leaves one out."""
        payload: dict[str, Any] = {
            "iat": int(self.now.timestamp()),
            "aud": "admissions.test",
            "nonce": "7d1",
            "sd_hash": sdjwt.hasher({})(text),
        }
        header = {"typ": claims.pop("typ", "kb+jwt")}
        payload = {name: value for name, value in (payload | claims).items() if value is not ...}
        return text + jws.sign(header, payload, wallet.secret)

    def verify_text(self, text: str, **options: Any) -> Report:
        """The report on the bundle with this text in place of its own."""
        return self.verify(self.bundle() | {MEMBERS[self.form]: text}, **options)


def course(n: int, *below: str) -> sdjwt.Path:
    """The place of a course, or of something in it."""
    return ("credentialSubject", "transcript", "courses", n, *below)


def presentation_jwt(credential: object, wallet: p256.KeyPair = WALLET, **claims: Any) -> str:
    """A presentation of one credential as ``vp+jwt``; ``claims`` replace its own."""
    did = build_did_key(b"\x80\x24" + wallet.public)
    header = {"typ": claims.pop("typ", "vp+jwt"), "kid": claims.pop("kid", f"{did}#{wallet.multikey}")}
    payload: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did,
        "verifiableCredential": [credential],
        "aud": "admissions.test",
        "nonce": "7d1",
    }
    payload = {name: value for name, value in (payload | claims).items() if value is not ...}
    return jws.sign(header, payload, wallet.secret)


def enveloped(text: str) -> dict[str, Any]:
    """An EnvelopedVerifiableCredential around a token."""
    media = "application/dc+sd-jwt" if "~" in text else "application/vc+jwt"
    return {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:{media},{text}",
        "type": "EnvelopedVerifiableCredential",
    }


def doubly_held() -> TokenScene:
    """A record about LEARNER, that is bound to the key of the wallet."""
    scene = TokenScene()
    scene.more = {"holder": WALLET_KEY}
    scene.subject = scene.subject | {"id": build_did_key(LEARNER.public)}
    scene.reissue()
    return scene


def presentation_by(holder: keys.KeyPair, credential: object, **asked: str) -> dict[str, Any]:
    """A presentation of one credential under a proof of its own."""
    did = build_did_key(holder.public)
    presentation: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did,
        "verifiableCredential": [credential],
    }
    signer = proof.JcsSigner(
        holder,
        f"{did}#{holder.multikey}",
        created="2026-01-02T00:00:00Z",
        context=presentation["@context"],
        purpose=proof.AUTHENTICATION,
        **asked,
    )
    made: Any = canonical.loads(signer.sign(presentation))
    assert isinstance(made, dict)
    return made
