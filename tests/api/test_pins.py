"""What is pinned stays pinned: nothing older, unsigned or altered takes its place."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.cli import trust
from api.pins import Pins, choose, read_file
from ledger.formats import canonical, checkpoint, keys, trustroot
from ledger.formats.errors import RollbookError

ALICE, BOB = keys.generate(b"a" * 32), keys.generate(b"b" * 32)
SLOTS = {
    "checkpointRegistry": {"heads": 3, "anchors": 5},
    "issuerRegistry": {"root": 1, "parents": 3, "profiles": 4, "accreditations": 5, "keys": 6, "kinds": 8},
}


def epoch(origin: str, key: keys.KeyPair = ALICE) -> dict[str, Any]:
    contracts = {
        name: {"address": "0x" + "11" * 20, "codeHash": "0x" + "22" * 32, "slots": slots}
        for name, slots in SLOTS.items()
    }
    return {
        "chainId": 26001,
        "consensus": "clique",
        "genesis": "0x" + "33" * 32,
        "validators": [{"from": 0, "to": None, "addresses": ["0x" + "44" * 20]}],
        "rootAuthority": "did:web:rollbook.example:authorities:root",
        "logs": [{"origin": origin, "key": key.multikey}],
        "closed": None,
        **contracts,
    }


def document(
    version: int = 1,
    previous: bytes | None = None,
    *,
    signers=(ALICE,),
    origin: str = "a.example/log",
    key: keys.KeyPair = ALICE,
) -> bytes:
    made = trustroot.build(
        version=version,
        previous=previous,
        expires=datetime(2030, 1, 1, tzinfo=UTC),
        assurance="single-sealer",
        authorities=[signers[-1].multikey],
        threshold=1,
        epochs=[epoch(origin, key)],
    )
    for signer in signers:
        made = trustroot.sign(made, signer)
    return canonical.dumps(made)


def refused(pins: Pins, data: bytes) -> str:
    with pytest.raises(RollbookError) as caught:
        pins.add(data)
    return caught.value.code


def test_the_next_version_takes_the_place_of_the_one_it_follows(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    first = pins.add(document())
    second = pins.add(document(2, first.id))
    assert [root.id for root in pins.all()] == [second.id]


def test_an_older_version_does_not_come_back(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    first = pins.add(document())
    second = pins.add(document(2, first.id))
    assert refused(pins, document()) == "trust.older"
    assert [root.id for root in pins.all()] == [second.id]


def test_a_version_that_the_pinned_authorities_did_not_sign_is_refused(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    first = pins.add(document())
    assert refused(pins, document(2, first.id, signers=(BOB,))) == "trustroot.unsigned"
    assert [root.id for root in pins.all()] == [first.id]


def test_a_version_that_skips_one_is_refused(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    first = pins.add(document())
    assert refused(pins, document(3, first.id)) == "trustroot.not_next"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", document()[:-2], document().replace(b'"version":1', b'"version":2')]
)
def test_what_is_no_trust_root_is_not_pinned(tmp_path: Path, data: bytes) -> None:
    pins = Pins(tmp_path)
    assert refused(pins, data).startswith("trustroot.")
    assert pins.all() == []


def test_a_pinned_file_that_somebody_altered_stops_everything(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    root = pins.add(document())
    (tmp_path / "trust" / f"{root.id.hex()}.json").write_bytes(document(origin="evil.example/log"))
    with pytest.raises(RollbookError) as caught:
        pins.all()
    assert caught.value.code == "trust.damaged"


def test_adding_one_twice_changes_nothing(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    assert pins.add(document()).id == pins.add(document()).id
    assert len(pins.all()) == 1


def test_the_newest_one_is_the_default_and_a_bundle_may_name_another_pinned_one(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    one = pins.add(document(origin="a.example/log"))
    two = pins.add(document(origin="b.example/log"))
    roots = pins.all()
    assert [root.id for root in roots] == [two.id, one.id]
    assert choose(roots, json.dumps({"checkpoint": "a.example/log\n5\n…"}).encode()).id == one.id
    for other in (b"", b"\xff", b"[]", b"[" * 10**5, b'{"checkpoint": 5}', b'{"checkpoint": "c.example/log\\n"}'):
        assert choose(roots, other).id == two.id


def signed_note(origin: str, key: keys.KeyPair) -> bytes:
    note = checkpoint.sign_checkpoint(checkpoint.Checkpoint(origin, 5, b"\5" * 32), key)
    return json.dumps({"checkpoint": note}).encode()


def test_of_two_logs_with_one_name_the_one_whose_key_signed_is_meant(tmp_path: Path) -> None:
    pins, origin = Pins(tmp_path), "localhost:8000/log"
    one = pins.add(document(origin=origin, key=ALICE))
    two = pins.add(document(origin=origin, key=BOB))
    for roots in (pins.all(), pins.all()[::-1]):
        assert choose(roots, signed_note(origin, ALICE)).id == one.id
        assert choose(roots, signed_note(origin, BOB)).id == two.id
        assert choose(roots, signed_note(origin, keys.generate(b"c" * 32))).id == roots[0].id
        assert choose(roots, signed_note("c.example/log", ALICE)).id == roots[0].id


def test_a_log_of_the_same_name_under_another_key_is_told(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    one = pins.add(document())
    assert pins.namesakes(one) == []
    assert pins.namesakes(pins.add(document(origin="b.example/log", key=BOB))) == []
    assert pins.namesakes(pins.add(document(2, one.id, signers=(ALICE,)))) == []
    two = pins.add(document(key=BOB))
    assert [root.version for root in pins.namesakes(two)] == [2]


def test_pinning_it_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path))
    for number, key in enumerate((ALICE, BOB)):
        (tmp_path / "root.json").write_bytes(document(key=key))
        assert trust.add(tmp_path / "root.json") == 0
        assert ("same name with another key" in capsys.readouterr().err) is (number == 1)


@pytest.mark.parametrize("start", ["", "sha256:", "ffffffffff"])
def test_a_fingerprint_must_name_exactly_one(tmp_path: Path, start: str) -> None:
    pins = Pins(tmp_path)
    pins.add(document(origin="a.example/log"))
    with pytest.raises(RollbookError) as caught:
        pins.get(start)
    assert caught.value.code == "trust.unknown"


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    for data in (None, b"{}"):
        path = tmp_path / "root.json"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(RollbookError) as caught:
            read_file(path)
        assert caught.value.code == "trust.unreadable" and "root.json" in caught.value.message
