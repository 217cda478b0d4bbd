"""White space and encodings that two languages see differently: files of which both verifiers must say one thing.

What JavaScript and Python call white space differs: U+FEFF is it to one, U+0085 and U+001C to the other.
"""

from typing import Any

from ledger.formats import canonical
from tests.conformance.sheets import BUNDLE
from tests.support import pdfs

DOCUMENT = canonical.dumps(BUNDLE)
_LINES = {"mark": "\ufeff", "next line": "\x85", "ideographic space": "\u3000", "zero-width space": "\u200b"}


def all_of_them() -> dict[str, tuple[bytes, str]]:
    """The files, by what is special about each, with the code of the check that decides: ``valid`` or a code."""
    lines = {f"a line of a name with a {name}": _cosigned(f"wit{letter}ness") for name, letter in _LINES.items()}
    spaced = dict.fromkeys(("next line", "ideographic space"), "inclusion.mismatch")
    wanted = {f"a line of a name with a {name}": spaced.get(name, "valid") for name in _LINES}
    made = {name: (data, wanted[name]) for name, data in lines.items()}
    made["white space around the bundle"] = pdfs.write(pdfs.objects(b" \x0b\n" + DOCUMENT + b"\x0c")), "valid"
    made["a file in the file after a space"] = pdfs.write(pdfs.objects(b" %PDF-1.7")), "document.unsupported"
    return made | {f"names: {name}": (_attached(*pair), code) for name, (pair, code) in _NAMES.items()}


def _utf16(text: str) -> bytes:
    return b"<" + ("\ufeff" + text).encode("utf-16-be").hex().encode() + b">"


_TWICE = "document.duplicate_key"
_NAMES: dict[str, tuple[tuple[bytes, bytes], str]] = {
    "two others": ((b"(a)", b"(b)"), "valid"),
    "UTF-8 without a mark": (("(é)".encode(), _utf16("é")), _TWICE),
    "Latin-1": ((b"(\\351)", _utf16("é")), _TWICE),
    "the bundle's with a zero-width space": ((_utf16("bundle\u200b.json"), b"(b)"), _TWICE),
    "the bundle's in full-width letters": (("(ｂundle.json)".encode(), b"(b)"), _TWICE),
    "a soft hyphen": ((_utf16("a\xad"), b"(a)"), _TWICE),
    "two marks": ((_utf16("\ufeffa"), b"(a)"), _TWICE),
    "UTF-8 with a mark": ((b"<efbbbf61>", b"(a)"), _TWICE),
    "capitals": (("(ΑΣ)".encode(), _utf16("ας")), _TWICE),
}


def _cosigned(name: str) -> bytes:
    return canonical.dumps(BUNDLE | {"checkpoint": f"{BUNDLE['checkpoint']}\u2014 {name} AAAAAAAA\n"})


def _attached(first: bytes, second: bytes) -> bytes:
    more: dict[int, bytes] = {6: pdfs.filespec(first, 7), 7: pdfs.stream(b"{}"), 8: pdfs.filespec(second, 9)}
    return pdfs.write(pdfs.objects(DOCUMENT) | more | {9: pdfs.stream(b"[]")})


def said(report: dict[str, Any]) -> str:
    """``valid``, or the first code that is none of ``ok``."""
    codes = [check["code"] for check in report["checks"] if not check["code"].endswith((".ok", ".pending"))]
    return "valid" if report["verdict"] == "valid" else str(codes[0])
