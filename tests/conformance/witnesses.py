"""Inputs of the kit whose checkpoint has cosignatures: without a demand they say nothing, and do no harm (§6)."""

from ledger.formats import cosignature, keys
from tests.verifier.cases.inputs import Cases
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case

PAIR = keys.generate(seed("witness"))


def _cosigned(change: str = "", *, after: str = "", before: bool = False) -> Report:
    """A checkpoint with one cosignature, changed or not."""
    scene = Scene()
    made = scene.bundle()
    note = made["checkpoint"]
    line = str(cosignature.cosign(cosignature.body_of(note), "witness.example", PAIR.secret, 1_780_000_000))
    line = change or line
    text, _, signatures = note.partition("\n\n")
    made["checkpoint"] = f"{text}\n\n{line}{signatures}" if before else note + line + after
    return scene.verify(made)


@given("witnesses")
def a_checkpoint_with_a_cosignature() -> Report:
    return _cosigned()


@given("witnesses")
def a_cosignature_before_the_logs_signature() -> Report:
    return _cosigned(before=True)


@given("witnesses")
def a_cosignature_that_does_not_hold() -> Report:
    return _cosigned("\u2014 witness.example " + "A" * 100 + "AAAA\n")


@given("witnesses")
def a_line_that_is_no_signature() -> Report:
    return _cosigned("witness.example was here\n")


@given("witnesses")
def a_cosignature_in_no_base64() -> Report:
    return _cosigned("\u2014 witness.example !!!!\n")


@given("witnesses")
def a_last_line_without_an_end() -> Report:
    return _cosigned(after="\u2014 witness.example AAAAAAAA")
