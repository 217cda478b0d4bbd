"""Inputs of the kit that were shown by a JWT: for another occasion, by somebody else, in a wrong envelope."""

from datetime import timedelta
from typing import Any

from ledger.formats import datetimes
from ledger.formats.credential import CONTEXT_V2
from ledger.formats.did import build_did_key
from tests.verifier.cases.holder import ASKED
from tests.verifier.cases.inputs import STRANGER, Cases
from tests.worlds.scene import Scene
from tests.worlds.tokens import JWT, LEARNER, TokenScene, doubly_held, enveloped, presentation_by, presentation_jwt
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case
SOMEBODY = build_did_key(STRANGER.public)


def _bound(**claims: Any) -> Report:
    scene = TokenScene(holder=True)
    return scene.verify_text(scene.bound(scene.text, **claims), **ASKED)


def _shown(**claims: Any) -> Report:
    scene = TokenScene(JWT, holder=True)
    return scene.verify_text(presentation_jwt(enveloped(scene.text), **claims), **ASKED)


def _enveloped(media: str, text: str, kind: str = "Credential") -> Report:
    return TokenScene(JWT).verify(_envelope(type=f"EnvelopedVerifiable{kind}", id=f"data:{media},{text}"))


def _envelope(**members: Any) -> dict[str, Any]:
    """As it should be, but for ``members``; ``...`` takes one away."""
    made = enveloped(TokenScene(JWT).text) | members
    return {name: value for name, value in made.items() if value is not ...}


def _seconds(ahead: int) -> int:
    return int(TokenScene(holder=True).now.timestamp()) + ahead


@given("occasion")
def a_binding_that_has_expired() -> Report:
    return _bound(exp=_seconds(-1))


@given("occasion")
def a_binding_that_ends_now() -> Report:
    return _bound(exp=_seconds(0))


@given("occasion")
def a_binding_for_several() -> Report:
    return _bound(aud=[ASKED["domain"]])


@given("occasion")
def a_binding_of_the_day_before() -> Report:
    return _bound(iat=_seconds(-86_401))


@given("occasion")
def a_binding_from_the_future() -> Report:
    return _bound(iat=_seconds(301))


@given("occasion")
def a_binding_without_a_time() -> Report:
    return _bound(iat=...)


@given("occasion")
def a_presentation_for_several() -> Report:
    return _shown(aud=[ASKED["domain"], "elsewhere.test"])


@given("occasion")
def a_presentation_that_has_expired() -> Report:
    return _shown(exp=_seconds(-1))


@given("occasion")
def a_presentation_of_the_day_before() -> Report:
    return _shown(iat=_seconds(-86_401))


@given("occasion")
def a_presentation_whose_time_is_none() -> Report:
    return _shown(iat="now")


@given("occasion")
def a_presentation_issued_by_somebody_else_than_its_holder() -> Report:
    return _shown(iss=SOMEBODY)


@given("occasion")
def a_presentation_issued_by_somebody_else_than_signed_it() -> Report:
    return _shown(iss=SOMEBODY, holder=...)


@given("occasion")
def a_presentation_under_the_name_of_a_website() -> Report:
    return _shown(kid="did:web:a.test#key")


@given("occasion")
def a_presentation_of_the_type_of_a_credential() -> Report:
    return _shown(typ="vc+jwt")


@given("occasion")
def a_presentation_of_two_credentials() -> Report:
    scene = TokenScene(JWT, holder=True)
    text = presentation_jwt(scene.text, verifiableCredential=[scene.text, scene.text])
    return scene.verify_text(text, **ASKED)


@given("occasion")
def a_presentation_of_a_presentation() -> Report:
    scene = TokenScene(JWT, holder=True)
    return scene.verify_text(presentation_jwt(presentation_jwt(scene.text)), **ASKED)


@given("occasion")
def an_envelope_with_a_presentation_for_a_credential() -> Report:
    return _enveloped("application/vc+jwt", presentation_jwt(TokenScene(JWT).text))


