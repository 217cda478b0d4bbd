"""The trust root: what a verifier pins beforehand (docs/formats.md §12).

::

    id        = SHA-256(JCS(document without signatures)), printed as sha256:HEX
    signature = Ed25519 over "rollbook trust root v1" ‖ id

``parse`` reads the form and demands a threshold of the document's own authorities; ``follows`` decides whether a newer
version may take the place of a pinned one. Where the pinned one comes from is up to people: never from the file that is
being verified.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.formats import base64s, canonical, datetimes, keys, trustroot_epochs
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.trustroot_epochs import Epoch

FORMAT = "trust-root/1"
SINGLE_SEALER = "single-sealer"
CONSORTIUM = "consortium"
MAX_AUTHORITIES = 32

_DOMAIN = b"rollbook trust root v1"
_SIGNED = frozenset(
    {"rollbook", "version", "previous", "expires", "assurance", "authorities", "threshold", "epochs"},
)


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """A parsed trust root. ``id`` and ``previous`` have 32 bytes; ``signers`` are the authorities that signed it."""

    id: bytes
    version: int
    previous: bytes | None
    expires: datetime
    assurance: str
    authorities: tuple[str, ...]
    threshold: int
    epochs: tuple[Epoch, ...]
    signers: frozenset[str]
    document: dict[str, Any] = field(repr=False, compare=False)

    def assurance_at(self, epoch: Epoch, number: int, anchored: int | None = None) -> str:
        """What a block of one of its epochs may be said to be: never more than the trust root itself claims.

        Nor more than who vouched for the time of an anchor (``anchored``, Unix seconds) that was taken over from an
        epoch before: contracts that go on hold its word, and a word is as good as its first writer.
        """
        if self.assurance == SINGLE_SEALER or not epoch.is_consortium_at(number):
            return SINGLE_SEALER
        before = self.epochs[: self.epochs.index(epoch)]
        taken_over = anchored is not None and any(one.may_have_anchored(epoch, anchored) for one in before)
        return SINGLE_SEALER if taken_over else self.assurance

    @property
    def fingerprint(self) -> str:
        """``sha256:`` and the id in hexadecimal, as people compare it."""
        return f"sha256:{self.id.hex()}"


def parse(data: bytes | dict[str, Any]) -> TrustRoot:
    """The trust root in JSON bytes, or in a value that was read strictly.

    Raises FormatError ``trustroot.malformed``, ProofError ``trustroot.unsigned`` where
    fewer than its own threshold of its own authorities signed it.
    """
    root = draft(data)
    if len(root.signers) < root.threshold:
        raise ProofError("trustroot.unsigned", f"{len(root.signers)} of {root.threshold} signatures that it demands")
    return root


def draft(data: bytes | dict[str, Any]) -> TrustRoot:
    """As ``parse``, on its way from one authority to the next: with as many signatures as there are yet, or none."""
    try:
        return _parse(canonical.loads(data) if isinstance(data, bytes) else data)
    except FormatError as error:
        known = error.code.startswith("trustroot.")
        raise error if known else FormatError("trustroot.malformed", error.message) from None


def follows(pinned: TrustRoot, newer: TrustRoot) -> None:
    """Check that ``newer`` may replace ``pinned``: the next version, linked to it, signed by a threshold of both.

    Raises ProofError ``trustroot.not_next`` or ``trustroot.unsigned``. Thresholds never go lower.
    """
    if newer.version != pinned.version + 1:
        between = f"version {pinned.version + 1} comes after the pinned {pinned.version}, not {newer.version}"
        raise ProofError("trustroot.not_next", between)
    if newer.previous != pinned.id:
        raise ProofError("trustroot.not_next", f"version {newer.version} follows another version {pinned.version}")
    if newer.threshold < pinned.threshold:
        raise ProofError("trustroot.not_next", "a threshold never goes lower")
    valid = _signers(newer.document, newer.id, pinned.authorities)
    if len(valid) < pinned.threshold:
        raise ProofError("trustroot.unsigned", "signed by too few of the pinned version's authorities")


def build(
    *,
    version: int,
    previous: bytes | None,
    expires: datetime,
    assurance: str,
    authorities: list[str],
    threshold: int,
    epochs: list[dict[str, Any]],
) -> dict[str, Any]:
    """An unsigned trust root: JSON, ready for ``sign``."""
    return {
        "rollbook": FORMAT,
        "version": version,
        "previous": None if previous is None else f"sha256:{previous.hex()}",
        "expires": datetimes.render(expires),
        "assurance": assurance,
        "authorities": authorities,
        "threshold": threshold,
        "epochs": epochs,
        "signatures": [],
    }


def sign(document: dict[str, Any], key: keys.KeyPair) -> dict[str, Any]:
    """A copy of ``document`` with this key's signature added, in place of an older one by the same key."""
    others = [one for one in document["signatures"] if one["key"] != key.multikey]
    signature = keys.sign(key.secret, _DOMAIN + _identify(document))
    return {**document, "signatures": [*others, {"key": key.multikey, "signature": base64s.encode(signature)}]}


