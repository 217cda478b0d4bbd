"""Composes the rest into HTTP, pages, commands and workers, and holds no rules of its own."""
