"""A real deployment, watched: its witness's cosignatures reach bundles, and its own books account for every entry."""

import csv
import shutil
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.cli.main import main
from api.deployment import log_id, note_key
from api.http.app import create_app
from api.watching import known
from api.watching import monitor as watching
from api.watching import witness as witnessing
from api.watching.chainside import AskedChain
from api.watching.errors import Broken
from api.watching.monitor import Monitor
from api.watching.state import State
from api.watching.witness import Witness
from ledger.formats import canonical, keys
from ledger.formats.errors import NotFoundError
from ledger.formats.note import COSIGNATURE_V1, NoteKey
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger, bundle_of, opened
from verifier.policy import Demands
from verifier.verifier import Verifier

PAIR = keys.generate(b"\x33" * 32)
KEY = NoteKey("witness.example", PAIR.public, COSIGNATURE_V1)


class InProcess:
    """A deployment's application as a `Source`."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def get(self, path: str, limit: int) -> bytes:
        answer = self._client.get(f"/{path}")
        if answer.status_code == 404:
            raise NotFoundError("watch.missing", path)
        assert answer.status_code == 200 and len(answer.content) <= limit
        return answer.content

    def post(self, path: str, body: bytes) -> str:
        answer = self._client.post(f"/{path}", content=body)
        return "" if answer.status_code == 200 else str(answer.json()["code"])


@pytest.fixture(scope="module")
def here(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An open deployment that names one witness, its source, and a folder."""
    folder = tmp_path_factory.mktemp("here")
    shutil.copytree(made_ledger.home, folder / "home")
    listed = folder / "known.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLBOOK_HOME", str(folder / "home"))
        patch.setenv("ROLLBOOK_SECRET", SECRET)
        assert main(["monitor", "list", "--school", UNIVERSITY, "-o", str(listed)]) == 0
    with opened(folder / "home", witnesses=str(KEY), required_witnesses=1) as deployment:
        log_key = NoteKey(deployment.facts.origin, note_key(deployment.keystore).public)
        with TestClient(create_app(deployment), base_url="http://localhost:8000") as client:
            yield SimpleNamespace(
                client=client,
                deployment=deployment,
                source=InProcess(client),
                folder=folder,
                log_key=log_key,
                listed=listed,
            )


def test_a_bundle_is_not_cosigned(here: Any, made_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    tick = iter(range(1000))
    at_server: dict[str, list[str]] = {}
    monkeypatch.setattr("ledger.export.snapshot._moment", lambda: next(tick))
    verifier = Verifier(here.deployment.trust_root, demands=Demands(witnesses=(KEY,), quorum=1))

    def code() -> str:
        bundle = canonical.dumps(bundle_of(here.deployment, made_ledger))
        told = here.client.post("/v1/verify", content=bundle).json()
        at_server[told["verdict"]] = [check["code"] for check in told["checks"] if check["outcome"] == "unknown"]
        found: str = verifier.verify(bundle, now=here.deployment.checking._now())["inclusion"].code
        return found

    assert code() == "inclusion.unwitnessed"
    state = State(here.folder / "witness/state.sqlite", witnessing.SCHEMA)
    witness = Witness(here.source, here.log_key, state, name=KEY.name, pair=PAIR, now=time.time, evidence=here.folder)
    done = witness.round()
    assert done.cosigned == done.taken > 0 and done.odd == ()
    assert done.size == here.deployment.sequencer.size
    assert code() == "inclusion.ok"
    assert at_server == {"indeterminate": ["inclusion.unwitnessed"], "valid": []}
    state.close()


def test_a_school_s_own_list_lacks_entries_of_its_own(here: Any, made_ledger: Ledger) -> None:
    with here.listed.open() as file:
        rows = list(csv.DictReader(file))
    assert {row["record"] for row in rows} == set(made_ledger.records[UNIVERSITY])
    own = known.load([here.listed])
    did = here.deployment.schools.by_code(UNIVERSITY).did
    for name, some, unknown in (("all", own, 0), ("fewer", frozenset(sorted(own)[1:]), 1)):
        state = State(here.folder / name / "state.sqlite", watching.SCHEMA)
        monitor = Monitor(
            here.source,
            here.log_key,
            state,
            now=time.time,
            issuers=[did],
            known=lambda some=some: some,  # type: ignore[misc]
            chain=_chain(here, state),
        )
        sight = monitor.round()
        assert sight.issuers[did]["unknown"] == unknown
        assert sight.anchored == sight.size and [one.code for one in sight.alarms] == ["entry.unknown"] * unknown
        state.close()


def _chain(here: Any, state: State) -> AskedChain:
    log = log_id(here.deployment.facts, note_key(here.deployment.keystore))
    return AskedChain(here.deployment.checkpoints, log, state)


def test_the_chain_has_another_checkpoint_than_the_log(here: Any) -> None:
    reader = here.deployment.reader
    state = State(here.folder / "asked/state.sqlite", watching.SCHEMA)
    monitor = Monitor(here.source, here.log_key, state, now=time.time)
    monitor.round()
    anchored = reader.anchor()
    with pytest.raises(Broken) as caught:
        _chain(here, state).check(lambda size: bytes(32) if size == anchored.size else reader.root(size), 1)
    assert caught.value.evidence["chain"] == {"size": anchored.size, "root": anchored.root.hex()}
    state.close()


def test_the_log_hides_what_the_chain_has(here: Any) -> None:
    """For a moment it may be that it was anchored since; not for long."""
    state = State(here.folder / "hidden/state.sqlite", watching.SCHEMA)
    chain, root = _chain(here, state), here.deployment.reader.root
    assert [bool(chain.check(root, now)) for now in (1000, 1300, 1301, 2000)] == [False, False, True, True]
    Monitor(here.source, here.log_key, state, now=time.time).round()
    assert [chain.check(root, now) for now in (3000, 9000)] == ["", ""]
    state.close()


def test_chain_blocks_are_asked_for_again_and_again(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(here.folder / "blocks/state.sqlite", watching.SCHEMA)
    Monitor(here.source, here.log_key, state, now=time.time).round()
    chain, asked = _chain(here, state), []
    original = type(here.deployment.checkpoints).anchored

    def anchored(self: Any, log: bytes, first: int, last: int) -> Any:
        asked.append((first, last))
        return original(self, log, first, last)

    monkeypatch.setattr(type(here.deployment.checkpoints), "anchored", anchored)
    chain.check(here.deployment.reader.root, 1)
    once = len(asked)
    chain.check(here.deployment.reader.root, 1)
    assert once == len(asked) > 0
    state.close()
