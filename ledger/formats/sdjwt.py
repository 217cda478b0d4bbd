"""SD-JWT (RFC 9901): claims that the issuer signs as digests, and that the holder may disclose one by one.

Reading follows §7.1. An issuer-signed payload and the disclosures beside it have one meaning or none: a digest that
stands twice, a disclosure that no digest names, one that would replace a claim, a reserved name, another form: each is
refused. What is withheld cannot be told from a decoy; where there may be something is known, and what is not.

Writing takes its salts as an argument. Digests stand in sorted order, which tells nothing of the claims' own.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.formats import canonical
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_decode, base64url_encode

MAX_DISCLOSURES = 8192
SALT_BYTES = 16

_SD, _ALG, _ELEMENT = "_sd", "_sd_alg", "..."
_RESERVED = frozenset({_SD, _ELEMENT})
_HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}

Path = tuple[str | int, ...]
"""The place of a claim: member names, and positions in arrays as they stand once everything here is disclosed."""
Salts = Callable[[], bytes]
"""Gives 16 random bytes, others each time."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure: its base64url ``text``, its digest as it stands in the payload, the salt, name and value.

    ``name`` is None for an element of an array.
    """

    text: str
    digest: str
    name: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class Revealed:
    """The payload with everything that was disclosed in its place, and without digests.

    ``places`` gives for each place that has digests how many of them nothing was disclosed for; ``disclosed`` where
    each disclosure stands; ``digests`` all digests that were disclosed.
    """

    claims: dict[str, Any]
    places: Mapping[Path, int]
    disclosed: Mapping[Path, Disclosure]
    digests: frozenset[str]

    @property
    def withheld(self) -> dict[Path, int]:
        """Where something may have been withheld, and how many digests say so."""
        return {place: count for place, count in self.places.items() if count}


def split(text: str) -> tuple[str, list[str], str | None]:
    """The issuer-signed JWT, the disclosures, and the key binding JWT if there is one (§4).

    Raises FormatError ``document.malformed`` where the parts do not have that form.
    """
    token, *rest = text.split("~")
    if not rest or not all(rest[:-1]):
        raise _malformed("not an SD-JWT: an issuer-signed JWT and disclosures, each followed by ~")
    if len(rest) > MAX_DISCLOSURES:
        raise FormatError("document.too_large", f"more than {MAX_DISCLOSURES} disclosures")
    return token, rest[:-1], rest[-1] or None


def join(token: str, disclosures: Iterable[str], binding: str = "") -> str:
    """The SD-JWT of these parts."""
    return "~".join([token, *disclosures, binding])


def hasher(payload: Mapping[str, Any]) -> Callable[[str], str]:
    """The digest of ASCII text by the payload's ``_sd_alg`` (§4.1.1), in base64url.

    Raises FormatError ``document.unsupported`` for a hash function that is not read here.
    """
    name = payload.get(_ALG, "sha-256")
    made = _HASHES.get(name) if isinstance(name, str) else None
    if made is None:
        raise FormatError("document.unsupported", "digests by a hash function that is not read here")
    return lambda text: base64url_encode(made(text.encode("ascii")).digest())


def reveal(payload: dict[str, Any], disclosures: list[str]) -> Revealed:
    """Put the disclosures into the payload (§7.1, steps 3 to 5).

    Raises FormatError ``document.malformed``, ``document.duplicate_key``, ``document.too_large``,
    ``document.unsupported``.
    """
    digest = hasher(payload)
    given: dict[str, Disclosure] = {}
    for text in disclosures:
        made = _disclosure(text, digest(text))
        if made.digest in given:
            raise _malformed("a disclosure stands twice")
        given[made.digest] = made
    reader = _Reader(given)
    claims = reader.claims({name: value for name, value in payload.items() if name != _ALG}, (), 0)
    if len(reader.used) != len(given):
        raise _malformed("a disclosure that no digest names")
    return Revealed(claims, reader.places, reader.disclosed, frozenset(given))


class _Reader:
    """One reading: replaces digests by what was disclosed for them, from the outside in."""

    def __init__(self, given: Mapping[str, Disclosure]) -> None:
        self._given = given
        self._seen: set[str] = set()
        self.used: set[str] = set()
        self.places: dict[Path, int] = {}
        self.disclosed: dict[Path, Disclosure] = {}

    def claims(self, value: dict[str, Any], path: Path, depth: int) -> dict[str, Any]:
        """An object with what was disclosed of it."""
        self._check(depth)
        if _ELEMENT in value or _ALG in value:
            raise _malformed("a reserved name where no digest can stand")
        made = {name: self._value(one, (*path, name), depth) for name, one in value.items() if name != _SD}
        if _SD not in value:
            return made
        digests = value[_SD]
        if not isinstance(digests, list):
            raise _malformed("_sd is an array")
        self.places.setdefault(path, 0)
        for digest in digests:
            found = self._find(digest, path)
            if found is None:
                continue
            if found.name is None or found.name in _RESERVED or found.name in made:
                raise _malformed("a disclosure of a claim that is there already, or can have no such name")
            place = (*path, found.name)
            self.disclosed[place] = found
            made[found.name] = self._value(found.value, place, depth)
        return made

    def _array(self, values: list[Any], path: Path, depth: int) -> list[Any]:
        self._check(depth)
        made: list[Any] = []
        for one in values:
            if not (isinstance(one, dict) and _ELEMENT in one):
                made.append(self._value(one, (*path, len(made)), depth))
                continue
            if len(one) != 1:
                raise _malformed("an element that is a digest is nothing else")
            self.places.setdefault(path, 0)
            found = self._find(one[_ELEMENT], path)
            if found is None:
                continue
            if found.name is not None:
                raise _malformed("a claim with a name was disclosed for an element of an array")
            place = (*path, len(made))
            self.disclosed[place] = found
            made.append(self._value(found.value, place, depth))
        return made

    def _value(self, value: Any, path: Path, depth: int) -> Any:
        if isinstance(value, dict):
            return self.claims(value, path, depth + 1)
        return self._array(value, path, depth + 1) if isinstance(value, list) else value

    def _find(self, digest: object, path: Path) -> Disclosure | None:
        if not isinstance(digest, str):
            raise _malformed("a digest is a string")
        if digest in self._seen:
            raise _malformed("a digest stands twice")
        self._seen.add(digest)
        found = self._given.get(digest)
        if found is None:
            self.places[path] += 1
        else:
            self.used.add(digest)
        return found

    @staticmethod
    def _check(depth: int) -> None:
        if depth >= canonical.MAX_DEPTH:
            raise _malformed("claims nested too deep")


def _disclosure(text: str, digest: str) -> Disclosure:
    """Of three parts for a claim, of two for an element (§4.2)."""
    try:
        parts = canonical.loads(base64url_decode(text, max_bytes=canonical.MAX_BYTES))
    except FormatError as error:
        code = error.code if error.code.startswith("document.") else "document.malformed"
        raise FormatError(code, f"a disclosure: {error.message}") from None
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
        raise _malformed("a disclosure is a salt, a name where it has one, and a value")
    if len(parts) == 2:
        return Disclosure(text, digest, None, parts[1])
    name = parts[1]
    if not isinstance(name, str):
        raise _malformed("a claim's name is a string")
    return Disclosure(text, digest, name, parts[2])


@dataclass(slots=True)
class Concealed:
    """A payload with digests, and the disclosures by the place of what each discloses."""

    payload: dict[str, Any]
    disclosures: dict[Path, Disclosure] = field(default_factory=dict)


def conceal(
    claims: dict[str, Any], paths: Iterable[Path], salts: Salts, decoys: Mapping[Path, int] | None = None
) -> Concealed:
    """Replace the claims at ``paths`` by digests; one inside of another is disclosed after it (§4.2.6).

    ``decoys`` gives how many digests of nothing are added to the object or array at a place (§4.2.5).
    Raises FormatError ``document.malformed`` for a path at which there is nothing, and for claims with reserved names.
    """
    _refuse_reserved(claims)
    wanted = sorted(dict.fromkeys(paths), key=len, reverse=True)  # in an order: each draws a salt
    payload: dict[str, Any] = _copy(claims)
    made = Concealed(payload)
    for path in wanted:
        container = _at(payload, path[:-1]) if path else None
        last = path[-1] if path else None
        if isinstance(container, dict) and isinstance(last, str) and last in container:
            found = _make(salts(), last, container.pop(last))
            container.setdefault(_SD, []).append(found.digest)
        elif isinstance(container, list) and isinstance(last, int) and _is_position(last, container):
            found = _make(salts(), None, container[last])
            container[last] = {_ELEMENT: found.digest}
        else:
            raise _malformed("nothing can be disclosed at " + "/".join(map(str, path)))
        made.disclosures[path] = found
    for place, count in (decoys or {}).items():
        _add_decoys(_at(payload, place), count, salts)
    for container in _objects(payload):
        if _SD in container:
            container[_SD].sort()
    payload[_ALG] = "sha-256"
    return made


def _make(salt: bytes, name: str | None, value: Any) -> Disclosure:
    if isinstance(value, dict) and _SD in value:
        value = value | {_SD: sorted(value[_SD])}  # before it is hashed: later it cannot be moved
    parts = [base64url_encode(salt), value] if name is None else [base64url_encode(salt), name, value]
    text = base64url_encode(canonical.dumps(parts))
    return Disclosure(text, base64url_encode(hashlib.sha256(text.encode("ascii")).digest()), name, value)


def _add_decoys(container: Any, count: int, salts: Salts) -> None:
    digests = [base64url_encode(hashlib.sha256(salts() + salts()).digest()) for _ in range(count)]
    if isinstance(container, dict):
        container.setdefault(_SD, []).extend(digests)
    elif isinstance(container, list):
        for digest in digests:  # among the others: at the end they would show as what they are
            container.insert(int.from_bytes(salts(), "big") % (len(container) + 1), {_ELEMENT: digest})
    else:
        raise _malformed("decoys stand in objects and arrays")


def _at(value: Any, path: Path) -> Any:
    for step in path:
        is_there = step in value if isinstance(value, dict) else isinstance(value, list) and _is_position(step, value)
        if not is_there:
            raise _malformed("nothing stands at " + "/".join(map(str, path)))
        value = value[step]
    return value


def _is_position(step: str | int, values: list[Any]) -> bool:
    return isinstance(step, int) and 0 <= step < len(values)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(one) for name, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _objects(one)


def _refuse_reserved(claims: dict[str, Any]) -> None:
    if any(name in _RESERVED or name == _ALG for one in _objects(claims) for name in one):
        raise _malformed("a claim has a reserved name")


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
