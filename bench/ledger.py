"""A real ledger to measure on: a million entries, a thousand of them distinct transcripts of 1.5 KB, all anchored."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api import facts
from api.deployment import Deployment, log_id, note_key
from api.folder import open_store
from api.initialise import initialise
from api.settings import Settings, load
from api.wiring import open_deployment
from bench.tree_rows import entries
from issuers.importers.drafts import Draft
from ledger.formats import suites
from ledger.formats.trustroot import TrustRoot
from ledger.log.submission import Caller
from ledger.log.tree import StoredTree
from ledger.log.writer import LogWriter

CREDENTIALS = 1_000
FILLER = 1_000_000
SECRET = "a secret of the bench, 0123456789abcdef"
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """``bundles`` are those of the transcripts, by cryptosuite, ``definition`` is their kind's.

    ``gas`` is what an anchor from 90,000 to 100,000 entries took.
    """

    home: Path
    trust_root: TrustRoot
    bundles: dict[str, list[bytes]]
    definition: dict[str, Any]
    gas: int


def settings(home: Path) -> Settings:
    """Of the bench's ledger in ``home``."""
    return load(home=home, secret=SECRET)


def make(home: Path) -> Ledger:
    """Make the ledger in an empty folder."""
    initialise(settings(home), code="35", name_en="Authority", name_zh="主管部门")
    _fill(home)
    with open_deployment(settings(home)) as deployment:
        kind = deployment.kinds.get("transcript").kind
        return Ledger(home, deployment.trust_root, _issue(deployment), kind.definition, _anchor_gas(deployment))


def subject(number: int, count: int = 2) -> dict[str, Any]:
    """A transcript of two courses (or ``count``), different from every other.

    With two the credential is as near to 1.5 KB as the three status entries of a record let it come.
    """
    courses = [
        {
            "code": f"MATH{1000 + course}",
            "course": "数学分析",
            "credits": "5",
            "mark": f"{60 + (number + course) % 40}.5",
            "term": f"2025-2026-{1 + course % 2}",
        }
        for course in range(count)
    ]
    return {"identifier": f"{number:09}", "name": "陈思齐", "transcript": {"courses": courses, "programme": "数学"}}


def _fill(home: Path) -> None:
    """Others' entries, so that a path has twenty hashes. They take the production road, except that nobody signed."""
    with ExitStack() as stack:
        engine, keystore = open_store(settings(home), stack)
        fixed = facts.load(home)
        assert fixed is not None
        log = log_id(fixed, note_key(keystore))
        writer = LogWriter(StoredTree(engine), origin=fixed.origin, log_id=log, holder="bench")
        for start in range(0, FILLER, _BATCH):
            writer.append(entries(_BATCH, start), [f"filler {start + at}" for at in range(_BATCH)])


def _issue(deployment: Deployment) -> dict[str, list[bytes]]:
    """In each suite the same transcripts but for the learner's number."""
    member = deployment.add_school("3500000001", "Lujiang University", "鹭江大学")
    caller, issued = Caller("bench", member.did), {}
    for at, suite in enumerate(suites.SUITES):
        drafts = [Draft(subject(at * CREDENTIALS + number)) for number in range(CREDENTIALS)]
        issued[suite] = deployment.records.issue_many(caller, "transcript", drafts, cryptosuite=suite)
    deployment.settle()
    return {
        suite: [deployment.proofs.bundle(deployment.store.get(member, outcome.record_id)) for outcome in outcomes]
        for suite, outcomes in issued.items()
    }


def _anchor_gas(deployment: Deployment) -> int:
    """Gas of the whole transaction that anchors entries 90,000 to 100,000 of another log, status root included."""
    log, registry, chain = b"\x01" * 32, deployment.checkpoints, deployment.opened.chain
    operator = deployment.accounts.operator
    chain.transact(registry.open(log, operator.address), deployment.accounts.authority)
    reader = deployment.reader
    chain.transact(registry.accept(log, 90_000, reader.root(90_000), b"\x02" * 32, []), operator)
    proof = reader.consistency_proof(90_000, 100_000)
    return chain.transact(registry.accept(log, 100_000, reader.root(100_000), b"\x03" * 32, proof), operator).gas_used
