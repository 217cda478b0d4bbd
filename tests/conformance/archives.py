"""Archives, sound ones and such as are refused: what both verifiers say of them and of each member (formats §16)."""

import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from ledger.formats import canonical
from tests.conformance import sheets
from tests.verifier.readers.test_archive import made
from tests.worlds.scene import Scene
from verifier import archives
from verifier.policy import RECORD
from verifier.verifier import Verifier

SCENE: Scene = sheets.SCENE


def members() -> dict[str, bytes]:
    """Five that are told apart at a glance."""
    bundle = canonical.dumps(sheets.BUNDLE)
    drawn = sheets.all_of_them()
    return {
        "bundles/1.json": bundle,
        "bundles/2.json": bundle.replace("陈𠮷".encode(), "陈吉".encode()),
        "bundles/3.json": canonical.dumps(sheets.BUNDLE["credential"]),
        "pdf/1.pdf": drawn["honest"],
        "pdf/2.pdf": drawn["of a better mark"],
    }


def all_of_them() -> dict[str, bytes]:
    """Archives by what is special about each."""
    bundle = canonical.dumps(sheets.BUNDLE)
    five = made(*members().items(), ("index.html", b"<p>"), ("empty/", b""))
    plain = made(("a.json", bundle), ("b.json", b"{}"))
    return {
        "five": five,
        "stored": made(("a.json", bundle), ("é.json", b"[]"), method=zipfile.ZIP_STORED),
        "another method": made(("a.json", bundle), method=zipfile.ZIP_BZIP2),
        "in another": made(("a.zip", plain)),
        "large": made(("a.json", bytes(6 << 20)), ("b.json", bundle)),
        "order": made(*((name, b"{}") for name in ("\uffee.json", "𠮷.json", "b.json", "B/a.json", "a.json"))),
        **dict(_refused(plain, bundle)),
        **{f"name {name}": made((name, b"{}")) for name in ("../a", "/a", "a//b", "a/./b", "C:a", "a\\b", "a\nb")},
    }


def _refused(plain: bytes, bundle: bytes) -> Iterator[tuple[str, bytes]]:
    def changed(change: Any, *names: str) -> bytes:
        return made(*((name, bundle) for name in names or ("a.json",)), change=change)

    yield "something before", b"x" + plain
    yield "something behind", plain + b"x"
    yield "half", plain[:-1]
    yield "between", plain.replace(b"PK\x01\x02", b"hidPK\x01\x02", 1)
    yield "twice", made(("a.json", bundle), ("Ａ.json", bundle))
    yield "folder of that name", made(("a", bundle), ("A/", b""))
    yield "nothing to verify", made(("index.HTML", b"<p>"))
    yield "many", made(*((str(n), b"") for n in range(1_001)))
    yield "link", changed(lambda info: setattr(info, "external_attr", 0o120777 << 16))
    yield "sizes besides", changed(lambda info: setattr(info, "extra", b"\x01\x00\x00\x00"))
    yield "name besides", changed(lambda info: setattr(info, "extra", b"x\x00\x00\x00up\x01\x00x"))
    yield "mark of ZIP64", changed(lambda info: setattr(info, "comment", b"PK\x06\x07" + bytes(16)))
    second = plain.rindex(b"PK\x01\x02")
    yield "overlapping", plain[: second + 42] + struct.pack("<L", 0) + plain[second + 46 :]
    promised = bytearray(made(*((str(n), bundle) for n in range(3))))
    for at in [n for n in range(len(promised)) if promised[n : n + 4] == b"PK\x01\x02"]:
        struct.pack_into("<L", promised, at + 24, 100 << 20)
    yield "promises", bytes(promised)
    for name, place, value in (
        ("crc", 14, b"\0\0\0\0"),
        ("method", 8, b"\0\0"),
        ("name", 30, b"b"),
        ("mark", 3, b"\5"),
    ):
        one = made(("b.json", bundle), ("a.json", bundle))
        at = one.index(b"PK\x03\x04", 4) + place
        yield f"another {name} of its own", one[:at] + value + one[at + len(value) :]
    for bit in (0x1, 0x40, 0x2000):
        locked = bytearray(made(("a.json", bundle)))
        struct.pack_into("<H", locked, locked.index(b"PK\x01\x02") + 8, bit)
        yield f"encrypted {bit}", bytes(locked)
    end, central = len(plain) - 22, plain.index(b"PK\x01\x02")
    yield "a comment without its text", plain[:-2] + b"\1\0"
    yield (
        "a directory that ends too early",
        plain[: end + 12] + struct.pack("<L", end - central - 1) + plain[end + 16 :],
    )
    gap = plain[:central] + b"hidden" + plain[central : end + 16] + struct.pack("<L", central + 6) + plain[end + 20 :]
    yield "before the directory", gap
    other = bytearray(plain)
    for at in (14, central + 16):
        struct.pack_into("<L", other, at, 7)
    yield "another crc in both places", bytes(other)
    tail = bytearray(made(("a.json", bundle)))
    length = struct.unpack_from("<L", tail, 18)[0]
    tail[36 + length : 36 + length] = b"more"
    central = tail.index(b"PK\x01\x02")
    for at, number in ((18, length + 4), (central + 20, length + 4), (len(tail) - 6, central)):
        struct.pack_into("<L", tail, at, number)
    yield "more behind the data", bytes(tail)


def told(data: bytes) -> list[list[Any]]:
    """The members' names, verdicts and codes, as the verifier in Python tells them."""
    verifier = Verifier(SCENE.world.trust_root())
    found = archives.reports(
        data,
        lambda member: verifier.verify(member, now=SCENE.now, policy=RECORD),
        lambda error: verifier.refuse(error, now=SCENE.now, policy=RECORD),
    )
    return [said(name, report.to_dict()) for name, report in found]


def said(name: str, report: dict[str, Any]) -> list[Any]:
    """What counts of one report."""
    return [name, report["verdict"], [check["code"] for check in report["checks"]], *sheets.said(report)]
