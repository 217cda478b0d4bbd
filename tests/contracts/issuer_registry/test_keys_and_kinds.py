"""Keys and kinds in IssuerRegistry: their forms, and the order of their acts."""

import hashlib

from ledger.formats.registry import key_id
from tests.contracts.issuer_registry.deployed import (
    KEY,
    POSSESSION,
    PROFILE,
    PROVINCE,
    PUBLIC,
    SCHOOL,
    Registry,
)

# Keys


def test_a_key_id_that_is_not_its_keys(registry: Registry) -> None:
    bare = hashlib.sha256(PUBLIC).digest()
    for wrong in (b"\1" * 32, bytes(32), bare, key_id(b"\1" * 32)):
        call = registry.client.add_key(SCHOOL, wrong, 1, PUBLIC, POSSESSION)
        assert registry.refused(call, registry.school) == "bad key id"


def test_a_p256_key_is_added_like_any_other(registry: Registry) -> None:
    public = b"\x80\x24\x02" + b"\7" * 32
    registry.do(registry.add_key(SCHOOL, public), signer=registry.school)
    assert registry.client.key(SCHOOL, hashlib.sha256(public).digest()) is not None
    other = registry.client.add_key(SCHOOL, KEY, 1, public, POSSESSION)
    assert registry.refused(other, registry.school) == "bad key id"


def test_custody_and_possession_have_their_form(registry: Registry) -> None:
    for custody in (0, 3, 255):
        call = registry.client.add_key(SCHOOL, KEY, custody, PUBLIC, POSSESSION)
        assert registry.refused(call, registry.school) == "bad custody"
    for size in (0, 63):
        call = registry.client.add_key(SCHOOL, KEY, 1, PUBLIC, b"\1" * size)
        assert registry.refused(call, registry.school) == "bad possession"
    registry.refused(registry.client.add_key(SCHOOL, KEY, 1, PUBLIC, b"\1" * 65), registry.school)


def test_a_key_is_added_once_and_never_again(registry: Registry) -> None:
    registry.do(registry.add_key(), signer=registry.school)
    assert registry.refused(registry.add_key(), registry.school) == "key exists"
    registry.do(registry.client.retire_key(SCHOOL, KEY), signer=registry.school)
    assert registry.refused(registry.add_key(), registry.province) == "key exists"


def test_a_member_cannot_keep_another_from_its_key(registry: Registry) -> None:
    registry.do(registry.add_key(PROVINCE), signer=registry.province)
    registry.do(registry.add_key(SCHOOL), signer=registry.school)
    assert registry.client.key(PROVINCE, KEY) is not None and registry.client.key(SCHOOL, KEY) is not None


def test_keys_that_are_not_there(registry: Registry) -> None:
    assert registry.refused(registry.client.retire_key(SCHOOL, KEY), registry.school) == "no such key"
    assert registry.refused(registry.client.compromise_key(SCHOOL, KEY, 1), registry.province) == "no such key"
    registry.do(registry.add_key(PROVINCE), signer=registry.province)
    assert registry.refused(registry.client.retire_key(SCHOOL, KEY), registry.school) == "no such key"
    assert registry.client.key(SCHOOL, KEY) is None


def test_a_key_retires_once(registry: Registry) -> None:
    registry.do(registry.add_key(), signer=registry.school)
    registry.do(registry.client.retire_key(SCHOOL, KEY), signer=registry.school)
    assert registry.refused(registry.client.retire_key(SCHOOL, KEY), registry.province) == "already retired"


def test_a_compromise_moves_earlier_only(registry: Registry) -> None:
    client, province = registry.client, registry.province
    registry.do(registry.add_key(), signer=registry.school)
    since = registry.now()
    for wrong in (0, since + 3_600, 1 << 48, (1 << 256) - 1):
        assert registry.refused(client.compromise_key(SCHOOL, KEY, wrong), province) == "bad time"
    registry.do(client.compromise_key(SCHOOL, KEY, since), signer=province)
    for later in (since, since + 1):
        registry.clock.sleep(5)
        assert registry.refused(client.compromise_key(SCHOOL, KEY, later), province) == "not earlier"
    registry.do(client.compromise_key(SCHOOL, KEY, since - 100), signer=province)
    found = client.key(SCHOOL, KEY)
    assert found is not None and found.compromised_since == since - 100
    assert registry.refused(client.compromise_key(SCHOOL, KEY, since - 99), province) == "not earlier"


# Kinds


def test_kind_versions_follow_each_other(registry: Registry) -> None:
    client, root = registry.client, registry.root
    assert registry.refused(client.register_kind(63, 0, PROFILE), root) == "bad number"
    assert registry.refused(client.register_kind(1 << 255, 0, PROFILE), root) == "bad number"
    assert registry.refused(client.register_kind(5, 1, PROFILE), root) == "version skipped"
    assert registry.refused(client.register_kind(5, (1 << 256) - 1, PROFILE), root) == "version skipped"
    assert registry.refused(client.register_kind(5, 0, bytes(32)), root) == "zero definition"
    registry.do(client.register_kind(5, 0, b"\x50" * 32))
    for definition in (b"\x50" * 32, b"\x51" * 32):
        assert registry.refused(client.register_kind(5, 0, definition), root) == "already registered"
    registry.do(client.register_kind(5, 1, b"\x51" * 32), client.register_kind(62, 0, b"\x52" * 32))
    assert [client.kind(5, version) for version in range(3)] == [b"\x50" * 32, b"\x51" * 32, None]
    assert client.kind(62, 0) == b"\x52" * 32 and client.kind(4, 0) is None
