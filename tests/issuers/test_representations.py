"""Forms of a record made later: an entry of their own, the record's id and index, never for what is over."""

from typing import Any

import pytest

from issuers.representations import Representations
from issuers.store import StoredRecord
from ledger.formats import canonical, entry, proof, statuscredential, statuslist
from ledger.formats.datetimes import render
from ledger.formats.errors import ConflictError, NotAllowedError, NotFoundError, ProofError
from ledger.log.reader import LogReader
from tests.support.issuers import Deployment, result


def forms(deployment: Deployment) -> Representations:
    return Representations(deployment.engine, deployment.sequencer, deployment.schools, deployment.clock)


def issued(deployment: Deployment, **members: Any) -> StoredRecord:
    outcome = deployment.records.issue(deployment.one, "result", result(**members))
    return deployment.records.get(deployment.one, outcome.record_id)


def signed_again(deployment: Deployment, record: StoredRecord) -> bytes:
    """The record's credential under a new proof, by the other suite."""
    document: Any = canonical.loads(record.document)
    del document["proof"]
    key, pair = deployment.schools.signing_key(record.issuer)
    created = render(deployment.clock())
    return proof.JcsSigner(pair, key.verification_method, created=created, context=document["@context"]).sign(document)


def test_a_form_has_an_entry_of_its_own_and_the_records_identity(deployment: Deployment) -> None:
    record = issued(deployment)
    signed = signed_again(deployment, record)
    made = forms(deployment).add(deployment.one, record, "again", 1, signed, private=b"beside it")
    assert (made.idx, made.form, made.document, made.private) == (record.idx + 1, "again", signed, b"beside it")
    assert made.record_id == record.record_id and made.salt != record.salt
    (logged,) = LogReader(deployment.engine, deployment.sequencer.tree).entries(made.idx, made.idx + 1)
    member = deployment.schools.get(record.issuer)
    assert logged == entry.single("result", member.member_id, 1, made.salt, made.digest)


def test_it_is_found_by_its_own_digest(deployment: Deployment) -> None:
    record = issued(deployment)
    made = forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))
    assert deployment.records.by_digest(made.digest) == made
    assert deployment.records.by_digest(record.digest) == record
    with pytest.raises(NotFoundError):
        deployment.records.by_digest(bytes(32))


def test_made_twice_it_is_the_one_that_is_there(deployment: Deployment) -> None:
    record = issued(deployment)
    first = forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))
    deployment.clock.forward(seconds=5)
    second = forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))
    assert second == first == forms(deployment).find(record, "again")
    assert forms(deployment).find(record, "other") is None


def test_under_other_keys_there_may_be_several(deployment: Deployment) -> None:
    record = issued(deployment)
    for number in range(2):
        deployment.clock.forward(seconds=1)
        signed = signed_again(deployment, record)
        made = forms(deployment).add(deployment.one, record, "again", 1, signed, key=f"wallet {number}")
        assert made.document == signed


def test_no_form_of_a_revoked_record(deployment: Deployment) -> None:
    record = issued(deployment)
    deployment.records.revoke(deployment.one, record.record_id, "an error")
    with pytest.raises(ConflictError, match=r"record\.revoked"):
        forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))


def test_no_form_of_a_superseded_record(deployment: Deployment) -> None:
    record = issued(deployment)
    deployment.records.supersede(deployment.one, record.record_id, result(mark="91"), "a remark")
    with pytest.raises(ConflictError, match=r"record\.not_newest"):
        forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))


def test_no_form_of_a_suspended_record_until_that_is_lifted(deployment: Deployment) -> None:
    record = issued(deployment)
    deployment.records.suspend(deployment.one, record.record_id, "under review")
    with pytest.raises(ConflictError, match=r"record\.suspended"):
        forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))
    deployment.records.lift(deployment.one, record.record_id, "in order")
    assert forms(deployment).add(deployment.one, record, "again", 1, signed_again(deployment, record))


def test_another_schools_record_gets_no_form(deployment: Deployment) -> None:
    record = issued(deployment)
    with pytest.raises(NotAllowedError):
        forms(deployment).add(deployment.two, record, "again", 1, signed_again(deployment, record))


def test_what_the_school_did_not_sign_is_no_form(deployment: Deployment) -> None:
    record = issued(deployment)
    signed = signed_again(deployment, record).replace(b'"mark":"90"', b'"mark":"99"')
    with pytest.raises(ProofError):
        forms(deployment).add(deployment.one, record, "again", 1, signed)
    assert forms(deployment).find(record, "again") is None


def is_set(deployment: Deployment, record: StoredRecord, purpose: str) -> bool:
    """Whether the record's bit is set in its published list for this purpose."""
    deployment.status.publish()
    document: Any = canonical.loads(record.document)
    (entry_,) = [one for one in document["credentialStatus"] if one["statusPurpose"] == purpose]
    newest = LogReader(deployment.engine, deployment.sequencer.tree).status_list(entry_["statusListCredential"])
    assert newest is not None
    bits = statuscredential.parse(canonical.loads(newest.credential)).bits
    return bool(statuslist.get(bits, int(entry_["statusListIndex"])))


def test_a_badge_ends_with_its_record_in_the_list_that_it_names(deployment: Deployment) -> None:
    badged, plain = issued(deployment), issued(deployment, term="2026-2")
    forms(deployment).add(deployment.one, badged, "badge", 1, signed_again(deployment, badged))
    assert not is_set(deployment, badged, "suspension")
    for record, term in ((badged, "2026-1"), (plain, "2026-2")):
        changed = result(mark="91", term=term)
        deployment.records.supersede(deployment.one, record.record_id, changed, "a remark")
    assert is_set(deployment, badged, "suspension") and is_set(deployment, badged, "message")
    assert is_set(deployment, plain, "message") and not is_set(deployment, plain, "suspension")
    assert not is_set(deployment, badged, "revocation")
