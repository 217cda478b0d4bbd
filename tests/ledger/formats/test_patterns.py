"""A kind's patterns are those of the page and no others, whatever the engine underneath would take."""

from typing import Any

import jsonschema_rs
import pytest

from ledger.formats import kind, patterns
from ledger.formats.errors import FormatError
from tests.conformance.patterns import MATCHING, NOT_MATCHING, REFUSED


def schema(pattern: str) -> jsonschema_rs.Draft202012Validator:
    made: dict[str, Any] = {"type": "string", "pattern": pattern}
    return kind.compile_schema(made)


@pytest.mark.parametrize("pattern", REFUSED)
def test_no_pattern(pattern: str):
    with pytest.raises(FormatError, match=r"kind\.malformed"):
        patterns.check(pattern)


@pytest.mark.parametrize(("pattern", "text"), MATCHING)
def test_what_matches(pattern: str, text: str):
    patterns.check(pattern)
    assert schema(pattern).is_valid(text)


@pytest.mark.parametrize(("pattern", "text"), NOT_MATCHING)
def test_what_does_not_match(pattern: str, text: str):
    patterns.check(pattern)
    assert not schema(pattern).is_valid(text)


@pytest.mark.parametrize("pattern", ["[a-z]{1000}", ".{2000}", "[^\\u0100-\\u0fff]{1000}", "(?:\\d|😀){500}"])
def test_the_heaviest_are_compiled(pattern: str):
    patterns.check(pattern)
    schema(pattern)


def test_a_weight_too_much():
    patterns.check("x{2000}")
    with pytest.raises(FormatError, match="more than 2000"):
        patterns.check("x{2000}y")
