"""Records as JWT and SD-JWT: the same report as of any form; nothing signed can be altered; what is withheld shows."""

import hashlib
import json
from typing import Any

import pytest

from ledger.formats import base64s, canonical, entry, jws, p256, registry
from ledger.formats.did import build_did_key
from ledger.formats.multibase import base64url_decode, base64url_encode
from ledger.formats.registry import KeyRecord
from tests.worlds.chain import Sealer
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from tests.worlds.tokens import (
    JWT,
    SCHOOL_KEY,
    SD_JWT,
    VC_CLAIM,
    TokenScene,
    course,
    enveloped,
)
from verifier.policy import ARCHIVE, RECORD, VC
from verifier.report import Outcome, Report, Verdict

FORMS = [JWT, VC_CLAIM, SD_JWT]
SCENES = {form: TokenScene(form) for form in FORMS}
STRANGER = p256.generate(seed("a stranger's"))


def failed(report: Report) -> dict[str, str]:
    return {check.id: check.code for check in report.checks if check.outcome is Outcome.FAIL}


def codes(report: Report) -> list[str]:
    return [check.code for check in report.checks]


# The same report


@pytest.mark.parametrize("policy", [RECORD, ARCHIVE, VC])
@pytest.mark.parametrize("form", FORMS)
def test_every_policy_takes_every_form(form, policy):
    report = SCENES[form].verify(policy=policy)
    assert report.verdict is Verdict.VALID, codes(report)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_values_as_of_any_form(form):
    scene = SCENES[form]
    report = scene.verify()
    plain = Scene()
    plain.resign(credentialSubject=scene.subject)
    other = plain.verify()
    assert (report.subject, {**report.record, "id": ""}) == (other.subject, {**other.record, "id": ""})
    assert (report.issuer, codes(report)) == (other.issuer, codes(other))
    assert report.anchored_at is not None


@pytest.mark.parametrize("form", FORMS)
def test_bare_it_is_not_known_to_be_logged(form):
    text = SCENES[form].text
    for data in (text, text + "\n", json.dumps(text), json.dumps(enveloped(text))):
        report = SCENES[form].verify(data.encode())
        assert report.verdict is Verdict.INDETERMINATE
        assert (report["proof"].code, report["document"].code) == ("proof.ok", "document.unsupported")
        assert report["inclusion"].code == "inclusion.missing"
        open_report = SCENES[form].verify(data.encode(), policy=VC)
        assert open_report["document"].code == "document.ok" and not open_report


@pytest.mark.parametrize("form", FORMS)
def test_a_revoked_record_is_revoked_in_every_form(form):
    scene = TokenScene(form)
    scene.world.revoke(scene.record)
    scene.world.anchor()
    assert failed(scene.verify()) == {"status": "status.revoked"}


@pytest.mark.parametrize("form", FORMS)
def test_a_stolen_key(form):
    scene = TokenScene(form)
    key_id = registry.key_id(b"\x80\x24" + SCHOOL_KEY.public)
    stolen = KeyRecord(scene.world.clock - 9999, 0, scene.world.clock - 9000, 1)
    scene.world.issuers.set("keys", scene.world.school.id, key_id, to=stolen.pack())
    assert failed(scene.verify()) == {"issuer": "issuer.key_compromised"}


def test_a_key_that_the_school_never_registered():
    scene = TokenScene(JWT)
    method = f"{scene.world.school.did}#{STRANGER.multikey}"
    token = jws.parse(scene.text)
    forged = jws.sign(token.header | {"kid": method}, token.payload, STRANGER.secret)
    scene.log_token(forged, scene.record.credential, forged)
    scene.record.multikey = STRANGER.multikey
    assert failed(scene.verify()) == {"issuer": "issuer.key_not_valid"}


@pytest.mark.parametrize("form", FORMS)
def test_the_period(form):
    scene = TokenScene(form)
    scene.reissue(validFrom="2099-01-01T00:00:00Z")
    assert failed(scene.verify()) == {"validity": "validity.not_yet"}
    scene.reissue(validUntil="2026-01-01T00:00:01Z")
    assert failed(scene.verify()) == {"validity": "validity.expired"}


