"""From an empty folder to a bundle that both verifiers believe without a network, on validators that had to agree."""

import base64
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from network import trial
from network.__main__ import settings
from network.processes import Network
from network.trial import Trial
from tests.support.commands import rollbook
from tests.support.shared import REPOSITORY
from tests.support.validators import Figure

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.network
HTML = REPOSITORY / "verifier/web/dist/rollbook-verifier.html"
ASK = """async ([data, root, now]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return JSON.stringify(await window.rollbook.verify(bytes(data), bytes(root), { now }));
}"""


@pytest.fixture(scope="module")
def made(running: Network, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return trial.run(tmp_path_factory.mktemp("trial"), settings(running.plan), say=print)


@pytest.fixture(scope="module")
def files(made: Trial, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The bundle; with a mark that nobody gave; with a seal too few; with a header that nobody sealed."""
    folder = tmp_path_factory.mktemp("files")
    found = {"valid": made.bundle}
    bundle = json.loads(made.bundle.read_bytes())
    bundle["credential"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = "100"
    found["a mark that nobody gave"] = folder / "mark.json"
    found["a mark that nobody gave"].write_text(json.dumps(bundle, ensure_ascii=False))
    for name, count in (("a seal too few", 2), ("no seal", 0)):
        found[name] = folder / f"seals-{count}.json"
        found[name].write_text(json.dumps(with_seals(json.loads(made.bundle.read_bytes()), count), ensure_ascii=False))
    return found


def with_seals(bundle: dict[str, Any], count: int) -> dict[str, Any]:
    from ledger.formats import base64s, rlp

    fields = rlp.decode_list(base64s.decode(bundle["chain"]["header"]))
    assert isinstance(fields[12], bytes)
    extra = rlp.decode_list(fields[12])
    assert isinstance(extra[4], list) and len(extra[4]) >= 3
    fields[12] = rlp.encode([*extra[:4], extra[4][:count]])
    bundle["chain"]["header"] = base64s.encode(rlp.encode(fields))
    return bundle


EXPECTED = {
    "valid": ("valid", "anchor.ok"),
    "a mark that nobody gave": ("invalid", None),
    "a seal too few": ("invalid", "anchor.bad_seal"),
    "no seal": ("invalid", "anchor.bad_seal"),
}


def test_it_takes_minutes_at_most(made: Trial, figure: Figure) -> None:
    figure("seconds_to_first_anchor", made.seconds_to_anchor)
    assert made.seconds_to_anchor < 300


@pytest.mark.parametrize("name", EXPECTED)
def test_the_verifier_without_a_network_interface(name: str, files: dict[str, Path], made: Trial) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare on this machine: install the package util-linux")
    command = ("verify", "--offline", "--json", "--trust-root", made.trust_root, files[name])
    env = {"ROLLBOOK_HOME": str(made.bundle.parent / "elsewhere")}
    done = rollbook(*command, env=env, cwd=made.bundle.parent, prefix=(unshare, "--map-root-user", "--net"))
    if b"unshare:" in done.stderr:
        pytest.skip("this machine does not allow network namespaces of one's own")
    judge(json.loads(done.stdout), name)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_verifier_in_one_html_file(name: str, files: dict[str, Path], made: Trial, browser: "Browser") -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(HTML.as_uri())
    asked = [base64.b64encode(path.read_bytes()).decode() for path in (files[name], made.trust_root)]
    report = json.loads(page.evaluate(ASK, [*asked, time.time() * 1000]))
    context.close()
    judge(report, name)


def judge(report: dict[str, Any], name: str) -> None:
    verdict, code = EXPECTED[name]
    anchor = next(check["code"] for check in report["checks"] if check["id"] == "anchor")
    assert report["verdict"] == verdict, report
    assert code in (None, anchor)
    assert report["assurance"] == "consortium"
