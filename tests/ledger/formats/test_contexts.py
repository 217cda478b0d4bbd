import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import canonical, contexts
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2, EXAMPLES_V2, FILES, WITH_EXAMPLES, Contexts
from ledger.formats.errors import ConfigError, FormatError

OWN = "https://example.org/contexts/own/v0"
DOCUMENT: dict[str, Any] = {"@context": {"mark": "https://example.org/vocab#mark"}}
# As the standards themselves print them: VC Data Model 2.0 B.1 and 1.1 B.1, VC Data Integrity 1.0 §2.4.
PUBLISHED = {
    "credentials-v1.jsonld": "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
    "credentials-v2.jsonld": "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    "data-integrity-v1.jsonld": "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
    "data-integrity-v2.jsonld": "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
}


def folder() -> Path:
    return Path(str(files("ledger.formats").joinpath("contexts")))


def refusal(*arguments: Any) -> str:
    with pytest.raises(FormatError) as caught:
        BUNDLED.extended(*arguments)
    return caught.value.code


@pytest.mark.parametrize("url", FILES)
def test_bundled_file_is_another_one_than_the_pin(url: str) -> None:
    name, sha256 = FILES[url]
    data = (folder() / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256
    assert BUNDLED.document(url) == json.loads(data)


@pytest.mark.parametrize(("name", "sha256"), PUBLISHED.items())
def test_bundled_file_is_another_one_than_the_standard_s(name: str, sha256: str) -> None:
    data = (folder() / name).read_bytes()
    assert sha256 in (hashlib.sha256(data).hexdigest(), hashlib.sha256(data.removesuffix(b"\n")).hexdigest())


def test_file_without_notice_or_pin() -> None:
    held = {path.name for path in folder().glob("*.jsonld")}
    assert held == {name for name, _ in FILES.values()}
    notice = (folder() / "NOTICE.md").read_text()
    rows = {url: row for row in notice.splitlines() for url in FILES if f"`{url}`" in row}
    assert all(f"`{name}`" in rows[url] for url, (name, _) in FILES.items())
    assert len(list((folder() / "licences").iterdir())) == 8


@pytest.mark.parametrize("url", FILES)
def test_bundled_context_defines_everything_by_a_vocabulary(url: str) -> None:
    text = json.dumps(BUNDLED.document(url))
    assert '"@vocab":' not in text and '"@import":' not in text and '"@base":' not in text


@pytest.mark.parametrize(
    "url",
    ["https://example.org/unknown", "", CREDENTIALS_V2 + "/", CREDENTIALS_V2 + "#", CREDENTIALS_V2.upper(), OWN],
)
def test_unknown_context_is_refused_not_fetched(url: str) -> None:
    with pytest.raises(FormatError) as caught:
        BUNDLED.document(url)
    assert caught.value.code == "document.unknown_context"


def test_examples_are_there_without_being_asked_for() -> None:
    with pytest.raises(FormatError):
        BUNDLED.document(EXAMPLES_V2)
    assert list(WITH_EXAMPLES.document(EXAMPLES_V2)["@context"]) == ["@vocab"]
    assert WITH_EXAMPLES.document(CREDENTIALS_V2) is not None


def test_extension_replaces_a_bundled_context() -> None:
    assert refusal({CREDENTIALS_V2: DOCUMENT}) == "document.malformed"
    assert refusal({OWN: DOCUMENT, CREDENTIALS_V2: DOCUMENT}, b"a kind's hash") == "document.malformed"


def test_extension_replaces_an_earlier_extension() -> None:
    one = BUNDLED.extended({OWN: DOCUMENT})
    with pytest.raises(FormatError) as caught:
        one.extended({OWN: {"@context": {}}})
    assert caught.value.code == "document.malformed"
    assert one.extended({OWN: dict(DOCUMENT)}).document(OWN) == DOCUMENT


def test_extension_leaks_into_the_set_it_came_from() -> None:
    child = BUNDLED.extended({OWN: DOCUMENT})
    assert child.document(OWN) == DOCUMENT
    with pytest.raises(FormatError):
        BUNDLED.document(OWN)


@pytest.mark.parametrize("document", [None, [], "x", {}, {"context": {}}, [DOCUMENT]])
def test_extension_is_no_context(document: Any) -> None:
    assert refusal({OWN: document}) == "document.malformed"


@pytest.mark.parametrize("url", ["", "relative", "https:" + "x" * 2000])
def test_extension_has_no_address(url: str) -> None:
    assert refusal({url: DOCUMENT}) == "document.malformed"


def test_same_extension_is_compiled_twice() -> None:
    assert BUNDLED.extended({OWN: DOCUMENT}) is BUNDLED.extended({OWN: json.loads(json.dumps(DOCUMENT))})
    assert BUNDLED.extended({OWN: DOCUMENT}, b"1") is BUNDLED.extended({OWN: DOCUMENT}, b"1")
    assert BUNDLED.extended({OWN: DOCUMENT}) is not BUNDLED.extended({OWN: {"@context": {}}})


def test_extensions_without_end_fill_the_memory() -> None:
    root = Contexts()
    for number in range(200):
        root.extended({OWN: {"@context": {"t": f"urn:t:{number}"}}})
    assert len(root._children) <= 32


def test_operator_s_file_is_read_under_its_hash() -> None:
    data = canonical.dumps(DOCUMENT)
    document = contexts.pinned(OWN, data, hashlib.sha256(data).hexdigest())
    assert BUNDLED.extended({OWN: document}).document(OWN) == DOCUMENT


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"@context": {}, "@context": {}}', b"not JSON", b""])
def test_operator_s_file_is_no_context(data: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        contexts.pinned(OWN, data, hashlib.sha256(data).hexdigest())
    assert caught.value.code == "context.mismatch"


def test_operator_s_file_was_changed() -> None:
    data = canonical.dumps(DOCUMENT)
    for changed in (data + b"\n", data.replace(b"mark", b"merk")):
        with pytest.raises(ConfigError) as caught:
            contexts.pinned(OWN, changed, hashlib.sha256(data).hexdigest())
        assert caught.value.code == "context.mismatch"


def test_bundled_file_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILES, CREDENTIALS_V2, ("credentials-v1.jsonld", FILES[CREDENTIALS_V2][1]))
    with pytest.raises(ConfigError) as caught:
        Contexts().document(CREDENTIALS_V2)
    assert caught.value.code == "context.mismatch"
