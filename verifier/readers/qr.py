"""QR codes in pictures (docs/formats.md §15). Needs the extra ``qr``: Pillow opens pictures, ZXing finds codes."""

import io
import warnings
from typing import TYPE_CHECKING

from ledger.formats.errors import FormatError
from verifier.readers.carriers import Carried

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 40_000_000
MAX_CODES = 16
_LIBRARIES = frozenset({"PIL", "zxingcpp"})
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def read(data: bytes) -> Carried:
    """The one document in the picture's codes; FormatError as in docs/formats.md §15."""
    texts = codes(data)
    documents = {text for text in texts if not text.lower().startswith(("http://", "https://"))}
    if len(documents) > 1:
        raise FormatError("document.duplicate_key", "the picture has codes with different contents")
    if documents:
        return Carried(documents.pop().encode("utf-8"))
    if texts:
        raise FormatError(
            "document.unsupported", "the code in the picture only names a page: ask for the record itself"
        )
    raise FormatError("document.malformed", "no QR code was found in the picture")


def codes(data: bytes) -> list[str]:
    """The texts of the QR codes in a picture, each once; FormatError ``document.…`` where it is none."""
    try:
        import zxingcpp

        pixels = _pixels(data)
    except ModuleNotFoundError as error:
        if error.name not in _LIBRARIES:
            raise
        hint = "pictures of QR codes are read by the part rollbook[qr]; in a checkout: pip install '.[qr]'"
        raise FormatError("document.unsupported", hint) from None
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(pixels, formats=formats)
    if len(found) > MAX_CODES:
        raise FormatError("document.too_large", f"the picture has more than {MAX_CODES} codes")
    texts = []
    for code in found:
        try:
            texts.append(bytes(code.bytes).decode("utf-8"))
        except UnicodeDecodeError:
            raise FormatError("document.malformed", "a code in the picture holds no text") from None
    return list(dict.fromkeys(texts))


def _pixels(data: bytes) -> "Image":
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise FormatError("document.too_large", f"the picture has more than {MAX_PIXELS} pixels")
                return picture.convert("L")
    except Image.DecompressionBombError:
        raise FormatError("document.too_large", f"the picture has more than {MAX_PIXELS} pixels") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise FormatError("document.malformed", "the picture cannot be read") from None
