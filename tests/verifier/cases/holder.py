"""Inputs in which nothing but who presents the record, and for what, is wrong or missing."""

from typing import Any

from ledger.formats.did import build_did_key
from tests.verifier.cases.inputs import STRANGER, Cases
from tests.worlds.scene import Scene
from verifier.report import Report

CASES = Cases()
case = CASES.case

ASKED: dict[str, Any] = {"domain": "admissions.test", "challenge": "7d1"}


@case("holder.mismatch")
def presented_by_somebody_else() -> Report:
    scene = Scene(holder=True)
    made = scene.present()
    made["presentation"]["holder"] = build_did_key(STRANGER.public)
    return scene.verify(made, **ASKED)


@case("holder.mismatch")
def a_record_of_nobody_known() -> Report:
    return (scene := Scene()).verify(scene.present(), **ASKED)


@case("holder.missing")
def a_presentation_without_a_signature() -> Report:
    scene = Scene(holder=True)
    made = scene.present()
    del made["presentation"]["proof"]
    return scene.verify(made, **ASKED)


@case("holder.mismatch")
def a_presentation_with_a_signature_that_is_none() -> Report:
    scene = Scene(holder=True)
    made = scene.present()
    made["presentation"]["proof"] = None
    return scene.verify(made)


@case("holder.mismatch")
def a_presentation_with_more_in_it() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(comment="x"), **ASKED)


@case("holder.replayed")
def for_another_challenge() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(challenge="7d2"), **ASKED)


@case("holder.replayed")
def for_another_domain() -> Report:
    return (scene := Scene(holder=True)).verify(scene.present(domain="elsewhere.test"), **ASKED)


@case("holder.missing")
def a_bundle_where_a_presentation_was_asked_for() -> Report:
    return Scene(holder=True).verify(**ASKED)
