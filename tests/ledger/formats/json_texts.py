"""JSON texts that must be refused, and values that can be printed, for the tests of canonical JSON."""

import pytest
from hypothesis import strategies as st

from ledger.formats import canonical
from ledger.formats.canonical import loads
from ledger.formats.errors import FormatError

MALFORMED = {
    "empty": b"",
    "blank": b" \n",
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "not UTF-8": b'"\xff"',
    "GB18030": '"福州"'.encode("gb18030"),
    "overlong UTF-8": b'"\xc0\xaf"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "lone high surrogate": b'"\\ud800"',
    "lone low surrogate": b'"\\udc00"',
    "surrogates swapped": b'"\\ude00\\ud83d"',
    "lone surrogate in a key": b'{"\\ud800":1}',
    "NaN": b"[NaN]",
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "trailing data": b"{} {}",
    "trailing NUL": b"{}\x00",
    "trailing comma": b"[1,]",
    "comment": b"[1/*2*/]",
    "single quotes": b"{'a':1}",
    "unquoted key": b"{a:1}",
    "truncated object": b'{"a":',
    "truncated string": b'"abc',
    "raw newline in a string": b'"a\nb"',
    "raw NUL in a string": b'"a\x00b"',
    "unknown escape": b'"\\x41"',
    "hex number": b"0x10",
    "leading zero": b"[01]",
    "leading plus": b"[+1]",
    "bare point": b"[1.]",
    "no digit before the point": b"[.5]",
    "bare exponent": b"[1e]",
    "full-width digit": "[１]".encode(),
    "form feed as space": b"\x0c1",
    "no-break space": b"\xc2\xa01",
}
LOSSY = """\
9007199254740992 -9007199254740992 9007199254740993 18446744073709551615 18446744073709551616
100000000000000000000 1e400 -1e400 1e-400 0.1000000000000000055 0.10000000000000000001 333333333.33333329 1e20 1e16
9007199254740992.0 9007199254740991.5 12345678901234567890.5 4.1234567890123456789E+17 1e999999999999999999999999
1e-999999999999999999999999 0.0000000000000000000000000000000000000001e-300"""
DUPLICATES = {
    "plain": b'{"a":1,"a":1}',
    "apart": b'{"a":1,"b":2,"a":3}',
    "escaped": b'{"a":1,"\\u0061":2}',
    "nested": b'[{"b":{"a":1,"a":2}}]',
    "empty key": b'{"":1,"":2}',
    "indented": b'{\n  "a": 1,\n  "a": 2\n}',
    "hiding a proof": b'{"proof":{"proofValue":"z1"},"proof":{}}',
    "beyond the BMP": '{"𠮷":1,"𠮷":2}'.encode(),
    "beside a lossy number": b'{"a":{"x":1,"x":2},"n":1}',
}


def refusal(data: bytes, **limits: int) -> str:
    """The code with which a text is refused."""
    with pytest.raises(FormatError) as caught:
        loads(data, **limits)
    return caught.value.code


def nest(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    """A number inside so many arrays, or whatever opens and closes."""
    return (opening * depth + "1" + closing * depth).encode()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
keys = st.one_of(texts, st.sampled_from(["", "a", "\ufb33", "\uff01", "𠮷", "\U0001f602", "\U0010ffff", "é", "名"]))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1000, 1000).map(lambda x: round(x, 2)),
    texts,
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
)
