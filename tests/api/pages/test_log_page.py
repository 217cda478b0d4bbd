"""The page of the log says how it is doing: what waits, and how far each witness has come."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pages.transparency import duration
from ledger.formats import cosignature, keys
from ledger.formats.note import COSIGNATURE_V1, NoteKey
from ledger.log.submission import Caller
from tests.support.ledgers import UNIVERSITY, Ledger, opened

PAIRS = [keys.generate(bytes([n]) * 32) for n in range(60, 63)]
KEYS = [NoteKey(f"<w{n}>.example", pair.public, COSIGNATURE_V1) for n, pair in enumerate(PAIRS)]


@pytest.fixture(scope="module")
def client(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A deployment with three witnesses: one has cosigned the newest checkpoint, one an older, one none."""
    home = tmp_path_factory.mktemp("page") / "home"
    shutil.copytree(made_ledger.home, home)
    with opened(home, witnesses=" ".join(map(str, KEYS))) as deployment:
        member = deployment.schools.by_code(UNIVERSITY)
        deployment.records.revoke(Caller("tests", member.did), made_ledger.records[UNIVERSITY][0], "a test")
        deployment.settle()
        listed = [one.note.decode() for one in deployment.reader.checkpoints_after(0)]
        for n, note in ((0, listed[-1]), (1, listed[0])):
            line = cosignature.cosign(cosignature.body_of(note), KEYS[n].name, PAIRS[n].secret, int(time.time()))
            deployment.witnesses.take((note + str(line)).encode())
        with TestClient(create_app(deployment), base_url="http://localhost:8000") as found:
            yield found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_witnesses_and_what_waits_are_hidden(client: TestClient, language: str) -> None:
    text = client.get(f"/log?lang={language}").text
    words = {
        "zh": ("见证人", "最新", "落后", "还没有会签", "等待上链", "检查点的个数", "锚定的次数"),
        "en": (
            *("Witnesses", "newest", "behind by", "nothing yet"),
            *("Checkpoints waiting to be anchored", "Checkpoints so far", "Anchors so far"),
        ),
    }
    for word in words[language]:
        assert word in text, word
    assert "&lt;w0&gt;.example" in text and "<w0>" not in text
    assert client.get(f"/log?lang={language}&before=2").text.count("&lt;w0&gt;") == 0


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (59, "59 秒", "59 s"),
        (60, "1 分钟", "1 min"),
        (7199, "1 小时", "1 h"),
        (10**9, "11,574 天", "11,574 d"),
    ],
)
def test_a_time_in_the_wrong_unit(seconds: int, zh: str, en: str) -> None:
    assert (duration(seconds, "zh"), duration(seconds, "en")) == (zh, en)


def test_a_log_without_witnesses_names_some(made_ledger: Ledger, tmp_path: Path) -> None:
    shutil.copytree(made_ledger.home, tmp_path / "home")
    with opened(tmp_path / "home") as deployment, TestClient(create_app(deployment)) as found:
        text = found.get("/log?lang=en").text
    assert "has named no witness yet" in text and "Cosigned" not in text
