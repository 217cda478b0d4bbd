"""One record: signing a credential, verifying a bundle, against raw Ed25519 on the 64 bytes that are signed."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from nacl import bindings

from bench.harness import Batch, Growth, Row, compare, median_microseconds
from bench.ledger import Ledger, subject
from ledger.formats import canonical, entry, keys, suites
from ledger.formats.contexts import BUNDLED, Contexts
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
    """`issue_jcs` and `verify_jcs`, `issue_rdfc` and `verify_rdfc`."""
    yield compare("issue_jcs", _issuing(ledger, suites.JCS), raw_signing(), limit=2.4)
    yield compare("verify_jcs", _verifying(ledger, suites.JCS), raw_verification(), limit=2.2)
    yield compare("issue_rdfc", _issuing(ledger, suites.RDFC), raw_verification(), limit=10)
    yield compare("verify_rdfc", _verifying(ledger, suites.RDFC), raw_verification(), limit=10)


def growth(ledger: Ledger) -> Iterator[Growth]:
    """How issuing and verifying over RDF grow with the courses of a transcript: as its bytes do."""
    unsigned, contexts = _unsigned(ledger.bundles[suites.RDFC][0]), _contexts(ledger)
    for count in (5, 40, 300):
        document = unsigned | {"credentialSubject": subject(1, count)}
        signer = _signer(suites.RDFC, document, contexts)
        signed = signer.sign(document)
        whole: Any = canonical.loads(signed)
        times = max(1, 600 // count)

        def issue(document: Any = document, signer: suites.Signer = signer, times: int = times) -> int:
            for _ in range(times):
                signer.sign(document)
            return times

        def verify(whole: Any = whole, signed: bytes = signed, times: int = times) -> int:
            for _ in range(times):
                suites.verify(whole, contexts=contexts, signed=signed)
            return times

        yield Growth("issue_rdfc_courses", count, median_microseconds(issue))
        yield Growth("verify_rdfc_courses", count, median_microseconds(verify))


def _contexts(ledger: Ledger) -> Contexts:
    url, document = ledger.definition["context"]["url"], ledger.definition["context"]["document"]
    return BUNDLED.extended({url: document})


def _signer(suite: str, unsigned: dict[str, Any], contexts: Contexts) -> suites.Signer:
    method = f"{unsigned['issuer']}#{_KEY.multikey}"
    context = unsigned["@context"]
    return suites.signer(suite, _KEY, method, created="2026-07-01T00:00:00Z", context=context, contexts=contexts)


def _issuing(ledger: Ledger, suite: str) -> Batch:
    """Unsigned credentials into signed documents and their log entries, under fresh salts."""
    unsigned = [_unsigned(bundle) for bundle in ledger.bundles[suite]]
    issuer, contexts = member_id(unsigned[0]["issuer"]), _contexts(ledger)

    def work() -> int:
        signer = _signer(suite, unsigned[0], contexts)
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


def _verifying(ledger: Ledger, suite: str) -> Batch:
    """Full reports of credentials from their bytes, with the proofs of each beside them, as a ledger checks its own.

    What the records share is looked at once, as for any batch of one school; path, entry and salt are each one's own.
    """
    verifier, now, reader = Verifier(ledger.trust_root), datetime.now(UTC), BundleReader()
    given = [read(bundle, reader, strictly=False) for bundle in ledger.bundles[suite]]
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
