"""`rollbook verify`: its exit codes, on any console, and without a network."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import keys
from ledger.formats.note import COSIGNATURE_V1, NoteKey
from tests.support.commands import rollbook
from tests.support.ledgers import Ledger, bundle_of, opened

OFFLINE = ("verify", "--offline")


class Files:
    """A verifier's folder: its own home, a pinned trust root, and files of every verdict."""

    def __init__(self, folder: Path, bundle: dict[str, Any], trust_root: bytes) -> None:
        self.folder = folder
        self.env = {"ROLLBOOK_HOME": str(folder / "verifier")}
        self.root = self._write("trust-root.json", trust_root)
        self.valid = self._write("valid.json", json.dumps(bundle, ensure_ascii=False).encode())
        self.bare = self._write("bare.json", json.dumps(bundle["credential"]).encode())
        bundle["credential"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = "100"
        self.tampered = self._write("tampered.json", json.dumps(bundle).encode())
        self.missing = folder / "missing.json"
        self.garbage = self._write("garbage.json", b"\xff\xfe\x00")

    def _write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def run(self, *arguments: str | Path, **more: Any):
        return rollbook(*arguments, env={**self.env, **more.pop("env", {})}, cwd=self.folder, **more)


@pytest.fixture(scope="module")
def files(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("verifier")
    home = folder / "ledger"
    shutil.copytree(made_ledger.home, home)
    with opened(home) as deployment:
        bundle = bundle_of(deployment, made_ledger)
    found = Files(folder, bundle, (home / "trust-root.json").read_bytes())
    assert found.run("trust", "add", found.root).returncode == 0
    return found


@pytest.mark.parametrize(
    ("name", "code"), [("valid", 0), ("tampered", 1), ("bare", 2), ("garbage", 1), ("missing", 66)]
)
def test_the_exit_code_is_the_verdict(files: Files, name: str, code: int) -> None:
    assert files.run(*OFFLINE, getattr(files, name)).returncode == code


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("valid", "valid"), 0),
        (("valid", "bare"), 2),
        (("bare", "tampered", "valid"), 1),
        (("tampered", "missing", "valid"), 66),
        (("missing", "valid"), 66),
    ],
)
def test_of_several_files_the_worst_decides(files: Files, names: tuple[str, ...], code: int) -> None:
    assert files.run(*OFFLINE, *(getattr(files, name) for name in names)).returncode == code


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("verify", "--no-such-option", "x"),
        ("verify", "--policy", "anything", "x"),
        ("verify", "--policy"),
        ("verify", "--trust-root", "none.json", "x"),
        ("no-such-command",),
        ("trust", "no-such-command"),
        ("trust", "add"),
        (),
    ],
)
def test_wrong_usage_is_64_and_never_a_verdict(files: Files, arguments: tuple[str, ...]) -> None:
    found = files.run(*arguments)
    assert found.returncode == 64
    assert b"Traceback" not in found.stderr


def test_without_a_trust_root_nothing_is_decided(files: Files, tmp_path: Path) -> None:
    found = files.run(*OFFLINE, files.valid, env={"ROLLBOOK_HOME": str(tmp_path)})
    assert found.returncode == 64 and b"trust" in found.stderr


def test_a_trust_root_is_never_taken_from_the_folder_of_the_file(files: Files, tmp_path: Path) -> None:
    shutil.copy(files.valid, tmp_path)
    shutil.copy(files.root, tmp_path)
    found = rollbook(*OFFLINE, "valid.json", env={"ROLLBOOK_HOME": str(tmp_path / "home")}, cwd=tmp_path)
    assert found.returncode == 64


def test_a_folder_is_an_unreadable_file(files: Files) -> None:
    assert files.run(*OFFLINE, files.folder).returncode == 66


def test_standard_input_is_a_file_too(files: Files) -> None:
    assert files.run(*OFFLINE, "-", stdin=files.valid.read_bytes()).returncode == 0
    assert files.run(*OFFLINE, "-", stdin=b"").returncode == 1


