"""Verification as every surface of this server offers it: the same report for the API, the pages and VC-API.

A file is first held against the trust root as it is. Only where our own log can add something (the file is a bare
credential, or its chain part is older than the newest anchor or the newest act on the registry) is it completed from
there, and looked at again; so a complete and current bundle costs no question to database or chain. A large file is
looked at once, with what the log adds.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from anyio import CapacityLimiter

from api.evidence import LogEvidence
from api.newest import Newest
from ledger.formats.errors import FormatError
from verifier.policy import POLICIES, RECORD, Policy
from verifier.presentations import Presented
from verifier.report import Outcome, Report, Verdict
from verifier.verifier import Verifier

AT_ONCE = 128 * 1024
"""Bytes up to which a body is worked on in the event loop itself; larger ones would keep others waiting."""

QUICK_SHARE = 32
"""An event loop gives a graph a small part of the time that it may take: what needs more takes it in a thread."""

__all__ = ["POLICIES", "Checking"]


class Checking:
    """Verifies under the deployment's trust root. Safe to share between threads.

    ``large`` is for work that takes long: two at a time would get in the way of all others, and of each other.
    """

    def __init__(self, verifier: Verifier, evidence: LogEvidence, newest: Newest, now: Callable[[], datetime]) -> None:
        self._verifier = verifier
        self._evidence = evidence
        self._newest = newest
        self._now = now
        self.large = CapacityLimiter(1)

    def verify(
        self, data: bytes, policy: Policy = RECORD, *, domain: str | None = None, challenge: str | None = None
    ) -> Report:
        """The report on one file. Never raises for what is in it.

        A large one is looked at once, with what the log adds to it: that is little beside the work on the file.
        """
        report = None
        if len(data) <= AT_ONCE:
            self._newest.ensure()
            report = self.quick(data, policy, domain=domain, challenge=challenge)
        return self.completed(data, policy, domain=domain, challenge=challenge) if report is None else report

    def completed(
        self, data: bytes, policy: Policy = RECORD, *, domain: str | None = None, challenge: str | None = None
    ) -> Report:
        """As ``verify``, where it is known that the log may add something."""
        return self._verifier.verify(
            data, policy=policy, now=self._now(), evidence=self._evidence, domain=domain, challenge=challenge
        )

    def refuse(self, error: FormatError, policy: Policy = RECORD) -> Report:
        """The report on a file that could not even be opened."""
        return self._verifier.refuse(error, now=self._now(), policy=policy)

    def presentation(self, value: dict[str, Any], purpose: str, **asked: str) -> Presented:
        """What a presentation of none to many credentials is worth under the policy ``vc``."""
        return self._verifier.verify_presentation(
            value, now=self._now(), evidence=self._evidence, purpose=purpose, **asked
        )

    def quick(
        self, data: bytes, policy: Policy = RECORD, *, domain: str | None = None, challenge: str | None = None
    ) -> Report | None:
        """The report where our log could add nothing to it, else None: what an event loop may do by itself."""
        report = self._verifier.verify(
            data, policy=policy, now=self._now(), domain=domain, challenge=challenge, share=QUICK_SHARE
        )
        return self._settled(report)

    def quick_many(self, documents: Sequence[bytes]) -> list[Report | None]:
        """As ``quick`` under the policy ``record``, for many files at once."""
        found = self._verifier.verify_many(documents, now=self._now(), share=QUICK_SHARE)
        return [self._settled(report) for report in found]

    def _settled(self, report: Report) -> Report | None:
        """The report, unless the log could add to it."""
        if report.is_credential and report["document"].code == "document.too_large":
            return None  # for being quick, perhaps
        # A signature over RDF cannot be looked at without the kind, which a bare credential does not bring.
        if not report.is_credential or report["proof"].outcome is Outcome.FAIL:
            return report
        if report.verdict is Verdict.INDETERMINATE or report.as_of is None:
            return None
        newest = self._newest.known()
        return report if newest is not None and report.as_of.timestamp() >= newest else None
