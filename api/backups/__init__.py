"""Backups of a whole ledger: made while it runs, put back into nothing, and brought up to the public log again."""
