"""Credentials inside of tokens: one meaning, whatever the token says twice."""

from typing import Any

import pytest

from ledger.formats import enveloped, envelopes, jws, p256
from ledger.formats.did import build_did_key
from ledger.formats.errors import FormatError

PAIR = p256.generate(b"\5" * 32)
DID = build_did_key(b"\x80\x24" + PAIR.public)
V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
OLD = {
    "@context": [V1],
    "id": "urn:a:1",
    "type": ["VerifiableCredential"],
    "issuer": {"id": DID, "name": "One"},
    "issuanceDate": "2020-01-01T00:00:00.9Z",
    "expirationDate": "2030-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:a:b", "x": 1},
}
CLAIMS = {"iss": DID, "jti": "urn:a:1", "sub": "did:a:b", "nbf": 1577836800, "exp": 1893456000}


def token(payload: dict[str, Any], **header: Any) -> str:
    return jws.sign(header, payload, PAIR.secret)


def code_of(text: Any, opened=enveloped.open_text) -> str:
    with pytest.raises(FormatError) as caught:
        opened(text)
    return caught.value.code


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in names}


def test_the_claims_fill_in_what_is_not_inside():
    inner = without(OLD, "id", "issuer", "issuanceDate", "expirationDate") | {"credentialSubject": {"x": 1}}
    given = enveloped.open_jwt(token(CLAIMS | {"vc": inner}))
    assert given.credential == OLD | {"issuer": DID, "issuanceDate": "2020-01-01T00:00:00Z"}
    assert given.issuer == DID


def test_what_is_inside_stays_where_the_claims_say_the_same():
    assert enveloped.open_jwt(token(CLAIMS | {"vc": OLD})).credential == OLD
    modern = without(OLD, "issuanceDate", "expirationDate") | {
        "@context": [V2],
        "validFrom": "2020-01-01T00:00:00Z",
        "validUntil": "2030-01-01T00:00:00Z",
    }
    assert enveloped.open_jwt(token(CLAIMS | {"vc": modern})).credential == modern


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "did:a:c"},
        {"iss": None},
        {"jti": "urn:a:2"},
        {"sub": "did:a:c"},
        {"nbf": 1577836801},
        {"exp": 1893455999},
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_a_contradiction(claims, inside):
    payload = {"vc": OLD} if inside else OLD
    if inside or not claims.keys() & {"nbf", "exp"}:
        assert code_of(token(CLAIMS | payload | claims)) == "document.payload_mismatch"
    else:  # of a credential that is the payload they are the signature's own period
        assert enveloped.open_jwt(token(CLAIMS | payload | claims)).credential == OLD


@pytest.mark.parametrize("value", ["now", True, -1, 1e300, [1], None])
@pytest.mark.parametrize("name", ["nbf", "exp"])
def test_times_that_are_none(name, value):
    assert code_of(token(CLAIMS | {"vc": OLD} | {name: value})) == "document.malformed"


@pytest.mark.parametrize(
    ("payload", "header"),
    [
        ({"vc": "x"}, {}),
        ({"vc": []}, {}),
        ({"vc": OLD}, {"typ": "vc+jwt"}),
        ({"vp": "x"}, {}),
        ({"vp": {}}, {}),
        ({"vp": {"verifiableCredential": [OLD, OLD]}}, {}),
        ({"vp": {"verifiableCredential": [7]}}, {}),
        ({"vp": {"verifiableCredential": ["x"]}}, {}),
    ],
)
def test_claims_that_hold_no_credential(payload, header):
    assert code_of(token(payload, **header)) == "document.malformed"


def test_a_null_is_no_claim_vc():
    assert "vc" in enveloped.open_jwt(token(OLD | {"vc": None})).credential


@pytest.mark.parametrize(
    ("kid", "method"),
    [
        (f"{DID}#{PAIR.multikey}", f"{DID}#{PAIR.multikey}"),
        (f"#{PAIR.multikey}", f"{DID}#{PAIR.multikey}"),
        (DID, f"{DID}#{PAIR.multikey}"),
        (..., f"{DID}#{PAIR.multikey}"),
        (None, None),
        (7, None),
        ("key-1", "key-1"),
        ("did:web:a.test", "did:web:a.test"),
    ],
)
def test_the_key_that_a_header_names(kid, method):
    header = {} if kid is ... else {"kid": kid}
    secured = enveloped.open_jwt(token(OLD, **header)).secured
    assert secured is not None and secured.method == method


def test_without_a_key_only_a_did_key_names_its_own():
    secured = enveloped.open_jwt(token({"iss": "did:web:a.test", "vc": without(OLD, "issuer")})).secured
    assert secured is not None and secured.method is None


