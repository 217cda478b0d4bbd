"""The Vyper sources and their committed artifacts. Data only."""
