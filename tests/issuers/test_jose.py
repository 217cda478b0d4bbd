"""JWTs and SD-JWTs of records: signed at once under one entry, or later under one of their own."""

from typing import Any

import pytest
from sqlalchemy import Engine

from issuers import jose
from issuers.importers.drafts import Draft
from issuers.jose import JoseForms, Wanted
from issuers.representations import Representations
from issuers.store import StoredRecord
from ledger.formats import entry, enveloped, p256, publickeys, sdjwt
from ledger.formats.entry import Representation
from ledger.formats.errors import ConflictError, FormatError
from ledger.formats.joseform import Disclosable
from ledger.log.reader import LogReader
from ledger.log.tokens import verify_jwt, verify_sd_jwt
from tests.support.issuers import Deployment, result

BOTH = Wanted.of(("sd-jwt", "jwt"))
COURSES = {"courses": [{"code": "A", "term": "1", "mark": "90"}, {"code": "B", "term": "1", "mark": "41"}]}


@pytest.fixture
def deployment(sqlite_engine: Engine) -> Deployment:
    return Deployment(sqlite_engine)


def forms(deployment: Deployment) -> JoseForms:
    added = Representations(deployment.engine, deployment.sequencer, deployment.schools, deployment.clock)
    return JoseForms(added, deployment.schools, deployment.kinds, deployment.clock)


def issued(deployment: Deployment, wanted: Wanted = BOTH, kind: str = "result", **subject: Any) -> StoredRecord:
    outcome = deployment.records.issue(deployment.one, kind, subject or result(), wanted=wanted)
    return deployment.records.get(deployment.one, outcome.record_id)


def transcript(deployment: Deployment, wanted: Wanted = BOTH) -> StoredRecord:
    return issued(deployment, wanted, "transcript", identifier="0012", transcript=COURSES)


def logged(deployment: Deployment, idx: int) -> entry.Entry:
    (data,) = LogReader(deployment.engine, deployment.sequencer.tree).entries(idx, idx + 1)
    return entry.decode(data)


def form(deployment: Deployment, record: StoredRecord, name: str) -> StoredRecord:
    found = deployment.records._store.form(record, name)
    assert found is not None
    return found


def test_forms_of_one_issuance_share_an_entry_and_nothing_else(engine: Engine) -> None:
    deployment = Deployment(engine)
    record = issued(deployment)
    jwt, sd_jwt = form(deployment, record, "jwt"), form(deployment, record, "sd-jwt")
    assert jwt.idx == sd_jwt.idx == record.idx
    assert len({record.salt, jwt.salt, sd_jwt.salt}) == 3
    committed = logged(deployment, record.idx)
    assert committed.commitments == tuple(
        (one.representation, entry.commitment(one.salt, one.digest)) for one in (record, jwt, sd_jwt)
    )
    assert [one.representation for one in (record, jwt, sd_jwt)] == [1, 2, 3]


def test_all_forms_say_the_same(deployment: Deployment) -> None:
    record = issued(deployment)
    unsigned = jose.unsigned(record)
    for name in ("jwt", "sd-jwt"):
        given = enveloped.open_text(jose.text(form(deployment, record, name)))
        assert given.credential == unsigned


def test_the_log_has_verified_each(deployment: Deployment) -> None:
    record = issued(deployment)
    assert verify_jwt(form(deployment, record, "jwt").document, record.issuer)
    assert verify_sd_jwt(form(deployment, record, "sd-jwt").document, record.issuer)


def test_without_a_word_a_record_has_one_form(deployment: Deployment) -> None:
    record = issued(deployment, Wanted())
    assert len(logged(deployment, record.idx).commitments) == 1
    assert deployment.records._store.form(record, "jwt") is None


def test_nothing_of_a_mark_is_in_what_is_signed(deployment: Deployment) -> None:
    record = transcript(deployment)
    made = form(deployment, record, "sd-jwt")
    payload = enveloped.open_sd_jwt(made.document.decode() + "~").credential
    assert payload["credentialSubject"]["transcript"] == {"courses": []}
    assert payload["credentialSubject"]["identifier"] == "0012"
    assert made.private is not None and made.private.count(b"~") == 1


