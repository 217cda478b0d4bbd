"""The lease: which of several processes over one PostgreSQL database writes to the log.

One row says who holds it, and its heartbeat, by the database's clock alone. Rules:

1. Who renews does so by one statement that names its epoch: it holds no lock while its process could be paused, and
   does nothing once another has taken over.
2. Who takes the lease locks its row first, and finds it free: released, or not renewed for the lease's time.
3. Before it raises the epoch, for which it needs a lock, it ends the database sessions that the last holder left: one
   that was paused in the middle of a transaction would keep that lock until it wakes.
4. The epoch is raised and the row written in one transaction. From its commit on the last holder can write nothing
   (`ledger.log.writer`), whatever it still believes.
5. A command asks for the lease by a mark in the row. Who holds it for serving releases it when it sees that, and no
   server takes it while the mark is young; so the command gets it, and hands it back when it is done.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, TextClause, text

from ledger.log.transactions import reading, translated

SECONDS = 10.0
"""How long a lease holds without a heartbeat, unless it is made with another time."""
ASKED_SECONDS = 3.0
"""How long a mark of rule 5 keeps servers away; whoever waits renews it."""

_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
_MAKE = text(
    "INSERT INTO log_lease (id, epoch, holder, session, address, heartbeat, asked)"
    " VALUES (1, 0, '', '', '', 0, 0) ON CONFLICT (id) DO NOTHING"
)
_LOCK = text("SELECT session FROM log_lease WHERE id = 1 FOR UPDATE")
# Asked after the lock is there, or the time would be that before the wait.
_STATE = text(f"SELECT epoch, holder, address, heartbeat, asked, {_NOW} AS now FROM log_lease WHERE id = 1")
_END_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = :session AND datname = current_database() AND usename = current_user"
    " AND application_name <> current_setting('application_name')"
)
_WRITE = text(
    "UPDATE log_lease SET epoch = :epoch, holder = :holder, session = current_setting('application_name'),"
    f" address = :address, heartbeat = {_NOW}, asked = 0 WHERE id = 1"
)
_RENEW = text(f"UPDATE log_lease SET heartbeat = {_NOW} WHERE id = 1 AND epoch = :epoch AND heartbeat > 0")
_RELEASE = text("UPDATE log_lease SET heartbeat = 0, session = '' WHERE id = 1 AND epoch = :epoch")
_ASK = text(f"UPDATE log_lease SET asked = {_NOW} WHERE id = 1")


@dataclass(frozen=True, slots=True)
class Held:
    """The lease as it is: ``seconds`` since the last heartbeat; ``asked`` where a command waits for it.

    ``live`` where somebody holds it; then ``holder`` is a name for people, ``address`` where it answers.
    """

    epoch: int
    holder: str
    address: str
    seconds: float
    live: bool
    asked: bool


class Lease:
    """One process's view of the lease. Every method raises UnavailableError as `ledger.log.transactions` does."""

    def __init__(self, engine: Engine, *, holder: str, address: str = "", seconds: float = SECONDS) -> None:
        """``address`` is where others reach this process, empty for one that answers nobody."""
        self._engine = engine
        # Each statement begun and committed by the server alone: a paused process leaves no lock behind (1).
        self._at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._holder = holder
        self._address = address
        self._milliseconds = int(seconds * 1000)
        self.seconds = seconds

    def look(self) -> Held:
        """Who holds it, if anybody does."""
        with reading(self._engine) as connection:
            return self._state(connection)

    def is_free(self, *, asking: bool = False) -> bool:
        """Whether it may be taken now; a server (not ``asking``) leaves it to a command that asked."""
        held = self.look()
        return not held.live and (asking or not held.asked)

    def seize(self, connection: Connection, raise_epoch: Callable[[Connection], int], *, asking: bool) -> int | None:
        """Take it in the caller's transaction, or None where it is not free. ``raise_epoch`` gives the new epoch."""
        connection.execute(_MAKE)
        session = connection.execute(_LOCK).scalar_one()  # 2
        held = self._state(connection)
        if held.live or (held.asked and not asking):
            return None
        if session:
            connection.execute(_END_SESSIONS, {"session": session})  # 3
        epoch = raise_epoch(connection)  # 4
        connection.execute(_WRITE, {"epoch": epoch, "holder": self._holder, "address": self._address})
        return epoch

    def renew(self, epoch: int) -> bool:
        """A heartbeat of the holder of ``epoch``; False where it holds the lease no more."""
        return self._act(_RENEW, epoch=epoch) == 1

    def release(self, epoch: int) -> None:
        """Let another take it now; nothing where it is another's by now."""
        self._act(_RELEASE, epoch=epoch)

    def ask(self) -> None:
        """Ask the holder to release it; to be repeated while waiting."""
        self._act(_MAKE)
        self._act(_ASK)

    def _state(self, connection: Connection) -> Held:
        row = connection.execute(_STATE).one_or_none()
        if row is None:
            return Held(0, "", "", 0.0, live=False, asked=False)
        age = row.now - row.heartbeat
        live = row.heartbeat > 0 and age < self._milliseconds
        asked = row.now - row.asked < ASKED_SECONDS * 1000
        return Held(row.epoch, row.holder, row.address, age / 1000, live, asked)

    def _act(self, statement: TextClause, **values: int) -> int:
        with translated(), self._at_once.connect() as connection:
            return connection.execute(statement, values).rowcount
