"""The verifier in one HTML file gives the same report as the kit, and so as ours; it asks nobody for anything."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.pages.badges import LABELS
from api.pages.texts import texts
from ledger.formats import canonical, datetimes
from tests.conformance import archives, headers, sheets
from tests.conformance.kit import KIT, KitCase, cases, index
from tests.support import pdfs
from tests.support.shared import REPOSITORY
from verifier import offline
from verifier.messages import MESSAGES, NOTES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HTML = REPOSITORY / "verifier/web/dist/rollbook-verifier.html"
pytestmark = pytest.mark.browser

ASK = """async (asked) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const reports = [];
  for (const { data, root, ...options } of asked) {
    try {
      reports.push(await window.rollbook.verify(bytes(data), bytes(root), options));
    } catch (error) {
      reports.push({ error: `${error.stack}` });
    }
  }
  return JSON.stringify(reports);
}"""


@pytest.fixture(scope="module")
def opened(browser: "Browser") -> Iterator["Page"]:
    """The page, opened from the disk, without a network."""
    context = browser.new_context(offline=True, locale="zh-CN", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(HTML.as_uri())
    yield page
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert wrong == []
    context.close()


def question(case: KitCase) -> dict[str, Any]:
    """What the page is asked, in JSON; its clock counts milliseconds."""
    return {
        "data": base64.b64encode(case.document).decode(),
        "root": base64.b64encode(case.trust_root).decode(),
        "now": datetimes.parse(case.now).timestamp() * 1000,
        "policy": case.policy,
        **case.question,
    }


def reports(page: "Page", asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.evaluate(ASK, asked))
    return found


@pytest.fixture(scope="module")
def answers(opened: "Page") -> dict[str, dict[str, Any]]:
    """The page's report on every case of the kit, by name."""
    asked = [question(case) for case in cases()]
    return dict(zip((case.name for case in cases()), reports(opened, asked), strict=True))


def test_the_two_verifiers_disagree(answers: dict[str, dict[str, Any]]) -> None:
    wrong = {}
    for case in cases():
        found = answers[case.name]
        checks = [{name: check[name] for name in ("id", "outcome", "code")} for check in found.get("checks", [])]
        plain = {name: found.get(name) for name in case.expected} | {"checks": checks}
        if plain != case.expected:
            wrong[case.name] = found.get("error") or {
                name: (plain[name], value) for name, value in case.expected.items() if plain[name] != value
            }
    assert wrong == {}


OLD_BROWSER = """
const own = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (format, key, algorithm, ...others) =>
  algorithm.name === "Ed25519"
    ? Promise.reject(new DOMException("unrecognized name", "NotSupportedError"))
    : own(format, key, algorithm, ...others);
"""


def test_an_older_browser_judges_signatures_otherwise(browser: "Browser") -> None:
    """One without Ed25519: then the page reckons itself."""
    context = browser.new_context(offline=True)
    context.add_init_script(OLD_BROWSER)
    page = context.new_page()
    page.goto(HTML.as_uri())
    chosen = [case for case in cases() if case.name.startswith(("ed25519/", "valid/", "order/", "proof."))]
    found = reports(page, [question(case) for case in chosen])
    codes = {
        case.name: [check["code"] for check in report["checks"]] for case, report in zip(chosen, found, strict=True)
    }
    assert codes == {case.name: [check["code"] for check in case.expected["checks"]] for case in chosen}
    context.close()


def test_a_sentence_is_another(answers: dict[str, dict[str, Any]]) -> None:
    said = {check["code"]: check["message"] for found in answers.values() for check in found["checks"]}
    assert len(said) > 50
    assert said == {code: MESSAGES[code] for code in said}


def test_a_trust_root_that_nobody_signed_is_taken(opened: "Page") -> None:
    case = cases()[0]
    root = json.loads(case.trust_root)
    root["expires"] = "2099-01-01T00:00:00Z"
    altered = question(case)
    altered["root"] = base64.b64encode(json.dumps(root).encode()).decode()
    assert "a signature does not hold" in reports(opened, [altered])[0]["error"]


def test_a_sheet_with_related_files_is_read(opened: "Page") -> None:
    case = next(one for one in cases() if one.name == "pdf/a-sheet")
    related = b"/RF << /F [(bundle.json) 5 0 R] >> >>"
    made = pdfs.update(case.document, {9: b"<< /Type /Filespec /F (x) " + related})
    (report,) = reports(opened, [question(case) | {"data": base64.b64encode(made).decode()}])
    assert (report["verdict"], report["checks"][0]["code"]) == ("invalid", "document.payload_mismatch")


