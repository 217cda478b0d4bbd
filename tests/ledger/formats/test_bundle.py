"""Bundles by their form: exact members, bounded parts, one spelling of every byte string."""

import copy
from typing import Any

import pytest

from ledger.formats import base64s, bundle, canonical
from ledger.formats.bundle import Anchor, Chain
from ledger.formats.errors import FormatError
from tests.worlds.scene import Scene

SCENE = Scene(holder=True)
GOOD = SCENE.bundle()
WORD = base64s.encode(bytes(32))
OTHERS = sorted(set(GOOD) - {"rollbook", "credential"})


def put(path, new):
    value = copy.deepcopy(GOOD)
    target = value
    for step in path[:-1]:
        target = target[step]
    if new is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = new
    return value


def refuse(value):
    with pytest.raises(FormatError) as error:
        bundle.parse(value)
    assert error.value.code == "document.malformed"


def test_every_part_is_read():
    made = bundle.parse(canonical.dumps(GOOD))
    common = made.material.common
    assert made.credential == GOOD["credential"]
    assert common.anchor == Anchor(**{**_anchor(GOOD["anchor"])})
    assert common.anchor is not None and common.anchor.to_dict() == GOOD["anchor"]
    assert [profile.did for profile in common.issuers] == [one["did"] for one in GOOD["issuers"]]
    assert len(common.status) == 2
    assert common.chain is not None and len(common.chain.decode()[1]) == len(GOOD["chain"]["nodes"])


def _anchor(value):
    return {
        "size": value["size"],
        "root": base64s.decode32(value["root"]),
        "previous_size": value["previousSize"],
        "time": value["time"],
        "status_root": base64s.decode32(value["statusRoot"]),
    }


@pytest.mark.parametrize("name", OTHERS)
def test_every_part_but_the_credential_may_be_absent(name):
    bundle.parse(put((name,), ...))


def test_built_bundles_are_canonical_and_are_read_again():
    material = SCENE.world.material(SCENE.record)
    data = bundle.build(SCENE.record.credential, SCENE.record.salt, material)
    assert data == canonical.dumps(GOOD)
    presented = SCENE.present()["presentation"]
    assert bundle.parse(bundle.build(presented, SCENE.record.salt, material)).presentation == presented


@pytest.mark.parametrize(
    ("credential", "salt", "material"),
    [
        ({"type": ["VerifiableCredential"]}, b"short", {}),
        ({"type": ["VerifiableCredential"]}, bytes(32), {"comment": "x"}),
        ({"type": ["VerifiableCredential"]}, bytes(32), {"anchor": {}}),
        ({"type": ["VerifiablePresentation"]}, bytes(32), {}),
    ],
)
def test_parts_that_make_no_bundle(credential, salt, material):
    with pytest.raises(FormatError):
        bundle.build(credential, salt, material)


def test_material_is_a_bundle_without_its_secrets():
    material = SCENE.world.material(SCENE.record)
    made = bundle.parse_material(material)
    assert made.inclusion == bundle.parse(GOOD).material.inclusion
    extras: list[dict[str, Any]] = [{"salt": WORD}, {"credential": {}}, {"rollbook": "bundle/1"}, {"more": 1}]
    for extra in extras:
        with pytest.raises(FormatError):
            bundle.parse_material(material | extra)
    for other in (b"[]", b"{}", b"nothing"):
        with pytest.raises(FormatError):
            bundle.parse_material(other)


@pytest.mark.parametrize("value", [None, [], {}, "bundle", {"rollbook": "bundle/1"}, put(("rollbook",), "bundle/2")])
def test_no_bundle(value):
    refuse(value)


