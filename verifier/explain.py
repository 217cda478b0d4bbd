"""``verify --explain``: every hash step from a mark to the seal, for an expert who trusts no program of ours.

The lines are worked out anew from the file and the trust root by docs/formats.md, apart from the report. A step reads

    name = HASH
       sha256 HEX

where HEX is everything that was hashed: ``printf %s HEX | xxd -r -p | sha256sum`` gives HASH. Steps of the chain say
``keccak256`` instead (``openssl dgst -keccak-256``). Nothing here decides anything; what does not fit says so.
"""

import hashlib
from collections.abc import Iterator

from ledger.formats import canonical, entry, merkle, multibase, proofs, rlp, statuscredential, trie
from ledger.formats.bundle import Anchor, Bundle, Common, ListProof
from ledger.formats.errors import RollbookError
from ledger.formats.header import Header, parse_header
from ledger.formats.keccak import keccak256
from ledger.formats.registry import Accreditation, member_id
from ledger.formats.statusmap import StatusLeaf
from ledger.formats.trie import Nodes
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Contract, Epoch, Log
from verifier import explain_sealed, explain_token
from verifier.explain_seals import explain_header
from verifier.explain_signature import explain_proof, explain_signature
from verifier.explain_steps import answer, keccak, sha
from verifier.facts import checkpoints
from verifier.facts.chainstate import ChainState, open_chain
from verifier.facts.checkpoints import Signed
from verifier.readers.document import read

_MAX_RECORDS = 8


def explain(data: bytes, root: TrustRoot) -> Iterator[str]:
    """The lines for one file under one trust root."""
    try:
        given = read(data)
    except RollbookError as error:
        yield f"The file cannot be read: {error}"
        return
    yield "A name, its hash, and below it all the bytes that were hashed, in hexadecimal. To follow a step:"
    yield "   printf %s HEX | xxd -r -p | sha256sum              (or: openssl dgst -keccak-256)"
    for number, part in enumerate((_document, _signature, _entry, _inclusion, _anchors, _header, _words, _lists), 1):
        try:
            yield from (line if line.startswith(" ") else f"\n{number}. {line}" for line in part(given, root))
        except (RollbookError, LookupError, TypeError, ValueError, AttributeError) as error:
            yield f"   cannot be followed further: {error}"


