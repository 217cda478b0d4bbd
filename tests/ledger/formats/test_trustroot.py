"""The trust root: everything else rests on it, so nothing in it is read generously."""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.formats import canonical, keys, trustroot
from ledger.formats.errors import FormatError, ProofError
from tests.worlds.parts import seed
from tests.worlds.world import World

WORLD = World()
DOCUMENT = WORLD.trust_document()
GOOD = trustroot.sign(DOCUMENT, WORLD.trust_key)
FIRST, SECOND, THIRD = (keys.generate(seed("authority", n)) for n in range(3))


def put(path, new, document=None):
    value = copy.deepcopy(document or DOCUMENT)
    target = value
    for step in path[:-1]:
        target = target[step]
    if new is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = new
    return trustroot.sign(value, WORLD.trust_key)


def version(number, previous, signers, *, authorities=(FIRST, SECOND, THIRD), threshold=2):
    document = WORLD.trust_document(
        version=number, previous=previous, authorities=[key.multikey for key in authorities], threshold=threshold
    )
    for signer in signers:
        document = trustroot.sign(document, signer)
    return document


def test_a_trust_root_is_read():
    root = trustroot.parse(canonical.dumps(GOOD))
    assert root.fingerprint == f"sha256:{root.id.hex()}"
    assert root.assurance == "single-sealer"
    assert root.epochs[0].validators_at(10**9) == {WORLD.sealer.address}
    assert root.epochs[0].root_member == WORLD.authority.id
    assert root.expires == datetime(2036, 1, 1, tzinfo=UTC)


def test_the_id_does_not_depend_on_signatures():
    other = trustroot.sign(GOOD, FIRST)
    assert trustroot.parse(other).id == trustroot.parse(GOOD).id
    assert trustroot.parse(other).signers == {WORLD.trust_key.multikey}


def test_signing_again_replaces_the_signature():
    assert trustroot.sign(GOOD, WORLD.trust_key) == GOOD


@pytest.mark.parametrize(
    "signers", [[], [FIRST], [keys.generate(seed("stranger"))], [FIRST, keys.generate(seed("stranger"))]]
)
def test_too_few_of_its_own_authorities_signed(signers):
    with pytest.raises(ProofError, match=r"trustroot.unsigned"):
        trustroot.parse(version(1, None, signers))


def test_a_threshold_is_enough():
    assert trustroot.parse(version(1, None, [FIRST, THIRD])).threshold == 2


@pytest.mark.parametrize(
    "path",
    [
        ("expires",),
        ("epochs", 0, "validators", 0, "addresses", 0),
        ("epochs", 0, "checkpointRegistry", "address"),
        ("epochs", 0, "issuerRegistry", "codeHash"),
        ("epochs", 0, "rootAuthority"),
        ("epochs", 0, "genesis"),
    ],
)
def test_an_altered_member_is_not_signed(path):
    altered = copy.deepcopy(GOOD)
    target = altered
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = target[path[-1]].replace("1", "2").replace("province", "city")
    with pytest.raises(ProofError, match=r"trustroot.unsigned"):
        trustroot.parse(altered)


