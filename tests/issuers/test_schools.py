"""Schools, authorities, their signing keys and API keys."""

import re

import pytest
from sqlalchemy import Engine, select

from issuers.tables import ApiKeyRow
from ledger.formats import canonical, keys, p256, publickeys
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError, NotFoundError
from ledger.formats.profile import parse
from ledger.log.tables import table_of
from ledger.log.transactions import reading
from tests.support.issuers import Deployment

ONE = "did:web:rollbook.test%3A8000:schools:3501990001"


@pytest.fixture
def deployment(sqlite_engine: Engine) -> Deployment:
    """Most rules here are the same on every database; the first test goes through each."""
    return Deployment(sqlite_engine)


def test_each_database_keeps_schools_and_keys(engine: Engine) -> None:
    first, again = Deployment(engine), Deployment(engine)
    token = first.api_keys.create(ONE, "registrar")
    key = first.schools.activate_key(ONE, first.schools.add_key(ONE).multikey)
    assert again.schools.all() == first.schools.all()
    assert again.schools.signing_keys(ONE)[-1] == key
    assert again.api_keys.authenticate(token).issuer == ONE


def test_a_school_has_the_did_of_its_host_and_code(deployment: Deployment) -> None:
    school = deployment.schools.by_code("3501990001")
    assert school.did == ONE
    assert school.parent == "did:web:rollbook.test%3A8000"
    assert school == deployment.schools.get(ONE)


def test_a_profile_is_the_registered_one(deployment: Deployment) -> None:
    school = deployment.schools.get(ONE)
    assert school.profile == {
        "did": ONE,
        "code": "3501990001",
        "name": {"en": "One", "zh": "第一中学"},
        "role": "issuer",
    }
    assert parse(school.profile).member == school.member_id
    assert canonical.dumps(school.profile)


def test_a_lower_authority_has_a_did_of_its_own(deployment: Deployment) -> None:
    root = deployment.schools.by_code("35")
    city = deployment.schools.create_authority("3501", "Fuzhou", "福州市教育局", root.did)
    assert city.did == "did:web:rollbook.test%3A8000:authorities:3501"
    assert city.role == "authority" and city.parent == root.did


def test_the_same_school_again_is_the_same(deployment: Deployment) -> None:
    school = deployment.schools.get(ONE)
    assert school.parent is not None
    assert deployment.schools.create_school("3501990001", "One", "第一中学", school.parent) == school
    assert [key.curve for key in deployment.schools.signing_keys(ONE)] == ["ed25519", "p256"]


@pytest.mark.parametrize("names", [("Two", "第一中学"), ("One", "清华大学")])
def test_another_school_of_the_same_code_is_refused(deployment: Deployment, names: tuple[str, str]) -> None:
    root = deployment.schools.by_code("35").did
    with pytest.raises(ConflictError) as caught:
        deployment.schools.create_school("3501990001", *names, root)
    assert caught.value.code == "school.conflict"


def test_an_authority_does_not_take_a_schools_code(deployment: Deployment) -> None:
    with pytest.raises(ConflictError):
        deployment.schools.create_authority("3501990001", "A", "甲", deployment.schools.by_code("35").did)


