"""Identifiers and packed words of the contracts, bit by bit."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import registry
from ledger.formats.errors import FormatError
from ledger.formats.registry import Accreditation, KeyRecord

OPEN = Accreditation(1_000, 0, b"3501", 1 << 63 | 1 << 62 | 0b101)
WORD = bytes.fromhex("0000000003e8000000000000333530310000000000000000c000000000000005")
KEY = KeyRecord(1_000, 2_000, 1_500, registry.CUSTODY_OWN)
KEY_WORD = bytes.fromhex("0000000003e80000000007d00000000005dc02" + "00" * 13)
TIMES = st.integers(0, 2**48 - 1)


def refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(FormatError) as caught:
        call()
    assert caught.value.code == "registry.malformed"


def test_packed_words() -> None:
    assert OPEN.pack() == WORD
    assert Accreditation.unpack(WORD) == OPEN
    assert KEY.pack() == KEY_WORD
    assert KeyRecord.unpack(KEY_WORD) == KEY
    assert Accreditation.unpack(bytes(32)) is None
    assert KeyRecord.unpack(bytes(32)) is None


@given(st.integers(1, 2**48 - 1), st.integers(0, 100), st.binary(max_size=12), st.integers(0, 2**64 - 1))
def test_accreditations_round_trip(accredited: int, span: int, region: bytes, kinds: int) -> None:
    withdrawn = min(accredited + span, 2**48 - 1) if span else 0
    made = Accreditation(accredited, withdrawn, region.replace(b"\0", b"1"), kinds)
    assert Accreditation.unpack(made.pack()) == made


@given(st.integers(1, 2**48 - 1), TIMES, TIMES, st.sampled_from([1, 2]))
def test_keys_round_trip(added: int, retired: int, compromised: int, custody: int) -> None:
    made = KeyRecord(added, max(retired, added) if retired else 0, compromised, custody)
    assert KeyRecord.unpack(made.pack()) == made


@pytest.mark.parametrize(
    "name, word",
    [
        ("never_accredited", bytes(31) + b"\1"),
        ("withdrawn_before_accredited", WORD[:6] + (999).to_bytes(6, "big") + WORD[12:]),
        ("zero_inside_region", WORD[:12] + b"35\x00101\0\0\0\0\0\0" + WORD[24:]),
        ("region_begins_with_zero", WORD[:12] + b"\x003501" + bytes(7) + WORD[24:]),
        ("short", WORD[:31]),
        ("long", WORD + b"\0"),
    ],
)
def test_words_that_are_no_accreditation(name: str, word: bytes) -> None:
    refused(lambda: Accreditation.unpack(word))


@pytest.mark.parametrize(
    "name, word",
    [
        ("never_added", bytes(6) + KEY_WORD[6:]),
        ("retired_before_added", KEY_WORD[:6] + (999).to_bytes(6, "big") + KEY_WORD[12:]),
        ("no_custody", KEY_WORD[:18] + bytes(14)),
        ("unknown_custody", KEY_WORD[:18] + b"\3" + bytes(13)),
        ("last_byte_used", KEY_WORD[:31] + b"\1"),
        ("first_unused_byte_used", KEY_WORD[:19] + b"\1" + bytes(12)),
        ("short", KEY_WORD[:31]),
        ("long", KEY_WORD + b"\0"),
    ],
)
def test_words_that_are_no_key(name: str, word: bytes) -> None:
    refused(lambda: KeyRecord.unpack(word))


@pytest.mark.parametrize(
    "record",
    [
        Accreditation(1 << 48, 0, b"", 0),
        Accreditation(1, 1 << 48, b"", 0),
        Accreditation(1, 0, b"1" * 13, 0),
        Accreditation(1, 0, b"1\0", 0),
        Accreditation(1, 0, b"", 1 << 64),
        Accreditation(-1, 0, b"", 0),
        KeyRecord(1 << 48, 0, 0, 1),
        KeyRecord(1, 1 << 48, 0, 1),
        KeyRecord(1, 0, 1 << 48, 1),
        KeyRecord(1, 0, 0, 256),
    ],
)
def test_records_that_do_not_fit(record: Accreditation | KeyRecord) -> None:
    refused(record.pack)


def test_accreditation_covers_from_its_second_until_before_withdrawal() -> None:
    closed = Accreditation(1_000, 2_000, b"", 0)
    assert [closed.covers(time) for time in (999, 1_000, 1_999, 2_000, 2_001)] == [False, True, True, False, False]
    assert [OPEN.covers(time) for time in (999, 1_000, 10**12)] == [False, True, True]


def test_scope() -> None:
    assert OPEN.is_authority and not Accreditation(1, 0, b"", (1 << 63) - 1).is_authority
    assert [OPEN.allows_kind(number) for number in (0, 1, 2, 62, 63, 64, -1)] == [True, False, True, True] + [False] * 3
    assert OPEN.allows_code(b"350102") and OPEN.allows_code(b"3501")
    assert not OPEN.allows_code(b"350") and not OPEN.allows_code(b"360102") and not OPEN.allows_code(b"")


@pytest.mark.parametrize(
    "record, good, bad",
    [
        (KeyRecord(10, 0, 0, 1), [10, 10**9], [9]),
        (KeyRecord(10, 20, 0, 1), [10, 19], [9, 20, 21]),
        (KeyRecord(10, 0, 15, 1), [10, 14], [15, 16]),
        (KeyRecord(10, 20, 15, 1), [14], [15, 19, 20]),
        (KeyRecord(10, 20, 5, 1), [], [4, 5, 10, 19]),
    ],
)
def test_times_at_which_a_key_counts(record: KeyRecord, good: list[int], bad: list[int]) -> None:
    assert all(record.usable(time) for time in good)
    assert not any(record.usable(time) for time in bad)


def test_identifiers() -> None:
    assert registry.member_id("did:web:a") == hashlib.sha256(b"did:web:a").digest()
    assert registry.key_id(b"\1" * 32) == hashlib.sha256(b"\xed\x01" + b"\1" * 32).digest()
    refused(lambda: registry.key_id(b"\1" * 31))
    point = b"\x80\x24\2" + b"\1" * 32
    assert registry.key_id(point) == hashlib.sha256(point).digest()
    for wrong in (b"\xed\x01" + b"\1" * 32, b"\xed\x01" + b"\1" * 33, point[2:], point + b"\1", b"\x81" + point[1:]):
        refused(lambda wrong=wrong: registry.key_id(wrong))


def test_possession_message_binds_chain_registry_member_and_key() -> None:
    expected = b"rollbook key possession v1" + bytes(31) + b"\7" + b"\1" * 20 + b"\2" * 32 + b"\xed\x01" + b"\3" * 32
    assert registry.possession_message(7, b"\1" * 20, b"\2" * 32, b"\3" * 32) == hashlib.sha256(expected).digest()
    for wrong in ((b"\1" * 19, b"\2" * 32, b"\3" * 32), (b"\1" * 20, b"\2" * 31, b"\3" * 32), (b"\1" * 20, b"", b"")):
        refused(lambda wrong=wrong: registry.possession_message(7, *wrong))


def test_anchor_digest_is_over_five_words() -> None:
    words = [(9).to_bytes(32, "big"), b"\1" * 32, (4).to_bytes(32, "big"), (1_780_000_000).to_bytes(32, "big")]
    expected = hashlib.sha256(b"".join(words) + b"\2" * 32).digest()
    assert registry.anchor_digest(9, b"\1" * 32, 4, 1_780_000_000, b"\2" * 32) == expected
    refused(lambda: registry.anchor_digest(9, b"\1" * 31, 4, 1, b"\2" * 32))
    refused(lambda: registry.anchor_digest(9, b"\1" * 32, 4, 1, b"\2" * 33))
    refused(lambda: registry.anchor_digest(-1, b"\1" * 32, 4, 1, b"\2" * 32))


def test_what_follows_a_log_elsewhere_is_bound_to_chain_registry_and_log() -> None:
    expected = b"rollbook successor v1" + bytes(31) + b"\7" + b"\1" * 20 + b"\2" * 32
    assert registry.successor(7, b"\1" * 20, b"\2" * 32) == hashlib.sha256(expected).digest()
    for wrong in ((7, b"\1" * 19, b"\2" * 32), (7, b"\1" * 20, b"\2" * 31), (-1, b"\1" * 20, b"\2" * 32)):
        refused(lambda wrong=wrong: registry.successor(*wrong))
