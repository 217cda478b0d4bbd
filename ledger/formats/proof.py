"""Data Integrity proofs of the cryptosuite `eddsa-jcs-2022` (W3C vc-di-eddsa §3.3, VC Data Integrity 1.0 §4).

The signature is over ``SHA-256(JCS(options)) ‖ SHA-256(JCS(document without proof))``, options being the proof without
``proofValue``. The document and its secured form differ by one member, so each is cut out of the same serialisation:
what was signed, what is hashed into the log and what is verified are the same bytes.
"""

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple

from ledger.formats import canonical, datetimes, did, keys
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.multibase import base58_encode, multibase_decode

CRYPTOSUITE = "eddsa-jcs-2022"
TYPE = "DataIntegrityProof"
ASSERTION = "assertionMethod"
AUTHENTICATION = "authentication"

Document = dict[str, Any]

_COMMON = frozenset({"@context", "created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"})


class Verified(NamedTuple):
    """A proof that holds. ``signed`` is the signed document S: JCS of the whole, proof included (docs/formats.md §4).

    ``did`` is the verification method without its fragment, ``public_key`` the fragment's 32 bytes; whether the one
    speaks for the other is not known here. ``options`` is the proof as given: created, expires, domain, challenge…
    """

    did: str
    verification_method: str
    public_key: bytes
    options: Document
    signed: bytes


def signing_options(
    cryptosuite: str,
    key: keys.KeyPair,
    verification_method: str,
    created: str,
    purpose: str,
    domain: str | None,
    challenge: str | None,
) -> Document:
    """The members of a proof by ``key``, but its contexts and value. Raises FormatError as the signers do."""
    if did.split_verification_method(verification_method)[1] != key.multikey:
        raise FormatError("key.malformed", "the verification method names another key")
    datetimes.parse(created)
    options = {
        "challenge": challenge,
        "created": created,
        "cryptosuite": cryptosuite,
        "domain": domain,
        "proofPurpose": purpose,
        "type": TYPE,
        "verificationMethod": verification_method,
    }
    return {name: value for name, value in options.items() if value is not None}


class JcsSigner:
    """Signs documents of one context under one key at one time; what their proofs share is prepared once.

    Raises FormatError where the verification method, the time or the key is malformed, or the key is not the method's.
    """

    def __init__(
        self,
        key: keys.KeyPair,
        verification_method: str,
        *,
        created: str,
        context: Any,
        purpose: str = ASSERTION,
        domain: str | None = None,
        challenge: str | None = None,
    ) -> None:
        """``created`` is RFC 3339; ``context`` is the ``@context`` of every document to be signed, None for none."""
        options = signing_options(CRYPTOSUITE, key, verification_method, created, purpose, domain, challenge)
        if context is not None:
            options["@context"] = context
        self._secret = key.secret
        self._context = context
        self._options_hash = hashlib.sha256(canonical.dumps(options)).digest()
        # The signature's place in the serialised proof: JCS sorts `proofValue` between `proofPurpose` and `type`.
        low = canonical.dumps({name: value for name, value in options.items() if name < "proofValue"})
        high = canonical.dumps({name: value for name, value in options.items() if name > "proofValue"})
        self._before, self._after = b'"proof":' + low[:-1] + b',"proofValue":"z', b'",' + high[1:]

    def sign(self, document: Document) -> bytes:
        """Return the signed document S: JCS of ``document`` with its proof. The document itself is left as it is.

        Raises FormatError ``document.malformed`` where it has a proof already, another context than the signer's, or
        no canonical form.
        """
        if "proof" in document or document.get("@context") != self._context:
            raise FormatError("document.malformed", "the document has a proof, or another context than its signer")
        unsecured = canonical.dumps(document)
        message = self._options_hash + hashlib.sha256(unsecured).digest()
        value = base58_encode(keys.sign(self._secret, message)).encode()
        high = canonical.dumps({name: member for name, member in document.items() if name > "proof"})
        end = len(unsecured) - len(high[1:])  # of the members before `proof`, with the comma after them
        member = b"".join((self._before, value, self._after))
        return join(unsecured[:end].rstrip(b",") + b"}", high, member)


