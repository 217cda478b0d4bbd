"""Inputs in which nothing but the document is wrong: its form, its size, its names."""

from typing import Any

from ledger.formats import canonical
from ledger.formats.joseform import Disclosable
from tests.support import pdfs
from tests.support.kinds import transcript_subject
from tests.verifier.cases.inputs import Cases
from tests.worlds import summaries
from tests.worlds.scene import Scene
from tests.worlds.tokens import JWT, VC_CLAIM, TokenScene, course, enveloped
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
def a_text_of_many_values() -> Report:
    return Scene().verify(b'{"type":["VerifiableCredential"],"x":[' + b",".join([b"0"] * 50_000) + b"]}")


@case("document.too_large")
def a_subject_of_many_values() -> Report:
    scene = Scene()
    subject = transcript_subject()
    subject["transcript"]["courses"] = [[0] * 20_000]
    scene.resign(credentialSubject=subject)
    return scene.verify()


@case("document.payload_mismatch")
def a_jwt_whose_issuer_stands_twice() -> Report:
    scene = TokenScene(JWT)
    scene.resign_payload(iss="did:web:b.test")
    return scene.verify()


@case("document.payload_mismatch")
def a_type_that_is_not_the_kinds() -> Report:
    scene = TokenScene()
    scene.resign_payload(vct="https://rollbook.test/contexts/diploma/v0/vct")
    return scene.verify()


@case("document.payload_mismatch")
def a_type_with_other_words() -> Report:
    scene = TokenScene()
    claims: dict[str, Any] = {"vct#integrity": "sha256-" + "A" * 43 + "="}
    scene.resign_payload(None, **claims)
    return scene.verify()


@case("document.payload_mismatch")
def a_mark_withheld_that_the_school_wants_shown() -> Report:
    scene = TokenScene(disclosable=Disclosable(mandatory=("/transcript/courses/1",)))
    return scene.verify_text(scene.disclosing(course(0)))


@case("document.malformed")
def a_disclosure_that_the_school_did_not_sign() -> Report:
    scene = TokenScene()
    return scene.verify_text(scene.text + "WyJzYWx0IiwgImhvbm91cnMiLCAxXQ~")


@case("document.malformed")
def a_time_of_issue_that_is_none() -> Report:
    scene = TokenScene(JWT)
    scene.resign_payload(iat="yesterday")
    return scene.verify()


@case("document.malformed")
def more_may_be_withheld_than_what_a_record_says() -> Report:
    scene = TokenScene()
    scene.resign_payload(_sd=["AAAA"])
    return scene.verify()


@case("document.undefined_term")
def a_course_disclosed_with_a_term_that_the_kind_does_not_have() -> Report:
    scene = TokenScene()
    scene.subject["transcript"]["courses"][1]["honours"] = "first"
    scene.reissue()
    return scene.verify_text(scene.disclosing(course(1)))


@case("document.undefined_term")
def a_claim_beside_the_record() -> Report:
    scene = TokenScene(VC_CLAIM)
    scene.resign_payload(honours="first")
    return scene.verify()


@case("document.undefined_term")
def a_proof_inside_of_a_token() -> Report:
    scene = TokenScene(JWT)
    scene.resign_payload(proof={})
    return scene.verify()


@case("document.unsupported")
def an_encrypted_pdf() -> Report:
    scene = Scene()
    made = pdfs.objects(canonical.dumps(scene.bundle()))
    return scene.verify(pdfs.write(made, trailer=b"/Encrypt 9 0 R"))


@case("document.unsupported")
def an_archive() -> Report:
    return Scene().verify(b"PK\x03\x04")


@case("document.malformed")
def a_pdf_without_a_bundle() -> Report:
    return Scene().verify(b"%PDF-1.7\n")


@case("document.duplicate_key")
def two_attachments_of_one_name() -> Report:
    scene = Scene()
    made = pdfs.objects(canonical.dumps(scene.bundle()))
    return scene.verify(pdfs.write(made | {6: pdfs.filespec(number=7), 7: pdfs.stream(b"{}")}))


@case("document.payload_mismatch")
def an_attachment_that_was_swapped() -> Report:
    scene = Scene()
    made = pdfs.objects(canonical.dumps(scene.bundle()))
    return scene.verify(pdfs.update(pdfs.write(made), {5: pdfs.stream(b"{}")}))


@case("document.too_large")
def an_attachment_that_inflates() -> Report:
    return Scene().verify(pdfs.write(pdfs.objects(bytes(6 << 20))))


@case("document.summary")
def a_summary() -> Report:
    scene = Scene()
    return scene.verify(summaries.signed(scene))


@case("document.unsupported")
def an_envelope_of_another_medium() -> Report:
    return Scene().verify(enveloped("") | {"id": "data:application/vc+cose;base64,AAAA"})


@case("document.unsupported")
def digests_by_another_hash_function() -> Report:
    scene = TokenScene()
    scene.resign_payload(_sd_alg="sha3-256")
    return scene.verify()


@case("document.unsupported")
def a_bundle_of_a_later_version() -> Report:
    scene = Scene()
    return scene.verify(scene.bundle() | {"rollbook": "bundle/2"})
