"""Inputs of the kit whose status list is another than usual: older, under another suite, with other words (§7)."""

import re
from collections.abc import Callable
from typing import Any

from ledger.formats import canonical, suites
from tests.verifier.cases.inputs import Cases
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case

OLDER = ["https://www.w3.org/ns/credentials/v2", "https://rollbook.test/contexts/status/v0"]
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"

Change = Callable[[dict[str, Any]], object]


def _relisted(change: Change, *, purpose: str = "revocation", cryptosuite: str = suites.RDFC) -> Report:
    """The school itself signs, logs and anchors a list with this change; everything else is honest."""
    scene = Scene()
    scene.world.relist(scene.world.school, purpose, change, cryptosuite)
    return scene.verify()


def _older(made: dict[str, Any], **subject: Any) -> None:
    made["@context"] = OLDER
    for name in ("statusSize", "statusMessages"):
        made["credentialSubject"].pop(name, None)
    made["credentialSubject"] |= {"sequence": made.pop("sequence")} | subject


def _word(**words: Any) -> Change:
    return lambda made: made["@context"][1].update(words)


def _subject(**members: Any) -> Change:
    return lambda made: made["credentialSubject"].update(members)


@given("lists")
def a_list_of_the_older_form() -> Report:
    return _relisted(lambda made: _older(made, statusSize=1), cryptosuite=suites.JCS)


@given("lists")
def a_list_for_messages_of_the_older_form() -> Report:
    return _relisted(_older, purpose="message", cryptosuite=suites.JCS)


@given("lists")
def a_list_over_json_with_words_of_its_own() -> Report:
    return _relisted(lambda made: None, cryptosuite=suites.JCS)


@given("lists")
def a_set_bit_in_a_list_of_the_older_form() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    scene.world.relist(scene.world.school, "revocation", _older, suites.JCS)
    return scene.verify()


@given("lists")
def a_sequence_under_another_address_that_ends_alike() -> Report:
    return _relisted(_word(sequence={"@id": "http://elsewhere.test:8080/vocab#sequence", "@type": INTEGER}))


@given("lists")
def a_sequence_that_means_something_else() -> Report:
    return _relisted(_word(sequence={"@id": "https://rollbook.test/vocab#number", "@type": INTEGER}))


@given("lists")
def a_sequence_that_is_no_integer() -> Report:
    return _relisted(_word(sequence="https://rollbook.test/vocab#sequence"))


@given("lists")
def a_word_too_many() -> Report:
    return _relisted(_word(remark="https://rollbook.test/vocab#remark"))


@given("lists")
def a_list_without_words_of_its_own() -> Report:
    return _relisted(lambda made: made["@context"].pop(), cryptosuite=suites.JCS)


@given("lists")
def a_list_with_words_in_front() -> Report:
    return _relisted(lambda made: made["@context"].reverse(), cryptosuite=suites.JCS)


@given("lists")
def a_list_for_revocation_with_a_size() -> Report:
    return _relisted(_subject(statusSize=1), cryptosuite=suites.JCS)


@given("lists")
def a_list_for_revocation_with_words_of_messages() -> Report:
    scene = Scene()
    other = scene.world.status_list(scene.world.school, "message").credential["@context"]
    scene.world.relist(scene.world.school, "revocation", lambda made: made.update({"@context": other}), suites.RDFC)
    return scene.verify()


@given("lists")
def messages_the_other_way_round() -> Report:
    messages = [{"status": "0x0", "message": "superseded"}, {"status": "0x1", "message": "current"}]
    return _relisted(_subject(statusMessages=messages), purpose="message")


@given("lists")
def a_list_for_messages_without_any() -> Report:
    return _relisted(lambda made: made["credentialSubject"].pop("statusMessages"), purpose="message")


@given("lists")
def an_older_list_with_messages() -> Report:
    messages = [{"status": "0x0", "message": "current"}, {"status": "0x1", "message": "superseded"}]
    return _relisted(lambda made: _older(made, statusMessages=messages), purpose="message", cryptosuite=suites.JCS)


def _signed(change: Change) -> Report:
    """A list that was changed after it was signed, and is the newest all the same."""
    scene = Scene()
    state = scene.world.status_list(scene.world.school, "revocation")
    made: Any = canonical.loads(canonical.dumps(state.credential))
    change(made)
    scene.world.publish_signed(state, made)
    scene.world.anchor(republish=False)
    return scene.verify()


@given("lists")
def a_list_whose_sequence_was_altered() -> Report:
    return _signed(lambda made: made.update(sequence=made["sequence"] + 1))


@given("lists")
def a_sequence_in_the_subject() -> Report:
    return _relisted(
        lambda made: made["credentialSubject"].update(sequence=made.pop("sequence")), cryptosuite=suites.JCS
    )


@given("lists")
def a_sequence_in_both_places() -> Report:
    return _relisted(lambda made: made["credentialSubject"].update(sequence=made["sequence"]))


@given("lists")
def an_older_list_with_its_sequence_outside() -> Report:
    return _relisted(lambda made: made.update({"@context": OLDER}), cryptosuite=suites.JCS)


@given("lists")
def a_list_with_two_proofs() -> Report:
    return _signed(lambda made: made.update(proof=[made["proof"], made["proof"]]))


@given("lists")
def a_list_whose_proof_says_more() -> Report:
    scene = Scene()
    scene.world.relist(
        scene.world.school, "revocation", lambda made: None, suites.RDFC, domain="elsewhere.test", challenge="1"
    )
    return scene.verify()


@given("lists")
def an_older_list_over_rdf() -> Report:
    """Nobody has its context, so nobody can say what is signed."""
    return _signed(_older)


@given("lists")
def numbers_in_another_spelling() -> Report:
    """Indexes, sizes, times and sequences as 7.0: the numbers are the same."""
    scene = Scene()
    text = canonical.dumps(scene.bundle()).decode()
    text, count = re.subn(r'"(index|size|previousSize|sequence|statusSize|time)":(\d+)', r'"\1":\2.0', text)
    assert count == 10
    return scene.verify(text.encode())
