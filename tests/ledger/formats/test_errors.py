import pickle

import pytest

from ledger.formats import errors
from ledger.formats.errors import RollbookError

LEAVES = [
    errors.FormatError,
    errors.ProofError,
    errors.ConflictError,
    errors.NotAllowedError,
    errors.NotFoundError,
    errors.UnavailableError,
    errors.ConfigError,
]


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_is_caught_as_the_base_and_as_no_sibling(kind: type[RollbookError]) -> None:
    error = kind("document.malformed", "not JSON")
    assert isinstance(error, RollbookError)
    assert [other for other in LEAVES if isinstance(error, other)] == [kind]
    assert not isinstance(error, ValueError)


@pytest.mark.parametrize("kind", LEAVES)
def test_code_and_message_survive_a_process_boundary(kind: type[RollbookError]) -> None:
    error = pickle.loads(pickle.dumps(kind("log.full", "no room")))
    assert (type(error), error.code, error.message, str(error)) == (kind, "log.full", "no room", "log.full: no room")


def test_bound_is_told_from_the_form_by_nobody_who_need_not() -> None:
    error = pickle.loads(pickle.dumps(errors.BoundError("document.too_large", "x")))
    assert type(error) is errors.BoundError and isinstance(error, errors.FormatError)


def test_an_error_without_message_prints_its_code_alone() -> None:
    assert str(RollbookError("log.full")) == "log.full"


def test_an_error_without_code_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        RollbookError()  # type: ignore[call-arg]


def test_the_docstring_draws_every_class_of_the_tree() -> None:
    names = {n for n, v in vars(errors).items() if isinstance(v, type)}
    assert names == {"RollbookError", "BoundError", *(k.__name__ for k in LEAVES)}
    assert all(f" {name} " in (errors.__doc__ or "") for name in names)
