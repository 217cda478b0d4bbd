"""Wallets against a served ledger: what their tests share."""

from typing import Any

import httpx

SD_JWT = "transcript.v0.dc+sd-jwt"


def refused(answer: httpx.Response, error: str, status: int = 400) -> None:
    """A refusal by the specification's code, which says nothing that `error_description` may not hold."""
    assert (answer.status_code, answer.json().get("error")) == (status, error), answer.text
    assert answer.headers["cache-control"] == "no-store"
    description = answer.json()["error_description"]
    assert all(" " <= char <= "~" and char not in '"\\' for char in description)


def verify(site: Any, credential: Any, policy: str = "record") -> dict[str, Any]:
    """The report on a credential as a wallet holds it."""
    path = f"/v1/verify?policy={policy}"
    sent = {"content": credential} if isinstance(credential, str) else {"json": credential}
    found: dict[str, Any] = site.client.post(path, **sent).json()
    return found
