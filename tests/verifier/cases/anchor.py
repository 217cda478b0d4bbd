"""Inputs in which nothing but the log's anchor on the chain is wrong or unknown."""

from datetime import timedelta

from ledger.formats import base64s
from tests.verifier.cases.inputs import UNREACHABLE, Cases
from tests.worlds import chain
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from verifier.evidence import Absence, Found, Gathered
from verifier.report import Report

CASES = Cases()
case = CASES.case


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
