"""Checks a bundle against a pinned trust root and reports a verdict."""
