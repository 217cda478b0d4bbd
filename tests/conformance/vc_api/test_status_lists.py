"""What the W3C's suite for Bitstring Status List asserts, and that many at once get an index each."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from ledger.formats import statuslist
from ledger.formats.contexts import STATUS_V1
from tests.conformance.vc_api.conftest import BASE, V2, Api


def list_of(api: Api, entry: dict[str, Any]) -> dict[str, Any]:
    """The list behind the proxy's https, as anybody fetches it."""
    url = entry["statusListCredential"]
    assert url.startswith(f"{BASE}/status-lists/")
    answer = httpx.get(api.url + url.removeprefix(BASE), timeout=10)
    assert answer.status_code == 200 and "json" in answer.headers["content-type"]
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("asked", [None, False, "true", 1, {"type": "BitstringStatusListEntry"}, ["true"]])
def test_an_entry_is_added_only_where_it_is_asked_for(api: Api, credential: Any, asked: Any) -> None:
    assert "credentialStatus" not in api.issue(credential, credentialStatus=asked)


@pytest.mark.parametrize("version", ["credential", "older"])
def test_the_entry_and_its_list(api: Api, request: Any, version: str) -> None:
    issued = api.issue(request.getfixturevalue(version), credentialStatus=True)
    entry = issued["credentialStatus"]
    assert set(entry) == {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"}
    assert (entry["type"], entry["statusPurpose"]) == ("BitstringStatusListEntry", "revocation")
    assert isinstance(entry["statusListIndex"], str) and str(int(entry["statusListIndex"])) == entry["statusListIndex"]
    assert entry["id"] != entry["statusListCredential"]
    assert (version == "older") == (STATUS_V1 in issued["@context"])
    listed = list_of(api, entry)
    assert listed["id"] == entry["statusListCredential"] and listed["issuer"] == api.did
    assert listed["@context"][0] == V2 and "BitstringStatusListCredential" in listed["type"]
    assert isinstance(listed["type"], list) and isinstance(listed["proof"], dict)
    subject = listed["credentialSubject"]
    assert set(subject) == {"id", "type", "statusPurpose", "encodedList"}
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    bits = statuslist.decode(subject["encodedList"])
    assert len(bits) * 8 == 131_072 and statuslist.get(bits, int(entry["statusListIndex"])) == 0
    api.verifies(issued)
    api.verifies(listed)


def test_an_entry_stands_beside_others(api: Api, credential: Any) -> None:
    given = credential | {"credentialStatus": {"type": "https://example.org/#Status"}}
    issued = api.issue(given, credentialStatus=True)
    assert [each["type"] for each in issued["credentialStatus"]] == [
        "https://example.org/#Status",
        "BitstringStatusListEntry",
    ]
    assert api.falsifies(issued) == ["status.missing"], "a status that nobody here can read is never called good"


def test_a_revoked_credential_does_not_verify_any_more(api: Api, credential: Any) -> None:
    named = credential | {"id": "urn:uuid:5c3f1b1e-0000-4000-8000-00000000000a"}
    issued = api.issue(named, credentialStatus=True)
    update = {
        "credentialId": named["id"],
        "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"},
    }
    api.verifies(issued)
    for _ in range(2):
        assert api.post("/credentials/status", update).status_code == 200
    assert api.falsifies(issued) == ["status.revoked"]
    bits = statuslist.decode(list_of(api, issued["credentialStatus"])["credentialSubject"]["encodedList"])
    assert statuslist.get(bits, int(issued["credentialStatus"]["statusListIndex"])) == 1
    assert api.post("/credentials/status", update | {"credentialId": "urn:x:1"}).status_code == 404
    for wrong in ({"status": False}, {"credentialStatus": {"statusPurpose": "refresh"}}, {"credentialStatus": "x"}):
        assert api.post("/credentials/status", update | wrong).status_code == 400


@pytest.mark.parametrize(
    "change", [{"statusListIndex": "131072"}, {"statusPurpose": "suspension"}, {"statusListCredential": f"{BASE}/x"}]
)
def test_an_entry_that_leads_elsewhere_is_never_good(api: Api, credential: Any, change: Any) -> None:
    """The server signs it, as it signs anything: what it names is another list, or none."""
    entry = api.issue(credential, credentialStatus=True)["credentialStatus"]
    other = {name: value for name, value in (entry | change).items() if name != "id"}
    found = api.falsifies(api.issue(credential | {"credentialStatus": other}))
    assert found[0] in ("status.mismatch", "status.unreachable")


def test_two_hundred_at_once_get_two_hundred_indexes(api: Api, credential: Any) -> None:
    with ThreadPoolExecutor(32) as pool:
        issued = list(pool.map(lambda _: api.issue(credential, credentialStatus=True), range(200)))
    places = {
        (each["credentialStatus"]["statusListCredential"], each["credentialStatus"]["statusListIndex"])
        for each in issued
    }
    assert len(places) == 200
    indexes = sorted(int(index) for _, index in places)
    assert indexes != list(range(indexes[0], indexes[0] + 200)), "the order of issuing shows"
    api.verifies(issued[-1])
