"""Inputs of the kit besides those of tests/verifier/cases: what is valid, and two things at once."""

import json
from datetime import timedelta
from typing import Any

from ledger.formats import base64s, entry, suites
from tests.verifier.cases.holder import ASKED
from tests.verifier.cases.inputs import Cases
from tests.worlds import foreign
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, VC
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case


# Valid


@given("valid")
def a_record_under_jcs() -> Report:
    return Scene().verify()


@given("valid")
def a_record_under_rdfc() -> Report:
    return Scene(cryptosuite=suites.RDFC).verify()


@given("valid")
def an_archive_after_eight_years() -> Report:
    return (scene := Scene()).verify(now=scene.now + timedelta(days=3000), policy=ARCHIVE)


@given("valid")
def a_presentation_for_this_occasion() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(), **ASKED)


@given("valid")
def a_presentation_under_rdfc() -> Report:
    return (scene := Scene(holder=True, cryptosuite=suites.RDFC)).verify(scene.present(), **ASKED)


@given("valid")
def another_spelling_of_the_same_json() -> Report:
    """Indented, in another order, with escapes: the value is the same."""
    scene = Scene()
    text = json.dumps(dict(reversed(scene.bundle().items())), indent=2)
    return scene.verify(text.replace('"mark": 60,', '"mark": 6e1,').encode())


@given("valid")
def a_node_and_a_list_twice() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["chain"]["nodes"] += made["chain"]["nodes"][:1]
    made["status"] += made["status"][:1]
    return scene.verify(made)


@given("valid")
def an_issuer_whose_name_is_another_in_the_credential() -> Report:
    scene = Scene()
    scene.resign(issuer={"id": scene.world.school.did, "name": "清华大学"})
    return scene.verify()


@given("valid")
def a_credential_of_another_system() -> Report:
    return Scene().verify(foreign.issue(), policy=VC)


@given("valid")
def a_credential_of_another_system_with_several_subjects() -> Report:
    return Scene().verify(foreign.issue(credentialSubject=[{"name": "A"}, {"name": "B"}]), policy=VC)


# The W3C's model


def _foreign(**changes: Any) -> Report:
    return Scene().verify(foreign.issue(**changes), policy=VC)


@given("model")
def an_old_credential_without_a_date_of_issue() -> Report:
    return _foreign(**{"@context": ["https://www.w3.org/2018/credentials/v1"]})


@given("model")
def an_end_before_the_beginning_of_anything() -> Report:
    return _foreign(validFrom="2026-01-01T00:00:00+08:00", validUntil="2025-12-31T15:59:59Z")


@given("model")
def an_offset_of_fourteen_hours() -> Report:
    return _foreign(validFrom="2026-01-01T00:00:00+14:00", validUntil="2036-01-01T00:00:00-14:00")


@given("model")
def an_offset_beyond_fourteen_hours() -> Report:
    return _foreign(validFrom="2026-01-01T00:00:00+14:01")


@given("model")
def the_hour_24() -> Report:
    return _foreign(validFrom="2025-12-31T24:00:00Z")


@given("model")
def a_moment_before_the_first_year() -> Report:
    return _foreign(validFrom="0001-01-01T00:00:00+08:00")


@given("model")
def a_moment_after_the_last_year() -> Report:
    return _foreign(validUntil="9999-12-31T23:59:59-08:00")


@given("model")
def a_signature_of_a_did_key_that_does_not_hold() -> Report:
    document = foreign.issue()
    document["credentialSubject"]["achievement"]["name"] = "Diving"
    return Scene().verify(document, policy=VC)


@given("model")
def a_website_as_issuer_without_its_document() -> Report:
    method = f"did:web:famous.test#{foreign.ISSUER.multikey}"
    return Scene().verify(foreign.issue(issuer="did:web:famous.test", method=method), policy=VC)


@given("model")
def a_record_on_its_way_to_the_chain_under_the_policy_for_others() -> Report:
    made = Scene().bundle()
    for name in ("chain", "anchor", "newest", "status"):
        del made[name]
    return Scene().verify(made, policy=VC)


@given("model")
def a_name_in_no_language() -> Report:
    return _foreign(name={"@value": "Badge", "@language": "no language"})


@given("model")
def evidence_of_no_type() -> Report:
    return _foreign(evidence={"id": "https://elsewhere.test/1"})


