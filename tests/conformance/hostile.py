"""Inputs of the kit that are wrong in ways in which readers differ: JSON, signatures, the record's form."""

import copy
import hashlib
from typing import Any

from ledger.formats import canonical, keys
from ledger.formats.multibase import base58_encode, multibase_decode
from tests.support.kinds import transcript_subject
from tests.verifier.cases.inputs import Cases
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826


# JSON


def _altered_text(old: bytes, new: bytes) -> Report:
    scene = Scene()
    data = canonical.dumps(scene.bundle())
    assert old in data
    return scene.verify(data.replace(old, new, 1))


@given("json")
def a_byte_order_mark() -> Report:
    scene = Scene()
    return scene.verify(b"\xef\xbb\xbf" + canonical.dumps(scene.bundle()))


@given("json")
def something_after_the_value() -> Report:
    scene = Scene()
    return scene.verify(canonical.dumps(scene.bundle()) + b" {}")


@given("json")
def a_lone_surrogate() -> Report:
    return _altered_text(b'"identifier":"0012345678"', b'"identifier":"\\ud800"')


@given("json")
def a_name_twice_by_an_escape() -> Report:
    return _altered_text(b'"rollbook":"bundle/1"', b'"rollbook":"bundle/1","rollboo\\u006b":"bundle/1"')


@given("json")
def a_number_that_no_double_holds() -> Report:
    return _altered_text(b'"mark":60,', b'"mark":60.00000000000000001,')


@given("json")
def an_integer_beyond_the_safe_ones() -> Report:
    return _altered_text(b'"mark":60,', b'"mark":9007199254740993,')


@given("json")
def an_exponent_that_hides_such_an_integer() -> Report:
    return _altered_text(b'"mark":60,', b'"mark":1e20,')


@given("json")
def a_leading_zero() -> Report:
    return _altered_text(b'"mark":60,', b'"mark":060,')


@given("json")
def sixty_five_levels() -> Report:
    return Scene().verify(b"[" * 65 + b"]" * 65)


@given("json")
def base64_in_another_spelling() -> Report:
    """The last bits of the last letter are not zero, so that two texts stand for the same bytes."""
    scene = Scene()
    made = scene.bundle()
    at = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    salt = made["salt"]
    made["salt"] = salt[:-2] + at[at.index(salt[-2]) + 1] + "="
    return scene.verify(made)


# Ed25519


def _with_signature(change: Any) -> Report:
    scene = Scene()
    signed = copy.deepcopy(scene.world.sign(scene.world.unsigned(), scene.world.school))
    signature = multibase_decode(signed["proof"]["proofValue"], prefixes="z", max_bytes=64)
    signed["proof"]["proofValue"] = "z" + base58_encode(change(signature))
    scene.log(signed)
    return scene.verify()


@given("ed25519")
def an_s_that_is_not_reduced() -> Report:
    return _with_signature(
        lambda made: made[:32] + (int.from_bytes(made[32:], "little") + GROUP_ORDER).to_bytes(32, "little")
    )


@given("ed25519")
def a_key_of_small_order() -> Report:
    """Under the identity as a key, R = identity and S = 0 would verify for every message."""
    identity = (1).to_bytes(32, "little")
    return _with_key(identity, "z" + base58_encode(identity + bytes(32)))


@given("ed25519")
def a_key_outside_of_the_prime_order_group() -> Report:
    from nacl.bindings import crypto_core_ed25519_add

    school = Scene().world.school.key.public
    return _with_key(crypto_core_ed25519_add(school, ORDER_8.to_bytes(32, "little")))


def _with_key(key: bytes, signature: str | None = None) -> Report:
    scene = Scene()
    made = scene.bundle()
    method = f"{scene.world.school.did}#z{base58_encode(keys.MULTICODEC_ED25519 + key)}"
    made["credential"]["proof"] |= {"verificationMethod": method} | ({"proofValue": signature} if signature else {})
    return scene.verify(made)


@given("ed25519")
def a_signature_that_holds_only_times_the_cofactor() -> Report:
    """R has a part of order eight: [8][S]B = [8]R + [8][k]A holds, [S]B = R + [k]A does not."""
    scene = Scene()
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    unsecured = {name: value for name, value in signed.items() if name != "proof"}
    message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, unsecured))
    signed["proof"]["proofValue"] = "z" + base58_encode(_cofactored(scene.world.school.key, message))
    scene.log(signed)
    return scene.verify()


@given("ed25519")
def an_r_that_is_the_identity() -> Report:
    """S = k times the secret: the equation holds, and whoever sees one such signature has the secret."""
    scene = Scene()
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    unsecured = {name: value for name, value in signed.items() if name != "proof"}
    message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, unsecured))
    signed["proof"]["proofValue"] = "z" + base58_encode(_without_nonce(scene.world.school.key, message))
    scene.log(signed)
    return scene.verify()