def test_credential_and_presentation():
    refuse(GOOD | {"presentation": {"verifiableCredential": GOOD["credential"]}})
    refuse({"rollbook": "bundle/1", "presentation": {"verifiableCredential": []}})
    refuse({"rollbook": "bundle/1", "presentation": {"verifiableCredential": [{}, {}]}})
    refuse({"rollbook": "bundle/1", "presentation": {"verifiableCredential": ["eyJ"]}})
    refuse({"rollbook": "bundle/1", "presentation": [{}]})
    refuse({"rollbook": "bundle/1", "credential": None})
    assert bundle.parse({"rollbook": "bundle/1", "presentation": {"verifiableCredential": {"a": 1}}}).credential == {
        "a": 1
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("note",), 1),
        (("credential",), []),
        (("salt",), base64s.encode(bytes(31))),
        (("salt",), 1),
        (("salt",), GOOD["salt"].rstrip("=")),
        (("entry",), base64s.encode(bytes(400))),
        (("entry",), "AB=="),
        (("entry",), None),
        (("inclusion",), []),
        (("inclusion", "index"), -1),
        (("inclusion", "index"), 1 << 48),
        (("inclusion", "index"), 1.5),
        (("inclusion", "index"), True),
        (("inclusion", "path"), [WORD] * 49),
        (("inclusion", "path"), [base64s.encode(bytes(33))]),
        (("inclusion", "path"), [None]),
        (("inclusion", "path"), WORD),
        (("inclusion", "leaf"), WORD),
        (("checkpoint",), "x" * (16 * 1024 + 1)),
        (("checkpoint",), []),
        (("anchor", "size"), 0),
        (("anchor", "size"), 1 << 48),
        (("anchor", "size"), "8"),
        (("anchor", "root"), ""),
        (("anchor", "previousSize"), -1),
        (("anchor", "previousSize"), GOOD["anchor"]["size"]),
        (("anchor", "time"), 0),
        (("anchor", "time"), 2**48),
        (("anchor", "statusRoot"), ...),
        (("anchor", "block"), 1),
        (("newest", "size"), None),
        (("newest", "root"), 1),
        (("chain", "header"), None),
        (("chain", "header"), ...),
        (("chain", "nodes"), {}),
        (("chain", "nodes"), [1]),
        (("chain", "nodes"), [""] * 4097),
        (("chain", "headers"), []),
        (("issuers",), {}),
        (("issuers",), [{}]),
        (("issuers",), [GOOD["issuers"][0]] * 17),
        (("issuers", 0, "role"), "school"),
        (("status",), {}),
        (("status",), [GOOD["status"][0]] * 17),
        (("status", 0, "credential"), []),
        (("status", 0, "steps"), {}),
        (("status", 0, "steps"), [[WORD, WORD]] * 65),
        (("status", 0, "steps"), [[WORD]]),
        (("status", 0, "steps"), [[WORD, WORD, WORD]]),
        (("status", 0, "steps"), [WORD]),
        (("status", 0, "steps"), [[WORD, None]]),
        (("status", 0, "index"), 1),
    ],
)
def test_a_part_of_another_form(path, value):
    refuse(put(path, value))


def test_a_kind_that_cannot_be_read_is_no_error_yet():
    made = bundle.parse(put(("kind", "name"), "Not A Name"))
    assert isinstance(made.material.common.kind, FormatError)
    assert isinstance(bundle.parse(put(("kind",), 7)).material.common.kind, FormatError)


def test_a_chains_text_is_decoded_strictly():
    for header, nodes in (("AB==", []), ("AA==", ["AB=="]), ("AA==\n", []), ("AA==", ["AA== "])):
        with pytest.raises(FormatError):
            Chain(header, tuple(nodes)).decode()


def test_two_texts_of_a_chain_have_two_keys():
    chains = [
        Chain("a", ("b", "c")),
        Chain("a\nb", ("c",)),
        Chain("a", ("b\nc",)),
        Chain("a", ("bc",)),
        Chain("ab", ("c",)),
    ]
    chains += [Chain('a","b', ("c",)), Chain("a", ("c", "b"))]
    assert len({chain.key for chain in chains}) == len(chains)
    assert Chain("a", ("b", "c")).key == chains[0].key