@given("occasion")
def an_envelope_with_a_credential_for_a_presentation() -> Report:
    return _enveloped("application/vp+jwt", TokenScene(JWT).text, "Presentation")


@given("occasion")
def an_envelope_with_a_token_of_the_other_form() -> Report:
    return _enveloped("application/vc+sd-jwt", TokenScene(JWT).text)


@given("occasion")
def an_envelope_whose_media_type_has_a_parameter() -> Report:
    return _enveloped("application/vc+jwt;base64", TokenScene(JWT).text)


@given("occasion")
def an_envelope_of_both_kinds() -> Report:
    types = ["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"]
    return TokenScene(JWT).verify(_envelope(type=types, id=f"data:application/jwt,{TokenScene(JWT).text}"))


@given("occasion")
def an_envelope_without_a_context() -> Report:
    return TokenScene(JWT).verify(_envelope(**{"@context": ...}))


@given("occasion")
def an_envelope_under_another_context() -> Report:
    return TokenScene(JWT).verify(_envelope(**{"@context": ["https://www.w3.org/ns/credentials/examples/v2"]}))


@given("occasion")
def an_envelope_under_two_contexts() -> Report:
    contexts = [CONTEXT_V2, "https://www.w3.org/ns/credentials/examples/v2"]
    return TokenScene(JWT).verify(_envelope(**{"@context": contexts}, type=["EnvelopedVerifiableCredential"]))


@given("occasion")
def an_envelope_that_calls_itself_a_credential() -> Report:
    return TokenScene(JWT).verify(_envelope(type=["EnvelopedVerifiableCredential", "VerifiableCredential"]))


@given("occasion")
def an_envelope_with_more_in_it() -> Report:
    return TokenScene(JWT).verify(_envelope(name="A degree"))


@given("occasion")
def a_proof_by_the_holder_that_has_expired() -> Report:
    scene = Scene(holder=True)
    return scene.verify(scene.present_by(expires=datetimes.render(scene.now - timedelta(seconds=1))))


@given("occasion")
def a_proof_by_the_holder_that_ends_now() -> Report:
    scene = Scene(holder=True)
    return scene.verify(scene.present_by(expires=datetimes.render(scene.now)), **ASKED)


@given("occasion")
def a_proof_by_the_holder_for_several_domains() -> Report:
    scene = Scene(holder=True)
    return scene.verify(scene.present_by(domain=["elsewhere.test", ASKED["domain"]]), **ASKED)


@given("occasion")
def a_proof_by_the_holder_for_other_domains() -> Report:
    scene = Scene(holder=True)
    return scene.verify(scene.present_by(domain=["elsewhere.test", "another.test"]), **ASKED)


@given("occasion")
def a_binding_that_has_expired_and_nobody_asked() -> Report:
    scene = TokenScene(holder=True)
    return scene.verify_text(scene.bound(scene.text, exp=_seconds(-1)))


@given("occasion")
def a_presentation_that_has_expired_and_nobody_asked() -> Report:
    scene = TokenScene(JWT, holder=True)
    return scene.verify_text(presentation_jwt(enveloped(scene.text), exp=_seconds(-1)))


@given("occasion")
def a_binding_inside_of_a_signed_presentation() -> Report:
    return _twice(aud="elsewhere.test")


@given("occasion")
def a_binding_that_has_expired_inside_of_a_signed_presentation() -> Report:
    return _twice(exp=_seconds(-1))


def _twice(**claims: Any) -> Report:
    scene = doubly_held()
    return scene.verify(presentation_by(LEARNER, enveloped(scene.bound(scene.text, **claims)), **ASKED), **ASKED)


@given("occasion")
def a_presentation_that_is_not_to_be_shown_yet() -> Report:
    return _shown(nbf=_seconds(301))


@given("occasion")
def a_presentation_by_a_clock_that_is_ahead() -> Report:
    return _shown(nbf=_seconds(300))


@given("occasion")
def a_presentation_whose_end_is_no_time() -> Report:
    scene = TokenScene(JWT, holder=True)
    return scene.verify_text(presentation_jwt(enveloped(scene.text), nbf="now"))
