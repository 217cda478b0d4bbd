"""SD-JWT: what a forger may try with digests and disclosures, and other implementations' cases."""

import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import canonical, jws, p256, sdjwt
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_decode, base64url_encode

CLAIMS = {"name": "A", "marks": [{"c": "x", "m": "1"}, {"c": "y", "m": "2"}], "deep": {"a": {"b": "c"}}}
ALL: list[sdjwt.Path] = [("name",), ("marks", 0), ("marks", 1), ("marks", 1, "m"), ("deep", "a"), ("deep", "a", "b")]


def salts(name: str = "salt") -> sdjwt.Salts:
    counter = itertools.count()
    return lambda: hashlib.sha256(f"{name}{next(counter)}".encode()).digest()[:16]


def conceal(paths: list[sdjwt.Path] = ALL, **more: Any) -> sdjwt.Concealed:
    return sdjwt.conceal(CLAIMS, paths, salts(), **more)


def texts(made: sdjwt.Concealed, *paths: sdjwt.Path) -> list[str]:
    return [made.disclosures[path].text for path in paths or made.disclosures]


def disclosure(*parts: Any) -> tuple[str, str]:
    """A disclosure of these parts and its digest."""
    text = base64url_encode(canonical.dumps(list(parts)))
    return text, base64url_encode(hashlib.sha256(text.encode()).digest())


def refused(payload: dict[str, Any], disclosures: list[str], code: str = "document.malformed") -> None:
    with pytest.raises(FormatError) as caught:
        sdjwt.reveal(payload, disclosures)
    assert caught.value.code == code


# What is concealed and disclosed


def test_everything_disclosed_is_the_claims():
    made = conceal()
    found = sdjwt.reveal(made.payload, texts(made))
    assert found.claims == CLAIMS
    assert set(found.disclosed) == set(ALL) and not found.withheld


def test_nothing_disclosed():
    made = conceal()
    found = sdjwt.reveal(made.payload, [])
    assert found.claims == {"marks": [], "deep": {}}
    assert found.withheld == {(): 1, ("marks",): 2, ("deep",): 1}
    assert b"name" not in canonical.dumps(made.payload) and b'"A"' not in canonical.dumps(made.payload)


def test_some_disclosed():
    made = conceal()
    found = sdjwt.reveal(made.payload, texts(made, ("marks", 1), ("deep", "a")))
    assert found.claims == {"marks": [{"c": "y"}], "deep": {"a": {}}}
    assert found.withheld == {(): 1, ("marks",): 1, ("marks", 0): 1, ("deep", "a"): 1}


def test_what_is_inside_of_something_withheld_cannot_be_disclosed_alone():
    made = conceal()
    refused(made.payload, texts(made, ("deep", "a", "b")))


def test_decoys_look_like_digests_of_claims():
    decoys: dict[sdjwt.Path, int] = {(): 3, ("marks",): 4, ("deep",): 1}
    made = conceal(decoys=decoys)
    found = sdjwt.reveal(made.payload, texts(made))
    assert found.claims == CLAIMS
    assert found.withheld == decoys
    assert all(set(one) == {"..."} and len(one["..."]) == 43 for one in made.payload["marks"])
    assert made.payload["_sd"] == sorted(made.payload["_sd"]) and len(made.payload["_sd"]) == 4


def test_a_salt_is_used_once():
    made = conceal()
    used = [json.loads(base64url_decode(text, max_bytes=999))[0] for text in texts(made)]
    assert len(set(used)) == len(used) and all(len(salt) == 22 for salt in used)


@pytest.mark.parametrize("path", [(), ("other",), ("name", "x"), ("marks", 2), ("marks", "0"), ("deep", "a", "c")])
def test_nothing_to_conceal_there(path):
    with pytest.raises(FormatError):
        conceal([path])


@pytest.mark.parametrize("claims", [{"_sd": []}, {"a": {"...": "x"}}, {"a": [{"_sd_alg": "x"}]}])
def test_claims_with_reserved_names_are_not_written(claims):
    with pytest.raises(FormatError):
        sdjwt.conceal(claims, [], salts())


# What a forger may try


def test_a_disclosure_that_no_digest_names():
    made = conceal()
    refused(made.payload, [*texts(made), disclosure("salt", "more", 1)[0]])


def test_a_disclosure_twice():
    made = conceal()
    refused(made.payload, [*texts(made), texts(made)[0]])


