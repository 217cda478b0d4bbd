"""SM2 and SM3 against the examples of GB/T 32918.5 and GB/T 32905, and against a second implementation."""

import hashlib
from typing import Any

import gmalg
import pytest

from ledger.formats import keys, sm2
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_encode

# GB/T 32918.5-2017, A.2: the recommended curve, ID 1234567812345678, the message "message digest".
SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
Z = "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
E = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
K = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
MESSAGE = b"message digest"
SIGNATURE = bytes.fromhex(R + S)
POINT = bytes.fromhex(X + Y)
PAIR = sm2.key_pair(SECRET, POINT)


def second(**more: Any) -> gmalg.SM2:
    return gmalg.SM2(SECRET, sm2.DEFAULT_ID, b"\x04" + POINT, **more)


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


@pytest.mark.parametrize(
    ("message", "digest"),
    [  # GB/T 32905-2016, A.1 and A.2
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_of_the_standards_examples(message: bytes, digest: str):
    assert sm2.sm3(message).hex() == digest


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 1000])
def test_sm3_agrees_with_the_second_implementation(size: int):
    data = bytes(range(256)) * 4
    hashed = gmalg.SM3()
    hashed.update(data[:size])
    assert sm2.sm3(data[:size]) == hashed.value()
    if "sm3" in hashlib.algorithms_available:
        assert sm2.sm3(data[:size]) == hashlib.new("sm3", data[:size]).digest()


def test_the_standards_intermediate_values():
    curve = [sm2.A, sm2.B, 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7]
    curve.append(0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
    z = sm2.sm3((128).to_bytes(2, "big") + sm2.DEFAULT_ID + b"".join(map(number, curve)) + POINT)
    assert z.hex().upper() == Z
    assert sm2.sm3(z + MESSAGE).hex().upper() == E


def test_the_standards_signature_holds():
    assert sm2.verify(PAIR.public, MESSAGE, SIGNATURE)


def test_the_second_implementation_makes_the_standards_signature():
    made = second(rnd_fn=lambda _bits: int(K, 16)).sign(MESSAGE)
    assert b"".join(made) == SIGNATURE


def test_each_implementation_takes_the_others_signatures():
    ours = sm2.sign(PAIR, b"\x00 some bytes")
    assert second().verify(b"\x00 some bytes", ours[:32], ours[32:])
    assert sm2.verify(PAIR.public, b"\x00 some bytes", b"".join(second().sign(b"\x00 some bytes")))


def test_signatures_with_short_numbers_survive_both_encodings():
    assert sm2._from_der(sm2._to_der(1, 2**255)) == number(1) + number(2**255)


@pytest.mark.parametrize("at", [0, 31, 32, 63])
def test_altered_signature(at: int):
    altered = bytearray(SIGNATURE)
    altered[at] ^= 1
    assert not sm2.verify(PAIR.public, MESSAGE, bytes(altered))


def test_another_message():
    assert not sm2.verify(PAIR.public, MESSAGE + b"!", SIGNATURE)


def test_the_other_point_of_the_same_x():
    other = bytes([PAIR.public[0] ^ 1]) + PAIR.public[1:]
    assert not sm2.verify(other, MESSAGE, SIGNATURE)


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        SIGNATURE[:63],
        SIGNATURE + b"\x00",
        b"",
        bytes(32) + SIGNATURE[32:],
        SIGNATURE[:32] + bytes(32),
        number(sm2.N) + SIGNATURE[32:],
        SIGNATURE[:32] + number(sm2.N),
        SIGNATURE[:32] + b"\xff" * 32,
        number(5) + number(sm2.N - 5),
    ],
)
def test_numbers_out_of_range(signature: bytes):
    assert not sm2.verify(PAIR.public, MESSAGE, signature)


def test_numbers_that_add_up_to_the_order_are_refused_before_the_library_is_asked(monkeypatch: pytest.MonkeyPatch):
    def unasked() -> Any:
        raise AssertionError("asked")

    monkeypatch.setattr(sm2, "library", unasked)
    assert not sm2.verify(PAIR.public, MESSAGE, number(5) + number(sm2.N - 5))


@pytest.mark.parametrize(
    "public",
    [
        b"",
        PAIR.public[:32],
        PAIR.public + b"\x00",
        b"\x04" + PAIR.public[1:],
        b"\x02" + number(sm2.P),
        b"\x02" + number(sm2.P + 1),
        b"\x02" + number(5),  # 5 is the x of no point
        b"\x00" * 33,
    ],
)
def test_keys_that_are_no_points(public: bytes):
    with pytest.raises(FormatError) as caught:
        sm2.check_public_key(public)
    assert caught.value.code == "key.malformed"


@pytest.mark.parametrize("point", [b"", POINT[:63], bytes(64), POINT[:63] + b"\x00", number(sm2.P) + POINT[32:]])
def test_points_off_the_curve(point: bytes):
    with pytest.raises(FormatError) as caught:
        sm2.compress(point)
    assert caught.value.code == "key.malformed"


@pytest.mark.parametrize("secret", [bytes(32), number(1), number(sm2.N - 1), number(sm2.N), SECRET[:31]])
def test_a_private_key_that_is_not_the_points(secret: bytes):
    with pytest.raises(FormatError) as caught:
        sm2.key_pair(secret, POINT)
    assert caught.value.code == "key.malformed"


def test_multikeys_go_there_and_back():
    assert PAIR.multikey.startswith("zEPJ")
    assert sm2.multikey_to_public_key(PAIR.multikey) == PAIR.public
    assert bytes([0x1206 & 0x7F | 0x80, 0x1206 >> 7]) == sm2.MULTICODEC


@pytest.mark.parametrize(
    ("multikey", "code"),
    [
        ("", "key.malformed"),
        ("m" + PAIR.multikey[1:], "key.malformed"),
        ("z0OIl", "key.malformed"),
        (PAIR.multikey[:-1], "key.unsupported"),
        (keys.generate(bytes(range(32))).multikey, "key.unsupported"),
        ("z" + base58_encode(sm2.MULTICODEC + PAIR.public[:-1]), "key.malformed"),
        ("z" + base58_encode(sm2.MULTICODEC + b"\x05" + PAIR.public[1:]), "key.malformed"),
    ],
)
def test_multikeys_of_other_keys(multikey: str, code: str):
    with pytest.raises(FormatError) as caught:
        sm2.multikey_to_public_key(multikey)
    assert caught.value.code == code


def test_without_the_extra_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "gmssl_pyx", None)
    for act in (lambda: sm2.sm3(b""), lambda: sm2.verify(PAIR.public, MESSAGE, SIGNATURE)):
        with pytest.raises(FormatError, match=r"rollbook\[sm\]") as caught:
            act()
        assert caught.value.code == "document.unsupported"
