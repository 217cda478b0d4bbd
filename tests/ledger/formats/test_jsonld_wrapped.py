"""A context that stands in a document as it would stand in a file of its own, under one more `@context`."""

from typing import Any

import pytest

from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2
from ledger.formats.errors import FormatError
from ledger.formats.jsonld import to_rdf
from ledger.formats.rdfc import canonicalize

DOG = {"Dog": "https://elsewhere.test/#Dog", "barks": "https://elsewhere.test/#barks"}


def document(*contexts: Any) -> dict[str, Any]:
    subject = {"id": "did:example:rex", "type": "Dog", "barks": True}
    types = ["VerifiableCredential"]
    return {"@context": [CREDENTIALS_V2, *contexts], "type": types, "credentialSubject": subject}


def test_it_means_what_it_means_unwrapped() -> None:
    plain, wrapped = (canonicalize(to_rdf(document(each), BUNDLED)) for each in (DOG, {"@context": DOG}))
    assert plain == wrapped and "#barks" in plain


@pytest.mark.parametrize(
    "context",
    [
        {"@context": {"@context": DOG}},
        {"@context": DOG, "Cat": "https://elsewhere.test/#Cat"},
        {"@context": DOG, "@version": 1.1},
        {"@context": 5},
        {"@context": {"VerifiableCredential": "https://elsewhere.test/#Bad"}},
        {"@context": {"@base": "https://elsewhere.test/"}},
    ],
)
def test_what_is_more_than_wrapped_is_refused(context: Any) -> None:
    with pytest.raises(FormatError) as refused:
        to_rdf(document(context), BUNDLED)
    assert refused.value.code in ("document.malformed", "document.unsupported")


def test_an_address_behind_it_is_looked_up_as_ever() -> None:
    with pytest.raises(FormatError, match=r"document.unknown_context"):
        to_rdf(document({"@context": "https://elsewhere.test/v1"}), BUNDLED)
