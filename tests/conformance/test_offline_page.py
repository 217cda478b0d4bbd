"""The verifier in one HTML file says plainly what it was given, and of a report nothing that it does not mean."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.pages.texts import texts
from tests.conformance.kit import KIT, index
from tests.support.shared import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HTML = REPOSITORY / "verifier/web/dist/rollbook-verifier.html"
pytestmark = pytest.mark.browser


def file(name: str) -> tuple[Path, Path]:
    """A case of the kit: its document and its trust root."""
    found = next(one for one in index()["cases"] if one["name"] == name)
    return KIT / found["document"], KIT / found["trustRoot"]


def drop(page: "Page", field: str, name: str, data: bytes) -> None:
    page.set_input_files(f"#{field}", {"name": name, "mimeType": "application/octet-stream", "buffer": data})


def keep(page: "Page", name: str) -> None:
    """A picture for people, in the folder that git does not look at."""
    folder = REPOSITORY / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"offline-verifier-{name}.png", full_page=True)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_files_in_the_wrong_fields_are_called_malformed(browser: "Browser", language: str, width: int) -> None:
    locale = {"zh": "zh-CN", "en": "en-GB"}[language]
    context = browser.new_context(offline=True, locale=locale, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(HTML.as_uri())
    bundle, root = file("valid/a-record-under-rdfc")
    page.set_input_files("#file", root)
    page.wait_for_selector(".verdict.none")
    words = texts(language)["error.trustroot"]
    assert words in page.inner_text("#result")
    said = {"zh": "这是学业记录，不是信任根文件", "en": "This is a record, not a trust root"}[language]
    for data in (bundle.read_bytes(), b"%PDF-1.7", b"PK\x03\x04", b"eyJh.eyJp.c2ln"):
        drop(page, "root", "x", data)
        page.wait_for_selector(f"#root-field [role=alert] >> text={said}")
        assert "trustroot." not in page.inner_text("#root-field")
    keep(page, f"swapped-{language}-{width}")
    drop(page, "root", "x", b"[]")
    page.wait_for_selector("#root-field >> text=trustroot.malformed")
    page.set_input_files("#root", root)
    page.wait_for_selector("#root-field.known")
    assert words in page.inner_text("#result")
    _fingerprint(page)
    keep(page, f"root-as-record-{language}-{width}")
    context.close()


def _fingerprint(page: "Page") -> None:
    """In groups that no line breaks, the lines alike, and as one word where it is copied."""
    assert len(page.inner_text(".fingerprint code")) == len("sha256:") + 64
    tops = page.evaluate("[...document.querySelectorAll('.fingerprint span')].map((one) => one.offsetTop)")
    button, code = (page.locator(one).bounding_box() for one in ("#root-field .picker label", ".fingerprint code"))
    assert button and code and button["y"] - code["y"] - code["height"] >= 8
    assert [tops.count(top) for top in dict.fromkeys(tops)] == [1, 4, 4]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_says_what_it_does_not_mean(browser: "Browser", language: str) -> None:
    """Skipped is not: not required; a block and a time are for people; an altered file is not to be completed."""
    context = browser.new_context(offline=True, locale={"zh": "zh-CN", "en": "en-GB"}[language])
    page = context.new_page()
    page.clock.set_fixed_time("2026-01-02T00:00:10Z")
    page.goto(HTML.as_uri())
    bundle, root = file("valid/a-record-under-rdfc")
    t = texts(language)
    page.set_input_files("#root", root)
    drop(page, "file", "later", b'{"rollbook":"bundle/2"}')
    page.wait_for_selector(".verdict.indeterminate")
    assert page.locator(".outcome").all_inner_texts()[1:] == [t["outcome.unchecked"]] * 6 + [t["outcome.skipped"]]
    page.select_option("#policy", "vc")
    page.wait_for_function("(word) => document.body.innerText.split(word).length === 4 + 1", arg=t["outcome.skipped"])
    page.select_option("#policy", "record")
    page.set_input_files("#file", bundle)
    page.wait_for_selector(".verdict.valid")
    page.locator(".checks > li >> nth=5").locator("summary").click()
    anchor = page.locator(".checks > li >> nth=5").inner_text()
    assert t["evidence.block"] in anchor and "number" not in anchor and "UTC" in anchor
    keep(page, f"evidence-{language}")
    page.set_input_files("#file", file("order/an-altered-name")[0])
    page.wait_for_selector(".verdict.invalid")
    assert {"zh": "索取", "en": "ask for"}[language] not in page.inner_text(".checks")
    context.close()
