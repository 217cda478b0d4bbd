"""What is signed of a record in tokens; types of kinds; kinds as they read a record in part."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.formats import canonical, enveloped, joseform, jws, keys, p256, publickeys, vct
from ledger.formats import kind as kinds
from ledger.formats.did import build_did_key
from ledger.formats.errors import FormatError
from ledger.formats.joseform import Disclosable, JoseKey
from ledger.formats.kind_part import part_of
from tests.support.kinds import transcript_definition
from tests.worlds.tokens import salts, subject

KIND = kinds.parse(transcript_definition())
PAIR = p256.generate(b"\6" * 32)
KEY = JoseKey(f"did:web:a.test#{PAIR.multikey}", PAIR.secret)
AT = datetime(2026, 7, 1, tzinfo=UTC)
HOLDER = keys.generate(b"\7" * 32)
CREDENTIAL: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", KIND.context_url],
    "id": "urn:uuid:00000000-0000-4000-8000-000000000000",
    "type": ["VerifiableCredential", KIND.type],
    "issuer": "did:web:a.test",
    "validFrom": "2026-06-30T00:00:00Z",
    "validUntil": "2030-01-01T00:00:00Z",
    "credentialSubject": subject() | {"id": build_did_key(HOLDER.public)},
}
REGISTERED = {"iss": "did:web:a.test", "iat": 1782864000, "exp": 1893456000}


def sd_jwt(**more):
    return joseform.sign_sd_jwt(CREDENTIAL, KIND, KEY, AT, salts=salts("s"), **more)


def test_the_two_shapes_of_a_jwt():
    first = jws.parse(joseform.sign_jwt(CREDENTIAL, KEY, AT))
    assert first.header == {"alg": "ES256", "typ": "vc+jwt", "kid": KEY.method}
    assert first.payload == CREDENTIAL | REGISTERED
    second = jws.parse(joseform.sign_vc_claim(CREDENTIAL, KEY, AT))
    assert second.header["typ"] == "JWT"
    assert second.payload == REGISTERED | {
        "nbf": 1782777600,
        "jti": CREDENTIAL["id"],
        "sub": CREDENTIAL["credentialSubject"]["id"],
        "vc": CREDENTIAL,
    }


def test_an_sd_jwt_and_what_it_hides():
    made = sd_jwt()
    token = jws.parse(made.token)
    assert token.header == {"alg": "ES256", "typ": "dc+sd-jwt", "kid": KEY.method}
    plain = {"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject"}
    claims = {"iss", "iat", "nbf", "exp", "vct", "vct#integrity", "cnf", "_sd_alg"}
    assert token.payload.keys() == plain | claims
    assert token.payload["cnf"] == {"jwk": publickeys.to_jwk(HOLDER.public)}
    assert "高等数学" not in canonical.dumps(token.payload).decode()
    assert enveloped.open_sd_jwt(made.text).credential == CREDENTIAL


def test_a_wallets_key_goes_before_the_subjects():
    wallet = b"\x80\x24" + p256.generate(b"\x08" * 32).public
    assert jws.parse(sd_jwt(holder=wallet).token).payload["cnf"] == {"jwk": publickeys.to_jwk(wallet)}


@pytest.mark.parametrize(
    ("pointers", "places"),
    [
        (None, 3),
        ((), 0),
        (("/name",), 1),
        (("/*",), 3),
        (("/transcript/courses/*/mark",), 3),
        (("/transcript/courses/*", "/transcript/courses/0"), 3),
        (("/transcript/courses/*", "/transcript/courses/*/*"), 3 + 15),
    ],
)
def test_what_may_be_kept_back(pointers, places):
    if pointers == ("/*",):  # the id is among them
        with pytest.raises(FormatError):
            sd_jwt(disclosable=Disclosable(pointers))
        return
    assert len(sd_jwt(disclosable=Disclosable(pointers)).disclosures) == places


@pytest.mark.parametrize(
    "pointer", ["", "name", "/id", "/nothing", "/transcript/courses/9", "/transcript/courses/x", "/~2"]
)
def test_pointers_to_nothing(pointer):
    for wanted in (Disclosable((pointer,)), Disclosable(mandatory=(pointer,))):
        with pytest.raises(FormatError):
            sd_jwt(disclosable=wanted)


def test_what_must_be_shown_may_be_kept_back_in_form():
    made = sd_jwt(disclosable=Disclosable((), ("/name", "/transcript/courses/1")))
    listed = jws.parse(made.token).payload["requiredDisclosures"]
    assert listed == sorted(one.digest for one in made.disclosures.values()) and len(listed) == 2


def test_decoys_where_they_are_asked_for():
    place = ("credentialSubject", "transcript", "courses")
    made = sd_jwt(decoys={place: 5})
    courses = jws.parse(made.token).payload["credentialSubject"]["transcript"]["courses"]
    assert len(courses) == 8 and [set(one) for one in courses] == [{"..."}] * 8
    secured = enveloped.open_sd_jwt(made.text).secured
    assert secured is not None and secured.revealed is not None and secured.revealed.withheld == {place: 5}


# Types of kinds


def test_the_type_follows_from_the_kind_alone():
    shuffled = kinds.parse({name: KIND.definition[name] for name in sorted(KIND.definition, reverse=True)})
    reread = canonical.loads(canonical.dumps(KIND.definition))
    for other in (shuffled, kinds.parse(reread)):
        assert (vct.vct(other), vct.integrity(other)) == (vct.vct(KIND), vct.integrity(KIND))
    assert vct.vct(KIND) == KIND.context_url + "/vct"


def test_type_metadata():
    found = vct.metadata(KIND)
    assert found["display"] == [{"locale": "en", "name": "Transcript"}, {"locale": "zh", "name": "成绩单"}]
    paths = [tuple(claim["path"]) for claim in found["claims"]]
    assert ("credentialSubject", "transcript", "courses", None, "mark") in paths
    assert paths == sorted(paths, key=lambda path: [step or "" for step in path]) and len(set(paths)) == len(paths)
    assert all(claim["display"] for claim in found["claims"])


def test_another_label_is_another_type():
    definition = transcript_definition()
    definition["terms"]["mark"]["zh"] = "分数"
    assert vct.integrity(kinds.parse(definition)) != vct.integrity(KIND)


# A kind in part


def part(schema):
    definition = transcript_definition()
    definition["schema"]["properties"]["transcript"]["properties"]["courses"] |= schema
    return part_of(kinds.parse(definition))


def test_in_part_nothing_need_be_there_but_the_record_itself():
    reading = part_of(KIND)
    value: dict[str, Any]
    for value in ({"transcript": {}}, {"transcript": {"courses": []}}, {"transcript": {"courses": [{"code": "A"}]}}):
        reading.validate(value)
        with pytest.raises(FormatError):
            KIND.validate(value)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"name": "A"},
        {"transcript": {"honours": 1}},
        {"transcript": {"courses": [{"honours": 1}]}},
        {"transcript": {"courses": [{"code": 7}]}},
        {"transcript": {"courses": "all"}},
        {"transcript": {}, "name": ""},
        {"transcript": {}, "id": "nobody"},
    ],
)
def test_in_part_nothing_else_may_be_there(value):
    with pytest.raises(FormatError):
        part_of(KIND).validate(value)


def test_least_numbers_do_not_count_and_greatest_do():
    reading = part({"minItems": 3, "maxItems": 4})
    reading.validate({"transcript": {"courses": [{"code": "A"}]}})
    with pytest.raises(FormatError):
        reading.validate({"transcript": {"courses": [{"code": "A"}] * 5}})


def test_elements_move_forward():
    first = {"type": "object", "additionalProperties": False, "properties": {"term": {"const": "1"}}}
    reading = part({"prefixItems": [first]})
    reading.validate({"transcript": {"courses": [{"code": "B"}, {"term": "1"}]}})
    with pytest.raises(FormatError):
        reading.validate({"transcript": {"courses": [{"grade": "B"}]}})


def test_of_several_branches_any_may_be_meant():
    branches = [
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["code"],
            "properties": {"code": {"type": "string"}},
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "term"],
            "properties": {"code": {"type": "string"}, "term": {"type": "string"}},
        },
    ]
    reading = part({"items": {"oneOf": branches}})
    reading.validate({"transcript": {"courses": [{"code": "A"}, {"term": "1"}]}})
    with pytest.raises(FormatError):
        reading.validate({"transcript": {"courses": [{"mark": 1}]}})


def test_the_kind_itself_stays_as_it_was():
    part_of(KIND)
    assert KIND.schema["required"] == ["name", "identifier", "transcript"]
    assert part_of(KIND).hash == KIND.hash
