"""QR codes (ISO/IEC 18004) as pictures."""

import io
from dataclasses import dataclass

import segno

from ledger.formats.errors import FormatError

QUIET = 2
"""Modules of white around a code; the paper around it is white too."""

PIXELS = 4
"""Pixels of a module where nobody says how large the picture is to be."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code as SVG, and the modules on one of its sides, the white around it included."""

    svg: str
    modules: int


def draw(text: str, *, level: str = "m", max_version: int = 25) -> Code:
    """The code of ``text`` at the error correction ``level``; FormatError ``paper.qr_too_large``."""
    try:
        made = segno.make(text.encode("utf-8"), error=level, boost_error=False, micro=False, mode="byte")
    except segno.DataOverflowError:
        raise FormatError("paper.qr_too_large", "the text does not fit into a QR code") from None
    if int(made.version) > max_version:
        raise FormatError("paper.qr_too_large", f"the text would need a QR code of version {made.version}")
    out = io.BytesIO()
    size = {"scale": PIXELS, "unit": "px"}  # with a unit alone it also has a viewBox, and so any other size
    made.save(out, kind="svg", border=QUIET, xmldecl=False, svgns=True, nl=False, dark="#000000", light=None, **size)
    return Code(out.getvalue().decode("utf-8"), int(made.symbol_size(border=QUIET)[0]))
