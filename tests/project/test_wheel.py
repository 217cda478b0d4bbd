"""The wheel without extras, in an environment of its own outside the repository: what an admissions office installs."""

import json
import os
import shutil
import subprocess
import sys
import time
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.formats import sm2_envelope
from tests.support.commands import rollbook
from tests.support.ledgers import UNIVERSITY, Ledger
from tests.support.shared import REPOSITORY

PACKAGES = ("api", "contracts", "issuers", "ledger", "verifier")
LARGEST = 80_000_000
SLOWEST = 0.5
LOCK = REPOSITORY / "requirements" / "verifier.txt"
# Filled by the setup; without it (another environment) pip asks its index.
KEPT = Path(sys.prefix) / "verifier-wheels"


@dataclass(frozen=True, slots=True)
class Office:
    """An environment with nothing but the wheel and the lock of the verifier."""

    home: Path

    @property
    def libraries(self) -> Path:
        """The folder of installed packages."""
        return next((self.home / "lib").glob("python*/site-packages"))

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of this environment in its home, with nothing of the repository in reach."""
        environment = {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "ROLLBOOK_HOME": str(self.home / "data"),
            **variables,
        }
        command = [str(self.home / "bin" / arguments[0]), *arguments[1:]]
        return subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, check=False, timeout=120
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return next(folder.glob("rollbook-*.whl"))


@pytest.fixture(scope="module")
def office(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The wheel installed with its locked dependencies."""
    home = tmp_path_factory.mktemp("office")
    venv.create(home, symlinks=True, with_pip=False)
    source = ["--no-index", "--find-links", str(KEPT)] if KEPT.is_dir() else []
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--quiet", "--no-deps"]
    for what in (["--require-hashes", "-r", str(LOCK)], [str(wheel)]):
        subprocess.run([*pip, *source, *what], check=True)
    return Office(home)


def tracked(folder: str) -> set[str]:
    """The files of `folder` that are or would be committed."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z", folder]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout.decode()
    return {name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()}


def test_package_file_is_left_out_of_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == set().union(*map(tracked, PACKAGES))


@pytest.mark.parametrize("library", ["fastapi", "starlette", "web3", "eth", "rlp", "sqlmodel", "sqlalchemy", "aiohttp"])
def test_server_library_is_installed(office: Office, library: str) -> None:
    done = office.run("python", "-c", f"import {library}")
    assert "ModuleNotFoundError" in done.stderr


def test_verifier_needs_a_library_it_does_not_name(office: Office) -> None:
    modules = sorted(
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for folder in ("verifier", "ledger/formats")
        for path in (REPOSITORY / folder).rglob("*.py")
    )
    done = office.run("python", "-W", "error", "-c", f"import {', '.join(modules)}")
    assert (done.returncode, done.stderr) == (0, "")


def test_installation_grew_too_large(office: Office) -> None:
    size = sum(path.lstat().st_size for path in office.libraries.rglob("*"))
    assert size <= LARGEST


def test_command_starts_slowly(office: Office) -> None:
    times: list[float] = []
    while len(times) < 12 and min(times, default=SLOWEST + 1) > SLOWEST:
        started = time.perf_counter()
        done = office.run("rollbook", "--help")
        times.append(time.perf_counter() - started)
        assert done.returncode == 0, done.stderr
    assert min(times) <= SLOWEST


@pytest.fixture(scope="module")
def qualified(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files of a kind that was added on the command line alone: its bundle and badge, the trust root."""
    folder = tmp_path_factory.mktemp("qualified")
    shutil.copytree(made_ledger.home, folder / "home")
    ledger = Ledger(folder / "home", made_ledger.keys, made_ledger.records)
    qualification = {"number": "20263502991000001", "category": "高级中学教师资格", "recognised": "2026-06-30"}
    subject = {"name": "林老师", "identifier": "T-0001", "qualification": qualification}
    (folder / "subject.json").write_text(json.dumps(subject, ensure_ascii=False), encoding="utf-8")

    def run(*arguments: str | Path) -> str:
        done = rollbook(*arguments, env=ledger.environment(), cwd=folder)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    run("kind", "add", REPOSITORY / "examples/kinds/teacher-qualification.json")
    issued = run("issue", "subject.json", "--school", UNIVERSITY, "--kind", "teacher-qualification")
    record = issued.split()[0]
    run("export", record, "--form", "badge", "-o", "badge.json")
    run("export", record, "-o", "bundle.json")
    shutil.copy(ledger.home / "trust-root.json", folder / "root.json")
    return folder


def test_kind_added_without_code_is_foreign_to_the_installed_verifier(office: Office, qualified: Path) -> None:
    verify = ("rollbook", "verify", "--offline", "--json", "--trust-root", str(qualified / "root.json"))
    for name, shown in (("bundle.json", "qualification"), ("badge.json", "achievement")):
        done = office.run(*verify, str(qualified / name))
        assert done.returncode == 0, (done.stdout, done.stderr)
        record = json.loads(done.stdout)["record"]
        assert record["type"] == "TeacherQualificationCredential" and shown in record
        value = json.loads((qualified / name).read_text(encoding="utf-8"))
        value["credential"]["validFrom"] = "2020-01-01T00:00:00Z"
        (qualified / "altered.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        assert office.run(*verify, str(qualified / "altered.json")).returncode == 1


def test_sm2_envelope_is_read_without_the_part_that_reads_it(office: Office, qualified: Path) -> None:
    envelope = qualified / "envelope.json"
    values = {"digest": "", "verificationMethod": "", "created": "2026-07-01T00:00:00Z", "signature": ""}
    whole = {"rollbook": sm2_envelope.FORMAT, "label": sm2_envelope.LABEL, "payload": {}, **values}
    envelope.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    verify = ("rollbook", "verify", "--offline", "--json", "--trust-root", str(qualified / "root.json"))
    done = office.run(*verify, str(envelope))
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "rollbook[sm]" in done.stdout
