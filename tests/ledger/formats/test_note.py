import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import keys, note
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.note import COSIGNATURE_V1, Note, NoteKey, parse, parse_vkey

KEY = keys.generate(bytes(range(32)))
NAME = "example.org/log"
PUBLIC = NoteKey(NAME, KEY.public)
TEXT = "line one\nline two\n"
SIGNED = str(Note(TEXT, (note.sign(TEXT, NAME, KEY.secret),)))


@pytest.fixture
def vectors(shared_vectors: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_vectors / "signed_note.json").read_text())
    return found


def malformed(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse(text)
    assert caught.value.code == "note.malformed"


def test_a_note_of_the_reference_implementation_verifies(vectors: dict[str, Any]) -> None:
    first, second = parse_vkey(vectors["vkey"]), parse_vkey(vectors["vkey2"])
    one = parse(vectors["text"] + "\n" + vectors["sig_line"])
    both = parse(vectors["text"] + "\n" + vectors["sig_line"] + vectors["sig_line2"])
    assert note.verify(one, [first, second]) == {first: None}
    assert note.verify(both, [first, second]) == {first: None, second: None}
    assert note.verify(one, [second]) == {}
    seed = base64.b64decode(vectors["skey"].split("+", 4)[4])[1:]
    again = note.sign(vectors["text"], "PeterNeumann", keys.generate(seed).secret)
    assert str(again) == vectors["sig_line"]


def test_vkeys_come_back_and_bad_ones_are_refused(vectors: dict[str, Any]) -> None:
    for name in ("vkey", "vkey2"):
        assert str(parse_vkey(vectors[name])) == vectors[name]
    native = parse_vkey(vectors["cosig_v1"]["vkey_native"])
    assert native.algorithm == COSIGNATURE_V1 and str(native) == vectors["cosig_v1"]["vkey_native"]
    for bad in vectors["bad_vkeys"]:
        with pytest.raises(FormatError):
            parse_vkey(bad)


def test_a_cosignature_of_the_reference_implementation_is_read(vectors: dict[str, Any]) -> None:
    case = vectors["cosig_v1"]
    raw = base64.b64decode(case["sig_base64"])
    assert parse_vkey(case["vkey_ed25519"]).algorithm == note.ED25519
    assert len(raw) == 76
    assert int.from_bytes(raw[4:12], "big") == case["timestamp"]


def test_malformed_notes_of_the_reference_implementation(vectors: dict[str, Any]) -> None:
    text, line = vectors["text"], vectors["sig_line"]
    for bad in (text, text + "\n", text + "\n" + line[:-1], "\x01" + text + "\n" + line, text + "\n" + line + "more\n"):
        malformed(bad)
    malformed(text + "\n" + line.replace("PeterNeumann", "Peter Neumann"))


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        SIGNED[:-1],
        SIGNED + "\n",
        SIGNED + "x\n",
        SIGNED.replace("\u2014", "-"),
        SIGNED.replace("\u2014 ", "\u2014"),
        SIGNED.replace("\u2014 ", "\u2014  "),
        SIGNED.replace(NAME, "example.org/ log"),
        SIGNED.replace(NAME, "example.org+log"),
        SIGNED.replace(NAME, "example.org\u2003log"),
        SIGNED.replace("line one", "line\tone"),
        SIGNED.replace("line one", "line\x00one"),
        SIGNED.replace("line one\n", "line one\r\n"),
        TEXT + "\n\u2014 x AAAA\n",
        TEXT + "\n\u2014 x AAAAA\n",
        TEXT + "\n\u2014 x AAAAAA=\n",
        TEXT + "\n\u2014 x AAAAAA==\n"[:-3] + "B==\n",
        TEXT + "\n\u2014 x \n",
        TEXT + "\n\u2014 x\n",
        TEXT + "\n" + "\u2014 x AAAAAAA=\n" * 101,
        "x" * 1_000_001,
    ],
)
def test_a_malformed_note_is_refused(bad: str) -> None:
    malformed(bad)


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "a\n\nb\n"
    assert parse(str(Note(text, (note.sign(text, NAME, KEY.secret),)))).text == text


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n"])
def test_a_text_that_cannot_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises(FormatError):
        note.sign(text, NAME, KEY.secret)
    with pytest.raises(FormatError):
        note.cosign(text, NAME, KEY.secret, 1)


