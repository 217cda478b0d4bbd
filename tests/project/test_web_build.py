"""The verifier in one HTML file is what its sources give, and its sources are sound."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import web_data
from tests.support.shared import REPOSITORY

WEB = REPOSITORY / "verifier/web"
HTML = WEB / "dist/rollbook-verifier.html"


@pytest.fixture(scope="module")
def web() -> Path:
    """The folder with its packages, by the lock; skips where there is no node, or nowhere to fetch them from."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node on this machine: install the packages nodejs and npm")
    if not (WEB / "node_modules/.package-lock.json").is_file():
        done = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr.strip().splitlines()[-1:]}")
    return WEB


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    return subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_committed_page_is_not_what_the_sources_give(web: Path) -> None:
    done = run("node", "build.mjs", "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_types_of_the_sources_are_wrong(web: Path) -> None:
    done = run("node_modules/.bin/tsc", "--noEmit", "-p", ".")
    assert (done.returncode, done.stdout) == (0, "")


def test_shared_sentences_and_contexts_lag_behind() -> None:
    """Then: ``python scripts/web_data.py`` and ``npm run build`` in verifier/web."""
    there = {path.name: path.read_text(encoding="utf-8") for path in web_data.FOLDER.iterdir()}
    assert there == web_data.files()


def test_page_of_formats_lacks_a_word_of_the_sheet() -> None:
    """Whoever writes a verifier from the page alone must know what stands on paper (docs/formats.md §14)."""
    page = (REPOSITORY / "docs/formats.md").read_text(encoding="utf-8")
    words = json.loads(web_data.files()["sheet.json"])
    pairs = [*words.pop("rows"), *words.pop("notes"), *words.values()]
    assert [word for pair in pairs for word in pair.values() if word not in page] == []
    assert [one for one in json.loads(web_data.files()["alike.json"]) if one not in page.split()] == []


def test_lock_names_a_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in packages.items() if name)


def test_page_could_reach_the_network() -> None:
    html = HTML.read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'sha256-" in html
    for word in (
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "sendBeacon",
        "import(",
        "eval(",
        "new Function",
        "innerHTML",
    ):
        assert word not in html, word
    assert html.count("<script") == 2 and html.count("<style") == 1
    assert "src=" not in html.partition("<script>")[0]


def test_source_file_grew_too_long() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (WEB / "src").rglob("*.ts")}
    assert {name: lines for name, lines in lengths.items() if lines > 350} == {}