def test_a_root_that_is_part_of_the_page_is_not_used(browser: "Browser", tmp_path: Path) -> None:
    bundle, root = _file("valid/a-record-under-jcs")
    made = tmp_path / "page.html"
    made.write_bytes(offline.page(json.loads(root.read_bytes())))
    context = browser.new_context(offline=True, locale="en-GB")
    page = context.new_page()
    page.clock.set_fixed_time("2026-01-02T00:00:10Z")
    page.goto(made.as_uri())
    page.wait_for_selector("text=The trust root is part of this page")
    assert page.locator("#root").count() == 0
    page.set_input_files("#file", bundle)
    page.wait_for_selector(".verdict.valid")
    context.close()


def _file(name: str) -> tuple[Path, Path]:
    found = next(one for one in index()["cases"] if one["name"] == name)
    return KIT / found["document"], KIT / found["trustRoot"]


def test_text_of_a_sheet_is_compared_otherwise(opened: "Page") -> None:
    """The kit holds no evidence: of sheets both verifiers must say the same, and raise no alarm of an honest one."""
    made = sheets.all_of_them()
    asked = [sheets.question(data) for data in made.values()]
    told = {name: sheets.said(report) for name, report in zip(made, reports(opened, asked), strict=True)}
    assert told == {name: sheets.said(sheets.SCENE.verify(data).to_dict()) for name, data in made.items()}
    assert {name: one[0] for name, one in told.items()} == sheets.EXPECTED


def test_an_archive_is_read_otherwise(opened: "Page") -> None:
    made = archives.all_of_them()
    asked = [sheets.question(data) for data in made.values()]
    found = json.loads(opened.evaluate(ASK.replace("rollbook.verify", "rollbook.verifyAll"), asked))
    told = {
        name: [archives.said(*one) for one in answers] if isinstance(answers, list) else answers
        for name, answers in zip(made, found, strict=True)
    }
    wanted = {name: archives.told(data) for name, data in made.items()}
    assert {name: (told[name], wanted[name]) for name in made if told[name] != wanted[name]} == {}
    assert sum(len(one) == 1 and one[0][0] == "" for one in told.values()) == 24  # the whole is refused
    assert [one[1] for one in told["five"]] == ["valid", "invalid", "indeterminate", "valid", "valid"]


def test_headers_of_real_nodes_are_judged_otherwise(opened: "Page") -> None:
    """That chain has no contracts, which is told only of headers that are believed: anchor.wrong_contract."""
    made = headers.all_of_them()
    root = headers.trust_root()
    asked = [headers.question(data, headers.scene(), **root) for data in made.values()]
    told = {name: headers.said(report) for name, report in zip(made, reports(opened, asked), strict=True)}
    assert told == {
        name: headers.said(headers.scene().verify(data, root=root).to_dict()) for name, data in made.items()
    }
    believed = [name for name, codes in told.items() if codes[6] == "anchor.wrong_contract"]
    assert len(believed) == 7 and all(name.endswith("whole") for name in believed)  # not the first block of all


