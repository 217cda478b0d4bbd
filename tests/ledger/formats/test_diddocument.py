"""did:key documents: every type of key, and none that is no key."""

import pytest

from ledger.formats import diddocument
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_decode, base58_encode

ED25519 = "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
AGREEMENT = "z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ"
# Examples of the did:key specification and its test vectors, one for each type.
OTHERS = {
    "X25519": "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
    "P-256": "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
    "P-384": "did:key:z82Lkytz3HqpWiBmt2853ZgNgNG8qVoUJnyoMvGw6ZEBktGcwUVdKpUNJHct1wvp9pXjr7Y",
    "P-521": "did:key:z2J9gcGbsEDUmANXS8iJTVefK5t4eCx9x5k8jr8EyXWekTiEet6Jt6gwup2aWawzhHyMadvVMFcQ3ruwqg1Y8rYzjto1ccQu",
    "secp256k1": "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
}


def did(codec: str, key: str) -> str:
    return "did:key:z" + base58_encode(bytes.fromhex(codec + key))


def refusal(name: str, key_format: str = diddocument.MULTIKEY) -> str:
    with pytest.raises(FormatError) as refused:
        diddocument.of_did_key(name, key_format)
    return refused.value.code


def test_an_ed25519_key_signs_and_its_x25519_key_agrees() -> None:
    document = diddocument.of_did_key(ED25519)
    multikey = ED25519.removeprefix("did:key:")
    method = f"{ED25519}#{multikey}"
    assert document["id"] == ED25519
    assert document["verificationMethod"] == [
        {"id": method, "type": "Multikey", "controller": ED25519, "publicKeyMultibase": multikey}
    ]
    for name in ("authentication", "assertionMethod", "capabilityDelegation", "capabilityInvocation"):
        assert document[name] == [method]
    (agreement,) = document["keyAgreement"]
    assert (agreement["id"], agreement["publicKeyMultibase"]) == (f"{ED25519}#{AGREEMENT}", AGREEMENT)


@pytest.mark.parametrize(("curve", "name"), OTHERS.items())
def test_every_type_is_read(curve: str, name: str) -> None:
    (method,) = diddocument.of_did_key(name)["verificationMethod"]
    assert method["publicKeyMultibase"] == name.removeprefix("did:key:")
    (method,) = diddocument.of_did_key(name, diddocument.JWK_2020)["verificationMethod"]
    assert method["publicKeyJwk"]["crv"] == curve


def test_an_x25519_key_signs_nothing() -> None:
    assert "authentication" not in diddocument.of_did_key(OTHERS["X25519"])


def test_a_key_in_the_older_form() -> None:
    document = diddocument.of_did_key(ED25519, diddocument.KEY_2020)
    assert document["verificationMethod"][0]["type"] == "Ed25519VerificationKey2020"
    assert document["keyAgreement"][0]["type"] == "X25519KeyAgreementKey2020"
    assert refusal(OTHERS["P-256"], diddocument.KEY_2020) == "key.unsupported"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("did:key:", "did.malformed"),
        ("did:key:@", "did.malformed"),
        ("did:key:z", "did.malformed"),
        ("did:key:z6Mk0OIl", "did.malformed"),
        (ED25519.replace("z6Mk", "6Mk"), "did.malformed"),
        (ED25519.replace("z6Mk", "1.1:z6Mk"), "did.malformed"),
        ("did:web:example.org", "did.malformed"),
        ("did:key:z" + "1" * 300, "did.malformed"),
        ("did:key:zTjsVPtY", "key.length"),
        (did("ed01", "05" * 33), "key.length"),
        (did("ed01", ""), "key.length"),
        (did("ec01", "05" * 31), "key.length"),
        (did("8024", "02" + "05" * 31), "key.length"),
        (did("ed01", "01" + "00" * 31), "key.weak"),
        (did("ed01", "ff" * 32), "key.malformed"),
        (did("8024", "04" + base58_decode(OTHERS["P-256"][9:]).hex()[6:]), "key.malformed"),
        (did("8024", "02" + "ff" * 32), "key.malformed"),
        (did("8124", "02" + "00" * 47 + "06"), "key.malformed"),
        (did("e701", "02" + "00" * 31 + "05"), "key.malformed"),
        (did("eb01", "05" * 96), "key.unsupported"),
        (did("0000", "05" * 32), "key.unsupported"),
    ],
)
def test_what_is_no_key_is_refused(name: str, code: str) -> None:
    assert refusal(name) == code
