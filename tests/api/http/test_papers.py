"""Sheets over HTTP: only the school fetches one, and whoever hands one in learns what is signed."""

import io
import shutil
from collections.abc import Iterator

import pikepdf
import pypdfium2
import pytest
from starlette.testclient import TestClient

from api.deployment import Deployment
from api.http.app import create_app
from api.pages.texts import texts
from ledger.log.submission import Caller
from tests.support.ledgers import SCHOOL, UNIVERSITY, Ledger, opened
from verifier.readers import pdf, qr


@pytest.fixture(scope="module")
def ledger(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """One for all tests here: each that alters a record takes one of its own."""
    home = tmp_path_factory.mktemp("papers") / "home"
    shutil.copytree(made_ledger.home, home)
    return Ledger(home, made_ledger.keys, made_ledger.records)


@pytest.fixture(scope="module")
def deployment(ledger: Ledger) -> Iterator[Deployment]:
    with opened(ledger.home) as found:
        yield found


@pytest.fixture(scope="module")
def client(deployment: Deployment) -> Iterator[TestClient]:
    with TestClient(create_app(deployment), base_url="http://localhost:8000", raise_server_exceptions=False) as found:
        yield found


@pytest.fixture(scope="module")
def record(ledger: Ledger) -> str:
    return ledger.records[UNIVERSITY][0]


@pytest.fixture(scope="module")
def sheet(client: TestClient, ledger: Ledger, record: str) -> bytes:
    answer = client.get(f"/v1/records/{record}/pdf", headers=ledger.bearer())
    assert answer.status_code == 200, answer.text
    return answer.content


def codes_on(sheet: bytes) -> tuple[bytes, str]:
    """The last page as a picture, and the address in its first code."""
    with pypdfium2.PdfDocument(sheet) as opened:
        picture = opened[len(opened) - 1].render(scale=3).to_pil()
    out = io.BytesIO()
    picture.save(out, "PNG")
    (link,) = [text for text in qr.codes(out.getvalue()) if text.startswith("http")]
    return out.getvalue(), link


def forge(sheet: bytes, mark: bytes = b"%PDF-1.7 forged") -> bytes:
    """The sheet with another text on its first page."""
    with pikepdf.open(io.BytesIO(sheet)) as opened:
        opened.pages[0].obj.Contents = opened.make_stream(b"BT (" + mark + b") Tj ET")
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


# Whose sheets


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer nonsense"}])
def test_a_sheet_without_a_key(client, record, header):
    assert client.get(f"/v1/records/{record}/pdf", headers=header).status_code == 401


def test_a_sheet_of_another_school(client, ledger, record):
    assert client.get(f"/v1/records/{record}/pdf", headers=ledger.bearer(SCHOOL)).status_code == 404


def test_a_sheet_of_a_record_that_was_revoked(client, ledger, deployment):
    record = ledger.records[UNIVERSITY][1]
    did = deployment.schools.by_code(UNIVERSITY).did
    deployment.records.revoke(Caller("tests", did), record, "a mistake")
    answer = client.get(f"/v1/records/{record}/pdf", headers=ledger.bearer())
    assert (answer.status_code, answer.json()["code"]) == (409, "record.revoked")


def test_a_record_with_a_character_that_no_font_has(client, ledger, deployment):
    subject = {
        "name": "陈\U0002a6d6",
        "identifier": "77",
        "transcript": {"courses": [{"code": "A", "term": "1"}]},
    }
    caller = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
    issued = deployment.records.issue(caller, "transcript", subject)
    answer = client.get(f"/v1/records/{issued.record_id}/pdf", headers=ledger.bearer())
    assert (answer.status_code, answer.json()["code"]) == (409, "paper.missing_glyph")
    assert "U+2A6D6" in answer.json()["detail"]


def test_the_sheet_is_the_records_and_is_kept_by_nobody(client, ledger, record, sheet):
    answer = client.get(f"/v1/records/{record}/pdf", headers=ledger.bearer())
    assert answer.headers["content-type"] == "application/pdf" and answer.headers["cache-control"] == "no-store"
    assert record in answer.headers["content-disposition"]
    assert record.encode() in pdf.read(sheet).document


# Handed in


def test_a_sheet_is_verified_in_the_body_and_in_a_form(client, sheet):
    raw = client.post("/v1/verify", content=sheet, headers={"content-type": "application/pdf"}).json()
    form = client.post("/v1/verify", files={"file": ("a.pdf", sheet)}).json()
    assert raw["verdict"] == form["verdict"] == "valid"
    assert raw["checks"][0]["evidence"]["paper"] == form["checks"][0]["evidence"]["paper"] == "same"


def test_a_forged_sheet_shows_the_signed_values_with_a_warning(client, sheet):
    forged = forge(sheet)
    report = client.post("/v1/verify", content=forged).json()
    assert report["verdict"] == "valid" and report["checks"][0]["evidence"]["paper"] == "differs"
    for language, word in (("en", "differs from what is signed"), ("zh", "纸面文字与签名内容不一致")):
        page = client.post(f"/?lang={language}", files={"file": ("a.pdf", forged)}).text
        assert word in page and 'role="alert"' in page
        assert report["subject"]["identifier"] in page


def test_an_honest_sheet_warns_of_nothing(client, sheet):
    page = client.post("/?lang=en", files={"file": ("a.pdf", sheet)}).text
    assert 'role="alert"' not in page and "differs from" not in page


def test_a_pdf_that_carries_nothing(client, sheet):
    with pikepdf.open(io.BytesIO(sheet)) as opened:
        del opened.Root.AF
        del opened.Root.Names
        out = io.BytesIO()
        opened.save(out)
    assert client.post("/v1/verify", content=out.getvalue()).status_code == 400
    page = client.post("/?lang=en", files={"file": ("a.pdf", out.getvalue())})
    assert page.status_code == 400 and "cannot be checked" in page.text


MISTAKEN = {
    "error.zip": b"PK\x03\x04",
    "error.trustroot": b'{"rollbook":"trust-root/1"}',
    "error.other": b'{"rollbook":"trust-root"}',
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", MISTAKEN)
def test_a_file_that_people_take_for_a_record_is_not_named(client, key, language):
    page = client.post(f"/?lang={language}", files={"file": ("a", MISTAKEN[key])})
    assert f"<summary>{texts(language)['evidence.reason']}" in page.text
    known = {"error.zip", "error.trustroot"}
    assert page.status_code == 400 and {one for one in known if texts(language)[one] in page.text} == known & {key}


def test_the_trust_root_itself_is_told_so(client):
    page = client.post("/?lang=en", files={"file": ("a", client.get("/v1/trust-root").content)})
    assert page.status_code == 400 and "a trust root, not a record" in page.text


def test_checks_that_could_not_be_made_are_not_required(client):
    later = (b'{"rollbook":"bundle/2"}', {"en": ("Not checked", "Not required"), "zh": ("未核验", "未要求")})
    for language, words in later[1].items():
        page = client.post(f"/?lang={language}", files={"file": ("a", later[0])}).text
        assert [page.count(f">{word}<") for word in words] == [6, 1]
        page = client.post(f"/?lang={language}", files={"file": ("a", later[0])}, data={"policy": "vc"}).text
        assert [page.count(f">{word}<") for word in words] == [3, 4]


def test_evidence_is_a_programs_value(client, sheet):
    page = client.post("/?lang=en", files={"file": ("a.pdf", sheet)}).text
    assert "<dt>Block</dt>" in page and "number" not in page.partition("<dt>Block</dt>")[2][:120]


def test_an_archive_is_not_one_record(client):
    answer = client.post("/v1/verify", content=b"PK\x03\x04").json()
    assert (answer["verdict"], answer["checks"][0]["code"]) == ("indeterminate", "document.unsupported")


# Scanned


def test_a_photo_of_the_sheet_is_read_as_the_summary_it_is(client, sheet):
    picture, _ = codes_on(sheet)
    report = client.post("/v1/verify", content=picture).json()
    codes = {check["id"]: check["code"] for check in report["checks"]}
    assert report["verdict"] == "indeterminate"
    assert (codes["document"], codes["proof"], codes["status"]) == ("document.summary", "proof.ok", "status.ok")
    assert report["issuer"]["code"] == UNIVERSITY
    page = client.post("/?lang=en", files={"file": ("a.png", picture)}).text
    assert "Summary of a record" in page


def test_the_code_leads_to_a_page_that_shows_nothing_of_the_record(client, sheet, deployment, record):
    _, link = codes_on(sheet)
    stored = deployment.store.get(deployment.schools.by_code(UNIVERSITY), record)
    assert link == f"http://localhost:8000/r/{stored.digest.hex()}"
    for language, word in (("en", "This log has the record"), ("zh", "本日志载有")):
        answer = client.get(f"/r/{stored.digest.hex()}?lang={language}")
        assert answer.status_code == 200 and word in answer.text
        assert stored.learner not in answer.text and record not in answer.text


def test_the_page_says_that_the_record_was_revoked(client, ledger, deployment):
    record = ledger.records[UNIVERSITY][2]
    school = deployment.schools.by_code(UNIVERSITY)
    stored = deployment.store.get(school, record)
    deployment.records.revoke(Caller("tests", school.did), record, "a mistake of Mr. X")
    page = client.get(f"/r/{stored.digest.hex()}?lang=en").text
    assert "has revoked the record" in page and "Mr. X" not in page


def test_a_code_that_names_no_record_of_this_log(client):
    answer = client.get("/r/" + "0" * 64 + "?lang=en")
    assert answer.status_code == 404 and "no record that the code names" in answer.text


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "G" * 64, "A" * 64, "..%2f..%2fetc"])
def test_a_code_that_names_nothing(client, digest):
    assert client.get(f"/r/{digest}").status_code in (400, 404)


