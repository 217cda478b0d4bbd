"""JWTs and SD-JWTs of a school's records (docs/formats.md §4.1, §4.2): signed with the record, or later for a wallet.

Signed with the record, a form shares its entry and has a salt of its own there; made later, it has an entry of its own
(``issuers/representations.py``). Either way it has the record's id and status index, and says what the record says.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from issuers.kinds import Kinds
from issuers.representations import Representations
from issuers.schools import Clock, Schools
from issuers.store import StoredRecord
from ledger.formats import canonical, joseform, sdjwt
from ledger.formats.entry import Representation
from ledger.formats.errors import ConflictError, FormatError
from ledger.formats.joseform import Disclosable, JoseKey
from ledger.formats.kind import Kind
from ledger.log.submission import Caller

JWT, VC_CLAIM, SD_JWT = "jwt", "jwt-vc", "sd-jwt"
FORMS = {JWT: Representation.JWT, VC_CLAIM: Representation.JWT, SD_JWT: Representation.SD_JWT}
"""Forms by name, with their type in the entry. ``jwt-vc`` is what OpenID4VCI calls ``jwt_vc_json``."""
TOKENS = frozenset(FORMS.values())
"""Types of signed forms that are tokens, whatever such a form is called: what a wallet holds has a name of its own."""
AT_ISSUANCE = (JWT, SD_JWT)
"""Those that may be signed with the record itself: one of each type."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which further forms a record is signed in, and what its learner may keep back of an SD-JWT."""

    forms: tuple[str, ...] = ()
    disclosable: Disclosable = field(default_factory=Disclosable)

    @classmethod
    def of(cls, forms: Sequence[str], mandatory: Sequence[str] = ()) -> "Wanted":
        """Each form once, in the order of the entry; FormatError ``record.representation`` for others."""
        unknown = set(forms) - set(AT_ISSUANCE)
        if unknown:
            raise FormatError("record.representation", f"a record is signed as {' and '.join(AT_ISSUANCE)} besides")
        return cls(tuple(name for name in AT_ISSUANCE if name in forms), Disclosable(mandatory=tuple(mandatory)))


NOTHING_MORE = Wanted()


@dataclass(frozen=True, slots=True)
class Form:
    """A signed form: its name, S, and for an SD-JWT its disclosures, which go where the document goes."""

    name: str
    signed: bytes = field(repr=False)
    private: bytes | None = field(default=None, repr=False)

    @property
    def representation(self) -> int:
        """Its type in the entry."""
        return FORMS[self.name]


class JoseSigner:
    """Signs forms of one school's records of one kind, at one time."""

    def __init__(self, key: JoseKey, kind: Kind, now: datetime) -> None:
        self._key, self._kind, self._now = key, kind, now

    def sign(
        self, credential: dict[str, Any], name: str, disclosable: Disclosable, holder: bytes | None = None
    ) -> Form:
        """One form of a credential without a proof; ``holder`` is the key that its presentations are bound to."""
        if name == SD_JWT:
            made = joseform.sign_sd_jwt(
                credential,
                self._kind,
                self._key,
                self._now,
                salts=lambda: os.urandom(sdjwt.SALT_BYTES),
                disclosable=disclosable,
                holder=holder,
            )
            texts = "~".join(one.text for one in made.disclosures.values())
            return Form(name, made.token.encode("ascii"), texts.encode("ascii"))
        sign = joseform.sign_vc_claim if name == VC_CLAIM else joseform.sign_jwt
        return Form(name, sign(credential, self._key, self._now).encode("ascii"))


class JoseForms:
    """Makes forms of records that are in the log already."""

    def __init__(self, representations: Representations, schools: Schools, kinds: Kinds, clock: Clock) -> None:
        self._representations = representations
        self._schools = schools
        self._kinds = kinds
        self._clock = clock

    def get(self, caller: Caller, record: StoredRecord, name: str) -> StoredRecord:
        """The record's form of this name, for whoever holds it; signed and logged now where there is none yet.

        Raises ConflictError ``record.revoked`` or ``record.not_newest`` where the record counts no more, ``form.none``
        for a name that is none; as the log does otherwise.
        """
        return self._representations.find(record, name) or self.add(caller, record, name)

    def add(
        self,
        caller: Caller,
        record: StoredRecord,
        name: str,
        *,
        holder: bytes | None = None,
        disclosable: Disclosable | None = None,
        key: str | None = None,
    ) -> StoredRecord:
        """One more form, under an entry of its own: for a wallet with the key ``holder`` (as ``publickeys`` has it).

        ``key`` names it in the log for good, such as the request for it; without, there is one of each name. The form's
        ``document`` and ``private`` make up its text: see ``text``. Raises as ``get``.
        """
        if name not in FORMS:
            raise ConflictError("form.none", f"no form of a record is called {name[:32]}")
        self._representations.require_current(record)
        made = self.signer(record).sign(unsigned(record), name, disclosable or Disclosable(), holder)
        return self._representations.add(
            caller, record, name, made.representation, made.signed, private=made.private, key=key
        )

    def signer(self, record: StoredRecord) -> JoseSigner:
        """Signs under the school's key, now."""
        kind = self._kinds.get(record.kind, record.version).kind
        return JoseSigner(jose_key(self._schools, record.issuer), kind, self._clock().replace(microsecond=0))


def jose_key(schools: Schools, did: str) -> JoseKey:
    """The P-256 key that signs for a school now; NotFoundError ``school.no_key``."""
    key, pair = schools.jose_key(did)
    return JoseKey(key.verification_method, pair.secret)


def unsigned(record: StoredRecord) -> dict[str, Any]:
    """The credential that a record's own document secures."""
    document: Any = canonical.loads(record.document)
    return {name: value for name, value in document.items() if name != "proof"}


def text(form: StoredRecord) -> str:
    """The compact JWT, or the SD-JWT with every disclosure, as its holder gets it."""
    token = form.document.decode("ascii")
    if form.representation != Representation.SD_JWT:
        return token
    return sdjwt.join(token, (form.private or b"").decode("ascii").split("~") if form.private else ())
