"""A world whose anchored record is an Open Badges or a CLR form, a day later."""

from typing import Any

from issuers.badges import building
from issuers.badges.building import Source
from issuers.badges.mapping import Mapping
from ledger.formats import suites
from ledger.formats.contexts import BUNDLED
from ledger.formats.forms import BADGE, CLR, FORMS
from tests.support.kinds import transcript_subject
from tests.worlds.scene import Scene

PURPOSES = ("revocation", "suspension", "message")
MAPPINGS = {
    BADGE: Mapping(BADGE, None, "Achievement", (), None, None, None, None, {}),
    CLR: Mapping(CLR, "courses", "Course", ("title",), "code", "term", None, None, {"mark": "RawScore"}),
}


class BadgeScene(Scene):
    """``form`` is BADGE, over RDF, or CLR, whose context no verifier here has, over JCS."""

    def __init__(self, form: str = BADGE) -> None:
        self.form = form
        super().__init__(purposes=PURPOSES)
        self.reissue()

    def unsigned(self) -> dict[str, Any]:
        """The form of a fresh record, without its proof."""
        credential = self.world.unsigned(transcript_subject(2), purposes=PURPOSES)
        source = Source(credential, self.world.kind, {"en": "One", "zh": "第一"}, "00" * 16)
        mapping = MAPPINGS[self.form]
        if self.form == BADGE:
            return building.badge(source, mapping)
        return building.clr(source, FORMS[CLR], mapping, lambda held: self.secured(held, suites.RDFC))

    def secured(self, document: dict[str, Any], suite: str) -> dict[str, Any]:
        """The document with one proof, in an array."""
        more = {} if suite == suites.JCS else {"contexts": BUNDLED}
        signed = self.world.sign(document, self.world.school, cryptosuite=suite, **more)
        return {**signed, "proof": [signed["proof"]]}

    def reissue(self, suite: str | None = None, /, **changes: Any) -> None:
        """Sign the form, ``changes`` replacing its members; log and anchor it."""
        suite = suite or (suites.RDFC if self.form == BADGE else suites.JCS)
        self.log(self.secured(self.unsigned() | changes, suite))
