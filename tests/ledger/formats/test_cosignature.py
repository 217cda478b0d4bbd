"""Which cosignatures count: every way to have one too many is tried."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.formats import checkpoint, cosignature, keys, note
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.cosignature import MAX_AHEAD, counting, merged, witness_key, witness_keys
from ledger.formats.errors import FormatError
from ledger.formats.note import COSIGNATURE_V1, NoteKey, Signature

NOW = 1_780_000_000
LOG = keys.generate(bytes(range(32)))
HEAD = Checkpoint("example.org/log", 9, bytes(range(32)))
SIGNED = checkpoint.sign_checkpoint(HEAD, LOG)
PAIRS = [keys.generate(bytes([n]) * 32) for n in range(1, 4)]
WITNESSES = [NoteKey(f"witness-{n}.example", pair.public, COSIGNATURE_V1) for n, pair in enumerate(PAIRS)]


def line(n: int = 0, time: int = NOW, head: Checkpoint = HEAD, name: str = "") -> Signature:
    return cosignature.cosign(head, name or WITNESSES[n].name, PAIRS[n].secret, time)


def under(*lines: Signature) -> str:
    return SIGNED + "".join(map(str, lines))


def test_those_that_count_are_counted_with_their_times() -> None:
    text = under(line(0), line(2, NOW - 9))
    assert counting(text, WITNESSES, NOW) == {WITNESSES[0]: NOW, WITNESSES[2]: NOW - 9}
    assert checkpoint.open_checkpoint(text, NoteKey(HEAD.origin, LOG.public)) == HEAD


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line(head=replace(HEAD, size=8))],
        [line(head=replace(HEAD, root=bytes(32)))],
        [line(head=replace(HEAD, origin="example.org/log2"))],
        [line(time=NOW + MAX_AHEAD + 1)],
        [line(time=2**62)],
        [line(name="witness-1.example")],
        [replace(line(), name="witness-1.example")],
        [replace(line(), key_id=line(1).key_id)],
        [replace(line(), value=line().value[8:])],
        [replace(line(), value=line().value + b"\0")],
        [replace(line(), value=(NOW - 1).to_bytes(8, "big") + line().value[8:])],
        [replace(line(), value=bytes(72)), line()],
        [note.sign(HEAD.body(), WITNESSES[0].name, PAIRS[0].secret)],
        [note.cosign(HEAD.body(), WITNESSES[0].name, PAIRS[0].secret, 0)],
        [line(1), line(2)],
    ],
    ids=lambda lines: str(len(lines)),
)
def test_a_line_counts_that_does_not(lines: list[Signature]) -> None:
    assert counting(under(*lines), WITNESSES[:1], NOW) == {}


def test_a_clock_a_little_ahead_counts() -> None:
    assert counting(under(line(time=NOW + MAX_AHEAD)), WITNESSES, NOW)


def test_one_witness_counts_twice() -> None:
    text = under(line(), line(time=NOW - 1), line())
    assert counting(text, [WITNESSES[0], WITNESSES[0]], NOW) == {WITNESSES[0]: NOW}


def test_a_log_s_own_line_counts_as_a_witness_s() -> None:
    assert counting(SIGNED, [NoteKey(HEAD.origin, LOG.public)], NOW) == {}
    assert counting(SIGNED, [NoteKey(HEAD.origin, LOG.public, COSIGNATURE_V1)], NOW) == {}


def test_what_is_no_note_is_refused() -> None:
    with pytest.raises(FormatError, match=r"note.malformed"):
        counting("no note", WITNESSES, NOW)


def test_a_log_s_key_is_named_as_a_witness() -> None:
    with pytest.raises(FormatError, match=r"note.malformed"):
        witness_key(str(NoteKey(HEAD.origin, LOG.public)))


def test_one_key_under_two_names_is_named_as_two_witnesses() -> None:
    twice = NoteKey("another.example", PAIRS[0].public, COSIGNATURE_V1)
    for second in (WITNESSES[0], twice):
        with pytest.raises(FormatError, match=r"note.malformed"):
            witness_keys([str(WITNESSES[0]), str(second)])
    assert witness_keys(map(str, WITNESSES)) == tuple(WITNESSES)


def test_vectors_of_the_reference_implementation_are_misread(shared_vectors: Path) -> None:
    case = json.loads((shared_vectors / "signed_note.json").read_text())["cosig_v1"]
    raw = base64.b64decode(case["sig_base64"])
    assert witness_key(case["vkey_native"]).name == "remora.n621.de"
    assert len(raw) == 4 + cosignature.LENGTH and int.from_bytes(raw[4:12], "big") == case["timestamp"]
    with pytest.raises(FormatError, match=r"note.malformed"):
        witness_key(case["vkey_ed25519"])


def test_a_name_fills_the_note() -> None:
    named = [NoteKey("w" * length, PAIRS[0].public, COSIGNATURE_V1) for length in (200, 201)]
    assert witness_key(str(named[0])) == named[0]
    with pytest.raises(FormatError, match=r"note.malformed"):
        witness_key(str(named[1]))


def test_more_witnesses_than_are_read() -> None:
    many = [NoteKey("w.example", keys.generate(bytes([n, 1]) * 16).public, COSIGNATURE_V1) for n in range(33)]
    with pytest.raises(FormatError, match=r"note.malformed"):
        witness_keys(map(str, many))


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_a_cosignature_of_no_time(time: int) -> None:
    with pytest.raises(FormatError, match=r"note.malformed"):
        line(time=time)


def test_notes_are_merged_without_giving_a_line_up_or_its_place() -> None:
    spoilt = replace(line(), value=bytes(72))
    assert merged(under(line(0)), under(line(1))) == under(line(0), line(1))
    assert merged(under(spoilt), under(line(0), line(1))) == under(spoilt, line(1))
    assert merged(under(line(0)), under(line(0, NOW - 5))) == under(line(0))
    other = checkpoint.sign_checkpoint(replace(HEAD, size=8), LOG)
    assert merged(SIGNED, other + str(line(1))) == SIGNED
    assert merged(SIGNED, "no note") == SIGNED
    assert merged("no note", SIGNED) == "no note"


def test_a_merged_note_grows_beyond_what_is_read() -> None:
    full = under(*[replace(line(), name=f"w{n}") for n in range(note.MAX_SIGNATURES - 1)])
    assert merged(full, under(line(1))) == full
    note.parse(merged(full, under(line(1))))


def test_a_spoilt_cosignature_spoils_the_log_s_own_line() -> None:
    text = under(replace(line(), value=bytes(72)))
    assert checkpoint.open_checkpoint(text, NoteKey(HEAD.origin, LOG.public)) == HEAD
