"""The explanation is followed line by line, by other means than those that made it."""

import hashlib
import re
import shutil
import subprocess
from itertools import takewhile

import pytest
from Crypto.Hash import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import VerifyKey

from ledger.formats import base64s, canonical, suites
from tests.worlds.scene import Scene
from verifier.explain import explain

SCENE = Scene()
ROOT = SCENE.world.trust_root()
NO = re.compile(r": NO$|^ +NO: ", re.MULTILINE)
STEP = re.compile(r"   (.+) = ([0-9a-f]{64})(?:   \(.+\))?\n      (sha256|keccak256) ([0-9a-f]*)$", re.MULTILINE)


def text_of(document, root=ROOT):
    data = document if isinstance(document, bytes) else canonical.dumps(document)
    return "\n".join(explain(data, root))


TEXT = text_of(SCENE.bundle())
STEPS = STEP.findall(TEXT)


def test_every_step_can_be_followed():
    assert len(STEPS) > 60
    assert len(STEPS) == TEXT.count("\n      sha256 ") + TEXT.count("\n      keccak256 ")
    for name, digest, function, preimage in STEPS:
        data = bytes.fromhex(preimage)
        other = keccak.new(digest_bits=256, data=data).hexdigest()
        assert digest == (hashlib.sha256(data).hexdigest() if function == "sha256" else other), name


def test_a_few_steps_with_sha256sum_itself():
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("there is no sha256sum here")
    for _, digest, _, preimage in [step for step in STEPS if step[2] == "sha256"][:8]:
        made = subprocess.run([program], input=bytes.fromhex(preimage), capture_output=True, check=True)
        assert made.stdout.decode().split()[0] == digest


def test_the_chain_of_steps_leads_from_a_mark_to_the_seal():
    """Each result stands inside of what a later step hashes, up to the hash that the validator sealed."""
    by_name: dict[str, tuple[str, str]] = {}
    for name, digest, _, preimage in STEPS:
        by_name.setdefault(name, (digest, preimage))
    nodes = {digest: preimage for name, digest, _, preimage in STEPS if name == "node"}

    document = bytes.fromhex(by_name["digest of S"][1])
    assert "高等数学".encode() in document
    assert by_name["digest of S"][0] in by_name["inner hash"][1]
    assert by_name["inner hash"][0] in by_name["commitment"][1]
    assert by_name["commitment"][0] in by_name["leaf"][1]
    path = [by_name["leaf"][0]]
    while (above := next((digest for digest, preimage in nodes.items() if path[-1] in preimage), None)) is not None:
        path.append(above)
    anchored = by_name[f"word of the anchor, size 3, at {SCENE.world.anchors[0].time}"]
    assert path[-1] in anchored[1]
    below = anchored[0]
    while (above := next((digest for digest, preimage in nodes.items() if below in preimage), None)) is not None:
        below = above
    sealed = by_name["sealed hash, of the header without the last 65 bytes of extraData"]
    assert below in sealed[1]  # the state root
    assert "seal = " in TEXT
    assert not NO.search(TEXT)


RDFC = Scene(cryptosuite=suites.RDFC)
RDFC_ROOT = RDFC.world.trust_root()


