"""Both verifiers read white space, encodings and names alike."""

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ledger.formats import canonical, datetimes, trustroot
from ledger.formats.contexts import BUNDLED, with_examples
from ledger.formats.proof import JcsSigner
from ledger.formats.proof_rdfc import RdfcSigner
from tests.conformance import sheets, spellings
from tests.conformance.kit import cases
from tests.conformance.test_second_verifier import opened, question, reports  # noqa: F401
from tests.worlds.scene import HOLDER, HOLDER_DID
from verifier.policy import POLICIES
from verifier.verifier import Verifier

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_white_space_and_names_are_read_otherwise(opened: "Page") -> None:  # noqa: F811
    made = spellings.all_of_them()
    found = reports(opened, [sheets.question(data) for data, _ in made.values()])
    told = {name: spellings.said(report) for name, report in zip(made, found, strict=True)}
    ours = {name: spellings.said(sheets.SCENE.verify(data).to_dict()) for name, (data, _) in made.items()}
    assert (told, ours) == ({name: code for name, (_, code) in made.items()},) * 2


def _both(page: "Page", name: str, changed: Callable[[Any], Any]) -> tuple[list[str], list[str]]:
    """The codes of a kit's case whose document was changed: those of the page, and ours."""
    case = next(one for one in cases() if one.name == name)
    document = json.loads(case.document)
    changed(document)
    data = canonical.dumps(document)
    (report,) = reports(page, [question(case) | {"data": base64.b64encode(data).decode()}])
    verifier, now = Verifier(trustroot.parse(case.trust_root)), datetimes.parse(case.now)
    ours = verifier.verify(data, now=now, policy=POLICIES[case.policy]).to_dict()
    return [check["code"] for check in report["checks"]], [check["code"] for check in ours["checks"]]


def test_a_letter_of_an_iri_is_white_space_to_one(opened: "Page") -> None:  # noqa: F811
    words = {name: f"urn:a:{name}" for name in ("a\ufeffb", "a\xa0b", "a\u3000b")}
    name = "valid/a-credential-of-another-system"
    told, ours = _both(opened, name, lambda document: document["@context"].append(words))
    assert told == ours and told[0] == "document.ok"


@pytest.mark.parametrize("word", ["toString", "constructor", "hasOwnProperty", "__proto__"])
def test_what_every_object_of_a_language_has_is_a_word_of_a_badge(opened: "Page", word: str) -> None:  # noqa: F811
    def changed(document: Any) -> None:
        document["credential"]["credentialSubject"][word] = "1"

    told, ours = _both(opened, "forms/a-badge-under-jcs", changed)
    assert told == ours and told[0] == "document.undefined_term"


LONG = {"issuer": "did:web:" + "a" * 900}


@pytest.mark.parametrize("changes", [{"issuer": "no did"}, {"proof": []}, {"type": ["SummaryCredential"]}, LONG])
def test_a_summary_of_another_form_is_a_summary(opened: "Page", changes: dict[str, Any]) -> None:  # noqa: F811
    told, ours = _both(opened, "document.summary/a-summary", lambda document: document.update(changes))
    assert told == ours and told[0] in ("document.malformed", "document.undefined_term", "document.too_large")


@pytest.mark.parametrize("changes", [{"proofPurpose": "authentication"}, {"created": "today"}])
def test_a_key_that_nobody_knows_hides_what_is_wrong(opened: "Page", changes: dict[str, Any]) -> None:  # noqa: F811
    name = "proof.unsupported/a-key-that-only-a-website-knows"
    told, ours = _both(opened, name, lambda document: document["proof"].update(changes))
    assert told == ours and told[1] in ("proof.wrong_purpose", "proof.invalid")


@pytest.mark.parametrize("issuer", ["https://x.example/a", "did:key:z6Mkother", "did:web:x.example"])
def test_an_issuer_that_is_no_did_is_judged_otherwise(opened: "Page", issuer: str) -> None:  # noqa: F811
    """ADR 0018: the signature holds, and nothing says whose it is."""

    def changed(document: Any) -> None:
        method, unsigned = f"{HOLDER_DID}#{HOLDER.multikey}", {**document, "issuer": issuer}
        del unsigned["proof"]
        signer = JcsSigner(HOLDER, method, created="2026-01-01T00:00:00Z", context=unsigned["@context"])
        document.update(json.loads(signer.sign(unsigned)))

    told, ours = _both(opened, "valid/a-credential-of-another-system", changed)
    assert told == ours and told[1] == ("proof.ok" if issuer.startswith("https:") else "proof.wrong_key")


@pytest.mark.parametrize("wrong", [{"@index": "a"}, {"@nest": "@id"}, {"@index": 1, "@container": "@index"}])
def test_a_term_with_an_index_that_is_none_is_a_term(opened: "Page", wrong: dict[str, Any]) -> None:  # noqa: F811
    term = {"unused": {"@id": "urn:a:unused", **wrong}}
    name = "valid/a-credential-of-another-system"
    told, ours = _both(opened, name, lambda document: document["@context"].append(term))
    assert told == ours and told[0] == "document.malformed"


def test_a_term_that_is_nested_when_compacted_is_not_read(opened: "Page") -> None:  # noqa: F811
    def changed(document: Any) -> None:
        context = [*document["@context"], {"nested": {"@id": "urn:a:nested", "@nest": "more"}}]
        unsigned = {**document, "@context": context, "issuer": HOLDER_DID}
        unsigned["credentialSubject"] = {"id": "urn:a:b", "nested": "x"}
        del unsigned["proof"]
        made: dict[str, Any] = {
            "created": "2026-01-01T00:00:00Z",
            "context": context,
            "contexts": with_examples(BUNDLED),
        }
        signer = RdfcSigner(HOLDER, f"{HOLDER_DID}#{HOLDER.multikey}", **made)
        document.update(json.loads(signer.sign(unsigned)))

    told, ours = _both(opened, "valid/a-credential-of-another-system", changed)
    assert told == ours and told[:2] == ["document.ok", "proof.ok"]
