"""Keys to which wallets encrypt their answers (OpenID4VP 1.0 §8.3): one for each request, kept nowhere.

A request's key is made of a key in the keystore and the request's id, so it ends with the request: an answer that was
recorded on its way says nothing to whoever has the database, and nothing to us once the request is forgotten.
"""

import hmac
from typing import Any

from issuers.keystore import Keystore
from ledger.formats import canonical, jwe, p256
from ledger.formats.errors import FormatError

NAME = "wallet answers"


class AnswerKeys:
    """The keys of all requests of a deployment."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._key: bytes | None = None

    def jwk(self, request_id: str) -> dict[str, str]:
        """The public key of a request, as a wallet is given it."""
        named = {"kid": request_id, "use": "enc", "alg": jwe.ALGORITHM}
        return p256.public_key_to_jwk(self._pair(request_id).public) | named

    def open(self, request_id: str, sealed: jwe.Sealed) -> dict[str, Any]:
        """The parameters of an encrypted answer to a request.

        Raises FormatError ``jwe.…``, ``key.…`` or ``document.…``, ProofError ``jwe.invalid``.
        """
        parameters = canonical.loads(jwe.decrypt(sealed, self._pair(request_id).secret))
        if not isinstance(parameters, dict):
            raise FormatError("jwe.malformed", "an answer is an object")
        return parameters

    def _pair(self, request_id: str) -> p256.KeyPair:
        if self._key is None:
            self._key = self._keystore.get_or_make(NAME)
        return p256.generate(hmac.digest(self._key, request_id.encode(), "sha256"))
