"""What tests of ledgers that move to other contracts share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import proposing
from api.deployment import Deployment
from api.proposing import Wish
from ledger.formats import canonical, keys, trustroot
from ledger.formats.errors import ConfigError
from ledger.formats.trustroot import TrustRoot
from tests.support.ledgers import UNIVERSITY
from verifier.report import Report
from verifier.verifier import Verifier

UNTIL = datetime(2036, 1, 1, tzinfo=UTC)


def silent(_text: str) -> None:
    """Says nothing."""


def own_key(deployment: Deployment) -> keys.KeyPair:
    return keys.generate(deployment.keystore.get_or_make("trust root authority"))


def bundle(deployment: Deployment, record_id: str) -> bytes:
    member = deployment.schools.by_code(UNIVERSITY)
    return deployment.proofs.bundle(deployment.store.get(member, record_id))


def verify(data: bytes, root: TrustRoot) -> Report:
    return Verifier(root).verify(data, now=datetime.now(UTC) + timedelta(minutes=4))


def refusal(act: Callable[..., Any], *given: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        act(*given)
    return f"{caught.value.code}: {caught.value.message}"


def next_version(deployment: Deployment, **wish: Any) -> bytes:
    """The next version as `propose` makes it, signed by the ledger's own key."""
    document = proposing.propose(deployment, Wish(**{"expires": UNTIL} | wish))
    return canonical.dumps(trustroot.sign(document, own_key(deployment)))
