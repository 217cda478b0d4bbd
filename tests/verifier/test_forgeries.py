"""Worlds of an attacker's own, and pieces of true worlds put together falsely."""

import pytest

from ledger.formats import base64s, canonical
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from tests.worlds.world import World
from verifier.report import Outcome, Verdict
from verifier.verifier import Verifier


def verdict(scene, document, **options):
    report = scene.verify(document, **options)
    assert report.verdict is not Verdict.VALID
    return report


def test_a_world_that_is_consistent_in_itself():
    """Own chain, contracts, registry, keys and log, under the same names; valid at home, and nowhere else."""
    honest, forged = Scene(), Scene("forged")
    assert forged.verify().verdict is Verdict.VALID
    report = verdict(honest, forged.bundle())
    assert report["inclusion"].code == "inclusion.wrong_log"
    assert report["anchor"].code == "anchor.bad_seal"
    assert report["issuer"].code == "issuer.pending"
    assert report.issuer == {}
    assert (report.as_of, report.anchored_at) == (None, None)


@pytest.mark.parametrize(
    "member", ["checkpoint", "anchor", "newest", "chain", "issuers", "status", "inclusion", "entry"]
)
def test_a_forged_world_with_one_true_member(member):
    """The attacker knows every public byte of the true world; one true part does not carry the false rest."""
    honest, forged = Scene(), Scene("forged")
    verdict(honest, forged.bundle() | {member: honest.bundle()[member]})


@pytest.mark.parametrize(
    "member", ["checkpoint", "anchor", "newest", "chain", "credential", "entry", "inclusion", "salt"]
)
def test_a_true_world_with_one_forged_member(member):
    honest, forged = Scene(), Scene("forged")
    made = honest.bundle()
    forged_member = forged.bundle()[member]
    if forged_member != made[member]:
        verdict(honest, made | {member: forged_member})


def test_a_stolen_sealer_without_the_log():
    """Whoever seals can forge the chain, and is trusted for it (single-sealer); but signs no checkpoint for the log."""
    honest, forged = Scene(), Scene("forged")
    forged.world.sealer = honest.world.sealer
    report = verdict(honest, forged.bundle())
    assert report["inclusion"].code == "inclusion.wrong_log"


def test_a_contract_of_the_same_code_at_another_address():
    """The attacker deploys the same code on the true chain: his facts lie under an address that nobody asks for."""
    scene = Scene()
    root = scene.world.trust_root()
    scene.world.checkpoints.address = seed("elsewhere")[:20]
    report = Verifier(root).verify(canonical.dumps(scene.bundle()), now=scene.now)
    assert report["anchor"].code in ("anchor.missing", "anchor.wrong_contract")
    assert report.verdict is not Verdict.VALID


def test_a_registry_of_the_same_code_at_another_address():
    scene = Scene()
    root = scene.world.trust_root()
    scene.world.issuers.address = seed("elsewhere")[:20]
    report = Verifier(root).verify(canonical.dumps(scene.bundle()), now=scene.now)
    assert report["issuer"].outcome is not Outcome.PASS
    assert report.verdict is not Verdict.VALID


def test_an_old_header_for_a_key_that_was_stolen_since():
    """There is one header: the old one hides the theft, and is then too old, or has not the anchor of the forgery."""
    scene = Scene()
    old = scene.bundle()
    scene.world.pass_time(days=1)
    scene.world.add_key(scene.world.school, scene.world.school.key, added=1, compromised=scene.world.clock)
    forged = scene.log(scene.world.sign(scene.world.unsigned(), scene.world.school))
    new = scene.world.bundle(forged)
    assert scene.verify(new)["issuer"].code == "issuer.key_compromised"
    report = verdict(scene, new | {"chain": old["chain"]})
    assert report["anchor"].code == "anchor.mismatch" or report["anchor"].outcome is Outcome.UNKNOWN
    mixed = {"header": new["chain"]["header"], "nodes": old["chain"]["nodes"]}
    assert verdict(scene, new | {"chain": mixed})["anchor"].outcome is Outcome.UNKNOWN


def test_nodes_of_two_headers():
    """Nodes are looked up from one header's root, so those of another moment are never read."""
    scene = Scene()
    old = scene.bundle()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    new = scene.bundle()
    assert scene.verify(new)["status"].code == "status.revoked"
    both = [*old["chain"]["nodes"], *new["chain"]["nodes"]]
    stale = {name: old[name] for name in ("newest", "status")}
    report = verdict(scene, new | stale | {"chain": {"header": new["chain"]["header"], "nodes": both}})
    assert report["anchor"].code == "anchor.mismatch"  # the older newest is not the head


def test_a_second_header():
    scene = Scene()
    made = scene.bundle()
    made["chain"]["headers"] = [made["chain"]["header"]]
    assert verdict(scene, made)["document"].code == "document.malformed"
    made = scene.bundle()
    made["chain"] = [made["chain"], made["chain"]]
    assert verdict(scene, made)["document"].code == "document.malformed"


def test_a_withdrawal_that_is_left_out():
    """The record after the withdrawn one cannot be shown in its place: records are read from n = 0."""
    scene = Scene()
    world = scene.world
    withdrawn = int(world.now.timestamp()) - 2 * 86400 + 1
    world.change_accreditation(world.school, withdrawn=withdrawn)
    made = scene.without_slot("issuers", "accreditations", world.school.id, 0)
    assert verdict(scene, made)["issuer"].code == "issuer.missing"


def test_an_issuer_without_an_end_to_its_records():
    """Where the zero word after the last record is not proven, "not accredited" is not proven either."""
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, accredited=scene.world.clock)
    assert scene.verify()["issuer"].code == "issuer.not_accredited"
    slot = scene.world.issuers.slot("accreditations", scene.world.school.id, 1)
    made = scene.bundle()
    made["chain"]["nodes"] = [base64s.encode(node) for node in _without_path(scene.world, slot)]
    assert verdict(scene, made)["issuer"].code == "issuer.missing"


def _without_path(world, slot):
    from ledger.formats.keccak import keccak256
    from tests.worlds import chain

    path = chain.proof(world.issuers.storage(), keccak256(slot))
    return [node for node in world.nodes(world.slots(Scene().record, world.anchors[0])) if node != path[-1]]


def test_a_school_that_signs_anothers_name():
    """A county school signs 清华大学 as its issuer's name: what shows is the registered name."""
    scene = Scene()
    scene.resign(issuer={"id": scene.world.school.did, "name": "清华大学"})
    report = scene.verify()
    assert report.verdict is Verdict.VALID
    assert "清华大学" not in report.encode().decode()
    assert report.issuer["name"]["zh"] == "学校350206001"


def test_a_record_of_one_learner_under_the_entry_of_another():
    world = World()
    first, second = world.issue(), world.issue({"name": "王", "identifier": "1", "transcript": {"courses": []}})
    world.anchor()
    mine, theirs = world.bundle(first), world.bundle(second)
    for name in ("credential", "salt", "entry", "inclusion"):
        report = Verifier(world.trust_root()).verify(canonical.dumps(mine | {name: theirs[name]}), now=world.now)
        assert report.verdict is Verdict.INVALID
        assert report["inclusion"].code == "inclusion.mismatch"


def test_another_schools_status_list_of_the_same_name():
    """A list of the same URL that another school signed lies under another key of the map."""
    scene = Scene()
    world = scene.world
    other = world.accredit(world.authority, "350206002", "350206002", region=b"350206", kind_bits=15)
    for state in world.published.values():
        state.issuer = other
    world.anchor()
    assert verdict(scene, scene.bundle())["status"].code == "status.mismatch"
