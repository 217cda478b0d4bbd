"""Credential configurations and issuer metadata (OpenID4VCI 1.0 §12.2, appendix A): each kind in each format."""

import re
from dataclasses import dataclass
from typing import Any

from issuers.kinds import InstalledKind, Kinds
from issuers.schools import Member
from ledger.formats import publickeys, suites, vct
from ledger.formats.credential import CONTEXT_V2
from ledger.formats.entry import Representation
from ledger.formats.errors import NotFoundError
from ledger.formats.kind import Kind

LDP_VC, JWT_VC_JSON, SD_JWT = "ldp_vc", "jwt_vc_json", "dc+sd-jwt"
FORMATS = (LDP_VC, JWT_VC_JSON, SD_JWT)
REPRESENTATIONS = {
    LDP_VC: Representation.DATA_INTEGRITY,
    JWT_VC_JSON: Representation.JWT,
    SD_JWT: Representation.SD_JWT,
}
# A did:key of P-256 could sign no presentation in JSON-LD that is read here.
_PROOF_ALGORITHMS = {LDP_VC: (publickeys.EDDSA,), JWT_VC_JSON: publickeys.ALGORITHMS, SD_JWT: publickeys.ALGORITHMS}
_BINDING = {LDP_VC: ["did:key"], JWT_VC_JSON: ["did:key"], SD_JWT: ["jwk", "did:key"]}
_SIGNING = {LDP_VC: [suites.RDFC], JWT_VC_JSON: [publickeys.ES256], SD_JWT: [publickeys.ES256]}
_ID = re.compile(r"([a-z][a-z0-9-]{0,31})\.v(0|[1-9][0-9]{0,4})\.(ldp_vc|jwt_vc_json|dc\+sd-jwt)")


@dataclass(frozen=True, slots=True)
class Configuration:
    """One kind, of one version, in one format."""

    installed: InstalledKind
    format: str

    @property
    def kind(self) -> Kind:
        """The kind."""
        return self.installed.kind

    @property
    def id(self) -> str:
        """``transcript.v0.dc+sd-jwt``."""
        return f"{self.kind.name}.v{self.kind.version}.{self.format}"

    @property
    def proof_algorithms(self) -> tuple[str, ...]:
        """By which a key proof may be signed."""
        return _PROOF_ALGORITHMS[self.format]

    @property
    def names_holder(self) -> bool:
        """Whether the holder is named by ``credentialSubject.id``."""
        return self.format != SD_JWT

    def metadata(self) -> dict[str, Any]:
        """Its value in ``credential_configurations_supported``."""
        kind = self.kind
        common = {
            "format": self.format,
            "cryptographic_binding_methods_supported": _BINDING[self.format],
            "credential_signing_alg_values_supported": _SIGNING[self.format],
            "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": list(self.proof_algorithms)}},
            "credential_metadata": _described(kind),
        }
        types = ["VerifiableCredential", kind.type]
        if self.format == SD_JWT:
            return common | {"vct": vct.vct(kind)}
        if self.format == JWT_VC_JSON:
            return common | {"credential_definition": {"type": types}}
        return common | {"credential_definition": {"@context": [CONTEXT_V2, kind.context_url], "type": types}}


def of_kind(installed: InstalledKind) -> list[Configuration]:
    """The configurations of one kind; without a place for the holder's id in its subject, one alone."""
    named = "id" in installed.kind.schema.get("properties", {})
    return [Configuration(installed, name) for name in FORMATS if named or name == SD_JWT]


def find(kinds: Kinds, configuration_id: str) -> Configuration:
    """The configuration of this id; NotFoundError ``offer.configuration``."""
    found = _ID.fullmatch(configuration_id)
    if found is not None:
        try:
            installed = kinds.get(found[1], int(found[2]))
        except NotFoundError:
            installed = None
        for one in of_kind(installed) if installed else ():
            if one.format == found[3]:
                return one
    raise NotFoundError("offer.configuration", "there is no such credential configuration")


def issuer_metadata(kinds: Kinds, member: Member, issuer: str, endpoints: str) -> dict[str, Any]:
    """The credential issuer's metadata; ``endpoints`` is the address that the endpoints' names are put after."""
    every = [one for installed in kinds.all() for one in of_kind(installed)]
    names: dict[str, str] = member.profile["name"]
    return {
        "credential_issuer": issuer,
        "credential_endpoint": f"{endpoints}/credential",
        "nonce_endpoint": f"{endpoints}/nonce",
        "deferred_credential_endpoint": f"{endpoints}/deferred",
        "notification_endpoint": f"{endpoints}/notification",
        "display": [{"name": name, "locale": language} for language, name in sorted(names.items())],
        "credential_configurations_supported": {one.id: one.metadata() for one in every},
    }


def server_metadata(issuer: str, endpoints: str) -> dict[str, Any]:
    """The authorization server's (RFC 8414 §2); for this one grant ``response_types_supported`` may be left out."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{endpoints}/token",
        "token_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": [PRE_AUTHORIZED],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


def _described(kind: Kind) -> dict[str, Any]:
    """``credential_metadata``: the labels of the kind and of its claims, as its Type Metadata has them."""
    found = vct.metadata(kind)
    claims = [
        {
            "path": claim["path"],
            "display": [{"name": shown["label"], "locale": shown["locale"]} for shown in claim["display"]],
        }
        for claim in found["claims"]
    ]
    return {"display": found["display"], "claims": claims}
