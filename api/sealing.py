"""Whether a chain's own blocks show that it is sealed by those whom a trust root would name (docs/formats.md §10)."""

from collections.abc import Iterator

from ledger.chain.protocol import Chain
from ledger.formats import qbft, seals
from ledger.formats.consensus import QBFT
from ledger.formats.errors import ProofError
from ledger.formats.header import Header, parse_header
from ledger.formats.trustroot_epochs import Epoch, Validators


def shown(chain: Chain, epoch: Epoch, named: Validators, before: frozenset[bytes]) -> Iterator[str]:
    """What the chain's blocks say otherwise than a range of validators: a line for each; none where they agree.

    Its first and its last block are asked, or the newest for those that are to come. ``before`` are the validators
    that are believed already, whom blocks may have joined since: they are held against the seals alone.
    """
    head = chain.final_head().number
    if named.first > head + 1:
        yield f"block {named.first} is to come: nobody can see yet who seals from there on"
        return
    end = head if named.last is None else named.last
    for number in sorted({min(max(one, 1), head) for one in (named.first, end)}):
        header = parse_header(chain.header_rlp(number))
        try:
            if header.number != number:
                raise ProofError("header.bad_seal", "the node has another header there")
            _check(chain, header, epoch.consensus, named.addresses, listed=named.addresses != before)
        except ProofError as error:
            yield f"about block {number}: {error.message}"


def _check(chain: Chain, header: Header, consensus: str, named: frozenset[bytes], *, listed: bool) -> None:
    if consensus == QBFT:
        told = frozenset(qbft.parse_extra(header.extra).validators)
        if listed and told and told != named:  # none are listed where a contract names them
            raise ProofError("header.bad_seal", f"its validators are {_joined(told)}")
        if header.number > 0:  # nobody seals the first block
            qbft.check_quorum(header, named)
        return
    told = _signers(parse_header(chain.header_rlp(header.number - header.number % seals.EPOCH_LENGTH)))
    if listed and told != named:
        raise ProofError("header.bad_seal", f"its signers are {_joined(told)}")
    if header.number > 0 and seals.clique_signer(header) not in named:
        raise ProofError("header.bad_seal", "somebody else sealed it")


def _signers(header: Header) -> frozenset[bytes]:
    """Whom a Clique header that begins 30,000 blocks lists (EIP-225)."""
    told = header.extra[seals.VANITY_SIZE : -seals.SEAL_SIZE]
    return frozenset(told[at : at + 20] for at in range(0, len(told), 20))


def _joined(addresses: frozenset[bytes]) -> str:
    return ", ".join(f"0x{one.hex()}" for one in sorted(addresses))
