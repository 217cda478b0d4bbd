"""The fonts of printed records, and whether they have every character of one.

Noto Sans SC draws what it has; Noto Sans TC, JP and KR follow for rarer characters (𠮷 U+20BB7 is in none but JP), Noto
Sans for the letters of Europe and Central Asia, then whatever fonts the operator has put into a folder. A character in
none of them stops the document: a blank box in a name would be worse than no paper.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from ledger.formats.errors import ConfigError, FormatError

CJK = ("notosanssc", "notosanstc", "notosansjp", "notosanskr")
SHIPPED = (
    *(("justmytype_intl_cjk", family) for family in CJK),
    ("justmytype_western_core", "notosans"),
)
"""Packages and the folders of their families, in the order of preference."""
SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
MOST_NAMED = 10
_VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Asks for another shape of the character before it, which is drawn in its usual one where a font has no other."""
_GREEK_AND_CYRILLIC = frozenset([*range(0x370, 0x530), *range(0x1F00, 0x2000)])
_UNDRAWN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Font:
    """One file: its family as typst names it, and the code points that it draws."""

    path: Path
    family: str
    characters: frozenset[int]


@dataclass(frozen=True, slots=True)
class Fonts:
    """Fonts in the order of preference."""

    fonts: tuple[Font, ...]

    @property
    def paths(self) -> list[Path]:
        """The folders in which they lie, each once."""
        return list(dict.fromkeys(font.path.parent for font in self.fonts))

    @property
    def families(self) -> list[str]:
        """Their names, each once."""
        return list(dict.fromkeys(font.family for font in self.fonts))

    def require(self, texts: Iterable[str]) -> None:
        """FormatError ``paper.missing_glyph`` names the characters that no font has, ten at most, with code points."""
        wanted = {character for text in texts for character in text}
        missing = [character for character in sorted(wanted) if not self._draws(character)]
        if missing:
            names = "; ".join(_named(character) for character in missing[:MOST_NAMED])
            more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
            hint = "put a font that has them into the folder ROLLBOOK_FONTS names"
            raise FormatError("paper.missing_glyph", f"no font has {names}{more}: {hint}")

    def _draws(self, character: str) -> bool:
        if unicodedata.category(character) in _UNDRAWN or _VARIANT.match(character):
            return True
        return any(ord(character) in font.characters for font in self.fonts)


def _ranges(points: Iterable[int]) -> str:
    r"""Code points as a character class has them: `\x{100}-\x{17f}`…"""
    found: list[list[int]] = []
    for point in sorted(points):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in found)


def _named(character: str) -> str:
    """The character as people and as programs know it."""
    return f"{character} (U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip() + ")"


@lru_cache(maxsize=8)
def load(folder: Path | None = None) -> Fonts:
    """The fonts of the packages, then those in ``folder``, by name; read once.

    Raises ConfigError ``paper.no_fonts`` where a package is missing or ``folder`` is none.
    """
    files = [_upright(_folder(package) / family) for package, family in SHIPPED]
    if folder is not None:
        if not folder.is_dir():
            raise ConfigError("paper.no_fonts", f"ROLLBOOK_FONTS is no folder: {folder}")
        files += sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return Fonts(tuple(font for path in files for font in _read(path)))


@lru_cache(maxsize=8)
def faces(found: Fonts) -> tuple[dict[str, str], ...]:
    """The families as typst is to use them: `name`, and `covers` (a pattern) where it may not draw all it has.

    A CJK family has the parts of some letters that it has not, and would draw `ž` in two glyphs, of which a reader of
    the sheet gets the first. So it is asked for none that it lacks; Greek and Cyrillic are left out as a whole, that no
    word is drawn by two families.
    """
    cjk, further = found.fonts[: len(CJK)], found.fonts[len(CJK)]
    theirs = frozenset().union(*(font.characters for font in cjk)) - _GREEK_AND_CYRILLIC
    covers = {"covers": f"[^{_ranges(further.characters - theirs)}]"}
    names = {font.family for font in cjk}
    return tuple({"name": family} | (covers if family in names else {}) for family in found.families)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    locations: Sequence[str] = (spec.submodule_search_locations if spec else None) or ()
    for location in locations:
        folder = Path(location) / "fonts" / "ofl"
        if folder.is_dir():
            return folder
    raise ConfigError("paper.no_fonts", "the fonts are not installed: in a checkout: pip install '.[server]'")


def _upright(family: Path) -> Path:
    return next(path for path in family.glob("*.ttf") if "Italic" not in path.name)


def _read(path: Path) -> list[Font]:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    collection = path.suffix.lower() in {".ttc", ".otc"}
    try:
        with path.open("rb") as file:
            faces = TTCollection(file, lazy=True).fonts if collection else [TTFont(file, lazy=True)]
            return [Font(path, _family(face), frozenset(face.getBestCmap() or ())) for face in faces]
    except (TTLibError, OSError, KeyError):
        raise ConfigError("paper.no_fonts", f"{path} is no font that can be read") from None


def _family(face: object) -> str:
    """The family as typst names it: the typographic one (16), where the file has it, else the plain one (1)."""
    names = face["name"]  # type: ignore[index]
    return str(names.getBestFamilyName() or names.getDebugName(1))
