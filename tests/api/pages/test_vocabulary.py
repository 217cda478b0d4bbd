"""Every term of our own contexts leads somewhere, and the page says no more than the contexts do."""

import json
import re

import pytest

from api.pages import vocabulary
from ledger.formats import kind
from tests.support.kinds import transcript_definition


@pytest.fixture(scope="module")
def kinds():
    definitions = [kind.instantiate(one, "https://rollbook.test") for one in kind.builtin_templates().values()]
    return [kind.parse(one) for one in definitions]


def test_every_term_under_our_address_has_an_anchor(client, deployment) -> None:
    page = client.get("/vocab").text
    anchors = set(re.findall(r'<tr id="([^"]+)"', page))
    texts = [json.dumps(installed.kind.context) for installed in deployment.kinds.all()]
    texts.append(client.get("/contexts/status/v0").text)
    wanted = {
        name for text in texts for name in re.findall(re.escape(f'"{deployment.base}/vocab#') + r'([^"]+)"', text)
    }
    assert wanted and anchors == wanted


@pytest.mark.parametrize(("asked", "word"), [("zh", "词汇"), ("en", "Vocabulary")])
def test_it_is_there_in_both_languages(client, asked: str, word: str) -> None:
    answer = client.get(f"/vocab?lang={asked}")
    assert answer.headers["content-type"].startswith("text/html") and f"<h1>{word}</h1>" in answer.text


@pytest.mark.parametrize("accept", ["application/ld+json", "application/json", "application/ld+json, */*;q=0.1"])
def test_programs_get_the_same_terms_as_json_ld(client, deployment, accept: str) -> None:
    answer = client.get("/vocab", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/ld+json")
    graph = {node["id"]: node for node in answer.json()["@graph"]}
    assert graph[f"{deployment.base}/vocab#mark"]["label"] == {"en": "Mark", "zh": "成绩"}
    assert graph[f"{deployment.base}/vocab#DiplomaCredential"]["type"] == "Class"


@pytest.mark.parametrize("accept", ["text/html", "*/*", "text/html,application/xhtml+xml,application/json;q=0.9"])
def test_people_get_the_page(client, accept: str) -> None:
    assert client.get("/vocab", headers={"accept": accept}).headers["content-type"].startswith("text/html")


def test_terms_of_others_are_left_out(kinds) -> None:
    found = vocabulary.terms("https://rollbook.test", kinds)
    assert "identifier" not in {term["name"] for term in found}
    assert vocabulary.terms("https://elsewhere.test", kinds) == vocabulary.terms("https://elsewhere.test", [])


def test_terms_inside_of_terms_are_found() -> None:
    definition = transcript_definition()
    text = json.dumps(definition).replace("/vocabulary#", "/vocab#")
    found = {term["name"] for term in vocabulary.terms("https://rollbook.test", [kind.parse(json.loads(text))])}
    assert {"courses", "mark", "TranscriptCredential"} <= found


def test_a_term_of_two_kinds_stands_once_with_both(kinds) -> None:
    (mark,) = [term for term in vocabulary.terms("https://rollbook.test", kinds) if term["name"] == "mark"]
    assert {"evaluation", "result", "transcript"} <= set(mark["kinds"])