def test_json_is_one_object_a_line_in_the_order_of_the_files(files: Files) -> None:
    found = files.run(*OFFLINE, "--json", files.bare, files.missing, files.tampered, files.valid)
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert [line.get("verdict") for line in lines] == ["indeterminate", None, "invalid", "valid"]
    assert [check["id"] for check in lines[3]["checks"]] == [
        *("document", "proof", "issuer", "validity", "inclusion", "anchor", "status", "holder")
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "cp1252", "utf-16", "latin-1"])
@pytest.mark.parametrize("option", [(), ("--json",), ("--explain",), ("--language", "zh")])
def test_no_console_stops_the_report(files: Files, encoding: str, option: tuple[str, ...]) -> None:
    env = {"PYTHONIOENCODING": encoding, "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    found = files.run(*OFFLINE, *option, files.valid, env=env)
    assert found.returncode == 0, found.stderr
    if option == ("--json",):
        assert json.loads(found.stdout.decode(encoding))["verdict"] == "valid"


def test_a_chinese_console_is_spoken_to_in_chinese(files: Files) -> None:
    found = files.run(*OFFLINE, files.valid, env={"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"})
    assert "有效" in found.stdout.decode()


def test_a_full_output_is_no_verdict(files: Files) -> None:
    import subprocess
    import sys

    from tests.support.commands import COMMAND, environment

    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, *OFFLINE, str(files.valid)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(files.env),
            cwd=files.folder,
            check=False,
        )
    assert done.returncode == 70 and sys.platform == "linux"


def test_it_needs_no_network_interface(files: Files) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare on this machine: install the package util-linux")
    probe = files.run(*OFFLINE, files.valid, prefix=(unshare, "--map-root-user", "--net"))
    if b"unshare:" in probe.stderr:
        pytest.skip("this machine does not allow network namespaces of one's own")
    assert (probe.returncode, probe.stdout.splitlines()[0].endswith(b"VALID")) == (0, True)
    assert files.run(*OFFLINE, files.tampered, prefix=(unshare, "--map-root-user", "--net")).returncode == 1


def test_every_step_that_is_explained_can_be_followed(files: Files) -> None:
    import hashlib
    import re

    text = files.run(*OFFLINE, "--explain", files.valid).stdout.decode()
    pairs = re.findall(r"= ([0-9a-f]{64})   \(.*\)\n      sha256 ([0-9a-f]+)\n", text)
    assert len(pairs) >= 20
    for digest, preimage in pairs:
        assert hashlib.sha256(bytes.fromhex(preimage)).hexdigest() == digest
    signed = re.search(r"^   S = (.*)$", text, re.MULTILINE)
    digest = re.search(r"^   digest of S = ([0-9a-f]+)", text, re.MULTILINE)
    assert signed and digest and hashlib.sha256(signed[1].encode()).hexdigest() == digest[1]
    assert "cannot be followed" not in text and ": NO" not in text


def test_what_is_forged_shows_in_the_explanation(files: Files) -> None:
    text = files.run(*OFFLINE, "--explain", files.tampered).stdout.decode()
    assert "its commitment of type 1 is this one: NO" in text


VKEY = str(NoteKey("witness.example", keys.generate(bytes(32)).public, COSIGNATURE_V1))


def test_witnesses_are_demanded_that_never_came_by(files: Files) -> None:
    done = files.run(*OFFLINE, "--json", "--witness", VKEY, files.valid)
    assert done.returncode == 2
    assert "inclusion.unwitnessed" in done.stdout.decode()
    assert files.run(*OFFLINE, "--witness", VKEY, "--quorum", "2", files.valid).returncode == 64
    assert files.run(*OFFLINE, "--witness", "nonsense", files.valid).returncode == 64
    assert files.run(*OFFLINE, "--quorum", "1", files.valid).returncode == 64
