"""A world whose anchored record is an SM2 envelope, a day later."""

import hashlib
from typing import Any

from ledger.formats import base64s, canonical, entry, sm2, sm2_envelope
from ledger.formats.datetimes import render
from ledger.formats.registry import KeyRecord
from tests.support.kinds import transcript_subject
from tests.worlds.parts import Issued, seed
from tests.worlds.scene import Scene

# The key of GB/T 32918.5-2017, A.2.
KEY = sm2.key_pair(
    bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"),
    bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    ),
)
KEY_ID = hashlib.sha256(sm2.MULTICODEC + KEY.public).digest()


class SealedScene(Scene):
    """The school's SM2 key is registered; the record is its envelope and nothing else."""

    def __init__(self, name: str = "honest", *, key: bool = True) -> None:
        super().__init__(name)
        if key:
            record = KeyRecord(self.world.clock - 60, 0, 0, 1)
            self.world.issuers.set("keys", self.world.school.id, KEY_ID, to=record.pack())
        self.reseal()

    def reseal(self, did: str | None = None, **changes: Any) -> None:
        """Sign a fresh record, ``changes`` replacing members of its credential; log and anchor it."""
        payload = self.world.unsigned(transcript_subject(2)) | changes
        school = self.world.school
        signed = sm2_envelope.seal(payload, did or school.did, KEY, render(self.world.now))
        salt = seed("sealed salt", len(self.world.entries))
        made = entry.single(self.world.kind.name, school.id, 4, salt, hashlib.sha256(signed).digest())
        self.envelope: Any = canonical.loads(signed)
        self.record = Issued(payload, salt, self.world.append_entry(made), school, KEY.multikey)
        self.world.anchor()

    def bundle(self, **header: Any) -> dict[str, Any]:
        made = self.world.material(self.record, **header)
        salt = base64s.encode(self.record.salt)
        return {**made, "rollbook": "bundle/1", "sm2": self.envelope, "salt": salt}