@given("model")
def a_status_of_two_bits_without_messages() -> Report:
    return _foreign(credentialStatus=foreign.status_entry() | {"statusSize": 2})


@given("model")
def a_context_with_another_digest() -> Report:
    resource = {"id": foreign.CONTEXT, "digestSRI": "sha256-" + base64s.encode(bytes(32))}
    return _foreign(relatedResource=resource)


# The edges of times


@given("edges")
def ninety_days_to_the_second() -> Report:
    return (scene := Scene()).verify(now=scene.now + timedelta(days=90))


@given("edges")
def five_minutes_ahead() -> Report:
    return (scene := Scene()).verify(now=scene.now - timedelta(minutes=5))


@given("edges")
def the_last_moment_of_its_validity() -> Report:
    scene = Scene()
    scene.record = scene.world.issue(valid_until=scene.now + timedelta(days=1))
    scene.world.anchor()
    until = scene.record.credential["validUntil"]
    return scene.verify(now=scene.now.fromisoformat(until))


# Two things at once: what is wrong comes before what is unknown, and each check says its own


@given("order")
def an_altered_name() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["credential"]["credentialSubject"]["name"] = "王"
    return scene.verify(made)


@given("order")
def an_altered_name_under_rdfc() -> Report:
    scene = Scene(cryptosuite=suites.RDFC)
    made = scene.bundle()
    made["credential"]["credentialSubject"]["name"] = "王"
    return scene.verify(made)


@given("order")
def a_revoked_record_whose_name_was_altered() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    made = scene.bundle()
    made["credential"]["credentialSubject"]["name"] = "王"
    return scene.verify(made)


@given("order")
def revoked_and_too_old() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    return scene.verify(now=scene.now + timedelta(days=100))


@given("order")
def revoked_and_superseded() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record, "message")
    scene.world.revoke(scene.record)
    scene.world.anchor()
    return scene.verify()


@given("order")
def everything_but_the_credential_is_of_another_world() -> Report:
    honest, forged = Scene(), Scene("forged")
    return honest.verify(forged.bundle() | {"credential": honest.record.credential})


@given("order")
def a_world_of_the_attackers_own() -> Report:
    honest, forged = Scene(), Scene("forged")
    return honest.verify(forged.bundle())


@given("order")
def an_entry_with_two_forms() -> Report:
    """The record's entry commits to a JWT as well: the other commitment is nobody's business."""
    scene = Scene()
    made = scene.bundle()
    salt = base64s.decode32(made["salt"])
    pairs = ((1, entry.commitment(salt, scene.digest)), (2, bytes(32)))
    data = entry.encode(entry.Entry("transcript", scene.world.school.id, pairs))
    scene.record.index = scene.world.append_entry(data)
    scene.world.anchor()
    fresh = scene.bundle()
    return scene.verify(made | {name: fresh[name] for name in fresh if name not in ("credential", "salt")})


@given("order")
def a_key_stolen_and_retired() -> Report:
    scene = Scene()
    time = scene.world.anchors[0].time
    scene.world.add_key(scene.world.school, scene.world.school.key, added=1, retired=time - 5, compromised=time - 5)
    return scene.verify()


# RDF


def _rdf(**changes: Any) -> Report:
    """A credential whose text was changed after signing, under `eddsa-rdfc-2022`."""
    scene = Scene(cryptosuite=suites.RDFC)
    made = scene.bundle()
    made["credential"] |= changes
    return scene.verify(made)


@given("rdf")
def a_null_that_would_be_dropped() -> Report:
    return _rdf(validUntil=None)


@given("rdf")
def a_member_that_no_context_defines() -> Report:
    return _rdf(remark="excellent")


@given("rdf")
def a_context_that_is_not_at_hand() -> Report:
    return _rdf(**{"@context": ["https://www.w3.org/ns/credentials/v2", "https://elsewhere.test/context"]})


@given("rdf")
def a_null_that_the_kind_allows() -> Report:
    scene = Scene(cryptosuite=suites.RDFC)
    made = scene.bundle()
    made["credential"]["credentialSubject"]["transcript"]["courses"][1]["mark"] = None
    return scene.verify(made)


@given("rdf")
def a_number_as_a_text() -> Report:
    scene = Scene(cryptosuite=suites.RDFC)
    made = scene.bundle()
    made["credential"]["credentialSubject"]["transcript"]["courses"][1]["mark"] = "60.5"
    return scene.verify(made)
