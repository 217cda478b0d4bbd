"""Records into wallets: OpenID for Verifiable Credential Issuance 1.0 (docs/wallets.md)."""
