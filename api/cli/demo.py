"""`rollbook demo`."""


def demo() -> int:
    """Later."""
    return 0
