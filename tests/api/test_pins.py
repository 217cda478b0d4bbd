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
        assert trust.add([tmp_path / "root.json"]) == 0
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


class TestWalking:
    """Versions between the pinned one and the newest."""

    first = trustroot.parse(document())
    one = document()
    two = document(2, first.id)
    three = document(3, trustroot.parse(two).id)

    def pinned(self, folder: Path, data: bytes | None = None) -> Pins:
        pins = Pins(folder)
        pins.add(data or self.one)
        return pins

    def versions(self, pins: Pins) -> list[int]:
        return [root.version for root in pins.all()]

    @pytest.mark.parametrize("order", ["23", "32", "123", "321", "213"])
    def test_several_versions_at_once_in_any_order(self, tmp_path: Path, order: str) -> None:
        pins = self.pinned(tmp_path)
        named = {"1": self.one, "2": self.two, "3": self.three}
        assert pins.add(*(named[number] for number in order)).version == 3
        assert self.versions(pins) == [3]

    def test_a_first_time_with_all_versions(self, tmp_path: Path) -> None:
        pins = Pins(tmp_path)
        assert pins.add(self.three, self.one, self.two).version == 3
        assert self.versions(pins) == [3]

    def test_a_first_time_with_the_newest_alone(self, tmp_path: Path) -> None:
        assert Pins(tmp_path).add(self.three).version == 3

    def test_all_versions_again(self, tmp_path: Path) -> None:
        pins = self.pinned(tmp_path, self.three)
        assert pins.add(self.one, self.two, self.three).version == 3
        assert self.versions(pins) == [3]

    def test_a_version_that_is_missing_between(self, tmp_path: Path) -> None:
        pins = self.pinned(tmp_path)
        assert refused(pins, self.three) == "trustroot.not_next"
        assert self.versions(pins) == [1]

    @pytest.mark.parametrize("back", [1, 2])
    def test_no_way_back_however_far(self, tmp_path: Path, back: int) -> None:
        pins = self.pinned(tmp_path, self.three)
        assert refused(pins, {1: self.one, 2: self.two}[back]) == "trust.older"
        assert self.versions(pins) == [3]

    def test_a_fork_of_the_pinned_version(self, tmp_path: Path) -> None:
        other = document(2, self.first.id, signers=(ALICE, BOB))  # another content, signed by who may
        pins = self.pinned(tmp_path, self.two)
        assert refused(pins, other) == "trust.forked"
        with pytest.raises(RollbookError) as caught:
            self.pinned(tmp_path / "other").add(self.two, other)
        assert caught.value.code == "trust.forked"

    def test_what_follows_a_fork(self, tmp_path: Path) -> None:
        other = document(2, self.first.id, signers=(ALICE, BOB))
        three = document(3, trustroot.parse(other).id, signers=(BOB,))
        pins = self.pinned(tmp_path, self.two)
        assert refused(pins, three) == "trustroot.not_next"
        with pytest.raises(RollbookError) as caught:
            pins.add(other, three)
        assert caught.value.code == "trust.forked"

    def test_one_bad_step_pins_none(self, tmp_path: Path) -> None:
        dismissed = document(3, trustroot.parse(self.two).id, signers=(BOB,))  # not signed by version 2's authority
        pins = self.pinned(tmp_path)
        with pytest.raises(RollbookError) as caught:
            pins.add(self.two, dismissed)
        assert caught.value.code == "trustroot.unsigned"
        assert self.versions(pins) == [1]

    def test_a_lower_threshold(self, tmp_path: Path) -> None:
        both = version_of(2, (ALICE, BOB), self.first.id)
        lower = version_of(1, (ALICE, BOB), trustroot.parse(both).id, number=3)
        pins = self.pinned(tmp_path)
        assert pins.add(both).threshold == 2
        assert refused(pins, lower) == "trustroot.not_next"

    def test_another_trust_root_of_the_same_log(self, tmp_path: Path) -> None:
        pins = self.pinned(tmp_path)
        assert refused(pins, document(signers=(BOB,))) == "trust.forked"

    def test_a_crash_between_writing_and_removing(self, tmp_path: Path) -> None:
        pins = self.pinned(tmp_path)
        (tmp_path / "trust" / f"{trustroot.parse(self.two).id.hex()}.json").write_bytes(self.two)
        assert pins.add(self.two).version == 2
        assert self.versions(pins) == [2]


def version_of(threshold: int, authorities: tuple[keys.KeyPair, ...], previous: bytes, number: int = 2) -> bytes:
    made = json.loads(document(number, previous)) | {
        "threshold": threshold,
        "authorities": [key.multikey for key in authorities],
        "signatures": [],
    }
    for key in authorities:
        made = trustroot.sign(made, key)
    return canonical.dumps(made)
