"""Where fresher proofs are asked for comes from the pinned trust root alone."""

from typing import Any

import pytest

from api import fetch
from api.remote import RemoteEvidence, base_of, is_loopback
from ledger.formats import trustroot
from ledger.formats.errors import NotFoundError, UnavailableError
from tests.api.test_pins import document
from verifier.evidence import Absence

DIGEST = bytes(range(32))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What was fetched; `answer` in it decides on the answer."""
    seen: list[tuple[str, bool]] = []

    def get(url: str, *, loopback: bool) -> Any:
        seen.append((url, loopback))
        return answers.pop()

    monkeypatch.setattr(fetch, "get", get)
    return seen


answers: list[Any] = []


def evidence(origin: str = "a.example/log") -> RemoteEvidence:
    return RemoteEvidence(trustroot.parse(document(origin=origin)))


@pytest.mark.parametrize(
    ("origin", "url", "loopback"),
    [
        ("a.example/log", "https://a.example/v1/proofs/", False),
        ("a.example:8443/log", "https://a.example:8443/v1/proofs/", False),
        ("localhost:8000/log", "http://localhost:8000/v1/proofs/", True),
    ],
)
def test_the_log_of_the_trust_root_is_asked(asked: list[Any], origin: str, url: str, loopback: bool) -> None:
    answers.append(b'{"rollbook":"proof/1"}')
    assert evidence(origin).material(DIGEST) is not None
    assert asked == [(url + DIGEST.hex(), loopback)]


def test_an_origin_that_is_no_address_of_ours_is_not_asked(asked: list[Any]) -> None:
    assert evidence("other.example/another").material(DIGEST) is None and asked == []


@pytest.mark.parametrize(
    ("error", "absence"),
    [
        (NotFoundError("fetch.missing"), Absence.MISSING),
        (UnavailableError("fetch.timeout"), Absence.UNREACHABLE),
        (UnavailableError("fetch.address"), Absence.UNREACHABLE),
    ],
)
def test_why_there_is_no_answer_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, error: Exception, absence: Absence
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise error

    monkeypatch.setattr(fetch, "get", fail)
    assert evidence().material(DIGEST) is absence


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"rollbook":"bundle/1"}', b'{"rollbook":"proof/1","salt":"AA=="}']
)
def test_nonsense_counts_as_no_answer(asked: list[Any], data: bytes) -> None:
    answers.append(data)
    assert evidence().material(DIGEST) is Absence.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["//localhost.example", "//127.0.0.1.example", "//example.localhost.example", "//10.0.0.1", ""]
)
def test_other_hosts_are_not_this_machine(url: str) -> None:
    assert not is_loopback(url)


def test_this_machine_has_several_names() -> None:
    assert all(is_loopback(url) for url in ("//localhost:1", "//127.0.0.1", "//[::1]:5", "//a.localhost"))
    assert base_of("rollbook.example/log") == "https://rollbook.example"