def test_the_tokens_own_period_counts_too():
    scene = TokenScene(JWT)
    scene.resign_payload(exp=int(scene.now.timestamp()) - 1)
    assert failed(scene.verify()) == {"validity": "validity.expired"}
    scene.resign_payload(exp=..., nbf=int(scene.now.timestamp()) + 999)
    assert failed(scene.verify()) == {"validity": "validity.not_yet"}


@pytest.mark.parametrize("form", FORMS)
def test_a_block_of_somebody_else(form):
    scene = SCENES[form]
    assert failed(scene.verify(scene.bundle(sealer=Sealer(seed("a stranger"))))) == {"anchor": "anchor.bad_seal"}


# The log's commitment


@pytest.mark.parametrize("form", FORMS)
def test_another_commitment(form):
    scene = SCENES[form]
    for change in ({"salt": base64s.encode(bytes(31) + b"\1")}, {"salt": base64s.encode(bytes(32))}):
        assert failed(scene.verify(scene.bundle() | change)) == {"inclusion": "inclusion.mismatch"}


def test_a_commitment_to_another_form_does_not_count():
    scene = TokenScene(JWT)
    data = entry.single(scene.world.kind.name, scene.world.school.id, 1, scene.record.salt, _digest(scene.text))
    scene.record.index = scene.world.append_entry(data)
    scene.world.anchor()
    assert failed(scene.verify()) == {"inclusion": "inclusion.mismatch"}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.partition("~")[0].encode()).digest()


def test_one_entry_for_several_forms():
    scene = TokenScene(SD_JWT)
    pairs = tuple((kind, entry.commitment(scene.record.salt, _digest(scene.text))) for kind in (1, 3))
    data = entry.encode(entry.Entry(scene.world.kind.name, scene.world.school.id, pairs))
    scene.record.index = scene.world.append_entry(data)
    scene.world.anchor()
    assert scene.verify().verdict is Verdict.VALID


