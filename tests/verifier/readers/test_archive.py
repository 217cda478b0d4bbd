"""Archives: whatever leaves open which file is meant, leaves its folder or fills the memory is refused."""

import io
import struct
import zipfile
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from ledger.formats import canonical
from ledger.formats.errors import FormatError
from tests.worlds.scene import Scene
from verifier.archives import reports
from verifier.readers import archive


def made(
    *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, change: Callable[..., None] | None = None
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as opened:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            if change:
                change(info)
            opened.writestr(info, data)
    return out.getvalue()


GOOD = made(("b.json", b"{}"), ("a.json", b"[]"), ("index.html", b"<p>"), ("folder/", b""))


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        list(archive.read(data))
    return caught.value.code


def only(data: bytes) -> str:
    (member,) = archive.read(data)
    assert isinstance(member.data, FormatError)
    return member.data.code


def test_members_come_by_name_without_pages_and_folders():
    assert list(archive.read(GOOD)) == [("a.json", b"[]"), ("b.json", b"{}")]


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../a.json", "a/../../b.json", "a/./b", "..", "C:/a.json", "a\\..\\b", "a//b", "a\nb", "x\x7f"],
)
def test_a_member_that_leaves_its_folder(name: str):
    assert refused(made((name, b"{}"))) == "document.malformed"


def test_a_link():
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o120777 << 16

    assert refused(made(("a.json", b"/etc/passwd"), change=link)) == "document.malformed"


@pytest.mark.parametrize(
    ("one", "two"), [("a.json", "a.json"), ("a.json", "A.JSON"), ("a.json", "ａ.json"), ("\u00e9", "e\u0301")]
)
def test_two_members_of_one_name(one: str, two: str):
    with pytest.warns(UserWarning) if one == two else nullcontext():
        data = made((one, b"{}"), (two, b"[]"))
    assert refused(data) == "document.duplicate_key"


def test_a_folder_of_a_files_name():
    assert refused(made(("a", b"{}"), ("a/", b""))) == "document.duplicate_key"


def test_more_members_than_are_read():
    assert refused(made(*((f"{n}", b"") for n in range(1_001)))) == "document.too_large"


def test_a_member_that_inflates():
    assert only(made(("a.json", bytes(6 << 20)))) == "document.too_large"


def test_many_members_that_inflate(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "MAX_TOTAL", 8 << 20)
    assert refused(made(*((f"{n}.json", bytes(4 << 20)) for n in range(3)))) == "document.too_large"


def test_a_member_that_says_it_is_small():
    data = bytearray(made(("a.json", bytes(6 << 20))))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + at
        data[place : place + 4] = struct.pack("<L", 2)
    assert only(bytes(data)) in ("document.malformed", "document.too_large")


def test_an_archive_larger_than_is_read():
    assert refused(b"PK\x03\x04" + bytes(64 << 20)) == "document.too_large"


@pytest.mark.parametrize("bit", [0x1, 0x40, 0x2000])
def test_an_encrypted_member(bit: int):
    data = bytearray(made(("a.json", b"{}")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + at
        data[place : place + 2] = struct.pack("<H", struct.unpack_from("<H", data, place)[0] | bit)
    assert only(bytes(data)) == "document.unsupported"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_is_not_read(method: int):
    assert only(made(("a.json", b"{}" * 100), method=method)) == "document.unsupported"


def test_members_that_share_their_bytes():
    """As of a bomb whose members all inflate the same data: each entry of the directory leads to the first one."""
    data = made(("a", bytes(1 << 20)), ("b", bytes(1 << 20)))
    second = data.rindex(b"PK\x01\x02")
    assert refused(data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]) == "document.malformed"


def test_another_name_in_the_member_than_in_the_directory():
    data = bytearray(GOOD)
    data[GOOD.index(b"b.json")] = ord("c")
    found = {member.name: member.data for member in archive.read(bytes(data))}
    assert isinstance(found["b.json"], FormatError)


def test_a_member_that_is_damaged():
    data = made(("a.json", b'{"a": 1}'), method=zipfile.ZIP_STORED)
    assert only(data.replace(b'{"a": 1}', b'{"a": 2}')) == "document.malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"x" + GOOD,
        GOOD + b"x",
        GOOD[:-1],
        GOOD[:40],
        GOOD[: GOOD.index(b"PK\x01\x02")],
        GOOD[:-2] + b"\x01\x00x",
        GOOD.replace(b"PK\x01\x02", b"PK\x01\x03", 1),
        GOOD[: GOOD.index(b"PK\x01\x02")] + b"hidden" + GOOD[GOOD.index(b"PK\x01\x02") :],
    ],
)
def test_an_archive_that_is_not_whole(data: bytes):
    assert refused(data) == "document.malformed"


