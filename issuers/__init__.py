"""The schools' side: keystore, importers, signing, status."""