def test_an_sd_jwt_vc_of_plain_claims():
    claims = {"iss": DID, "vct": "https://a.test", "nbf": 0, "exp": 10, "sub": "did:a:b", "name": "A", "iat": 5}
    given = enveloped.open_sd_jwt(token(claims) + "~")
    assert given.secured is not None and given.secured.plain
    assert given.credential == {
        "type": ["https://a.test"],
        "issuer": DID,
        "validFrom": "1970-01-01T00:00:00Z",
        "validUntil": "1970-01-01T00:00:10Z",
        "credentialSubject": {"name": "A", "id": "did:a:b"},
    }


@pytest.mark.parametrize("claims", [{"iss": DID}, {"vct": 7}, {"vct": None, "name": "A"}])
def test_neither_a_credential_nor_an_sd_jwt_vc(claims):
    assert code_of(token(claims) + "~") == "document.malformed"


@pytest.mark.parametrize("name", ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "requiredDisclosures"])
def test_claims_that_are_never_disclosed_selectively(name):
    from tests.ledger.formats.test_sdjwt import disclosure

    text, digest = disclosure("salt", name, 5)
    payload = without({"iss": DID, "vct": "https://a.test"}, name) | {"_sd": [digest]}
    assert code_of(f"{token(payload)}~{text}~") == "document.malformed"


@pytest.mark.parametrize("text", [None, 7, b"x", "é~", "", "~", "a.b.c~"])
def test_no_sd_jwt(text):
    assert code_of(text, enveloped.open_sd_jwt) == "document.malformed"


def test_required_disclosures_are_counted():
    claims = {"iss": DID, "vct": "https://a.test", "_sd": ["AA", "BB"], "requiredDisclosures": ["AA", "CC"]}
    secured = enveloped.open_sd_jwt(token(claims) + "~").secured
    assert secured is not None and secured.missing == 2


CREDENTIAL = {"@context": V2, "id": f"data:application/vc+jwt,{token(OLD)}", "type": "EnvelopedVerifiableCredential"}
PRESENTATION = CREDENTIAL | {"type": "EnvelopedVerifiablePresentation"}


def test_envelopes_are_told_by_their_type():
    for types in ("EnvelopedVerifiableCredential", ["EnvelopedVerifiablePresentation", "x"]):
        assert envelopes.is_envelope({"type": types})
    others: Any
    for others in (None, "VerifiableCredential", [7], {}):
        assert not envelopes.is_envelope({"type": others})


NO_CONTEXTS: tuple[Any, ...] = (..., None, [], "", {}, [[V2]], V1, [V1, V2], [V2, 7], [V2, None], [None, V2])


@pytest.mark.parametrize("contexts", [V2, [V2], [V2, "https://www.w3.org/ns/credentials/examples/v2"], [V2, {"x": V1}]])
@pytest.mark.parametrize("types", ["EnvelopedVerifiableCredential", ["EnvelopedVerifiableCredential"]])
def test_an_envelope_as_the_standard_has_it(contexts, types):
    given = enveloped.open_envelope(CREDENTIAL | {"@context": contexts, "type": types})
    assert given.credential == OLD


@pytest.mark.parametrize(
    "change",
    [
        *({"@context": each} for each in NO_CONTEXTS),
        {"@context": "https://www.w3.org/ns/credentials/examples/v2"},
        {"@context": ["https://www.w3.org/ns/credentials/examples/v2"]},
        {"type": ["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"]},
        {"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]},
        {"type": ["EnvelopedVerifiableCredential", "EnvelopedVerifiableCredential"]},
        {"type": [["EnvelopedVerifiableCredential"]]},
        {"type": []},
        {"issuer": DID},
        {"name": "A degree"},
        {"proof": {}},
        {"id": ...},
        {"id": f"data:{token(OLD)}"},
    ],
)
def test_an_envelope_that_says_more_or_less_than_what_it_is(change):
    envelope = {name: value for name, value in (CREDENTIAL | change).items() if value is not ...}
    assert code_of(envelope, enveloped.open_envelope) == "document.malformed"


def test_a_credential_is_no_presentation_in_an_envelope():
    for opened in (enveloped.open_envelope, enveloped.open_presented):
        assert code_of(PRESENTATION | {"id": f"data:application/vp+jwt,{token(OLD)}"}, opened) == "document.malformed"
        assert code_of(PRESENTATION | {"id": f"data:text/plain,{token(OLD)}"}, opened) == "document.unsupported"
    assert code_of(CREDENTIAL, enveloped.open_presented) == "document.malformed"
