"""Following a JWT or SD-JWT by hand: each step's hash is of the bytes below it, and everything fits."""

import hashlib
import re

import pytest

from tests.worlds.tokens import JWT, SD_JWT, VC_CLAIM, TokenScene, course
from verifier.explain import explain

STEP = re.compile(r" = ([0-9a-f]{64}) .*\n      sha256 ([0-9a-f]*)")


def lines(scene: TokenScene, text: str) -> str:
    from ledger.formats import canonical

    member = "sdJwt" if "~" in text else "jwt"
    return "\n".join(explain(canonical.dumps(scene.bundle() | {member: text}), scene.world.trust_root()))


@pytest.mark.parametrize("form", [JWT, VC_CLAIM, SD_JWT])
def test_every_step_can_be_followed(form):
    scene = TokenScene(form)
    told = lines(scene, scene.text)
    steps = STEP.findall(told)
    assert len(steps) > 20
    for digest, data in steps:
        assert hashlib.sha256(bytes.fromhex(data)).hexdigest() == digest
    assert ": NO" not in told and "cannot be followed" not in told
    assert f"type {3 if form == SD_JWT else 2} is this one: yes" in told
    assert told.count("高等数学 0") and "ES256" in told


def test_what_is_withheld_is_said():
    scene = TokenScene()
    told = lines(scene, scene.disclosing(course(0)))
    assert "2 digests at /credentialSubject/transcript/courses have no disclosure" in told
    assert "高等数学 0" in told and "高等数学 1" not in told


def test_another_token_does_not_fit():
    scene, other = TokenScene(JWT), TokenScene(JWT)
    other.resign_payload(iat=1)
    told = lines(scene, other.text)
    assert "is this one: NO" in told
    head, body, signature = scene.text.split(".")
    forged = f"{head}.{body}.{'A' * len(signature)}"
    assert "it holds: NO" in lines(scene, forged)
