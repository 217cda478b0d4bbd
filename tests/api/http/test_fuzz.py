"""Every endpoint, fed with what its description allows and with what it does not: never a 5xx, always a problem."""

from contextlib import suppress

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok

from api.http.app import create_app
from tests.support.ledgers import Ledger

EXAMPLES = 12
UNLIMITED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)

OTHER_FORMS = ("verified", "didResolutionMetadata")
"""What answers have that tell of an error in the form of VC-API, or of DID Resolution."""


@schemathesis.serializer("application/zip")
def zipped(_context: object, value: object) -> bytes:
    """Whatever was generated, as it is: what is no archive has to be refused."""
    return value if isinstance(value, bytes) else str(getattr(value, "data", value)).encode()


def looks_right(response) -> None:
    """An error is a problem with a code, or to a wallet what its specification says; nothing of ours is in it."""
    assert response.status_code < 500, (response.request.method, response.request.url, response.text)
    if "/openid4v" in response.request.url and response.headers["content-type"] == ["application/json"]:
        assert response.status_code < 400 or response.json()["error"]
    elif response.status_code >= 400 and not any(word in response.text for word in OTHER_FORMS):
        assert response.headers["content-type"] == ["application/problem+json"]
        assert response.json()["code"]
    assert "Traceback" not in response.text


def test_no_input_makes_the_server_fail(deployment, ledger: Ledger) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(deployment))
    labels = []
    for operation in [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]:
        labels.append(operation.label)
        for mode in schemathesis.GenerationMode:

            @UNLIMITED
            @given(case=operation.as_strategy(generation_mode=mode))
            def holds(case) -> None:
                looks_right(case.call(headers=ledger.bearer()))

            with suppress(Unsatisfiable):  # an operation without parameters has no wrong ones
                holds()
    assert {"POST /v1/verify", "POST /credentials/issue", "GET /log/tile/{tile}"} <= set(labels)
    assert len(labels) >= 23
