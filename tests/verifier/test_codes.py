"""Every code can arise, from an input of its own; and in each failing one its check fails alone."""

import pytest

from tests.verifier.cases import CASES
from verifier.messages import FAILS, MESSAGES, PASSES, UNKNOWNS
from verifier.report import CHECKS, Outcome, Verdict

IDS = [f"{code}-{name}" for code, name, _ in CASES]


@pytest.mark.parametrize(("code", "make"), [(code, make) for code, _, make in CASES], ids=IDS)
def test_the_code_arises_and_alone(code, make):
    report = make()
    check = report[code.partition(".")[0]]
    assert check.code == code, {one.code: dict(one.evidence) for one in report.checks}
    failed = {one.id for one in report.checks if one.outcome is Outcome.FAIL}
    if code in FAILS:
        assert failed == {check.id}, {one.code: dict(one.evidence) for one in report.checks}
        assert report.verdict is Verdict.INVALID
    else:
        assert not failed, {one.code: dict(one.evidence) for one in report.checks}
        assert report.verdict is Verdict.INDETERMINATE
    assert not report


def test_no_code_is_without_an_input():
    assert {code for code, _, _ in CASES} == FAILS.keys() | UNKNOWNS.keys()


def test_the_codes_are_those_of_the_table():
    """The list only ever grows; these are in people's scripts."""
    table = {
        "document": "malformed duplicate_key undefined_term too_large payload_mismatch | unsupported",
        "proof": "missing invalid wrong_purpose wrong_key | unsupported unreachable",
        "issuer": "unknown not_accredited withdrawn out_of_scope key_not_valid key_compromised"
        " | missing pending stale unreachable",
        "validity": "not_yet expired |",
        "inclusion": "mismatch wrong_log | missing unwitnessed",
        "anchor": "mismatch bad_seal wrong_chain wrong_contract"
        " | missing pending disagreement unreachable trust_expired",
        "status": "revoked suspended superseded mismatch | missing stale unreachable",
        "holder": "mismatch replayed | missing",
    }
    assert tuple(table) == CHECKS
    for check, codes in table.items():
        fails, unknowns = ([f"{check}.{code}" for code in part.split()] for part in codes.split("|"))
        assert set(fails) <= FAILS.keys()
        assert set(unknowns) <= UNKNOWNS.keys()


def test_every_code_speaks_both_languages():
    for code, message in MESSAGES.items():
        assert set(message) == {"en", "zh"}, code
        assert message["en"].endswith(".") and message["zh"].endswith("。"), code
    sentences = [message[language] for message in (FAILS | UNKNOWNS | PASSES).values() for language in message]
    assert len(set(sentences)) == len(sentences)