def _document(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    if given.secured is not None:
        yield from explain_token.explain_document(given.secured)
        return
    if given.sealed is not None:
        yield from explain_sealed.explain_document(given.sealed)
        return
    yield "The signed document S: RFC 8785 of the whole credential, its proof included. It says:"
    for path, value in _values(given.credential.get("credentialSubject")):
        yield f"   {path} = {value}"
    signed = canonical.dumps(given.credential)
    yield f"   S = {signed.decode()}"
    yield from sha("digest of S", signed)


def _values(value: object, path: str = "credentialSubject") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in items:
            yield from _values(child, f"{path}.{key}")
    else:
        yield path, canonical.dumps(value).decode()  # type: ignore[arg-type]


def _signature(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    if given.sealed is not None:
        yield from explain_sealed.explain_signature(given.sealed)
        return
    secured = given.secured
    yield from explain_signature(given) if secured is None else explain_token.explain_signature(secured)


def _entry(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    yield "The entry in the log: it commits to S under a secret salt (HMAC-SHA-256, RFC 2104)"
    data = given.material.entry
    if data is None or given.salt is None:
        yield "   the file holds no entry or no salt"
        return
    secured = given.secured
    form = entry.Representation.DATA_INTEGRITY if secured is None else secured.representation
    form = form if given.sealed is None else entry.Representation.SM2
    signed = canonical.dumps(given.sealed or given.credential) if secured is None else secured.signed
    digest = hashlib.sha256(signed).digest()
    padded = given.salt.ljust(64, b"\0")
    inner = bytes(byte ^ 0x36 for byte in padded)
    outer = bytes(byte ^ 0x5C for byte in padded)
    yield f"   salt = {given.salt.hex()}"
    yield from sha("inner hash", inner, digest)
    yield from sha("commitment", outer, hashlib.sha256(inner + digest).digest())
    found = entry.decode(data)
    committed = found.commitment(form)
    yield f"   entry = {data.hex()}"
    yield f"   kind = {found.kind}, issuer id = {found.issuer_id.hex()}"
    fits = answer(committed == entry.commitment(given.salt, digest))
    yield f"   its commitment of type {int(form)} is this one: {fits}"


def _inclusion(given: Bundle, root: TrustRoot) -> Iterator[str]:
    yield "From the entry to the root of the log (RFC 9162), as the log signed it"
    inclusion, signed = given.material.inclusion, _checkpoint(given.material.common, root)
    if given.material.entry is None or inclusion is None or signed is None:
        yield "   the file holds no inclusion proof, or no checkpoint of a trusted log"
        return
    head, index, last = signed.checkpoint, inclusion.index, signed.checkpoint.size - 1
    yield f"   index {index} in the tree of {head.size}"
    yield from sha("leaf", b"\0", given.material.entry)
    node = merkle.leaf_hash(given.material.entry)
    for sibling in inclusion.path:  # RFC 9162 §2.1.3.2
        on_the_right = index & 1 == 0 and index != last
        pair = (node, sibling) if on_the_right else (sibling, node)
        yield from sha("node", b"\1", *pair)
        node = merkle.node_hash(*pair)
        while not on_the_right and index & 1 == 0 and index:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    yield f"   the last one is the root in the checkpoint: {answer(node == head.root)}"
    yield from (f"   | {line}" for line in str(given.material.common.checkpoint).splitlines())
    yield from sha("log id", head.origin.encode(), b"\n\1", signed.log.key.public)


def _anchors(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    yield "What the chain keeps of a checkpoint: size, root, previous size, time, status root, five words of 32 bytes"
    for name in ("anchor", "newest"):
        anchor: Anchor | None = getattr(given.material.common, name)
        if anchor is None:
            yield f"   the file holds no {name}"
            continue
        numbers = [number.to_bytes(32, "big") for number in (anchor.size, anchor.previous_size, anchor.time)]
        words = (numbers[0], anchor.root, numbers[1], numbers[2], anchor.status_root)
        yield from sha(f"word of the {name}, size {anchor.size}, at {anchor.time}", *words)


def _header(given: Bundle, root: TrustRoot) -> Iterator[str]:
    raw, header = _read_header(given.material.common)
    yield from explain_header(raw, header, _epoch(given.material.common, root))


def _words(given: Bundle, root: TrustRoot) -> Iterator[str]:
    yield "What the contracts hold under that state root: each node by its hash, from the root down (EIP-1186)"
    common = given.material.common
    _, header = _read_header(common)
    epoch, log = _epoch(common, root), _log(common, root)
    nodes = _Witness(common.chain.decode()[1] if common.chain else [])
    for anchor in (common.anchor, common.newest):
        if anchor is not None:
            yield from _word(header, nodes, epoch.checkpoint_registry, "anchors", log.id, anchor.size)
    yield from _word(header, nodes, epoch.checkpoint_registry, "heads", log.id)
    registry = epoch.issuer_registry
    if common.kind is not None and not isinstance(common.kind, RollbookError):
        yield from sha("kind hash", canonical.dumps(common.kind.definition))
        yield from _word(header, nodes, registry, "kinds", common.kind.number, common.kind.version)
    for profile in common.issuers:
        shown = {"did": profile.did, "code": profile.code, "name": profile.name, "role": profile.role}
        yield from sha(f"member id of {profile.did}", profile.did.encode())
        yield from sha("profile hash", canonical.dumps(shown))
        for name in ("parents", "profiles"):
            yield from _word(header, nodes, registry, name, profile.member)
        for n in range(_MAX_RECORDS):
            yield from _word(header, nodes, registry, "accreditations", profile.member, n)
            if _is_last(header, nodes, registry, profile.member, n, common.anchor):
                break
    did, _, multikey = _method(given).partition("#")
    named = hashlib.sha256(multibase.multibase_decode(multikey)).digest()
    yield from _word(header, nodes, registry, "keys", member_id(did), named)


def _method(given: Bundle) -> str:
    """The verification method of whatever form the record is in; a badge has an array of one proof."""
    if given.secured is not None:
        return str(given.secured.method)
    proof = given.credential.get("proof")
    holder = given.sealed or (proof[0] if isinstance(proof, list) else proof)
    return str(holder["verificationMethod"]) if holder else ""


def _is_last(
    header: Header, nodes: "_Witness", registry: Contract, member: bytes, n: int, anchor: Anchor | None
) -> bool:
    account = trie.account(header.state_root, registry.address, nodes)
    slot = registry.layout.slot("accreditations", member, n)
    word = bytes(32) if account is None else trie.storage_value(account.storage_root, slot, nodes)
    record = Accreditation.unpack(word)
    return record is None or anchor is None or record.covers(anchor.time)


def _word(header: Header, nodes: "_Witness", contract: Contract, name: str, *names: bytes | int) -> Iterator[str]:
    shown = "][".join(key.hex() if isinstance(key, bytes) else str(key) for key in names)
    yield f"   {name}[{shown}] of 0x{contract.address.hex()}, variable {contract.layout.slots[name]}:"
    yield from keccak("account key", contract.address)
    slot = contract.layout.slots[name].to_bytes(32, "big")
    for key in names:
        preimage = slot + (key if isinstance(key, bytes) else key.to_bytes(32, "big"))
        yield from keccak("slot", preimage)
        slot = keccak256(preimage)
    yield from keccak("key in the trie", slot)
    account = trie.account(header.state_root, contract.address, nodes)
    word = None if account is None else trie.storage_value(account.storage_root, slot, nodes)
    for node in nodes.take():
        yield from keccak("node", node)
    if account is not None and word is not None:
        yield f"   storage root = {account.storage_root.hex()}, code hash = {account.code_hash.hex()}"
        yield f"   word = {word.hex()}"


class _Witness(Nodes):
    """Proof nodes that remember which of them were read, each once."""

    def __init__(self, nodes: list[bytes]) -> None:
        super().__init__(nodes)
        self._raw = {keccak256(node): node for node in nodes}
        self._read: dict[bytes, None] = {}
        self._shown: set[bytes] = set()

    def read(self, digest: bytes) -> rlp.Item:
        self._read[digest] = None
        return super().read(digest)

    def take(self) -> list[bytes]:
        """The nodes that were read since the last time and have not been shown before."""
        fresh = [self._raw[digest] for digest in self._read if digest in self._raw and digest not in self._shown]
        self._shown.update(self._read)
        self._read.clear()
        return fresh


def _lists(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    yield "The status lists, and their places under the newest status root"
    newest = given.material.common.newest
    if newest is None or not given.material.common.status:
        yield "   the file holds no lists, or no newest checkpoint"
        return
    for proof in given.material.common.status:
        yield from _list(given, proof, newest)


def _list(given: Bundle, proof: ListProof, newest: Anchor) -> Iterator[str]:
    found = statuscredential.parse(proof.credential)
    named = given.credential.get("issuer")
    owner = member_id(str(named["id"] if isinstance(named, dict) else named))  # the list's issuer may be its parent
    leaf = StatusLeaf(owner, found.url, found.sequence, proof.hash, found.valid_until)
    yield f"   {found.url}, {found.purpose}, sequence {found.sequence}, valid until {found.valid_until}"
    for options, unsecured in proofs.secured(proof.credential):
        yield from explain_proof(options, unsecured)
    yield from sha("hash of the list", canonical.dumps(proof.credential))
    yield from sha("key", owner, found.url.encode())
    numbers = found.sequence.to_bytes(8, "big"), found.valid_until.to_bytes(8, "big")
    yield from sha("leaf", b"\0", leaf.key, numbers[0], proof.hash, numbers[1])
    node = leaf.digest()
    for split, sibling in reversed(proof.steps):
        pair = (node, sibling) if leaf.key < split else (sibling, node)
        yield from sha("node", b"\1", pair[0], split, pair[1])
        node = hashlib.sha256(b"".join((b"\1", pair[0], split, pair[1]))).digest()
    yield f"   the last one is the newest status root: {answer(node == newest.status_root)}"
    named = given.credential.get("credentialStatus", [])
    for member in named if isinstance(named, list) else [named]:
        if member["statusListCredential"] == found.url:
            index = int(member["statusListIndex"])
            bit = found.bits[index >> 3] >> 7 - index % 8 & 1
            yield f"   bit {index} (in byte {index >> 3} of the expanded list) = {bit}"


def _checkpoint(common: Common, root: TrustRoot) -> Signed | None:
    found = None if common.checkpoint is None else checkpoints.open_note(common.checkpoint, root)
    return found if isinstance(found, Signed) else None


def _epoch(common: Common, root: TrustRoot) -> Epoch:
    """The epoch that believes the header, or the newest that it could be of."""
    epochs = checkpoints.candidates(_checkpoint(common, root), root) or root.epochs[::-1]
    state = None if common.chain is None else open_chain(common.chain, epochs)
    return state.epoch if isinstance(state, ChainState) else epochs[0]


def _log(common: Common, root: TrustRoot) -> Log:
    signed = _checkpoint(common, root)
    return root.epochs[-1].logs[0] if signed is None else signed.log


def _read_header(common: Common) -> tuple[bytes, Header]:
    if common.chain is None:
        raise ValueError("the file holds no block header")
    raw, _ = common.chain.decode()
    return raw, parse_header(raw)
