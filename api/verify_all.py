"""Verifying every record of a ledger: each one's bundle is made, and held against the trust root as anybody would."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

from api.clock import now
from api.deployment import Deployment
from issuers.store import StoredRecord
from ledger.log.submission import Caller
from verifier.verifier import Verifier

PAGE = 1000


def verify_all(deployment: Deployment, progress: Callable[[int], None]) -> tuple[Counter[str], float]:
    """How many records there are of each verdict, and the seconds it took."""
    started = time.monotonic()
    verifier, counted = Verifier(deployment.trust_root), Counter[str]()
    for data in deployment.proofs.bundles(records(deployment)):
        counted[verifier.verify(data, now=now()).verdict.value] += 1
        progress(1)
    return counted, time.monotonic() - started


def records(deployment: Deployment) -> Iterator[StoredRecord]:
    """Every record of every school."""
    for member in deployment.members("issuer"):
        caller, after = Caller("verification", member.did), -1
        while page := deployment.records.find(caller, after=after, limit=PAGE):
            yield from page
            after = page[-1].idx
