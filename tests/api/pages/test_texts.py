"""Every word of the pages is there in both languages, and none that nobody shows."""

import re
from importlib.resources import files

import pytest

import contracts
from api.pages.texts import LANGUAGES, negotiate, texts
from verifier.report import CHECKS, Outcome, Verdict


def used() -> set[str]:
    """The keys that templates name, with those that they build from names of checks, outcomes and so on."""
    found: set[str] = set()
    for template in files("api.pages").joinpath("templates").iterdir():
        text = template.read_text(encoding="utf-8")
        found |= set(re.findall(r"\bt\.([a-zA-Z]+)\b(?!\()", text)) | set(re.findall(r"t\['([a-zA-Z.]+)'[\] ]", text))
        found |= set(re.findall(r"if [a-z.]+ else '([a-zA-Z.]+)'\]", text))
    found |= {f"check.{name}" for name in CHECKS} | {f"outcome.{one}" for one in Outcome}
    found |= {f"verdict.{one}{more}" for one in Verdict for more in ("", ".lead")} | {"verdict.archive"}
    found |= {f"policy.{name}" for name in ("record", "archive", "vc")}
    found |= {f"assurance.{name}{more}" for name in ("single-sealer", "consortium") for more in ("", ".means")}
    found |= {"anchoredAt", "anchoredAt.means", "asOf", "asOf.means", "checkedAt", "validFrom", "validUntil"}
    found |= {"issuer.code", "issuer.did", "error.no_file"}
    found |= {"error.too_large", "error.form", "error.unavailable", "error.other"}
    found |= {f"paper.{one}" for one in ("added", "annotations", "issuer")}
    found |= {"docs.query", "docs.path"}
    found |= {"outcome.unchecked", "evidence.block", "evidence.reason", "evidence.time", "error.zip", "error.trustroot"}
    found |= {"gone", "gone.title", "gone.member", "refused.title"}
    found |= {f"scanned.{one}" for one in ("current", "revoked", "superseded", "unknown", "kind", "school", "index")}
    found |= {f"log.state.{one}" for one in ("published", "anchored", "checkpoints", "anchors", "waiting")}
    found |= {"log.waiting.none", "log.waiting.some"}
    acts = [part["name"] for part in contracts.load("IssuerRegistry").abi if part["type"] == "event"]
    found |= {f"registry.act.{name}" for name in acts if name not in ("KindRegistered", "SeedingEnded")}
    found |= {f"registry.state.{one}" for one in ("open", "withdrawn", "above")} | {"registry.asOf"}
    found |= {f"registry.custody.{one}" for one in ("own", "hosted")}
    found |= {f"registry.{one}" for one in ("everywhere", "all", "nothing", "yes", "no", "unnamed")}
    found |= {f"duration.{one}" for one in ("days", "hours", "minutes", "seconds")}
    return {key.rstrip(".") for key in found} - {"assurance.", "check", "docs", "outcome", "scanned", "verdict"}


def test_the_languages_have_the_same_words_and_no_empty_one() -> None:
    all_texts = [texts(language) for language in LANGUAGES]
    assert all_texts[0].keys() == all_texts[1].keys()
    assert all(text for found in all_texts for text in found.values())


def test_nothing_is_left_over_and_nothing_is_missing() -> None:
    assert used() == set(texts("en"))


@pytest.mark.parametrize(
    ("asked", "accept", "language"),
    [
        (None, "", "zh"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr,en;q=0.5,zh;q=0.4", "en"),
        (None, "en;q=0", "zh"),
        (None, "en;q=nonsense", "zh"),
        (None, "," * 500, "zh"),
        ("en", "zh", "en"),
        ("fr", "en", "en"),
        ("", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for(asked: str | None, accept: str, language: str) -> None:
    assert negotiate(asked, accept) == language
