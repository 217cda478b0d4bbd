"""Asking wallets for presentations: OpenID for Verifiable Presentations 1.0 (docs/wallets.md §2)."""