def test_a_digest_twice():
    text, digest = disclosure("salt", "a", 1)
    refused({"_sd": [digest, digest]}, [text])
    refused({"_sd": [digest, digest]}, [])
    refused({"_sd": [digest], "x": {"_sd": [digest]}}, [text])
    element, name = disclosure("salt", 1)
    refused({"x": [{"...": name}, {"...": name}]}, [element])
    refused({"x": [{"...": name}], "_sd": [name]}, [])


def test_a_digest_inside_of_a_disclosure_that_stands_outside_as_well():
    inner, digest = disclosure("salt", "a", 1)
    outer, name = disclosure("salt", "b", {"_sd": [digest]})
    refused({"_sd": [digest, name]}, [inner, outer])


def test_a_claim_that_is_there_already():
    text, digest = disclosure("salt", "name", "B")
    refused({"name": "A", "_sd": [digest]}, [text])
    other, another = disclosure("other", "name", "C")
    refused({"_sd": [digest, another]}, [text, other])


@pytest.mark.parametrize("name", ["_sd", "..."])
def test_reserved_names(name):
    text, digest = disclosure("salt", name, ["x"])
    refused({"_sd": [digest]}, [text])


def test_reserved_names_inside():
    text, digest = disclosure("salt", "a", {"...": "x"})
    refused({"_sd": [digest]}, [text])
    text, digest = disclosure("salt", "a", {"_sd_alg": "sha-256"})
    refused({"_sd": [digest]}, [text])
    text, digest = disclosure("salt", "_sd_alg", "sha-512")
    found = sdjwt.reveal({"_sd": [digest]}, [text])  # not reserved for names, and it changes nothing
    assert found.claims == {"_sd_alg": "sha-512"}


def test_the_two_sorts_of_disclosure_do_not_stand_for_each_other():
    element, digest = disclosure("salt", 1)
    refused({"_sd": [digest]}, [element])
    named, digest = disclosure("salt", "a", 1)
    refused({"x": [{"...": digest}]}, [named])


@pytest.mark.parametrize("digests", ["x", {"a": 1}, None, 7, [7], [None], [["x"]]])
def test_digests_of_another_form(digests):
    refused({"_sd": digests}, [])


@pytest.mark.parametrize("element", [{"...": 7}, {"...": None}, {"...": "x", "y": 1}])
def test_elements_of_another_form(element):
    refused({"x": [element]}, [])


def test_a_digest_of_an_element_where_no_element_is():
    refused({"x": {"...": "digest"}}, [])
    refused({"...": "digest"}, [])


@pytest.mark.parametrize("parts", [[], ["salt"], ["s", "a", 1, 2], [7, "a", 1], ["s", 7, 1], {"s": 1}, "s"])
def test_disclosures_of_another_form(parts):
    text = base64url_encode(canonical.dumps(parts))
    digest = base64url_encode(hashlib.sha256(text.encode()).digest())
    refused({"_sd": [digest]}, [text])


def test_disclosures_that_are_no_strict_json():
    for raw, code in (
        (b'["s","a",{"x":1,"x":2}]', "document.duplicate_key"),
        (b'["s","a",NaN]', "document.malformed"),
        (b'["s","a",1]x', "document.malformed"),
        (b"\xff", "document.malformed"),
    ):
        text = base64url_encode(raw)
        digest = base64url_encode(hashlib.sha256(text.encode()).digest())
        refused({"_sd": [digest]}, [text], code)
    text, digest = disclosure("s", "a", 1)
    refused({"_sd": [base64url_encode(hashlib.sha256((text + "=").encode()).digest())]}, [text + "="])


def test_another_value_is_another_digest():
    made = conceal()
    forged = [disclosure("s", {"c": "x", "m": "100"})[0] if "marks" in str(path) else one.text
              for path, one in made.disclosures.items()]  # fmt: skip
    refused(made.payload, forged)


def test_hash_functions():
    text, _ = disclosure("salt", "a", 1)
    for name, function in (("sha-256", hashlib.sha256), ("sha-384", hashlib.sha384), ("sha-512", hashlib.sha512)):
        digest = base64url_encode(function(text.encode()).digest())
        assert sdjwt.reveal({"_sd": [digest], "_sd_alg": name}, [text]).claims == {"a": 1}
        refused({"_sd": [digest], "_sd_alg": "sha-1"}, [text], "document.unsupported")
        refused({"_sd": [digest], "_sd_alg": None}, [text], "document.unsupported")
        if name != "sha-256":
            refused({"_sd": [digest]}, [text])


