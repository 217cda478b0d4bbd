"""What must not be in any file of the repository."""

import subprocess
from pathlib import Path

import pytest

from tests.support.shared import REPOSITORY

# Put together here, so that this file does not name them either.
REGISTRIES = [
    f"{host}.{domain}"
    for host, domain in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb.debian", "org"),
        ("security.debian", "org"),
        ("archive.ubuntu", "com"),
        ("proxy.golang", "org"),
        ("sum.golang", "org"),
        ("crates", "io"),
        ("repo.maven.apache", "org"),
        ("repo1.maven", "org"),
        ("rubygems", "org"),
        ("nuget", "org"),
        ("anaconda", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("tuna.tsinghua", "edu.cn"),
        ("mirrors.aliyun", "com"),
        ("npmmirror", "com"),
    ]
]
LONGEST = 350


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Every file that is or would be committed."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout.decode()
    found = [REPOSITORY / name for name in listed.split("\0") if name]
    return [path for path in found if path.is_file()]


def test_file_names_a_package_registry(files: list[Path]) -> None:
    needles = [host.encode() for host in REGISTRIES]
    naming = {
        str(path.relative_to(REPOSITORY)): [needle.decode() for needle in needles if needle in path.read_bytes()]
        for path in files
    }
    assert {name: hosts for name, hosts in naming.items() if hosts} == {}


def test_python_file_grew_too_long(files: list[Path]) -> None:
    lengths = {
        str(path.relative_to(REPOSITORY)): len(path.read_bytes().splitlines()) for path in files if path.suffix == ".py"
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}
