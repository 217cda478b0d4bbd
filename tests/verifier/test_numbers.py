"""Under a kind without numbers nobody looks at each value for one; a number anywhere is refused all the same."""

import copy
import hashlib

import orjson
import pytest

from ledger.formats import base64s, canonical, entry, keys
from ledger.formats.multibase import multibase_encode
from tests.support.kinds import transcript_definition, transcript_subject
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, RECORD, VC
from verifier.report import Outcome, Verdict


def text_only(scene):
    """The scene with a kind whose marks and credits are text, and a record of it."""
    definition = transcript_definition(name="text", number=2)
    course = definition["schema"]["$defs"]["course"]["properties"]
    course["mark"] = course["credits"] = {"type": "string"}
    scene.world.kind = scene.world.register_kind(definition)
    assert not scene.world.kind.has_numbers
    subject = transcript_subject(2)
    for one in subject["transcript"]["courses"]:
        one |= {"mark": "60.5", "credits": "3"}
    scene.record = scene.world.issue(subject)
    scene.world.anchor()
    return scene


SCENE = text_only(Scene())


def dump(value):
    """What orjson prints: for some doubles another text than RFC 8785."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def sign_as_printed(document):
    """A signature by the school itself over the bytes as orjson prints them."""
    proof = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    message = hashlib.sha256(dump(proof)).digest() + hashlib.sha256(dump(unsecured)).digest()
    signature = keys.sign(SCENE.world.school.key.secret, message)
    return document | {"proof": proof | {"proofValue": multibase_encode(signature)}}


def verdicts(credential):
    """Of a bundle whose entry commits to the printed bytes; all else in it is true."""
    salt = base64s.decode32(SCENE.bundle()["salt"])
    digest = hashlib.sha256(dump(credential)).digest()
    scene = text_only(Scene())
    data = entry.single("text", scene.world.school.id, 1, salt, digest)
    scene.record.index = scene.world.append_entry(data)
    scene.world.anchor()
    made = scene.bundle()
    made["credential"] = credential
    return {policy.name: scene.verify(dump(made), policy=policy, now=scene.now) for policy in (RECORD, ARCHIVE, VC)}


def test_the_record_itself_is_valid_this_way():
    credential = sign_as_printed(SCENE.record.credential)
    assert {report.verdict for report in verdicts(credential).values()} == {Verdict.VALID}


@pytest.mark.parametrize("number", [0, 1, -1, 1.5, 60.0, 1e16, 1e20, 1e300, 1e-7, 5e-324, -0.0, 2**53 - 1])
@pytest.mark.parametrize(
    "path",
    [
        ("credentialSubject", "name"),
        ("credentialSubject", "transcript", "courses", 0, "mark"),
        ("credentialSubject", "transcript", "courses", 1),
        ("credentialSubject", "extra"),
        ("extra",),
        ("issuer",),
        ("validUntil",),
        ("type", 1),
        ("@context", 1),
        ("credentialStatus", 0, "statusListIndex"),
        ("credentialStatus", 0, "statusSize"),
        ("proof", "created"),
        ("proof", "extra"),
    ],
)
def test_a_number_anywhere(path, number):
    credential = copy.deepcopy(SCENE.record.credential)
    target = credential
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = number
    if path[0] == "@context":
        credential["proof"]["@context"][1] = number
    for name, report in verdicts(sign_as_printed(credential)).items():
        assert report.verdict is not Verdict.VALID, name
        assert Outcome.FAIL in (report["document"].outcome, report["proof"].outcome), name


def test_a_number_in_the_issuers_name():
    credential = copy.deepcopy(SCENE.record.credential)
    credential["issuer"] = {"id": credential["issuer"], "name": {"en": 1e16, "zh": "x"}}
    for report in verdicts(sign_as_printed(credential)).values():
        assert report["document"].code == "document.malformed"


def test_nesting_beyond_what_is_read():
    credential = copy.deepcopy(SCENE.record.credential)
    nested: object = "x"
    for _ in range(200):
        nested = [nested]
    credential["credentialSubject"]["name"] = nested
    for report in verdicts(sign_as_printed(credential)).values():
        assert report["document"].outcome is Outcome.FAIL


def test_the_ordinary_reader_agrees():
    credential = copy.deepcopy(SCENE.record.credential)
    made = SCENE.bundle() | {"credential": credential}
    credential["credentialSubject"]["name"] = 7
    for data in (canonical.dumps(made), orjson.dumps(made, option=orjson.OPT_INDENT_2)):
        assert SCENE.verify(data)["document"].code == "document.malformed"
