"""What a school says is its own, and labels in figures: a list that is none vouches for nothing."""

import json
from pathlib import Path

import pytest

from api import exposition
from api.watching import known
from api.watching.known import leaf_of
from ledger.formats import base64s, canonical
from ledger.formats.errors import ConfigError
from tests.worlds.scene import Scene


def test_lists_and_bundles_of_one_s_own(tmp_path: Path) -> None:
    leaf = "ab" * 32
    (tmp_path / "a.csv").write_text(f"index,kind,record,entry\n7,transcript,x,{leaf}\n")
    assert known.load([tmp_path]) == known.load([tmp_path / "a.csv"]) == {leaf}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "index,kind\n1,2\n",
        "entry\nabc\n",
        "entry\n" + "AB" * 32 + "\n",
        "index,entry\n7\n",
        "{}",
        '{"rollbook": 1}',
        "\udcff",
    ],
)
def test_a_list_that_is_none_knows_everything(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigError, match=r"watch.known"):
        known.load([tmp_path / "a.csv"])


def test_a_list_that_is_not_there_knows_everything(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"watch.known"):
        known.load([tmp_path / "none.csv"])


def test_a_bundle_vouches_for_another_s_entry(tmp_path: Path) -> None:
    scene = Scene()
    made = scene.bundle()
    (tmp_path / "good.json").write_bytes(canonical.dumps(made))
    assert known.load([tmp_path]) == {leaf_of(base64s.decode(made["entry"], max_bytes=999))}
    other = scene.world.issue()
    scene.world.anchor()
    (tmp_path / "bad.json").write_bytes(canonical.dumps(made | {"entry": scene.world.bundle(other)["entry"]}))
    with pytest.raises(ConfigError, match=r"another document"):
        known.load([tmp_path])


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb"])
def test_a_label_breaks_out(value: str) -> None:
    text = exposition.text([exposition.Metric("x", "gauge", (({"name": value}, 1),))])
    assert text.count("\n") == 2 and text.endswith('"} 1\n')
    assert text.splitlines()[1][len('x{name="') : -len('"} 1')] == json.dumps(value)[1:-1]
