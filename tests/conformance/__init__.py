"""The conformance kit: inputs with their expected reports for any implementation (kit/), and what makes it."""
