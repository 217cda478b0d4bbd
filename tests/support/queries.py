"""Queries of an admissions office."""

from typing import Any

import httpx

NAME = ["credentialSubject", "name"]
COURSES = ["credentialSubject", "transcript", "courses"]
FORMS = [("dc+sd-jwt", "ES256"), ("jwt_vc_json", "ES256"), ("ldp_vc", "EdDSA")]
"""Formats, and an algorithm that wallets have for each."""
CREDENTIAL_TYPE = "https://www.w3.org/2018/credentials#VerifiableCredential"


def claims(*paths: list[Any], **more: Any) -> dict[str, Any]:
    """Claims at these paths, any value."""
    return {"claims": [{"path": path} for path in paths], **more}


def one(site: Any, form: str, asked: dict[str, Any] | None = None, name: str = "one") -> dict[str, Any]:
    """A credential query for a transcript; ``asked`` are further members."""
    base = site.deployment.base
    if form == "dc+sd-jwt":
        meta: dict[str, Any] = {"vct_values": [f"{base}/contexts/transcript/v0/vct"]}
    else:
        meta = {"type_values": [[CREDENTIAL_TYPE, f"{base}/vocab#TranscriptCredential"]]}
    return {"id": name, "format": form, "meta": meta, **(asked or {})}


def query(site: Any, form: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
    """A query for one transcript."""
    return {"credentials": [one(site, form, asked)]}


def present(held: Any, asked: dict[str, Any], form: str) -> Any:
    """What a wallet that holds the record in this format answers."""
    wallet, credential = held[form]
    if form == "dc+sd-jwt":
        return wallet.present_sd_jwt(asked, credential, "nothing")
    return (wallet.present_jwt if form == "jwt_vc_json" else wallet.present_ldp)(asked, credential)


def ask(site: Any, form: str, asked: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request for the learner's name, or for what is asked; and what the wallet reads of it."""
    made = site.ask(query(site, form, claims(NAME) if asked is None else asked))
    return made, site.wallet().read(made["uri"])


def turned_down(answer: httpx.Response, code: str) -> None:
    """A refusal of the response endpoint."""
    assert (answer.status_code, answer.json().get("error")) == (400, "invalid_request"), answer.text
    assert answer.json()["error_description"].startswith(code), answer.text
