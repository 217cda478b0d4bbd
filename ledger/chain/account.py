"""An account that signs transactions in this process."""

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger.chain.protocol import Call, Signed
from ledger.formats.errors import FormatError

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class LocalSigner:
    """The ``Signer`` over a 32-byte secp256k1 secret, which it never shows."""

    def __init__(self, secret: bytes) -> None:
        """FormatError ``chain.bad_key`` where ``secret`` is no key."""
        if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < ORDER:
            raise FormatError("chain.bad_key", "a chain key has 32 bytes and lies within the group's order")
        self._account: LocalAccount = Account.from_key(secret)
        self.address = bytes.fromhex(self._account.address[2:])

    def __repr__(self) -> str:
        return f"LocalSigner(0x{self.address.hex()})"

    def sign(self, call: Call, *, chain_id: int, nonce: int, gas: int, gas_price: int) -> Signed:
        """A legacy transaction bound to the chain (EIP-155), which every node since 2016 takes."""
        fields: Mapping[str, Any] = {
            "chainId": chain_id,
            "nonce": nonce,
            "gas": gas,
            "gasPrice": gas_price,
            "to": call.to or b"",
            "value": call.value,
            "data": call.data,
        }
        made = self._account.sign_transaction(fields)  # type: ignore[arg-type]
        return Signed(bytes(made.raw_transaction), bytes(made.hash))
