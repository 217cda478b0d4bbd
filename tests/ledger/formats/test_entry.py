"""Entries: one encoding for one set of commitments, and nothing but that."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import entry
from ledger.formats.entry import Entry, Representation
from ledger.formats.errors import FormatError

ISSUER = bytes(range(32))
SALT, DIGEST = b"\x07" * 32, b"\x09" * 32
GOOD = entry.single("transcript", ISSUER, Representation.DATA_INTEGRITY, SALT, DIGEST)


def refuse(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"entry.malformed"):
        entry.decode(data)


def test_bytes_are_as_the_page_says():
    expected = b"\x01\x0atranscript" + ISSUER + b"\x01\x01" + hmac.new(SALT, DIGEST, hashlib.sha256).digest()
    assert expected == GOOD


def test_two_commitments_round_trip():
    two = Entry("a", ISSUER, ((1, b"\1" * 32), (4, b"\2" * 32)))
    assert entry.decode(entry.encode(two)) == two
    assert two.commitment(4) == b"\2" * 32
    assert two.commitment(2) is None


def test_a_type_of_a_later_version_is_read():
    assert entry.decode(GOOD[:45] + b"\xc8" + GOOD[46:]).commitments[0][0] == 200


@given(st.binary(max_size=400))
def test_what_decodes_encodes_to_the_same_bytes(data):
    try:
        decoded = entry.decode(data)
    except FormatError as error:
        assert error.code == "entry.malformed"
    else:
        assert entry.encode(decoded) == data


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_another_entry_or_none(at, flip):
    changed = GOOD[:at] + bytes([GOOD[at] ^ flip]) + GOOD[at + 1 :]
    try:
        assert entry.decode(changed) != entry.decode(GOOD)
    except FormatError as error:
        assert error.code == "entry.malformed"


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_cut_short(length):
    refuse(GOOD[:length])


@pytest.mark.parametrize(
    "data",
    [
        GOOD + b"\0",
        b"\x02" + GOOD[1:],
        b"\x01\x00" + GOOD[12:],
        b"\x01\x0aTranscript" + GOOD[12:],
        b"\x01\x0a1ranscript" + GOOD[12:],
        b"\x01\x0atran\xe4cript" + GOOD[12:],
        b"\x01\x21" + b"a" * 33 + GOOD[12:],
        GOOD[:44] + b"\x00",
        GOOD[:44] + b"\x00" + GOOD[45:],
        GOOD[:44] + b"\x09" + b"".join(bytes([n]) + bytes(32) for n in range(1, 10)),
        GOOD[:45] + b"\x00" + GOOD[46:],
        GOOD[:44] + b"\x02" + GOOD[45:] + GOOD[45:],
        GOOD[:44] + b"\x02\x02" + bytes(32) + b"\x01" + bytes(32),
    ],
    ids=[
        "trailing byte",
        "version",
        "no name",
        "capital",
        "digit first",
        "not ascii",
        "long name",
        "no commitments, cut",
        "none, with bytes",
        "nine",
        "type zero",
        "same type twice",
        "descending types",
    ],
)
def test_refused(data):
    refuse(data)


@pytest.mark.parametrize(
    "values",
    [
        ("", ISSUER, ((1, bytes(32)),)),
        ("Transcript", ISSUER, ((1, bytes(32)),)),
        ("é", ISSUER, ((1, bytes(32)),)),
        ("a", ISSUER[:31], ((1, bytes(32)),)),
        ("a", ISSUER, ()),
        ("a", ISSUER, ((0, bytes(32)),)),
        ("a", ISSUER, ((256, bytes(32)),)),
        ("a", ISSUER, ((1, bytes(31)),)),
        ("a", ISSUER, ((2, bytes(32)), (1, bytes(32)))),
        ("a", ISSUER, tuple((n, bytes(32)) for n in range(1, 10))),
        ("a", ISSUER, tuple((1, bytes(32)) for _ in range(300))),
    ],
)
def test_no_entry_has_these_values(values):
    with pytest.raises(FormatError, match=r"entry.malformed"):
        entry.encode(Entry(*values))


@pytest.mark.parametrize(("salt", "digest"), [(b"", DIGEST), (SALT, b""), (SALT + b"\0", DIGEST)])
def test_a_short_salt_commits_to_nothing(salt, digest):
    with pytest.raises(FormatError, match=r"entry.malformed"):
        entry.commitment(salt, digest)
