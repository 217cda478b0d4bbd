"""The trust roots that this person has pinned: kept in the data folder, and never taken from a file being verified."""

import os
from collections.abc import Sequence
from pathlib import Path

from api.home import make_private, write_whole
from ledger.formats import canonical, trustroot
from ledger.formats.errors import ConfigError, FormatError, ProofError, RollbookError
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Log
from verifier.facts import checkpoints
from verifier.readers import carriers


class Pins:
    """The pinned trust roots of one data folder. The default is the one that was added last."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "trust"

    def all(self) -> list[TrustRoot]:
        """Every pinned trust root, the default first.

        Raises ConfigError ``trust.damaged`` where a file was altered, ``trust.unreadable`` where the folder may not be
        read: what is pinned is then unknown, which is not the same as nothing.
        """
        found = {path.stem: self._read(path) for path in self._files()}
        default = self._default()
        return sorted(found.values(), key=lambda root: root.id.hex() != default)

    def get(self, start: str) -> TrustRoot:
        """The pinned trust root whose fingerprint begins so; ConfigError ``trust.unknown``."""
        wanted = start.removeprefix("sha256:").lower()
        found = [root for root in self.all() if wanted and root.id.hex().startswith(wanted)]
        if len(found) != 1:
            raise ConfigError("trust.unknown", f"{len(found)} pinned trust roots have a fingerprint that begins so")
        return found[0]

    def add(self, *documents: bytes) -> TrustRoot:
        """Pin a trust root, or walk to it from the pinned version through those given, and make it the default.

        ``documents`` are one version or several of one trust root, in any order; nothing is kept unless all of it
        holds. Raises what ``trustroot.parse`` raises; ConfigError ``trust.older`` where a later version is pinned,
        ``trust.forked`` where another one of that number is; ProofError ``trustroot.not_next`` where a version between
        is missing or is not linked, ``trustroot.unsigned`` where too few of the version before signed it.
        """
        read = {root.id: (root, data) for root, data in ((trustroot.parse(data), data) for data in documents)}
        given = sorted((root for root, _ in read.values()), key=lambda root: root.version)
        pinned = [root for root in self.all() if any(_are_one(root, new) for new in given)]
        newest = max(pinned, key=lambda root: root.version, default=None)
        last = walk(newest, given)
        make_private(self._folder)
        if last.id in read:
            write_whole(self._path(last), read[last.id][1])
        write_whole(self._folder / "default", last.id.hex().encode() + b"\n")
        for root in pinned:
            if root.id != last.id:
                self._path(root).unlink(missing_ok=True)
        return last

    def related(self, root: TrustRoot) -> TrustRoot | None:
        """The newest pinned version of the trust root of which ``root`` is one; None where none is pinned."""
        return max((one for one in self.all() if _are_one(one, root)), key=lambda one: one.version, default=None)

    def namesakes(self, root: TrustRoot) -> list[TrustRoot]:
        """The other pinned roots that have a log of the same origin under another key."""
        keys = {log.origin: log.key for log in _logs(root)}
        others = [other for other in self.all() if other.id != root.id]
        return [one for one in others if any(keys.get(log.origin, log.key) != log.key for log in _logs(one))]

    def remove(self, root: TrustRoot) -> None:
        """Trust it no longer."""
        self._path(root).unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        try:
            names = os.listdir(self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ConfigError("trust.unreadable", f"the folder {self._folder}: {error.strerror}") from None
        return sorted(self._folder / name for name in names if name.endswith(".json"))

    def _path(self, root: TrustRoot) -> Path:
        return self._folder / f"{root.id.hex()}.json"

    def _default(self) -> str:
        try:
            return (self._folder / "default").read_text().strip()
        except OSError:
            return ""

    def _read(self, path: Path) -> TrustRoot:
        try:
            root = trustroot.parse(path.read_bytes())
        except (OSError, FormatError, ProofError):
            raise ConfigError("trust.damaged", f"the pinned trust root {path} cannot be read") from None
        if root.id.hex() != path.stem:
            raise ConfigError("trust.damaged", f"the pinned trust root {path} is not the one that was pinned")
        return root


def walk(pinned: TrustRoot | None, given: Sequence[TrustRoot]) -> TrustRoot:
    """The newest version that is reached from ``pinned`` (or the first given) through all of ``given``, by number.

    Where several are given, those that ``pinned`` goes back to are passed over. Errors as ``Pins.add``.
    """
    at, known = pinned or given[0], {root.id: root for root in given}
    passed: set[bytes] = {at.id}
    before = at
    while len(given) > 1 and before.previous in known:
        before = known[before.previous]
        passed.add(before.id)
    for new in given:
        if new.id in passed:
            continue
        if new.version < at.version:
            raise ConfigError("trust.older", f"version {at.version} is pinned already, and there is no way back")
        if new.version == at.version:
            raise ConfigError(
                "trust.forked",
                f"this is another version {new.version} than the pinned {at.fingerprint}: somebody misuses keys that "
                "sign trust roots; ask the authorities, and verify nothing until then",
            )
        trustroot.follows(at, new)
        at = new
    return at


def _are_one(one: TrustRoot, other: TrustRoot) -> bool:
    """Whether two are versions of one trust root: they are linked, or have a log in common."""
    linked = one.id in (other.id, other.previous) or one.previous == other.id
    return linked or bool({log.id for log in _logs(one)} & {log.id for log in _logs(other)})


def choose(roots: Sequence[TrustRoot], data: bytes) -> TrustRoot:
    """The one of the pinned ``roots`` whose log signed a bundle's checkpoint; else one with a log of that name; else
    the first.

    The file only says which of the pinned roots it wants to be held against; the verifier then demands it all.
    """
    note = _note(data) if len(roots) > 1 else None
    if note is None:
        return roots[0]
    # Many a deployment's log has the same name, localhost's: its key tells them apart.
    signed = [root for root in roots if isinstance(checkpoints.open_note(note, root), checkpoints.Signed)]
    origin = note.partition("\n")[0]
    named = [root for root in roots if any(log.origin == origin for log in _logs(root))]
    return (signed or named or roots)[0]


def _logs(root: TrustRoot) -> list[Log]:
    return [log for epoch in root.epochs for log in epoch.logs]


def _note(data: bytes) -> str | None:
    try:
        value = canonical.loads(
            carriers.document_in(data)
        )  # bounded in depth: Python's own reader may exhaust a thread's stack
    except FormatError:
        return None
    note = value.get("checkpoint") if isinstance(value, dict) else None
    return note if isinstance(note, str) else None


def read_file(path: Path) -> TrustRoot:
    """The trust root in a file that the user names; ConfigError ``trust.unreadable`` where there is none in it."""
    try:
        return trustroot.parse(path.read_bytes())
    except OSError as error:
        raise ConfigError("trust.unreadable", f"{path}: {error.strerror}") from None
    except RollbookError as error:
        raise ConfigError("trust.unreadable", f"{path}: {error}") from None
