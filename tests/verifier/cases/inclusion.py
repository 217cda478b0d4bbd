"""Inputs in which nothing but the record's place in the log is wrong or missing."""

from ledger.formats import base64s
from ledger.formats.note import COSIGNATURE_V1, NoteKey
from ledger.formats.registry import member_id
from tests.verifier.cases.inputs import STRANGER, Cases
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from verifier.policy import Demands
from verifier.report import Report

CASES = Cases()
case = CASES.case


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


@case("inclusion.unwitnessed")
def too_few_witnesses() -> Report:
    witness = NoteKey("witness.test", STRANGER.public, COSIGNATURE_V1)
    return Scene().verify(demands=Demands(witnesses=(witness,), quorum=1))