def test_the_second_signature_of_the_same_token_is_another_document():
    """n − s for s: it holds, and was not logged."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    scene = SCENES[JWT]
    token = jws.parse(scene.text)
    r, s = token.signature[:32], int.from_bytes(token.signature[32:], "big")
    other = f"{token.signed.decode()}.{base64url_encode(r + (order - s).to_bytes(32, 'big'))}"
    report = scene.verify_text(other)
    assert report["proof"].code == "proof.ok"
    assert failed(report) == {"inclusion": "inclusion.mismatch"}


# Each signed field in turn


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for name, one in value.items() for leaf in leaves(one, (*path, name))]
    if isinstance(value, list):
        return [leaf for place, one in enumerate(value) for leaf in leaves(one, (*path, place))]
    return [path]


def altered(value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return value + 1 if isinstance(value, int | float) else value + "x"
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = altered(value[path[0]], path[1:])
    return made


ALTERATIONS = [
    (form, part, path)
    for form in FORMS
    for part in ("header", "payload")
    for path in leaves(getattr(jws.parse(SCENES[form].text.partition("~")[0]), part))
]


@pytest.mark.parametrize(("form", "part", "path"), ALTERATIONS, ids=str)
def test_a_signed_field_is_altered(form, part, path):
    scene = SCENES[form]
    head, body, signature = scene.token.split(".")
    token = jws.parse(scene.token)
    changed = base64url_encode(canonical.dumps(altered(getattr(token, part), path)))
    text = f"{changed}.{body}.{signature}" if part == "header" else f"{head}.{changed}.{signature}"
    report = scene.verify_text(scene.text.replace(scene.token, text))
    if path == ("_sd_alg",):  # another hash function is not read at all
        assert report.verdict is Verdict.INDETERMINATE and report["document"].code == "document.unsupported"
        return
    assert report.verdict is Verdict.INVALID
    assert not report.subject and report.anchored_at is None
    assert Outcome.FAIL in (report["proof"].outcome, report["inclusion"].outcome, report["document"].outcome)
    assert report["proof"].outcome is not Outcome.PASS


@pytest.mark.parametrize("path", [course(n, *below) for n in range(3) for below in ((),)])
def test_a_disclosed_value_is_altered(path):
    scene = SCENES[SD_JWT]
    assert scene.made is not None
    disclosure = scene.made.disclosures[path]
    parts = [json.loads(sdjwt_text(disclosure.text))][0]
    for changed in ([parts[0], parts[1] | {"mark": 100}], ["x" + parts[0], parts[1]]):
        text = scene.text.replace(disclosure.text, base64url_encode(canonical.dumps(changed)))
        assert text != scene.text
        report = scene.verify_text(text)
        assert report.verdict is Verdict.INVALID and report["document"].code == "document.malformed"


def sdjwt_text(text: str) -> bytes:
    return base64url_decode(text, max_bytes=9999)


# proof


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "HS256"}, "proof.unsupported"),
        ({"alg": "none"}, "proof.missing"),
        ({"crit": ["b64"], "b64": False}, "proof.unsupported"),
        ({"typ": "kb+jwt"}, "proof.wrong_purpose"),
        ({"typ": "vp+jwt"}, "proof.wrong_purpose"),
        ({"kid": ...}, "proof.unsupported"),
        ({"kid": 7}, "proof.unsupported"),
        ({"kid": "https://a.test/key"}, "proof.unsupported"),
        ({"kid": "did:jwk:abc#0"}, "proof.unsupported"),
        ({"kid": "did:web:rollbook.test"}, "proof.wrong_key"),
        ({"kid": build_did_key(b"\x80\x24" + STRANGER.public)}, "proof.invalid"),
    ],
)
@pytest.mark.parametrize("form", [JWT, SD_JWT])
def test_headers(form, header, code):
    scene = TokenScene(form)
    token = jws.parse(scene.token)
    names = {name: value for name, value in (token.header | header).items() if value is not ...}
    signed_part = f"{base64url_encode(canonical.dumps(names))}.{base64url_encode(canonical.dumps(token.payload))}"
    forged = f"{signed_part}.{base64url_encode(p256.sign(SCHOOL_KEY.secret, signed_part.encode()))}"
    scene.log_token(forged, scene.record.credential, scene.text.replace(scene.token, forged))
    report = scene.verify()
    assert report["proof"].code == code
    assert not report and not report.subject
    assert set(failed(report)) <= {"proof", "issuer"}


def test_a_schools_ed25519_key_may_sign_a_token_and_no_other_algorithm_stands_for_it():
    scene = TokenScene(JWT)
    school, token = scene.world.school, jws.parse(scene.text)
    names = {"typ": "vc+jwt", "kid": school.method}
    signed = jws.sign_ed25519(names, token.payload, school.key.secret)
    scene.log_token(signed, scene.record.credential, signed)
    assert scene.verify().verdict is Verdict.VALID
    confused = jws.sign(names, token.payload, SCHOOL_KEY.secret)
    scene.log_token(confused, scene.record.credential, confused)
    assert failed(scene.verify()) == {"proof": "proof.wrong_key"}


def test_a_key_in_the_header_is_not_taken():
    scene = TokenScene(JWT)
    token = jws.parse(scene.token)
    brought = {"jwk": p256.public_key_to_jwk(STRANGER.public)}
    forged = jws.sign(token.header | brought, token.payload, STRANGER.secret)
    scene.log_token(forged, scene.record.credential, forged)
    assert failed(scene.verify()) == {"proof": "proof.invalid"}


def test_another_schools_key():
    scene = TokenScene(JWT)
    scene.register(STRANGER.multikey, scene.world.authority)
    scene.resign_payload({"kid": f"{scene.world.authority.did}#{SCHOOL_KEY.multikey}"})
    report = scene.verify()
    assert report["proof"].code == "proof.wrong_key" and not report
