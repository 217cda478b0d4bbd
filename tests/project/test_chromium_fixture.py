"""The browser of the tests draws Chinese, and asks nothing of the network by itself."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# A font that lacks a character draws the same box for each, so different characters must give different pictures.
PICTURES = """characters => characters.map(character => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.font = "40px sans-serif";
    pen.fillText(character, 50, 50);
    return canvas.toDataURL();
})"""
UNASSIGNED = ["\u0378", "\u0379"]


def test_chinese_is_drawn_as_boxes(page: "Page") -> None:
    assert len(set(page.evaluate(PICTURES, ["信", "册", "记", "录"]))) == 4


def test_picture_of_a_box_tells_characters_apart(page: "Page") -> None:
    assert len(set(page.evaluate(PICTURES, UNASSIGNED))) == 1


def test_page_of_one_test_is_seen_by_the_next(page: "Page") -> None:
    assert page.url == "about:blank"
    assert page.context.cookies() == []


def test_page_asks_for_something_by_itself(page: "Page") -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.set_content("<!doctype html><title>信册</title><p>𠮷 䶮 ·")
    assert page.title() == "信册"
    assert asked == []
