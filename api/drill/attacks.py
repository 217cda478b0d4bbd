"""The attacks of one who has stolen something: a key, the database, an old status list, a block.

Each yields its findings in the order of the trials. What is altered is altered as a thief would: in the file, by the
key, in the bytes; and it is looked at by the same verifier, server and contract as everything else.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from coincurve import PrivateKey

from api import acts
from api.drill import stage
from api.drill.findings import SERVER, VERIFIER, Finding, codes, refusal
from api.drill.stage import Json, Stage
from ledger.formats import base64s, canonical, registry, rlp
from ledger.formats.header import EXTRA_INDEX, parse_header
from ledger.formats.seals import SEAL_SIZE, clique_seal_hash

_TIME_INDEX = 11
_YEAR = 365 * 24 * 3600


def stolen_key(scene: Stage) -> Iterator[Finding]:
    """The school's signing key in other hands: a diploma dated years back, with borrowed proofs and through the log."""
    name = "key"
    with scene.opened() as deployment:
        member = stage.school(deployment)
        honest = stage.stored(deployment, scene.records[0])
        key, pair = deployment.schools.signing_key(member.did)
        forged = stage.forge(honest, pair, key.verification_method)
        borrowed = stage.bundle(deployment, honest) | {"credential": canonical.loads(forged.document)}
        yield Finding(name, "borrowed", VERIFIER, "inclusion.mismatch", codes(scene.report(borrowed)))
        logged = stage.smuggle(deployment, forged)
        shown = stage.bundle(deployment, logged)
        yield Finding(name, "unreported", VERIFIER, "valid", codes(scene.report(shown)))
        acts.compromise(deployment, member, registry.key_id(key.public_key), shown["anchor"]["time"])
        yield Finding(
            name, "reported", VERIFIER, "issuer.key_compromised", codes(scene.report(stage.bundle(deployment, logged)))
        )
        yield Finding(name, "honest", VERIFIER, "valid", codes(scene.report(stage.bundle(deployment, honest))))


def edited_database(scene: Stage) -> Iterator[Finding]:
    """A mark raised in a stored record, an entry of the log exchanged, a recorded anchor's time moved: in the database
    file, past the server."""
    name = "database"
    with scene.opened() as deployment:
        index = stage.stored(deployment, scene.records[0]).idx
    marked = scene.copy("marked")
    _edit(marked, "issuers_records", "document", index, _raised)
    with scene.opened(marked) as deployment:
        exported = stage.bundle(deployment, stage.stored(deployment, scene.records[0]))
    found = codes(scene.report(exported))
    yield Finding(name, "mark", VERIFIER, "proof.invalid", found)
    yield Finding(name, "commitment", VERIFIER, "inclusion.mismatch", found)
    entered = scene.copy("entered")
    _edit(entered, "log_entries", "entry", index, _exchanged)
    yield Finding(name, "entry", SERVER, "log.damaged", refusal(lambda: _open(scene, entered)))
    moved = scene.copy("moved")
    with closing(sqlite3.connect(moved / stage.DATABASE)) as database, database:
        database.execute("UPDATE log_anchors SET block_time = block_time - ?", (_YEAR,))
    with scene.opened(moved) as deployment:
        record = stage.stored(deployment, scene.records[0])
        yield Finding(name, "anchor", SERVER, "anchor.altered", refusal(lambda: stage.bundle(deployment, record)))


def replayed_list(scene: Stage) -> Iterator[Finding]:
    """The status list from before a revocation, under today's header; and the whole bundle from before it."""
    name = "status"
    with scene.opened() as deployment:
        record = stage.stored(deployment, scene.records[1])
        before = stage.bundle(deployment, record)
        deployment.records.revoke(stage.caller(deployment), record.record_id, "drill")
        deployment.settle()
        fresh = stage.bundle(deployment, record)
        yield Finding(name, "revoked", VERIFIER, "status.revoked", codes(scene.report(fresh)))
        replayed = fresh | {"status": before["status"]}
        yield Finding(name, "list", VERIFIER, "status.mismatch", codes(scene.report(replayed)))
        asked = deployment.checking.verify(canonical.dumps(before))
        yield Finding(name, "bundle", SERVER, "status.revoked", codes(asked))


def backdated_block(scene: Stage) -> Iterator[Finding]:
    """A block of another time: under its own seal, under a seal of somebody else; and a time that is only claimed."""
    name = "block"
    with scene.opened() as deployment:
        honest = stage.bundle(deployment, stage.stored(deployment, scene.records[0]))
    header = base64s.decode(honest["chain"]["header"])
    parsed = parse_header(header)
    fields = list(parsed.fields)
    fields[_TIME_INDEX] = rlp.encode_int(parsed.timestamp - _YEAR)
    older = rlp.encode(list[rlp.Item](fields))
    yield Finding(name, "time", VERIFIER, "anchor.bad_seal", codes(scene.report(_with_header(honest, older))))
    seal = PrivateKey().sign_recoverable(clique_seal_hash(parse_header(older)), hasher=None)
    fields[EXTRA_INDEX] = parsed.extra[:-SEAL_SIZE] + seal
    sealed = rlp.encode(list[rlp.Item](fields))
    yield Finding(name, "sealer", VERIFIER, "anchor.bad_seal", codes(scene.report(_with_header(honest, sealed))))
    claimed = honest | {"anchor": honest["anchor"] | {"time": honest["anchor"]["time"] - _YEAR}}
    yield Finding(name, "claim", VERIFIER, "anchor.mismatch", codes(scene.report(claimed)))


def _with_header(bundle: Json, header: bytes) -> Json:
    return bundle | {"chain": bundle["chain"] | {"header": base64s.encode(header)}}


def _raised(document: bytes) -> bytes:
    """The same document with its first mark raised."""
    altered = document.replace(b'"mark":"61"', b'"mark":"96"', 1)
    assert altered != document  # else nothing was attacked
    return altered


def _exchanged(entry: bytes) -> bytes:
    """An entry of the same form with another commitment."""
    return entry[:-1] + bytes([entry[-1] ^ 1])


def _edit(home: Path, table: str, column: str, index: int, change: Callable[[bytes], bytes]) -> None:
    """Change one value of the database file, as any program that opens it can."""
    with closing(sqlite3.connect(home / stage.DATABASE)) as database, database:
        (value,) = database.execute(f"SELECT {column} FROM {table} WHERE idx = ?", (index,)).fetchone()
        database.execute(f"UPDATE {table} SET {column} = ? WHERE idx = ?", (change(bytes(value)), index))


def _open(scene: Stage, home: Path) -> None:
    with scene.opened(home):
        pass
