"""Inputs of the kit as JWT and SD-JWT VC: whole, in part, bound to a key, presented."""

from ledger.formats import canonical
from ledger.formats.multibase import base64url_encode
from tests.verifier.cases.holder import ASKED
from tests.verifier.cases.inputs import Cases
from tests.worlds import tokens
from tests.worlds.tokens import JWT, VC_CLAIM, TokenScene, course, enveloped, presentation_jwt
from verifier.policy import VC
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case


@given("token")
def a_jwt() -> Report:
    return TokenScene(JWT).verify()


@given("token")
def a_jwt_with_the_claim_vc() -> Report:
    return TokenScene(VC_CLAIM).verify()


@given("token")
def an_sd_jwt_with_all_disclosed() -> Report:
    return TokenScene().verify()


@given("token")
def an_sd_jwt_with_one_course() -> Report:
    scene = TokenScene()
    return scene.verify_text(scene.disclosing(course(1)))


@given("token")
def an_sd_jwt_with_nothing_disclosed() -> Report:
    scene = TokenScene()
    return scene.verify_text(scene.disclosing())


@given("token")
def a_bare_jwt() -> Report:
    scene = TokenScene(JWT)
    return scene.verify(scene.text.encode(), policy=VC)


@given("token")
def an_envelope() -> Report:
    scene = TokenScene(JWT)
    return scene.verify(enveloped(scene.text))


@given("token")
def a_key_binding_for_this_occasion() -> Report:
    scene = _bound()
    return scene.verify_text(scene.bound(scene.text), **ASKED)


@given("token")
def a_key_binding_of_another_presentation() -> Report:
    scene = _bound()
    bound = scene.bound(scene.disclosing())
    return scene.verify_text(scene.text + bound.rpartition("~")[2], **ASKED)


@given("token")
def a_key_binding_from_the_day_before_yesterday() -> Report:
    scene = _bound()
    iat = int(scene.now.timestamp()) - 2 * 86400
    return scene.verify_text(scene.bound(scene.text, iat=iat), **ASKED)


@given("token")
def a_presentation_as_jwt() -> Report:
    scene = TokenScene(JWT, holder=True)
    return scene.verify_text(presentation_jwt(scene.text), **ASKED)


@given("token")
def an_algorithm_that_is_none() -> Report:
    scene = TokenScene(JWT)
    header = base64url_encode(canonical.dumps({"alg": "None", "kid": scene.key.method}))
    return scene.verify_text(f"{header}.{scene.text.split('.')[1]}.")


@given("token")
def a_token_for_another_purpose() -> Report:
    scene = TokenScene(JWT)
    scene.resign_payload({"typ": "at+jwt"})
    return scene.verify()


@given("token")
def a_key_that_the_token_brings_along() -> Report:
    scene = TokenScene(JWT)
    scene.resign_payload({"kid": ..., "jwk": {"kty": "EC"}})
    return scene.verify()


def _bound() -> TokenScene:
    """A record that is bound to the wallet's key."""
    scene = TokenScene(holder=True)
    scene.more = {"holder": tokens.WALLET_KEY}
    scene.reissue()
    return scene
