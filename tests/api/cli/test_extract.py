"""From a bundle to paper and back: the same bytes, without a ledger, and nothing that cannot be read."""

import io
import zipfile
from pathlib import Path

import pytest

from api.cli import exits
from api.cli.main import main
from issuers.paper import document
from tests.api.cli.test_lightness import without_server
from tests.support import printing

BUNDLE = printing.bundle(printing.transcript())
OTHER = printing.bundle(printing.transcript(2, name="李雷"))


@pytest.fixture(scope="module")
def sheet() -> bytes:
    return document.render(BUNDLE, base=printing.BASE)


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def put(tmp_path: Path):
    def write(data: bytes, name: str = "given") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("bundle", [BUNDLE, BUNDLE + b"\n"])
def test_a_bundle_comes_back_from_paper_byte_for_byte(put, tmp_path: Path, monkeypatch, bundle: bytes) -> None:
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "none"))
    pdf, back = tmp_path / "sheet.pdf", tmp_path / "back.json"
    assert main(["export", str(put(bundle)), "--pdf", "-o", str(pdf)]) == exits.OK
    assert main(["extract", str(pdf), "-o", str(back)]) == exits.OK
    assert back.read_bytes() == bundle
    assert not (tmp_path / "none").exists(), "no ledger was made"


def test_a_learners_own_sheet_is_the_schools_without_the_summary(put, tmp_path: Path, sheet: bytes) -> None:
    out = tmp_path / "own.pdf"
    assert main(["export", str(put(BUNDLE)), "--pdf", "-o", str(out)]) == exits.OK
    assert out.read_bytes() == sheet


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", printing.bundle(printing.transcript(), without="kind")])
def test_what_cannot_be_printed(put, tmp_path: Path, data: bytes) -> None:
    assert main(["export", str(put(data)), "--pdf", "-o", str(tmp_path / "no.pdf")]) == exits.DATA
    assert not (tmp_path / "no.pdf").exists()


def test_it_needs_no_server(put, tmp_path: Path, sheet: bytes) -> None:
    found = without_server(tmp_path, "extract", str(put(sheet)))
    assert (found.returncode, found.stdout) == (exits.OK, BUNDLE), found.stderr


def test_a_bundle_is_written_as_it_is(put, tmp_path: Path) -> None:
    assert main(["extract", str(put(BUNDLE + b" \n")), "-o", str(tmp_path / "back")]) == exits.OK
    assert (tmp_path / "back").read_bytes() == BUNDLE + b" \n"


def test_an_archive_gives_each_bundle_once_under_names_of_its_own(put, tmp_path: Path, sheet: bytes) -> None:
    members = (("a/x.json", BUNDLE), ("b/x.json", OTHER), ("pdf/x.pdf", sheet), ("c/.rc\u202e.json", OTHER + b"\n"))
    out = tmp_path / "out"
    assert main(["extract", str(put(zipped(*members, ("index.html", b"<p>")))), "-o", str(out)]) == exits.OK
    found = {path.name: path.read_bytes() for path in out.iterdir()}
    assert found == {"x.json": BUNDLE, "x-2.json": OTHER, "bundle.json": OTHER + b"\n"}


def test_an_archive_replaces_nothing(put, tmp_path: Path) -> None:
    held = put(b"mine", "x.json")
    archive = put(zipped(("a.json", OTHER), ("x.json", BUNDLE)))
    assert main(["extract", str(archive), "-o", str(tmp_path)]) == exits.DATA
    assert held.read_bytes() == b"mine" and not (tmp_path / "a.json").exists()


def test_an_archive_has_no_place_on_standard_output(put) -> None:
    assert main(["extract", str(put(zipped(("a.json", BUNDLE))))]) == exits.USAGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"%PDF-1.7",
        BUNDLE[:-1],
        BUNDLE.replace(b"{", b'{"salt":"",', 1),
        BUNDLE + b" " * 5 * 2**20,
        b"PK\x03\x04",
        zipped(("../a.json", BUNDLE)),
        zipped(("a.json", BUNDLE), ("b.json", b"{}")),
        zipped(("a.json", BUNDLE), ("b.zip", zipped(("c.json", BUNDLE)))),
        zipped(("index.html", b"<p>")),
    ],
)
def test_what_cannot_be_read_writes_nothing(put, tmp_path: Path, data: bytes) -> None:
    out = tmp_path / "out"
    assert main(["extract", str(put(data)), "-o", str(out)]) == exits.DATA
    assert not out.exists()


def test_a_member_that_cannot_be_read_is_named(put, tmp_path: Path, capfd) -> None:
    archive = put(zipped(("a.json", BUNDLE), ("spoiled.json", b"{}")))
    assert main(["extract", str(archive), "-o", str(tmp_path / "out")]) == exits.DATA
    assert "spoiled.json" in capfd.readouterr().err


def test_no_file(tmp_path: Path) -> None:
    assert main(["extract", str(tmp_path / "none")]) == exits.NO_INPUT
