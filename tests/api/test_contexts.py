"""The operator's folder of contexts: what stops the start, and that nothing in it replaces what is bundled."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from api import contexts
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2
from ledger.formats.errors import ConfigError
from ledger.formats.forms import CLR_2

URL = "https://example.org/contexts/one.json"
DATA = b'{"@context": {"one": "https://example.org/vocab#one"}}'


def write(folder: Path, manifest: Any = None, data: bytes = DATA, **pin: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "one.json").write_bytes(data)
    pinned = {"file": "one.json", "sha256": hashlib.sha256(DATA).hexdigest()} | pin
    text = json.dumps({URL: pinned} if manifest is None else manifest)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return folder


def refusal(home: Path, given: Path | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        contexts.load(home, given)
    return caught.value


def test_without_a_folder_the_bundled_ones_are_all(tmp_path: Path):
    assert contexts.load(tmp_path) is BUNDLED


def test_the_folder_in_the_data_folder_is_taken(tmp_path: Path):
    write(tmp_path / "contexts")
    assert contexts.load(tmp_path).document(URL) == json.loads(DATA)


def test_a_folder_that_is_named_comes_first(tmp_path: Path):
    write(tmp_path / "contexts", {})
    other = write(tmp_path / "other")
    assert contexts.load(tmp_path, other).knows(URL)


def test_the_context_of_clr_is_taken_as_its_publisher_gives_it(tmp_path: Path, shared_vectors: Path):
    data = (shared_vectors / "clr-2" / "context-2.0.1.json").read_bytes()
    pin = {"file": "one.json", "sha256": hashlib.sha256(data).hexdigest()}
    loaded = contexts.load(tmp_path, write(tmp_path / "other", {CLR_2: pin}, data))
    assert "ClrCredential" in loaded.document(CLR_2)["@context"]


def test_a_changed_file_stops_the_start_and_is_named(tmp_path: Path):
    write(tmp_path / "contexts", data=DATA + b"\n")
    error = refusal(tmp_path)
    assert error.code == "context.mismatch" and URL in error.message


def test_a_missing_file(tmp_path: Path):
    (write(tmp_path / "contexts") / "one.json").unlink()
    error = refusal(tmp_path)
    assert error.code == "context.mismatch" and "one.json" in error.message


@pytest.mark.parametrize("data", [b"[]", b"{}", b"{", b'{"@context": 1, "@context": 2}'])
def test_a_file_that_is_no_context(tmp_path: Path, data: bytes):
    write(tmp_path / "contexts", data=data, sha256=hashlib.sha256(data).hexdigest())
    assert refusal(tmp_path).code == "context.mismatch"


def test_another_document_for_a_bundled_context(tmp_path: Path):
    pin = {"file": "one.json", "sha256": hashlib.sha256(DATA).hexdigest()}
    write(tmp_path / "contexts", {CREDENTIALS_V2: pin})
    error = refusal(tmp_path)
    assert error.code == "context.mismatch" and CREDENTIALS_V2 in error.message


@pytest.mark.parametrize(
    "pin",
    [
        {"file": "../one.json"},
        {"file": "/etc/hostname"},
        {"file": ".hidden"},
        {"file": 7},
        {"sha256": "00"},
        {"sha256": "A" * 64},
        {"more": 1},
    ],
)
def test_a_malformed_pin(tmp_path: Path, pin: dict[str, Any]):
    write(tmp_path / "contexts", **pin)
    error = refusal(tmp_path)
    assert error.code == "context.manifest" and URL in error.message


@pytest.mark.parametrize("manifest", [[], "text", {URL: "one.json"}, {f"{URL}{n}": {} for n in range(65)}])
def test_a_malformed_manifest(tmp_path: Path, manifest: Any):
    write(tmp_path / "contexts", manifest)
    assert refusal(tmp_path).code == "context.manifest"


def test_a_folder_that_is_named_and_not_there(tmp_path: Path):
    assert refusal(tmp_path, tmp_path / "none").code == "context.manifest"


def test_a_folder_without_a_manifest(tmp_path: Path):
    (tmp_path / "contexts").mkdir()
    assert refusal(tmp_path).code == "context.manifest"
