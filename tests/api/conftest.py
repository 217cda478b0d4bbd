"""Fixtures of the tests of `api`."""

import structlog

# A line for each request would bury what a failed test has to say.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
