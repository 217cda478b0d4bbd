"""Evidence convinces whoever trusts neither side; anything else convinces nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main
from api.watching.errors import Broken
from api.watching.judging import judge
from ledger.formats import keys
from ledger.formats.errors import FormatError, ProofError, RollbookError
from ledger.formats.merkle import Tree
from ledger.formats.note import NoteKey
from tests.support.logs import NOTE_KEY, NOW
from tests.support.witnessed import Watched, watched

__all__ = ["watched"]


@pytest.fixture(params=["another root", "another history"])
def evidence(watched: Watched, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a witness writes of a log that shows another root of a size, or goes on from another tree."""
    watched.round()
    if request.param == "another root":
        watched.log.notes.append((watched.log.sign(305, bytes(32)), NOW))
        watched.log._listed = lambda: []  # type: ignore[method-assign]
    else:
        watched.log.issue(40)
        watched.log.entries[17] = watched.log.entries[16]
        watched.log.tree = Tree()
        watched.log.tree.extend_entries(watched.log.entries)
        watched.log.checkpoint()
    with pytest.raises(Broken):
        watched.round()
    found: dict[str, Any] = json.loads((watched.folder / "evidence-log.forked.json").read_text())
    return found


def refused(value: Any, key: NoteKey = NOTE_KEY) -> str:
    with pytest.raises(RollbookError) as caught:
        judge(json.dumps(value).encode(), key)
    assert isinstance(caught.value, ProofError | FormatError)
    return caught.value.code


def test_two_histories_are_proven(evidence: dict[str, Any], tmp_path: Path, capsys) -> None:
    assert "305" in judge(json.dumps(evidence).encode(), NOTE_KEY)
    (tmp_path / "e.json").write_text(json.dumps(evidence))
    assert main(["witness", "judge", str(tmp_path / "e.json"), "--log", str(NOTE_KEY)]) == 4
    assert capsys.readouterr().out.startswith("proven: example.org/log has signed")


def test_the_log_is_accused_by_another_key(evidence: dict[str, Any]) -> None:
    other = NoteKey(NOTE_KEY.name, keys.generate(bytes(32)).public)
    assert refused(evidence, other) == "note.unknown_key"


@pytest.mark.parametrize("name", ["theirs", "cosigned"])
def test_an_altered_note_convinces(evidence: dict[str, Any], name: str) -> None:
    inside = evidence["evidence"]
    inside.pop("ours", None)
    inside[name] = inside[name].replace("\n305\n", "\n304\n").replace("\n345\n", "\n346\n")
    assert refused(evidence) == "note.bad_signature"


def test_one_note_twice_convinces(evidence: dict[str, Any]) -> None:
    inside = evidence["evidence"]
    inside["ours"] = inside["cosigned"] = inside["theirs"]
    assert refused(evidence) == "evidence.proves_nothing"


def test_an_honest_pair_convinces(watched: Watched) -> None:
    """One goes on from the other, and the proof says so."""
    size, more = 304, 305
    proof = [node.hex() for node in watched.log.tree.consistency_proof(size, more)]
    older = {"size": size, "theirs": watched.log.tree.root(size).hex(), "proof": proof}
    told = {"theirs": watched.log.sign(more), "cosigned": watched.log.sign(size), "older": older}
    assert refused({"evidence": told}) == "evidence.proves_nothing"
    changes: list[dict[str, Any]] = [
        {"theirs": bytes(32).hex()},
        {"proof": proof[1:]},
        {"proof": [*proof, bytes(32).hex()]},
    ]
    for change in changes:
        assert refused({"evidence": told | {"older": older | change}}) == "evidence.proves_nothing"
    changes = [{"theirs": 1}, {"proof": None}, {"proof": ["x"]}]
    for change in changes:
        assert refused({"evidence": told | {"older": older | change}}) == "evidence.malformed"


@pytest.mark.parametrize("value", [1, {}, {"evidence": []}, {"evidence": {}}, {"evidence": {"theirs": 1}}])
def test_what_is_no_evidence_convinces(value: Any) -> None:
    assert refused(value) == "evidence.malformed"
