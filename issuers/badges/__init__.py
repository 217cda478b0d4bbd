"""Open Badges 3.0 and CLR 2.0 made of records: what becomes of which member, building, signing."""
