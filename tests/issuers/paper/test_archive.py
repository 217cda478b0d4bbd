"""The archive of a learner: it opens anywhere, says nothing that was not put in, and reads back whole."""

import html
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from issuers.paper import archive
from issuers.paper.archive import Item
from verifier.readers.archive import read

ITEM = Item(
    record_id="0198f1c2-7b1e-4c55-9d2a-3f1f64a0b9c7",
    learner="2023",
    kind={"zh": "成绩单", "en": "Transcript"},
    school={"zh": "清华大学", "en": "Tsinghua University"},
    issued="2026-07-01",
    state="current",
    digest="ab" * 32,
    files={"bundles/x.json": b"{}", "pdf/x.pdf": b"%PDF-", "bundles/x.jwt.json": b"[]"},
)
OLD = replace(ITEM, record_id="0" * 36, state="revoked", issued="2025-07-01", files={"bundles/y.json": b"{}"})
MADE = archive.build([ITEM, OLD], base="https://rollbook.test")


def index(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return opened.read("index.html").decode()


def test_it_reads_back_whole():
    assert list(read(MADE)) == [
        ("bundles/x.json", b"{}"),
        ("bundles/x.jwt.json", b"[]"),
        ("bundles/y.json", b"{}"),
        ("pdf/x.pdf", b"%PDF-"),
    ]


def test_the_same_records_give_the_same_bytes_in_whatever_order():
    assert archive.build([OLD, ITEM], base="https://rollbook.test") == MADE


def test_it_says_nothing_of_when_and_where_it_was_made():
    with zipfile.ZipFile(io.BytesIO(MADE)) as opened:
        assert {one.date_time for one in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {(one.create_system, one.external_attr >> 16, one.extra) for one in opened.infolist()} == {
            (3, 0o100644, b"")
        }


def test_the_page_asks_nobody_and_runs_nothing():
    page = index(MADE)
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\son\w+=|javascript:", page, re.IGNORECASE)
    assert all(not target.startswith(("http", "//", "/")) for target in re.findall(r'(?:href|src)="([^"]*)"', page))
    assert "default-src 'none'" in page


def test_the_page_links_every_file_and_says_which_records_count():
    page = index(MADE)
    assert set(re.findall(r'href="([^"]*)"', page)) == {*ITEM.files, *OLD.files}
    for word in ("成绩单", "Transcript", "清华大学", "Tsinghua University", "打包时已撤销", "revoked when packed"):
        assert word in page


def test_the_page_promises_that_the_verification_page_reads_the_whole():
    page = index(MADE)
    for word in ("checks one of these files at a time", "一次可核验其中一个文件"):
        assert word in page
    assert "or the whole ZIP" not in page and "或整个压缩包交由" not in page


def test_a_learner_is_headed_by_every_name_and_by_the_number_once():
    named = [replace(ITEM, name="李𠮷"), replace(ITEM, name="Li"), replace(ITEM, name="李𠮷"), OLD]
    assert "<b>李𠮷 / Li 2023</b>" in index(archive.build(named, base="https://rollbook.test"))
    assert "<b>2023</b>" in index(MADE)


@pytest.mark.parametrize("member", ["learner", "name", "issued", "record_id"])
def test_the_page_takes_no_word_for_markup(member: str):
    changes: dict[str, Any] = {member: "<script>alert(1)</script>"}
    page = index(archive.build([replace(ITEM, **changes)], base="<b>"))
    assert "<script" not in page and "<b>rollbook" not in page and html.escape("<script>") in page


def test_the_page_takes_no_word_for_a_gap_of_its_own():
    page = index(archive.build([replace(ITEM, learner="{rows}{base}")], base="https://rollbook.test"))
    assert page.count("<article") == 1
