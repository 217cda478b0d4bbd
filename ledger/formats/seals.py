"""Who sealed a block header. Clique (EIP-225): one signature in the last 65 bytes of ``extra``. QBFT: see ``qbft``.

The rules of EIP-225 that a header shows by itself are checked here; whether the signer was a validator at that height
is for the trust root to say.
"""

from coincurve import PublicKey

from ledger.formats import rlp
from ledger.formats.errors import ProofError
from ledger.formats.header import EMPTY_UNCLES_HASH, EXTRA_INDEX, Header
from ledger.formats.keccak import keccak256

VANITY_SIZE = 32
SEAL_SIZE = 65
EPOCH_LENGTH = 30_000

NONCE_DROP = bytes(8)
NONCE_ADD = b"\xff" * 8

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def clique_signer(header: Header) -> bytes:
    """The 20-byte address that sealed ``header``; ProofError ``header.bad_seal`` where the rules or the seal fail."""
    _check_clique_rules(header)
    return recover(header.extra[-SEAL_SIZE:], clique_seal_hash(header))


def recover(seal: bytes, digest: bytes) -> bytes:
    """The 20-byte address whose key made ``seal`` (r ‖ s ‖ recovery id, 65 bytes) over the 32 bytes of ``digest``.

    ProofError ``header.bad_seal`` where it is not in its one low-s form with recovery id 0 or 1, or recovers to no key.
    """
    if len(seal) != SEAL_SIZE or seal[64] > 1 or not 0 < int.from_bytes(seal[32:64], "big") <= _HALF_ORDER:
        # Any other form would let a third party make a second seal, and so under Clique a second hash, of one block.
        raise _bad("the seal is not in its one low-s form with recovery id 0 or 1")
    try:
        key = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    except ValueError as error:
        raise _bad("the seal recovers to no key") from error
    return address_of(key.format(compressed=False))


def clique_seal_hash(header: Header) -> bytes:
    """The 32 bytes that a Clique sealer signs: the hash of the header with the seal cut off ``extra``."""
    fields: list[rlp.Item] = list(header.fields)
    fields[EXTRA_INDEX] = header.extra[:-SEAL_SIZE]
    return keccak256(rlp.encode(fields))


def address_of(public_key: bytes) -> bytes:
    """The 20-byte address of an uncompressed secp256k1 public key (65 bytes)."""
    return keccak256(public_key[1:])[-20:]


def _check_clique_rules(header: Header) -> None:
    listed = len(header.extra) - VANITY_SIZE - SEAL_SIZE
    at_epoch = header.number % EPOCH_LENGTH == 0
    if listed < 0 or listed % 20 or (listed > 0) != at_epoch:
        raise _bad("extra data is vanity and seal, with the signers between them at an epoch only")
    if header.mix_hash != bytes(32) or header.uncles_hash != EMPTY_UNCLES_HASH:
        raise _bad("mix hash or uncles are not empty")
    if header.difficulty not in (1, 2):
        raise _bad("difficulty is neither 1 nor 2")
    if header.nonce not in (NONCE_DROP, NONCE_ADD):
        raise _bad("the nonce is no vote")
    if (at_epoch or header.beneficiary == bytes(20)) and header.nonce != NONCE_DROP:
        raise _bad("a nonce votes, but for nobody")
    if at_epoch and header.beneficiary != bytes(20):
        raise _bad("an epoch block votes")


def _bad(message: str) -> ProofError:
    return ProofError("header.bad_seal", message)
