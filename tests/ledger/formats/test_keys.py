import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.formats import keys
from ledger.formats.errors import FormatError
from ledger.formats.keys import generate, multikey_to_public_key, public_key_to_multikey, sign, verify
from ledger.formats.multibase import base58_encode, multibase_encode

# RFC 8032 §7.1, tests 1 and 2.
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
KEY = generate(b"\x07" * 32)
MESSAGE = b"m" * 64
SIGNATURE = sign(KEY.secret, MESSAGE)


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """Add two points of edwards25519 (RFC 8032 §5.1.4, in affine form)."""
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P
    return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P


def decode_point(encoded: bytes) -> tuple[int, int]:
    number = int.from_bytes(encoded, "little")
    y, sign_bit = number % 2**255 % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    return (x if x % 2 == sign_bit else -x % P), y


def encode_point(point: tuple[int, int]) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(FormatError) as caught:
        call(*arguments)
    return caught.value.code


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_rfc8032_vectors(seed: str, public: str, message: str, signature: str) -> None:
    pair = generate(bytes.fromhex(seed))
    assert pair.public.hex() == public
    assert sign(pair.secret, bytes.fromhex(message)).hex() == signature
    assert sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature
    assert verify(pair.public, bytes.fromhex(message), bytes.fromhex(signature))


def test_published_multikey_is_the_public_key_of_its_secret(shared_vectors: Path) -> None:
    pair = orjson.loads((shared_vectors / "vc-di-eddsa" / "keyPair.json").read_bytes())
    public = multikey_to_public_key(pair["publicKeyMultibase"])
    assert public_key_to_multikey(public) == pair["publicKeyMultibase"]
    assert public_key_to_multikey(public).startswith("z6Mk")
    # The secret key's string is no public key, though its base58 is sound.
    assert refusal(multikey_to_public_key, pair["privateKeyMultibase"]) == "key.unsupported"


def small_order_points() -> Iterator[bytes]:
    """Each encoding that decodes to a point of small order, found by searching every sign and unreduced y."""
    generator = decode_point(y_of_order_8().to_bytes(32, "little"))
    point = generator
    for _ in range(8):
        for y in (point[1], point[1] + P):
            if y < 2**255:
                yield from ((y | s << 255).to_bytes(32, "little") for s in (0, 1))
        point = add(point, generator)


def y_of_order_8() -> int:
    """y of a point of order 8: any point of the curve times L."""
    y = 3
    while True:
        try:
            base = decode_point(y.to_bytes(32, "little"))
        except AssertionError:
            y += 1
            continue
        point, scalar, total = base, L, (0, 1)
        while scalar:
            total = add(total, point) if scalar & 1 else total
            point, scalar = add(point, point), scalar >> 1
        if add(add(total, total), add(total, total)) != (0, 1):
            return total[1]
        y += 1


def test_the_list_of_small_order_keys_is_complete() -> None:
    assert set(small_order_points()) == keys.SMALL_ORDER_KEYS
    assert len(keys.SMALL_ORDER_KEYS) == 14


def forge(public: bytes) -> tuple[bytes, bytes] | None:
    """A message and a signature made without a secret that a common library accepts under ``public``."""
    for number in range(200):
        message = b"grade: A, attempt %d" % number
        for point in sorted(keys.SMALL_ORDER_KEYS):
            signature = point + bytes(32)
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
            except InvalidSignature:
                continue
            return message, signature
    return None


@pytest.mark.parametrize("public", sorted(keys.SMALL_ORDER_KEYS), ids=bytes.hex)
def test_refused_a_forgery_under_a_small_order_key_that_a_common_library_accepts(public: bytes) -> None:
    forged = forge(public)
    assert forged is not None
    assert not verify(public, *forged)
    assert refusal(public_key_to_multikey, public) == "key.weak"
    multikey = "z" + base58_encode(keys.MULTICODEC_ED25519 + public)
    assert refusal(multikey_to_public_key, multikey) == "key.weak"


@pytest.mark.parametrize("point", sorted(small_order_points())[::5], ids=bytes.hex)
def test_refused_a_key_with_a_small_order_part(point: bytes) -> None:
    mixed = encode_point(add(decode_point(KEY.public), decode_point(point)))
    if mixed != KEY.public:
        assert refusal(public_key_to_multikey, mixed) == "key.malformed"


@pytest.mark.parametrize("excess", range(2, 19))
@pytest.mark.parametrize("sign_bit", [0, 1])
def test_refused_a_y_that_is_not_reduced(excess: int, sign_bit: int) -> None:
    public = (P + excess | sign_bit << 255).to_bytes(32, "little")
    assert refusal(public_key_to_multikey, public) == "key.malformed"
    assert not verify(public, MESSAGE, SIGNATURE)


