"""The validators' seals, followed line by line from the printed text alone."""

import re

import rlp
from coincurve import PublicKey
from Crypto.Hash import keccak

from ledger.formats import base64s, canonical
from tests.worlds.parts import seed
from tests.worlds.qbft import QbftScene, sealers
from verifier.explain import explain

SCENE = QbftScene()
STRANGER = sealers(1, "strangers")
SEAL = re.compile(r"   seal = ([0-9a-f]{130}), by 0x([0-9a-f]{40})\n +(?:a validator .*: )(yes|NO)")


def _text(**header: object) -> str:
    data = canonical.dumps(SCENE.bundle(**header))
    return "\n".join(explain(data, SCENE.world.trust_root()))


def _preimage(text: str, name: str) -> bytes:
    found = re.search(rf"   {name}[^=]* = ([0-9a-f]{{64}})\n +keccak256 ([0-9a-f]+)", text)
    assert found is not None
    data = bytes.fromhex(found[2])
    assert keccak.new(digest_bits=256, data=data).hexdigest() == found[1]
    return data


def test_each_seal_recovers_to_its_validator_over_the_printed_bytes() -> None:
    text = _text(round=2)
    digest = keccak.new(digest_bits=256, data=_preimage(text, "sealed hash")).digest()
    seals = SEAL.findall(text)
    assert len(seals) == 3
    for seal, address, known in seals:
        key = PublicKey.from_signature_and_message(bytes.fromhex(seal), digest, hasher=None)
        found = keccak.new(digest_bits=256, data=key.format(compressed=False)[1:]).digest()[-20:]
        assert (found.hex(), known) == (address, "yes")
    assert f"not sealed by the validator 0x{SCENE.validators[3].address.hex()}" in text
    assert "3 of 4 validators sealed, at least two thirds of them are 3: yes" in text


def test_both_hashes_are_of_the_header_in_the_file() -> None:
    text = _text(round=2)
    header = rlp.decode(base64s.decode(SCENE.bundle(round=2)["chain"]["header"]))
    for name, number in (("block hash", b""), ("sealed hash", b"\2")):
        shown = rlp.decode(_preimage(text, name))
        extra = rlp.decode(header[12])
        assert rlp.decode(shown[12]) == [*extra[:3], number, []]
        assert shown[:12] + shown[13:] == header[:12] + header[13:]


def test_what_does_not_fit_says_so() -> None:
    text = _text(by=[*SCENE.validators[:2], *STRANGER])
    assert [known for _, _, known in SEAL.findall(text)] == ["yes", "yes", "NO"]
    assert "2 of 4 validators sealed, at least two thirds of them are 3: NO" in text


def test_a_seal_that_stands_twice() -> None:
    one = SCENE.validators[0]
    text = _text(by=[one, one, SCENE.validators[1]])
    assert "NO: it has sealed already, and counts once" in text
    assert "2 of 4 validators sealed" in text


def test_a_list_of_validators_is_shown_for_what_it_is() -> None:
    assert f"0x{STRANGER[0].address.hex()} (not relied upon)" in _text(listed=STRANGER)


def test_the_end_of_an_epoch() -> None:
    pinned = {"number": 1000, "hash": "0x" + seed("last").hex(), "time": 2**33}
    root = SCENE.world.trust_root(closed=pinned)
    text = "\n".join(explain(canonical.dumps(SCENE.bundle()), root))
    assert f"pins the end of this epoch: block 1000, time {2**33}, block hash =\n      {seed('last').hex()}" in text
