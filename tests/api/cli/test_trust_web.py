"""`rollbook trust web`: the offline verifier with a pinned trust root inside."""

from pathlib import Path

import pytest

from api.cli import main
from tests.worlds.world import World
from verifier import offline


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "home"))
    return tmp_path


def test_nothing_is_pinned_yet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["trust", "web", str(folder / "page.html")]) == 64
    assert "no trust root is pinned" in capsys.readouterr().err
    assert not (folder / "page.html").exists()


def test_page_lacks_the_pinned_root_or_more_than_that(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = World().trust_root()
    (folder / "root.json").write_bytes(_signed())
    assert main.main(["trust", "add", str(folder / "root.json")]) == 0
    assert main.main(["trust", "web", str(folder / "page.html")]) == 0
    assert root.fingerprint in capsys.readouterr().out
    made = (folder / "page.html").read_bytes()
    assert made == offline.page(root.document)
    assert len(made) > len(offline.page())
    assert made.replace(_inside(made), b"") == offline.page()


def _inside(page: bytes) -> bytes:
    return page.partition(b'id="trust-root">')[2].partition(b"</script>")[0]


def _signed() -> bytes:
    from ledger.formats import canonical, trustroot

    world = World()
    return canonical.dumps(trustroot.sign(world.trust_document(), world.trust_key))


def test_a_root_ends_the_element_that_holds_it() -> None:
    made = offline.page({"origin": "</script><script>alert(1)</script>"})
    assert made.count(b"<script") == offline.page().count(b"<script")
    assert b"\\u003c/script>" in _inside(made)
