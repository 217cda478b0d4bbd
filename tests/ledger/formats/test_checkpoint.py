import base64
import hashlib
import json
from pathlib import Path

import pytest

from ledger.formats import keys, note
from ledger.formats.checkpoint import Checkpoint, log_id, open_checkpoint, parse_body, sign_checkpoint, split_body
from ledger.formats.errors import FormatError, RollbookError
from ledger.formats.note import Note, NoteKey

KEY = keys.generate(bytes(range(32)))
ORIGIN = "example.org/log"
PUBLIC = NoteKey(ORIGIN, KEY.public)
HEAD = Checkpoint(ORIGIN, 9944, hashlib.sha256(b"root").digest())
ROOT = base64.b64encode(HEAD.root).decode()


def refusal(text: str, key: NoteKey = PUBLIC) -> str:
    with pytest.raises(RollbookError) as caught:
        open_checkpoint(text, key)
    return caught.value.code


def test_a_signed_checkpoint_opens() -> None:
    text = sign_checkpoint(HEAD, KEY)
    assert text.startswith(f"{ORIGIN}\n9944\n{ROOT}\n\n\u2014 {ORIGIN} ")
    assert open_checkpoint(text, PUBLIC) == HEAD


def test_bodies_of_the_reference_implementation(shared_vectors: Path) -> None:
    cases = json.loads((shared_vectors / "signed_note.json").read_text())["checkpoint_body"]
    for case in cases:
        if case["ok"]:
            assert split_body(case["m"])[0] == "Log"
        else:
            with pytest.raises(FormatError):
                split_body(case["m"])
        # Their roots are no SHA-256 hashes, or an extension follows: well-formed, and still not ours.
        with pytest.raises(FormatError):
            parse_body(case["m"])
    assert sum(case["ok"] for case in cases) == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        f"{ORIGIN}\n9944\n{ROOT}",
        f"{ORIGIN}\n9944\n{ROOT}\nextension\n",
        f"{ORIGIN}\n9944\n{ROOT}\n\n",
        f"\n9944\n{ROOT}\n",
        f"{ORIGIN}\n09944\n{ROOT}\n",
        f"{ORIGIN}\n+9944\n{ROOT}\n",
        f"{ORIGIN}\n9_944\n{ROOT}\n",
        f"{ORIGIN}\n 9944\n{ROOT}\n",
        f"{ORIGIN}\n٩٩\n{ROOT}\n",
        f"{ORIGIN}\n9223372036854775808\n{ROOT}\n",
        f"{ORIGIN}\n9944\n{ROOT[:-1]}\n",
        f"{ORIGIN}\n9944\n{ROOT} \n",
        f"{ORIGIN}\n9944\n{HEAD.root.hex()}\n",
        f"{ORIGIN}\n9944\n{base64.urlsafe_b64encode(b'?>' * 16).decode()}\n",
        f"{ORIGIN}\n9944\n{base64.b64encode(HEAD.root[:31]).decode()}\n",
        f"{ORIGIN}\n9944\n{ROOT[:-2]}{chr(ord(ROOT[-2]) + 1)}=\n",
        f"{ORIGIN}\n9944\n",
    ],
)
def test_another_body_is_refused(body: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_body(body)
    assert caught.value.code == "checkpoint.malformed"


@pytest.mark.parametrize(
    ("old", "new"),
    [("9944", "9945"), (ROOT, base64.b64encode(bytes(32)).decode()), (f"{ORIGIN}\n9", "example.net/log\n9")],
)
def test_an_altered_line_is_refused(old: str, new: str) -> None:
    assert refusal(sign_checkpoint(HEAD, KEY).replace(old, new, 1)) == "note.bad_signature"


def test_a_checkpoint_that_another_key_signed_is_refused() -> None:
    assert refusal(sign_checkpoint(HEAD, keys.generate(bytes(32)))) == "note.unknown_key"


def test_a_cosignature_alone_does_not_make_a_checkpoint() -> None:
    line = note.cosign(HEAD.body(), ORIGIN, KEY.secret, 1)
    assert refusal(str(Note(HEAD.body(), (line,)))) == "note.unknown_key"


def test_another_log_s_origin_under_our_key_s_name_is_refused() -> None:
    body = Checkpoint("example.net/log", 1, HEAD.root).body()
    assert refusal(str(Note(body, (note.sign(body, ORIGIN, KEY.secret),)))) == "checkpoint.wrong_origin"


def test_a_signed_note_that_is_no_checkpoint_is_refused() -> None:
    body = f"{ORIGIN}\nhello\n"
    assert refusal(str(Note(body, (note.sign(body, ORIGIN, KEY.secret),)))) == "checkpoint.malformed"


def test_cosignatures_beside_the_log_s_own_are_left_alone() -> None:
    signed = note.parse(sign_checkpoint(HEAD, KEY))
    witness = note.cosign(signed.text, "witness.example", keys.generate(bytes(32)).secret, 7)
    assert open_checkpoint(str(Note(signed.text, (*signed.signatures, witness))), PUBLIC) == HEAD


def test_the_log_id_is_the_whole_note_key_id() -> None:
    identity = log_id(ORIGIN, KEY.public)
    assert identity == hashlib.sha256(ORIGIN.encode() + b"\n\x01" + KEY.public).digest()
    assert str(PUBLIC).split("+")[1] == identity[:4].hex()
    assert identity != log_id(ORIGIN + "x", KEY.public)


@pytest.mark.parametrize(
    "body",
    [
        f"{ORIGIN}\n9944\n{ROOT}\nno newline at the end",
        f"{ORIGIN}\n9944\n{ROOT}\n\nafter an empty line\n",
        f"{ORIGIN}\n9944\n\nextension\n",
        f"{ORIGIN}\n1\u0669\n{ROOT}\n",
        f"{ORIGIN}\n1\uff11\n{ROOT}\n",
    ],
)
def test_a_body_that_no_log_writes_is_refused(body: str) -> None:
    for read in (split_body, parse_body):
        with pytest.raises(FormatError) as caught:
            read(body)
        assert caught.value.code == "checkpoint.malformed"
