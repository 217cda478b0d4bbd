"""What routes ask of the request: the deployment behind it, and whose API key it bears."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from api.deployment import Deployment
from ledger.formats.errors import NotAllowedError
from ledger.log.submission import Caller

_bearer = HTTPBearer(auto_error=False, description="A school's API key, shown once when it was made")


def deployment_of(request: Request) -> Deployment:
    """The deployment that this application serves."""
    deployment: Deployment = request.app.state.deployment
    return deployment


Here = Annotated[Deployment, Depends(deployment_of)]
Key = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
"""Names the security scheme in the description of the interface; `caller_of` reads the header."""


def caller_of(request: Request, deployment: Deployment) -> Caller:
    """Whose key the request bears; NotAllowedError ``request.unauthorized`` where it bears none that is valid."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAllowedError("request.unauthorized", "this needs a school's API key: Authorization: Bearer …")
    try:
        return deployment.api_keys.authenticate(token.strip())
    except NotAllowedError:
        raise NotAllowedError("request.unauthorized", "this is no valid API key") from None


def school_of(request: Request, deployment: Here, _key: Key) -> Caller:
    """As `caller_of`, for routes that run in a thread."""
    return caller_of(request, deployment)


School = Annotated[Caller, Depends(school_of)]
