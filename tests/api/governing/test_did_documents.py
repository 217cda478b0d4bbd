"""did:web documents say what the registry says, whatever the books have."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api import acts
from api.http.app import create_app
from issuers.tables import SigningKeyRow
from ledger.formats import registry
from ledger.log.tables import table_of
from ledger.log.transactions import writing
from tests.api.governing.conftest import COUNTY, SCHOOL, Here


@pytest.fixture(scope="module")
def client(here: Here) -> TestClient:
    return TestClient(create_app(here.deployment), base_url="http://localhost:8000", raise_server_exceptions=False)


def document(here: Here, client: TestClient, path: str) -> dict[str, Any]:
    here.deployment.history._asked = -1.0
    found = client.get(path)
    assert found.status_code == 200, found.text
    value: dict[str, Any] = found.json()
    return value


def test_a_key_that_the_books_alone_have_is_not_shown(here: Here, client: TestClient) -> None:
    member = here.member(SCHOOL)
    before = document(here, client, f"/schools/{SCHOOL}/did.json")
    assert len(before["assertionMethod"]) == 2
    extra = here.deployment.schools.add_key(member.did)
    here.deployment.schools.activate_key(member.did, extra.multikey)
    assert document(here, client, f"/schools/{SCHOOL}/did.json") == before
    here.deployment.schools.retire_key(member.did, extra.multikey)


def test_a_key_that_the_books_have_lost_is_shown(here: Here, client: TestClient) -> None:
    code = "3601000021"
    member = here.add_school(code)
    before = document(here, client, f"/schools/{code}/did.json")
    with writing(here.deployment.engine) as connection:
        rows = table_of(SigningKeyRow)
        connection.execute(rows.delete().where(rows.c.member_id == member.id))
    assert document(here, client, f"/schools/{code}/did.json") == before


def test_a_key_that_was_retired_in_the_registry_alone(here: Here, client: TestClient) -> None:
    """As an authority does it from elsewhere; at the next start it signs no more here either."""
    code = "3601000022"
    member = here.add_school(code)
    key = here.deployment.schools.signing_key(member.did)[0]
    client_ = here.deployment.registry
    authority = here.deployment.governing._signer(here.deployment.governing.tree.node(here.member(COUNTY).member_id))
    assert authority is not None
    key_id = registry.key_id(key.public_key)
    client_.chain.transact(client_.retire_key(member.member_id, key_id), authority)
    found = document(here, client, f"/schools/{code}/did.json")
    methods = {one["id"]: one for one in found["verificationMethod"]}
    assert methods[key.verification_method]["expires"].endswith("Z")
    assert key.verification_method in found["assertionMethod"]
    here.deployment.confirm()
    assert here.deployment.schools.method(member.did) is None


def test_a_stolen_key_asserts_nothing_more(here: Here, client: TestClient) -> None:
    code = "3601000023"
    member = here.add_school(code)
    stolen = here.deployment.schools.signing_key(member.did)[0]
    since = here.deployment.governing.tree.block.timestamp
    acts.compromise(here.deployment, member, registry.key_id(stolen.public_key), since)
    found = document(here, client, f"/schools/{code}/did.json")
    methods = {one["id"]: one for one in found["verificationMethod"]}
    assert methods[stolen.verification_method]["revoked"].endswith("Z")
    assert stolen.verification_method not in found["assertionMethod"] and len(found["assertionMethod"]) == 2


def test_a_school_that_has_ended(here: Here, client: TestClient) -> None:
    code = "3601000024"
    acts.withdraw(here.deployment, here.add_school(code))
    found = document(here, client, f"/schools/{code}/did.json")
    assert all("expires" in method for method in found["verificationMethod"]) and len(found["assertionMethod"]) == 2
    keeper = document(here, client, f"/authorities/{COUNTY}/did.json")
    assert len(keeper["assertionMethod"]) == 1


def test_documents_that_are_not_there(here: Here, client: TestClient) -> None:
    member = here.deployment.schools.create_school("3601000025", "Never", "从未", here.member(COUNTY).did)
    for path in (f"/schools/{member.code}", "/schools/nobody", f"/schools/{COUNTY}", f"/authorities/{SCHOOL}"):
        found = client.get(f"{path}/did.json")
        assert found.status_code == 404 and found.json()["code"] in ("school.unknown", "authority.unknown")
    assert client.get("/authorities/35/did.json").status_code == 404  # the root's is at /.well-known


def test_a_chain_that_is_away_takes_no_document_away(here: Here, client: TestClient) -> None:
    from ledger.formats.errors import UnavailableError

    before = document(here, client, "/.well-known/did.json")

    def away(*_: object) -> None:
        raise UnavailableError("chain.unreachable", "not now")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(here.deployment.opened.chain, "final_head", away)
        assert document(here, client, "/.well-known/did.json") == before
