"""Pure bytes and types of the formats: no sockets, clocks or randomness."""
