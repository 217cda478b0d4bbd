import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats.errors import FormatError
from ledger.formats.tiles import TilePath, decode_bundle, encode_bundle, parse_path, partial_width


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (TilePath(0, 0), "tile/0/000"),
        (TilePath(0, 5, 5), "tile/0/005.p/5"),
        (TilePath(0, 1234067), "tile/0/x001/x234/067"),
        (TilePath(1, 1234, 255), "tile/1/x001/234.p/255"),
        (TilePath(None, 0), "tile/entries/000"),
        (TilePath(None, 1000, 1), "tile/entries/x001/000.p/1"),
        (TilePath(5, 999), "tile/5/999"),
    ],
)
def test_paths_of_the_specification(tile: TilePath, path: str) -> None:
    assert str(tile) == path
    assert parse_path(path) == tile


@given(st.none() | st.integers(0, 5), st.integers(0, 2**48 - 1), st.integers(1, 256))
def test_every_tile_has_one_path(level: int | None, index: int, width: int) -> None:
    tile = TilePath(level, index, width)
    assert parse_path(str(tile)) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/1000",
        "tile/00/000",
        "tile/6/000",
        "tile/-1/000",
        "tile/entries/x000/001",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x1/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/05",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/../000",
        "tile/0/" + "x999/" * 6 + "999",
        "tile/0/" + "x001/" * 100 + "000",
        "tile/data/000",
    ],
)
def test_another_spelling_is_refused(path: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_path(path)
    assert caught.value.code == "tile.malformed"


@pytest.mark.parametrize(
    ("level", "index", "size", "width"),
    [(0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 256, 256), (0, 1, 256, 0), (0, 1, 300, 44), (1, 0, 300, 1), (1, 0, 255, 0),
     (2, 0, 65536, 1), (None, 1, 300, 44)],
)  # fmt: skip
def test_width_of_a_tile_in_a_tree(level: int | None, index: int, size: int, width: int) -> None:
    assert partial_width(level, index, size) == width


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entries_come_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("bundle", "width"),
    [
        (b"", 1),
        (b"\0", 1),
        (b"\0\1", 1),
        (b"\0\1ab", 1),
        (b"\0\1a", 2),
        (b"\0\1a\0\1b", 1),
        (b"\0\1a\0", 1),
        (b"\0\0", 0),
    ],
)
def test_a_bundle_of_another_width_is_refused(bundle: bytes, width: int) -> None:
    with pytest.raises(FormatError):
        decode_bundle(bundle, width)


def test_an_entry_that_is_too_long_is_not_written() -> None:
    with pytest.raises(FormatError):
        encode_bundle([bytes(65536)])
    assert len(encode_bundle([bytes(65535)])) == 65537


@pytest.mark.parametrize("bad", [(6, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 2**48, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_is_refused(bad: tuple[int, int, int]) -> None:
    with pytest.raises(FormatError):
        TilePath(*bad)


@pytest.mark.parametrize(("level", "index", "size"), [(0, 1, 256), (0, 2, 300), (None, 5, 0), (1, 1, 65_536)])
def test_a_tile_beyond_the_tree_holds_nothing(level: int | None, index: int, size: int) -> None:
    assert partial_width(level, index, size) == 0
