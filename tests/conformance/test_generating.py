"""The kit is made of the same bytes each time: else nobody could see what a change of it is."""

import json
import os
import subprocess
import sys

from tests.conformance import generating
from tests.support.shared import REPOSITORY

# One of each sort: over RDF and JSON, tokens with salts and with ES256, a badge, a sheet, two keys, another list.
NAMES = (
    "valid/a-record-under-rdfc",
    "valid/a-presentation-for-this-occasion",
    "token/an-sd-jwt-with-one-course",
    "token/a-key-binding-for-this-occasion",
    "token/a-presentation-as-jwt",
    "forms/a-badge",
    "pdf/a-sheet-with-object-streams",
    "issuer.key-compromised/a-stolen-key",
    "lists/a-list-of-the-older-form",
    "ed25519/an-r-that-is-the-identity",
    "qbft/three-of-four",
    "epochs/a-record-of-before",
    "witnesses/a-checkpoint-with-a-cosignature",
    "parent/a-list-of-the-parent",
)


def test_the_kit_is_another_when_it_is_made_again() -> None:
    """In two processes, whose sets go through their members in two orders."""
    program = (
        "import json, sys; from tests.conformance.generating import digests; print(json.dumps(digests(sys.argv[1:])))"
    )
    made = [
        subprocess.Popen(
            [sys.executable, "-c", program, *NAMES],
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    one, other = (json.loads(process.communicate(timeout=120)[0]) for process in made)
    assert one.keys() == {*NAMES} and one == other


def test_a_name_that_no_input_has_is_made() -> None:
    assert generating.digests(["valid/nothing"]) == {}