CONTRACT = DOCUMENT["epochs"][0]["checkpointRegistry"]
RANGE = DOCUMENT["epochs"][0]["validators"][0]
EPOCH = DOCUMENT["epochs"][0]
ADDRESS = RANGE["addresses"][0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rollbook",), "trust-root/2"),
        (("comment",), "x"),
        (("version",), 0),
        (("version",), "1"),
        (("version",), True),
        (("version",), 2),
        (("previous",), "sha256:" + "0" * 64),
        (("expires",), "2036-01-01"),
        (("expires",), None),
        (("assurance",), "blockchain"),
        (("assurance",), ["single-sealer"]),
        (("authorities",), []),
        (("authorities",), [WORLD.trust_key.multikey] * 2),
        (("authorities",), [WORLD.trust_key.multikey, "z6MkeNot"]),
        (("authorities",), "z6Mk"),
        (("threshold",), 0),
        (("threshold",), 2),
        (("threshold",), True),
        (("epochs",), []),
        (("epochs",), {}),
        (("epochs",), [EPOCH, EPOCH]),
        (("epochs", 0, "chainId"), 0),
        (("epochs", 0, "chainId"), "26001"),
        (("epochs", 0, "consensus"), "pow"),
        (("epochs", 0, "genesis"), "0x00"),
        (("epochs", 0, "genesis"), "0x" + "A" * 64),
        (("epochs", 0, "genesis"), "0x" + "٣" * 64),
        (("epochs", 0, "validators"), []),
        (("epochs", 0, "validators"), [RANGE, RANGE]),
        (("epochs", 0, "validators"), [RANGE | {"to": 10}, RANGE | {"from": 10}]),
        (("epochs", 0, "validators", 0, "from"), -1),
        (("epochs", 0, "validators", 0, "from"), 1.0 + 2**52),
        (("epochs", 0, "validators", 0, "to"), -1),
        (("epochs", 0, "validators", 0, "addresses"), []),
        (("epochs", 0, "validators", 0, "addresses"), [ADDRESS, ADDRESS]),
        (("epochs", 0, "validators", 0, "addresses"), [ADDRESS.upper()]),
        (("epochs", 0, "validators", 0, "addresses"), [ADDRESS + "00"]),
        (("epochs", 0, "validators", 0, "weight"), 1),
        (("epochs", 0, "checkpointRegistry"), []),
        (("epochs", 0, "checkpointRegistry", "codeHash"), ...),
        (("epochs", 0, "checkpointRegistry", "slots"), {"heads": 3}),
        (("epochs", 0, "checkpointRegistry", "slots"), CONTRACT["slots"] | {"heads": "3"}),
        (("epochs", 0, "checkpointRegistry", "slots"), CONTRACT["slots"] | {"heads": -1}),
        (("epochs", 0, "checkpointRegistry", "slots"), CONTRACT["slots"] | {"heads": True}),
        (("epochs", 0, "issuerRegistry", "slots", "parents"), ...),
        (("epochs", 0, "rootAuthority"), "did:key:z6Mk"),
        (("epochs", 0, "rootAuthority"), "did:web:UPPER.test"),
        (("epochs", 0, "logs"), []),
        (("epochs", 0, "logs"), EPOCH["logs"] * 2),
        (("epochs", 0, "logs", 0, "origin"), "two words"),
        (("epochs", 0, "logs", 0, "origin"), "a+b"),
        (("epochs", 0, "logs", 0, "origin"), ""),
        (("epochs", 0, "logs", 0, "origin"), "x" * 256),
        (("epochs", 0, "logs", 0, "origin"), None),
        (("epochs", 0, "logs", 0, "key"), "z6Mk"),
        (("epochs", 0, "closed"), {}),
        (("epochs", 0, "closed"), {"number": 1, "hash": "0x00", "time": 1}),
        (("epochs", 0, "closed"), ...),
    ],
)
def test_a_member_of_another_form(path, value):
    with pytest.raises(FormatError) as error:
        trustroot.parse(put(path, value))
    assert error.value.code == "trustroot.malformed"


@pytest.mark.parametrize("member", sorted(set(DOCUMENT) - {"signatures"}))
def test_a_missing_member(member):
    with pytest.raises(FormatError, match=r"trustroot.malformed"):
        trustroot.parse(put((member,), ...))


FOUR = [f"0x{n:040x}" for n in range(4)]
QBFT = EPOCH | {"consensus": "qbft", "validators": [RANGE | {"addresses": FOUR}]}
CLOSED = {"number": 9, "hash": "0x" + "11" * 32, "time": 9}
OTHER_LOG = EPOCH | {"logs": [{"origin": "other.test/log", "key": FIRST.multikey}]}
OTHER_KEY = EPOCH | {"logs": [EPOCH["logs"][0] | {"key": FIRST.multikey}]}


def consortium():
    return DOCUMENT | {"assurance": "consortium"}


@pytest.mark.parametrize(
    "epochs",
    [
        [EPOCH],
        [QBFT | {"consensus": "clique"}],
        [QBFT | {"validators": [RANGE | {"addresses": FOUR[:3]}]}],
        [
            QBFT | {"validators": [RANGE | {"to": 9, "addresses": FOUR[:3]}, RANGE | {"from": 10, "addresses": FOUR}]},
        ],
        [QBFT | {"closed": CLOSED}, EPOCH],
        [OTHER_LOG, QBFT],  # a sealer who goes on beside the consortium
    ],
)
def test_no_consortium(epochs):
    with pytest.raises(FormatError, match=r"trustroot.malformed: a consortium has at least four"):
        trustroot.parse(put(("epochs",), epochs, consortium()))
    assert trustroot.parse(put(("epochs",), epochs)).assurance == "single-sealer"


@pytest.mark.parametrize("epochs", [[QBFT], [EPOCH | {"closed": CLOSED}, QBFT], [QBFT | {"closed": CLOSED}, QBFT]])
def test_a_consortium(epochs):
    root = trustroot.parse(put(("epochs",), epochs, consortium()))
    assert root.assurance == root.assurance_at(root.epochs[-1], 7) == "consortium"
    expected = {"qbft": "consortium", "clique": "single-sealer"}[root.epochs[0].consensus]
    assert root.assurance_at(root.epochs[0], 7) == expected


