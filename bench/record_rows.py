"""One record: signing a credential, verifying a bundle, against raw Ed25519 on the 64 bytes that are signed."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from nacl import bindings

from bench.harness import Batch, Row, compare
from bench.ledger import Ledger
from ledger.formats import canonical, entry, keys
from ledger.formats.proof import JcsSigner
from ledger.formats.registry import member_id
from verifier.evidence import Found, Gathered
from verifier.readers.bundles import BundleReader
from verifier.readers.document import read
from verifier.verifier import Verifier

_KEY = keys.generate(bytes(range(32)))
_MESSAGE = hashlib.sha512(b"the 64 bytes that are signed").digest()


def raw_signing(n: int = 1_000) -> Batch:
    """`crypto_sign` of 64 bytes, `n` times."""

    def work() -> int:
        for _ in range(n):
            bindings.crypto_sign(_MESSAGE, _KEY.secret)
        return n

    return work


def raw_verification(n: int = 1_000) -> Batch:
    """`crypto_sign_open` of 64 bytes, `n` times."""
    signed = bindings.crypto_sign(_MESSAGE, _KEY.secret)

    def work() -> int:
        for _ in range(n):
            bindings.crypto_sign_open(signed, _KEY.public)
        return n

    return work


def record_rows(ledger: Ledger) -> Iterator[Row]:
    """`issue_jcs` and `verify_jcs`."""
    yield compare("issue_jcs", _issuing(ledger), raw_signing(), limit=2.4)
    yield compare("verify_jcs", _verifying(ledger), raw_verification(), limit=2.2)


def _issuing(ledger: Ledger) -> Batch:
    """Unsigned credentials into signed documents and their log entries, under fresh salts."""
    unsigned = [_unsigned(bundle) for bundle in ledger.bundles]
    first = unsigned[0]
    did = first["issuer"]
    method, context = f"{did}#{_KEY.multikey}", first["@context"]
    issuer = member_id(did)

    def work() -> int:
        signer = JcsSigner(_KEY, method, created="2026-07-01T00:00:00Z", context=context)
        prefix = entry.prefix("transcript", issuer, entry.Representation.DATA_INTEGRITY)
        salts = os.urandom(32 * len(unsigned))
        for number, document in enumerate(unsigned):
            digest, salt = hashlib.sha256(signer.sign(document)).digest(), salts[32 * number : 32 * number + 32]
            prefix + entry.commitment(salt, digest)
        return len(unsigned)

    return work


def _unsigned(bundle: bytes) -> dict[str, Any]:
    value: Any = canonical.loads(bundle)
    return {name: member for name, member in value["credential"].items() if name != "proof"}


def _verifying(ledger: Ledger) -> Batch:
    """Full reports of credentials from their bytes, with the proofs of each beside them, as a ledger checks its own.

    What the records share is looked at once, as for any batch of one school; path, entry and salt are each one's own.
    """
    verifier, now, reader = Verifier(ledger.trust_root), datetime.now(UTC), BundleReader()
    given = [read(bundle, reader, strictly=False) for bundle in ledger.bundles]
    signed = [canonical.dumps(one.credential) for one in given]
    proofs = {
        hashlib.sha256(data).digest(): Found(one.material, one.salt) for data, one in zip(signed, given, strict=True)
    }
    evidence = Gathered(proofs)
    if not all(verifier.verify_many(signed, now=now, evidence=evidence)):
        raise SystemExit("a record of the bench does not verify")

    def work() -> int:
        slices = [signed[at : at + 64] for at in range(0, len(signed), 64)]
        return sum(len(verifier.verify_many(some, now=now, evidence=evidence)) for some in slices)

    return work
