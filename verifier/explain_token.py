"""The part of ``verify --explain`` on JWTs and SD-JWTs: what is signed, and how each disclosure hangs on it."""

from collections.abc import Iterator

from ledger.formats import canonical, did, publickeys
from ledger.formats.entry import Representation
from ledger.formats.enveloped import Secured
from verifier.explain_steps import answer, sha


def explain_document(secured: Secured) -> Iterator[str]:
    """The lines on the signed document S, and on what was disclosed beside it."""
    of_sd_jwt = secured.representation == Representation.SD_JWT
    what = "the issuer-signed JWT, without disclosures" if of_sd_jwt else "the whole JWT"
    yield f"The signed document S: the ASCII bytes of {what}"
    yield f"   header = {canonical.dumps(secured.token.header).decode()}"
    yield f"   payload = {canonical.dumps(secured.token.payload).decode()}"
    yield f"   S = {secured.token.text}"
    yield from sha("digest of S", secured.signed)
    if secured.revealed is None:
        return
    yield "   Each disclosure is hashed as its text stands; its digest, in base64url, stands in the payload:"
    for place, one in secured.revealed.disclosed.items():
        name = "".join(f"/{step}" for step in place)
        yield f"   {name} = {canonical.dumps(one.value).decode()}   (digest {one.digest})"
        yield from sha("digest of the disclosure", one.text.encode("ascii"))
    for place, count in secured.revealed.withheld.items():
        name = "".join(f"/{step}" for step in place) or "/"
        yield f"   {count} digests at {name} have no disclosure: withheld, or decoys"


def explain_signature(secured: Secured) -> Iterator[str]:
    """The lines on the signature."""
    token, method = secured.token, secured.method or ""
    yield f"The signature, {token.header.get('alg')}, over the ASCII bytes before the last dot"
    owner, multikey = did.split_verification_method(method)
    public = publickeys.from_multikey(multikey)
    prefix = b"\xed\x01" if len(public) == 32 else b""
    yield f"   verification method = {method}"
    yield from sha("what ES256 signs is this hash of them", token.signed)
    yield f"   public key = {public.hex()}"
    yield f"   signature (r, then s) = {token.signature.hex()}"
    yield f"   it holds: {answer(publickeys.verify(public, token.signed, token.signature))}"
    yield from sha("issuer id", owner.encode())
    yield from sha("key id", prefix, public)
