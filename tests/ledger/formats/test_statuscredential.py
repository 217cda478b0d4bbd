"""Status list credentials: one shape, read alike by log and verifier."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.formats import statuscredential, statuslist
from ledger.formats.errors import FormatError

URL, DID = "https://rollbook.test/status-lists/abc", "did:web:rollbook.test:schools:1"
BASE, V2 = "https://rollbook.test", "https://www.w3.org/ns/credentials/v2"
OLD = f"{BASE}/contexts/status/v0"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
MESSAGES = [{"status": "0x0", "message": "current"}, {"status": "0x1", "message": "superseded"}]
BITS = bytes([0x80]) + bytes(statuslist.MIN_BYTES - 1)


def _built(**changes: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "url": URL,
        "issuer": DID,
        "purpose": "revocation",
        "sequence": 3,
        "bits": BITS,
        "base": BASE,
        "valid_from": datetime(2026, 7, 1, tzinfo=UTC),
        "valid_until": datetime(2026, 8, 1, tzinfo=UTC),
    }
    return statuscredential.build(**{**options, **changes})


def test_what_is_built_is_read_back() -> None:
    found = statuscredential.parse(_built())
    assert (found.url, found.issuer, found.purpose, found.sequence) == (URL, DID, "revocation", 3)
    assert (found.valid_from, found.valid_until, found.bits) == (1782864000, 1785542400, BITS)


@pytest.mark.parametrize("purpose", ["revocation", "suspension", "message"])
@pytest.mark.parametrize("sequence", [1, 2**53 - 1])
def test_every_purpose_and_sequence_has_a_list(purpose: str, sequence: int) -> None:
    found = statuscredential.parse(_built(purpose=purpose, sequence=sequence) | {"proof": {}})
    assert (found.purpose, found.sequence) == (purpose, sequence)


@pytest.mark.parametrize("purpose", ["revocation", "message"])
@pytest.mark.parametrize("size", [{}, {"statusSize": 1}])
def test_a_list_of_the_older_form_is_read(purpose: str, size: dict[str, int]) -> None:
    made = _built(purpose=purpose) | {"@context": [V2, OLD], "proof": {"cryptosuite": "eddsa-jcs-2022"}}
    for name in ("statusSize", "statusMessages"):
        made["credentialSubject"].pop(name, None)
    made["credentialSubject"] |= size | {"sequence": made.pop("sequence")}
    assert statuscredential.parse(made).bits == BITS


@pytest.mark.parametrize("change", [{"sequence": 3}, {"sequence": 0}])
def test_an_older_list_has_its_sequence_in_the_subject_alone(change: dict[str, int]) -> None:
    made = _built() | {"@context": [V2, OLD], "proof": {"cryptosuite": "eddsa-jcs-2022"}}
    with pytest.raises(FormatError) as caught:
        statuscredential.parse(made)
    assert caught.value.code == "status.malformed"
    made["credentialSubject"]["sequence"] = made.pop("sequence")
    assert statuscredential.parse(made).sequence == 3
    with pytest.raises(FormatError):
        statuscredential.parse(made | change)


def test_the_subject_has_what_the_standard_has_there() -> None:
    assert _built()["credentialSubject"].keys() == {"id", "type", "statusPurpose", "encodedList"}


def test_only_a_list_for_messages_has_words_of_messages() -> None:
    words = {purpose: _built(purpose=purpose)["@context"][1].keys() for purpose in ("suspension", "message")}
    assert words == {"suspension": {"sequence"}, "message": {"sequence", "statusSize", "statusMessages"}}
    assert "statusSize" not in _built()["credentialSubject"]


def _subject(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda made: made["credentialSubject"].update(changes)


def _own(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda made: made["@context"][1].update(changes)


def _whole(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda made: made.update(changes)


@pytest.mark.parametrize(
    "change",
    [
        *[lambda made, name=name: made.pop(name) for name in _built()],
        *[lambda made, name=name: made["credentialSubject"].pop(name) for name in _built()["credentialSubject"]],
        _whole(name="a member that lists do not have"),
        _whole(credentialStatus=[]),
        _whole(**{"@context": OLD}),
        _whole(**{"@context": [OLD, V2]}),
        _whole(**{"@context": [V2]}),
        _whole(**{"@context": [V2, {}]}),
        _whole(**{"@context": [V2, None]}),
        _whole(**{"@context": [V2, OLD, OLD]}),
        _whole(**{"@context": [*_built()["@context"], OLD]}),
        _whole(**{"@context": _built(purpose="message")["@context"]}),
        _own(sequence=f"{BASE}/vocab#sequence"),
        _own(sequence=None),
        _own(sequence={"@id": f"{BASE}/vocab#sequence"}),
        _own(sequence={"@id": f"{BASE}/vocab#number", "@type": INTEGER}),
        _own(sequence={"@id": "urn:x:/vocab#sequence", "@type": INTEGER}),
        _own(sequence={"@id": "https://a b/vocab#sequence", "@type": INTEGER}),
        _own(sequence={"@id": f"{BASE}/{'x' * 2000}/vocab#sequence", "@type": INTEGER}),
        _own(sequence={"@id": f"{BASE}/vocab#sequence", "@type": INTEGER, "@protected": True}),
        _own(more=f"{BASE}/vocab#more"),
        _own(encodedList=f"{BASE}/vocab#sequence"),
        _whole(proof=[{}]),
        _whole(proof=None),
        _whole(proof={"domain": "elsewhere.test"}),
        _whole(type="BitstringStatusListCredential"),
        _whole(type=["BitstringStatusListCredential", "VerifiableCredential"]),
        _whole(type=["VerifiableCredential"]),
        _whole(id=""),
        _whole(id=1),
        _whole(id="x" * 2001),
        _whole(issuer={"id": DID}),
        _whole(validFrom="2026-07-01T00:00:00+08:00"),
        _whole(validFrom=1782864000),
        _whole(validFrom="2026-08-02T00:00:00Z"),
        _whole(validUntil="never"),
        _whole(validUntil="2026-06-30T00:00:00Z"),
        _whole(credentialSubject=[]),
        _subject(extra=1),
        _subject(sequence=3),
        lambda made: made["credentialSubject"].update(sequence=made.pop("sequence")),
        _subject(id=None),
        _subject(type="StatusList2021"),
        _subject(statusPurpose="refresh"),
        _subject(statusPurpose=["revocation"]),
        _subject(statusSize=1),
        _subject(statusMessages=MESSAGES),
        _whole(sequence=0),
        _whole(sequence=-1),
        _whole(sequence=True),
        _whole(sequence="3"),
        _whole(sequence=3.0),
        _whole(sequence=2**53),
        _subject(encodedList=b"u"),
        _subject(encodedList="z" + _built()["credentialSubject"]["encodedList"][1:]),
        _subject(encodedList="u"),
    ],
)
def test_every_other_shape_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    made = _built()
    change(made)
    with pytest.raises(FormatError) as caught:
        statuscredential.parse(made)
    assert caught.value.code == "status.malformed"


@pytest.mark.parametrize(
    "change",
    [
        *[_subject(statusSize=value) for value in (0, 2, True, "1", None)],
        *[
            _subject(statusMessages=value)
            for value in ([], None, MESSAGES[:1], MESSAGES[::-1], [*MESSAGES, MESSAGES[0]])
        ],
        _subject(statusMessages=[MESSAGES[0], {"status": "0x1", "message": "current"}]),
        lambda made: made["credentialSubject"].pop("statusSize"),
        lambda made: made["credentialSubject"].pop("statusMessages"),
        lambda made: made["@context"][1].pop("statusMessages"),
        _own(statusSize={"@id": "https://www.w3.org/ns/credentials/status#statusSize"}),
        _whole(**{"@context": _built()["@context"]}),
        _whole(**{"@context": [V2, OLD]}),
    ],
)
def test_a_list_for_messages_with_others_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    made = _built(purpose="message")
    change(made)
    with pytest.raises(FormatError) as caught:
        statuscredential.parse(made)
    assert caught.value.code == "status.malformed"


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_what_is_no_object_is_no_list(value: object) -> None:
    with pytest.raises(FormatError) as caught:
        statuscredential.parse(value)
    assert caught.value.code == "status.malformed"


def test_a_list_that_expands_without_end_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        _built(bits=bytes(2**20 + 1))
    assert caught.value.code == "status.too_large"


@pytest.mark.parametrize("changes", [{"sequence": 0}, {"purpose": "refresh"}, {"bits": bytes(100)}, {"url": ""}])
def test_no_list_is_built_that_would_not_be_read(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as caught:
        _built(**changes)
    assert caught.value.code == "status.malformed"
