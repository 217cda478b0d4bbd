"""Reading many bundles that share most of their bytes: one checkpoint, one issuer, one kind, the same lists.

In the canonical form a bundle's members stand in one order, and what its neighbours share stands in three runs of them.
Such a run is read strictly once, and then known by its exact bytes. That this is as strict as reading the whole follows
from the grammar: an object is ``{``, members joined by commas, and ``}``. So where each of several runs is the inside
of a strict object, and no two have a member in common, the runs joined by commas are the inside of one, too. Where the
cuts fall in the wrong place, some run is no inside of an object, and the whole is read in the ordinary way.
"""

import hashlib
import re
from dataclasses import replace
from typing import Any, NamedTuple

from ledger.formats import base64s, bundle, canonical
from ledger.formats.bundle import Bundle, Common, Inclusion, Material
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind
from verifier.facts.cache import Cache

_RUNS, _KINDS = 256, 64

_ANCHORED = frozenset({"anchor", "chain", "checkpoint"})
_SALT_LENGTH = len('"salt":""') + 44
_CREDENTIAL = b'"credential":'
_PROOF = re.compile(rb',"entry":"([A-Za-z0-9+/=]*)","inclusion":\{"index":(0|[1-9][0-9]{0,13})')
_ISSUED = frozenset({"issuers", "kind", "newest", "rollbook"})
_STATUS = frozenset({"status"})


class _NotSo(Exception):
    """The bytes are not laid out as expected; the ordinary way decides."""


class _Frame(NamedTuple):
    """The runs of a bundle that was read, with the brackets and commas around them."""

    anchored: bytes
    issued: bytes
    lists: bytes
    common: Common


class BundleReader:
    """Remembers runs of members and kinds; both are what they are whoever signed whatever beside them."""

    def __init__(self) -> None:
        # The names too: a run is known in its own place only, or a member could stand twice.
        self._runs: Cache[tuple[frozenset[str], bytes], Common] = Cache(_RUNS)
        self._commons: Cache[tuple[Common, Common, Common], Common] = Cache(_RUNS)
        self._kinds: Cache[bytes, Kind | FormatError] = Cache(_KINDS)
        self._last: _Frame | None = None

    def read_kind(self, definition: object) -> Kind | FormatError:
        """As ``bundle.read_kind``, each definition once."""
        if not isinstance(definition, dict):
            return bundle.read_kind(definition)
        digest = hashlib.sha256(canonical.dumps(definition)).digest()
        return self._kinds.get(digest, lambda: bundle.read_kind(definition))

    def read_shared(self, data: bytes) -> Bundle | None:
        """The bundle in canonical bytes with every member; None where ``data`` is to be read in the ordinary way."""
        try:
            return self._read_like(self._last, data) or self._read(data)
        except (FormatError, _NotSo):
            return None

    def _read_like(self, last: _Frame | None, data: bytes) -> Bundle | None:
        """A bundle whose runs are those of the last one, found without searching; None where they are not."""
        if last is None or not (data.startswith(last.anchored) and data.endswith(last.lists)):
            return None
        own, salt = len(last.anchored), len(data) - len(last.lists) - _SALT_LENGTH
        issued = salt - len(last.issued)
        if issued < own or not data.startswith(last.issued, issued):
            return None
        return _own(data[own:issued], _salt(data[salt : salt + _SALT_LENGTH]), last.common)

    def _read(self, data: bytes) -> Bundle:
        own = data.find(b',"credential":{')
        salt = data.rfind(b',"salt":"')
        issued = data.rfind(b',"issuers":[', own + 1, max(salt, 0))
        status = data.find(b',"status":[', salt + 1)
        if not (0 < own < issued < salt < status and data.startswith(b"{") and data.endswith(b"]}")):
            raise _NotSo
        anchored = self._run(data[1:own], _ANCHORED)
        shared = self._run(data[issued + 1 : salt], _ISSUED)
        lists = self._run(data[status + 1 : -1], _STATUS)
        common = self._commons.get((anchored, shared, lists), lambda: _joined(anchored, shared, lists))
        self._last = _Frame(data[: own + 1], data[issued : salt + 1], data[status:], common)
        return _own(data[own + 1 : issued], _salt(data[salt + 1 : status]), common)

    def _run(self, run: bytes, names: frozenset[str]) -> Common:
        return self._runs.get((names, run), lambda: self._read_run(run, names))

    def _read_run(self, run: bytes, names: frozenset[str]) -> Common:
        members = _inside(run, names)
        if members.get("rollbook", bundle.FORMAT) != bundle.FORMAT:
            raise _NotSo
        if names is _ANCHORED:
            return Common(
                anchor=bundle.read_anchor(members["anchor"]),
                chain=bundle.read_chain(members["chain"]),
                checkpoint=bundle.read_checkpoint(members["checkpoint"]),
            )
        if names is _STATUS:
            return Common(status=bundle.read_status(members["status"]))
        return Common(
            issuers=bundle.read_issuers(members["issuers"]),
            kind=self.read_kind(members["kind"]),
            newest=bundle.read_anchor(members["newest"]),
        )


def _joined(anchored: Common, issued: Common, lists: Common) -> Common:
    return replace(anchored, newest=issued.newest, issuers=issued.issuers, kind=issued.kind, status=lists.status)


def _own(run: bytes, salt: bytes, common: Common) -> Bundle:
    """The bundle of what is a record's own: the credential, in canonical bytes, then entry and inclusion."""
    cut = run.rfind(b',"entry":"')
    head, _, path = run[cut:].partition(b',"path":[')
    start = _PROOF.fullmatch(head)
    if start is None or not (run.startswith(_CREDENTIAL) and path.startswith(b'"') and path.endswith(b'"]}')):
        raise _NotSo
    signed = run[len(_CREDENTIAL) : cut]
    credential = canonical.loads_canonical(signed, numbers=False)
    # Base64 needs no escapes: what stands between the quotes are the texts, and their decoding refuses all else.
    words = path[1:-3].decode("latin-1").split('","')
    if not isinstance(credential, dict) or len(words) > bundle.MAX_PATH:
        raise _NotSo
    inclusion = Inclusion(int(start[2]), base64s.decode_words(words))
    entry = base64s.decode(start[1].decode("ascii"), max_bytes=bundle.MAX_ENTRY)
    return Bundle(credential, None, salt, Material(entry, inclusion, common), signed)


def _inside(run: bytes, names: frozenset[str]) -> dict[str, Any]:
    """The members of a run: exactly those of ``names``."""
    value = canonical.loads(b"{" + run + b"}")
    if not isinstance(value, dict) or value.keys() != names:
        raise _NotSo
    return value


def _salt(run: bytes) -> bytes:
    """The 32 bytes in ``"salt":"…"``: base64 needs no escapes, so the text stands as it is."""
    if not run.startswith(b'"salt":"') or len(run) != _SALT_LENGTH or run[-1:] != b'"' or not run.isascii():
        raise _NotSo
    return base64s.decode32(run[8:-1].decode("ascii"))