@pytest.mark.parametrize(
    "field", [b"\x01\x00\x08\x00" + bytes(8), b"\x75\x70\x01\x00x", b"xx\x01\x00x\x75\x70\x00\x00"]
)
def test_a_member_with_other_sizes_or_another_name_besides(field: bytes):
    def extra(info: zipfile.ZipInfo) -> None:
        info.extra = field

    assert refused(made(("a.json", b"{}"), change=extra)) == "document.malformed"


def test_a_field_that_says_nothing_of_either():
    def extra(info: zipfile.ZipInfo) -> None:
        info.extra = b"\x55\x54\x01\x00x"  # a time

    assert [member.data for member in archive.read(made(("a.json", b"{}"), change=extra))] == [b"{}"]


def test_a_name_that_ends_for_some_at_a_nought():
    data = made(("a.json", b"{}")).replace(b"a.json", b"a\x00json")
    assert refused(data) == "document.malformed"


def test_the_mark_of_a_zip64_directory():
    def comment(info: zipfile.ZipInfo) -> None:
        info.comment = b"PK\x06\x07" + bytes(16)

    assert refused(made(("a.json", b"{}"), change=comment)) == "document.malformed"


@pytest.mark.parametrize(("place", "value"), [(8, b"\x00\x00"), (14, b"\x00" * 4), (18, b"\x01"), (22, b"\x01")])
def test_a_member_whose_own_header_says_something_else(place: int, value: bytes):
    data = made(("a.json", b"{}"))
    assert only(data[:place] + value + data[place + len(value) :]) == "document.malformed"


def test_data_that_end_before_the_member_does():
    """Stored twice, the second time out of sight; deflated, with something behind."""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = bytearray(made(("a.json", b"{}" * 4), method=method))
        length = struct.unpack_from("<L", data, 18)[0]
        data[36 + length : 36 + length] = b"more"
        end = len(data) - 22
        central = data.index(b"PK\x01\x02")
        struct.pack_into("<L", data, 18, length + 4)
        struct.pack_into("<L", data, central + 20, length + 4)
        struct.pack_into("<L", data, end + 16, central)
        assert only(bytes(data)) == "document.malformed"


def test_every_member_has_a_report():
    scene = Scene()
    bundle = canonical.dumps(scene.bundle())
    altered = bundle.replace("陈𠮷".encode(), "陈吉".encode())
    data = made(("1.json", bundle), ("2.json", altered), ("3.zip", GOOD), ("4.json", bytes(6 << 20)))
    verifier_of = scene.verify
    found = dict(reports(data, verifier_of, lambda error: scene.verify(b"{")))
    assert [found[name].verdict.value for name in sorted(found)] == ["valid", "invalid", "indeterminate", "invalid"]


def test_an_archive_that_is_refused_has_one_report():
    scene = Scene()
    codes: list[str] = []

    def refuse(error: FormatError):
        codes.append(error.code)
        return scene.verify(b"{")

    assert [name for name, _ in reports(GOOD + b"x", scene.verify, refuse)] == [""]
    assert [name for name, _ in reports(made(("index.html", b"")), scene.verify, refuse)] == [""]
    assert codes == ["document.malformed", "document.malformed"]
