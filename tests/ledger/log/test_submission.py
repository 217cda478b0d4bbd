"""Nothing gets into the log that its issuer did not sign, that the caller may not submit, or that does not open."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.formats import canonical, entry, registry
from ledger.formats.entry import Entry, Representation
from ledger.formats.errors import RollbookError
from ledger.log import submission
from ledger.log.submission import Caller, SignedDocument, Submission, check, nobody, own_issuer_only
from tests.support.logs import open_sequencer
from tests.support.school import School

SCHOOL, OTHER = School("one"), School("two")
GOOD = SCHOOL.submission(1)
DOCUMENT = GOOD.documents[0]
COMMITTED = entry.decode(GOOD.entry)


def _refused(submission: Submission, caller: Caller = SCHOOL.caller) -> str:
    with pytest.raises(RollbookError) as caught:
        check(submission, caller, own_issuer_only)
    return caught.value.code


def _of(document: SignedDocument) -> Submission:
    return replace(GOOD, documents=(document,), entry=SCHOOL.entry(document))


def _resigned(**members: Any) -> Submission:
    return _of(SCHOOL.document(1, **members))


def _tampered(change: Callable[[dict[str, Any]], object]) -> Submission:
    document = canonical.loads(DOCUMENT.signed)
    assert isinstance(document, dict)
    change(document)
    return _of(replace(DOCUMENT, signed=canonical.dumps(document)))


def test_a_good_submission_passes() -> None:
    check(GOOD, SCHOOL.caller, own_issuer_only)


def test_an_issuer_with_a_name_beside_its_did_passes() -> None:
    check(_resigned(issuer={"id": SCHOOL.did, "name": "x"}), SCHOOL.caller, own_issuer_only)


def test_nobody_may_submit_where_nobody_was_let() -> None:
    with pytest.raises(RollbookError) as caught:
        check(GOOD, SCHOOL.caller, nobody)
    assert caught.value.code == "log.not_allowed"


@pytest.mark.parametrize("caller", [OTHER.caller, Caller("nobody", None)])
def test_a_caller_submits_for_no_other_issuer(caller: Caller) -> None:
    assert _refused(GOOD, caller) == "log.not_allowed"


def test_a_submission_in_anothers_name_with_ones_own_entry_is_refused() -> None:
    assert _refused(replace(GOOD, issuer=OTHER.did), OTHER.caller) == "log.malformed"


@pytest.mark.parametrize("data", [b"", GOOD.entry[:-1], GOOD.entry + b"\0", b"\x02" + GOOD.entry[1:]])
def test_an_entry_that_is_none_is_refused(data: bytes) -> None:
    assert _refused(replace(GOOD, entry=data)) == "entry.malformed"


def test_the_kind_of_status_lists_is_reserved() -> None:
    assert _refused(replace(GOOD, entry=SCHOOL.entry(DOCUMENT, "status-list"))) == "log.not_allowed"


def test_the_salt_of_status_lists_is_reserved() -> None:
    assert _refused(_of(replace(DOCUMENT, salt=bytes(32)))) == "log.malformed"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\0b", "\ud800"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    assert _refused(replace(GOOD, key=key)) == "log.malformed"


@pytest.mark.parametrize("salt", [bytes([1]) * 32, DOCUMENT.salt[:-1] + b"\0"])
def test_a_commitment_under_another_salt_is_refused(salt: bytes) -> None:
    assert _refused(replace(GOOD, documents=(replace(DOCUMENT, salt=salt),))) == "log.wrong_commitment"


def test_a_commitment_to_another_document_is_refused() -> None:
    other = replace(SCHOOL.document(2), salt=DOCUMENT.salt)
    assert _refused(replace(GOOD, documents=(other,))) == "log.wrong_commitment"


def test_a_commitment_without_a_document_is_refused() -> None:
    assert _refused(replace(GOOD, documents=())) == "log.malformed"
    pairs = (*COMMITTED.commitments, (2, bytes(32)))
    more = entry.encode(Entry("transcript", COMMITTED.issuer_id, pairs))
    assert _refused(replace(GOOD, entry=more)) == "log.malformed"


def test_a_document_without_a_commitment_is_refused() -> None:
    assert _refused(replace(GOOD, documents=(DOCUMENT, DOCUMENT))) == "log.malformed"


def test_a_representation_that_cannot_be_verified_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "_VERIFIERS", {Representation.DATA_INTEGRITY: submission.verify_data_integrity})
    assert _refused(_of(replace(DOCUMENT, representation=Representation.SM2))) == "log.unsupported"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d["credentialSubject"].update(name="x"), "proof.invalid"),
        (lambda d: d.update(validUntil="2099-01-01T00:00:00Z"), "proof.invalid"),
        (lambda d: d["proof"].update(created="2026-07-02T00:00:00Z"), "proof.invalid"),
        (lambda d: d["proof"].update(verificationMethod=OTHER.method), "proof.invalid"),
        (lambda d: d["proof"].update(proofPurpose="authentication"), "proof.wrong_purpose"),
        (lambda d: d.pop("proof"), "proof.missing"),
        (lambda d: d["proof"].update(cryptosuite="eddsa-2022"), "proof.unsupported"),
        (lambda d: d["proof"].update(type="Ed25519Signature2020"), "proof.unsupported"),
        (lambda d: d.update(proof=[d["proof"], d["proof"] | {"cryptosuite": "x"}]), "proof.unsupported"),
        (lambda d: d.update(proof=[d["proof"], 5]), "proof.invalid"),
        (lambda d: d.update(proof=[]), "proof.missing"),
    ],
)
def test_an_altered_document_is_refused(change: Callable[[dict[str, Any]], object], code: str) -> None:
    assert _refused(_tampered(change)) == code


def test_a_document_signed_by_another_is_refused() -> None:
    assert _refused(_of(OTHER.document(1, issuer=SCHOOL.did))) == "proof.wrong_key"


def test_a_document_issued_by_another_is_refused() -> None:
    assert _refused(_resigned(issuer=OTHER.did)) == "proof.wrong_key"
    assert _refused(_resigned(issuer={"name": SCHOOL.did})) == "proof.wrong_key"


def test_another_spelling_of_a_signed_document_is_refused() -> None:
    loose = DOCUMENT.signed.replace(b'{"@context"', b'{ "@context"', 1)
    assert loose != DOCUMENT.signed
    assert _refused(_of(replace(DOCUMENT, signed=loose))) == "document.malformed"


@pytest.mark.parametrize("signed", [b"[]", b'"x"', b"1"])
def test_a_document_that_is_no_object_is_refused(signed: bytes) -> None:
    assert _refused(_of(replace(DOCUMENT, signed=signed))) == "document.malformed"


def test_two_members_of_one_name_are_refused() -> None:
    doubled = DOCUMENT.signed[:-1] + b',"type":"x"}'
    assert _refused(_of(replace(DOCUMENT, signed=doubled))) == "document.duplicate_key"


def test_what_is_refused_leaves_nothing_in_the_log(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    bad = _resigned(issuer=OTHER.did)
    with pytest.raises(RollbookError):
        sequencer.append([SCHOOL.submission(7), replace(bad, key="other")], caller=SCHOOL.caller)
    assert sequencer.size == 0
    assert sequencer.append([], caller=SCHOOL.caller) == []


def test_signed_bytes_and_salts_are_in_no_repr() -> None:
    assert DOCUMENT.signed.hex() not in repr(GOOD)
    assert repr(DOCUMENT.salt) not in repr(GOOD)
    assert registry.member_id(SCHOOL.did) == COMMITTED.issuer_id
