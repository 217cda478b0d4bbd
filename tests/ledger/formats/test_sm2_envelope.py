"""The SM2 envelope: each member altered in turn, other versions, other keys, and no extra."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.formats import base64s, canonical, sm2, sm2_envelope
from ledger.formats.errors import FormatError, ProofError, RollbookError

DID = "did:web:school.example:schools:3501"
CREATED = "2026-07-01T00:00:00Z"
PAIR = sm2.key_pair(
    bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"),
    bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    ),
)
PAYLOAD = {"type": ["VerifiableCredential"], "issuer": DID, "credentialSubject": {"name": "李雷", "mark": "95"}}
SIGNED = sm2_envelope.seal(PAYLOAD, DID, PAIR, CREATED)


def envelope(**changed: Any) -> dict[str, Any]:
    value = canonical.loads(SIGNED)
    assert isinstance(value, dict)
    return value | changed


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(RollbookError) as caught:
        act()
    assert isinstance(caught.value, FormatError | ProofError)
    return caught.value.code


def test_an_envelope_opens_to_its_payload():
    opened = sm2_envelope.verify(envelope())
    assert opened == (PAYLOAD, DID, f"{DID}#{PAIR.multikey}", PAIR.public, SIGNED)


def test_it_says_what_it_is_under_the_signature():
    assert "no standard" in sm2_envelope.LABEL["en"]
    assert sm2_envelope.is_envelope(envelope())


def test_the_digest_is_sm3_of_the_payloads_canonical_form():
    assert base64s.decode(envelope()["digest"]) == sm2.sm3(canonical.dumps(PAYLOAD))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"payload": PAYLOAD | {"issuer": "did:web:other.example"}}, "proof.invalid"),
        ({"payload": PAYLOAD | {"credentialSubject": {"name": "李雷", "mark": "96"}}}, "proof.invalid"),
        ({"payload": PAYLOAD | {"proof": {}}}, "document.malformed"),
        ({"payload": []}, "document.malformed"),
        ({"digest": base64s.encode(bytes(32))}, "proof.invalid"),
        ({"digest": base64s.encode(bytes(31))}, "proof.invalid"),
        ({"digest": 7}, "proof.invalid"),
        ({"created": "2026-07-01T00:00:01Z"}, "proof.invalid"),
        ({"created": "2026-07-01T08:00:00+08:00"}, "document.malformed"),
        ({"created": "yesterday"}, "document.malformed"),
        ({"label": {"en": "W3C", "zh": "标准"}}, "document.malformed"),
        ({"rollbook": "sm2-envelope/2"}, "document.unsupported"),
        ({"rollbook": "bundle/1"}, "document.malformed"),
        ({"rollbook": 1}, "document.malformed"),
        ({"more": 1}, "document.undefined_term"),
        ({"signature": base64s.encode(bytes(64))}, "proof.invalid"),
        ({"signature": base64s.encode(bytes(63))}, "proof.invalid"),
        ({"signature": "*"}, "proof.invalid"),
        ({"verificationMethod": f"did:web:other.example#{PAIR.multikey}"}, "proof.invalid"),
        ({"verificationMethod": DID}, "proof.wrong_key"),
        ({"verificationMethod": f"{DID}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}, "proof.wrong_key"),
        ({"verificationMethod": f"did:key:{PAIR.multikey}#{PAIR.multikey}"}, "proof.wrong_key"),
        ({"verificationMethod": None}, "proof.wrong_key"),
    ],
)
def test_altered_members(changed: dict[str, Any], code: str):
    assert code_of(lambda: sm2_envelope.verify(envelope(**changed))) == code


@pytest.mark.parametrize("name", sorted(sm2_envelope.MEMBERS - {"rollbook"}))
def test_missing_members(name: str):
    value = envelope()
    del value[name]
    assert code_of(lambda: sm2_envelope.verify(value)) == "document.malformed"


def test_a_digest_of_the_altered_payload_does_not_help():
    other = PAYLOAD | {"issuer": "did:web:other.example"}
    digest = base64s.encode(sm2.sm3(canonical.dumps(other)))
    assert code_of(lambda: sm2_envelope.verify(envelope(payload=other, digest=digest))) == "proof.invalid"


@pytest.mark.parametrize("value", [None, [], "text", {}, {"rollbook": None}])
def test_what_is_no_envelope(value: object):
    assert not sm2_envelope.is_envelope(value)
    assert code_of(lambda: sm2_envelope.read(value)) == "document.malformed"


def test_a_credential_with_a_proof_is_not_sealed():
    assert code_of(lambda: sm2_envelope.seal({"proof": {}}, DID, PAIR, CREATED)) == "document.malformed"


def test_its_form_is_read_without_the_extra_and_its_signature_is_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "gmssl_pyx", None)
    assert sm2_envelope.read(envelope()) == PAYLOAD
    assert code_of(lambda: sm2_envelope.verify(envelope())) == "document.unsupported"
