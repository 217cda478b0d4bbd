"""The eight checks, a module each: ``check(case, …) -> Check``. Their order is the verifier's."""
