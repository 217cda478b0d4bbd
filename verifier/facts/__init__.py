"""Facts: what follows from given bytes and the trust root alone, whatever record they are brought with."""
