"""What a school may sign, asked before it signs: a record outside of its accreditation stays in the log for ever.

The registry on the chain decides, and the verifier asks it; what it last said is kept with the member, so that issuing
never waits for the chain. A school of which nothing is kept signs nothing.
"""

from issuers.kinds import Kinds
from issuers.schools import Schools
from ledger.formats import entry
from ledger.formats.errors import NotAllowedError, NotFoundError
from ledger.formats.registry import Accreditation
from ledger.log.submission import Caller, Submission, own_issuer_only


class Scope:
    """The rule, for `issuers.records` before it signs and for the log before it appends."""

    def __init__(self, schools: Schools, kinds: Kinds) -> None:
        self._schools = schools
        self._kinds = kinds
        self._numbers: dict[str, int] = {}

    def require(self, did: str, kind: str) -> None:
        """NotAllowedError ``issuer.not_accredited``, ``issuer.withdrawn`` or ``issuer.out_of_scope`` where the school
        may not sign this kind now; NotFoundError ``kind.unknown``, ``school.unknown``.
        """
        number = self._number(kind)
        line = self._schools.line(did)
        code, accreditation = self._schools.accreditation(did)
        if accreditation is None:
            raise NotAllowedError("issuer.not_accredited", "the school is not accredited on the chain")
        if accreditation.withdrawn:
            raise NotAllowedError("issuer.withdrawn", "the school's accreditation was withdrawn")
        if not accreditation.allows_kind(number):
            raise NotAllowedError("issuer.out_of_scope", f"the school is not accredited for the kind {kind}")
        if not accreditation.allows_code(code.encode()):
            raise NotAllowedError("issuer.out_of_scope", "the school's code is outside of the region accredited")
        for above in line[1:]:
            self._require_above(above, number, accreditation)

    def _require_above(self, did: str, number: int, below: Accreditation) -> None:
        """What is above ends what is below, and narrows it. Of whom nothing is kept nothing is held against anyone."""
        record = self._schools.accreditation(did)[1]
        if record is None:
            return
        if record.withdrawn:
            raise NotAllowedError("issuer.withdrawn", "the accreditation of an authority above was withdrawn")
        if not record.allows_kind(number) or not below.region.startswith(record.region):
            raise NotAllowedError("issuer.out_of_scope", "an authority above is not accredited for this")

    def authorize(self, caller: Caller, submission: Submission) -> bool:
        """Whether the log takes this: of the caller's own issuer, and of a kind in its scope.

        Status lists belong to no scope: a school must be able to revoke after its accreditation has ended; and then its
        parent does, in its place.
        """
        kind = entry.decode(submission.entry).kind
        ended = submission.in_place_of
        if ended is not None:
            is_list = kind == entry.STATUS_KIND and caller.issuer == submission.issuer
            return is_list and self._schools.keeper(ended) == submission.issuer
        if not own_issuer_only(caller, submission):
            return False
        if kind == entry.STATUS_KIND:
            return True
        try:
            self.require(submission.issuer, kind)
        except (NotAllowedError, NotFoundError):
            return False
        return True

    def _number(self, kind: str) -> int:
        """A kind keeps its number for good, so it is looked up once."""
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = self._kinds.get(kind).kind.number
        return number
