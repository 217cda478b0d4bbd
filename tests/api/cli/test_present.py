"""`rollbook present`, as a learner runs it: with the base dependencies, on a file."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.cli import exits
from api.cli.main import main
from ledger.formats import canonical, p256
from ledger.formats.joseform import Disclosable
from ledger.formats.multibase import base64url_encode
from tests.api.cli.test_lightness import without_server
from tests.support.ledgers import UNIVERSITY, Ledger
from tests.worlds.tokens import JWT, WALLET, TokenScene
from verifier.report import Verdict

SCENE = TokenScene(holder=True, disclosable=Disclosable(mandatory=("/transcript/courses/1",)))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.json"
    path.write_bytes(canonical.dumps(SCENE.bundle()))
    return path


def test_it_lists_what_may_be_kept_back(bundle: Path, capfd) -> None:
    assert main(["present", str(bundle)]) == exits.OK
    out = capfd.readouterr().out
    assert "/transcript/courses/0" in out and "MA102" in out and out.count("yes") == 1


@pytest.mark.parametrize(
    ("options", "codes"), [(["--nothing"], ["MA101"]), (["--disclose", "/transcript/courses/2"], ["MA101", "MA102"])]
)
def test_it_writes_what_was_chosen(bundle: Path, tmp_path: Path, options: list[str], codes: list[str]) -> None:
    assert main(["present", str(bundle), *options, "-o", str(tmp_path / "shown.json")]) == exits.OK
    report = SCENE.verify((tmp_path / "shown.json").read_bytes())
    assert report.verdict is Verdict.VALID
    assert [one["code"] for one in report.record["transcript"]["courses"]] == codes


def test_it_binds_it_to_an_occasion(bundle: Path, tmp_path: Path) -> None:
    key, shown = tmp_path / "key.jwk", tmp_path / "shown.json"
    key.write_text(json.dumps(p256.public_key_to_jwk(WALLET.public) | {"d": base64url_encode(WALLET.secret)}))
    asked: dict[str, Any] = {"domain": "admissions.test", "challenge": "7d1"}
    options = [part for name, word in asked.items() for part in (f"--{name}", word)]
    assert main(["present", str(bundle), "--nothing", "--key", str(key), *options, "-o", str(shown)]) == exits.OK
    code = SCENE.verify(shown.read_bytes(), **asked)["holder"]
    # Made now, and the world's clock is elsewhere: everything but that holds.
    assert (code.code, code.evidence["reason"]) == ("holder.replayed", "made at another time")


def test_an_sd_jwt_alone(tmp_path: Path, capfd) -> None:
    path = tmp_path / "record.sd-jwt"
    path.write_text(SCENE.text + "\n")
    assert main(["present", str(path), "--nothing"]) == exits.OK
    assert SCENE.verify_text(capfd.readouterr().out.strip()).verdict is Verdict.VALID


def test_it_needs_no_server(bundle: Path, tmp_path: Path) -> None:
    found = without_server(tmp_path, "present", str(bundle))
    assert found.returncode == exits.OK and b"/transcript/courses/0" in found.stdout


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--disclose", "/nothing"], exits.DATA),
        (["--disclose", "/transcript/courses/0", "--nothing"], exits.USAGE),
        (["--nothing", "--domain", "a"], exits.USAGE),
        (["--nothing", "--key", "none.jwk", "--domain", "a", "--challenge", "b"], exits.NO_INPUT),
    ],
)
def test_what_it_refuses(bundle: Path, options: list[str], code: int) -> None:
    assert main(["present", str(bundle), *options]) == code


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"eyJ", canonical.dumps(TokenScene(JWT).bundle())])
def test_files_of_another_form(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert main(["present", str(path)]) == exits.DATA


def test_no_file(tmp_path: Path) -> None:
    assert main(["present", str(tmp_path / "none")]) == exits.NO_INPUT


def test_verify_says_that_something_was_kept_back(capfd) -> None:
    from api.cli.verify import print_report

    print_report(
        "shown.json", SCENE.verify_text(SCENE.disclosing(("credentialSubject", "transcript", "courses", 1))), "en"
    )
    told = capfd.readouterr().out
    assert "withheld" in told and "/credentialSubject/transcript/courses × 2" in told
    print_report("whole.json", SCENE.verify(), "zh")
    assert "withheld" not in capfd.readouterr().out


def test_from_issuance_to_a_page_that_shows_one_course(made_ledger, tmp_path: Path, monkeypatch, capfd) -> None:
    home = tmp_path / "home"
    shutil.copytree(made_ledger.home, home)
    for name, value in Ledger(home, made_ledger.keys, made_ledger.records).environment().items():
        monkeypatch.setenv(name, value)
    courses = [{"code": f"M{n}", "term": "2026-1", "mark": f"9{n}"} for n in range(3)]
    subject, whole, shown = (tmp_path / name for name in ("subject.json", "whole.json", "shown.json"))
    subject.write_text(json.dumps({"identifier": "900", "transcript": {"courses": courses}}))
    wanted = ["--representation", "sd-jwt", "--representation", "jwt", "--mandatory", "/transcript/courses/0"]
    issued = ["issue", str(subject), "--school", UNIVERSITY, "--kind", "transcript", *wanted]
    assert main(issued) == exits.OK
    record = capfd.readouterr().out.split()[0]
    for form, member in (("jwt-vc", "jwt"), ("sd-jwt", "sdJwt")):
        assert main(["export", record, "--form", form, "-o", str(whole)]) == exits.OK
        assert member in json.loads(whole.read_bytes())
        assert main(["verify", "--offline", "--trust-root", str(home / "trust-root.json"), str(whole)]) == exits.OK
    assert main(["export", record, "--form", "sd-jwt", "--bare", "-o", str(tmp_path / "bare")]) == exits.OK
    assert (tmp_path / "bare").read_text().strip() == json.loads(whole.read_bytes())["sdJwt"]
    assert main(["present", str(whole), "--disclose", "/transcript/courses/2", "-o", str(shown)]) == exits.OK
    capfd.readouterr()
    verify = ["verify", "--offline", "--json", "--trust-root", str(home / "trust-root.json"), str(shown)]
    assert main(verify) == exits.OK
    report = json.loads(capfd.readouterr().out)
    assert report["record"]["transcript"]["courses"] == [courses[0], courses[2]]
