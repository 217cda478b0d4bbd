"""The first block of a QBFT network, in the dialects of Besu (production) and GoQuorum (processes on this machine).

Both read the same ``qbft`` section, extra data and gas limit. Gas costs nothing: who may write is a matter of
permissions. GoQuorum ends at Berlin; Besu runs London with a base fee of zero. What we deploy runs on both.
"""

from typing import Any

from ledger.formats import rlp
from ledger.formats.errors import FormatError
from network.plan import Plan

MIX_HASH = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
"""By which a node knows a block of IBFT and QBFT."""
GAS_LIMIT = 30_000_000
ROUND_SECONDS = 2
"""After so long without agreement another validator proposes; each further round takes twice as long."""
EPOCH_BLOCKS = 30_000
_VANITY = bytes(32)
_ADDRESS_BYTES = 20
_BEFORE_LONDON = (
    *("homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock"),
    *("constantinopleBlock", "petersburgBlock", "istanbulBlock"),
)


def extra_data(plan: Plan) -> bytes:
    """The extra data of block 0: RLP of vanity, validators, no vote, round 0, no seals."""
    return rlp.encode([_VANITY, list(plan.addresses), [], b"", []])


def validators_of(extra: bytes) -> tuple[bytes, ...]:
    """Who seals by the extra data of block 0; FormatError ``network.genesis`` where it says anything else."""
    try:
        fields = rlp.decode(extra)
        vanity, validators, vote, number, seals = fields if isinstance(fields, list) else []
    except ValueError as error:
        raise FormatError("network.genesis", "the extra data has not five fields") from error
    if len(vanity) != len(_VANITY) or vote or number or seals or not isinstance(validators, list):
        raise FormatError("network.genesis", "the extra data is not that of a first block")
    found = tuple(one for one in validators if isinstance(one, bytes) and len(one) == _ADDRESS_BYTES)
    if len(found) != len(validators) or list(found) != sorted(set(found)):
        raise FormatError("network.genesis", "the validators are no addresses in ascending order")
    return found


def besu(plan: Plan) -> dict[str, Any]:
    """Besu's genesis file."""
    return _genesis(plan, {"berlinBlock": 0, "londonBlock": 0, "zeroBaseFee": True, "contractSizeLimit": 2**15})


def goquorum(plan: Plan) -> dict[str, Any]:
    """GoQuorum's genesis file."""
    sizes = [{"block": 0, "size": 32}]
    more = {"eip150Hash": "0x" + "00" * 32, "isQuorum": True, "maxCodeSizeConfig": sizes, "txnSizeLimit": 128}
    made = _genesis(plan, {"berlinBlock": 0, **more})
    made["config"]["qbft"] |= {"policy": 0, "ceil2Nby3Block": 0}
    return made


def _genesis(plan: Plan, dialect: dict[str, Any]) -> dict[str, Any]:
    qbft = {
        "epochlength": EPOCH_BLOCKS,
        "blockperiodseconds": plan.period,
        "requesttimeoutseconds": max(ROUND_SECONDS, 2 * plan.period),
    }
    return {
        "config": {"chainId": plan.chain_id, **dict.fromkeys(_BEFORE_LONDON, 0), **dialect, "qbft": qbft},
        "nonce": "0x0",
        "timestamp": hex(plan.begun),
        "extraData": "0x" + extra_data(plan).hex(),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": MIX_HASH,
        "coinbase": "0x" + "00" * 20,
        "alloc": {},
    }
