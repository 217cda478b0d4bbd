"""The log takes cosignatures of named witnesses alone, keeps the first of each, and waits for none."""

import hashlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from starlette.testclient import TestClient

from api.deployment import Deployment, note_key
from api.http.app import create_app
from api.settings import load
from ledger.formats import canonical, cosignature, entry, keys, merkle, note
from ledger.formats.checkpoint import Checkpoint, sign_checkpoint
from ledger.formats.errors import ConfigError
from ledger.formats.note import COSIGNATURE_V1, NoteKey, Signature
from ledger.log.transactions import writing
from tests.support.ledgers import Ledger, bundle_of, opened

PAIRS = [keys.generate(bytes([n]) * 32) for n in range(1, 4)]
WITNESSES = [NoteKey(f"witness-{n}.example", pair.public, COSIGNATURE_V1) for n, pair in enumerate(PAIRS)]
NAMED = ", ".join(map(str, WITNESSES[:2]))
TEXT = {"content-type": "text/plain; charset=utf-8"}


@pytest.fixture(scope="module")
def watched(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with two named witnesses; what tests add to its cosignatures is under sizes of their own."""
    home = tmp_path_factory.mktemp("watched") / "home"
    shutil.copytree(made_ledger.home, home)
    with opened(home, witnesses=NAMED) as found:
        yield found


@pytest.fixture
def client(watched: Deployment) -> Iterator[TestClient]:
    """Its application, without any cosignature."""
    with writing(watched.engine) as connection:
        connection.execute(sql("DELETE FROM log_cosignatures"))
    with TestClient(create_app(watched), base_url="http://localhost:8000", raise_server_exceptions=False) as found:
        yield found


def published(client: TestClient, n: int = -1) -> str:
    answer = client.get("/log/checkpoints").json()
    assert answer["next"] is None
    text: str = answer["checkpoints"][n]["note"]
    return text


def head_of(text: str) -> Checkpoint:
    return cosignature.body_of(text)


def line(text: str, n: int = 0, at: int = 1_780_000_000, head: Checkpoint | None = None) -> Signature:
    return cosignature.cosign(head or head_of(text), WITNESSES[n].name, PAIRS[n].secret, at)


def post(client: TestClient, text: str, *lines: Signature) -> Any:
    return client.post("/log/cosignatures", content=(text + "".join(map(str, lines))).encode(), headers=TEXT)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_cosignature_is_kept_and_shown_wherever_its_checkpoint_is(client) -> None:
    text = published(client)
    size = head_of(text).size
    assert post(client, text, line(text)).json() == {"size": size, "kept": 1}
    assert post(client, text, line(text, 1)).json() == {"size": size, "kept": 1}
    wanted = text + str(line(text, 0)) + str(line(text, 1))
    assert client.get("/log/checkpoint").text == wanted
    assert 'rollbook_log_cosignatures{witness="witness-0.example"} 1\n' in client.get("/metrics").text
    assert f'rollbook_log_cosigned_entries{{witness="witness-1.example"}} {size}\n' in client.get("/metrics").text


def test_a_bundle_has_the_cosignatures_of_its_own_checkpoint(client, watched, made_ledger, monkeypatch) -> None:
    tick = iter(range(1000))
    monkeypatch.setattr("ledger.export.snapshot._moment", lambda: next(tick))
    before = bundle_of(watched, made_ledger)["checkpoint"]
    assert post(client, before, line(before, 1)).status_code == 200
    bundle = bundle_of(watched, made_ledger)
    assert bundle["checkpoint"] == before + str(line(before, 1))
    assert bundle["anchor"]["size"] == head_of(before).size
    report = client.post("/v1/verify", content=canonical.dumps(bundle)).json()
    assert report["verdict"] == "valid"


def test_another_cosignature_of_one_witness_takes_the_place_of_the_first(client) -> None:
    text = published(client)
    assert post(client, text, line(text)).json()["kept"] == 1
    assert post(client, text, line(text, at=1_780_000_001)).json()["kept"] == 0
    assert client.get("/log/checkpoint").text == text + str(line(text))


def test_a_stranger_s_line_is_taken(client) -> None:
    text = published(client)
    assert code(post(client, text, line(text, 2))) == (403, "cosignature.unknown_witness")
    assert code(post(client, text)) == (403, "cosignature.unknown_witness")
    assert post(client, text, line(text, 2), line(text, 0)).json()["kept"] == 1
    assert client.get("/log/checkpoint").text == text + str(line(text))


@pytest.mark.parametrize("value", [bytes(72), bytes(64), b"", bytes(73)])
def test_a_line_that_does_not_hold_is_taken(client, value: bytes) -> None:
    text = published(client)
    answer = post(client, text, replace(line(text), value=value or b"\0"))
    assert code(answer) == (400, "note.bad_signature")
    assert client.get("/log/checkpoint").text == text


def test_a_cosignature_from_the_future_is_taken(client) -> None:
    text = published(client)
    assert code(post(client, text, line(text, at=int(time.time()) + 3600))) == (400, "note.bad_signature")
    assert post(client, text, line(text, at=int(time.time()) + 60)).status_code == 200


def test_a_cosignature_of_another_size_is_taken(client) -> None:
    text = published(client)
    other = replace(head_of(text), size=head_of(text).size - 1)
    assert code(post(client, text, line(text, head=other))) == (400, "note.bad_signature")
    unsigned = f"{other.body()}\n"
    assert code(post(client, unsigned, line(text, head=other))) == (404, "log.no_checkpoint")


def test_a_cosignature_of_another_log_is_taken(client) -> None:
    text = published(client)
    other = replace(head_of(text), origin="elsewhere.example/log")
    assert code(post(client, other.body() + "\n", line(text, head=other))) == (404, "log.no_checkpoint")


@pytest.mark.parametrize("body", ["", "no note", "a\n\n— x AAAA\n", "\xff"])
def test_what_is_no_note_is_taken(client, body: str) -> None:
    assert code(post(client, body)) == (400, "note.malformed")
    assert client.post("/log/cosignatures", content=b"\xff\xfe\n\n").json()["code"] == "note.malformed"


def test_a_body_of_any_size_is_read(client) -> None:
    text = published(client)
    assert code(post(client, text, *[line(text)] * 200)) == (413, "document.too_large")


def test_another_root_of_a_published_size_passes_in_silence(client, watched) -> None:
    """Under our own key it is an alarm; a witness's word alone, or a stranger's, is none."""
    text = published(client)
    other = replace(head_of(text), root=merkle.EMPTY_ROOT)
    before = watched.alarms.counts.get("log.forked", 0)
    assert code(post(client, other.body() + "\n", line(text, head=other))) == (409, "log.forked")
    assert watched.alarms.counts.get("log.forked", 0) == before
    ours = sign_checkpoint(other, _log_pair(watched))
    assert code(post(client, ours, line(text, 2, head=other))) == (403, "cosignature.unknown_witness")
    assert code(post(client, ours, line(text, head=other))) == (409, "log.forked")
    assert watched.alarms.counts["log.forked"] == before + 1
    assert 'rollbook_alarms_total{code="log.forked"}' in client.get("/metrics").text
    assert client.get("/log/checkpoint").text == text


def _log_pair(watched: Deployment) -> keys.KeyPair:
    return note_key(watched.keystore)


def test_checkpoints_are_listed_from_the_smallest_on(client, watched) -> None:
    listed = client.get("/log/checkpoints").json()["checkpoints"]
    sizes = [head_of(one["note"]).size for one in listed]
    assert sizes == sorted(set(sizes)) and sizes[-1] == watched.reader.checkpoint().size
    after = client.get("/log/checkpoints", params={"after": sizes[0]}).json()["checkpoints"]
    assert [head_of(one["note"]).size for one in after] == sizes[1:]
    key = NoteKey(watched.facts.origin, _log_pair(watched).public)
    for one in listed:
        assert note.verify(note.parse(one["note"]), [key]) and one["published"] > 1_780_000_000
    for bad in ("-1", str(2**48), "x"):
        assert client.get("/log/checkpoints", params={"after": bad}).status_code == 400


def test_anchors_are_listed_as_they_are_recorded(client, watched) -> None:
    listed = client.get("/log/anchors").json()["anchors"]
    newest = watched.reader.anchor()
    assert newest and listed[-1]["size"] == newest.size and listed[-1]["root"] == newest.root.hex()
    assert listed[0]["previousSize"] == 0
    assert client.get("/log/anchors", params={"after": newest.size}).json() == {"anchors": [], "next": None}


def test_an_entry_of_a_record_is_given_out_as_a_status_list(client, watched) -> None:
    found = [entry.decode(one) for one in watched.reader.entries(0, watched.reader.checkpoint().size)]
    lists = [index for index, one in enumerate(found) if one.kind == entry.STATUS_KIND]
    for index in lists:
        data = client.get(f"/log/status-lists/{index}").content
        opened = entry.commitment(entry.PUBLIC_SALT, hashlib.sha256(data).digest())
        assert found[index].commitments == ((1, opened),)
    record = next(index for index, one in enumerate(found) if one.kind != entry.STATUS_KIND)
    for index in (record, len(found), 2**47):
        assert code(client.get(f"/log/status-lists/{index}")) == (404, "status.unknown")


@pytest.mark.parametrize(
    "settings",
    [
        {"witnesses": "nonsense"},
        {"witnesses": str(NoteKey("log.example", PAIRS[0].public))},
        {"witnesses": f"{WITNESSES[0]} {WITNESSES[0]}"},
        {"required_witnesses": 1},
        {"witnesses": NAMED, "required_witnesses": 3},
    ],
)
def test_settings_name_witnesses_that_there_cannot_be(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="WITNESSES"):
        load(home=tmp_path, **settings)
    assert len(load(home=tmp_path, witnesses=NAMED, required_witnesses=2).witness_keys) == 2
