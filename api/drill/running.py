"""The whole drill: a stage is made, every attack is tried on it, and all of it is thrown away."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from api.drill import attacks, forks, stage
from api.drill.findings import SERVER, UNDISTURBED, Finding
from api.drill.stage import Stage
from ledger.formats.errors import RollbookError

ATTACKS: Mapping[str, Callable[[Stage], Iterator[Finding]]] = {
    "key": attacks.stolen_key,
    "database": attacks.edited_database,
    "status": attacks.replayed_list,
    "fork": forks.forked_log,
    "block": attacks.backdated_block,
}


def run() -> Iterator[Finding]:
    """The findings of every attack, as they are made; RollbookError where there is no room for a stage."""
    with tempfile.TemporaryDirectory(prefix="rollbook-drill-", ignore_cleanup_errors=True) as folder:
        scene = stage.make(Path(folder) / "stage")
        for name in ATTACKS:
            yield from findings(scene, name)


def findings(scene: Stage, name: str) -> Iterator[Finding]:
    """Those of one attack. Where something broke off that should have gone on, that is a finding as well."""
    try:
        yield from ATTACKS[name](scene)
    except RollbookError as error:
        yield Finding(name, "course", SERVER, UNDISTURBED, (error.code,))