def test_headers_of_clique_are_judged_otherwise(opened: "Page") -> None:
    made, scene = headers.sealed_against_rules(), headers.clique()
    asked = [headers.question(data, scene) for data in made.values()]
    told = {name: headers.said(report) for name, report in zip(made, reports(opened, asked), strict=True)}
    assert told == {name: headers.said(scene.verify(data).to_dict()) for name, data in made.items()}
    believed = [name for name, codes in told.items() if codes[6] == "anchor.ok"]
    assert believed == ["sound", "a vote", "a signer listed in its place"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_officer_checks_a_file(browser: "Browser", language: str, width: int) -> None:
    """By hand: the trust root first, then the bundle; both languages, on a desk and on a phone."""
    context = browser.new_context(
        offline=True, locale="zh-CN" if language == "zh" else "en-GB", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.clock.set_fixed_time("2026-01-02T00:00:10Z")
    page.goto(HTML.as_uri())
    bundle, root = _file("valid/a-record-under-rdfc")
    page.set_input_files("#file", bundle)
    page.wait_for_selector("#result [role=alert]")
    page.set_input_files("#root", root)
    page.wait_for_selector(".verdict.valid")
    assert page.locator("#verdict").inner_text() == {"zh": "有效", "en": "Valid"}[language]
    assert {"zh": "学校350206001", "en": "School 350206001"}[language] in page.locator("#result").inner_text()
    assert page.locator(".checks > li").count() == 8
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    _keep(page, f"valid-{language}-{width}")
    page.set_input_files("#file", _file("order/an-altered-name")[0])
    page.wait_for_selector(".verdict.invalid")
    assert "王" not in page.locator("#result").inner_text()
    _keep(page, f"invalid-{language}-{width}")
    page.set_input_files("#file", _file("issuer.stale/ninety-one-days-old")[0])
    page.wait_for_selector(".verdict.valid")
    for name, data, shown in (
        ("pdf-altered", sheets.all_of_them()["of a better mark"], NOTES["paper.differs"][language]),
        ("pdf-with-more", sheets.all_of_them()["with a line more"], texts(language)["paper.added"]),
        ("pdf-honest", sheets.all_of_them()["honest"], None),
        ("sd-jwt", _file("token/an-sd-jwt-with-one-course")[0].read_bytes(), NOTES["withheld"][language]),
    ):
        page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
        page.wait_for_selector(f"#drop .picker >> text={name}")
        page.wait_for_selector(".verdict.valid")
        assert page.locator(".card.paper").count() == (shown is not None)  # no alarm of an honest sheet
        assert shown is None or shown in page.locator(".card.paper").inner_text()
        _keep(page, f"{name}-{language}-{width}")
    _archive(page, language, width)
    page.set_input_files("#file", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.wait_for_selector(".verdict.none")
    context.close()


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
def test_an_officer_checks_a_consortiums_record(browser: "Browser", language: str, width: int) -> None:
    context = browser.new_context(
        offline=True, locale="zh-CN" if language == "zh" else "en-GB", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    scene = headers.scene()
    page.clock.set_fixed_time(scene.now)
    page.goto(HTML.as_uri())
    _drop(page, "root", "root.json", headers.root_of(scene))
    page.wait_for_selector("#root-field.known")
    _drop(page, "file", "good.json", canonical.dumps(scene.bundle()))
    page.wait_for_selector(".verdict.valid")
    assert texts(language)["assurance.consortium"] in page.locator("#result").inner_text()
    _keep(page, f"consortium-{language}-{width}")
    _drop(page, "file", "two-of-four.json", canonical.dumps(scene.bundle(by=scene.validators[:2])))
    page.wait_for_selector(".verdict.invalid")
    assert MESSAGES["anchor.bad_seal"][language] in page.locator("#result").inner_text()
    _keep(page, f"consortium-two-of-four-{language}-{width}")
    page.set_input_files("#root", _file("forms/a-badge")[1])
    page.set_input_files("#file", _file("forms/a-badge")[0])
    page.wait_for_selector(".verdict >> nth=0")
    words = LABELS["title"][language], LABELS["criteria"][language]
    page.wait_for_selector(f"dt:has-text('{words[0]}')")
    assert all(word in page.locator("#result").inner_text() for word in words)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    _keep(page, f"badge-{language}-{width}")
    context.close()


def _drop(page: "Page", field: str, name: str, data: bytes) -> None:
    page.set_input_files(f"#{field}", {"name": name, "mimeType": "application/octet-stream", "buffer": data})


def _archive(page: "Page", language: str, width: int) -> None:
    """Five files in one: a line for each, the altered sheet among them, and each opens."""
    data = archives.all_of_them()["five"]
    page.set_input_files("#file", {"name": "all.zip", "mimeType": "application/zip", "buffer": data})
    page.wait_for_selector(".member >> nth=4")
    assert page.locator(".member.valid, .member.invalid, .member.indeterminate").count() == 5
    assert page.locator(".member .warning").count() == 1
    assert page.locator(".member .checks").count() == 0
    page.locator(".member summary").nth(4).click()
    page.wait_for_selector(".member .checks")
    assert NOTES["paper.differs"][language] in page.locator(".member").nth(4).inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    _keep(page, f"archive-{language}-{width}")


def _keep(page: "Page", name: str) -> None:
    """A picture for people, in the folder that git does not look at."""
    folder = REPOSITORY / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"offline-verifier-{name}.png", full_page=True)
