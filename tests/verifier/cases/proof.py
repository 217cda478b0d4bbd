"""Inputs in which nothing but the credential's signature is wrong, or cannot be checked."""

from ledger.formats.suites import RDFC
from tests.verifier.cases.inputs import UNREACHABLE, Cases
from tests.worlds.foreign import issue as foreign
from tests.worlds.scene import Scene
from verifier.evidence import Absence, Gathered
from verifier.policy import VC
from verifier.report import Report

CASES = Cases()
case = CASES.case


@case("proof.missing")
def no_proof() -> Report:
    scene = Scene()
    scene.log(scene.world.unsigned())
    return scene.verify()


@case("proof.invalid")
def a_signature_over_something_else() -> Report:
    scene = Scene()
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    signed["credentialSubject"]["identifier"] = "0012345679"
    scene.log(signed)
    return scene.verify()


@case("proof.invalid")
def a_signature_over_another_meaning() -> Report:
    scene = Scene(cryptosuite=RDFC)
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    signed["credentialSubject"]["transcript"]["courses"].pop()
    scene.log(signed)
    return scene.verify()


@case("proof.wrong_key")
def a_signature_over_rdf_by_another_school() -> Report:
    scene = Scene(cryptosuite=RDFC)
    scene.log(scene.world.sign(scene.world.unsigned(), scene.world.authority))
    return scene.verify()


@case("proof.wrong_purpose")
def a_signature_over_rdf_for_logging_in() -> Report:
    scene = Scene(cryptosuite=RDFC)
    scene.log(scene.world.sign(scene.world.unsigned(), scene.world.school, purpose="authentication"))
    return scene.verify()


@case("proof.unsupported")
def words_that_no_registered_kind_defines() -> Report:
    scene = Scene(cryptosuite=RDFC)
    return scene.verify(scene.without("chain"), policy=VC)


@case("proof.wrong_purpose")
def a_signature_for_logging_in() -> Report:
    scene = Scene()
    scene.log(scene.world.sign(scene.world.unsigned(), scene.world.school, purpose="authentication"))
    return scene.verify()


@case("proof.wrong_key")
def a_signature_by_another_school() -> Report:
    scene = Scene()
    scene.log(scene.world.sign(scene.world.unsigned(), scene.world.authority))
    return scene.verify()


@case("proof.unsupported")
def another_cryptosuite() -> Report:
    scene = Scene()
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    signed["proof"]["cryptosuite"] = "ecdsa-sd-2023"
    scene.log(signed)
    return scene.verify()


@case("proof.unreachable")
def the_issuers_website_is_down() -> Report:
    scene = Scene()
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    signed["proof"]["verificationMethod"] = f"{scene.world.school.did}#key-1"
    scene.log(signed)
    return scene.verify(evidence=UNREACHABLE)


@case("proof.unsupported")
def a_key_that_only_a_website_knows() -> Report:
    return Scene().verify(foreign(method="did:web:other.test#key-1", issuer="did:web:other.test"), policy=VC)


@case("proof.wrong_key")
def a_key_that_the_website_does_not_know() -> Report:
    document = foreign(method="did:web:other.test#key-1", issuer="did:web:other.test")
    return Scene().verify(document, policy=VC, evidence=Gathered(otherwise=Absence.MISSING))
