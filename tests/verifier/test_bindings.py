"""The holder by JWT: a key binding beside an SD-JWT, a presentation that is a JWT, an envelope in one that is not."""

import pytest

from ledger.formats import canonical, jws, keys, p256
from ledger.formats.did import build_did_key
from tests.verifier.cases.holder import ASKED
from tests.worlds.parts import seed
from tests.worlds.scene import HOLDER, HOLDER_DID, Scene
from tests.worlds.tokens import (
    JWT,
    LEARNER,
    SD_JWT,
    VC_CLAIM,
    WALLET,
    WALLET_DID,
    WALLET_KEY,
    TokenScene,
    course,
    doubly_held,
    enveloped,
    presentation_by,
    presentation_jwt,
)
from verifier.policy import RECORD, VC
from verifier.report import Outcome, Verdict

SCENE = TokenScene(holder=True)
TOKEN = TokenScene(JWT, holder=True)
STRANGER = p256.generate(seed("a stranger's"))


def outcome(report) -> tuple[str, Verdict]:
    return report["holder"].code, report.verdict


# Key binding


@pytest.mark.parametrize("asked", [ASKED, {"domain": ASKED["domain"]}, {"challenge": ASKED["challenge"]}])
def test_a_key_binding_shows_the_holder(asked):
    report = SCENE.verify_text(SCENE.bound(SCENE.text), **asked)
    assert outcome(report) == ("holder.ok", Verdict.VALID)
    assert report["holder"].evidence["holder"] == WALLET_DID and "holder" in report.required


def test_with_some_courses_alone():
    report = SCENE.verify_text(SCENE.bound(SCENE.disclosing(course(1))), **ASKED)
    assert outcome(report) == ("holder.ok", Verdict.VALID)


def test_a_wallets_key_that_is_no_did_of_the_subject():
    scene = TokenScene(SD_JWT, holder=False)
    scene.more["holder"] = WALLET_KEY
    scene.reissue()
    report = scene.verify_text(scene.bound(scene.text), **ASKED)
    assert outcome(report) == ("holder.ok", Verdict.VALID)


def test_a_confirmation_by_did_and_an_ed25519_key():
    pair = keys.generate(seed("wallet ed25519"))
    scene = TokenScene()
    scene.resign_payload(cnf={"kid": build_did_key(pair.public)})
    bound = jws.parse(scene.bound(scene.text).removeprefix(scene.text))
    text = scene.text + jws.sign_ed25519({"typ": "kb+jwt"}, bound.payload, pair.secret)
    assert outcome(scene.verify_text(text, **ASKED)) == ("holder.ok", Verdict.VALID)


def test_nobody_asked():
    report = SCENE.verify_text(SCENE.bound(SCENE.text))
    assert outcome(report) == ("holder.skipped", Verdict.VALID)
    report = SCENE.verify_text(SCENE.bound(SCENE.text, STRANGER))
    assert outcome(report) == ("holder.mismatch", Verdict.INVALID)


def test_asked_and_not_bound():
    assert outcome(SCENE.verify(**ASKED)) == ("holder.missing", Verdict.INDETERMINATE)


DAY = 86_400


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "elsewhere.test"}, "holder.replayed"),
        ({"nonce": "7d2"}, "holder.replayed"),
        ({"iat": int(SCENE.now.timestamp()) - DAY - 1}, "holder.replayed"),
        ({"iat": int(SCENE.now.timestamp()) + 301}, "holder.replayed"),
        ({"exp": int(SCENE.now.timestamp()) - 1}, "holder.replayed"),
        ({"aud": ...}, "holder.mismatch"),
        ({"aud": ["admissions.test"]}, "holder.mismatch"),
        ({"nonce": ...}, "holder.mismatch"),
        ({"iat": ...}, "holder.mismatch"),
        ({"iat": "now"}, "holder.mismatch"),
        ({"sd_hash": ...}, "holder.mismatch"),
        ({"sd_hash": "AAAA"}, "holder.mismatch"),
        ({"typ": "jwt"}, "holder.mismatch"),
        ({"typ": "vp+jwt"}, "holder.mismatch"),
    ],
)
def test_bindings_that_do_not_hold(claims, code):
    report = SCENE.verify_text(SCENE.bound(SCENE.text, **claims), **ASKED)
    assert outcome(report) == (code, Verdict.INVALID)
    assert {check.id for check in report.checks if check.outcome is Outcome.FAIL} == {"holder"}


