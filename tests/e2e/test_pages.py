"""The pages in a browser: readable in both languages, on a laptop and a phone, with and without scripts."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn import BROKEN_TIMES, CONTRAST, CUT, CUT_OPTIONS, TOUCHING
from tests.support.ledgers import SCHOOL, Ledger, bundle_of, opened
from tests.support.servers import Server, serving

pytestmark = pytest.mark.browser

WORDS = {
    "zh": {"valid": "有效", "tampered": "无效", "pending": "无法确定"},
    "en": {"valid": "Valid", "tampered": "Invalid", "pending": "Cannot be determined"},
}
WIDTHS = (1280, 390)


@dataclass(frozen=True, slots=True)
class Site:
    """A running server, and files of every verdict by name."""

    server: Server
    files: dict[str, Path]


@pytest.fixture(scope="module")
def site(chromium: Path, made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("pages")
    ledger = Ledger(folder / "home", made_ledger.keys, made_ledger.records)
    shutil.copytree(made_ledger.home, ledger.home)
    with opened(ledger.home) as deployment:
        bundle = bundle_of(deployment, ledger)
        documents = {"valid": bundle, "evaluation": bundle_of(deployment, ledger, SCHOOL)}
    tampered = json.loads(json.dumps(bundle))
    tampered["credential"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = "100"
    stranger = json.loads(json.dumps(bundle))
    stranger["credential"]["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    documents |= {"tampered": tampered, "pending": foreign(bundle), "nothing": {"a": "<script>alert(1)</script>"}}
    documents["later"] = {"rollbook": "bundle/2"}
    files = {name: folder / f"{name}.json" for name in documents}
    for name, document in documents.items():
        files[name].write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    with serving(ledger.environment(), folder) as server:
        yield Site(server, files)


def foreign(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle's record signed by nobody whom this log knows: well-formed, and undecidable here."""
    from datetime import UTC, datetime

    from ledger.formats import canonical, keys
    from ledger.formats.did import build_did_web
    from ledger.formats.proof import JcsSigner

    pair = keys.generate(b"somebody else's key, 32 bytes ok"[:32])
    did = build_did_web("elsewhere.example", "schools", "1")
    credential = {name: value for name, value in bundle["credential"].items() if name != "proof"} | {"issuer": did}
    created = datetime(2026, 1, 1, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    signer = JcsSigner(pair, f"{did}#{pair.multikey}", created=created, context=credential["@context"])
    signed = canonical.loads(signer.sign(credential))
    assert isinstance(signed, dict)
    return signed


def look(page, name: str) -> None:
    """Keep a picture where somebody wants to look at it (ROLLBOOK_SCREENSHOTS names a folder)."""
    import os

    folder = os.environ.get("ROLLBOOK_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def fits(page) -> bool:
    """Whether nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.fixture
def open_page(browser) -> Iterator[Any]:
    contexts = []

    def opening(width: int = 1280, language: str = "zh", *, scripts: bool = True):
        locale = {"zh": "zh-CN", "en": "en-US"}[language]
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=locale, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("console", lambda message: page.troubles.append(message.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on(
            "request", lambda request: page.troubles.append(request.url) if "127.0.0.1" not in request.url else None
        )
        return page

    yield opening
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["valid", "tampered", "pending"])
def test_a_file_shows_its_verdict_in_words(site: Site, open_page, name: str, language: str, width: int) -> None:
    page = open_page(width, language)
    page.goto(site.server.url)
    assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
    page.set_input_files("#file", site.files[name])
    page.wait_for_selector(".verdict")
    assert page.inner_text("#verdict") == WORDS[language][name]
    assert page.locator(".checks li").count() == 8
    assert fits(page)
    look(page, f"{name}-{language}-{width}")
    assert page.troubles == []


def test_the_signed_values_stand_in_a_table_with_the_kinds_words(site: Site, open_page) -> None:
    page = open_page()
    page.goto(site.server.url)
    page.set_input_files("#file", site.files["valid"])
    page.wait_for_selector(".verdict.valid")
    heads = page.locator("thead th").all_inner_texts()
    assert heads[:3] == ["课程代码", "课程", "学期"] and "成绩" in heads
    assert "陈思齐" in page.inner_text(".facts >> nth=0")
    assert "鹭江大学" in page.inner_text(".school")
    assert "示例主管部门" in page.inner_text(".path")
    assert "单节点出块" in page.inner_text("main")


def test_an_evaluations_dimensions_are_a_table_too(site: Site, open_page) -> None:
    page = open_page(390)
    page.goto(site.server.url)
    page.set_input_files("#file", site.files["evaluation"])
    page.wait_for_selector(".verdict.valid")
    assert "思想品德" in page.locator("tbody th").all_inner_texts()
    assert fits(page)
    look(page, "evaluation-zh-390")


@pytest.mark.parametrize("name", ["tampered", "pending"])
def test_what_is_not_valid_has_nothing_that_looks_so(site: Site, open_page, name: str) -> None:
    page = open_page()
    page.goto(site.server.url)
    page.set_input_files("#file", site.files[name])
    page.wait_for_selector(".verdict")
    assert page.locator(".verdict.valid").count() == 0
    assert "有效" not in page.inner_text("#verdict")
    colours = page.evaluate("[...document.querySelectorAll('.verdict h2')].map(h => getComputedStyle(h).color)")
    assert colours != ["rgb(11, 107, 58)"]


def test_a_forged_record_is_marked_as_unsigned(site: Site, open_page) -> None:
    page = open_page()
    page.goto(site.server.url)
    page.set_input_files("#file", site.files["tampered"])
    page.wait_for_selector(".verdict.invalid")
    assert "陈思齐" not in page.inner_text("main")
    assert "索取" not in page.inner_text(".checks")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_heading_runs_into_its_label(site: Site, open_page, language: str, width: int) -> None:
    page = open_page(width, language)
    page.goto(site.server.url)
    page.set_input_files("#file", site.files["later"])
    page.wait_for_selector(".verdict")
    assert page.locator(".outcome").all_inner_texts()[1:] == [NOT_CHECKED[language]] * 6 + [NOT_ASKED[language]]
    assert page.evaluate(TOUCHING) == []
    look(page, f"later-{language}-{width}")


NOT_CHECKED = {"zh": "未核验", "en": "Not checked"}
NOT_ASKED = {"zh": "未要求", "en": "Not required"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_form_is_cut_on_a_phone(site: Site, open_page, language: str) -> None:
    page = open_page(390, language)
    page.goto(site.server.url)
    assert page.evaluate(CUT_OPTIONS) == []
    button, link = page.locator("button[type=submit]").bounding_box(), page.locator(".ask > .note").bounding_box()
    assert link["y"] - (button["y"] + button["height"]) >= 12


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_address_is_answered_for_programs(site: Site, open_page, language: str, width: int) -> None:
    page = open_page(width, language)
    page.goto(f"{site.server.url}/registry/NOT-A-MEMBER")
    assert page.inner_text("h1") == {"zh": "没有这个页面", "en": "There is no such page"}[language]
    assert fits(page)
    look(page, f"lost-{language}-{width}")
    page.goto(f"{site.server.url}/registry/{SCHOOL}")
    assert SCHOOL in page.inner_text("main")


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_no_credential_is_told_so_and_runs_nothing(site: Site, open_page, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    page.goto(site.server.url)
    page.set_input_files("#file", site.files["nothing"])
    if not scripts:
        page.click("button[type=submit]")
    page.wait_for_selector(".verdict.none")
    assert "document.malformed" in page.inner_text(".verdict")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["valid", "tampered"])
def test_the_form_works_without_scripts(site: Site, open_page, name: str, language: str) -> None:
    page = open_page(language=language, scripts=False)
    page.goto(site.server.url)
    page.set_input_files("#file", site.files[name])
    page.click("button[type=submit]")
    assert page.inner_text("#verdict") == WORDS[language][name]


def test_a_dropped_file_is_checked(site: Site, open_page) -> None:
    page = open_page()
    page.goto(site.server.url)
    text = site.files["valid"].read_text(encoding="utf-8")
    transfer = page.evaluate_handle(
        """(text) => {
            const data = new DataTransfer();
            data.items.add(new File([text], "bundle.json", { type: "application/json" }));
            return data;
        }""",
        text,
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    page.wait_for_selector(".verdict.valid")


def test_the_language_can_be_switched(site: Site, open_page) -> None:
    page = open_page(language="zh")
    page.goto(site.server.url)
    page.click("text=English")
    assert page.inner_text("h1") == "Check an academic record"
    page.click("text=中文")
    assert page.inner_text("h1") == "核验学业记录"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/", "/log", "/docs"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_and_is_labelled(site: Site, open_page, path: str, language: str, width: int) -> None:
    page = open_page(width, language)
    page.goto(site.server.url + path)
    assert fits(page)
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    unlabelled = "[...document.querySelectorAll('input,select,button')].filter(e => !(e.labels?.length || e.innerText))"
    assert page.evaluate(f"{unlabelled}.length") == 0
    look(page, f"{path.strip('/') or 'empty'}-{language}-{width}")
    assert page.troubles == []


def test_a_phone_shows_whole_rows_and_whole_times(site: Site, open_page) -> None:
    for width in (390, 500):
        page = open_page(width)
        page.goto(site.server.url + "/log")
        assert page.evaluate(CUT) == [] and page.evaluate(BROKEN_TIMES) == []
        page.goto(site.server.url)
        page.set_input_files("#file", site.files["valid"])
        page.wait_for_selector(".verdict.valid")
        assert page.evaluate(CUT) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_people_are_told_in_their_language_and_programmers_in_the_evidence(site: Site, open_page, language) -> None:
    page = open_page(language=language)
    page.goto(site.server.url)
    page.set_input_files("#file", {"name": "x.json", "mimeType": "application/json", "buffer": b"\xff\xfe{"})
    page.wait_for_selector(".verdict.none")
    assert "UTF-8" not in page.inner_text("main")
    page.click(".verdict summary")
    assert "UTF-8" in page.inner_text(".verdict details")
    assert page.inner_text("#chosen") == "x.json" and not page.is_visible("#none")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(site: Site, open_page) -> None:
    page = open_page(language="en")
    page.goto(site.server.url)
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert {"file", "policy", "Verify"} <= set(reached)


def test_text_stands_out_from_its_ground(site: Site, open_page) -> None:
    """WCAG 2.2 §1.4.3: 4.5 to 1, measured on what is painted."""
    page = open_page(language="en")
    for name in ("valid", "tampered", "pending"):
        page.goto(site.server.url)
        page.set_input_files("#file", site.files[name])
        page.wait_for_selector(".verdict")
        assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_registry_can_be_walked(site: Site, open_page, language: str, width: int) -> None:
    page = open_page(width, language)
    page.goto(f"{site.server.url}/registry")
    assert page.locator("tbody tr").count() == 3 and fits(page)
    look(page, f"registry-{language}-{width}")
    page.click({"zh": "text=鹭江大学", "en": "text=Lujiang University"}[language])
    page.wait_for_selector("h1")
    assert page.locator("code[title^=z6Mk]").count() == 1 and fits(page)
    look(page, f"member-{language}-{width}")
    assert page.troubles == []
