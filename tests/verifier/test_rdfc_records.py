"""Records signed over RDF: no signed field can be altered, and their words mean what the registered kind says."""

import copy
from typing import Any

import pytest

from ledger.formats import canonical, suites
from ledger.formats import kind as kinds
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2, Contexts
from ledger.formats.kind import Kind
from tests.support.kinds import transcript_definition, transcript_subject
from tests.support.linked_proofs import forged_with
from tests.verifier.test_tampering import at, leaves, neighbour
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, RECORD, VC
from verifier.report import Outcome, Report, Verdict
from verifier.verifier import Verifier

SCENE = Scene(cryptosuite=suites.RDFC, holder=True)
VERIFIER = Verifier(SCENE.world.trust_root())
BUNDLE = SCENE.bundle()
SIGNED = list(leaves(BUNDLE["credential"]))
INSIDE = sorted({path[:-1] for path in SIGNED}, key=str)


def verify(document: Any, **options: Any) -> Report:
    return VERIFIER.verify(canonical.dumps(document), now=SCENE.now, **options)


def changed(value: Any) -> Any:
    return neighbour(value) if isinstance(value, str) else value + 1


def codes(report: Report, *names: str) -> tuple[str, ...]:
    return tuple(report[name].code for name in names)


def test_record_over_rdf_is_valid() -> None:
    for policy in (RECORD, ARCHIVE, VC):
        report = verify(BUNDLE, policy=policy)
        assert report.verdict is Verdict.VALID and report["proof"].evidence["cryptosuite"] == suites.RDFC
        assert report.subject["name"] and report.record["transcript"]["courses"]


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: ".".join(map(str, path)))
def test_signed_field_is_altered(path: tuple[Any, ...]) -> None:
    made = copy.deepcopy(BUNDLE)
    at(made["credential"], path[:-1])[path[-1]] = changed(at(made["credential"], path))
    for policy in (RECORD, ARCHIVE, VC):
        report = verify(made, policy=policy)
        assert report.verdict is not Verdict.VALID and report.anchored_at is None
        # An unknown issuer's credential, whose words nobody vouches for, is none of ours.
        assert report.verdict is Verdict.INVALID or (policy is VC and report["issuer"].code == "issuer.unknown")
        assert report["inclusion"].outcome is Outcome.FAIL
        assert report["proof"].outcome is not Outcome.PASS


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: ".".join(map(str, path)))
def test_signed_field_is_taken_out(path: tuple[Any, ...]) -> None:
    made = copy.deepcopy(BUNDLE)
    del at(made["credential"], path[:-1])[path[-1]]
    for policy in (RECORD, VC):
        assert verify(made, policy=policy).verdict is not Verdict.VALID


@pytest.mark.parametrize("value", ["x", None, {"rank": "1"}, []], ids=str)
@pytest.mark.parametrize("path", INSIDE, ids=lambda path: ".".join(map(str, path)))
def test_something_is_added(path: tuple[Any, ...], value: Any) -> None:
    made = copy.deepcopy(BUNDLE)
    holder = at(made["credential"], path)
    if isinstance(holder, dict):
        holder["rank"] = value
    else:
        holder.append(value)
    for policy in (RECORD, VC):
        assert verify(made, policy=policy).verdict is Verdict.INVALID


@pytest.mark.parametrize("policy", [RECORD, ARCHIVE, VC])
def test_order_of_the_courses_is_altered(policy: Any) -> None:
    """The signature over RDF holds; the log's commitment does not, and that is enough."""
    made = copy.deepcopy(BUNDLE)
    made["credential"]["credentialSubject"]["transcript"]["courses"].reverse()
    report = verify(made, policy=policy)
    assert codes(report, "document", "proof", "inclusion") == ("document.ok", "proof.ok", "inclusion.mismatch")
    assert report.verdict is Verdict.INVALID


