"""Gathers from log and chain what a bundle needs, all of it under one header (docs/formats.md §11)."""

from ledger.export.assembler import ProofAssembler

__all__ = ["ProofAssembler"]
