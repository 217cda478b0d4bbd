"""Readers: from a file's bytes to a credential and what came with it. Nothing is verified here."""
