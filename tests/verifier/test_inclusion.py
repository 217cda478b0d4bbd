"""Paths in a larger log: their upper part is remembered among neighbours, and remembering changes no answer."""

import pytest

from ledger.formats import base64s, canonical
from tests.worlds.parts import Issued
from tests.worlds.world import World
from verifier.verifier import Verifier

RECORDS = 21


class LargeWorld(World):
    """Records in a row, then others' entries, then one record in the last block, which is not complete."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Issued] = [self.issue() for _ in range(RECORDS)]
        for _ in range(30):
            self.append_entry(b"somebody else's")
        self.records.append(self.issue())
        self.anchor()


@pytest.fixture(scope="module")
def world():
    return LargeWorld()


def bundles(world):
    shared = world.bundle(world.records[0])
    for record in world.records:
        own = world.bundle(record)
        yield shared | {name: own[name] for name in ("credential", "salt", "entry", "inclusion")}


@pytest.mark.parametrize("backwards", [False, True])
def test_all_are_included(world, backwards):
    verifier = Verifier(world.trust_root())
    documents = [canonical.dumps(made) for made in bundles(world)]
    for data in documents[::-1] if backwards else documents:
        assert verifier.verify(data, now=world.now)
    assert all(verifier.verify_many(documents, now=world.now))


@pytest.mark.parametrize("number", [0, 15, 16, RECORDS - 1, RECORDS])
@pytest.mark.parametrize("warm", [False, True])
def test_no_hash_of_a_path_may_be_another(world, number, warm):
    verifier = Verifier(world.trust_root())
    if warm:
        assert all(verifier.verify(canonical.dumps(made), now=world.now) for made in bundles(world))
    made = list(bundles(world))[number]
    path = made["inclusion"]["path"]
    for at in range(len(path)):
        others = [[*path[:at], base64s.encode(bytes(32)), *path[at + 1 :]], path[:at] + path[at + 1 :]]
        others += [path[:at] + path[at : at + 1] + path[at:], path[:at] + path[at:][::-1]]
        for other in others:
            if other != path:
                altered = made | {"inclusion": made["inclusion"] | {"path": other}}
                report = verifier.verify(canonical.dumps(altered), now=world.now)
                assert report["inclusion"].code == "inclusion.mismatch"
    assert verifier.verify(canonical.dumps(made), now=world.now)


@pytest.mark.parametrize("number", [0, 15, 16, RECORDS])
def test_no_index_may_be_another(world, number):
    verifier = Verifier(world.trust_root())
    made = list(bundles(world))[number]
    index = made["inclusion"]["index"]
    for other in (*range(60), 1 << 20, (1 << 48) - 1):
        altered = made | {"inclusion": made["inclusion"] | {"index": other}}
        report = verifier.verify(canonical.dumps(altered), now=world.now)
        assert report["inclusion"].code == ("inclusion.ok" if other == index else "inclusion.mismatch")


def test_an_entry_under_a_neighbours_path(world):
    verifier = Verifier(world.trust_root())
    made = list(bundles(world))
    assert all(verifier.verify(canonical.dumps(one), now=world.now) for one in made)
    for one, other in ((made[0], made[1]), (made[0], made[16]), (made[3], made[-1])):
        report = verifier.verify(canonical.dumps(one | {"inclusion": other["inclusion"]}), now=world.now)
        assert report["inclusion"].code == "inclusion.mismatch"
