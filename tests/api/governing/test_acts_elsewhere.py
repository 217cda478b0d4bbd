"""What an authority does from elsewhere, on the contract itself, while the ledger is open.

Files are judged by the registry as it is then, whatever they bring; and what ended there signs nothing more here.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import acts
from api.checking import Checking
from api.clock import now
from api.http.app import create_app
from issuers.importers.drafts import Draft
from issuers.jose import Wanted as Forms
from issuers.schools import Member
from issuers.signing_keys import SigningKey
from ledger.chain.protocol import Call
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats import canonical, registry
from ledger.formats.errors import ConflictError, NotFoundError, RollbookError
from tests.api.governing.conftest import Here
from tests.api.governing.test_going_on import acting
from tests.support.issuers import result
from verifier.policy import Demands
from verifier.report import Report, Verdict
from verifier.verifier import Verifier


@pytest.fixture
def member(here: Here, request: pytest.FixtureRequest) -> Member:
    """A school for each test."""
    names = sorted(item.nodeid for item in request.session.items if item.path == request.path)
    return here.add_school(f"36010007{names.index(request.node.nodeid):02d}")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The half minute for which an answer counts is over at once."""
    monkeypatch.setattr("api.standing.KEPT_SECONDS", 0.0)
    monkeypatch.setattr("ledger.chain.history.LATEST_SECONDS", 0.0)


@pytest.fixture
def client(here: Here) -> Iterator[TestClient]:
    with TestClient(create_app(here.deployment), base_url="http://localhost:8000") as found:
        yield found


def send(here: Here, call: Call) -> None:
    here.deployment.registry.chain.transact(call, acting(here))


def contract(here: Here) -> IssuerRegistryClient:
    return here.deployment.registry


def report_theft(here: Here, member: Member, key: SigningKey, since: int = 1) -> None:
    send(here, contract(here).compromise_key(member.member_id, registry.key_id(key.public_key), since))
    here.deployment.checking._newest.forget()  # two seconds later


def anchored(here: Here, member: Member) -> str:
    made = here.issue(member.code)
    here.deployment.settle()
    return made


def key_of(here: Here, member: Member, curve: str) -> SigningKey:
    return next(key for key in here.deployment.schools.signing_keys(member.did) if key.curve == curve)


def told(report: Report) -> tuple[Verdict, str]:
    return report.verdict, report["issuer"].code


STOLEN = (Verdict.INVALID, "issuer.key_compromised")
GOOD = (Verdict.VALID, "issuer.ok")


def same(here: Here, bundle: bytes, expected: tuple[Verdict, str]) -> None:
    """What a server says of a file and of the bare credential in it."""
    checking, bare = here.deployment.checking, canonical.dumps(json.loads(bundle)["credential"])
    assert told(checking.verify(bundle)) == told(checking.verify(bare)) == expected
    (quick,) = checking.quick_many([bundle])
    assert quick is None or told(quick) == expected


def test_a_theft_that_is_reported_with_nothing_anchored_since(here: Here, member: Member) -> None:
    bundle = here.bundle(anchored(here, member), member.code)
    same(here, bundle, GOOD)
    report_theft(here, member, key_of(here, member, "ed25519"))
    assert told(here.judge(bundle)) == GOOD  # by what it brings
    same(here, bundle, STOLEN)


def test_a_theft_of_the_key_of_another_form(here: Here, member: Member, client: TestClient) -> None:
    deployment, found = here.deployment, anchored(here, member)
    record = deployment.store.get(member, found)
    form = deployment.forms.get(here.caller(member.code), record, "jwt")
    deployment.settle()
    bundle = deployment.proofs.bundle(form)
    headers = {"content-type": "application/json"}
    assert client.post("/v1/verify", content=bundle, headers=headers).json()["verdict"] == "valid"
    report_theft(here, member, key_of(here, member, "p256"))
    answer = client.post("/v1/verify", content=bundle, headers=headers).json()
    assert (answer["verdict"], answer["checks"][2]["code"]) == ("invalid", "issuer.key_compromised")
    same(here, here.bundle(found, member.code), GOOD)  # the other key was not stolen


def test_a_theft_of_a_key_that_was_rotated_long_ago(here: Here, member: Member) -> None:
    found, old = anchored(here, member), key_of(here, member, "ed25519")
    acts.rotate(here.deployment, member, "ed25519")
    bundle = here.bundle(found, member.code)
    same(here, bundle, GOOD)
    report_theft(here, member, old)
    same(here, bundle, STOLEN)


