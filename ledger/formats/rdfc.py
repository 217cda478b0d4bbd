"""RDF Dataset Canonicalization, RDFC-1.0: one text for one dataset, however its blank nodes were numbered.

Blank nodes are told apart by the hash of what is said of them (§4.6), and where that leaves several alike, by what is
said of their neighbours, in ever wider circles (§4.8). A poisoned dataset would make that last for ever, so the steps
are counted, and whoever needs too many is refused; a clock would make one document valid here and invalid there.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, permutations
from operator import itemgetter
from typing import Any

from ledger.formats.errors import BoundError
from ledger.formats.rdf import MAX_STATEMENTS, Dataset, Link, Term

MAX_STEPS = 500_000
"""Steps that may be taken to tell blank nodes apart, over all (half a second's work; a list of 300 needs them)."""
_MAX_NESTING = 60

_LONGEST_NAME, _MOST_NAMES = 11, 256

_Hash = Callable[[bytes], Any]


def canonicalize(dataset: Dataset, algorithm: str = "sha256", *, share: int = 1) -> str:
    """The canonical N-Quads of ``dataset``. ``algorithm`` is hashlib's name of the hash, ``sha384`` being the other.

    ``share``: one in how many of the datasets that are read together, which have the bounds of one among them.
    Raises BoundError ``document.too_large``: more than ``MAX_STATEMENTS``, or needs more than ``MAX_STEPS``.
    """
    return _Canonicalizer(dataset, algorithm, share).text()


def issued_identifiers(dataset: Dataset, algorithm: str = "sha256") -> dict[int, str]:
    """The canonical name of each blank node, such as ``c14n0``; raises as ``canonicalize`` does."""
    return {node: name[2:] for node, name in _Canonicalizer(dataset, algorithm).names().items()}


class _Digests(dict[str, str]):
    """§4.7: the hash of one kind of way to a neighbour, followed by the neighbour's name, by that name."""

    __slots__ = ("_begin", "_hash")

    def __init__(self, begin: str, algorithm: str) -> None:
        super().__init__()
        self._begin = begin
        self._hash: _Hash = getattr(hashlib, algorithm)

    def __missing__(self, name: str) -> str:
        digest: str = self._hash((self._begin + name).encode()).hexdigest()
        # Names such as _:c14n7 come again in the next dataset; the hash of a node that has no name yet does not.
        if len(name) <= _LONGEST_NAME and len(self) < _MOST_NAMES:
            self[name] = digest
        return digest


@lru_cache(maxsize=512)
def _digests(begin: str, algorithm: str) -> _Digests:
    return _Digests(begin, algorithm)


class _Canonicalizer:
    """§4.4 for one dataset: blank nodes get their names in ``names()``, and ``text()`` writes them out."""

    def __init__(self, dataset: Dataset, algorithm: str, share: int = 1) -> None:
        if len(dataset) > MAX_STATEMENTS // share:
            raise _too_large(f"more than {MAX_STATEMENTS // share} statements")
        self._dataset = dataset
        self._links = list(dict.fromkeys(dataset.links))
        self._algorithm = algorithm
        self._hash: _Hash = getattr(hashlib, algorithm)
        self._names: dict[int, str] = {}
        self._first: dict[int, str] = {}
        self._ways: list[list[tuple[str, int]]] = [[] for _ in dataset.tails]
        self._near: dict[int, list[tuple[_Digests, int, str]]] = {}
        self._steps = MAX_STEPS // share

    def text(self) -> str:
        """§4.4.3 steps 6 and 7: every statement under the canonical names, in the order of code points."""
        names = self.names()
        lines = self._dataset.lines.copy()
        for node, tails in enumerate(self._dataset.tails):
            if tails:
                begin = names[node] + " "
                lines += [begin + tail for tail in tails]
        for link in self._links:
            lines.append(_line(*[names[term] if type(term) is int else term for term in link]))
        return "".join(sorted(set(lines)))

    def names(self) -> dict[int, str]:
        """§4.4.3 steps 2 to 5: ``_:c14nN`` for each blank node that any statement mentions."""
        groups = self._hash_first_degree()
        for digest in sorted([digest for digest, nodes in groups.items() if len(nodes) == 1]):
            self._issue(groups.pop(digest)[0])
        for _, nodes in sorted(groups.items()):
            paths = []
            for node in nodes:
                if node not in self._names:
                    paths.append(self._hash_n_degree(node, {node: "_:b0"}, 0))
            for _, issuer in sorted(paths, key=itemgetter(0)):
                for node in issuer:
                    if node not in self._names:
                        self._issue(node)
        return self._names

    def _issue(self, node: int) -> None:
        self._names[node] = f"_:c14n{len(self._names)}"

    def _hash_first_degree(self) -> dict[str, list[int]]:
        """§4.6 for every blank node: nodes by the hash of what is said of them, being ``a`` itself, others ``z``."""
        lines = [["_:a " + tail for tail in dict.fromkeys(tails)] for tails in self._dataset.tails]
        ways = self._ways
        for link in self._links:
            subject, predicate, value, graph = link
            if type(value) is not int or graph is not None or subject == value:
                self._see(link, lines)
            elif type(subject) is int:
                lines[subject].append(f"_:a {predicate} _:z .\n")
                lines[value].append(f"_:z {predicate} _:a .\n")
                ways[subject].append(("o" + predicate, value))
                ways[value].append(("s" + predicate, subject))
            else:
                lines[value].append(f"{subject} {predicate} _:a .\n")
        groups: dict[str, list[int]] = {}
        for node, said in enumerate(lines):
            if said:
                said.sort()
                digest = self._first[node] = self._hash("".join(said).encode()).hexdigest()
                groups.setdefault(digest, []).append(node)
        return groups

    def _see(self, link: Link, lines: list[list[str]]) -> None:
        """What a link with a graph, or one from a node to itself, adds to each of its blank nodes."""
        subject, predicate, value, graph = link
        for node in {term for term in (subject, value, graph) if type(term) is int}:
            lines[node].append(_line(*[_as_seen_from(node, term) for term in link]))
            for position, other in (("s", subject), ("o", value), ("g", graph)):
                if type(other) is int and other != node:
                    begin = "g" if position == "g" else position + predicate.partition(" ")[0]
                    self._ways[node].append((begin, other))

    def _hash_n_degree(self, node: int, issuer: dict[int, str], nesting: int) -> tuple[str, dict[int, str]]:
        """§4.8: the hash of what surrounds ``node``, and the issuer that named the nodes on the way.

        Where each step leads to one neighbour only, as along a list, the recursion of the standard is a loop with a
        stack of its own; Python's is used, and bounded, where several alike have to be tried in every order.
        """
        names = self._names
        stack: list[tuple[str, Any, list[str]]] = []
        groups = self._groups(node, issuer)
        parts: list[str] = []
        while True:
            for digest, nodes in groups:
                if type(nodes) is list:
                    path, issuer = self._least_path(nodes, issuer, nesting)
                    parts += (digest, path)
                    continue
                known = names.get(nodes) or issuer.get(nodes)
                if known is not None:
                    parts += (digest, known)
                    continue
                name = issuer[nodes] = f"_:b{len(issuer)}"
                parts += (digest, name)
                stack.append((name, groups, parts))
                groups = self._groups(nodes, issuer)
                parts = []
                break
            else:
                digest = self._hash("".join(parts).encode()).hexdigest()
                if not stack:
                    return digest, issuer
                name, groups, parts = stack.pop()
                parts.append(f"{name}<{digest}>")

    def _groups(self, node: int, issuer: dict[int, str]) -> Iterator[tuple[str, Any]]:
        """§4.8.3 step 3: neighbours by their hashes (§4.7), in the order of these; a list where several share one."""
        names = self._names
        near = self._near.get(node) or self._approach(node)
        self._steps -= len(near) + 2
        if self._steps < 0:
            raise _too_large("it takes too long to tell its blank nodes apart")
        found = []
        for digests, other, unnamed in near:
            name = names.get(other) or issuer.get(other)
            found.append((unnamed if name is None else digests[name], other))
        found.sort()
        before = ""
        for digest, _ in found:
            if digest == before:
                return _gathered(found)
            before = digest
        return iter(found)

    def _approach(self, node: int) -> list[tuple[_Digests, int, str]]:
        """The ways to the neighbours of ``node``, and what each hashes to while the neighbour has no name."""
        near = []
        for begin, other in self._ways[node]:
            digests = _digests(begin, self._algorithm)
            near.append((digests, other, digests[self._first[other]]))
        self._near[node] = near
        return near

    def _least_path(self, nodes: list[int], issuer: dict[int, str], nesting: int) -> tuple[str, dict[int, str]]:
        """§4.8.3 step 5: of all orders of ``nodes``, the one whose path is least, and its issuer."""
        if nesting >= _MAX_NESTING:
            raise _too_large("it takes too long to tell its blank nodes apart")
        best, chosen = "", issuer
        for order in _orders(nodes):
            path, copy = self._path(order, issuer.copy(), best, nesting)
            if path and (not best or path < best):
                best, chosen = path, copy
        return best, chosen

    def _path(
        self, order: Sequence[int], issuer: dict[int, str], best: str, nesting: int
    ) -> tuple[str, dict[int, str]]:
        """Steps 5.4.4 and 5.4.5 for one order; empty as soon as it cannot be the least any more."""
        self._steps -= len(order)
        if self._steps < 0:
            raise _too_large("it takes too long to tell its blank nodes apart")
        path, new = "", []
        for node in order:
            name = self._names.get(node) or issuer.get(node)
            if name is None:
                name = issuer[node] = f"_:b{len(issuer)}"
                new.append(node)
            path += name
            if best and len(path) >= len(best) and path > best:
                return "", issuer
        for node in new:
            digest, issuer = self._hash_n_degree(node, issuer, nesting + 1)
            path += f"{issuer[node]}<{digest}>"
            if best and len(path) >= len(best) and path > best:
                return "", issuer
        return path, issuer


def _gathered(found: list[tuple[str, int]]) -> Iterator[tuple[str, Any]]:
    for digest, pairs in groupby(found, key=itemgetter(0)):
        nodes = [other for _, other in pairs]
        yield digest, nodes if len(nodes) > 1 else nodes[0]


def _orders(nodes: list[int]) -> Iterator[Sequence[int]]:
    """Every order of ``nodes``, each once: the name of a graph is a neighbour by each statement that is in it.

    The standard does not say whether such a neighbour counts once; as in the implementation that others are measured
    by, it counts as often as it is met, and orders that differ in nothing are not tried again.
    """
    different = sorted(set(nodes))
    if len(different) == len(nodes):
        yield from permutations(nodes)
        return
    for first in different:
        rest = nodes.copy()
        rest.remove(first)
        if rest == [rest[0]] * len(rest):
            yield [first, *rest]
        else:
            for order in _orders(rest):
                yield [first, *order]


def _as_seen_from(node: int, term: Term | None) -> str | None:
    if type(term) is not int:
        return term  # type: ignore[return-value]
    return "_:a" if term == node else "_:z"


def _line(subject: Any, predicate: Any, value: Any, graph: Any) -> str:
    return " ".join([term for term in (subject, predicate, value, graph) if term is not None]) + " .\n"


def _too_large(message: str) -> BoundError:
    return BoundError("document.too_large", message)