def test_whole_imports_have_forms(deployment: Deployment) -> None:
    drafts = [Draft(result(f"{n}"), n + 2) for n in range(5)]
    outcomes = deployment.records.issue_many(deployment.one, "result", drafts, wanted=Wanted.of(("jwt",)))
    for outcome in outcomes:
        record = deployment.records.get(deployment.one, outcome.record_id)
        assert form(deployment, record, "jwt").idx == outcome.index


def test_what_a_learner_must_show_is_listed(deployment: Deployment) -> None:
    record = transcript(deployment, Wanted.of(("sd-jwt",), ("/transcript/courses/1",)))
    text = jose.text(form(deployment, record, "sd-jwt"))
    secured = enveloped.open_sd_jwt(text).secured
    assert secured is not None and secured.missing == 0
    token, disclosures, _ = sdjwt.split(text)
    for kept in range(2):
        found = enveloped.open_sd_jwt(sdjwt.join(token, [disclosures[kept]])).secured
        assert found is not None and found.missing == (1 if kept == 0 else 0)


@pytest.mark.parametrize("pointer", ["", "transcript", "/transcript/courses/2", "/nothing", "/id", "/transcript/*/*/x"])
def test_a_pointer_that_leads_nowhere_stops_the_issuance(deployment: Deployment, pointer: str) -> None:
    with pytest.raises(FormatError):
        transcript(deployment, Wanted.of(("sd-jwt",), (pointer,)))


def test_forms_that_there_are_not() -> None:
    for name in ("jwt-vc", "sm2", "", "JWT"):
        with pytest.raises(FormatError):
            Wanted.of((name,))


def test_a_form_made_later_has_an_entry_of_its_own(deployment: Deployment) -> None:
    record = issued(deployment, Wanted())
    for number, (name, representation) in enumerate(jose.FORMS.items(), 1):
        made = forms(deployment).get(deployment.one, record, name)
        assert (made.idx, made.record_id, made.representation) == (
            record.idx + number,
            record.record_id,
            representation,
        )
        pairs = logged(deployment, made.idx).commitments
        assert pairs == ((representation, entry.commitment(made.salt, made.digest)),)
        assert forms(deployment).get(deployment.one, record, name) == made
        assert enveloped.open_text(jose.text(made)).credential == jose.unsigned(record)
    assert made.representation == Representation.SD_JWT


def test_a_form_for_a_wallet_is_bound_to_its_key(deployment: Deployment) -> None:
    record = issued(deployment, Wanted())
    made = []
    for number in range(2):
        wallet = b"\x80\x24" + p256.generate(bytes([number + 1]) * 32).public
        made.append(forms(deployment).add(deployment.one, record, "sd-jwt", holder=wallet, key=f"wallet {number}"))
        secured = enveloped.open_sd_jwt(jose.text(made[-1])).secured
        assert secured is not None
        assert publickeys.from_jwk(secured.token.payload["cnf"]["jwk"]) == wallet
    assert made[0].idx != made[1].idx
    with pytest.raises(ConflictError):
        forms(deployment).add(deployment.one, record, "sd-jwt", key="wallet 0")


def test_the_wallet_may_choose_what_is_disclosable(deployment: Deployment) -> None:
    record = issued(deployment, Wanted())
    every = Disclosable(pointers=("/identifier", "/result/*"))
    made = forms(deployment).add(deployment.one, record, "sd-jwt", disclosable=every)
    hidden = enveloped.open_sd_jwt(made.document.decode() + "~").credential["credentialSubject"]
    assert hidden == {"result": {}}


def test_nothing_of_what_is_over(deployment: Deployment) -> None:
    record = issued(deployment, Wanted())
    deployment.records.revoke(deployment.one, record.record_id, "an error")
    for name in jose.FORMS:
        with pytest.raises(ConflictError, match=r"record\.revoked"):
            forms(deployment).get(deployment.one, record, name)
    with pytest.raises(ConflictError, match=r"form\.none"):
        forms(deployment).add(deployment.one, record, "cwt")


def test_a_further_key_signs_once_it_is_activated(deployment: Deployment) -> None:
    did = deployment.one.issuer or ""
    deployment.clock.forward(seconds=1)
    new = deployment.schools.activate_key(did, deployment.schools.add_key(did, "p256").multikey)
    record = issued(deployment, Wanted.of(("jwt",)))
    secured = enveloped.open_text(jose.text(form(deployment, record, "jwt"))).secured
    assert secured is not None and secured.method == new.verification_method
