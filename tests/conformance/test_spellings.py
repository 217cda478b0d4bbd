"""Both verifiers read white space, encodings and names alike."""

import base64
import json
from typing import TYPE_CHECKING

import pytest

from ledger.formats import canonical, datetimes, trustroot
from tests.conformance import sheets, spellings
from tests.conformance.kit import cases
from tests.conformance.test_second_verifier import opened, question, reports  # noqa: F401
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


def test_a_letter_of_an_iri_is_white_space_to_one(opened: "Page") -> None:  # noqa: F811
    case = next(one for one in cases() if one.name == "valid/a-credential-of-another-system")
    document = json.loads(case.document)
    document["@context"].append({name: f"urn:a:{name}" for name in ("a\ufeffb", "a\xa0b", "a\u3000b")})
    data = canonical.dumps(document)
    (report,) = reports(opened, [question(case) | {"data": base64.b64encode(data).decode()}])
    verifier, now = Verifier(trustroot.parse(case.trust_root)), datetimes.parse(case.now)
    ours = verifier.verify(data, now=now, policy=POLICIES[case.policy]).to_dict()
    assert [check["code"] for check in report["checks"]] == [check["code"] for check in ours["checks"]]
    assert ours["checks"][0]["code"] == "document.ok"
