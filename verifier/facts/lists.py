"""Status lists that their own signature vouches for. Whether the signer may, and which one is newest, comes later."""

from dataclasses import dataclass

from ledger.formats import statuscredential, suites
from ledger.formats.bundle import ListProof
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.statuscredential import StatusList


@dataclass(frozen=True, slots=True)
class SignedList:
    """A list and the 32-byte key that signed it, named in the issuer's own verification method."""

    list: StatusList
    key: bytes


def open_list(given: ListProof) -> SignedList | str:
    """The list in a proof, or why it is none (English prose)."""
    try:
        found = statuscredential.parse(given.credential)
        signed = suites.verify(given.credential)
    except (FormatError, ProofError) as error:
        return str(error)
    if signed.did != found.issuer:
        return "signed under another DID than its issuer's"
    return SignedList(found, signed.public_key)