def test_refused_a_point_off_the_curve() -> None:
    assert refusal(public_key_to_multikey, (2).to_bytes(32, "little")) == "key.malformed"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_refused_a_key_of_another_length(length: int) -> None:
    assert refusal(public_key_to_multikey, b"\x05" * length) == "key.malformed"
    assert refusal(multikey_to_public_key, "z" + base58_encode(b"\xed\x01" + b"\x05" * length)) == "key.malformed"
    assert not verify(b"\x05" * length, MESSAGE, SIGNATURE)
    assert refusal(generate, b"\x05" * length) == "key.malformed"


BAD_MULTIKEYS: dict[str, tuple[Any, str]] = {
    "no string": (5, "key.malformed"),
    "bytes": (KEY.multikey.encode(), "key.malformed"),
    "list": ([KEY.multikey], "key.malformed"),
    "empty": ("", "key.malformed"),
    "prefix alone": ("z", "key.malformed"),
    "no prefix": (KEY.multikey[1:], "key.malformed"),
    "space before": (" " + KEY.multikey, "key.malformed"),
    "newline after": (KEY.multikey + "\n", "key.malformed"),
    "leading zero byte": ("z1" + KEY.multikey[1:], "key.unsupported"),
    "base64url": (multibase_encode(b"\xed\x01" + KEY.public, "u"), "key.malformed"),
    "no multicodec": ("z" + base58_encode(KEY.public), "key.unsupported"),
    "P-256": ("zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", "key.unsupported"),
    "X25519": ("z" + base58_encode(b"\xec\x01" + KEY.public), "key.unsupported"),
    "overlong varint": ("z" + base58_encode(b"\xed\x81\x00" + KEY.public), "key.unsupported"),
    "raw code": ("z" + base58_encode(b"\xed" + KEY.public), "key.unsupported"),
    "last character gone": (KEY.multikey[:-1], "key.unsupported"),
    "one character more": (KEY.multikey + "1", "key.unsupported"),
    "a megabyte": ("z" * 1_000_000, "key.malformed"),
}


@pytest.mark.parametrize(("multikey", "code"), BAD_MULTIKEYS.values(), ids=BAD_MULTIKEYS.keys())
def test_refused_another_spelling_of_a_key(multikey: Any, code: str) -> None:
    assert refusal(multikey_to_public_key, multikey) == code
    assert refusal(multikey_to_public_key, multikey) == code  # and again: no cache turns it into a yes


def test_refused_every_altered_bit_of_a_signature() -> None:
    assert verify(KEY.public, MESSAGE, SIGNATURE)
    for bit in range(512):
        altered = (int.from_bytes(SIGNATURE, "little") ^ 1 << bit).to_bytes(64, "little")
        assert not verify(KEY.public, MESSAGE, altered)


def test_refused_another_message_or_key() -> None:
    assert not verify(KEY.public, MESSAGE + b"m", SIGNATURE)
    assert not verify(KEY.public, MESSAGE[:-1], SIGNATURE)
    assert not verify(KEY.public, b"", SIGNATURE)
    assert not verify(generate(b"\x08" * 32).public, MESSAGE, SIGNATURE)


def test_refused_a_signature_of_another_length() -> None:
    assert not verify(KEY.public, MESSAGE, SIGNATURE[:63])
    assert not verify(KEY.public, MESSAGE, SIGNATURE + b"\0")
    assert not verify(KEY.public, MESSAGE, b"")
    # Moving a byte between signature and message leaves their concatenation, which the library sees, as it was.
    assert not verify(KEY.public, MESSAGE[1:], SIGNATURE + MESSAGE[:1])
    assert not verify(KEY.public, SIGNATURE[63:] + MESSAGE, SIGNATURE[:63])


@pytest.mark.parametrize("times", range(1, 15))
def test_refused_a_signature_whose_s_is_not_reduced(times: int) -> None:
    s = int.from_bytes(SIGNATURE[32:], "little") + times * L
    assert not verify(KEY.public, MESSAGE, SIGNATURE[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_refused_to_sign_with_a_secret_of_another_length(length: int) -> None:
    assert refusal(sign, b"\x05" * length, MESSAGE) == "key.malformed"


def test_a_key_pair_does_not_print_its_secret() -> None:
    seed = hashlib.sha256(b"seed").digest()
    assert repr(seed)[2:20] not in repr(generate(seed))
    assert "secret" not in repr(generate(seed))


def test_refused_a_small_order_key_even_where_the_library_would_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "crypto_sign_open", lambda signed, public: signed[64:])
    assert verify(KEY.public, MESSAGE, SIGNATURE)
    assert not any(verify(public, MESSAGE, SIGNATURE) for public in keys.SMALL_ORDER_KEYS)