def _identify(document: dict[str, Any]) -> bytes:
    signed = {name: value for name, value in document.items() if name != "signatures"}
    return hashlib.sha256(canonical.dumps(signed)).digest()


def _parse(value: object) -> TrustRoot:
    if not isinstance(value, dict) or value.get("rollbook") != FORMAT or set(value) != _SIGNED | {"signatures"}:
        raise _malformed("not a trust root, or one with other members than it has")
    version, assurance, threshold = value["version"], value["assurance"], value["threshold"]
    if type(version) is not int or version < 1:
        raise _malformed("version is a whole number from 1")
    authorities = value["authorities"]
    if not isinstance(authorities, list) or not 0 < len(authorities) <= MAX_AUTHORITIES:
        raise _malformed(f"authorities are 1 to {MAX_AUTHORITIES} keys")
    for multikey in authorities:
        keys.multikey_to_public_key(multikey)
    if len(set(authorities)) != len(authorities):
        raise _malformed("an authority twice")
    if type(threshold) is not int or not 1 <= threshold <= len(authorities):
        raise _malformed("threshold is from 1 to the number of authorities")
    previous = _previous(version, value["previous"])
    epochs = trustroot_epochs.read(value["epochs"])
    _check_assurance(assurance, epochs)
    root_id = _identify(value)
    signers = _signers(value, root_id, tuple(authorities))
    expires = datetimes.parse_utc(value["expires"])
    return TrustRoot(
        root_id, version, previous, expires, assurance, tuple(authorities), threshold, epochs, signers, value
    )


def _check_assurance(assurance: object, epochs: tuple[Epoch, ...]) -> None:
    if assurance not in (SINGLE_SEALER, CONSORTIUM):
        raise _malformed("assurance is single-sealer or consortium")
    if assurance == CONSORTIUM:
        *before, last = epochs
        if not last.is_consortium or any(epoch.closed is None for epoch in before):
            raise _malformed("a consortium has at least four validators under QBFT, and nothing before it is open")


def _previous(version: int, value: object) -> bytes | None:
    if (value is None) != (version == 1):
        raise _malformed("the first version has no previous one, every other has")
    if value is None:
        return None
    if not isinstance(value, str) or not value.startswith("sha256:"):
        raise _malformed("previous is sha256:HEX")
    return trustroot_epochs.read_hex("previous", "0x" + value.removeprefix("sha256:"), 32)


def _signers(document: dict[str, Any], root_id: bytes, authorities: tuple[str, ...]) -> frozenset[str]:
    """Which of ``authorities`` signed. A signature by anybody else has no say; a wrong or repeated one is refused."""
    signatures = document["signatures"]
    if not isinstance(signatures, list) or len(signatures) > 2 * MAX_AUTHORITIES:
        raise _malformed("signatures are an array")
    seen = set()
    for one in signatures:
        if not isinstance(one, dict) or set(one) != {"key", "signature"} or not isinstance(one["key"], str):
            raise _malformed("a signature has exactly the members key and signature")
        if one["key"] in seen:
            raise _malformed("two signatures by one key")
        seen.add(one["key"])
        signature = base64s.decode(one["signature"], max_bytes=64)
        if not keys.verify(keys.multikey_to_public_key(one["key"]), _DOMAIN + root_id, signature):
            raise ProofError("trustroot.unsigned", f"the signature by {one['key']} does not hold")
    return frozenset(seen & set(authorities))


def _malformed(message: str) -> FormatError:
    return FormatError("trustroot.malformed", message)
