"""Headers, checkpoints and summaries by chance, each truly sealed or signed by its world."""

import random
from typing import Any

from ledger.formats import base64s, canonical, keys
from ledger.formats.note import NoteKey
from tests.conformance.mutations import Mutator
from tests.worlds import summaries
from tests.worlds.scene import Scene

FIELDS = [
    b"",
    b"\0",
    b"\1",
    b"\2",
    b"\x05",
    bytes(8),
    b"\xff" * 8,
    bytes(9),
    bytes(20),
    b"\1" * 20,
    bytes(32),
    bytes(33),
]
SIZES = range(16)
LINES = ["", "0", "1", "03", "-1", "99999999999999999", " ", "x\ty", "+", "\ufeff", "\x85", "\u3000", "AAAA", "AAAA="]


class ChainSignings:
    """Draws bundles whose header, checkpoint or document was changed and then sealed or signed."""

    def __init__(self, mutator: Mutator) -> None:
        self._mutator, self._chance = mutator, mutator.chance
        self._scene = Scene()

    def header(self) -> bytes:
        """A bundle under a header with other fields."""
        positions = self._chance.sample(SIZES, self._chance.choice((1, 1, 2)))
        change = {at: self._field() for at in positions if at != 3}
        return canonical.dumps(self._scene.bundle(change=change))

    def checkpoint(self) -> bytes:
        """A bundle whose checkpoint has other lines."""
        made = self._scene.bundle()
        text, _, lines = made["checkpoint"].partition("\n\n")
        body = text.split("\n")
        for _ in range(self._chance.choice((1, 1, 2))):
            at = self._chance.randrange(len(body) + 1)
            body[at : at + self._chance.randrange(2)] = [self._line(body)]
        if self._chance.random() < 0.3:
            lines = self._mutator.raw(lines.encode()).decode("utf-8", "ignore")
        return canonical.dumps(made | {"checkpoint": self._noted("\n".join(body), lines)})

    def summary(self) -> bytes:
        """A summary that says something else."""
        changed = self._mutator.json(summaries.unsigned(self._scene))
        return summaries.sign(self._scene, changed)

    def _field(self) -> bytes:
        if self._chance.random() < 0.5:
            return self._chance.choice(FIELDS)
        return random.Random(self._chance.random()).randbytes(self._chance.choice((1, 4, 8, 32, 97)))

    def _line(self, body: list[str]) -> str:
        line = self._chance.choice((*body, *LINES))
        at = self._chance.randrange(len(line) + 1)
        return self._chance.choice((line, line[:at] + self._chance.choice(LINES) + line[at:]))

    def _noted(self, text: str, lines: str) -> str:
        """The note of a text, signed by the log under the name that its first line is."""
        key: Any = self._scene.world.log_key
        name = lines.split(" ")[1] if lines.count(" ") > 1 else "x"
        signed = f"{text}\n"
        value = NoteKey(name, key.public).full_id[:4] + keys.sign(key.secret, signed.encode())
        return f"{signed}\n\u2014 {name} {base64s.encode(value)}\n" + (lines if self._chance.random() < 0.2 else "")
