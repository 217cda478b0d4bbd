"""Templates for download, and what a school that may not sign a kind is told."""

import io

import pytest
from openpyxl import load_workbook

from api.cli import main
from ledger.formats import kind
from tests.support.ledgers import Ledger, opened
from tests.support.shared import REPOSITORY

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DIPLOMAS = (REPOSITORY / "examples" / "university" / "diplomas.csv").read_bytes()


@pytest.mark.parametrize("name", kind.builtin_templates())
@pytest.mark.parametrize(("form", "media_type"), [("csv", "text/csv; charset=utf-8"), ("xlsx", XLSX)])
def test_a_template_is_there_for_each_kind(client, ledger, name: str, form: str, media_type: str) -> None:
    answer = client.get(f"/v1/kinds/{name}/template.{form}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.{form}"'
    # The importer knows every header, and misses nothing but rows.
    given = client.post(f"/v1/imports?kind={name}", files={"file": ("t", answer.content)}, headers=ledger.bearer())
    assert [found["code"] for found in given.json()["report"]["problems"]] == ["file.empty"]


def test_a_template_is_in_either_language(client) -> None:
    assert "学号" in client.get("/v1/kinds/transcript/template.csv").content.decode("utf-8-sig")
    english = client.get("/v1/kinds/transcript/template.csv?language=en").content.decode("utf-8-sig")
    assert english.isascii() and english.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing/template.csv", 404, "kind.unknown"),
        ("nothing/template.xlsx", 404, "kind.unknown"),
        ("transcript/template.ods", 404, "request.not_found"),
        ("transcript/template.csv?language=fr", 400, "request.invalid"),
        (f"{'x' * 33}/template.csv", 400, "request.invalid"),
    ],
)
def test_no_other_template_is_there(client, path: str, status: int, code: str) -> None:
    answer = client.get(f"/v1/kinds/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_command_writes_a_template(ledger: Ledger, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    book, plain, text = (tmp_path / name for name in ("book", "plain.xlsx", "text.csv"))
    assert main.main(["kind", "template", "diploma", "--xlsx", "-o", str(book)]) == 0
    assert main.main(["kind", "template", "diploma", "-o", str(plain)]) == 0
    assert main.main(["kind", "template", "diploma", "--language", "en", "-o", str(text)]) == 0
    for data in (book, plain):
        sheet = load_workbook(io.BytesIO(data.read_bytes()))["diploma"]
        assert sheet["A1"].value == "学号*" and sheet.column_dimensions["A"].number_format == "@"
    assert text.read_bytes().startswith(b"\xef\xbb\xbf") and text.read_text("utf-8-sig").isascii()
    assert main.main(["kind", "template", "nothing", "-o", str(tmp_path / "none")]) == 65
    assert not (tmp_path / "none").exists()


def test_the_template_goes_to_standard_output(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    assert main.main(["kind", "template", "diploma"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"\xef\xbb\xbf" + "学号".encode())


def test_a_kind_that_a_school_may_not_sign_is_refused_with_403(client, deployment) -> None:
    member = deployment.add_school("350777", "Narrow School", "窄校", ["evaluation"])
    bearer = {"authorization": f"Bearer {deployment.api_keys.create(member.did, 'tests')}"}
    size = deployment.sequencer.size
    answer = client.post("/v1/imports?kind=diploma", files={"file": ("d.csv", DIPLOMAS)}, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (403, "issuer.out_of_scope")
    assert deployment.sequencer.size == size


def test_the_command_says_which_kind_a_school_may_not_sign(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    with opened(ledger.home) as deployment:
        deployment.add_school("350777", "Narrow School", "窄校", ["evaluation"])
    file = str(REPOSITORY / "examples" / "university" / "diplomas.csv")
    assert main.main(["import", file, "--school", "350777", "--kind", "diploma"]) == 77
    assert "issuer.out_of_scope: the school is not accredited for the kind diploma" in capsys.readouterr().err
