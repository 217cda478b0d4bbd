"""What a learner keeps back does not show; that something may be missing does; what the school demands counts."""

import hashlib
import hmac
import json

import pytest

from ledger.formats import base64s, canonical, jws
from ledger.formats.joseform import Disclosable
from ledger.formats.multibase import base64url_decode, base64url_encode
from tests.worlds.scene import Scene
from tests.worlds.tokens import (
    SCHOOL_KEY,
    TokenScene,
    course,
)
from verifier.report import Outcome, Report, Verdict

SCENE = TokenScene()


def failed(report: Report) -> dict[str, str]:
    return {check.id: check.code for check in report.checks if check.outcome is Outcome.FAIL}


def test_some_courses_alone():
    scene = SCENE
    report = scene.verify_text(scene.disclosing(course(1)))
    assert report.verdict is Verdict.VALID
    assert report.record["transcript"] == {"courses": [scene.subject["transcript"]["courses"][1]]}
    assert report["document"].evidence["withheld"] == [{"at": "/credentialSubject/transcript/courses", "count": 2}]
    assert report.subject == {"name": scene.subject["name"], "identifier": scene.subject["identifier"]}
    nothing = scene.verify_text(scene.disclosing())
    assert nothing.verdict is Verdict.VALID and nothing.record["transcript"] == {"courses": []}
    for one in (report, nothing):
        assert one["inclusion"].code == "inclusion.ok" and one["status"].code == "status.ok"
        assert "MA100" not in one.encode().decode()


def test_with_everything_disclosed_nothing_is_said_to_be_withheld():
    assert "withheld" not in SCENE.verify()["document"].evidence


def test_something_that_the_school_wants_shown():
    scene = TokenScene(disclosable=Disclosable(mandatory=("/transcript/courses/1",)))
    assert scene.verify_text(scene.disclosing(course(1))).verdict is Verdict.VALID
    report = scene.verify_text(scene.disclosing(course(0), course(2)))
    assert failed(report) == {"document": "document.payload_mismatch"}
    assert report["document"].evidence["required"] == 1


def test_the_list_of_what_must_be_shown_cannot_be_taken_out():
    scene = TokenScene(disclosable=Disclosable(mandatory=("/transcript/courses/1",)))
    token = jws.parse(scene.token)
    payload = {name: value for name, value in token.payload.items() if name != "requiredDisclosures"}
    head, _, signature = scene.token.split(".")
    without = f"{head}.{base64url_encode(canonical.dumps(payload))}.{signature}"
    report = scene.verify_text(scene.disclosing(course(0)).replace(scene.token, without))
    assert failed(report) == {"proof": "proof.invalid", "inclusion": "inclusion.mismatch"}


@pytest.mark.parametrize("listed", ["AAAA", [1], {"a": 1}, None])
def test_a_list_of_what_must_be_shown_that_is_none(listed):
    scene = TokenScene()
    scene.resign_payload(requiredDisclosures=listed)
    assert failed(scene.verify()) == {"document": "document.malformed"}


def test_what_may_be_in_sight_or_not_as_one_likes_is_no_record():
    pointers = ("/identifier", "/name", "/transcript/courses/*", "/transcript/courses/*/mark")
    scene = TokenScene(disclosable=Disclosable(pointers=pointers))
    hidden = scene.verify_text(scene.disclosing(course(0)))
    assert hidden.verdict is Verdict.VALID
    assert hidden.subject == {} and "mark" not in hidden.record["transcript"]["courses"][0]
    whole = scene.verify()
    assert whole.record["transcript"] == scene.subject["transcript"]


def test_the_subjects_id_is_never_withheld():
    scene = TokenScene(holder=True)
    payload = jws.parse(scene.token).payload
    did = payload["credentialSubject"].pop("id")
    text = base64url_encode(canonical.dumps(["salt", "id", did]))
    payload["credentialSubject"]["_sd"] = [base64url_encode(hashlib.sha256(text.encode()).digest())]
    token = jws.sign(jws.parse(scene.token).header, payload, SCHOOL_KEY.secret)
    scene.log_token(token, scene.record.credential, scene.text.replace(scene.token, token) + text + "~")
    assert failed(scene.verify()) == {"document": "document.malformed"}


def test_a_withheld_mark_cannot_be_guessed():
    """Neither by the log's entry, nor by a digest in what is shown, nor with another form's bundle at hand."""
    scene = TokenScene()
    other = Scene("honest")
    other.resign(credentialSubject=scene.subject)
    assert scene.made is not None
    shown = scene.bundle() | {"sdJwt": scene.disclosing(course(0))}
    everything = canonical.dumps(shown) + canonical.dumps(other.bundle())
    secret = scene.made.disclosures[course(1)]
    salt = json.loads(base64url_decode(secret.text, max_bytes=9999))[0]
    assert len(salt) == 22 and salt.encode() not in everything
    value = scene.subject["transcript"]["courses"][1]
    logged = b"".join(scene.world.entries)
    for known in (shown["salt"], other.bundle()["salt"], base64s.encode(bytes(32))):
        for guess in (canonical.dumps(value), canonical.dumps([value]), canonical.dumps(["", value])):
            digest = hashlib.sha256(guess).digest()
            assert hmac.digest(base64s.decode(known), digest, "sha256") not in logged
            assert base64url_encode(digest).encode() not in everything
            assert (
                base64url_encode(hashlib.sha256(base64url_encode(guess).encode()).digest()).encode() not in everything
            )
