"""Several processes over one deployment: one writes, the others hand on to it; and what happens when it changes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from api.backups.catching import catch_up, source_of
from api.backups.making import backup
from api.backups.restoring import restore
from api.database import open_engine
from api.settings import load
from api.wiring import open_deployment
from ledger.formats.errors import ConfigError, ConflictError
from ledger.log.submission import Caller
from ledger.log.transactions import reading
from tests.faults.load import Load
from tests.support.ledgers import UNIVERSITY
from tests.support.postgres import Server
from tests.support.together import Process, Together, deployed, process, until

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def together(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Together]:
    with postgres_server.connect() as connection:
        connection.execute("CREATE DATABASE together")
    with deployed(tmp_path_factory.mktemp("together"), postgres_server.url("together"), lease=8.0) as made:
        yield made


@pytest.fixture(scope="module")
def pair(together: Together) -> Iterator[list[Process]]:
    """Two processes, the first of which leads."""
    with ExitStack() as stack:
        first = stack.enter_context(process(together))
        until(lambda: first.leads)
        second = stack.enter_context(process(together))
        until(lambda: second.leadership.leader is not None)
        yield [first, second]


def test_whichever_process_is_asked_one_writes(pair: list[Process]) -> None:
    leader, other = pair
    assert (leader.leads, other.leads) == (True, False)
    answers = [
        one.issue(number) for number, one in zip(("1", "2", "3", "2"), (leader, other, other, leader), strict=True)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 200]
    assert answers[3].json()["record"] == answers[1].json()["record"]
    assert len(answers[1].headers.get_list("x-request-id")) == 1
    assert other.deployment.sequencer.epoch == 0
    record = answers[1].json()["record"]
    revoked = other.client.post(f"/v1/records/{record}/revoke", json={"reason": "误发"})
    assert revoked.status_code == 200 and revoked.json()["revoked"]
    # Read by either, proven by either.
    for one in pair:
        assert one.client.get(f"/v1/records/{record}").json()["revoked"]
        until(lambda one=one: one.client.get("/log/checkpoint").status_code == 200)
    assert (
        leader.client.get("/log/checkpoint").text.split("\n")[0]
        == other.client.get("/log/checkpoint").text.split("\n")[0]
    )


def test_each_verifies_by_itself_what_the_other_issued(pair: list[Process]) -> None:
    credential = pair[1].issue("10").json()["verifiableCredential"]

    def verdicts() -> list[str]:
        return [one.client.post("/v1/verify", json=credential).json()["verdict"] for one in pair]

    until(lambda: verdicts() == ["valid", "valid"])


def test_the_leader_decides_for_the_client_and_for_nobody_else(pair: list[Process]) -> None:
    other = pair[1]
    refused = other.issue("11", authorization="Bearer rb_aaaaaaaaaaaa_" + "a" * 43)
    assert (refused.status_code, refused.json()["code"]) == (401, "request.unauthorized")
    assert refused.headers["www-authenticate"] == 'Bearer realm="rollbook"'
    assert other.client.post("/credentials/issue", content=b"{").status_code == 400
    large = other.client.post("/credentials/issue", content=b"[" + b" " * (6 * 2**20) + b"]")
    assert (large.status_code, large.json()["code"]) == (413, "document.too_large")
    assert other.client.post("/v1/nothing", json={}).status_code == 404
    query = other.client.post("/v1/imports?kind=%E7%A7%8D&partial=yes", files={"file": ("a.csv", b"x")})
    assert (query.status_code, query.json()["code"]) == (404, "kind.unknown")


def test_a_request_that_was_handed_on_is_not_handed_on_again(pair: list[Process]) -> None:
    looped = pair[1].issue("12", **{"rollbook-handed-on": "1"})
    assert (looped.status_code, looped.json()["code"]) == (503, "log.no_leader")
    assert looped.headers["retry-after"]
    assert pair[0].issue("12", **{"rollbook-handed-on": "1"}).status_code == 201


def test_a_target_that_is_no_path_is_not_handed_on(pair: list[Process]) -> None:
    answer = pair[1].client.post("/", extensions={"target": b"*"})
    assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")


def test_readiness_and_metrics_tell_who_leads(pair: list[Process]) -> None:
    leader = pair[0]
    ready = [one.client.get("/readyz") for one in pair]
    assert [one.status_code for one in ready] == [200, 200]
    epoch = leader.deployment.sequencer.epoch
    assert ready[0].json()["leader"] == {"here": True, "epoch": epoch}
    assert ready[1].json()["leader"]["epoch"] == epoch and not ready[1].json()["leader"]["here"]
    assert set(ready[0].json()["workers"].values()) == {"ok"}
    assert set(ready[1].json()["workers"].values()) == {"stopped"}
    assert [
        f"rollbook_leads {one}" in each.client.get("/metrics").text for one, each in zip((1, 0), pair, strict=True)
    ] == [True, True]
    until(
        lambda: (
            len({each.client.get("/metrics").text.split("rollbook_log_entries ")[1].split()[0] for each in pair}) == 1
        )
    )


def test_the_data_folder_is_left_as_init_made_it(pair: list[Process], together: Together) -> None:
    assert pair[1].issue("13").status_code == 201
    found = {path.relative_to(together.home).parts[0] for path in together.home.rglob("*")}
    assert found <= {"deployment.json", "trust-root.json", "trust", "lock"}, found


def test_a_command_leads_for_as_long_as_it_runs(pair: list[Process], together: Together) -> None:
    leader, other = pair
    with open_deployment(load(**together.settings)) as command:
        assert command.sequencer.leads and not leader.leads and not other.leads
        refused = other.issue("20")
        assert (refused.status_code, refused.json()["code"]) == (503, "log.no_leader")
        member = command.schools.by_code(UNIVERSITY)
        issued = command.records.issue(
            _caller(member.did),
            "transcript",
            {"identifier": "20", "transcript": {"courses": [{"code": "A", "term": "1"}]}},
        )
        assert issued.index == command.reader.size() - 1
    until(lambda: leader.leads or other.leads)
    until(lambda: all(one.leads or one.leadership.leader for one in pair))
    assert other.issue("21").status_code == 201 and leader.issue("22").status_code == 201
    epochs = {one.deployment.sequencer.epoch for one in pair if one.leads}
    assert len(epochs) == 1


def test_a_database_that_ends_all_sessions_under_load_loses_and_doubles_nothing(
    pair: list[Process], together: Together, postgres_server: Server
) -> None:
    before = pair[0].deployment.reader.size()
    with Load(pair, together, 1) as load, postgres_server.connect() as connection:
        for _ in range(4):
            load.wait_for(3)
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'together'"
                " AND pid <> pg_backend_pid()"
            )
        load.wait_for(3)
    assert load.wrong == []
    indices = [index for _, index in load.acknowledged.values()]
    assert len(set(indices)) == len(indices) >= 15 and min(indices) >= before
    for learner, (record, index) in load.acknowledged.items():
        (found,) = pair[1].client.get(f"/v1/records?learner={learner}").json()["records"]
        assert (found["record"], found["index"]) == (record, index)
        assert (found["revoked"] is not None) == (record in load.revoked)
    entries = pair[0].deployment.reader.entries(0, pair[0].deployment.reader.size())
    assert len(entries) == len(set(entries))
    until(lambda: sum(one.leads for one in pair) == 1)


@pytest.mark.faults
def test_a_backup_of_a_served_ledger_is_put_back_and_catches_up_over_http(
    pair: list[Process], together: Together, postgres_server: Server, tmp_path: Path
) -> None:
    assert pair[0].issue("39").status_code == 201  # what a first record makes for all later ones is in the backup
    made = backup(load(**together.settings), tmp_path / "backup")
    assert made.manifest.database == "postgresql" and not made.manifest.has_chain
    later = [pair[0].issue(f"40{n}").json()["index"] for n in range(3)]
    until(lambda: pair[0].deployment.reader.anchor_over(later[-1]) is not None)
    with postgres_server.connect() as connection:
        connection.execute("CREATE DATABASE restored")
    url = postgres_server.url("restored")
    other = load(**{**together.settings, "home": tmp_path / "home", "database_url": url})
    restore(other, made.path)
    assert _rows(url) == _rows(str(together.settings["database_url"]), made.manifest.size)
    with pytest.raises(ConfigError) as caught:
        restore(other, made.path)
    assert caught.value.code == "restore.not_empty"
    with pytest.raises(ConflictError), open_deployment(other):
        pass
    with source_of(str(pair[1].client.base_url)) as copy, open_deployment(other, behind=True) as deployment:
        done = catch_up(deployment, copy)
        assert (done.before, done.records) == (made.manifest.size, 3) and done.anchors > 0
        assert deployment.reader.root(done.after) == pair[1].deployment.reader.root(done.after)
        member = deployment.add_school("3501990001", "Minjiangkou No. 1 High School", "闽江口第一中学")  # numbers go on
        assert member.id > deployment.schools.by_code(UNIVERSITY).id
        subject = {"identifier": "50", "transcript": {"courses": [{"code": "A", "term": "1"}]}}
        outcome = deployment.records.issue(_caller(deployment.schools.by_code(UNIVERSITY).did), "transcript", subject)
        assert outcome.index >= done.after


def _rows(url: str, size: int | None = None) -> list[object]:
    engine = open_engine(url)
    with reading(engine) as connection:
        limit = "" if size is None else f" WHERE idx < {size}"
        found: list[object] = []
        for table in ("log_entries", "issuers_records"):
            found += connection.execute(text(f"SELECT * FROM {table}{limit} ORDER BY idx")).all()
        found += connection.execute(text("SELECT id, did, profile FROM issuers_members ORDER BY id")).all()
        found += connection.execute(text("SELECT name, sealed FROM issuers_secrets ORDER BY name")).all()
    engine.dispose()
    return found


def test_a_leader_that_stops_hands_over_at_once(together: Together, pair: list[Process]) -> None:
    with process(together) as third:
        until(lambda: any(one.leads for one in pair) and third.leadership.leader is not None)
        old = next(one for one in pair if one.leads)
        old.leadership.__exit__(None, None, None)  # as SIGTERM does, after the requests in hand
        until(lambda: any(one.leads for one in (*pair, third)), 5.0)  # the lease's time is not waited for
        until(lambda: all(one.leads or one.leadership.leader for one in (*pair, third) if one is not old))
        rest = [one for one in (*pair, third) if one is not old]
        assert [one.issue(f"3{n}").status_code for n, one in enumerate(rest)] == [201, 201]
        assert old.issue("38").status_code == 201  # as long as it answers at all, it hands on


def _caller(did: str) -> Caller:
    return Caller("tests", did)