def test_a_record_over_rdf_is_followed_from_a_mark_to_the_signature():
    """A court's expert: each statement as it is printed, hashed by sha256sum, is what was signed."""
    text = text_of(RDFC.bundle(), RDFC_ROOT)
    assert "2. The signature, eddsa-rdfc-2022" in text and not NO.search(text)
    steps = {name: (digest, preimage) for name, digest, _, preimage in reversed(STEP.findall(text))}  # the first ones
    hashes = []
    for name, said in (
        ("hash of the proof without proofValue", "the proof without proofValue says:"),
        ("hash of the document without proof", "the document without proof says:"),
    ):
        digest, preimage = steps[name]
        lines = text.split(f"   {said}\n")[1].splitlines()
        printed = "".join(
            line.removeprefix("   | ") + "\n" for line in takewhile(lambda x: x.startswith("   | "), lines)
        )
        assert bytes.fromhex(preimage) == printed.encode()
        assert digest == sha256sum(printed.encode())
        hashes.append(digest)
        if "document" in name:
            (mark,) = [line for line in printed.splitlines() if '#mark> "6.05E1"' in line]
            node = mark.partition(" ")[0]
            assert re.search(f'^{node} <https://rollbook.test/vocabulary#title> "高等数学 1"', printed, re.MULTILINE)
    message = re.search(r"signed message = both hashes, one after the other = ([0-9a-f]{128})", text)
    assert message is not None and message[1] == "".join(hashes)
    key = re.search(r"   public key = ([0-9a-f]{64})\n   signature = ([0-9a-f]{128})\n", text)
    assert key is not None
    VerifyKey(bytes.fromhex(key[1])).verify(bytes.fromhex(message[1]), bytes.fromhex(key[2]))
    steps_after = STEP.findall(text)
    assert any(name == "kind hash" and digest == RDFC.world.kind.hash.hex() for name, digest, *_ in steps_after)


def sha256sum(data: bytes) -> str:
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("there is no sha256sum here")
    made = subprocess.run([program], input=data, capture_output=True, check=True)
    return made.stdout.decode().split()[0]


@pytest.mark.parametrize(
    "alter",
    [
        lambda made: made["credential"]["credentialSubject"]["transcript"]["courses"][0].update(mark=99),
        lambda made: made["credential"]["proof"].update(created="2026-01-02T00:00:00Z"),
        lambda made: made["kind"]["context"]["document"]["@context"].update(identifier="urn:x:y"),
    ],
)
def test_a_record_over_rdf_does_not_fit(alter):
    made = RDFC.bundle()
    alter(made)
    assert re.search(r"   it holds: NO$", text_of(made, RDFC_ROOT), re.MULTILINE)


def test_a_record_over_rdf_without_its_kind_or_meaning():
    made = {name: value for name, value in RDFC.bundle().items() if name != "kind"}
    assert "cannot be followed further: document.unknown_context" in text_of(made, RDFC_ROOT)
    made = RDFC.bundle()
    made["credential"]["credentialSubject"]["rank"] = "1"
    assert "cannot be followed further: document.undefined_term" in text_of(made, RDFC_ROOT)


def test_each_of_several_proofs_is_explained():
    made = RDFC.bundle()
    one = made["credential"]["proof"]
    made["credential"]["proof"] = [one, one | {"proofValue": one["proofValue"][:-1] + "1", "id": "urn:x:1"}]
    text = text_of(made, RDFC_ROOT)
    assert text.count("   it holds: ") >= 4 and text.count("   it holds: NO") == 1


def test_the_marks_are_shown():
    assert "credentialSubject.transcript.courses.1.mark = 60.5" in TEXT


@pytest.mark.parametrize(
    "alter",
    [
        lambda made: made["credential"]["credentialSubject"]["transcript"]["courses"][0].update(mark=100),
        lambda made: made.update(salt=base64s.encode(bytes(range(32)))),
        lambda made: made["inclusion"]["path"].__setitem__(0, base64s.encode(bytes(32))),
        lambda made: made["status"][0]["steps"][0].__setitem__(1, base64s.encode(bytes(32))),
        lambda made: made["chain"].update(header=Scene("other").bundle()["chain"]["header"]),
    ],
)
def test_what_does_not_fit_says_so(alter):
    made = SCENE.bundle()
    alter(made)
    assert NO.search(text_of(made))


@pytest.mark.parametrize("name", sorted(set(SCENE.bundle()) - {"rollbook", "credential"}))
def test_what_is_missing_is_passed_over(name):
    text = text_of({key: value for key, value in SCENE.bundle().items() if key != name})
    assert "1. The signed document" in text
    assert not NO.search(text)


def test_what_cannot_be_read():
    assert text_of(b"{").startswith("The file cannot be read: document.malformed")
    assert "cannot be followed further" in text_of({"type": ["VerifiableCredential"]})


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_bytes_raise(at, flip):
    data = bytearray(canonical.dumps(SCENE.bundle()))
    data[at % len(data)] ^= flip
    text_of(bytes(data))
