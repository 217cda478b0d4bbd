"""Identifiers of learners and certificates: what makes two spellings of one."""

import unicodedata


def has_other_width(text: str) -> bool:
    """Whether a letter or digit of ``text`` has a plainer twin (Unicode NFKC), as full-width ``Ｔ９`` has ``T9``, or is
    spelt in parts (NFC).

    Such a pair would be two learners. Brackets may be full-width: certificate numbers such as 闽（2026）1 have them.
    """
    plainer = (char for char in text if char.isalnum() and unicodedata.normalize("NFKC", char) != char)
    return any(plainer) or unicodedata.normalize("NFC", text) != text
