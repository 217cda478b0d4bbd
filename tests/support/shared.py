"""Vectors and data kept beside the repository and read in place, never copied into it."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def shared_folder(name: str) -> Path:
    """Folder `name` beside the repository, or under `ROLLBOOK_SHARED`; skips the test where it is absent."""
    root = Path(os.environ.get("ROLLBOOK_SHARED") or REPOSITORY.parent / "shared")
    folder = root / name
    if not folder.is_dir():
        pytest.skip(f"no shared/{name} beside the repository, and ROLLBOOK_SHARED names none")
    return folder


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The folder of other projects' test vectors."""
    return shared_folder("vectors")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input data."""
    return shared_folder("data")
