"""What a watcher is told beforehand, in a folder of its own: which log, under which key, where; and a witness's key.

::

    FOLDER/
      witness.json      name, the log's vkey, the deployment's address
      key               the witness's secret seed, base64, mode 0600: never to be copied to a second machine
      state.sqlite      what it has seen and cosigned: never to be put back from a copy
      checkpoint        the newest checkpoint with its line, for logs that take none
      evidence-*.json   what broke the log's promise
"""

import base64
import binascii
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from api.home import make_private, write_whole
from api.remote import LOG_PATH, base_of
from ledger.formats import canonical, keys, note
from ledger.formats.errors import ConfigError, FormatError
from ledger.formats.keys import KeyPair
from ledger.formats.note import COSIGNATURE_V1, ED25519, NoteKey
from ledger.formats.trustroot import TrustRoot

CONFIG, KEY, STATE, OUTPUT = "witness.json", "key", "state.sqlite", "checkpoint"


@dataclass(frozen=True, slots=True)
class Setup:
    """A witness's folder, read: its ``name`` and ``pair``, the log's key, the deployment's base address."""

    folder: Path
    name: str
    pair: KeyPair
    log_key: NoteKey
    base: str

    @property
    def key(self) -> NoteKey:
        """What others are told: the witness's public key."""
        return NoteKey(self.name, self.pair.public, COSIGNATURE_V1)


def log_of(root: TrustRoot) -> NoteKey:
    """The key of the log that a trust root's last epoch writes to."""
    return root.epochs[-1].logs[-1].key


def parse_log(vkey: str) -> NoteKey:
    """A log's key from its vkey; ConfigError ``watch.log``."""
    try:
        key = note.parse_vkey(vkey)
    except FormatError as error:
        raise ConfigError("watch.log", f"not a log's vkey: {error.message}") from None
    if key.algorithm != ED25519:
        raise ConfigError("watch.log", "a witness's vkey, and not a log's")
    return key


def default_base(key: NoteKey) -> str:
    """Where a log of this name answers; ConfigError ``watch.address`` where its name does not tell."""
    if not key.name.endswith(LOG_PATH):
        raise ConfigError("watch.address", "the log's name does not tell its address: give one by --url")
    return base_of(key.name)


def make(folder: Path, name: str, log_key: NoteKey, base: str, seed: bytes) -> Setup:
    """A new witness with the key of this 32-byte seed.

    Raises ConfigError ``watch.name``, ``watch.exists`` where the folder has one: its key is never overwritten.
    """
    pair = keys.generate(seed)
    try:
        NoteKey(name, pair.public, COSIGNATURE_V1)
    except FormatError as error:
        raise ConfigError("watch.name", error.message) from None
    if any((folder / one).exists() for one in (CONFIG, KEY, STATE)):
        raise ConfigError("watch.exists", f"there is a witness in {folder} already")
    make_private(folder)
    write_whole(folder / KEY, base64.b64encode(seed) + b"\n", mode=0o600)
    told = {"name": name, "log": str(log_key), "url": base}
    write_whole(folder / CONFIG, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
    return Setup(folder, name, pair, log_key, base)


def load(folder: Path) -> Setup:
    """The witness in a folder.

    Raises ConfigError ``watch.none`` where there is none, ``watch.key`` where others may read its key, ``watch.setup``.
    """
    try:
        told, secret = canonical.loads((folder / CONFIG).read_bytes()), (folder / KEY).read_bytes()
    except FileNotFoundError:
        raise ConfigError("watch.none", f"there is no witness in {folder}: run `rollbook witness init`") from None
    except FormatError as error:
        raise ConfigError("watch.setup", f"{folder / CONFIG}: {error.message}") from None
    if os.name != "nt" and stat.S_IMODE((folder / KEY).stat().st_mode) & 0o077:
        raise ConfigError("watch.key", f"others may read {folder / KEY}: run chmod 600 on it")
    if not isinstance(told, dict) or not all(isinstance(told.get(one), str) for one in ("name", "log", "url")):
        raise ConfigError("watch.setup", f"{folder / CONFIG} does not say name, log and url")
    try:
        pair = keys.generate(base64.b64decode(secret, validate=False))
    except (binascii.Error, FormatError):
        raise ConfigError("watch.key", f"{folder / KEY} holds no key") from None
    return Setup(folder, str(told["name"]), pair, parse_log(str(told["log"])), str(told["url"]))