def test_an_altered_text_is_refused() -> None:
    with pytest.raises(ProofError) as caught:
        note.verify(parse(SIGNED.replace("two", "too")), [PUBLIC])
    assert caught.value.code == "note.bad_signature"


def test_a_signature_of_another_length_is_refused() -> None:
    short = note.Signature(NAME, PUBLIC.full_id[:4], b"x" * 63)
    with pytest.raises(ProofError):
        note.verify(Note(TEXT, (short,)), [PUBLIC])


@pytest.mark.parametrize(
    "other", [NoteKey("example.org/lag", KEY.public), NoteKey(NAME, keys.generate(bytes(32)).public)]
)
def test_a_line_counts_only_for_its_own_name_and_key(other: NoteKey) -> None:
    assert note.verify(parse(SIGNED), [other]) == {}


def test_a_key_id_of_another_key_under_our_name_is_ignored() -> None:
    line = note.Signature(NAME, b"\0\0\0\0", parse(SIGNED).signatures[0].value)
    assert note.verify(Note(TEXT, (line,)), [PUBLIC]) == {}


def test_a_cosignature_binds_its_time_and_is_no_plain_signature() -> None:
    key = NoteKey(NAME, KEY.public, COSIGNATURE_V1)
    line = note.cosign(TEXT, NAME, KEY.secret, 1_780_000_000)
    assert note.verify(parse(str(Note(TEXT, (line,)))), [key, PUBLIC]) == {key: 1_780_000_000}
    later = note.Signature(NAME, line.key_id, (1_780_000_001).to_bytes(8, "big") + line.value[8:])
    with pytest.raises(ProofError):
        note.verify(Note(TEXT, (later,)), [key])
    with pytest.raises(ProofError):
        note.verify(Note(TEXT, (note.Signature(NAME, line.key_id, line.value[8:]),)), [key])


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "x+00000000+",
        str(PUBLIC)[:-4],
        str(PUBLIC).replace("example", "exemple"),
        "+" + str(PUBLIC).partition("+")[2],
        "a b+" + str(PUBLIC).partition("+")[2],
        str(PUBLIC) + "=",
        str(PUBLIC) + "+x",
    ],
)
def test_a_malformed_vkey_is_refused(bad: str) -> None:
    with pytest.raises(FormatError):
        parse_vkey(bad)


def test_a_note_key_of_small_order_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        NoteKey(NAME, (1).to_bytes(32, "little"))
    assert caught.value.code == "key.weak"


def test_an_algorithm_that_is_not_known_is_refused() -> None:
    with pytest.raises(FormatError):
        NoteKey(NAME, KEY.public, 2)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\x01b", "a\x7f b", "a\u2003b", "a\u00a0b"])
def test_a_key_name_that_would_break_its_line_is_refused(name: str) -> None:
    with pytest.raises(FormatError) as caught:
        NoteKey(name, KEY.public)
    assert caught.value.code == "note.malformed"


def test_a_well_formed_note_is_refused_where_it_is_too_long() -> None:
    malformed("x" * 1_000_000 + "\n\n\u2014 x AAAAAAA=\n")


def test_a_signature_of_a_key_id_alone_is_refused() -> None:
    malformed(TEXT + "\n\u2014 x AAAAAA==\n")
    assert parse(TEXT + "\n\u2014 x AAAAAAA=\n").signatures[0].value == b"\0"


def test_a_line_of_another_name_with_our_key_id_is_ignored() -> None:
    line = parse(SIGNED).signatures[0]
    assert note.verify(Note(TEXT, (note.Signature("example.org/lag", line.key_id, line.value),)), [PUBLIC]) == {}


def test_of_two_lines_by_one_key_the_first_decides() -> None:
    good = parse(SIGNED).signatures[0]
    bad = note.Signature(NAME, good.key_id, bytes(64))
    assert note.verify(Note(TEXT, (good, bad)), [PUBLIC]) == {PUBLIC: None}
    with pytest.raises(ProofError):
        note.verify(Note(TEXT, (bad, good)), [PUBLIC])


def test_a_cosignature_is_over_the_words_of_the_specification() -> None:
    line = note.cosign(TEXT, NAME, KEY.secret, 1_780_000_000)
    signed = b"cosignature/v1\ntime 1780000000\n" + TEXT.encode()
    assert line.value == (1_780_000_000).to_bytes(8, "big") + keys.sign(KEY.secret, signed)
    assert line.key_id == hashlib.sha256(NAME.encode() + b"\n\x04" + KEY.public).digest()[:4]
