"""A learner's wallet, by the letter of OpenID4VCI 1.0 and OpenID4VP 1.0: it knows the two specifications and no more.

Every message can be changed before it goes out, because most tests are about messages that are wrong.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from ledger.formats import canonical, jws, keys, p256, publickeys, sdjwt
from ledger.formats.contexts import Contexts
from ledger.formats.did import build_did_key
from ledger.formats.proof import JcsSigner
from ledger.formats.proof_rdfc import RdfcSigner
from tests.support.encrypting import encrypt

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
PROOF_TYPE = "openid4vci-proof+jwt"


def now() -> int:
    """Seconds since 1970."""
    return int(datetime.now(UTC).timestamp())


def well_known(issuer: str, name: str) -> str:
    """The address of metadata: the name goes between host and path (VCI §12.2.2, RFC 8414 §3.1)."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path}"


def changed(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``changes`` put over ``members``; ``...`` takes one away."""
    return {name: value for name, value in (members | changes).items() if value is not ...}


class Key:
    """A key of the wallet: Ed25519, or P-256 for ES256."""

    def __init__(self, name: str = "wallet", algorithm: str = "ES256") -> None:
        seed = hashlib.sha256(f"{name} {algorithm}".encode()).digest()
        self.algorithm = algorithm
        if algorithm == "ES256":
            pair = p256.generate(seed)
            self.public, self.secret = b"\x80\x24" + pair.public, pair.secret
        else:
            self.pair = keys.generate(seed)
            self.public, self.secret = self.pair.public, self.pair.secret
        self.did = build_did_key(self.public)
        self.method = f"{self.did}#{self.did.removeprefix('did:key:')}"
        self.jwk = publickeys.to_jwk(self.public)

    def sign(self, header: dict[str, Any], payload: dict[str, Any]) -> str:
        """A compact JWT."""
        return (jws.sign if self.algorithm == "ES256" else jws.sign_ed25519)(header, payload, self.secret)


class Wallet:
    """``client`` reaches the server, whatever host the addresses in its documents name."""

    def __init__(self, client: httpx.Client, key: Key | None = None) -> None:
        self.client = client
        self.key = key or Key()
        self.issuer, self.token = "", ""
        self.offer: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.server: dict[str, Any] = {}

    # Issuance

    def open(self, uri: str) -> dict[str, Any]:
        """Read an offer's link, and the metadata of whoever makes it."""
        parts = urlsplit(uri)
        assert parts.scheme == "openid-credential-offer"
        query = parse_qs(parts.query, strict_parsing=True)
        assert len(query) == 1
        if "credential_offer" in query:
            self.offer = json.loads(query["credential_offer"][0])
        else:
            self.offer = self._get(query["credential_offer_uri"][0])
        self.issuer = self.offer["credential_issuer"]
        self.metadata = self._get(well_known(self.issuer, "openid-credential-issuer"))
        assert self.metadata["credential_issuer"] == self.issuer
        assert "authorization_servers" not in self.metadata  # so the issuer is the authorization server, too
        self.server = self._get(well_known(self.issuer, "oauth-authorization-server"))
        assert self.server["issuer"] == self.issuer and PRE_AUTHORIZED in self.server["grant_types_supported"]
        return self.offer

    def token_request(self, tx_code: str, /, **changes: Any) -> httpx.Response:
        """VCI §6.1."""
        grant = self.offer["grants"][PRE_AUTHORIZED]
        assert grant["tx_code"]["input_mode"] == "numeric" and len(tx_code) == grant["tx_code"]["length"]
        fields = {
            "grant_type": PRE_AUTHORIZED,
            "pre-authorized_code": grant["pre-authorized_code"],
            "tx_code": tx_code,
        }
        return self._post(self.server["token_endpoint"], data=changed(fields, changes))

    def redeem(self, tx_code: str) -> None:
        """Take the access token."""
        answer = self.token_request(tx_code)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body["token_type"] == "Bearer" and body["expires_in"] > 0
        self.token = body["access_token"]

    def nonce(self) -> str:
        """VCI §7."""
        answer = self._post(self.metadata["nonce_endpoint"])
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        found: str = answer.json()["c_nonce"]
        return found

    def proof(self, *, header: dict[str, Any] | None = None, key: Key | None = None, **claims: Any) -> str:
        """VCI appendix F.1; ``header`` and ``claims`` replace members."""
        key = key or self.key
        payload = {"aud": self.issuer, "iat": now()}
        if "nonce" not in claims:
            payload["nonce"] = self.nonce()
        return key.sign(changed({"typ": PROOF_TYPE, "jwk": key.jwk}, header or {}), changed(payload, claims))

    def request(self, configuration: str, proof: str | None = None, **changes: Any) -> httpx.Response:
        """VCI §8.2."""
        body = {"credential_configuration_id": configuration, "proofs": {"jwt": [proof or self.proof()]}}
        return self.post_json(self.metadata["credential_endpoint"], changed(body, changes))

    def take(self, configuration: str) -> Any:
        """The credential of a configuration."""
        answer = self.request(configuration)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        (held,) = answer.json()["credentials"]
        return held["credential"]

    def notify(self, notification_id: object, event: object = "credential_accepted", **more: Any) -> httpx.Response:
        """VCI §11.1."""
        body = changed({"notification_id": notification_id, "event": event}, more)
        return self.post_json(self.metadata["notification_endpoint"], body)

    def ask_again(self, transaction_id: str) -> httpx.Response:
        """VCI §9.1."""
        return self.post_json(self.metadata["deferred_credential_endpoint"], {"transaction_id": transaction_id})

    def configuration(self, form: str) -> str:
        """The offered configuration of a format."""
        supported = self.metadata["credential_configurations_supported"]
        (found,) = (one for one in self.offer["credential_configuration_ids"] if supported[one]["format"] == form)
        return str(found)

    # Presentation

    def read(self, uri: str) -> dict[str, Any]:
        """The parameters of an authorization request by value (VP §5)."""
        parts = urlsplit(uri)
        assert parts.scheme == "openid4vp"
        asked: dict[str, Any] = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        for name in ("dcql_query", "client_metadata"):
            asked[name] = json.loads(asked[name])
        assert asked["response_type"] == "vp_token"
        assert asked["response_mode"] == ("direct_post.jwt" if "jwks" in asked["client_metadata"] else "direct_post")
        assert asked["client_id"] == f"redirect_uri:{asked['response_uri']}" and "redirect_uri" not in asked
        return asked

    def present_sd_jwt(
        self, asked: dict[str, Any], text: str, *names: str, key: Key | None = None, **claims: Any
    ) -> str:
        """The SD-JWT with the disclosures of these values or names (all, without any), and a key binding JWT."""
        token, disclosures, _ = sdjwt.split(text)
        if names:
            disclosures = [one for one in disclosures if any(name in _plain(one) for name in names)]
        shown = sdjwt.join(token, () if names == ("nothing",) else disclosures)
        payload = {
            "iat": now(),
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
            "sd_hash": sdjwt.hasher({})(shown),
        }
        typ = claims.pop("typ", "kb+jwt")
        return shown + (key or self.key).sign({"typ": typ}, changed(payload, claims))

    def present_jwt(self, asked: dict[str, Any], credential: object, *, key: Key | None = None, **claims: Any) -> str:
        """A presentation as JWT with the claim ``vp`` (VP §B.1.3.1)."""
        key = key or self.key
        presentation = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [credential],
        }
        payload = {"iss": key.did, "iat": now(), "aud": asked["client_id"], "nonce": asked["nonce"], "vp": presentation}
        return key.sign({"typ": "JWT", "kid": key.method}, changed(payload, claims))

    def present_ldp(
        self, asked: dict[str, Any], credential: Any, *, key: Key | None = None, contexts: Contexts | None = None
    ) -> Any:
        """A presentation with a Data Integrity proof (VP §B.1.3.2)."""
        key = key or self.key
        context = ["https://www.w3.org/ns/credentials/v2"]
        presentation = {
            "@context": context,
            "type": ["VerifiablePresentation"],
            "holder": key.did,
            "verifiableCredential": [credential],
        }
        options = {"domain": asked["client_id"], "challenge": asked["nonce"]}
        return sign_presentation(presentation, key, options, contexts)

    def respond(self, asked: dict[str, Any], vp_token: object, /, **changes: Any) -> httpx.Response:
        """VP §8.2: ``direct_post``."""
        text = vp_token if isinstance(vp_token, str) else json.dumps(vp_token)
        return self._post(asked["response_uri"], data=changed({"vp_token": text, "state": asked["state"]}, changes))

    def respond_encrypted(self, asked: dict[str, Any], vp_token: object, /, **changes: Any) -> httpx.Response:
        """VP §8.3.1: ``direct_post.jwt``, with the first key and the last encryption that the verifier names."""
        return self.post_response(asked, self.encrypted(asked, {"vp_token": vp_token} | changes))

    def encrypted(self, asked: dict[str, Any], parameters: dict[str, Any], **header: Any) -> str:
        """VP §8.3: the parameters as JWE, with the request's ``state`` unless they have one."""
        metadata = asked["client_metadata"]
        key = metadata["jwks"]["keys"][0]
        assert key["alg"] == "ECDH-ES" and key["kid"]
        encoding = metadata.get("encrypted_response_enc_values_supported", ["A128GCM"])[-1]
        text = json.dumps(changed({"state": asked["state"]}, parameters)).encode()
        return encrypt(text, key, **{"encoding": encoding, **header})

    def post_response(self, asked: dict[str, Any], text: str) -> httpx.Response:
        """An encrypted response, as it stands."""
        return self._post(asked["response_uri"], data={"response": text})

    # HTTP

    def post_json(self, url: str, body: object) -> httpx.Response:
        """With the access token."""
        return self._post(url, json=body, headers={"authorization": f"Bearer {self.token}"} if self.token else {})

    def _get(self, url: str) -> dict[str, Any]:
        answer = self.client.get(_path(url))
        assert answer.status_code == 200, f"{url}: {answer.text}"
        assert answer.headers["content-type"].startswith("application/json")
        found: dict[str, Any] = answer.json()
        return found

    def _post(self, url: str, **more: Any) -> httpx.Response:
        return self.client.post(_path(url), **more)


def sign_presentation(
    presentation: dict[str, Any], key: Key, options: dict[str, Any], contexts: Contexts | None = None
) -> Any:
    """The presentation with a proof for authentication: over RDF where the ``contexts`` are given, else over JCS."""
    context = presentation["@context"]
    options = {"created": "2026-07-01T00:00:00Z", "context": context, "purpose": "authentication"} | options
    if contexts is not None:
        return canonical.loads(RdfcSigner(key.pair, key.method, contexts=contexts, **options).sign(presentation))
    return canonical.loads(JcsSigner(key.pair, key.method, **options).sign(presentation))


def _path(url: str) -> str:
    """The tests' server answers under another address than its ledger's."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _plain(disclosure: str) -> str:
    return base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)).decode()
