"""The part of ``verify --explain`` on signatures: which bytes are hashed and signed, and under which key.

Under a suite over RDF the bytes are statements, one a line: ``<of what> <what about it> "value" .`` They are written
out as text as well, so that a mark can be found among them by eye; the context that turned words into addresses is in
the kind, whose hash the chain holds.
"""

import hashlib
from collections.abc import Generator, Iterator
from typing import Any

from ledger.formats import canonical, keys, multibase, proof_rdfc, proofs
from ledger.formats.bundle import Bundle
from ledger.formats.contexts import BUNDLED, Contexts, with_examples
from ledger.formats.jsonld import to_rdf
from ledger.formats.kind import Kind
from ledger.formats.rdfc import canonicalize
from verifier.explain_steps import answer, sha

_OPTIONS = ("hash of the proof without proofValue", "hash of the document without proof")


def explain_signature(given: Bundle) -> Iterator[str]:
    """The lines on the credential's own proof or proofs."""
    secured = proofs.secured(given.credential)
    names = {str(options.get("cryptosuite") or options.get("type")) for options, _ in secured}
    yield f"The signature, {', '.join(sorted(names))}: Ed25519 over two hashes"
    contexts = _contexts(given)
    for options, document in secured:
        yield from explain_proof(options, document, contexts)
    did, _, multikey = str(secured[0][0]["verificationMethod"]).partition("#")
    yield from sha("issuer id", did.encode())
    yield from sha("key id", b"\xed\x01", keys.multikey_to_public_key(multikey))


def explain_proof(options: dict[str, Any], document: dict[str, Any], contexts: Contexts = BUNDLED) -> Iterator[str]:
    """The lines on one proof, ``document`` being what it is over."""
    options = dict(options)
    signature = multibase.multibase_decode(options.pop("proofValue"), prefixes="z", max_bytes=64)
    if proof_rdfc.is_rdfc(options):
        texts = yield from _statements(options, document, contexts)
    else:
        texts = [canonical.dumps(options), canonical.dumps(document)]
    for name, text in zip(_OPTIONS, texts, strict=True):
        yield from sha(name, text)
    message = b"".join(hashlib.sha256(text).digest() for text in texts)
    public = keys.multikey_to_public_key(options["verificationMethod"].partition("#")[2])
    yield f"   signed message = both hashes, one after the other = {message.hex()}"
    yield f"   public key = {public.hex()}"
    yield f"   signature = {signature.hex()}"
    yield f"   it holds: {answer(keys.verify(public, message, signature))}"


def _statements(
    options: dict[str, Any], document: dict[str, Any], contexts: Contexts
) -> Generator[str, None, list[bytes]]:
    """What is hashed are the canonical N-Quads (RDFC-1.0) of what the JSON says by JSON-LD; returns their bytes."""
    yield "   What is hashed is what the JSON means: its statements, sorted. The lines below are the bytes of the two"
    yield "   steps after them, without the first five characters of each and with a line feed at its end:"
    yield "   cut -c6- LINES | sha256sum"
    config = options | {"@context": document.get("@context")}
    texts = []
    for name, part in (("proof without proofValue", config), ("document without proof", document)):
        text = canonicalize(to_rdf(part, contexts))
        yield f"   the {name} says:"
        yield from (f"   | {line}" for line in text.split("\n")[:-1])
        texts.append(text.encode())
    return texts


def _contexts(given: Bundle) -> Contexts:
    kind = given.material.common.kind
    contexts = with_examples(BUNDLED)
    return contexts.extended({kind.context_url: kind.context}, kind.hash) if isinstance(kind, Kind) else contexts
