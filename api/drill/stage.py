"""The scratch deployment that is attacked: real in everything, in a temporary folder, with a chain of its own.

Nothing of the operator's own deployment is touched: no setting of the environment counts here.
"""

import hashlib
import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from api.clock import now
from api.deployment import Deployment
from api.home import make_private
from api.initialise import initialise
from api.settings import Settings
from api.wiring import open_deployment
from issuers.schools import Member
from issuers.store import StoredRecord
from ledger.formats import canonical, datetimes, entry, keys, suites
from ledger.formats.entry import Representation
from ledger.formats.keys import KeyPair
from ledger.formats.note import COSIGNATURE_V1, NoteKey
from ledger.formats.proof import JcsSigner
from ledger.formats.trustroot import TrustRoot
from ledger.log.submission import Caller, SignedDocument, Submission
from verifier.report import Report
from verifier.verifier import Verifier

DATABASE = "rollbook.sqlite"
CODE, KIND = "3502990010", "transcript"
WITNESS = keys.generate(hashlib.sha256(b"rollbook drill witness").digest())
"""Of no worth to anybody: the witness of a deployment that is thrown away."""
WITNESS_KEY = NoteKey("witness.drill.example", WITNESS.public, COSIGNATURE_V1)
BACKDATED = timedelta(days=3 * 365)
_COURSES = [
    {"code": f"M10{n}", "course": f"Course {n}", "term": "2026-1", "credits": "3", "mark": "61"} for n in (1, 2)
]

Json = dict[str, Any]


@dataclass(slots=True)
class Stage:
    """A deployment on disk, and what is known of it: the pinned trust root, the school, its records' ids."""

    home: Path
    root: TrustRoot
    records: tuple[str, ...]

    @contextmanager
    def opened(self, home: Path | None = None, *, address: str | None = None) -> Iterator[Deployment]:
        """The deployment, or a copy of it. With an ``address`` as a server opens it: what it refuses is only noted."""
        with open_deployment(_settings(home or self.home), address=address) as deployment:
            yield deployment

    def copy(self, name: str) -> Path:
        """A copy of the closed deployment's folder, as a thief or an operator may make one."""
        made = self.home.parent / name
        shutil.copytree(self.home, made)
        return made

    def report(self, document: Json) -> Report:
        """What anybody's verifier says, offline, under the trust root that was pinned before the attack."""
        return Verifier(self.root).verify(canonical.dumps(document), now=now())


def make(folder: Path) -> Stage:
    """A new deployment with one school and three records, all anchored."""
    make_private(folder)
    home = folder / "home"
    settings = _settings(home)
    root = initialise(settings, code="35", name_en="Drill authority", name_zh="演练主管部门")
    with open_deployment(settings) as deployment:
        deployment.add_school(CODE, "Drill University", "演练大学")
        acting = caller(deployment)
        made = [
            deployment.records.issue(acting, KIND, _subject(number), cryptosuite=suites.JCS).record_id
            for number in range(3)
        ]
        deployment.settle()
    return Stage(home, root, tuple(made))


def school(deployment: Deployment) -> Member:
    """The school."""
    return deployment.schools.by_code(CODE)


def caller(deployment: Deployment) -> Caller:
    """The school, as it acts."""
    return Caller("drill", school(deployment).did)


def stored(deployment: Deployment, record: str) -> StoredRecord:
    """A record as the database has it."""
    return deployment.store.get(school(deployment), record)


def bundle(deployment: Deployment, record: StoredRecord) -> Json:
    """The record's bundle as it is now."""
    made: Any = canonical.loads(deployment.proofs.bundle(record))
    return dict(made)


def forge(honest: StoredRecord, pair: KeyPair, method: str) -> StoredRecord:
    """A record that its school never issued, under a key of the school, dated years back; it is in no log."""
    document: Any = canonical.loads(honest.document)
    subject = document["credentialSubject"]
    courses = [course | {"mark": "99"} for course in subject[KIND]["courses"]]
    unsigned = {name: value for name, value in document.items() if name != "proof"} | {
        "id": f"urn:uuid:{uuid.uuid4()}",
        "validFrom": datetimes.render(now().replace(microsecond=0) - BACKDATED),
        "credentialSubject": subject | {"name": "某人", KIND: subject[KIND] | {"courses": courses}},
    }
    signer = JcsSigner(pair, method, created=unsigned["validFrom"], context=unsigned["@context"])
    signed = signer.sign(unsigned)
    return replace(
        honest, idx=-1, document=signed, digest=hashlib.sha256(signed).digest(), salt=os.urandom(len(entry.PUBLIC_SALT))
    )


def commitment(forged: StoredRecord, issuer_id: bytes) -> bytes:
    """The entry of a forged record."""
    return entry.single(forged.kind, issuer_id, Representation.DATA_INTEGRITY, forged.salt, forged.digest)


def smuggle(deployment: Deployment, forged: StoredRecord) -> StoredRecord:
    """A forged record through the front door, as whoever has the school's key and access may bring it; anchored."""
    member = school(deployment)
    signed = SignedDocument(Representation.DATA_INTEGRITY, forged.document, forged.salt)
    made = commitment(forged, member.member_id)
    submission = Submission(made, (signed,), member.did, f"drill {forged.digest.hex()}")
    (index,) = deployment.sequencer.append([submission], caller=Caller("thief", member.did))
    deployment.settle()
    return replace(forged, idx=index)


@contextmanager
def served(deployment: Deployment) -> Iterator[str]:
    """The deployment behind a real server on the loopback; its address."""
    from api.http import server
    from api.http.app import create_app

    with server.bind("127.0.0.1", 0) as listening:
        ready = threading.Event()
        running = server.made(create_app(deployment), ready=ready.set)
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        try:
            ready.wait(20)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(20)


def _settings(home: Path) -> Settings:
    """Every setting is given, so that none comes from the environment."""
    fields = {name: field for name, field in Settings.model_fields.items() if name != "home"}
    usual = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    return Settings(home=home, **(usual | {"base_url": "http://localhost:8000", "witnesses": str(WITNESS_KEY)}))


def _subject(number: int) -> Json:
    return {"name": f"Learner {number}", "identifier": f"D{number:04d}", KIND: {"courses": _COURSES}}
