"""One verification under way: what was given, and what the checks have found so far."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ledger.formats.bundle import Anchor, Material
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.credential import Parsed
from ledger.formats.enveloped import Secured
from ledger.formats.errors import FormatError
from ledger.formats.jws import Token
from ledger.formats.kind import Kind
from ledger.formats.trustroot import TrustRoot
from verifier.evidence import Absence, Evidence
from verifier.facts.chainstate import ChainState
from verifier.facts.library import Ground
from verifier.facts.standing import Standing
from verifier.policy import NO_DEMANDS, Demands, Policy
from verifier.report import Check, Outcome


class Question(NamedTuple):
    """What is asked of every document: the arguments of ``Verifier.verify``."""

    root: TrustRoot
    policy: Policy
    now: datetime
    evidence: Evidence
    domain: str | None
    challenge: str | None
    contexts: Contexts = BUNDLED
    """What words mean, besides the kind's own."""
    share: int = 1
    """Of how many documents this is one that have the bounds of one among them (``rdfc.canonicalize``)."""
    demands: Demands = NO_DEMANDS
    """What the reader asks beyond the policy."""

    @property
    def is_challenged(self) -> bool:
        """Whether a proof by the holder is asked for."""
        return self.domain is not None or self.challenge is not None


@dataclass(slots=True)
class Case:
    """``signed`` is the signed document S and ``digest`` its SHA-256; facts that are not proven are None.

    ``numbers_unseen``: the numbers in S have not been looked at yet (``Bundle.signed``). ``unread`` is why a signature
    over RDF could not be looked at, ``rests_on_kind`` whether one took the kind's word for what it signs. ``secured``
    is the JWT or SD-JWT around the credential, ``vp`` the JWT of a presentation.
    """

    question: Question
    credential: dict[str, Any]
    presentation: dict[str, Any] | None
    salt: bytes | None
    material: Material
    signed: bytes
    numbers_unseen: bool
    issuer: str | None
    ground: Ground
    digest: bytes = b""
    key: bytes | None = None
    key_is_bound: bool = False
    unread: FormatError | None = None
    rests_on_kind: bool = False
    absence: Absence | None = None
    kind: Kind | None = None
    parsed: Parsed | None = None
    state: ChainState | None = None
    anchored: Anchor | None = None
    newest: Anchor | None = None
    standing: Standing | None = None
    checks: dict[str, Check] = field(default_factory=dict)
    summary_of: bytes | None = None
    """The digest of the record that this is a summary of, if it is one (docs/formats.md §15)."""
    secured: Secured | None = None
    sealed: dict[str, Any] | None = None
    """The SM2 envelope around the credential, if it came in one (docs/formats.md §17)."""
    vp: Token | None = None
    shown: str | None = None
    """What the sheet draws that the document came in, if it came in one (docs/formats.md §14)."""
    beside: tuple[str, ...] = ()
    """What the sheet has that no sheet of a record has: places of ``differs``."""

    @property
    def words_are_known(self) -> bool:
        """Whether what the signature is over means what it seems to: the kind, if it says so, is the registered one."""
        return not self.rests_on_kind or (self.standing is not None and self.standing.kind_is_registered)

    @property
    def is_included(self) -> bool:
        """Whether the log is proven to have this document; more witnesses may be wanted, and that is another matter."""
        check = self.checks["inclusion"]
        return check.outcome is Outcome.PASS or check.code == "inclusion.unwitnessed"