def test_the_context_of_summaries_defines_their_words(client):
    context = client.get("/contexts/summary/v0").json()["@context"]
    assert {"SummaryCredential", "summary", "digest", "of", "school", "facts"} <= context.keys()


# A learner's archive


@pytest.mark.parametrize("query", ["", "?learner=", "?learner=" + "9" * 65])
def test_an_archive_of_nobody_in_particular(client, ledger, query):
    assert client.get(f"/v1/archive{query}", headers=ledger.bearer()).status_code == 400


def test_an_archive_without_a_key(client):
    assert client.get("/v1/archive?learner=1").status_code == 401


def test_an_archive_of_another_schools_learner(client, ledger, deployment, record):
    learner = deployment.store.get(deployment.schools.by_code(UNIVERSITY), record).learner
    assert client.get(f"/v1/archive?learner={learner}", headers=ledger.bearer(SCHOOL)).status_code == 404


def test_the_archive_of_a_learner_verifies_as_a_batch(client, ledger, deployment, record):
    learner = deployment.store.get(deployment.schools.by_code(UNIVERSITY), record).learner
    answer = client.get(f"/v1/archive?learner={learner}", headers=ledger.bearer())
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    job = client.post("/v1/verify/batch", content=answer.content).json()["url"]
    assert deployment.batches.step()
    done = client.get(job).json()
    assert done["counts"] == {"valid": done["total"], "invalid": 0, "indeterminate": 0} and done["total"] >= 2
