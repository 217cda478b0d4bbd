"""For each code an input, at least one, in which no other check fails."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.formats import base64s, canonical, keys, registry
from ledger.formats.did import build_did_key
from ledger.formats.registry import member_id
from tests.support.kinds import transcript_subject
from tests.worlds import chain
from tests.worlds.scene import HOLDER_DID, Scene
from tests.worlds.world import START, seed
from verifier.evidence import Absence, Found, Gathered
from verifier.policy import VC
from verifier.report import Report

CASES: list[tuple[str, str, Callable[[], Report]]] = []

STRANGER = keys.generate(seed("stranger"))
UNREACHABLE = Gathered(otherwise=Absence.UNREACHABLE)
ASKED: dict[str, Any] = {"domain": "admissions.test", "challenge": "7d1"}


def case(code: str) -> Callable[[Callable[[], Report]], Callable[[], Report]]:
    """Register an input that leads to ``code``."""

    def register(make: Callable[[], Report]) -> Callable[[], Report]:
        CASES.append((code, make.__name__, make))
        return make

    return register


# document


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


# proof


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


# issuer


@case("issuer.unknown")
def an_issuer_that_nobody_accredited() -> Report:
    scene = Scene()
    stranger = scene.world.accredit(scene.world.authority, "stranger", "350206002", region=b"35", kind_bits=8)
    scene.record = scene.world.issue(issuer=stranger)
    for name in ("parents", "profiles"):
        scene.world.issuers.set(name, stranger.id, to=0)
    scene.world.anchor()
    return scene.verify()


@case("issuer.unknown")
def a_profile_that_is_not_registered() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["issuers"][0]["name"]["zh"] = "清华大学"
    return scene.verify(made)


@case("issuer.unknown")
def an_authority_that_is_not_the_trusted_one() -> Report:
    # The tree has two roots, and the school is under the wrong one.
    scene = Scene()
    other = scene.world.accredit(None, "other-province", "36", region=b"", kind_bits=2**64 - 1)
    scene.world.issuers.set("root", to=scene.world.authority.id)
    scene.world.issuers.set("parents", scene.world.school.id, to=other.id)
    scene.world.school.parent = other
    scene.world.change_accreditation(other, accredited=int(START.timestamp()))
    return scene.verify()


@case("issuer.not_accredited")
def accredited_too_late() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, accredited=scene.world.clock)
    return scene.verify()


@case("issuer.not_accredited")
def without_any_accreditation() -> Report:
    scene = Scene()
    scene.world.issuers.set("accreditations", scene.world.school.id, 0, to=0)
    return scene.verify()


@case("issuer.withdrawn")
def withdrawn_before() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, withdrawn=int(START.timestamp()) + 1)
    return scene.verify()


@case("issuer.withdrawn")
def the_authority_was_withdrawn_before() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.authority, withdrawn=int(START.timestamp()) + 1)
    return scene.verify()


@case("issuer.withdrawn")
def withdrawn_and_accredited_again_only_later() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, withdrawn=int(START.timestamp()) + 1)
    again = registry.Accreditation(scene.world.clock, 0, b"350206", 0b1111)
    scene.world.issuers.set("accreditations", scene.world.school.id, 1, to=again.pack())
    return scene.verify()


@case("issuer.out_of_scope")
def another_kind_of_record() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, kinds=0b0111)
    return scene.verify()


@case("issuer.out_of_scope")
def the_authority_may_not_grant_that_kind() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.authority, kinds=1 << 63 | 0b0111)
    return scene.verify()


@case("issuer.out_of_scope")
def another_school_code() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, region=b"350207")
    return scene.verify()


@case("issuer.out_of_scope")
def wider_than_the_authority() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.authority, region=b"36")
    return scene.verify()


@case("issuer.out_of_scope")
def a_kind_with_other_labels() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["kind"]["terms"]["mark"]["zh"] = "名次"
    return scene.verify(made)


@case("issuer.out_of_scope")
def a_kind_that_is_not_registered() -> Report:
    scene = Scene()
    scene.world.issuers.set("kinds", scene.world.kind.number, 0, to=0)
    return scene.verify()


@case("issuer.key_not_valid")
def a_key_of_nobody() -> Report:
    scene = Scene()
    scene.world.publish_lists()
    school, own = scene.world.school, scene.world.school.key
    school.key = STRANGER
    signed = scene.world.sign(scene.world.unsigned(), school)
    school.key = own
    scene.record = scene.world.append(signed, school)
    scene.world.anchor(republish=False)
    return scene.verify()


def _second_key(**times: int) -> Report:
    """The school signs with a second key, whose record has these times; the lists are signed by its first."""
    scene = Scene()
    school, own = scene.world.school, scene.world.school.key
    scene.world.add_key(school, STRANGER, **times)
    school.key = STRANGER
    signed = scene.world.sign(scene.world.unsigned(), school)
    school.key = own
    scene.log(signed)
    return scene.verify()


@case("issuer.key_not_valid")
def a_key_that_was_added_later() -> Report:
    return _second_key(added=int(START.timestamp()) + 10 * 86400)


@case("issuer.key_not_valid")
def a_key_that_was_retired_before() -> Report:
    return _second_key(added=int(START.timestamp()), retired=int(START.timestamp()) + 60)


@case("issuer.key_compromised")
def a_stolen_key() -> Report:
    return _second_key(added=int(START.timestamp()), compromised=int(START.timestamp()) + 60)


@case("issuer.missing")
def a_left_out_accreditation() -> Report:
    scene = Scene()
    return scene.verify(scene.without_slot("issuers", "accreditations", scene.world.school.id, 0))


@case("issuer.missing")
def no_profiles() -> Report:
    return (scene := Scene()).verify(scene.without("issuers"))


@case("issuer.missing")
def a_left_out_key() -> Report:
    scene = Scene()
    # A second key for the lists, or they would be unknown too.
    key_id = registry.key_id(scene.world.school.key.public)
    scene.world.school.key = STRANGER
    scene.world.add_key(scene.world.school, STRANGER)
    scene.world.anchor()
    return scene.verify(scene.without_slot("issuers", "keys", scene.world.school.id, key_id))


@case("issuer.pending")
def no_anchor_no_issuer() -> Report:
    return (scene := Scene()).verify(scene.without("anchor", "chain", "newest"))


@case("issuer.stale")
def ninety_one_days_old() -> Report:
    return (scene := Scene()).verify(now=scene.now + timedelta(days=90, seconds=1))


@case("issuer.stale")
def from_the_future() -> Report:
    return (scene := Scene()).verify(now=scene.now - timedelta(minutes=5, seconds=1))


@case("issuer.unreachable")
def nobody_to_ask_about_the_issuer() -> Report:
    return (scene := Scene()).verify(scene.without("anchor", "chain", "newest"), evidence=UNREACHABLE)


@case("issuer.unreachable")
def a_left_out_parent_and_nobody_to_ask() -> Report:
    scene = Scene()
    made = scene.without_slot("issuers", "accreditations", scene.world.school.id, 0)
    return scene.verify(made, evidence=UNREACHABLE)


# validity


@case("validity.not_yet")
def not_before_tomorrow() -> Report:
    return Scene(valid_from=datetime(2027, 1, 1, tzinfo=UTC)).verify()


@case("validity.expired")
def until_yesterday() -> Report:
    return Scene(valid_until=START + timedelta(hours=1)).verify()


# inclusion


@case("inclusion.mismatch")
def another_salt() -> Report:
    scene = Scene()
    return scene.verify(scene.bundle() | {"salt": base64s.encode(seed("another"))})


@case("inclusion.mismatch")
def the_entry_of_another_record() -> Report:
    scene = Scene()
    other = scene.world.issue()
    scene.world.anchor()
    made, theirs = scene.bundle(), scene.world.bundle(other)
    return scene.verify(made | {name: theirs[name] for name in ("entry", "inclusion", "checkpoint", "anchor", "chain")})


@case("inclusion.mismatch")
def an_entry_that_is_none() -> Report:
    scene = Scene()
    return scene.verify(scene.bundle() | {"entry": base64s.encode(b"\1")})


@case("inclusion.mismatch")
def an_entry_of_another_issuer() -> Report:
    scene = Scene()
    made = scene.bundle()
    salt = base64s.decode32(made["salt"])
    return scene.verify(scene.reenter(made, "transcript", salt, member_id("did:web:other.test"), scene.digest))


@case("inclusion.mismatch")
def an_entry_of_another_kind() -> Report:
    scene = Scene()
    made = scene.bundle()
    salt = base64s.decode32(made["salt"])
    return scene.verify(scene.reenter(made, "diploma", salt, scene.world.school.id, scene.digest))


@case("inclusion.mismatch")
def an_entry_under_the_public_salt() -> Report:
    scene = Scene()
    made = scene.bundle() | {"salt": base64s.encode(bytes(32))}
    return scene.verify(scene.reenter(made, "transcript", bytes(32), scene.world.school.id, scene.digest))


@case("inclusion.mismatch")
def an_entry_that_is_not_in_the_log() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["inclusion"]["path"][0] = base64s.encode(seed("another"))
    return scene.verify(made)


@case("inclusion.mismatch")
def a_path_that_is_too_long() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["inclusion"]["path"].append(base64s.encode(seed("another")))
    return scene.verify(made)


@case("inclusion.mismatch")
def a_later_anchor_than_the_first() -> Report:
    scene = Scene()
    later = scene.world.anchors[-1]
    path = scene.world.tree.inclusion_proof(scene.record.index, later.size)
    made = scene.bundle() | {"anchor": later.to_dict(), "checkpoint": scene.world.notes[later.size]}
    return scene.verify(made | {"inclusion": {"index": 0, "path": [base64s.encode(node) for node in path]}})


@case("inclusion.mismatch")
def a_note_that_is_none() -> Report:
    scene = Scene()
    return scene.verify(scene.bundle() | {"checkpoint": "rollbook.test/log\nnot a note\n"})


@case("inclusion.wrong_log")
def a_checkpoint_of_another_log() -> Report:
    scene = Scene()
    other = Scene("other")
    return scene.verify(scene.bundle() | {"checkpoint": other.bundle()["checkpoint"]})


@case("inclusion.wrong_log")
def a_checkpoint_of_another_origin() -> Report:
    scene = Scene()
    made = scene.bundle()
    return scene.verify(made | {"checkpoint": made["checkpoint"].replace("rollbook.test", "other.test")})


@case("inclusion.missing")
def no_salt() -> Report:
    return (scene := Scene()).verify(scene.without("salt"))


@case("inclusion.missing")
def no_path() -> Report:
    return (scene := Scene()).verify(scene.without("inclusion"))


@case("inclusion.missing")
def no_checkpoint() -> Report:
    return (scene := Scene()).verify(scene.without("checkpoint"))


@case("inclusion.missing")
def no_entry() -> Report:
    return (scene := Scene()).verify(scene.without("entry"))


# anchor


@case("anchor.mismatch")
def another_time() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["anchor"]["time"] -= 1
    return scene.verify(made)


@case("anchor.mismatch")
def another_root_in_the_contract() -> Report:
    scene = Scene()
    log = scene.world.trust_root().epochs[0].logs[0].id
    scene.world.checkpoints.set("anchors", log, scene.world.anchors[0].size, to=seed("another"))
    return scene.verify()


@case("anchor.mismatch")
def never_accepted() -> Report:
    scene = Scene()
    log = scene.world.trust_root().epochs[0].logs[0].id
    scene.world.checkpoints.set("anchors", log, scene.world.anchors[0].size, to=0)
    return scene.verify()


@case("anchor.mismatch")
def a_checkpoint_of_another_size() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["checkpoint"] = scene.world.notes[scene.world.anchors[-1].size]
    path = scene.world.tree.inclusion_proof(0, scene.world.anchors[-1].size)
    made["inclusion"]["path"] = [base64s.encode(node) for node in path]
    return scene.verify(made)


@case("anchor.mismatch")
def an_older_newest() -> Report:
    scene = Scene()
    made = scene.bundle()
    return scene.verify(made | {"newest": made["anchor"]})


@case("anchor.mismatch")
def nodes_that_are_no_base64() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["chain"]["nodes"][0] += "!"
    return scene.verify(made)


@case("anchor.bad_seal")
def sealed_by_a_stranger() -> Report:
    return (scene := Scene()).verify(scene.bundle(sealer=chain.Sealer(seed("stranger"))))


@case("anchor.bad_seal")
def a_header_that_is_none() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["chain"]["header"] = base64s.encode(b"\xc0")
    return scene.verify(made)


@case("anchor.bad_seal")
def a_later_time_in_the_header() -> Report:
    scene = Scene()
    made = scene.bundle()
    header = bytearray(base64s.decode(made["chain"]["header"]))
    at = header.index(scene.world.clock.to_bytes(4, "big"))
    header[at + 3] ^= 1
    made["chain"]["header"] = base64s.encode(bytes(header))
    return scene.verify(made)


@case("anchor.bad_seal")
def a_seal_that_recovers_to_nobody() -> Report:
    scene = Scene()
    made = scene.bundle()
    header = base64s.decode(made["chain"]["header"])
    at = header.index(bytes(32), len(header) - 200) - 200
    made["chain"]["header"] = base64s.encode(
        header[:at] + header[at:].replace(b"\xa0" + bytes(32), b"\xa0" + b"\1" * 32)
    )
    return scene.verify(made)


@case("anchor.wrong_chain")
def a_block_of_another_consensus() -> Report:
    scene = Scene()
    marker = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
    return scene.verify(scene.bundle(change={13: marker}))


@case("anchor.wrong_chain")
def a_block_before_the_validators() -> Report:
    scene = Scene()
    validators = [{"from": 1000, "to": None, "addresses": ["0x" + scene.world.sealer.address.hex()]}]
    return scene.verify(root={"validators": validators})


@case("anchor.wrong_chain")
def a_block_after_the_end_of_the_epoch() -> Report:
    scene = Scene()
    closed = {"number": 2, "hash": "0x" + seed("last").hex(), "time": scene.world.clock}
    return scene.verify(root={"closed": closed})


@case("anchor.wrong_contract")
def another_code() -> Report:
    scene = Scene()
    root = scene.world.trust_document()["epochs"][0]["checkpointRegistry"]
    return scene.verify(root={"checkpointRegistry": root | {"codeHash": "0x" + seed("code").hex()}})


@case("anchor.wrong_contract")
def another_code_of_the_other_contract() -> Report:
    scene = Scene()
    root = scene.world.trust_document()["epochs"][0]["issuerRegistry"]
    return scene.verify(root={"issuerRegistry": root | {"codeHash": "0x" + seed("code").hex()}})


@case("anchor.wrong_contract")
def another_root_authority() -> Report:
    return Scene().verify(root={"rootAuthority": "did:web:other.test:schools:province"})


@case("anchor.missing")
def no_chain() -> Report:
    return (scene := Scene()).verify(scene.without("chain"))


@case("anchor.missing")
def a_left_out_anchor() -> Report:
    scene = Scene()
    log = scene.world.trust_root().epochs[0].logs[0].id
    return scene.verify(scene.without_slot("checkpoints", "anchors", log, scene.world.anchors[0].size))


@case("anchor.missing")
def an_older_block_of_an_ended_epoch() -> Report:
    scene = Scene()
    closed = {"number": 1000, "hash": "0x" + seed("last").hex(), "time": scene.world.clock}
    return scene.verify(root={"closed": closed})


@case("anchor.missing")
def a_bare_credential() -> Report:
    return (scene := Scene()).verify(scene.record.credential)


@case("anchor.pending")
def logged_but_not_anchored() -> Report:
    return (scene := Scene()).verify(scene.without("anchor", "chain", "newest"))


@case("anchor.pending")
def the_log_says_that_it_waits() -> Report:
    scene = Scene()
    return scene.verify(scene.record.credential, evidence=Gathered({scene.digest: Absence.PENDING}))


@case("anchor.disagreement")
def two_sources_disagree() -> Report:
    scene = Scene()
    return scene.verify(evidence=Gathered({scene.digest: Absence.DISAGREEMENT}))


@case("anchor.disagreement")
def two_blocks_of_one_number() -> Report:
    scene = Scene()
    made = scene.bundle()
    scene.world.issuers.set("member_count", to=7)
    return scene.verify(made, evidence=Gathered({scene.digest: Found(scene.material())}))


@case("anchor.unreachable")
def nobody_to_ask_about_the_chain() -> Report:
    return (scene := Scene()).verify(scene.record.credential, evidence=UNREACHABLE)


@case("anchor.trust_expired")
def an_old_trust_root() -> Report:
    return (scene := Scene()).verify(root={"expires": scene.now - timedelta(seconds=1)})


# status


@case("status.revoked")
def revoked() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    return scene.verify()


@case("status.suspended")
def suspended() -> Report:
    scene = Scene(purposes=("revocation", "suspension"))
    scene.world.revoke(scene.record, "suspension")
    scene.world.anchor()
    return scene.verify()


@case("status.superseded")
def superseded() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record, "message")
    scene.world.anchor()
    return scene.verify()


@case("status.mismatch")
def an_older_list() -> Report:
    scene = Scene()
    older = scene.bundle()["status"]
    scene.world.revoke(scene.record)
    scene.world.anchor()
    return scene.verify(scene.bundle() | {"status": older})


@case("status.mismatch")
def a_list_with_the_bit_cleared() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    made = scene.bundle()
    listed = made["status"][0]["credential"]
    listed["credentialSubject"]["encodedList"] = Scene().bundle()["status"][0]["credential"]["credentialSubject"][
        "encodedList"
    ]
    return scene.verify(made)


@case("status.mismatch")
def a_list_signed_by_another_school() -> Report:
    scene = Scene()
    for state in list(scene.world.lists.values()):
        scene.world.publish(state, signer=scene.world.authority)
    scene.world.anchor(republish=False)
    return scene.verify()


@case("status.mismatch")
def a_list_signed_by_a_key_of_nobody() -> Report:
    scene = Scene()
    own, scene.world.school.key = scene.world.school.key, STRANGER
    scene.world.anchor()
    made = scene.bundle()
    scene.world.school.key = own
    return scene.verify(made)


@case("status.mismatch")
def a_list_of_another_purpose() -> Report:
    scene = Scene()
    made = scene.bundle()
    first, second = (one["credential"]["id"] for one in made["status"])
    scene.world.lists[first].purpose, scene.world.lists[second].purpose = "message", "revocation"
    scene.world.anchor()
    return scene.verify()


@case("status.mismatch")
def an_index_beyond_the_list() -> Report:
    return Scene(index=131_072).verify()


@case("status.missing")
def no_lists() -> Report:
    return (scene := Scene()).verify(scene.without("status"))


@case("status.missing")
def one_list_left_out() -> Report:
    scene = Scene()
    made = scene.bundle()
    del made["status"][1]
    return scene.verify(made)


@case("status.missing")
def no_newest() -> Report:
    return (scene := Scene()).verify(scene.without("newest"))


@case("status.missing")
def a_left_out_head() -> Report:
    scene = Scene()
    log = scene.world.trust_root().epochs[0].logs[0].id
    return scene.verify(scene.without_slot("checkpoints", "heads", log))


@case("status.stale")
def old_facts_of_status() -> Report:
    return (scene := Scene()).verify(now=scene.now + timedelta(days=90, seconds=1))


@case("status.stale")
def a_list_that_had_ended() -> Report:
    scene = Scene()
    scene.world.publish_lists(days=1)
    scene.world.anchor(republish=False)
    scene.world.pass_time(days=2)
    return scene.verify()


@case("status.stale")
def a_list_signed_by_a_key_that_was_retired() -> Report:
    scene = Scene()
    scene.world.add_key(
        scene.world.school, scene.world.school.key, added=int(START.timestamp()), retired=scene.world.clock
    )
    return scene.verify()


@case("status.unreachable")
def nobody_to_ask_about_the_lists() -> Report:
    return (scene := Scene()).verify(scene.without("status"), evidence=UNREACHABLE)


# holder


@case("holder.mismatch")
def presented_by_somebody_else() -> Report:
    scene = Scene(holder=True)
    made = scene.present()
    made["presentation"]["holder"] = build_did_key(STRANGER.public)
    return scene.verify(made, **ASKED)


@case("holder.mismatch")
def a_record_of_nobody_known() -> Report:
    return (scene := Scene()).verify(scene.present(), **ASKED)


@case("holder.mismatch")
def a_presentation_without_a_signature() -> Report:
    scene = Scene(holder=True)
    made = scene.present()
    del made["presentation"]["proof"]
    return scene.verify(made, **ASKED)


@case("holder.mismatch")
def a_presentation_with_more_in_it() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(comment="x"), **ASKED)


@case("holder.replayed")
def for_another_challenge() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(challenge="7d2"), **ASKED)


@case("holder.replayed")
def for_another_domain() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(domain="elsewhere.test"), **ASKED)


@case("holder.missing")
def a_bundle_where_a_presentation_was_asked_for() -> Report:
    return Scene(holder=True).verify(**ASKED)


# Other systems' credentials


@case("proof.unsupported")
def a_key_that_only_a_website_knows() -> Report:
    return Scene().verify(foreign(method="did:web:other.test#key-1", issuer="did:web:other.test"), policy=VC)


@case("proof.wrong_key")
def a_key_that_the_website_does_not_know() -> Report:
    document = foreign(method="did:web:other.test#key-1", issuer="did:web:other.test")
    return Scene().verify(document, policy=VC, evidence=Gathered(otherwise=Absence.MISSING))


def foreign(**options: Any) -> dict[str, Any]:
    """A credential of another system, signed by a did:key, or under ``method`` and ``issuer``."""
    from tests.worlds.foreign import issue

    return issue(**options)


def _jwt(claims: dict[str, Any]) -> bytes:
    parts = (canonical.dumps({"alg": "ES256"}), canonical.dumps(claims), b"signature")
    return b".".join(base64s.encode(part).rstrip("=").translate(str.maketrans("+/", "-_")).encode() for part in parts)


assert HOLDER_DID