def verify(
    document: Document,
    *,
    purpose: str = ASSERTION,
    whole_context: bool = True,
    public_key: bytes | None = None,
    signed: bytes | None = None,
) -> Verified:
    """Verify the one proof of ``document``, for ``purpose``.

    With ``whole_context`` the proof's ``@context`` must equal the document's; without, it may be a beginning of it, as
    the standard allows, and then what follows is **not signed**. ``public_key`` (32 bytes) is the method's key where
    its fragment is not the key itself and somebody else has looked it up. ``signed`` is JCS of the document, where the
    caller has it already.

    Raises ProofError: ``proof.missing``; ``proof.unsupported`` (another suite, several proofs, another DID method or
    key type); ``proof.wrong_purpose``; ``proof.wrong_key`` (no usable key in the method); ``proof.invalid``.
    """
    options = _options(document, purpose)
    public_key, subject = method_key(options.get("verificationMethod"), public_key)
    context = _signed_context(document, options, whole_context)
    signature = signature_bytes(options.get("proofValue"))
    try:
        options_hash, member = _serialise(options)
        unsecured, signed = _cut(document, member, signed)
        if context is not _WHOLE:
            unsecured = canonical.dumps(_unsecured(document, context))
        message = options_hash + hashlib.sha256(unsecured).digest()
    except FormatError as error:
        raise ProofError("proof.invalid", error.message) from None
    if not keys.verify(public_key, message, signature):
        raise ProofError("proof.invalid", "the signature does not match the document")
    method: str = options["verificationMethod"]
    return Verified(subject, method, public_key, options, signed)


def is_jcs(options: Document) -> bool:
    """Whether a proof is of this suite."""
    return options.get("type") == TYPE and options.get("cryptosuite") == CRYPTOSUITE


def verify_options(
    options: Document,
    unsecured: Document,
    signed: bytes,
    *,
    purpose: str,
    whole_context: bool = True,
    public_key: bytes | None = None,
) -> Verified:
    """Verify one of several proofs, ``is_jcs``, over ``unsecured``: the document with those that it rests on alone.

    ``signed`` is returned as it is; everything else is as in ``verify``.
    """
    check_options(options, purpose)
    public_key, subject = method_key(options.get("verificationMethod"), public_key)
    context = _signed_context(unsecured, options, whole_context)
    signature = signature_bytes(options.get("proofValue"))
    try:
        unsecured = unsecured if context is _WHOLE else unsecured | {"@context": context}
        message = _serialise(options)[0] + hashlib.sha256(canonical.dumps(unsecured)).digest()
    except FormatError as error:
        raise ProofError("proof.invalid", error.message) from None
    if not keys.verify(public_key, message, signature):
        raise ProofError("proof.invalid", "the signature does not match the document")
    return Verified(subject, options["verificationMethod"], public_key, options, signed)


_WHOLE = object()


def _options(document: Document, purpose: str) -> Document:
    options = document.get("proof")
    if options is None:
        raise ProofError("proof.missing", "the document has no proof")
    if isinstance(options, list) and all(isinstance(one, dict) for one in options):
        raise ProofError("proof.unsupported", "the document has a set of proofs")
    if not isinstance(options, dict):
        raise ProofError("proof.invalid", "a proof is an object")
    if not is_jcs(options):
        raise ProofError("proof.unsupported", "a proof of another type or cryptosuite")
    if "previousProof" in options:
        raise ProofError("proof.invalid", "the proof rests on another, which is not there")
    check_options(options, purpose)
    return options


def check_options(options: Document, purpose: str) -> None:
    """What every suite asks of a proof: its purpose, and times that are times. Raises ProofError."""
    if options.get("proofPurpose") != purpose:
        raise ProofError("proof.wrong_purpose", f"the proof is not for the purpose {purpose}")
    for name in ("created", "expires"):
        if name in options:
            try:
                datetimes.parse(options[name])
            except FormatError:
                raise ProofError("proof.invalid", f"the proof's {name} is no time") from None