def test_an_end_and_a_return_where_schools_must_still_be_accredited(here: Here, member: Member) -> None:
    given = here.deployment.checking
    verifier = Verifier(here.deployment.trust_root, demands=Demands(current=True))
    checking = Checking(verifier, given._evidence, given._newest, now)
    found = anchored(here, member)
    before = here.bundle(found, member.code)
    assert told(checking.verify(before)) == GOOD
    send(here, contract(here).withdraw(member.member_id))
    given._newest.forget()
    assert told(checking.verify(before)) == (Verdict.INVALID, "issuer.withdrawn")
    ended = here.bundle(found, member.code)
    assert told(checking.verify(ended)) == (Verdict.INVALID, "issuer.withdrawn")
    node = here.deployment.governing.tree.node(member.member_id)
    last = node.newest
    again = contract(here).accredit(node.parent, node.id, node.controller, node.profile, last.region, last.kinds)
    send(here, again)
    given._newest.forget()
    assert told(checking.verify(ended)) == GOOD


def issue(here: Here, member: Member, *forms: str) -> None:
    here.issued += 1
    subject = result(f"{here.issued:05d}", code=f"E{here.issued}")
    here.deployment.records.issue(here.caller(member.code), "result", subject, wanted=Forms.of(forms))


@pytest.mark.parametrize("act", ["compromise", "retire"])
def test_a_key_that_ended_elsewhere_signs_nothing_more(
    here: Here, member: Member, client: TestClient, act: str
) -> None:
    deployment = here.deployment
    found, size = anchored(here, member), deployment.sequencer.size
    key = key_of(here, member, "ed25519")
    if act == "compromise":
        report_theft(here, member, key)
    else:
        send(here, contract(here).retire_key(member.member_id, registry.key_id(key.public_key)))
    bearer = {"authorization": f"Bearer {deployment.api_keys.create(member.did, 'tests')}"}
    body = {"type": ["VerifiableCredential", "ResultCredential"], "credentialSubject": result("1", code="E")}
    refused = client.post("/credentials/issue", json={"credential": body}, headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "school.no_key")
    formed = client.post(f"/v1/records/{found}/forms/badge", headers=bearer)
    assert (formed.status_code, formed.json()["code"]) == (403, "school.no_key")
    deployment.records.revoke(here.caller(member.code), found, "so that a list is due")
    with pytest.raises(NotFoundError, match=r"school\.no_key"):
        deployment.status.publish()
    assert deployment.sequencer.size == size
    acts.rotate(deployment, member, "ed25519")
    issue(here, member)


def test_a_p256_key_that_was_stolen_signs_no_form(here: Here, member: Member) -> None:
    found = anchored(here, member)
    report_theft(here, member, key_of(here, member, "p256"))
    record = here.deployment.store.get(member, found)
    tries: list[Any] = [
        lambda: issue(here, member, "jwt"),
        lambda: issue(here, member, "sd-jwt"),
        lambda: here.deployment.forms.get(here.caller(member.code), record, "jwt"),
    ]
    for sign in tries:
        size = here.deployment.sequencer.size
        with pytest.raises(NotFoundError, match=r"school\.no_key"):
            sign()
        assert here.deployment.sequencer.size == size
    issue(here, member)  # under the other key


def test_lists_are_signed_anew_under_the_key_that_is_left(here: Here, member: Member) -> None:
    """Though nothing else was to be changed in them."""
    deployment = here.deployment
    found = anchored(here, member)
    old, new = key_of(here, member, "ed25519"), deployment.governing.new_key(member, "ed25519")
    deployment.settle()
    report_theft(here, member, new)
    deployment.settle()
    lists: Any = json.loads(here.bundle(found, member.code))["status"]
    assert {one["credential"]["proof"]["verificationMethod"] for one in lists} == {old.verification_method}


def test_an_import_stops_at_the_key_that_is_stolen_meanwhile(
    here: Here, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuers.records.CHUNK", 1)

    def drafts() -> Iterator[Draft]:
        yield Draft(result("1", code="B1"), 2)
        report_theft(here, member, key_of(here, member, "ed25519"))
        yield Draft(result("2", code="B2"), 3)

    size = here.deployment.sequencer.size
    with pytest.raises(NotFoundError, match=r"school\.no_key"):
        here.deployment.records.issue_many(here.caller(member.code), "result", drafts())
    assert here.deployment.sequencer.size == size + 1


@pytest.mark.parametrize("error", [NotFoundError, ConflictError])
def test_a_chain_that_does_not_answer_keeps_nobody_from_signing(
    here: Here, member: Member, monkeypatch: pytest.MonkeyPatch, error: type[RollbookError]
) -> None:
    def away() -> None:
        raise error("chain.unreachable", "in the test")

    monkeypatch.setattr(here.deployment.history, "latest", away)
    issue(here, member)
