"""Files that a user asks for are written where he said, and what is there already keeps its kind."""

import os
import stat
import threading
from pathlib import Path

import pytest

from api.cli.ledger import written


def test_a_link_is_replaced_instead_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    written(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_bytes() == b"new"


def test_a_device_is_replaced_by_a_file() -> None:
    """As root, on `/dev/null` for instance, that would break the machine."""
    written(Path(os.devnull), b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_pipe_is_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    written(pipe, b"through")
    reader.join(10)
    assert read == [b"through"] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_error_names_a_file_that_nobody_asked_for(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "file" / "below"):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(OSError) as caught:
            written(path, b"x")
        assert caught.value.filename == str(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file"]