def method_key(method: object, resolved: bytes | None) -> tuple[bytes, str]:
    """The 32 bytes of a verification method's key, or ``resolved``, and the DID. Raises ProofError."""
    try:
        if resolved is not None and isinstance(method, str):
            return keys.check_public_key(resolved), method.partition("#")[0]
        subject, multikey = did.split_verification_method(method)  # type: ignore[arg-type]
        return keys.multikey_to_public_key(multikey), subject
    except FormatError as error:
        code = "proof.unsupported" if error.code in ("did.unsupported", "key.unsupported") else "proof.wrong_key"
        raise ProofError(code, error.message) from None


def _signed_context(document: Document, options: Document, whole: bool) -> Any:
    """The context under the signature; `_WHOLE` where it is the document's own (VC DI EdDSA §3.3.2 step 3)."""
    own, signed = document.get("@context"), options.get("@context")
    if own == signed:
        return _WHOLE
    if not whole:
        if signed is None:
            return _WHOLE
        own_list, signed_list = _as_list(own), _as_list(signed)
        if signed_list and own_list[: len(signed_list)] == signed_list:
            return signed
    raise ProofError("proof.invalid", "the proof's @context is not the document's")


def _as_list(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [context]


def signature_bytes(value: object) -> bytes:
    """The 64 bytes of a ``proofValue``. Raises ProofError ``proof.invalid``."""
    try:
        signature = multibase_decode(value, prefixes="z", max_bytes=64)  # type: ignore[arg-type]
    except FormatError:
        signature = b""
    if len(signature) != 64:
        raise ProofError("proof.invalid", "proofValue is no 64 bytes in base58btc")
    return signature


def _cut(document: Document, member: bytes, signed: bytes | None) -> tuple[bytes, bytes]:
    """JCS of the document without its proof, and with it; from bytes that are known, ``member`` is cut out.

    The proof's text may stand elsewhere in the document as well, at some depth: then one cannot tell by looking.
    """
    if signed is not None:
        between = b"," + member + b","
        start = signed.find(between)
        if start >= 0 and signed.find(between, start + 1) < 0:
            return signed[:start] + signed[start + len(between) - 1 :], signed
    low, high = halves(document)
    return join(low, high), join(low, high, member)


def _unsecured(document: Document, context: Any) -> Document:
    return {name: value for name, value in document.items() if name != "proof"} | {"@context": context}


def _serialise(options: Document) -> tuple[bytes, bytes]:
    """SHA-256 of the options without the signature, and the whole as a member of its document, ``"proof":{…}``.

    All but the signature is the same for a whole batch, so it is kept where it is of the usual shape.
    """
    context = options.get("@context")
    if options.keys() == _COMMON and type(context) is list and {*map(type, context)} == {str}:
        kept = _common(options["created"], options["proofPurpose"], options["verificationMethod"], tuple(context))
        return kept[0], b"".join((kept[1], options["proofValue"].encode(), kept[2]))
    unsigned = {name: value for name, value in options.items() if name != "proofValue"}
    return hashlib.sha256(canonical.dumps(unsigned)).digest(), b'"proof":' + canonical.dumps(options)


@lru_cache(maxsize=1024)
def _common(created: str, purpose: str, method: str, context: tuple[str, ...]) -> tuple[bytes, bytes, bytes]:
    """The hash of the options; what stands before and after the signature, which is base58 and needs no escapes."""
    options: Document = {"@context": list(context), "created": created, "cryptosuite": CRYPTOSUITE}
    options |= {"proofPurpose": purpose, "type": TYPE, "verificationMethod": method}
    text = canonical.dumps(options | {"proofValue": ""})
    before, _, after = text.rpartition(b'"proofValue":""')
    before = b"".join((b'"proof":', before, b'"proofValue":"'))
    return hashlib.sha256(canonical.dumps(options)).digest(), before, b'"' + after


def halves(document: Document) -> tuple[bytes, bytes]:
    """JCS of the members that sort before `proof`, and of those after it."""
    low = {name: value for name, value in document.items() if name < "proof"}
    high = {name: value for name, value in document.items() if name > "proof"}
    return canonical.dumps(low), canonical.dumps(high)


def join(low: bytes, high: bytes, member: bytes = b"") -> bytes:
    """One JSON object of the members of two, and of a member, given as text, between them."""
    parts = [part for part in (low[1:-1], member, high[1:-1]) if part]
    return b"".join((b"{", b",".join(parts), b"}"))
