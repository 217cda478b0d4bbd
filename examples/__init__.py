"""Data of our own making, a kind of one's own, and a public dataset read as records."""
