"""The locks pin everything by hash and name no place to fetch it from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.shared import REPOSITORY

LOCKS = sorted(REPOSITORY.glob("requirements/*.txt"))
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*])?==(?P<version>[^ ;\\]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    return {canonicalize_name(match["name"]): match["version"] for match in PIN.finditer(lock.read_text())}


def unlocked(requirements: list[str], lock: Path) -> list[str]:
    """Those `requirements` that `lock` has no matching version for."""
    pinned = pins(lock)
    wanted = [Requirement(text) for text in requirements]
    return [str(each) for each in wanted if not _satisfied(each, pinned.get(canonicalize_name(each.name)))]


def _satisfied(requirement: Requirement, version: str | None) -> bool:
    return version is not None and requirement.specifier.contains(version, prereleases=True)


@pytest.fixture(scope="module")
def pyproject() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def test_there_are_four_locks() -> None:
    assert [lock.name for lock in LOCKS] == ["dev.txt", "server.txt", "sm.txt", "verifier.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_names_an_address(lock: Path) -> None:
    assert [line for line in lock.read_text().splitlines() if "://" in line or line.startswith("--")] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_requirement_without_a_hash(lock: Path) -> None:
    blocks = re.split(r"^(?=[A-Za-z])", lock.read_text(), flags=re.MULTILINE)
    assert [block for block in blocks if block.strip() and "--hash=sha256:" not in block] == []


def test_verifier_lock_lags_behind_pyproject(pyproject: dict[str, dict[str, list[str]]]) -> None:
    assert unlocked(pyproject["project"]["dependencies"], REPOSITORY / "requirements/verifier.txt") == []


def test_server_lock_lags_behind_pyproject(pyproject: dict[str, dict[str, list[str]]]) -> None:
    extras: dict[str, list[str]] = pyproject["project"]["optional-dependencies"]  # type: ignore[assignment]
    wanted = pyproject["project"]["dependencies"] + extras["server"]
    assert unlocked(wanted, REPOSITORY / "requirements/server.txt") == []


def test_dev_lock_lags_behind_pyproject(pyproject: dict[str, dict[str, list[str]]]) -> None:
    extras: dict[str, list[str]] = pyproject["project"]["optional-dependencies"]  # type: ignore[assignment]
    server = [each for extra in extras.values() for each in extra]
    wanted = pyproject["project"]["dependencies"] + server + pyproject["dependency-groups"]["dev"]
    assert unlocked(wanted + pyproject["build-system"]["requires"], REPOSITORY / "requirements/dev.txt") == []


def test_sm_lock_lags_behind_pyproject(pyproject: dict[str, dict[str, list[str]]]) -> None:
    extras: dict[str, list[str]] = pyproject["project"]["optional-dependencies"]  # type: ignore[assignment]
    wanted = pyproject["project"]["dependencies"] + extras["sm"]
    assert unlocked(wanted, REPOSITORY / "requirements/sm.txt") == []


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock.name != "dev.txt"], ids=lambda lock: lock.name)
def test_locks_disagree(lock: Path) -> None:
    every, few = pins(REPOSITORY / "requirements/dev.txt"), pins(lock)
    assert {name: version for name, version in few.items() if every.get(name) != version} == {}


@pytest.mark.parametrize("intruder", ["fastapi", "starlette", "web3", "py-evm", "sqlmodel", "sqlalchemy", "rlp"])
def test_verifier_lock_holds_server_library(intruder: str) -> None:
    assert intruder not in pins(REPOSITORY / "requirements/verifier.txt")
