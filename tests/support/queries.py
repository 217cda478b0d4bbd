"""Queries of an admissions office."""

from typing import Any

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
