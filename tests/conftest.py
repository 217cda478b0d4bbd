"""Fixtures that every test may use; each piece lives in its own module under `tests/support`."""

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.databases",
    "tests.support.loglines",
    "tests.support.postgres",
    "tests.support.shared",
    "tests.support.skips",
    "tests.support.ledgers",  # after what it imports itself
]
