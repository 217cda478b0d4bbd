"""The cryptosuite of a record: RDF unless somebody chooses otherwise, and always one that verifies."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from issuers.importers.drafts import Draft
from issuers.outcomes import State
from ledger.formats import canonical, kind, suites
from ledger.formats.errors import FormatError
from tests.support.issuers import Deployment, result


@pytest.fixture
def deployment(sqlite_engine: Engine) -> Deployment:
    return Deployment(sqlite_engine)


def suite_of(deployment: Deployment, record_id: str) -> str:
    document: Any = canonical.loads(deployment.records.get(deployment.one, record_id).document)
    found = suites.verify(document, contexts=deployment.kinds.contexts(document["@context"]))
    assert found.signed == deployment.records.get(deployment.one, record_id).document
    return str(document["proof"]["cryptosuite"])


Issue = Callable[[Deployment, dict[str, Any]], str]
WAYS: dict[str, Issue] = {}


def way(function: Issue) -> Issue:
    WAYS[function.__name__] = function
    return function


@way
def issue(deployment: Deployment, options: dict[str, Any]) -> str:
    return deployment.records.issue(deployment.one, "result", result(), **options).record_id


@way
def issue_many(deployment: Deployment, options: dict[str, Any]) -> str:
    (outcome,) = deployment.records.issue_many(deployment.one, "result", [Draft(result())], **options)
    return outcome.record_id


@way
def import_file(deployment: Deployment, options: dict[str, Any]) -> str:
    data = b"Student number,Course code,Term,Mark\n007,MATH1,2026,92.5\n"
    report = deployment.records.import_file(deployment.one, "result", data, **options)
    return report.outcomes[0].record_id


@way
def supersede(deployment: Deployment, options: dict[str, Any]) -> str:
    old = deployment.records.issue(deployment.one, "result", result(), cryptosuite=suites.JCS)
    new = result() | {"name": "another"}
    return deployment.records.supersede(deployment.one, old.record_id, new, "a slip", **options).record_id


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(
    ("options", "wanted"),
    [({}, suites.RDFC), ({"cryptosuite": suites.RDFC}, suites.RDFC), ({"cryptosuite": suites.JCS}, suites.JCS)],
)
def test_record_is_signed_in_another_suite(
    deployment: Deployment, name: str, options: dict[str, str], wanted: str
) -> None:
    assert suite_of(deployment, WAYS[name](deployment, options)) == wanted


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("suite", ["", "Ed25519Signature2020", "ecdsa-rdfc-2019", "EDDSA-RDFC-2022"])
def test_unknown_suite_signs_something(deployment: Deployment, name: str, suite: str) -> None:
    with pytest.raises(FormatError) as caught:
        WAYS[name](deployment, {"cryptosuite": suite})
    assert caught.value.code == "record.cryptosuite"
    assert deployment.sequencer.size == (1 if name == "supersede" else 0)


def test_same_content_in_another_suite_is_a_second_record(deployment: Deployment) -> None:
    first = deployment.records.issue(deployment.one, "result", result())
    again = deployment.records.issue(deployment.one, "result", result(), cryptosuite=suites.JCS)
    assert (again.record_id, again.state) == (first.record_id, State.UNCHANGED)


def test_unknown_suite_of_a_record_that_is_there_is_passed_over(deployment: Deployment) -> None:
    deployment.records.issue(deployment.one, "result", result())
    with pytest.raises(FormatError) as caught:
        deployment.records.issue(deployment.one, "result", result(), cryptosuite="eddsa-2022")
    assert caught.value.code == "record.cryptosuite"


@pytest.mark.parametrize("context", [None, [], "x", [1], ["https://r.example/other"], {"a": "urn:x:a"}])
def test_context_of_no_installed_kind_is_known(deployment: Deployment, context: object) -> None:
    with pytest.raises(FormatError) as caught:
        deployment.kinds.contexts(context)
    assert caught.value.code == "document.unknown_context"


@pytest.mark.parametrize(
    ("url", "terms"),
    [
        ("https://www.w3.org/ns/credentials/v2", {}),
        ("https://www.w3.org/ns/did/v1", {}),
        ("https://r.example/x", {"validFrom": "urn:x:validFrom"}),
        ("https://r.example/x", {"mark": {"@id": "urn:x:mark", "@type": "relative"}}),
    ],
)
def test_kind_whose_context_could_sign_nothing_is_installed(
    deployment: Deployment, url: str, terms: dict[str, Any]
) -> None:
    template: Any = canonical.loads(canonical.dumps(kind.builtin_templates()["transcript"]))
    template |= {"name": "other", "number": 40}
    template["context"] = {"url": url, "document": {"@context": template["context"]["document"]["@context"] | terms}}
    with pytest.raises(FormatError) as caught:
        deployment.kinds.install(template)
    assert caught.value.code == "kind.malformed"
