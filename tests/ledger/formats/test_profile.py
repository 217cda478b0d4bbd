"""Profiles: exactly four members, whose hash the registry holds."""

import hashlib
from typing import Any

import pytest
import rfc8785

from ledger.formats import profile
from ledger.formats.errors import FormatError

GOOD: dict[str, Any] = {
    "did": "did:web:rollbook.test:schools:350206001",
    "code": "350206001",
    "name": {"en": "No. 1 School", "zh": "第一中学"},
    "role": "issuer",
}


def test_hash_and_member_id():
    made = profile.parse(GOOD)
    assert made.hash == hashlib.sha256(rfc8785.dumps(GOOD)).digest()
    assert made.member == hashlib.sha256(GOOD["did"].encode()).digest()
    assert profile.build(GOOD["did"], GOOD["code"], GOOD["name"], "issuer") == GOOD


@pytest.mark.parametrize("value", [None, [], "x", {}, GOOD | {"address": "x"}])
def test_no_profile(value):
    with pytest.raises(FormatError, match=r"profile.malformed"):
        profile.parse(value)


@pytest.mark.parametrize("member", sorted(GOOD))
def test_a_missing_member(member):
    with pytest.raises(FormatError, match=r"profile.malformed"):
        profile.parse({name: value for name, value in GOOD.items() if name != member})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("did", "https://rollbook.test"),
        ("did", "did:"),
        ("did", "did:web:" + "x" * 600),
        ("did", 1),
        ("code", "35 02"),
        ("code", "三五"),
        ("code", "x" * 33),
        ("code", 350206),
        ("name", "No. 1 School"),
        ("name", {"en": "x"}),
        ("name", {"en": "x", "zh": ""}),
        ("name", {"en": "x", "zh": "x" * 201}),
        ("name", {"en": "x", "zh": "x", "??": "x"}),
        ("name", {"en": "x", "zh": 1}),
        ("role", "school"),
        ("role", ["issuer"]),
        ("role", None),
    ],
)
def test_a_member_of_another_form(member, value):
    with pytest.raises(FormatError, match=r"profile.malformed"):
        profile.parse(GOOD | {member: value})
