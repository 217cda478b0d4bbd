"""Batches: archives handed in to be verified in the background, and what came of them, for a day."""
