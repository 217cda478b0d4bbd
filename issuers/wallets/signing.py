"""A record as a wallet's credential: the same record, in one format, bound to the wallet's key (docs/wallets.md §1)."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from issuers import jose
from issuers.jose import JoseForms
from issuers.kinds import Kinds
from issuers.schools import Clock, Schools
from issuers.store import StoredRecord
from issuers.wallets.configurations import JWT_VC_JSON, LDP_VC, REPRESENTATIONS, SD_JWT, Configuration
from issuers.wallets.refusals import DENIED, refused
from ledger.formats import canonical, credential, did, suites
from ledger.formats.datetimes import render
from ledger.formats.entry import Representation
from ledger.formats.joseform import Disclosable

_NAMES = {LDP_VC: "wallet-ldp", JWT_VC_JSON: "wallet-jwt", SD_JWT: "wallet-sd-jwt"}
"""Names of their own: what one wallet holds is nobody else's form of the record."""


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A signed credential; ``signed`` is S (docs/formats.md §4), ``private`` the disclosures beside it."""

    name: str
    representation: int
    signed: bytes = field(repr=False)
    private: bytes | None = field(repr=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 of S."""
        return hashlib.sha256(self.signed).digest()


class WalletSigner:
    """Signs under the schools' own keys."""

    def __init__(self, schools: Schools, kinds: Kinds, tokens: JoseForms, clock: Clock) -> None:
        self._schools = schools
        self._kinds = kinds
        self._tokens = tokens
        self._clock = clock

    def sign(self, record: StoredRecord, chosen: Configuration, holder: bytes) -> SignedForm:
        """One form of the record; refusal ``credential_request_denied`` where it names another key's did:key."""
        unsigned = jose.unsigned(record)
        bound = _bound(unsigned, holder, named=chosen.names_holder)
        credential.check(bound, chosen.kind)
        name, representation = _NAMES[chosen.format], REPRESENTATIONS[chosen.format]
        if chosen.format == LDP_VC:
            return SignedForm(name, representation, self._secured(record, bound), None)
        form = jose.SD_JWT if chosen.format == SD_JWT else jose.VC_CLAIM
        made = self._tokens.signer(record).sign(bound, form, Disclosable(), holder)
        return SignedForm(name, representation, made.signed, made.private)

    def _secured(self, record: StoredRecord, document: dict[str, Any]) -> bytes:
        key, pair = self._schools.signing_key(record.issuer)
        signer = suites.signer(
            suites.RDFC,
            pair,
            key.verification_method,
            created=render(self._clock().replace(microsecond=0)),
            context=document["@context"],
            contexts=self._kinds.contexts(document["@context"]),
        )
        return signer.sign(document)


def shown(form: StoredRecord) -> Any:
    """What a wallet is given: the credential as an object, or the text of a JWT or SD-JWT with every disclosure."""
    if form.representation == Representation.DATA_INTEGRITY:
        return canonical.loads(form.document)
    return jose.text(form)


def _bound(document: dict[str, Any], holder: bytes, *, named: bool) -> dict[str, Any]:
    """The credential about the holder of this key."""
    subject, own = document["credentialSubject"], did.build_did_key(holder)
    about = subject.get("id")
    if about is not None and about != own:
        raise refused(DENIED, "the record is about the holder of another key")
    return document | {"credentialSubject": subject | {"id": own}} if named else document
