"""Characters that are one on paper: the fonts of our sheets draw them by one glyph (docs/formats.md §14).

A PDF's font says of a glyph which character it is, of each glyph one. So where two of these stand on a sheet, one of
them is read back as the other, and to the eye they were the same before. They are compared as the same.
"""

import unicodedata

_WORDS = """
-‑ ·•‧・ ʻ‘ ‒– —― …⋯ ‵｀ ∕／ ①➀ ②➁ ③➂ ④➃ ⑤➄ ⑥➅ ⑦➆ ⑧➇ ⑨➈ ⑩➉ ⓪🄋 ⓿🄌 ❶➊ ❷➋ ❸➌ ❹➍ ❺➎ ❻➏ ❼➐ ❽➑ ❾➒ ❿➓ ➡⮕ ⺂乛 ⺃乚 ⺅亻
⺇𠘨 ⺉刂 ⺋㔾 ⺍𭕄 ⺏尣 ⺐尢 ⺒巳 ⺓幺 ⺔彑 ⺕彐 ⺖忄 ⺘扌 ⺙攵 ⺛旡 ⺞歺 ⺠民 ⺡氵 ⺣灬 ⺤爫 ⺦丬 ⺨犭 ⺩𤣩
⺫⺲ ⺭礻 ⺮𥫗 ⺯糹 ⺰纟 ⺱罓 ⺳㓁 ⺹耂 ⺺肀 ⺽𦥑 ⺾⺿⻀艹 ⻂衤 ⻅见 ⻆角 ⻇𧢲 ⻈讠 ⻉贝 ⻊𧾷 ⻋车 ⻌辶 ⻐钅
⻑長 ⻒镸 ⻓长 ⻔门 ⻕𨸏 ⻖阝 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻞𩙿 ⻟飠 ⻠饣 ⻡𩠐 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤
⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀 〜～ 㖈䎛 㘽㦳 㫚曶 㬵胶 㬺幐 㬻䐠 㮣槩 㶷𤈎 墫壿 瑨𤨁 﨣𧺯 𩿎𩿗
"""
CLASSES = tuple(_WORDS.split())
"""Each word is a class: its characters share a glyph in the shipped fonts, in the order in which they are asked."""


def _table() -> dict[int, str]:
    made = {}
    for one in CLASSES:
        forms = [unicodedata.normalize("NFKC", character) for character in one]
        first = max(forms, key=len)
        made.update({ord(form): first for form in forms if len(form) == 1 and form != first})
    return made


_TABLE = _table()


def folded(text: str) -> str:
    """``text``, which is in form NFKC or NFKD, with one character of each class in the place of all."""
    return text.translate(_TABLE)
