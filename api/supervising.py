"""`rollbook serve --workers N`: several processes on one port, made by one that does nothing but watch them."""

import os
import socket

import structlog

from api import logs
from api.folder import made_by_init
from api.serving import Say, bind, serve_on
from api.settings import Settings
from api.workers.supervisor import Supervisor
from ledger.formats.errors import ConfigError, RollbookError

MOST = 64

_log = structlog.get_logger("rollbook.supervising")


def serve(settings: Settings, workers: int, *, say: Say) -> None:
    """Serve with so many processes until SIGINT or SIGTERM.

    Raises ConfigError ``config.workers`` where this deployment is one process's alone, or the platform cannot fork;
    what the settings contradict, as `api.serving.serve`.
    """
    if not 1 <= workers <= MOST:
        raise ConfigError("config.workers", f"there are 1 to {MOST} workers")
    if not settings.together:
        said = "several processes need PostgreSQL and a chain of their own: set ROLLBOOK_DATABASE_URL and"
        raise ConfigError("config.workers", f"{said} ROLLBOOK_CHAIN_URL, or leave out --workers")
    if not hasattr(os, "fork"):
        raise ConfigError("config.workers", "this system cannot fork: start `rollbook serve` several times instead")
    settings.passphrase()
    base = made_by_init(settings)[1].base
    logs.configure(settings.log_level)
    with bind(settings, base) as listening:
        say(f"serving {base} with {workers} processes (Ctrl-C stops)")
        Supervisor(lambda: _child(settings, listening), workers).run()


def _child(settings: Settings, listening: socket.socket) -> int:
    try:
        serve_on(settings, listening, say=lambda _: None)
    except RollbookError as error:
        _log.critical("cannot serve", code=error.code, reason=error.message)
        return 78
    return 0