def test_no_more_is_said_of_a_block_than_of_the_trust_root():
    root = trustroot.parse(put(("epochs",), [QBFT]))
    assert root.assurance_at(root.epochs[0], 7) == "single-sealer"


def test_a_range_of_three_in_a_closed_epoch():
    few = QBFT | {"closed": CLOSED, "validators": [RANGE | {"addresses": FOUR[:3]}]}
    root = trustroot.parse(put(("epochs",), [few, QBFT], consortium()))
    assert root.assurance_at(root.epochs[0], 7) == "single-sealer"


@pytest.mark.parametrize(
    "epochs",
    [
        [EPOCH, EPOCH],
        [EPOCH, EPOCH | {"closed": CLOSED}],
        [EPOCH | {"closed": CLOSED}, OTHER_KEY],
        [EPOCH | {"closed": CLOSED}, OTHER_LOG, EPOCH | {"logs": OTHER_LOG["logs"] + EPOCH["logs"]}],
        [EPOCH | {"closed": CLOSED, "logs": EPOCH["logs"] * 2}],
    ],
)
def test_a_log_that_is_in_two_places(epochs):
    with pytest.raises(FormatError, match=r"trustroot.malformed: a log twice"):
        trustroot.parse(put(("epochs",), epochs))


def test_a_log_goes_on_in_the_next_epoch():
    first, second = trustroot.parse(put(("epochs",), [EPOCH | {"closed": CLOSED}, EPOCH])).epochs
    assert first.logs == second.logs


@pytest.mark.parametrize(
    "signatures",
    [None, {}, ["x"], [{"key": 1, "signature": ""}], GOOD["signatures"] * 2, [GOOD["signatures"][0] | {"x": 1}]]
    + [[GOOD["signatures"][0] | {"signature": value}] for value in ("", "AA==", 1)],
)
def test_signatures_of_another_form(signatures):
    with pytest.raises((FormatError, ProofError), match=r"trustroot\."):
        trustroot.parse(GOOD | {"signatures": signatures})


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'{"a":1,"a":2}', b"{" * 99])
def test_no_trust_root(data):
    with pytest.raises(FormatError, match=r"trustroot.malformed"):
        trustroot.parse(data)


def test_ranges_of_validators():
    other = "0x" + "11" * 20
    ranges = [
        RANGE | {"to": 9},
        {"from": 10, "to": 19, "addresses": [other]},
        {"from": 30, "to": None, "addresses": [ADDRESS]},
    ]
    epoch = trustroot.parse(put(("epochs", 0, "validators"), ranges)).epochs[0]
    assert epoch.validators_at(9) == {WORLD.sealer.address}
    assert epoch.validators_at(10) == epoch.validators_at(19) == {bytes.fromhex("11" * 20)}
    assert epoch.validators_at(20) == frozenset()
    assert epoch.validators_at(30) == {WORLD.sealer.address}


class TestUpdates:
    """A newer version takes the place of the pinned one, only by the will of both."""

    pinned = trustroot.parse(version(1, None, [FIRST, SECOND]))

    def refuse(self, document, code):
        with pytest.raises(ProofError, match=code):
            trustroot.follows(self.pinned, trustroot.parse(document))

    def test_the_next_version(self):
        trustroot.follows(self.pinned, trustroot.parse(version(2, self.pinned.id, [SECOND, THIRD])))

    def test_a_change_of_authorities_needs_both(self):
        new = keys.generate(seed("new authority"))
        after = (new, THIRD)
        self.refuse(version(2, self.pinned.id, [new, THIRD], authorities=after), r"trustroot.unsigned")
        trustroot.follows(
            self.pinned, trustroot.parse(version(2, self.pinned.id, [new, THIRD, FIRST], authorities=after))
        )

    def test_an_older_or_later_version(self):
        self.refuse(version(1, None, [FIRST, SECOND]), r"trustroot.not_next")
        self.refuse(version(3, self.pinned.id, [FIRST, SECOND]), r"trustroot.not_next")

    def test_another_predecessor(self):
        self.refuse(version(2, seed("other"), [FIRST, SECOND]), r"trustroot.not_next")

    def test_a_lower_threshold(self):
        self.refuse(version(2, self.pinned.id, [FIRST, SECOND], threshold=1), r"trustroot.not_next")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 255))
def test_any_altered_byte(at, flip):
    data = canonical.dumps(GOOD)
    at %= len(data)
    changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
    with pytest.raises((FormatError, ProofError)) as error:
        trustroot.parse(changed)
    assert error.value.code.startswith("trustroot.")
