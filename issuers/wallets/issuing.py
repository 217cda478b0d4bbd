"""The credential and deferred credential endpoints' work (OpenID4VCI 1.0 §8, §9): from an access token to a credential.

A request goes so, and a crash leaves:

1. The token, the request's form and the key proof are checked. Nothing is written.
2. The nonce is used up. If we were to crash here, the wallet takes a new one.
3. The credential is signed, and goes into the log together with the row that says whose key it is for. If we were to
   crash here, it is there, and the same request with a new nonce gives it.
4. It is answered, or, where the offer says to wait for the anchor, a transaction id.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, select

from issuers.jose import JoseForms
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.representations import Representations
from issuers.schools import Clock, Member, Schools
from issuers.store import RecordStore, StoredRecord
from issuers.wallets import configurations, keyproof, signing
from issuers.wallets.configurations import Configuration
from issuers.wallets.nonces import Nonces
from issuers.wallets.notifications import Notifications
from issuers.wallets.offers import AFTER_ANCHOR, Offer, Offers, digest
from issuers.wallets.refusals import (
    DENIED,
    INVALID_CREDENTIAL_REQUEST,
    INVALID_ENCRYPTION,
    INVALID_PROOF,
    INVALID_TRANSACTION,
    UNKNOWN_CONFIGURATION,
    UNKNOWN_IDENTIFIER,
    refused,
)
from issuers.wallets.tables import WalletFormRow
from ledger.formats import publickeys
from ledger.formats.errors import ConflictError, NotAllowedError, NotFoundError, UnavailableError
from ledger.formats.multibase import base64url_encode
from ledger.log.bulk import LOG_INDEX
from ledger.log.submission import Caller
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

INTERVAL = 5
"""Seconds that a wallet waits before it asks again."""
_FORMS = table_of(WalletFormRow)

Require = Callable[[str, str], None]
"""Raises NotAllowedError where a school (a DID) may not sign a kind now."""
AnchorOver = Callable[[int], object | None]
"""The anchor of the first checkpoint that holds the entry at an index, or None while the chain has accepted none."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """It waits; ``transaction_id`` is what to ask by."""

    transaction_id: str


Answer = StoredRecord | Deferred


class WalletIssuing:
    """Gives offered records to wallets. ``issuer`` in its methods is the credential issuer's identifier."""

    def __init__(
        self,
        engine: Engine,
        schools: Schools,
        kinds: Kinds,
        representations: Representations,
        tokens: JoseForms,
        keystore: Keystore,
        clock: Clock,
        require: Require,
        anchor_over: AnchorOver,
    ) -> None:
        self._engine = engine
        self._store = RecordStore(engine)
        self._kinds = kinds
        self._representations = representations
        self._signing = signing.WalletSigner(schools, kinds, tokens, clock)
        self.offers = Offers(engine, keystore, clock)
        self.nonces = Nonces(engine, keystore, clock)
        self.notifications = Notifications(engine, keystore, self.offers, clock)
        self._clock = clock
        self._require = require
        self._anchor_over = anchor_over

    def issue(self, member: Member, issuer: str, token: str, request: Mapping[str, Any]) -> Answer:
        """The credential that a request is for, or what to ask for it by; refusals of §8.3.1, ``invalid_token``."""
        offer = self.offers.authenticate(member, token)  # 1
        chosen = self._configuration(offer, request)
        proof = keyproof.check(_one_proof(request), issuer, chosen.proof_algorithms, self._now())
        self.nonces.use(issuer, proof.nonce)  # 2
        record = self._record(member, offer)
        form = self._existing(offer, chosen, proof.holder) or self._make(member, offer, record, chosen, proof.holder)
        return self._given(offer, chosen, form)  # 4

    def deferred(self, member: Member, token: str, transaction_id: object) -> Answer:
        """What was waited for, once, or still the wait; refusals of §9.3, ``invalid_token``."""
        offer = self.offers.authenticate(member, token)
        if not isinstance(transaction_id, str):
            raise refused(INVALID_CREDENTIAL_REQUEST, "transaction_id is text")
        mine = (_FORMS.c.offer_id == offer.id) & (_FORMS.c.transaction_id == digest(transaction_id))
        with reading(self._engine) as connection:
            row = connection.execute(select(_FORMS).where(mine)).one_or_none()
        if row is None:
            raise refused(INVALID_TRANSACTION, "there is no such transaction, or it is over")
        self._record(member, offer)
        if self._anchor_over(row.idx) is None:
            return Deferred(transaction_id)
        with writing(self._engine) as connection:
            over = {"transaction_id": None, "delivered_at": self._now()}
            if connection.execute(_FORMS.update().where(mine).values(over)).rowcount != 1:
                raise refused(INVALID_TRANSACTION, "there is no such transaction, or it is over")
        return self._store.by_digest(bytes(row.digest))

    def _configuration(self, offer: Offer, request: Mapping[str, Any]) -> Configuration:
        if "credential_response_encryption" in request:
            raise refused(INVALID_ENCRYPTION, "responses are not encrypted here")
        wanted = request.get("credential_configuration_id")
        if "credential_identifier" in request:
            if wanted is not None:
                raise refused(INVALID_CREDENTIAL_REQUEST, "either credential_identifier or credential_configuration_id")
            raise refused(UNKNOWN_IDENTIFIER, "no credential identifiers are given out here")
        if not isinstance(wanted, str):
            raise refused(INVALID_CREDENTIAL_REQUEST, "credential_configuration_id is missing")
        try:
            found = configurations.find(self._kinds, wanted)
        except NotFoundError:
            raise refused(UNKNOWN_CONFIGURATION, "there is no such credential configuration") from None
        if wanted not in offer.configurations:
            raise refused(UNKNOWN_CONFIGURATION, "the credential configuration was not offered")
        return found

    def _record(self, member: Member, offer: Offer) -> StoredRecord:
        """The offered record, which counts and which its school may sign now; refusal ``credential_request_denied``."""
        try:
            record = self._store.get(member, offer.record_id)
            self._representations.require_current(record)
            self._require(record.issuer, record.kind)
        except (ConflictError, NotFoundError, NotAllowedError) as error:
            raise refused(DENIED, f"the record is not given out: {error.code}") from None
        if record.suspended is not None:
            raise refused(DENIED, "the record is not given out: record.suspended")
        return record

    def _row(self, offer: Offer, chosen: Configuration) -> Row[Any] | None:
        here = (_FORMS.c.offer_id == offer.id) & (_FORMS.c.configuration == chosen.id)
        with reading(self._engine) as connection:
            return connection.execute(select(_FORMS).where(here)).one_or_none()

    def _existing(self, offer: Offer, chosen: Configuration, holder: bytes) -> StoredRecord | None:
        """What this offer has led to already, for the same key; a refusal where another key was first."""
        row = self._row(offer, chosen)
        if row is None:
            return None
        if row.holder != publickeys.to_multikey(holder):
            raise refused(DENIED, "this credential was given to another key")
        return self._store.by_digest(bytes(row.digest))

    def _make(
        self, member: Member, offer: Offer, record: StoredRecord, chosen: Configuration, holder: bytes
    ) -> StoredRecord:
        try:
            made = self._signing.sign(record, chosen, holder)
        except NotFoundError as error:  # the school's keys have ended
            raise refused(DENIED, f"the record is not given out: {error.code}") from None
        row = {
            "offer_id": offer.id,
            "configuration": chosen.id,
            "holder": publickeys.to_multikey(holder),
            "idx": LOG_INDEX,
            "digest": made.digest,
            "transaction_id": None,
            "delivered_at": None,
            "event": None,
            "event_description": None,
            "event_at": None,
        }
        caller = Caller(f"offer {offer.id}", member.did)
        name = f"wallet {offer.id} {chosen.id}"
        try:
            return self._representations.add(  # 3
                caller,
                record,
                made.name,
                made.representation,
                made.signed,
                private=made.private,
                key=name,
                rows=((_FORMS, row),),
            )
        except ConflictError as error:
            if error.code not in ("log.conflict", "log.row_conflict"):
                raise refused(DENIED, f"the record is not given out: {error.code}") from None
        # The same request, at the same time: whichever came first is the one.
        found = self._existing(offer, chosen, holder)
        if found is None:  # the same key took the same record in the same second by another offer: the same bytes
            raise UnavailableError("offer.contended", "try again in a second")
        return found

    def _given(self, offer: Offer, chosen: Configuration, form: StoredRecord) -> Answer:
        here = (_FORMS.c.offer_id == offer.id) & (_FORMS.c.configuration == chosen.id)
        if offer.after == AFTER_ANCHOR and self._anchor_over(form.idx) is None:
            transaction_id = base64url_encode(os.urandom(32))
            with writing(self._engine) as connection:
                connection.execute(_FORMS.update().where(here).values(transaction_id=digest(transaction_id)))
            return Deferred(transaction_id)
        with writing(self._engine) as connection:
            connection.execute(_FORMS.update().where(here).values(transaction_id=None, delivered_at=self._now()))
        return form

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _one_proof(request: Mapping[str, Any]) -> object:
    """The one key proof of a request (§8.2); refusal ``invalid_proof`` for none, several, or one of another type."""
    proofs = request.get("proofs")
    if not isinstance(proofs, dict) or list(proofs) != ["jwt"]:
        raise refused(INVALID_PROOF, "proofs has exactly the member jwt")
    listed = proofs["jwt"]
    if not isinstance(listed, list) or len(listed) != 1:
        raise refused(INVALID_PROOF, "proofs.jwt has one key proof: there are no batches here")
    return listed[0]
