"""The bundle: one JSON file that proves one record (docs/formats.md §11); and proof material, its part without secrets.

Reading checks the form of every member and nothing else: what the proofs are worth is the verifier's business. Every
member but the credential may be absent. The chain's header and nodes stay text here, because a verifier that has seen
the same text before need not decode it again; ``Chain.decode`` is as strict as the rest.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ledger.formats import base64s, canonical, entry, enveloped, profile, registry, sm2_envelope
from ledger.formats import kind as kinds
from ledger.formats.datetimes import MAX_UNIX
from ledger.formats.enveloped import Given, Secured
from ledger.formats.errors import FormatError
from ledger.formats.jws import Token
from ledger.formats.kind import Kind
from ledger.formats.profile import Profile

FORMAT = "bundle/1"
MATERIAL_FORMAT = "proof/1"

MAX_PATH = 48
MAX_NODES = 4096
MAX_ISSUERS = 16
MAX_LISTS = 16
MAX_STEPS = 64
MAX_NOTE = 16 * 1024
MAX_ENTRY = entry.MAX_SIZE
SIZE_LIMIT = 1 << 48

_MATERIAL = frozenset({"entry", "inclusion", "checkpoint", "anchor", "newest", "chain", "issuers", "kind", "status"})
_FORMS = frozenset({"credential", "presentation", *enveloped.FORMS})
_BUNDLE = _MATERIAL | _FORMS | {"rollbook", "salt"}


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an entry lies in the log, and its RFC 9162 inclusion path (32-byte hashes, leaf to root)."""

    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """An accepted checkpoint as CheckpointRegistry keeps it; ``time`` is its block's, in Unix seconds."""

    size: int
    root: bytes
    previous_size: int
    time: int
    status_root: bytes

    def preimage_hash(self) -> bytes:
        """The 32-byte word in the contract's storage under (log id, size)."""
        return registry.anchor_digest(self.size, self.root, self.previous_size, self.time, self.status_root)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a bundle."""
        return {
            "size": self.size,
            "root": base64s.encode(self.root),
            "previousSize": self.previous_size,
            "time": self.time,
            "statusRoot": base64s.encode(self.status_root),
        }


@dataclass(frozen=True)
class Chain:
    """One block header and trie nodes, in base64 and not decoded yet."""

    header: str
    nodes: tuple[str, ...]

    @cached_property
    def key(self) -> bytes:
        """32 bytes that name exactly this text: equal keys, equal answers."""
        return hashlib.sha256(canonical.dumps([self.header, *self.nodes])).digest()

    def decode(self) -> tuple[bytes, list[bytes]]:
        """The header's and the nodes' RLP bytes; FormatError ``document.malformed`` for text that is no base64."""
        return base64s.decode(self.header), [base64s.decode(node) for node in self.nodes]


@dataclass(frozen=True, slots=True)
class ListProof:
    """A status list, SHA-256 of its JCS bytes, and its (split, sibling) steps in the map of lists."""

    credential: dict[str, Any]
    hash: bytes
    steps: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """What a record's proofs have in common with its neighbours'. A FormatError stands for an unreadable kind.

    Compared by identity: whoever meets the same object again may use what was found for it before.
    """

    checkpoint: str | None = None
    anchor: Anchor | None = None
    newest: Anchor | None = None
    chain: Chain | None = None
    issuers: tuple[Profile, ...] = ()
    kind: Kind | FormatError | None = None
    status: tuple[ListProof, ...] = ()


NOTHING = Common()


class Material(NamedTuple):
    """Everything in a bundle that is no secret: proofs of one entry."""

    entry: bytes | None = None
    inclusion: Inclusion | None = None
    common: Common = NOTHING


NO_MATERIAL = Material()


class Bundle(NamedTuple):
    """A parsed bundle. ``credential`` is the one that a presentation holds, where there is a presentation.

    ``signed`` is JCS of the credential where reading has brought it to light, else None; for sure only where the
    credential ``canonical.is_plain``, or holds no number. ``shown`` is what the sheet draws that the bundle came in,
    ``beside`` what that sheet has and none of ours.
    """

    credential: dict[str, Any]
    presentation: dict[str, Any] | None
    salt: bytes | None
    material: Material
    signed: bytes | None = None
    shown: str | None = None
    beside: tuple[str, ...] = ()
    secured: Secured | None = None
    vp: Token | None = None
    sealed: dict[str, Any] | None = None

    @classmethod
    def bare(cls, given: Given) -> "Bundle":
        """A credential, or a presentation of one, without any proof beside it."""
        return cls(
            given.credential,
            given.presentation,
            None,
            NO_MATERIAL,
            secured=given.secured,
            vp=given.vp,
            sealed=given.sealed,
        )


KindReader = Callable[[object], Kind | FormatError]


def read_kind(value: object) -> Kind | FormatError:
    """The member ``kind``. One that this version cannot read is unknown, not wrong: the error is the answer."""
    try:
        return kinds.parse(value)
    except FormatError as error:
        return error


def parse(data: bytes | dict[str, Any], kind_reader: KindReader = read_kind) -> Bundle:
    """The bundle in JSON bytes, or in a value that was read strictly.

    ``kind_reader`` may remember kinds that it has read before. Raises FormatError ``document.malformed`` (and what
    ``canonical.loads`` raises). Nothing is verified.
    """
    value = canonical.loads(data) if isinstance(data, bytes) else data
    if not isinstance(value, dict) or value.get("rollbook") != FORMAT or not value.keys() <= _BUNDLE:
        raise _malformed("not a bundle, or one with members that bundles do not have")
    given = _given(value)
    salt = base64s.decode32(value["salt"]) if "salt" in value else None
    return Bundle.bare(given)._replace(salt=salt, material=_material(value, kind_reader))


def parse_material(data: bytes | dict[str, Any], kind_reader: KindReader = read_kind) -> Material:
    """The proof material in JSON bytes, or in a value that was read strictly; errors as ``parse``."""
    value = canonical.loads(data) if isinstance(data, bytes) else data
    if not isinstance(value, dict) or value.get("rollbook") != MATERIAL_FORMAT:
        raise _malformed("not proof material")
    if not value.keys() <= _MATERIAL | {"rollbook"}:
        raise _malformed("proof material with members that it does not have")
    return _material(value, kind_reader)


def build(credential: dict[str, Any] | str, salt: bytes, material: dict[str, Any]) -> bytes:
    """The bundle of a credential (or of a presentation), its salt, and proof material as ``parse_material`` reads it.

    A text is a compact JWT, or with a ``~`` in it an SD-JWT; an SM2 envelope says that it is one.
    The bytes are canonical (RFC 8785). Raises FormatError
    where the parts do not make a bundle.
    """
    if isinstance(credential, str):
        member = "sdJwt" if "~" in credential else "jwt"
    elif sm2_envelope.is_envelope(credential):
        member = "sm2"
    else:
        member = "presentation" if "VerifiablePresentation" in credential.get("type", ()) else "credential"
    parts = {name: value for name, value in material.items() if name != "rollbook"}
    value = {**parts, "rollbook": FORMAT, member: credential, "salt": base64s.encode(salt)}
    parse(value, lambda _: FormatError("kind.malformed", "not looked at here"))
    return canonical.dumps(value)


def _material(value: dict[str, Any], kind_reader: KindReader) -> Material:
    common = Common(
        checkpoint=read_checkpoint(value["checkpoint"]) if "checkpoint" in value else None,
        anchor=read_anchor(value["anchor"]) if "anchor" in value else None,
        newest=read_anchor(value["newest"]) if "newest" in value else None,
        chain=read_chain(value["chain"]) if "chain" in value else None,
        issuers=read_issuers(value["issuers"]) if "issuers" in value else (),
        kind=kind_reader(value["kind"]) if "kind" in value else None,
        status=read_status(value["status"]) if "status" in value else (),
    )
    return Material(
        entry=base64s.decode(value["entry"], max_bytes=MAX_ENTRY) if "entry" in value else None,
        inclusion=read_inclusion(value["inclusion"]) if "inclusion" in value else None,
        common=common,
    )


def read_inclusion(value: object) -> Inclusion:
    """The member ``inclusion``."""
    members = _members("inclusion", value, {"index", "path"})
    path = _list("inclusion.path", members["path"], MAX_PATH)
    index = _whole("inclusion.index", members["index"], 0, SIZE_LIMIT - 1)
    return Inclusion(index, base64s.decode_words(path))


def read_checkpoint(value: object) -> str:
    """The member ``checkpoint``: a signed note as text."""
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        raise _malformed(f"checkpoint is text of at most {MAX_NOTE} characters")
    return value


def read_anchor(value: object) -> Anchor:
    """The members ``anchor`` and ``newest``."""
    members = _members("anchor", value, {"size", "root", "previousSize", "time", "statusRoot"})
    size = _whole("anchor.size", members["size"], 1, SIZE_LIMIT - 1)
    return Anchor(
        size,
        base64s.decode32(members["root"]),
        _whole("anchor.previousSize", members["previousSize"], 0, size - 1),
        _whole("anchor.time", members["time"], 1, MAX_UNIX),
        base64s.decode32(members["statusRoot"]),
    )


def read_chain(value: object) -> Chain:
    """The member ``chain``, its base64 not decoded yet."""
    members = _members("chain", value, {"header", "nodes"})
    header, nodes = members["header"], _list("chain.nodes", members["nodes"], MAX_NODES)
    if not isinstance(header, str) or not all(isinstance(node, str) for node in nodes):
        raise _malformed("chain holds base64 text")
    return Chain(header, tuple(nodes))


def read_issuers(value: object) -> tuple[Profile, ...]:
    """The member ``issuers``."""
    try:
        return tuple([profile.parse(one) for one in _list("issuers", value, MAX_ISSUERS)])
    except FormatError as error:
        raise _malformed(f"issuers: {error.message}") from None


def read_status(value: object) -> tuple[ListProof, ...]:
    """The member ``status``."""
    return tuple([_list_proof(one) for one in _list("status", value, MAX_LISTS)])


def _list_proof(value: object) -> ListProof:
    members = _members("status", value, {"credential", "steps"})
    credential = members["credential"]
    if not isinstance(credential, dict):
        raise _malformed("status.credential is an object")
    steps = _list("status.steps", members["steps"], MAX_STEPS)
    if not all(isinstance(step, list) and len(step) == 2 for step in steps):
        raise _malformed("a step is a split and a sibling")
    pairs = tuple([(base64s.decode32(split), base64s.decode32(sibling)) for split, sibling in steps])
    return ListProof(credential, hashlib.sha256(canonical.dumps(credential)).digest(), pairs)


def _given(value: dict[str, Any]) -> Given:
    """What the bundle proves, in whichever of its forms."""
    names = value.keys() & _FORMS
    if len(names) != 1:
        raise _malformed("a bundle has a credential in one form, or a presentation, and not both")
    (name,) = names
    held = value[name]
    if name in enveloped.FORMS:
        return enveloped.FORMS[name](held)
    if not isinstance(held, dict):
        raise _malformed(f"{name} is an object")
    return presented(held) if name == "presentation" else Given(held, None)


def presented(presentation: dict[str, Any]) -> Given:
    """A presentation with its one credential (VC Data Model 2.0 §4.13); FormatError where there is not exactly one."""
    held = presentation.get("verifiableCredential")
    if isinstance(held, list) and len(held) == 1:
        held = held[0]
    if not isinstance(held, dict | str):
        raise _malformed("a presentation holds one credential")
    inside = enveloped.held(held)
    return inside._replace(presentation=presentation)


def _members(where: str, value: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != names:
        raise _malformed(f"{where} has exactly the members {', '.join(sorted(names))}")
    return value


def _list(where: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _malformed(f"{where} is an array of at most {most}")
    return value


def _whole(where: str, value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _malformed(f"{where} is no whole number from {least} to {most}")
    return value


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