@pytest.mark.parametrize("asked", [{}, ASKED])
@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": int(SCENE.now.timestamp()) - 1}, "holder.replayed"),
        ({"exp": 1}, "holder.replayed"),
        ({"nbf": int(SCENE.now.timestamp()) + 301}, "holder.replayed"),
        ({"nbf": "now"}, "holder.mismatch"),
        ({"exp": None}, "holder.mismatch"),
        ({"exp": int(SCENE.now.timestamp()) + 1}, None),
        ({"nbf": int(SCENE.now.timestamp()) + 300}, None),
    ],
)
def test_times_that_count_whether_anybody_asked_or_not(claims, code, asked):
    """RFC 7519 §4.1.4, §4.1.5: it must not be accepted."""
    bound = SCENE.verify_text(SCENE.bound(SCENE.text, **claims), **asked)
    shown = TOKEN.verify(TOKEN.bundle() | {"jwt": presentation_jwt(enveloped(TOKEN.text), **claims)}, **asked)
    good = "holder.ok" if asked else "holder.skipped"
    verdict = Verdict.VALID if code is None else Verdict.INVALID
    assert outcome(bound) == outcome(shown) == (code or good, verdict)


def test_a_binding_moved_to_other_disclosures():
    bound = SCENE.bound(SCENE.disclosing(course(1)))
    binding = bound.rpartition("~")[2]
    for text in (SCENE.text, SCENE.disclosing(course(0)), SCENE.disclosing()):
        assert outcome(SCENE.verify_text(text + binding, **ASKED)) == ("holder.mismatch", Verdict.INVALID)


def test_a_binding_by_somebody_else():
    assert outcome(SCENE.verify_text(SCENE.bound(SCENE.text, STRANGER), **ASKED))[0] == "holder.mismatch"


def test_a_credential_that_names_no_holder():
    scene = TokenScene()
    assert outcome(scene.verify_text(scene.bound(scene.text), **ASKED)) == ("holder.mismatch", Verdict.INVALID)


@pytest.mark.parametrize("cnf", [None, "x", {}, {"jwk": None}, {"jwk": {}}, {"kid": "did:web:a.test"}, {"x5t": "x"}])
def test_confirmations_that_name_no_key(cnf):
    scene = TokenScene()
    scene.resign_payload(cnf=cnf)
    report = scene.verify_text(scene.bound(scene.text), **ASKED)
    assert outcome(report) == ("holder.mismatch", Verdict.INVALID)


# Presentations


@pytest.mark.parametrize("form", [JWT, VC_CLAIM, SD_JWT])
def test_a_presentation_that_is_a_jwt(form):
    scene = TOKEN if form == JWT else TokenScene(form, holder=True)
    for held in (enveloped(scene.text), scene.text):
        shown = presentation_jwt(held)
        bare = scene.verify(shown.encode(), **ASKED)
        assert bare["holder"].code == "holder.ok" and bare.verdict is Verdict.INDETERMINATE
    made = scene.bundle()
    made.pop("sdJwt", None)
    report = scene.verify(made | {"jwt": presentation_jwt(enveloped(scene.text))}, **ASKED)
    assert outcome(report) == ("holder.ok", Verdict.VALID)
    envelope = enveloped("") | {"type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt," + shown}
    assert scene.verify(envelope, **ASKED)["holder"].code == "holder.ok"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "elsewhere.test"}, "holder.replayed"),
        ({"aud": ...}, "holder.replayed"),
        ({"nonce": "7d2"}, "holder.replayed"),
        ({"nonce": ...}, "holder.replayed"),
        ({"exp": 1}, "holder.replayed"),
        ({"typ": "vc+jwt"}, "holder.mismatch"),
        ({"iss": build_did_key(b"\x80\x24" + STRANGER.public)}, "document.payload_mismatch"),
        ({"iss": build_did_key(b"\x80\x24" + STRANGER.public), "holder": ...}, "holder.mismatch"),
        ({"kid": build_did_key(b"\x80\x24" + STRANGER.public)}, "holder.mismatch"),
        ({"kid": "did:web:a.test#key"}, "holder.mismatch"),
    ],
)
def test_presentations_that_do_not_hold(claims, code):
    made = TOKEN.bundle() | {"jwt": presentation_jwt(enveloped(TOKEN.text), **claims)}
    report = TOKEN.verify(made, **ASKED)
    assert report.verdict is Verdict.INVALID and report[code.partition(".")[0]].code == code


def test_a_presentation_by_somebody_else():
    made = TOKEN.bundle() | {"jwt": presentation_jwt(enveloped(TOKEN.text), STRANGER)}
    assert outcome(TOKEN.verify(made, **ASKED)) == ("holder.mismatch", Verdict.INVALID)


@pytest.mark.parametrize("credentials", [[], [TOKEN.text, TOKEN.text], [7], [presentation_jwt(TOKEN.text)], "x", None])
def test_presentations_of_none_or_of_more_than_one(credentials):
    text = presentation_jwt(TOKEN.text, verifiableCredential=credentials)
    report = TOKEN.verify(TOKEN.bundle() | {"jwt": text}, **ASKED)
    assert report["document"].code == "document.malformed" and report.verdict is Verdict.INVALID