def other_meaning(change: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A record with two words exchanged, and a kind that exchanges what they mean: the same RDF, other JSON."""
    record, definition = copy.deepcopy(BUNDLE["credential"]), copy.deepcopy(BUNDLE["kind"])
    terms = definition["context"]["document"]["@context"]["transcript"]["@context"]
    terms |= {word: terms[other] for word, other in change.items()}
    courses = record["credentialSubject"]["transcript"]["courses"]
    courses[:] = [{change.get(word, word): value for word, value in course.items()} for course in courses]
    return record, definition


def test_kind_gives_the_words_another_meaning() -> None:
    record, definition = other_meaning({"code": "title", "title": "code"})
    made = BUNDLE | {"credential": record, "kind": definition}
    assert record != BUNDLE["credential"]
    for policy in (RECORD, ARCHIVE):
        report = verify(made, policy=policy)
        assert codes(report, "document", "proof", "issuer") == ("document.ok", "proof.ok", "issuer.out_of_scope")
        assert report.verdict is Verdict.INVALID and report.subject == {} and report.record == {}
    report = verify(made, policy=VC)
    assert report.verdict is Verdict.INVALID and report["proof"].code == "proof.unsupported"


@pytest.mark.parametrize("member", ["chain", "anchor", "checkpoint"])
def test_nobody_vouches_for_the_kind(member: str) -> None:
    """Without the chain nobody can tell whether the kind is the registered one: nothing is shown as signed."""
    record, definition = other_meaning({"code": "title", "title": "code"})
    made = BUNDLE | {"credential": record, "kind": definition}
    for document in (made, BUNDLE):
        report = verify({name: value for name, value in document.items() if name not in (member, "chain")}, policy=VC)
        assert report["proof"].code == "proof.unsupported" and report.verdict is not Verdict.VALID
        assert report.subject == {} and report.record == {}
    report = verify({name: value for name, value in BUNDLE.items() if name != "chain"})
    assert (report["proof"].code, report.verdict) == ("proof.ok", Verdict.INDETERMINATE)
    assert report.subject == {} and report.record == {}


@pytest.mark.parametrize("policy", [RECORD, ARCHIVE, VC])
def test_kind_is_missing(policy: Any) -> None:
    report = verify({name: value for name, value in BUNDLE.items() if name != "kind"}, policy=policy)
    assert codes(report, "document", "proof") == ("document.unsupported", "proof.skipped")
    assert report.verdict is Verdict.INDETERMINATE and report.subject == {}


@pytest.mark.parametrize("word", ["mark", "rank"])
def test_bundle_s_kind_contradicts_what_the_verifier_knows(word: str) -> None:
    kind: Kind = SCENE.world.kind
    known = BUNDLED.extended({kind.context_url: kind.context})
    verifier = Verifier(SCENE.world.trust_root(), contexts=lambda: known)
    assert verifier.verify(canonical.dumps(BUNDLE), now=SCENE.now)
    definition = copy.deepcopy(BUNDLE["kind"])
    definition["context"]["document"]["@context"][word] = "urn:x:other"
    report = verifier.verify(canonical.dumps(BUNDLE | {"kind": definition}), now=SCENE.now)
    assert codes(report, "document", "proof") == ("document.malformed", "proof.skipped")


def test_verifier_that_knows_the_kind_tells_an_altered_credential() -> None:
    kind: Kind = SCENE.world.kind
    known = BUNDLED.extended({kind.context_url: kind.context})
    verifier = Verifier(SCENE.world.trust_root(), contexts=lambda: known)
    bare = copy.deepcopy(BUNDLE["credential"])
    assert verifier.verify(canonical.dumps(bare), now=SCENE.now)["proof"].code == "proof.ok"
    bare["credentialSubject"]["name"] = "王"
    assert verifier.verify(canonical.dumps(bare), now=SCENE.now).verdict is Verdict.INVALID
    assert verify(bare).verdict is Verdict.INDETERMINATE


def test_kind_calls_itself_a_context_of_the_w3c() -> None:
    definition = transcript_definition()
    definition["context"]["url"] = CREDENTIALS_V2
    report = verify(BUNDLE | {"kind": definition})
    assert report.verdict is Verdict.INVALID and report["proof"].code == "proof.skipped"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rank": "1"}, "document.undefined_term"),
        ({"name": None}, "document.malformed"),
        ({"name": ["a", "a"]}, "document.malformed"),
        ({"id": "relative"}, "document.malformed"),
        ({"type": "NoType"}, "document.undefined_term"),
        ({"@graph": []}, "document.malformed"),
        ({"@context": {"transcript": "urn:x:mark"}}, "document.malformed"),
        ({"@context": "https://r.example/unknown"}, "document.unsupported"),
        ({"other": [{"@list": [str(n) for n in range(400)]}]}, "document.undefined_term"),
    ],
)
@pytest.mark.parametrize("policy", [RECORD, VC])
def test_part_of_a_record_is_not_signed(change: dict[str, Any], code: str, policy: Any) -> None:
    """The school itself signs what its own software would refuse, dropping what JSON-LD drops."""
    scene = Scene(cryptosuite=suites.RDFC)
    unsigned = scene.world.unsigned()
    signed = forged_with(unsigned, scene.world.school.key, scene.world.school.method, scene.world.contexts)
    signed["credentialSubject"] |= change
    scene.log(signed)
    report = scene.verify(policy=policy)
    # Where the kind is there, its schema speaks first; without, what RDF says of it is heard.
    assert report["document"].outcome is Outcome.FAIL and report["proof"].code == "proof.skipped"
    alone = Verifier(SCENE.world.trust_root(), contexts=lambda: scene.world.contexts)
    report = alone.verify(canonical.dumps(signed), now=scene.now, policy=VC)
    assert codes(report, "document", "proof") == (code, "proof.skipped")
    assert report.verdict is not Verdict.VALID and report.subject == {}


def test_record_is_signed_by_a_legacy_suite() -> None:
    scene = Scene(cryptosuite=suites.RDFC)
    signed = copy.deepcopy(scene.record.credential)
    signed["proof"]["type"] = "Ed25519Signature2020"
    del signed["proof"]["cryptosuite"]
    scene.log(signed)
    assert codes(scene.verify(), "document", "proof") == ("document.ok", "proof.unsupported")


def test_record_has_a_set_of_proofs() -> None:
    scene = Scene(cryptosuite=suites.RDFC)
    signed = copy.deepcopy(scene.record.credential)
    signed["proof"] = [signed["proof"]]
    scene.log(signed)
    assert codes(scene.verify(), "document", "proof") == ("document.malformed", "proof.unsupported")


@pytest.mark.parametrize("suite", suites.SUITES)
@pytest.mark.parametrize("field", ["domain", "challenge", "proofValue", "created", "holder"])
def test_presentation_by_either_suite_is_altered(suite: str, field: str) -> None:
    scene = Scene(cryptosuite=suite, holder=True)
    made = scene.present()
    assert scene.verify(made, domain="admissions.test", challenge="7d1")["holder"].code == "holder.ok"
    target = made["presentation"] if field == "holder" else made["presentation"]["proof"]
    target[field] = changed(target[field])
    report = scene.verify(made, domain="admissions.test", challenge="7d1")
    assert report["holder"].outcome is Outcome.FAIL


def test_presentation_holds_what_no_context_defines() -> None:
    scene = Scene(cryptosuite=suites.RDFC, holder=True)
    made = scene.present()
    made["presentation"]["proof"]["rank"] = "1"
    report = scene.verify(made, domain="admissions.test", challenge="7d1")
    assert report["holder"].code == "holder.mismatch"


def test_subject_is_signed_as_it_is() -> None:
    subject = transcript_subject()
    assert kinds.parse(BUNDLE["kind"]).hash == SCENE.world.kind.hash
    assert verify(BUNDLE).record["transcript"] == subject["transcript"]


def test_contexts_of_a_verifier_are_its_own() -> None:
    assert Verifier(SCENE.world.trust_root(), contexts=Contexts).verify(canonical.dumps(BUNDLE), now=SCENE.now)
