"""A whole world for the verifier's tests: a simulated chain, registries, a log and schools, all to be falsified."""