def test_a_presentation_that_is_a_jwt_around_a_signed_document():
    scene = Scene(holder=True)
    made = scene.bundle()
    payload = jws.parse(presentation_jwt(made.pop("credential"))).payload
    header = {"typ": "vp+jwt", "kid": HOLDER_DID}
    text = jws.sign_ed25519(header, payload | {"holder": HOLDER_DID}, HOLDER.secret)
    assert outcome(scene.verify(made | {"jwt": text}, **ASKED)) == ("holder.ok", Verdict.VALID)
    assert outcome(scene.verify(made | {"jwt": text}, domain="elsewhere.test"))[0] == "holder.replayed"
    forged = jws.sign_ed25519(header, payload | {"holder": HOLDER_DID}, keys.generate(bytes(32)).secret)
    assert outcome(scene.verify(made | {"jwt": forged}, **ASKED)) == ("holder.mismatch", Verdict.INVALID)


def test_an_envelope_in_a_signed_presentation():
    scene = TokenScene(JWT)
    scene.subject = scene.subject | {"id": build_did_key(LEARNER.public)}
    scene.reissue()
    made = scene.bundle()
    del made["jwt"]
    made["presentation"] = presentation_by(LEARNER, enveloped(scene.text), **ASKED)
    assert outcome(scene.verify(made, **ASKED)) == ("holder.ok", Verdict.VALID)
    made["presentation"]["verifiableCredential"][0]["id"] += "x"
    assert scene.verify(made, **ASKED).verdict is not Verdict.VALID


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, "holder.ok"),
        ({"aud": "elsewhere.test"}, "holder.ok"),  # the presentation says whom it is for
        ({"exp": 1}, "holder.replayed"),
        ({"nbf": int(SCENE.now.timestamp()) + 86_400}, "holder.replayed"),
        ({"sd_hash": "AAAA"}, "holder.mismatch"),
        ({"typ": "jwt"}, "holder.mismatch"),
    ],
)
def test_a_binding_inside_of_a_signed_presentation(claims, code):
    inner = enveloped(SCENE.bound(SCENE.text, **claims))
    assert SCENE.verify(presentation_jwt(inner).encode(), **ASKED)["holder"].code == code
    elsewhere = presentation_jwt(inner, aud="elsewhere.test").encode()
    assert SCENE.verify(elsewhere, **ASKED)["holder"].code == "holder.replayed"
    scene = doubly_held()
    made = presentation_by(LEARNER, enveloped(scene.bound(scene.text, **claims)), **ASKED)
    assert scene.verify(made, **ASKED)["holder"].code == code
    assert scene.verify(made, domain="elsewhere.test")["holder"].code == "holder.replayed"
    unasked = code if code != "holder.ok" else "holder.skipped"
    assert scene.verify(made)["holder"].code == unasked


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ({"id": ...}, "document.malformed"),
        ({"id": 7}, "document.malformed"),
        ({"id": TOKEN.text}, "document.malformed"),
        ({"id": "data:application/vc+jwt"}, "document.malformed"),
        ({"id": "data:application/vc+jwt,"}, "document.malformed"),
        ({"id": "data:application/vc+jwt;base64," + TOKEN.text}, "document.unsupported"),
        ({"id": "data:text/html," + TOKEN.text}, "document.unsupported"),
        ({"id": "data:application/vc+sd-jwt," + TOKEN.text}, "document.malformed"),
        ({"id": "data:application/vc+jwt," + SCENE.text}, "document.malformed"),
        ({"id": "data:application/vc+jwt," + presentation_jwt(TOKEN.text)}, "document.malformed"),
    ],
)
def test_envelopes_that_hold_no_credential(envelope, code):
    made = {name: value for name, value in (enveloped(TOKEN.text) | envelope).items() if value is not ...}
    report = TOKEN.verify(made)
    assert report["document"].code == code and not report


@pytest.mark.parametrize("policy", [RECORD, VC])
@pytest.mark.parametrize("more", [canonical.dumps, lambda value: b" " + canonical.dumps(value)])
def test_an_envelope_that_calls_itself_a_credential_as_well(policy, more):
    """However its text is spelled, it is no credential without a proof, but an envelope that says too much."""
    types = ["EnvelopedVerifiableCredential", "VerifiableCredential"]
    report = TOKEN.verify(more(enveloped(TOKEN.text) | {"type": types}), policy=policy)
    assert (report["document"].code, report["proof"].code) == ("document.malformed", "proof.skipped")


def test_the_wallet_is_the_one_of_the_worlds():
    assert build_did_key(b"\x80\x24" + WALLET.public) == WALLET_DID
