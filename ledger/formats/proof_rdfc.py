"""Data Integrity proofs over RDF: `eddsa-rdfc-2022` (W3C vc-di-eddsa §3.2), and `Ed25519Signature2020` for reading.

The signature is over ``SHA-256(RDFC-1.0(options)) ‖ SHA-256(RDFC-1.0(document without proof))``, both as canonical
N-Quads, options being the proof without ``proofValue`` under the document's own contexts (§3.2.5). So neither the JSON
nor its contexts are signed but what they mean: ``jsonld`` refuses what means nothing, and a second way of saying it.
The signed document S is still JCS of the whole: the log and the bundle know bytes, not meanings.
"""

import hashlib
from typing import Any

from ledger.formats import canonical, keys
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.jsonld import to_rdf
from ledger.formats.multibase import base58_encode
from ledger.formats.proof import (
    ASSERTION,
    TYPE,
    Document,
    Verified,
    check_options,
    halves,
    join,
    method_key,
    signature_bytes,
    signing_options,
)
from ledger.formats.rdfc import canonicalize

CRYPTOSUITE = "eddsa-rdfc-2022"
LEGACY_TYPE = "Ed25519Signature2020"

_COMMON = frozenset({"created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"})
_MOST_OPTIONS = 256


class RdfcSigner:
    """Signs documents of one context under one key at one time; what their proofs share is prepared once.

    Raises FormatError where the verification method, the time or the key is malformed, the key is not the method's, or
    a context does not define the terms of a proof.
    """

    def __init__(
        self,
        key: keys.KeyPair,
        verification_method: str,
        *,
        created: str,
        context: Any,
        contexts: Contexts = BUNDLED,
        purpose: str = ASSERTION,
        domain: str | None = None,
        challenge: str | None = None,
    ) -> None:
        """``created`` is RFC 3339, ``context`` the ``@context`` of every document to be signed, out of ``contexts``."""
        options = signing_options(CRYPTOSUITE, key, verification_method, created, purpose, domain, challenge)
        self._secret = key.secret
        self._context, self._contexts = context, contexts
        self._options_hash = _hash(options | {"@context": context}, contexts)
        text = canonical.dumps(options | {"proofValue": ""})
        before, _, after = text.rpartition(b'"proofValue":""')
        self._before, self._after = b'"proof":' + before + b'"proofValue":"z', b'"' + after

    def sign(self, document: Document) -> bytes:
        """Return the signed document S: JCS of ``document`` with its proof. The document itself is left as it is.

        Raises FormatError ``document.malformed`` where it has a proof already, another context than the signer's, or no
        canonical form, and as ``jsonld.to_rdf`` does where a signature would not cover all of it.
        """
        if "proof" in document or document.get("@context") != self._context:
            raise FormatError("document.malformed", "the document has a proof, or another context than its signer")
        low, high = halves(document)
        message = self._options_hash + _hash(document, self._contexts)
        value = base58_encode(keys.sign(self._secret, message)).encode()
        return join(low, high, b"".join((self._before, value, self._after)))


def verify(
    document: Document,
    *,
    contexts: Contexts = BUNDLED,
    purpose: str = ASSERTION,
    public_key: bytes | None = None,
    signed: bytes | None = None,
    share: int = 1,
) -> Verified:
    """Verify the one proof of ``document``, for ``purpose``, under ``contexts`` and no others.

    ``public_key`` (32 bytes) is the method's key where its fragment is not the key itself and somebody else has looked
    it up. ``signed`` is JCS of the document, where the caller has it already. ``share`` is as in ``rdfc.canonicalize``.

    Raises ProofError as ``proof.verify`` does, and FormatError ``document.*`` as ``jsonld.to_rdf`` does where the
    document or its proof holds what the signature would not cover.
    """
    options = document.get("proof")
    if options is None:
        raise ProofError("proof.missing", "the document has no proof")
    if isinstance(options, list):
        raise ProofError("proof.unsupported", "the document has a set of proofs")
    if not isinstance(options, dict):
        raise ProofError("proof.invalid", "a proof is an object")
    if not is_rdfc(options):
        raise ProofError("proof.unsupported", "a proof of another type or cryptosuite")
    if "previousProof" in options:
        raise ProofError("proof.invalid", "the proof rests on another, which is not there")
    signed = canonical.dumps(document) if signed is None else signed
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return verify_options(
        options, unsecured, signed, contexts=contexts, purpose=purpose, public_key=public_key, share=share
    )


def is_rdfc(options: Document) -> bool:
    """Whether a proof is of a suite that this module reads."""
    if options.get("type") == TYPE:
        return options.get("cryptosuite") == CRYPTOSUITE
    return options.get("type") == LEGACY_TYPE and "cryptosuite" not in options


def verify_options(
    options: Document,
    unsecured: Document,
    signed: bytes,
    *,
    contexts: Contexts,
    purpose: str,
    public_key: bytes | None = None,
    share: int = 1,
) -> Verified:
    """Verify one proof, ``is_rdfc``, over ``unsecured``: the document without it, with the proofs that it rests on.

    ``signed`` is returned as it is. Raises as ``verify`` does.
    """
    check_options(options, purpose)
    public_key, subject = method_key(options.get("verificationMethod"), public_key)
    context = unsecured.get("@context")
    if options.get("@context", context) != context:
        raise ProofError("proof.invalid", "the proof's @context is not the document's")
    signature = signature_bytes(options.get("proofValue"))
    message = _options_hash(options, context, contexts) + _hash(unsecured, contexts, share)
    if not keys.verify(public_key, message, signature):
        raise ProofError("proof.invalid", "the signature does not match the document")
    return Verified(subject, options["verificationMethod"], public_key, options, signed)


def _hash(document: Document, contexts: Contexts, share: int = 1) -> bytes:
    return hashlib.sha256(canonicalize(to_rdf(document, contexts, share=share), share=share).encode()).digest()


def _options_hash(options: Document, context: Any, contexts: Contexts) -> bytes:
    """SHA-256 of the canonical options; the same for a whole batch, so kept where they are of the usual shape."""
    if options.keys() == _COMMON and type(context) is list and {*map(type, context)} == {str}:
        given = tuple(
            options[name] for name in ("type", "cryptosuite", "created", "proofPurpose", "verificationMethod")
        )
        if {*map(type, given)} == {str}:
            key = (tuple(context), given)
            found = contexts.options.get(key)
            if found is None:
                if len(contexts.options) >= _MOST_OPTIONS:
                    contexts.options.clear()
                found = contexts.options[key] = _hash_of_options(options, context, contexts)
            return found
    return _hash_of_options(options, context, contexts)


def _hash_of_options(options: Document, context: Any, contexts: Contexts) -> bytes:
    unsigned = {name: value for name, value in options.items() if name != "proofValue"}
    return _hash(unsigned | {"@context": context}, contexts)
