"""The offline verifier is handed out as a file, never run at the server's address."""

from starlette.testclient import TestClient

from verifier import offline


def test_page_is_run_at_the_address_of_the_server(client: TestClient) -> None:
    answer = client.get("/offline-verifier")
    assert (answer.status_code, answer.content) == (200, offline.page())
    assert answer.headers["content-disposition"] == 'attachment; filename="rollbook-verifier.html"'


def test_nobody_is_told_of_it(client: TestClient) -> None:
    for language in ("zh", "en"):
        assert 'href="/offline-verifier" download' in client.get("/", params={"lang": language}).text
