"""The page that describes the interface: whole in either language, and nothing of the framework's own words."""

import re

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pages import docs
from api.pages.docs_texts import CHINESE
from api.pages.render import page
from issuers.open_issuing import OpenIssuing

HAN = re.compile(r"[\u4e00-\u9fff]")


def words(description, language: str) -> set[str]:
    found = set()
    for tag, operations in docs.groups(description, language):
        found.add(tag)
        for one in operations:
            texts = [one.summary, one.text, *(it.text for it in one.parameters), *(text for _, text in one.answers)]
            found |= {text for text in texts if text}
    return found


def test_every_sentence_has_its_chinese_and_none_is_left_over(client, deployment) -> None:
    conformance = TestClient(create_app(deployment, open_issuing=OpenIssuing.__new__(OpenIssuing)))
    described = [one.get("/openapi.json").json() for one in (client, conformance)]
    assert set().union(*(words(each, "en") for each in described)) == set(CHINESE)
    assert all(HAN.search(text) for each in described for text in words(each, "zh"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_names_policies_and_shows_no_marks_of_its_source(client, language: str) -> None:
    text = client.get(f"/docs?lang={language}").text
    assert "`" not in text and "Successful Response" not in text and "Validation Error" not in text
    for policy in ("record", "archive", "vc"):
        assert f"<code>{policy}</code>" in text


def test_the_description_tells_of_no_status_that_is_never_answered(client) -> None:
    text = client.get("/openapi.json").text
    assert '"422"' not in text and "HTTPValidationError" not in text
    assert client.get("/status-lists/" + "x" * 65).status_code == 400


def test_what_stands_between_backticks_is_escaped(client) -> None:
    groups = docs.groups({"paths": {"/x": {"get": {"description": "a `<b>` & <i>", "responses": {}}}}}, "zh")
    values = {
        "here": "docs",
        "path": "/docs",
        "base": "",
        "assurance": "consortium",
        "trust_root": "",
        "groups": groups,
    }
    assert "a <code>&lt;b&gt;</code> &amp; &lt;i&gt;" in page("docs.html", "zh", values)