@pytest.mark.parametrize("code", ["", "35 01", "../etc", "a/b", "学校", "3" * 33, ".hidden", "a:b"])
def test_a_code_that_fits_no_did_is_refused(deployment: Deployment, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        deployment.schools.create_school(code, "A", "甲", deployment.schools.by_code("35").did)
    assert caught.value.code == "school.code"


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines", "\u202eeno"])
def test_a_name_that_deceives_is_refused(deployment: Deployment, name: str) -> None:
    with pytest.raises(FormatError):
        deployment.schools.create_school("3599", name, "甲", deployment.schools.by_code("35").did)


def test_a_school_accredits_nobody(deployment: Deployment) -> None:
    with pytest.raises(FormatError) as caught:
        deployment.schools.create_school("3599", "A", "甲", ONE)
    assert caught.value.code == "school.parent"


def test_an_unknown_parent_is_not_found(deployment: Deployment) -> None:
    with pytest.raises(NotFoundError) as caught:
        deployment.schools.create_school("3599", "A", "甲", "did:web:elsewhere.test")
    assert caught.value.code == "school.unknown"


def test_an_unknown_school_is_not_found(deployment: Deployment) -> None:
    for look in (deployment.schools.get, deployment.schools.by_code):
        with pytest.raises(NotFoundError):
            look("nowhere")


def test_members_are_listed_by_role_and_page(deployment: Deployment) -> None:
    first, second, third = deployment.schools.all()
    assert [first.role, second.role, third.role] == ["authority", "issuer", "issuer"]
    assert deployment.schools.all("issuer", limit=1) == [second]
    assert deployment.schools.all("issuer", after=second.id) == [third]


def test_a_new_school_can_sign(deployment: Deployment) -> None:
    key, pair = deployment.schools.signing_key(ONE)
    assert key.verification_method == f"{ONE}#{pair.multikey}"
    assert keys.verify(key.public_key, b"m", keys.sign(pair.secret, b"m"))


def test_a_school_has_a_p256_key_for_jwts(deployment: Deployment) -> None:
    schools = deployment.schools
    key, pair = schools.jose_key(ONE)
    assert key.verification_method == f"{ONE}#{pair.multikey}" and key.public_key == b"\x80\x24" + pair.public
    assert publickeys.verify(key.public_key, b"m", p256.sign(pair.secret, b"m"))
    assert publickeys.verify(key.public_key, b"possession", schools.prove(key, b"possession"))
    other, _ = schools.signing_key(ONE)
    assert other.curve == "ed25519" and publickeys.verify(other.public_key, b"m", schools.prove(other, b"m"))


def test_keys_of_one_curve_do_not_stand_in_for_the_other(deployment: Deployment) -> None:
    schools = deployment.schools
    old, _ = schools.jose_key(ONE)
    deployment.clock.forward(seconds=1)
    further = schools.activate_key(ONE, schools.add_key(ONE, "p256").multikey)
    assert schools.jose_key(ONE)[0] == further and schools.signing_key(ONE)[0].curve == "ed25519"
    for key in (old, further):
        schools.retire_key(ONE, key.multikey)
    with pytest.raises(NotFoundError) as caught:
        schools.jose_key(ONE)
    assert caught.value.code == "school.no_key"
    assert schools.signing_key(ONE)


def test_schools_have_different_keys(deployment: Deployment) -> None:
    one, two = (deployment.schools.signing_keys(caller.issuer or "") for caller in (deployment.one, deployment.two))
    assert len({key.multikey for key in one + two}) == 4


def test_a_further_key_signs_only_once_it_is_activated(deployment: Deployment) -> None:
    schools = deployment.schools
    old, _ = schools.signing_key(ONE)
    new = schools.add_key(ONE)
    assert new.activated_at is None
    assert schools.signing_key(ONE)[0].multikey == old.multikey
    assert schools.key_pair(new).multikey == new.multikey
    deployment.clock.forward(seconds=1)
    schools.activate_key(ONE, new.multikey)
    assert schools.signing_key(ONE)[0].multikey == new.multikey


def test_a_retired_key_signs_no_more(deployment: Deployment) -> None:
    schools = deployment.schools
    old, _ = schools.signing_key(ONE)
    retired = schools.retire_key(ONE, old.multikey)
    deployment.clock.forward(days=1)
    assert schools.retire_key(ONE, old.multikey).retired_at == retired.retired_at
    with pytest.raises(NotFoundError) as caught:
        schools.signing_key(ONE)
    assert caught.value.code == "school.no_key"


def test_one_schools_key_is_not_anothers_to_retire(deployment: Deployment) -> None:
    key, _ = deployment.schools.signing_key(ONE)
    with pytest.raises(NotFoundError):
        deployment.schools.retire_key(deployment.two.issuer or "", key.multikey)
    assert deployment.schools.signing_key(ONE)[0].retired_at is None


def test_each_member_has_one_controller_secret(deployment: Deployment) -> None:
    schools = deployment.schools
    secrets = {member.did: schools.controller_secret(member.did) for member in schools.all()}
    assert len(set(secrets.values())) == 3 and all(len(secret) == 32 for secret in secrets.values())
    assert schools.controller_secret(ONE) == secrets[ONE]
    with pytest.raises(NotFoundError):
        schools.controller_secret("did:web:elsewhere.test")


def test_an_api_key_speaks_for_its_school(deployment: Deployment) -> None:
    token = deployment.api_keys.create(ONE, "registrar")
    assert re.fullmatch(r"rb_[a-z2-7]{12}_[A-Za-z0-9_-]{43}", token)
    assert deployment.api_keys.authenticate(token).issuer == ONE


def test_an_api_key_is_stored_as_a_hash_only(deployment: Deployment) -> None:
    token = deployment.api_keys.create(ONE, "registrar")
    with reading(deployment.engine) as connection:
        row = connection.execute(select(table_of(ApiKeyRow))).one()
    secret = token.split("_", 2)[2]
    assert all(secret not in str(value) and secret.encode() not in bytes(str(value), "utf-8") for value in row)
    assert token not in str(deployment.api_keys.of_school(ONE))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.upper(),
        lambda token: "rb_" + "a" * 12 + token[15:],
        lambda token: f"Bearer {token}",
        lambda token: token.replace("rb_", "rb-"),
    ],
)
def test_anything_but_the_whole_key_is_refused(deployment: Deployment, spoil) -> None:
    token = deployment.api_keys.create(ONE, "registrar")
    with pytest.raises(NotAllowedError) as caught:
        deployment.api_keys.authenticate(spoil(token))
    assert caught.value.code == "api_key.invalid"


def test_a_revoked_key_is_refused_for_good(deployment: Deployment) -> None:
    token = deployment.api_keys.create(ONE, "registrar")
    (key,) = deployment.api_keys.of_school(ONE)
    deployment.api_keys.revoke(ONE, key.prefix)
    deployment.api_keys.revoke(ONE, key.prefix)
    with pytest.raises(NotAllowedError):
        deployment.api_keys.authenticate(token)


def test_another_schools_key_can_neither_be_seen_nor_revoked(deployment: Deployment) -> None:
    token = deployment.api_keys.create(ONE, "registrar")
    (key,) = deployment.api_keys.of_school(ONE)
    two = deployment.two.issuer or ""
    assert deployment.api_keys.of_school(two) == []
    with pytest.raises(NotFoundError):
        deployment.api_keys.revoke(two, key.prefix)
    assert deployment.api_keys.authenticate(token).issuer == ONE


@pytest.mark.parametrize("did", ["did:web:elsewhere.test", "did:web:rollbook.test%3A8000"])
def test_only_a_school_has_api_keys(deployment: Deployment, did: str) -> None:
    with pytest.raises(NotFoundError):
        deployment.api_keys.create(did, "registrar")
