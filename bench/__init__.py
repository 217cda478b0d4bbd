"""Figures of docs/operations.md, as ratios to the raw primitive in the same run. ``python -m bench`` prints them."""
