"""Base64: one spelling for each byte string."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.formats import base64s
from ledger.formats.errors import FormatError

WORD = bytes(range(32))


@given(st.binary(max_size=100))
def test_round_trip(data):
    assert base64s.encode(data) == base64.b64encode(data).decode()
    assert base64s.decode(base64s.encode(data)) == data


@given(st.text(alphabet="AQgw0+/=-_ \né", max_size=12))
def test_what_is_read_is_the_one_spelling(text):
    try:
        data = base64s.decode(text)
    except FormatError as error:
        assert error.code == "document.malformed"
    else:
        assert base64.b64encode(data).decode() == text


@given(st.binary(min_size=32, max_size=32))
def test_thirty_two_bytes(data):
    assert base64s.decode32(base64s.encode(data)) == data


@given(st.integers(0, 43), st.characters(codec="utf-8"))
@example(42, "B")
@example(43, "A")
@example(42, "=")
def test_thirty_two_bytes_with_one_character_changed(at, character):
    text = base64s.encode(WORD)
    changed = text[:at] + character + text[at + 1 :]
    try:
        data = base64s.decode32(changed)
    except FormatError as error:
        assert error.code == "document.malformed"
    else:
        assert base64.b64encode(data).decode() == changed


@pytest.mark.parametrize(
    "text",
    [
        None,
        1,
        b"AAAA",
        [],
        "A",
        "AA",
        "AAA",
        "AAAAA",
        "AAB=",
        "AB==",
        "AA=",
        "AA==AA==",
        "=AAA",
        "AAA=\n",
        " AAAA",
        "-_-_",
        "Ａ===",
    ],
)
def test_refused(text):
    with pytest.raises(FormatError, match=r"document.malformed"):
        base64s.decode(text)


@given(
    st.lists(st.binary(min_size=32, max_size=32), max_size=3),
    st.integers(0, 2),
    st.integers(0, 43),
    st.text(max_size=2),
)
def test_many_words_are_read_as_each_alone(words, which, at, piece):
    texts = [base64s.encode(word) for word in words]
    assert base64s.decode_words(texts) == tuple(words)
    if which < len(texts):
        texts[which] = texts[which][:at] + piece + texts[which][at + 1 :]
        try:
            expected = tuple(base64s.decode32(text) for text in texts)
        except FormatError:
            expected = None
        try:
            assert base64s.decode_words(texts) == expected
        except FormatError:
            assert expected is None


@pytest.mark.parametrize(
    "texts", [[None], [1], [b"A" * 43 + b"="], [["A"] * 44], [base64s.encode(WORD).encode()], [{}]]
)
def test_words_that_are_no_text(texts):
    with pytest.raises(FormatError):
        base64s.decode_words(texts)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 34, 64])
def test_another_length_is_refused(length):
    with pytest.raises(FormatError):
        base64s.decode32(base64s.encode(bytes(length)))


def test_more_bytes_than_allowed():
    assert base64s.decode(base64s.encode(bytes(4)), max_bytes=4) == bytes(4)
    with pytest.raises(FormatError):
        base64s.decode(base64s.encode(bytes(5)), max_bytes=4)
