"""Refusals by the codes of OpenID4VCI 1.0 (§6.3, §8.3.1, §9.3, §11.3) and RFC 6750 §3.1, in the one error tree.

Their codes begin with ``oid4vci.``; what follows is the specification's own. A message is printable ASCII without
quotes and backslashes, as ``error_description`` wants it, and never says which of several secrets was wrong.
"""

from ledger.formats.errors import NotAllowedError

PREFIX = "oid4vci."

INVALID_REQUEST = "invalid_request"
INVALID_GRANT = "invalid_grant"
UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
INVALID_TOKEN = "invalid_token"
NO_TOKEN = "no_token"
"""None at all: told as ``invalid_token``, but in the header without a code (RFC 6750 §3.1)."""
INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
UNKNOWN_CONFIGURATION = "unknown_credential_configuration"
UNKNOWN_IDENTIFIER = "unknown_credential_identifier"
INVALID_PROOF = "invalid_proof"
INVALID_NONCE = "invalid_nonce"
INVALID_ENCRYPTION = "invalid_encryption_parameters"
DENIED = "credential_request_denied"
INVALID_TRANSACTION = "invalid_transaction_id"
INVALID_NOTIFICATION_ID = "invalid_notification_id"
INVALID_NOTIFICATION = "invalid_notification_request"


def refused(code: str, message: str) -> NotAllowedError:
    """The error to raise; ``code`` is one of this module."""
    return NotAllowedError(PREFIX + code, message)
