"""A summary: whatever is true of it, it is never taken for the record, and nothing in it can be altered."""

from typing import Any

import pytest

from ledger.formats import canonical, keys, summary
from ledger.formats.errors import FormatError
from tests.worlds import summaries
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from verifier.evidence import Absence, Found, Gathered
from verifier.policy import ARCHIVE, RECORD, VC
from verifier.report import Outcome, Verdict

SCENE = Scene()
STRANGER = keys.generate(seed("stranger"))


def evidence(scene: Scene) -> Gathered:
    """What the log hands out for the record's digest; the salt as our own server would add it."""
    return Gathered(materials={scene.digest: Found(scene.material(), scene.record.salt)}, otherwise=Absence.MISSING)


@pytest.mark.parametrize("policy", [RECORD, ARCHIVE, VC], ids=lambda policy: policy.name)
@pytest.mark.parametrize("online", [False, True])
def test_a_true_summary_is_never_valid(policy, online):
    report = SCENE.verify(summaries.signed(SCENE), policy=policy, evidence=evidence(SCENE) if online else None)
    assert report.verdict is Verdict.INDETERMINATE
    assert report["document"].code == "document.summary"
    assert report["document"].evidence["record"] == SCENE.digest.hex()
    assert report["proof"].outcome is Outcome.PASS
    assert report["inclusion"].code == "inclusion.missing" and report.anchored_at is None
    assert report["issuer"].code == "issuer.pending"
    assert report.record["type"] == summary.TYPE and report.subject["name"] == "陈𠮷·阿依"


def test_evidence_names_the_school_and_tells_of_no_revocation():
    report = SCENE.verify(summaries.signed(SCENE), evidence=evidence(SCENE))
    assert report.issuer["code"] == "350206001"
    assert (report["status"].code, report["anchor"].code) == ("status.ok", "anchor.ok")


def test_a_summary_of_a_revoked_record():
    scene = Scene("revoked summary")
    made = summaries.signed(scene)
    scene.world.revoke(scene.record)
    scene.world.anchor()
    report = scene.verify(made, evidence=evidence(scene))
    assert (report.verdict, report["status"].code) == (Verdict.INVALID, "status.revoked")


def test_a_summary_by_a_key_that_the_school_never_had():
    made = summaries.sign(SCENE, summaries.unsigned(SCENE), STRANGER)
    assert SCENE.verify(made).verdict is Verdict.INDETERMINATE
    report = SCENE.verify(made, evidence=evidence(SCENE))
    assert (report.verdict, report["issuer"].code) == (Verdict.INVALID, "issuer.key_not_valid")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("credentialSubject", "name"), "陈吉·阿依"),
        (("credentialSubject", "identifier"), "1"),
        (("credentialSubject", "summary", "digest"), "A" * 43 + "="),
        (("credentialSubject", "summary", "of"), "DiplomaCredential"),
        (("credentialSubject", "summary", "school"), "10003"),
        (("credentialSubject", "summary", "facts"), {"degree": "博士"}),
        (("credentialStatus", "0", "statusListIndex"), "7"),
        (("id",), "urn:uuid:00000000-0000-4000-8000-00000000000f"),
        (("validFrom",), "2020-01-01T00:00:00Z"),
        (("validUntil",), "2999-01-01T00:00:00Z"),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, tuple) else "",
)
def test_a_value_that_was_altered(path, to):
    report = SCENE.verify(summaries.tampered(SCENE, *path, to=to), evidence=evidence(SCENE))
    assert (report.verdict, report["proof"].code) == (Verdict.INVALID, "proof.invalid")
    assert not report.subject and not report.record


INNER = summaries.unsigned(SCENE)["credentialSubject"]["summary"]
STATUS = summaries.unsigned(SCENE)["credentialStatus"][0]
PROOF = dict.fromkeys(["type", "cryptosuite", "verificationMethod", "proofPurpose", "@context", "proofValue"], "")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "urn:uuid:X"}, "document.malformed"),
        ({"validFrom": "yesterday"}, "document.malformed"),
        ({"issuer": {"id": SCENE.world.school.did}}, "document.malformed"),
        ({"credentialSubject": []}, "document.malformed"),
        ({"credentialSubject": {"name": "x"}}, "document.malformed"),
        ({"credentialSubject": {"summary": INNER, "name": 1}}, "document.malformed"),
        ({"credentialSubject": {"summary": INNER, "degree": "PhD"}}, "document.undefined_term"),
        ({"credentialSubject": {"summary": INNER | {"mark": "100"}}}, "document.undefined_term"),
        ({"credentialSubject": {"summary": INNER | {"digest": "AAAA"}}}, "document.malformed"),
        ({"credentialSubject": {"summary": INNER | {"facts": {"a": 1}}}}, "document.malformed"),
        ({"credentialSubject": {"summary": INNER | {"facts": []}}}, "document.malformed"),
        ({"credentialSubject": {"summary": INNER | {"facts": {"a": "x" * 900}}}}, "document.too_large"),
        ({"type": ["VerifiableCredential", "SummaryCredential", "TranscriptCredential"]}, "document.undefined_term"),
        ({"type": ["SummaryCredential", "VerifiableCredential"]}, "document.undefined_term"),
        ({"credentialStatus": {}}, "document.malformed"),
        ({"credentialStatus": [{}, {}]}, "document.malformed"),
        ({"credentialStatus": [{"type": "BitstringStatusListEntry"}]}, "document.malformed"),
        ({"evidence": {"type": "Film"}}, "document.undefined_term"),
        ({"issuer": SCENE.world.school.did + " "}, "document.malformed"),
        ({"credentialStatus": [STATUS | {"statusListCredential": "list"}]}, "document.malformed"),
        ({"proof": {}}, "document.malformed"),
        ({"proof": []}, "document.malformed"),
        ({"proof": PROOF | {"nonce": "1"}}, "document.undefined_term"),
    ],
)
def test_a_summary_of_another_form(changes, code):
    made = summaries.unsigned(SCENE) | changes
    with pytest.raises(FormatError) as caught:
        summary.check({"proof": PROOF} | made)
    assert caught.value.code == code


def test_a_summary_under_a_context_of_its_own():
    made = summaries.unsigned(SCENE)
    made["@context"] = [made["@context"][0], {"@vocab": "https://a.test/"}]
    with pytest.raises(FormatError) as caught:
        summary.check({"proof": PROOF} | made)
    assert caught.value.code == "document.undefined_term"


def test_it_fits_its_code_whatever_the_record_holds():
    record: Any = canonical.loads(canonical.dumps(SCENE.record.credential))
    record["credentialSubject"]["transcript"] = {f"term{n}": "一二三四五六七八九十" * 4 for n in range(40)}
    made = summary.build(record, SCENE.digest, content="transcript", school="1", base="https://rollbook.test")
    assert 0 < len(made["credentialSubject"]["summary"]["facts"]) < 40
    assert len(summaries.sign(SCENE, made)) <= summary.MAX_BYTES


def test_a_learner_who_does_not_fit():
    record: Any = canonical.loads(canonical.dumps(SCENE.record.credential))
    record["credentialSubject"]["name"] = "长" * 300
    with pytest.raises(FormatError) as caught:
        summary.build(record, SCENE.digest, content="transcript", school="1", base="https://rollbook.test")
    assert caught.value.code == "paper.summary_too_large"
