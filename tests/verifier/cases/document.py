"""Inputs in which nothing but the document is wrong: its form, its size, its names."""

from typing import Any

from ledger.formats import base64s, canonical
from tests.support.kinds import transcript_subject
from tests.verifier.cases.inputs import Cases
from tests.worlds.scene import Scene
from verifier.report import Report

CASES = Cases()
case = CASES.case


@case("document.malformed")
def a_malformed_id() -> Report:
    scene = Scene()
    scene.resign(id="urn:uuid:NOT-ONE")
    return scene.verify()


@case("document.malformed")
def a_bundle_with_another_member() -> Report:
    scene = Scene()
    return scene.verify(scene.bundle() | {"note": "believe me"})


@case("document.malformed")
def no_json() -> Report:
    return Scene().verify(b"{")


@case("document.duplicate_key")
def a_name_twice() -> Report:
    scene = Scene()
    data = canonical.dumps(scene.bundle())
    return scene.verify(data.replace(b'"identifier":"0012345678"', b'"identifier":"1","identifier":"0012345678"'))


@case("document.undefined_term")
def a_term_that_the_kind_does_not_have() -> Report:
    scene = Scene()
    scene.resign(credentialSubject=transcript_subject() | {"honours": "first"})
    return scene.verify()


@case("document.undefined_term")
def a_member_beside_the_subject() -> Report:
    scene = Scene()
    scene.resign(evidence={"type": "Film"})
    return scene.verify()


@case("document.too_large")
def six_megabytes() -> Report:
    return Scene().verify(b"{" + b" " * (6 << 20) + b"}")


@case("document.too_large")
def a_subject_of_many_values() -> Report:
    scene = Scene()
    subject = transcript_subject()
    subject["transcript"]["courses"] = [[0] * 20_000]
    scene.resign(credentialSubject=subject)
    return scene.verify()


@case("document.payload_mismatch")
def a_jwt_whose_issuer_stands_twice() -> Report:
    return Scene().verify(_jwt({"iss": "did:web:a.test", "vc": {"issuer": {"id": "did:web:b.test"}}}))


@case("document.unsupported")
def a_pdf() -> Report:
    return Scene().verify(b"%PDF-1.7\n")


@case("document.unsupported")
def a_jwt() -> Report:
    return Scene().verify(_jwt({"iss": "did:web:a.test", "issuer": "did:web:a.test"}))


@case("document.unsupported")
def a_bundle_of_a_later_version() -> Report:
    scene = Scene()
    return scene.verify(scene.bundle() | {"rollbook": "bundle/2"})


def _jwt(claims: dict[str, Any]) -> bytes:
    parts = (canonical.dumps({"alg": "ES256"}), canonical.dumps(claims), b"signature")
    return b".".join(base64s.encode(part).rstrip("=").translate(str.maketrans("+/", "-_")).encode() for part in parts)
