"""A second history of the same size, by one who has the operator's whole machine: every key, the database, the chain.

One entry is exchanged for that of a forged record, every checkpoint over it is computed anew and signed with the real
key of the log, and the school's own key signs the record. What is left to catch it are those who remember.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from api.deployment import Deployment, log_id, note_key
from api.drill import stage
from api.drill.findings import CONTRACT, SERVER, VERIFIER, WITNESS, Finding, codes, refusal
from api.drill.stage import Json, Stage
from api.watching import witness as witnessing
from api.watching.source import HttpSource
from api.watching.state import State
from api.watching.witness import Witness
from issuers.store import StoredRecord
from ledger.formats import base64s, canonical, checkpoint, keys, merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import RollbookError
from ledger.formats.note import NoteKey

NAME = "fork"


def forked_log(scene: Stage) -> Iterator[Finding]:
    """The forged history shown to a witness, a verifier, the server's own start, and the contract."""
    folder = scene.home.parent
    state = State(folder / "witness" / "state.sqlite", witnessing.SCHEMA)
    with closing(state):
        with scene.opened() as deployment:
            log_key = NoteKey(deployment.facts.origin, note_key(deployment.keystore).public)
            yield Finding(NAME, "remembered", WITNESS, "cosigned", _watched(deployment, log_key, state, folder))
            honest = stage.stored(deployment, scene.records[2])
            genuine = stage.bundle(deployment, honest)
            key, pair = deployment.schools.signing_key(stage.school(deployment).did)
            forged = stage.forge(honest, pair, key.verification_method)
            entry = stage.commitment(forged, stage.school(deployment).member_id)
            signer = note_key(deployment.keystore)
        forgery = _Forgery(scene.copy("forked") / stage.DATABASE, log_key.name, signer, honest.idx, entry)
        shown = forgery.bundle(genuine, forged)
        yield Finding(NAME, "bundle", VERIFIER, "anchor.mismatch", codes(scene.report(shown)))
        with scene.opened(forgery.home, address="http://127.0.0.1:1") as deployment:
            yield Finding(NAME, "start", SERVER, "log.behind_chain", refusal(deployment.confirm))
            found = _watched(deployment, log_key, state, folder)
            yield Finding(NAME, "shown", WITNESS, "log.forked", found)
    with scene.opened() as deployment:
        yield Finding(NAME, "root", CONTRACT, "chain.reverted", refusal(lambda: _offer(deployment, forgery, 0)))
        yield Finding(NAME, "growth", CONTRACT, "chain.reverted", refusal(lambda: _offer(deployment, forgery, 1)))
        yield Finding(NAME, "honest", CONTRACT, "accepted", _grown(deployment, scene))


class _Forgery:
    """The database of a copied deployment with another entry at ``index``, and checkpoints that fit it."""

    def __init__(self, database: Path, origin: str, signer: keys.KeyPair, index: int, entry: bytes) -> None:
        self.home = database.parent
        self.entry, self._index = entry, index
        self._origin, self._signer = origin, signer
        with closing(sqlite3.connect(database)) as opened, opened:
            opened.execute("UPDATE log_entries SET entry = ? WHERE idx = ?", (entry, index))
            rows = opened.execute("SELECT entry FROM log_entries ORDER BY idx").fetchall()
            self.tree = merkle.Tree()
            self.tree.extend_entries([bytes(row[0]) for row in rows])
            for (size,) in opened.execute("SELECT size FROM log_checkpoints WHERE size > ?", (index,)).fetchall():
                signed = (self.tree.root(size), self.note(size).encode(), size)
                opened.execute("UPDATE log_checkpoints SET root = ?, note = ? WHERE size = ?", signed)

    def note(self, size: int) -> str:
        """A checkpoint of the forged history, under the log's own key."""
        return checkpoint.sign_checkpoint(Checkpoint(self._origin, size, self.tree.root(size)), self._signer)

    def bundle(self, genuine: Json, forged: StoredRecord) -> Json:
        """The forged record's bundle: everything in it fits, but what the chain has."""
        size = genuine["anchor"]["size"]
        path = [base64s.encode(each) for each in self.tree.inclusion_proof(self._index, size)]
        document: Any = canonical.loads(forged.document)
        return genuine | {
            "credential": document,
            "salt": base64s.encode(forged.salt),
            "entry": base64s.encode(self.entry),
            "inclusion": {"index": self._index, "path": path},
            "checkpoint": self.note(size),
            "anchor": genuine["anchor"] | {"root": base64s.encode(self.tree.root(size))},
        }


def _watched(deployment: Deployment, log_key: NoteKey, state: State, folder: Path) -> tuple[str, ...]:
    """One round of a witness, over HTTP, of whatever this deployment's server shows."""
    name, pair = stage.WITNESS_KEY.name, stage.WITNESS
    with stage.served(deployment) as address, closing(HttpSource(address)) as source:
        watching = Witness(source, log_key, state, name=name, pair=pair, now=time.time, evidence=folder)
        try:
            done = watching.round()
        except RollbookError as error:
            return (error.code,)
    return ("cosigned",) if done.taken and not done.odd else done.odd


def _grown(deployment: Deployment, scene: Stage) -> tuple[str, ...]:
    """Whether the same contract takes the same operator's honest checkpoint, of a log that has grown."""
    record = stage.stored(deployment, scene.records[2])
    before = deployment.anchors.head().size
    deployment.records.suspend(stage.caller(deployment), record.record_id, "drill")
    deployment.settle()
    return ("accepted",) if deployment.anchors.head().size > before else ("undisturbed",)


def _offer(deployment: Deployment, forgery: _Forgery, more: int) -> None:
    """The forged root of the newest anchored size to the contract; or of a larger size, with a proof that fits it."""
    log = log_id(deployment.facts, note_key(deployment.keystore))
    head = deployment.checkpoints.head(log)
    tree = forgery.tree
    proof: list[bytes] = []
    if more:
        tree.extend_entries([forgery.entry] * more)
        proof = tree.consistency_proof(head.size, head.size + more)
    size = head.size + more
    call = deployment.checkpoints.accept(log, size, tree.root(size), bytes(32), proof)
    deployment.opened.chain.transact(call, deployment.accounts.operator)
