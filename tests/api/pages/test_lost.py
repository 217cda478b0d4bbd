"""A wrong address: a person reads a page in their language, a program gets problem details."""

import pytest
from starlette.testclient import TestClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WORDS = {"zh": "没有这个页面", "en": "There is no such page"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/nowhere", "/verify", "/registry/NOT-A-MEMBER", "/r/abc", "/registry/" + "0" * 64])
def test_a_person_gets_json(client: TestClient, path: str, language: str) -> None:
    for asked in ({"accept-language": language}, {"accept-language": "fr"}):
        query = {} if asked["accept-language"] == language else {"lang": language}
        answer = client.get(path, params=query, headers={"accept": BROWSER, **asked})
        assert answer.status_code in (400, 404) and answer.headers["content-type"].startswith("text/html")
        assert WORDS[language] in answer.text and f'href="{path}?lang=' in answer.text
        assert "accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
@pytest.mark.parametrize("path", ["/nowhere", "/registry/NOT-A-MEMBER", "/r/abc"])
def test_a_program_gets_a_page(client: TestClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"accept": accept})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == ("request.not_found" if path == "/nowhere" else "request.invalid")


def test_the_interface_answers_with_a_page(client: TestClient) -> None:
    for answer in (
        client.get("/v1/nowhere", headers={"accept": BROWSER}),
        client.post("/nowhere", headers={"accept": BROWSER}),
    ):
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_of_two_slashes_leads_to_another_host(client: TestClient) -> None:
    page = client.get('http://localhost:8000//evil.example/"><b>', headers={"accept": BROWSER}).text
    assert 'href="//' not in page and "<b>Rollbook" in page and '"><b>' not in page.replace("<b>Rollbook", "")
