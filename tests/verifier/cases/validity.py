"""Inputs in which nothing but the record's own dates are wrong."""

from datetime import UTC, datetime, timedelta

from tests.verifier.cases.inputs import Cases
from tests.worlds.parts import START
from tests.worlds.scene import Scene
from verifier.report import Report

CASES = Cases()
case = CASES.case


@case("validity.not_yet")
def not_before_tomorrow() -> Report:
    return Scene(valid_from=datetime(2027, 1, 1, tzinfo=UTC)).verify()


@case("validity.expired")
def until_yesterday() -> Report:
    return Scene(valid_until=START + timedelta(hours=1)).verify()
