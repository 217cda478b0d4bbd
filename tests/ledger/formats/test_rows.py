"""Rows of bytes that grow: the same bytes whatever the steps, on both sides of the border to mapped memory."""

import mmap
import os

import pytest

from ledger.formats import merkle, rows


def grown(steps: list[bytes]) -> tuple[rows.Row, int]:
    row: rows.Row = bytearray()
    end = 0
    for step in steps:
        row = rows.extended(row, end, step)
        end += len(step)
    return row, end


@pytest.mark.parametrize("step", [1, 31, 4096, 10_000, 50_000])
def test_no_byte_is_lost_over_the_border_and_over_larger_mappings(monkeypatch, step):
    monkeypatch.setattr(rows, "_MAPPED_FROM", 8192)
    data = os.urandom(50_000)
    row, end = grown([data[at : at + step] for at in range(0, len(data), step)])
    assert isinstance(row, mmap.mmap)
    assert end == len(data)
    assert row[:end] == data


def test_a_short_row_stays_in_ordinary_memory():
    row, end = grown([b"ab", b"c"])
    assert (bytes(row), end) == (b"abc", 3)


def test_a_system_without_private_mappings_keeps_the_same_bytes(monkeypatch):
    monkeypatch.setattr(rows, "_MAPPED_FROM", 8)
    monkeypatch.delattr(mmap, "MAP_PRIVATE", raising=False)
    row, end = grown([b"0123456", b"789", bytes(9000)])
    assert row[:end] == b"0123456789" + bytes(9000)


def test_a_tree_in_mapped_rows_has_the_roots_and_paths_of_one_in_ordinary_memory(monkeypatch):
    leaves = [os.urandom(32) for _ in range(700)]
    plain = merkle.Tree(b"".join(leaves))
    monkeypatch.setattr(rows, "_MAPPED_FROM", 256)
    mapped = merkle.Tree()
    for start in range(0, 700, 37):
        mapped.extend(leaves[start : start + 37])
    for size in (1, 2, 255, 256, 257, 699, 700):
        assert mapped.root(size) == plain.root(size)
        for index in {0, size // 2, size - 1}:
            assert mapped.inclusion_proof(index, size) == plain.inclusion_proof(index, size)
    assert mapped.consistency_proof(255, 700) == plain.consistency_proof(255, 700)
