"""One trust root, several chains."""

from ledger.formats import base64s, canonical, trustroot
from ledger.formats.header import parse_header
from ledger.formats.keccak import keccak256
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from tests.worlds.world import World
from verifier.report import Verdict
from verifier.verifier import Verifier


def _closed(scene, **changes):
    raw = base64s.decode(scene.bundle()["chain"]["header"])
    header = parse_header(raw)
    pinned = {"number": header.number, "hash": "0x" + keccak256(raw).hex(), "time": header.timestamp}
    return scene.verify(root={"closed": pinned | changes})


def test_the_pinned_block_of_a_closed_epoch():
    assert _closed(Scene()).verdict is Verdict.VALID


def test_another_block_of_that_number():
    assert _closed(Scene(), hash="0x" + seed("other").hex())["anchor"].code == "anchor.wrong_chain"


def test_two_epochs_each_with_its_log():
    first, second = Scene(), World("second")
    first.world.trust_key = second.trust_key
    documents = [first.world.trust_document(), second.trust_document()]
    epochs = [document["epochs"][0] for document in documents]
    epochs[1]["logs"][0]["origin"] = "other.test/log"
    root = trustroot.parse(trustroot.sign(documents[0] | {"epochs": epochs}, second.trust_key))
    verifier = Verifier(root)
    assert verifier.verify(canonical.dumps(first.bundle()), now=first.now).verdict is Verdict.VALID
    report = verifier.verify(canonical.dumps(first.without("checkpoint")), now=first.now)
    assert report["anchor"].code == "anchor.missing"  # it is open which chain is meant
    assert report.verdict is Verdict.INDETERMINATE