def test_depth_is_bounded_also_where_it_is_put_together():
    given, digest = [], ""
    for n in range(80):
        inner: dict[str, Any] = {"_sd": [digest]} if digest else {}
        text, digest = disclosure("s", f"a{n}", {"x": inner})
        given.append(text)
    refused({"_sd": [digest]}, given)
    nested: Any = 1
    for _ in range(40):
        nested = [nested]
    text, digest = disclosure("s", nested)
    outer: Any = [{"...": digest}]
    for _ in range(40):
        outer = [outer]
    refused({"a": outer}, [text])


def test_too_many():
    with pytest.raises(FormatError) as caught:
        sdjwt.split("a.b.c~" + "d~" * (sdjwt.MAX_DISCLOSURES + 1))
    assert caught.value.code == "document.too_large"


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.c~~", "a.b.c~d~~", "a.b.c~~d~"])
def test_parts_of_another_form(text):
    with pytest.raises(FormatError):
        sdjwt.split(text)


def test_parts():
    assert sdjwt.split("a.b.c~") == ("a.b.c", [], None)
    assert sdjwt.split("a.b.c~d~e~") == ("a.b.c", ["d", "e"], None)
    assert sdjwt.split("a.b.c~d~k.b.j") == ("a.b.c", ["d"], "k.b.j")
    assert sdjwt.join("a.b.c", ["d"]) == "a.b.c~d~"
    assert sdjwt.join("a.b.c", ["d"], "k") == "a.b.c~d~k"


# Other people's

ISSUER = {"kty": "EC", "crv": "P-256", "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
          "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8"}  # fmt: skip
HOLDER = {"kty": "EC", "crv": "P-256", "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
          "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ"}  # fmt: skip
CASES = [
    "array_data_types", "array_full_sd", "array_in_sd", "array_nested_in_plain", "array_none_disclosed",
    "array_of_nulls", "array_of_objects", "array_of_scalars", "array_recursive_sd", "array_recursive_sd_some_disclosed",
    "header_mod", "json_serialization_flattened", "json_serialization_general", "key_binding", "no_sd",
    "object_data_types", "recursions",
]  # fmt: skip


def parts_of(folder: Path, name: str) -> tuple[str, list[str], str | None]:
    """The parts of a case; those of the JSON serialisation (RFC 9901 §8) put into the compact order."""
    if (folder / f"{name}.txt").exists():
        return sdjwt.split((folder / f"{name}.txt").read_text().strip())
    given = json.loads((folder / f"{name}.json").read_text())
    given = json.loads(given) if isinstance(given, str) else given
    one = given["signatures"][0] if "signatures" in given else given
    signatures = [entry.get("header", {}) for entry in given.get("signatures", [given])]
    header: dict[str, Any] = next((entry for entry in signatures if "disclosures" in entry), {})
    token = f"{one['protected']}.{given['payload']}.{one['signature']}"
    return token, header.get("disclosures", []), header.get("kb_jwt")


@pytest.mark.parametrize("case", CASES)
def test_other_implementations_cases(shared_vectors: Path, case: str):
    folder = shared_vectors / "sd-jwt" / "testcases" / case
    expected = json.loads((folder / "verified_contents.json").read_text())
    issuer = b"\x80\x24" + p256.jwk_to_public_key(ISSUER)
    for name in ("sd_jwt_issuance", "sd_jwt_presentation"):
        token, disclosures, _ = parts_of(folder, name)
        parsed = jws.parse(token)
        jws.verify(parsed, issuer, ("example+sd-jwt", "vc+sd-jwt", "dc+sd-jwt", ""))
        found = sdjwt.reveal(parsed.payload, disclosures)
        claims = {key: value for key, value in found.claims.items() if key not in ("iss", "iat", "exp", "cnf")}
        if name == "sd_jwt_presentation":
            assert found.claims == expected
        else:
            assert claims == json.loads((folder / "user_claims.json").read_text()) or "..." in json.dumps(claims)
        if disclosures:
            refused(parsed.payload, [*disclosures, disclosures[0]])


def test_no_case_is_left_out(shared_vectors: Path):
    folders = {path.name for path in (shared_vectors / "sd-jwt" / "testcases").iterdir() if path.is_dir()}
    assert folders == set(CASES)


def test_their_key_binding(shared_vectors: Path):
    folder = shared_vectors / "sd-jwt" / "testcases" / "key_binding"
    text = (folder / "sd_jwt_presentation.txt").read_text().strip()
    token, _, binding = sdjwt.split(text)
    assert binding is not None
    bound = jws.parse(binding)
    jws.verify(bound, b"\x80\x24" + p256.jwk_to_public_key(HOLDER), ("kb+jwt",))
    assert bound.payload["sd_hash"] == sdjwt.hasher(jws.parse(token).payload)(text.removesuffix(binding))
