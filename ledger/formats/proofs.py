"""Sets and chains of proofs on one document, over every suite that is read here (VC Data Integrity 1.0 §4.3, §4.5).

A proof without ``previousProof`` is over the document alone; one with it is over the document with the proofs that it
names, signatures included. So a witness's proof of an issuer's proof holds only while that one is there and holds.
Nothing is half believed: where one proof of a document fails, all of them fail.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from ledger.formats import canonical, keys, proof, proof_rdfc
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.jsonld import to_rdf
from ledger.formats.multibase import base58_encode
from ledger.formats.proof import ASSERTION, Document, Verified
from ledger.formats.rdfc import canonicalize

MAX_PROOFS = 16
"""Proofs on one document that are looked at: each costs as much as the document."""

Resolve = Callable[[str], bytes | None]
"""The 32 bytes of a verification method's key, where its fragment is not the key itself; None where it is."""


def verify_all(
    document: Document,
    purpose: str = ASSERTION,
    *,
    contexts: Contexts = BUNDLED,
    resolve: Resolve | None = None,
    whole_context: bool = True,
    signed: bytes | None = None,
    share: int = 1,
) -> list[Verified]:
    """Verify every proof of ``document``, one or several, for ``purpose``; in the document's order.

    ``whole_context`` is as in ``proof.verify``, ``signed`` is JCS of the document, where the caller has it already,
    ``share`` is as in ``rdfc.canonicalize``: the proofs share the bounds of one among them.

    Raises ProofError: ``proof.missing``; ``proof.unsupported`` where no proof fails but one is of another suite, or
    there are more than ``MAX_PROOFS``; otherwise the code of the first that fails, ``proof.invalid`` also where a proof
    names one that is not there. Raises FormatError ``document.*`` as ``jsonld.to_rdf`` does.
    """
    found = _list(document)
    signed = canonical.dumps(document) if signed is None else signed
    bare = {name: value for name, value in document.items() if name != "proof"}
    share *= sum(map(proof_rdfc.is_rdfc, found)) or 1
    verified: list[Verified] = []
    unsupported: ProofError | None = None
    for options in found:
        unsecured = _resting_on(bare, _previous(options, found))
        method = options.get("verificationMethod")
        public_key = resolve(method) if resolve is not None and isinstance(method, str) else None
        try:
            if proof_rdfc.is_rdfc(options):
                one = proof_rdfc.verify_options(
                    options, unsecured, signed, contexts=contexts, purpose=purpose, public_key=public_key, share=share
                )
            elif proof.is_jcs(options):
                one = proof.verify_options(
                    options, unsecured, signed, purpose=purpose, whole_context=whole_context, public_key=public_key
                )
            else:
                raise ProofError("proof.unsupported", "a proof of another type or cryptosuite")
            verified.append(one)
        except ProofError as error:
            if error.code != "proof.unsupported":
                raise
            unsupported = unsupported or error
    if unsupported is not None:
        raise unsupported
    return verified


def add(document: Document, options: Document, key: keys.KeyPair, *, contexts: Contexts = BUNDLED) -> Document:
    """A copy of ``document`` with one proof more (§4.3), ``options`` being that proof without its ``proofValue``.

    ``type``, ``cryptosuite``, ``proofPurpose``, ``verificationMethod`` are needed; ``previousProof`` names proofs that
    are there, by their ``id``. A suite over JCS is given the document's ``@context`` (vc-di-eddsa §3.3.1).

    Raises FormatError ``document.malformed``, and as ``jsonld.to_rdf`` does; ``key.malformed`` where ``key`` is not the
    method's; ProofError ``proof.unsupported`` for a suite that is not signed with here.
    """
    found = _list(document) if "proof" in document else []
    bare = {name: value for name, value in document.items() if name != "proof"}
    if "proofValue" in options or any("id" in options and one.get("id") == options["id"] for one in found):
        raise FormatError("document.malformed", "the proof is signed already, or has another's id")
    if proof.is_jcs(options) and "@context" in document:
        options = options | {"@context": document["@context"]}
    try:
        proof.check_options(options, options.get("proofPurpose", ""))
        public_key, _ = proof.method_key(options.get("verificationMethod"), None)
        unsecured = _resting_on(bare, _previous(options, found))
    except ProofError as error:
        raise FormatError("document.malformed", error.message) from None
    if public_key != key.public:
        raise FormatError("key.malformed", "the verification method names another key")
    value = "z" + base58_encode(keys.sign(key.secret, _message(options, unsecured, contexts)))
    every = [*found, options | {"proofValue": value}]
    return bare | {"proof": every if len(every) > 1 else every[0]}


def secured(document: Document) -> list[tuple[Document, Document]]:
    """Each proof of ``document``, in its order, and what that proof is over; raises ProofError as ``verify_all``."""
    found = _list(document)
    bare = {name: value for name, value in document.items() if name != "proof"}
    return [(options, _resting_on(bare, _previous(options, found))) for options in found]


def _message(options: Document, unsecured: Document, contexts: Contexts) -> bytes:
    """The 64 bytes that are signed: the hash of the options, and that of the document."""
    if proof.is_jcs(options):
        texts = [canonical.dumps(options), canonical.dumps(unsecured)]
    elif options.get("type") == proof.TYPE and proof_rdfc.is_rdfc(options):
        config = options | {"@context": unsecured.get("@context")}
        texts = [canonicalize(to_rdf(each, contexts)).encode() for each in (config, unsecured)]
    else:
        raise ProofError("proof.unsupported", "a suite that is not signed with here")
    return b"".join(hashlib.sha256(text).digest() for text in texts)


def _list(document: Document) -> list[Document]:
    given: Any = document.get("proof")
    if given is None:
        raise ProofError("proof.missing", "the document has no proof")
    found: list[Document] = given if isinstance(given, list) else [given]
    if not all(isinstance(each, dict) for each in found):
        raise ProofError("proof.invalid", "a proof is an object")
    if not found:
        raise ProofError("proof.missing", "the document has no proof")
    if len(found) > MAX_PROOFS:
        raise ProofError("proof.unsupported", f"more than {MAX_PROOFS} proofs")
    ids = [each["id"] for each in found if "id" in each]
    if any(not isinstance(each, str) for each in ids) or len(set(ids)) != len(ids):
        raise ProofError("proof.invalid", "a proof's id is a string, and another's is another")
    return found


def _previous(options: Document, found: list[Document]) -> list[Document]:
    """The proofs that one rests on, in the order in which the document has them."""
    if "previousProof" not in options:
        return []
    names = options["previousProof"]
    names = names if isinstance(names, list) else [names]
    if not names or not all(isinstance(name, str) for name in names):
        raise ProofError("proof.invalid", "previousProof is an id, or several")
    matching = [each for each in found if each.get("id") in names]
    if {each["id"] for each in matching} != set(names):
        raise ProofError("proof.invalid", "the proof rests on another, which is not there")
    return matching


def _resting_on(bare: Document, previous: list[Document]) -> Document:
    return bare | {"proof": previous} if previous else bare
