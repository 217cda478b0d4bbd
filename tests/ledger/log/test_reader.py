"""Reading the log from another process: it follows, and shows the public nothing that is not published."""

import hashlib

import pytest
from sqlalchemy import Engine

from ledger.formats import merkle, tiles
from ledger.formats.errors import FormatError, NotFoundError
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from tests.support.logs import open_sequencer
from tests.support.school import School

SCHOOL = School("one")
MANY = SCHOOL.submissions(range(700))
LEAVES = [merkle.leaf_hash(submission.entry) for submission in MANY]


def _published(engine: Engine, size: int) -> Sequencer:
    sequencer = open_sequencer(engine)
    sequencer.append(MANY[:size], caller=SCHOOL.caller)
    sequencer.publish()
    return sequencer


def _code(error: pytest.ExceptionInfo[NotFoundError]) -> str:
    return error.value.code


def test_a_reader_follows_the_log_without_being_told(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    for start, end in ((0, 1), (1, 255), (255, 257), (257, 600)):
        sequencer.append(MANY[start:end], caller=SCHOOL.caller)
        root = reader.root(end)
        for index in {start, (start + end) // 2, end - 1, 0}:
            merkle.verify_inclusion(LEAVES[index], index, end, reader.inclusion_proof(index, end), root)


def test_any_two_sizes_have_a_consistency_proof(engine: Engine) -> None:
    _published(engine, 20)
    reader = LogReader(engine)
    for new in range(1, 21):
        assert reader.consistency_proof(0, new) == []
        for old in range(1, new + 1):
            proof = reader.consistency_proof(old, new)
            merkle.verify_consistency(old, reader.root(old), new, reader.root(new), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 21), (20, 20), (21, 20), (-1, 20), (0, 0), (0, -1)])
def test_a_proof_of_what_is_not_there_is_refused(engine: Engine, index: int, size: int) -> None:
    _published(engine, 20)
    reader = LogReader(engine)
    with pytest.raises(NotFoundError) as caught:
        reader.inclusion_proof(index, size)
    assert _code(caught) == "tree.out_of_range"


@pytest.mark.parametrize(("old", "new"), [(21, 20), (1, 21), (-1, 5), (0, 21)])
def test_a_consistency_proof_between_other_sizes_is_refused(engine: Engine, old: int, new: int) -> None:
    _published(engine, 20)
    with pytest.raises(NotFoundError):
        LogReader(engine).consistency_proof(old, new)


def test_tiles_and_bundles_rebuild_the_tree(engine: Engine) -> None:
    sequencer = _published(engine, 700)
    reader = LogReader(engine)
    entries: list[bytes] = []
    for index in range(3):
        width = tiles.partial_width(None, index, 700)
        entries += tiles.decode_bundle(reader.entry_bundle(index, width), width)
        hashes = b"".join(LEAVES[index * 256 : index * 256 + width])
        assert reader.tile(0, index, width) == hashes
    assert entries == [submission.entry for submission in MANY]
    tops = [merkle.Tree(b"".join(LEAVES[start : start + 256])).root() for start in (0, 256)]
    assert reader.tile(1, 0, 2) == b"".join(tops)
    assert reader.tile_at("tile/0/001") == b"".join(LEAVES[256:512])
    assert reader.tile_at("tile/entries/002.p/3") == tiles.encode_bundle(s.entry for s in MANY[512:515])
    assert reader.tile_at("tile/1/000.p/1") == tops[0]
    assert sequencer.tree.root(700) == reader.root(700)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/002.p/189",
        "tile/entries/002.p/189",
        "tile/entries/003.p/1",
        "tile/1/000.p/3",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/5/000.p/1",
        "tile/0/x999/999",
    ],
)
def test_a_tile_beyond_the_newest_checkpoint_is_not_found(engine: Engine, path: str) -> None:
    _published(engine, 700)
    with pytest.raises(NotFoundError) as caught:
        LogReader(engine).tile_at(path)
    assert _code(caught) == "log.no_tile"


def test_entries_that_no_checkpoint_covers_are_in_no_tile(engine: Engine) -> None:
    sequencer, reader = _published(engine, 2), LogReader(engine)
    sequencer.append(MANY[2:4], caller=SCHOOL.caller)
    for read in (lambda: reader.tile(0, 0, 3), lambda: reader.entry_bundle(0, 3)):
        with pytest.raises(NotFoundError):
            read()
    assert len(reader.tile(0, 0, 2)) == 64


@pytest.mark.parametrize("path", ["tile/0/1", "tile/6/000", "tile/0/000.p/256", "tile/0/000.p/0", "x", "tile/-1/000"])
def test_a_path_of_no_tile_is_malformed(engine: Engine, path: str) -> None:
    _published(engine, 2)
    with pytest.raises(FormatError) as caught:
        LogReader(engine).tile_at(path)
    assert caught.value.code == "tile.malformed"


def test_an_empty_log_has_no_tiles(engine: Engine) -> None:
    with pytest.raises(NotFoundError) as caught:
        LogReader(engine).tile(0, 0, 1)
    assert _code(caught) == "log.no_checkpoint"


def test_entries_are_read_as_they_were_written(engine: Engine) -> None:
    _published(engine, 30)
    reader = LogReader(engine)
    assert reader.entries(3, 9) == [submission.entry for submission in MANY[3:9]]
    assert reader.entries(3, 3) == []


@pytest.mark.parametrize(("start", "end"), [(29, 31), (40, 41), (-1, 3), (5, 4), (0, 1001)])
def test_entries_that_are_not_there_are_not_found(engine: Engine, start: int, end: int) -> None:
    _published(engine, 30)
    with pytest.raises(NotFoundError) as caught:
        LogReader(engine).entries(start, end)
    assert _code(caught) == "log.no_entry"


def test_nothing_of_a_record_is_in_the_public_log(engine: Engine) -> None:
    _published(engine, 3)
    public = LogReader(engine).entry_bundle(0, 3) + LogReader(engine).checkpoint().note
    for submission in MANY[:3]:
        (document,) = submission.documents
        digest = hashlib.sha256(document.signed).digest()
        assert not any(secret in public for secret in (document.salt, digest, document.signed, b"did:web"))
