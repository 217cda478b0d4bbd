"""docs/standards.md claims nothing without a test, and no folder of vectors lies unread."""

import re
from pathlib import Path

import pytest

from tests.support.shared import REPOSITORY

PAGE = REPOSITORY / "docs" / "standards.md"
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (?!standard \||-)", line)]
NAMED = re.compile(r"`(tests/[A-Za-z0-9_/.-]+)`")
WANTED = (
    *("Data Model 2.0", "Data Model 1.1", "vc-di-eddsa", "JSON-LD", "RDFC-1.0", "Bitstring Status List", "RFC 6962"),
    *("tlog-checkpoint", "tlog-tiles", "EIP-1186", "Clique", "Multikey", "did:key", "did:web", "DID Resolution"),
    *("VC-API", "JWT", "SD-JWT", "Open Badges", "CLR", "PDF/A-3", "OpenID4VCI", "OpenID4VP", "SM2", "RFC 8785"),
    *("RFC 9457", "OpenAPI 3.1"),
)


def title(row: str) -> str:
    return row.split("|")[1].strip()


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_a_row_claims_something_that_no_test_shows(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    named = NAMED.findall(cells[-1])
    assert len(cells) == 4 and named, "a row has four cells, the last with a test"
    for path in named:
        assert (REPOSITORY / path).exists(), path
        assert "def test_" in (REPOSITORY / path).read_text(encoding="utf-8"), path


@pytest.mark.parametrize("standard", WANTED)
def test_a_standard_is_not_on_the_page(standard: str) -> None:
    assert any(standard in title(row) for row in ROWS)


def test_a_folder_of_vectors_is_read_by_no_test(shared_vectors: Path) -> None:
    folders = {entry.name for entry in shared_vectors.iterdir() if entry.name != "README.md"}
    tests = [path for path in (REPOSITORY / "tests").rglob("*.py") if path != Path(__file__)]
    texts = [path.read_text(encoding="utf-8") for path in tests]
    reading = [text for text in texts if "shared_vectors" in text or 'shared_folder("vectors")' in text]
    assert {name for name in folders if not any(f'"{name}"' in text for text in reading)} == set()
