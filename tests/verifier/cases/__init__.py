"""For each code an input, at least one, in which no other check fails; a module for each check."""

from tests.verifier.cases import anchor, document, holder, inclusion, issuer, proof, status, validity

CASES = [
    case for module in (document, proof, issuer, validity, inclusion, anchor, status, holder) for case in module.CASES
]
