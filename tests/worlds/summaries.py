"""Summaries of a scene's record, signed by its school or by whoever a test wants."""

from typing import Any

from ledger.formats import canonical, summary
from ledger.formats.keys import KeyPair
from ledger.formats.proof import JcsSigner
from tests.support.kinds import BASE
from tests.worlds.scene import Scene

CREATED = "2026-02-01T00:00:00Z"


def unsigned(scene: Scene) -> dict[str, Any]:
    """The honest summary, free to be altered."""
    school = scene.world.school
    code = school.profile["code"]
    return summary.build(scene.record.credential, scene.digest, content="transcript", school=code, base=BASE)


def sign(scene: Scene, document: dict[str, Any], key: KeyPair | None = None) -> bytes:
    """``document`` signed under the school's DID, by its key or another one."""
    school = scene.world.school
    key = key or school.key
    context = document["@context"]
    signer = JcsSigner(key, f"{school.did}#{key.multikey}", created=CREATED, context=context)
    return signer.sign(document)


def signed(scene: Scene, **changes: Any) -> bytes:
    """The summary with other members, truly signed by the school."""
    return sign(scene, unsigned(scene) | changes)


def tampered(scene: Scene, *path: str, to: Any) -> bytes:
    """The summary with one value replaced after it was signed."""
    made: Any = canonical.loads(signed(scene))
    held = made
    for step in path[:-1]:
        held = held[int(step)] if isinstance(held, list) else held[step]
    held[path[-1]] = to
    return canonical.dumps(made)