def _without_nonce(key: keys.KeyPair, message: bytes) -> bytes:
    from nacl.bindings import crypto_core_ed25519_scalar_mul, crypto_core_ed25519_scalar_reduce

    clamped = bytearray(hashlib.sha512(key.secret[:32]).digest()[:32])
    clamped[0] &= 248
    clamped[31] = clamped[31] & 127 | 64
    secret = crypto_core_ed25519_scalar_reduce(bytes(clamped) + bytes(32))
    identity = (1).to_bytes(32, "little")
    k = crypto_core_ed25519_scalar_reduce(hashlib.sha512(identity + key.public + message).digest())
    return bytes(identity + crypto_core_ed25519_scalar_mul(k, secret))


def _cofactored(key: keys.KeyPair, message: bytes) -> bytes:
    from nacl.bindings import (
        crypto_core_ed25519_add,
        crypto_core_ed25519_scalar_add,
        crypto_core_ed25519_scalar_mul,
        crypto_core_ed25519_scalar_reduce,
        crypto_scalarmult_ed25519_base_noclamp,
    )

    expanded = hashlib.sha512(key.secret[:32]).digest()
    clamped = bytearray(expanded[:32])
    clamped[0] &= 248
    clamped[31] = clamped[31] & 127 | 64
    secret = crypto_core_ed25519_scalar_reduce(bytes(clamped) + bytes(32))
    nonce = crypto_core_ed25519_scalar_reduce(hashlib.sha512(expanded[32:] + message).digest())
    point = crypto_scalarmult_ed25519_base_noclamp(nonce)
    r = crypto_core_ed25519_add(point, ORDER_8.to_bytes(32, "little"))
    k = crypto_core_ed25519_scalar_reduce(hashlib.sha512(r + key.public + message).digest())
    return bytes(r + crypto_core_ed25519_scalar_add(nonce, crypto_core_ed25519_scalar_mul(k, secret)))


# The record's form, in the order in which it is judged


def _resigned(**changes: Any) -> Report:
    scene = Scene()
    scene.resign(**changes)
    return scene.verify()


@given("form")
def an_unknown_member_and_a_malformed_id() -> Report:
    return _resigned(evidence={}, id="urn:uuid:NOT-ONE")


@given("form")
def an_undefined_term_and_a_missing_one() -> Report:
    subject = transcript_subject() | {"honours": "first"}
    del subject["identifier"]
    return _resigned(credentialSubject=subject)


@given("form")
def a_pattern_that_does_not_match() -> Report:
    return _resigned(credentialSubject=transcript_subject() | {"identifier": "No. 1"})


@given("form")
def a_mark_that_is_none_of_the_choices() -> Report:
    subject = transcript_subject()
    subject["transcript"]["courses"][0]["mark"] = 100.5
    return _resigned(credentialSubject=subject)


@given("form")
def a_number_where_text_belongs() -> Report:
    return _resigned(credentialSubject=transcript_subject() | {"name": 7})


@given("form")
def two_indexes() -> Report:
    scene = Scene()
    unsigned = scene.world.unsigned()
    second = unsigned["credentialStatus"][1]
    second |= {"statusListIndex": "7", "id": f"{second['statusListCredential']}#7"}
    scene.log(scene.world.sign(unsigned, scene.world.school))
    return scene.verify()


@given("form")
def a_time_with_an_offset() -> Report:
    return _resigned(validFrom="2026-01-01T08:00:00+08:00")


@given("form")
def an_end_before_the_beginning() -> Report:
    return _resigned(validUntil="2025-12-31T00:00:00Z")


# The patterns of a kind, which is registered as it stands


def _under(pattern: str) -> Report:
    """The record under a kind whose pattern for the learner's number, which is 0012345678, is another."""
    scene = Scene()
    made = scene.bundle()
    made["kind"]["schema"]["properties"]["identifier"]["pattern"] = pattern
    kind = scene.world.kind
    digest = hashlib.sha256(canonical.dumps(made["kind"])).digest()
    scene.world.issuers.set("kinds", kind.number, kind.version, to=digest)
    return scene.verify(scene.bundle() | {"kind": made["kind"]})


@given("kind")
def a_pattern_of_sets_and_counts() -> Report:
    return _under(r"^(?:[^\d\u0041-]|\d){10}$")


@given("kind")
def a_pattern_that_matches_in_the_middle() -> Report:
    return _under("2{1}3")


@given("kind")
def a_pattern_of_another_line() -> Report:
    return _under(r"^0012345678\n$")


@given("kind")
def a_pattern_that_looks_ahead() -> Report:
    return _under("^(?=0).*$")


@given("kind")
def a_pattern_that_refers_back() -> Report:
    return _under(r"^(0)\1")


@given("kind")
def a_pattern_with_a_class_of_letters() -> Report:
    return _under(r"^\w+$")


@given("kind")
def a_pattern_with_a_lazy_repetition() -> Report:
    return _under("^0*?1")


@given("kind")
def a_pattern_that_is_repeated_too_often() -> Report:
    return _under("(?:[0-9]{50}){50}")
