"""`verify --explain`: every hash step from a mark to the validators' seals, to be followed with `sha256sum`.

The lines are worked out again from the file by the published formats (docs/formats.md), apart from the report. Each
hashed text or byte string is printed whole, as text where it is text, else in hexadecimal; `‖` joins bytes. Steps for
which the file holds nothing are left out, and said to be.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from ledger.formats import canonical, merkle, multibase, seals, statuscredential, trie
from ledger.formats.bundle import Bundle
from ledger.formats.errors import RollbookError
from ledger.formats.header import parse_header
from ledger.formats.keccak import keccak256
from ledger.formats.keys import multikey_to_public_key, public_key_to_multikey
from ledger.formats.registry import key_id, member_id
from ledger.formats.statusmap import StatusLeaf
from ledger.formats.trie import Nodes
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Contract, Epoch


def steps(data: bytes, root: TrustRoot) -> Iterator[str]:
    """The lines for one file under one trust root."""
    from verifier.readers.document import read

    try:
        given = read(data)
    except RollbookError as error:
        yield f"explain: the file cannot be read: {error}"
        return
    for part in (_document, _entry, _inclusion, _checkpoint, _anchor, _seal, _chain, _status):
        try:
            yield from part(given, root)
        except (RollbookError, KeyError, TypeError, StopIteration) as error:
            yield f"   cannot be followed further: {error}"


def _title(number: int, text: str) -> str:
    return f"\n{number}. {text}"


def _hashed(name: str, data: bytes) -> str:
    """One hash step over bytes in hexadecimal."""
    command = f"printf %s {data.hex()} | xxd -r -p | sha256sum"
    return f"   {name} = {_sha(data)}\n      = SHA-256 of {len(data)} bytes: {command}"


def _document(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    yield _title(1, "The signed document, marks and all, in its canonical form (RFC 8785)")
    signed = canonical.dumps(given.credential)
    yield f"   S = {signed.decode()}"
    yield f"   digest = {_sha(signed)}\n      = SHA-256 of the {len(signed)} bytes of S: printf %s 'S' | sha256sum"
    proof = dict(given.credential["proof"])
    value = multibase.base58_decode(str(proof.pop("proofValue"))[1:], max_bytes=64)
    unsecured = {name: member for name, member in given.credential.items() if name != "proof"}
    yield _title(2, "The signature (eddsa-jcs-2022, Ed25519)")
    parts = []
    for name, member in (("options", proof), ("document", unsecured)):
        text = canonical.dumps(member)
        parts.append(_sha(text))
        yield f"   {name} hash = {parts[-1]}\n      = SHA-256 of {text.decode()}"
    yield f"   signed bytes = options hash ‖ document hash = {''.join(parts)}"
    yield f"   key = {proof['verificationMethod'].partition('#')[2]}"
    yield f"   signature = {value.hex()}"


def _entry(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    if given.salt is None or given.material.entry is None:
        yield "\n3. The file holds no salt or no entry: what the log commits to is not shown"
        return
    digest = hashlib.sha256(canonical.dumps(given.credential)).digest()
    yield _title(3, "The entry in the log, which commits to the document under a secret salt")
    made = hmac.digest(given.salt, digest, "sha256").hex()
    yield f"   salt = {given.salt.hex()}"
    yield f"   commitment = HMAC-SHA-256(salt, digest) = {made}"
    command = f"openssl dgst -sha256 -mac hmac -macopt hexkey:{given.salt.hex()}"
    yield f"      printf %s {digest.hex()} | xxd -r -p | {command}"
    yield f"   entry = {given.material.entry.hex()}"
    yield f"      holds the commitment: {'yes' if made in given.material.entry.hex() else 'NO'}"


def _inclusion(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    material, anchor = given.material, given.material.common.anchor
    if material.inclusion is None or material.entry is None or anchor is None:
        yield "\n4. The file holds no inclusion proof"
        return
    yield _title(4, f"The entry's place, {material.inclusion.index}, in the tree of {anchor.size} (RFC 9162)")
    yield _hashed("leaf", b"\x00" + material.entry)
    digest = merkle.leaf_hash(material.entry)
    index, last = material.inclusion.index, anchor.size - 1
    for sibling in material.inclusion.path:  # RFC 9162 §2.1.3.2
        if index & 1 or index == last:
            preimage = b"\x01" + sibling + digest
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            preimage = b"\x01" + digest + sibling
        digest = hashlib.sha256(preimage).digest()
        index, last = index >> 1, last >> 1
        yield _hashed("node", preimage)
    yield f"   root of the log = {digest.hex()}, as anchored: {_answer(digest == anchor.root)}"


def _checkpoint(given: Bundle, root: TrustRoot) -> Iterator[str]:
    if given.material.common.checkpoint is None:
        yield "\n5. The file holds no checkpoint"
        return
    yield _title(5, "The checkpoint that the log signed (C2SP signed note; origin, size, root in base64, signature)")
    yield from (f"   {line}" for line in given.material.common.checkpoint.splitlines())
    for log in _epoch(root).logs:
        yield f"   key of the log {log.origin} in the trust root: {public_key_to_multikey(log.key.public)}"


def _anchor(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    for name, anchor in (("anchor", given.material.common.anchor), ("newest", given.material.common.newest)):
        if anchor is None:
            yield f"\n6. The file holds no {name}"
            continue
        yield _title(6, f"What the contract keeps for size {anchor.size} ({name}): five words of 32 bytes")
        words = (anchor.size, anchor.root, anchor.previous_size, anchor.time, anchor.status_root)
        packed = b"".join(word if isinstance(word, bytes) else word.to_bytes(32, "big") for word in words)
        yield "   size ‖ root ‖ previous size ‖ block time ‖ status root"
        yield _hashed("word", packed)


def _seal(given: Bundle, root: TrustRoot) -> Iterator[str]:
    if given.material.common.chain is None:
        yield "\n7. The file holds no block header"
        return
    raw, _ = given.material.common.chain.decode()
    header = parse_header(raw)
    yield _title(7, f"The one block header, number {header.number}, of {header.timestamp} (Unix seconds)")
    yield f"   header (RLP) = {raw.hex()}"
    yield f"   block hash = Keccak-256(header) = {keccak256(raw).hex()}"
    yield f"   state root = {header.state_root.hex()}"
    yield f"   sealed hash (EIP-225, without the last 65 bytes of extraData) = {seals.clique_seal_hash(header).hex()}"
    signer = seals.clique_signer(header)
    known = signer in _epoch(root).validators_at(header.number)
    yield f"   sealed by 0x{signer.hex()}, a validator of the trust root for this block: {_answer(known)}"


def _chain(given: Bundle, root: TrustRoot) -> Iterator[str]:
    material, epoch = given.material.common, _epoch(root)
    if material.chain is None or material.anchor is None or material.newest is None:
        yield "\n8. The file does not hold what the contracts keep"
        return
    raw, encoded = material.chain.decode()
    nodes, state = Nodes(encoded), parse_header(raw).state_root
    yield _title(8, "What the contracts keep under that state root (EIP-1186; every node by its Keccak-256)")
    log = epoch.logs[0]
    checkpoints, registry = epoch.checkpoint_registry, epoch.issuer_registry
    asked: list[tuple[Contract, str, tuple[bytes | int, ...]]] = [
        (checkpoints, "anchors", (log.id, material.anchor.size)),
        (checkpoints, "heads", (log.id,)),
        (checkpoints, "anchors", (log.id, material.newest.size)),
    ]
    for profile in material.issuers:
        asked += [(registry, name, (profile.member,)) for name in ("parents", "profiles")]
        asked.append((registry, "accreditations", (profile.member, 0)))
    method = str(given.credential["proof"]["verificationMethod"])
    key = key_id(multikey_to_public_key(method.partition("#")[2]))
    asked.append((registry, "keys", (member_id(method.partition("#")[0]), key)))
    for contract, name, keys in asked:
        yield from _word(state, nodes, contract, name, keys)
    yield "   the trie nodes, by their Keccak-256; the first of a path is the state root or a storage root"
    yield from (f"      {keccak256(node).hex()} = {node.hex()}" for node in encoded)


def _word(state: bytes, nodes: Nodes, contract: Contract, name: str, keys: tuple[bytes | int, ...]) -> Iterator[str]:
    shown = "][".join(key.hex() if isinstance(key, bytes) else str(key) for key in keys)
    slot = contract.layout.slot(name, *keys)
    yield f"   {name}[{shown}] of 0x{contract.address.hex()}"
    yield f"      slot = {slot.hex()}, key in the trie = Keccak-256(slot) = {keccak256(slot).hex()}"
    account = trie.account(state, contract.address, nodes)
    if account is None:
        yield "      there is no such account"
        return
    yield f"      storage root of the account = {account.storage_root.hex()}, code hash = {account.code_hash.hex()}"
    yield f"      word = {trie.storage_value(account.storage_root, slot, nodes).hex()}"


def _status(given: Bundle, _root: TrustRoot) -> Iterator[str]:
    newest = given.material.common.newest
    for listed in given.material.common.status:
        credential: dict[str, Any] = listed.credential
        subject = credential["credentialSubject"]
        yield _title(9, f"The status list {credential['id']}, sequence {subject['sequence']}")
        yield f"   hash = {_sha(canonical.dumps(credential))} = SHA-256 of its canonical form"
        parsed = statuscredential.parse(credential)
        leaf = StatusLeaf(member_id(parsed.issuer), parsed.url, parsed.sequence, listed.hash, parsed.valid_until)
        digest = leaf.digest()
        yield f"   leaf = {digest.hex()} = SHA-256(0x00 ‖ key ‖ sequence ‖ hash ‖ valid until)"
        for split, sibling in reversed(listed.steps):
            pair = (digest, sibling) if leaf.key < split else (sibling, digest)
            preimage = b"\x01" + pair[0] + split + pair[1]
            digest = hashlib.sha256(preimage).digest()
            yield _hashed("node", preimage)
        if newest is not None:
            yield f"   status root = {digest.hex()}, as anchored: {_answer(digest == newest.status_root)}"


def _epoch(root: TrustRoot) -> Epoch:
    return root.epochs[-1]


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _answer(holds: bool) -> str:
    return "yes" if holds else "NO"
