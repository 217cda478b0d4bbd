"""The ledger: formats (pure), log and chain."""
