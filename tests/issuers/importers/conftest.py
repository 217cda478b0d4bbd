"""Readers of files of one kind."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from issuers.importers import template
from issuers.importers.drafts import ParsedFile
from issuers.importers.reader import read_file
from ledger.formats import kind

Read = Callable[..., ParsedFile]


@pytest.fixture(scope="session")
def reader() -> Callable[[str], Read]:
    """``reader("transcript")(data, …)`` reads a file of that kind."""
    templates = kind.builtin_templates()

    def of(name: str) -> Read:
        parsed = template.parse(templates[name]["import"])
        schema = kind.parse(kind.instantiate(templates[name], "https://rollbook.test")).schema
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

        def read(data: bytes | str, **options: Any) -> ParsedFile:
            given = data.encode() if isinstance(data, str) else data
            return read_file(
                given, parsed, lambda s: [tuple(e.instance_path) for e in validator.iter_errors(s)], **options
            )

        return read

    return of


@pytest.fixture
def results(reader: Callable[[str], Read]) -> Read:
    """Reads files of results: one row for each record."""
    return reader("result")


@pytest.fixture
def transcripts(reader: Callable[[str], Read]) -> Read:
    """Reads files of transcripts: one row for each course."""
    return reader("transcript")
