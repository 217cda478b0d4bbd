"""A network of four QBFT validators: as processes on this machine, and as files for containers."""
