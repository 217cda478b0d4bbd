"""RDF statements on the way from a document to its canonical text: as N-Quads, except for the names of blank nodes."""

MAX_STATEMENTS = 50_000
"""Statements that a dataset may have: what is more is no credential, and takes seconds to canonicalise."""

Term = str | int
"""An IRI or literal as it is written in N-Quads, or the number of a blank node."""
Link = tuple[Term, str, Term | None, Term | None]
"""Subject, predicate (with the object, where that is None), object or None, graph or None."""

_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\",
}  # fmt: skip


def escape(text: str) -> str:
    """``text`` as it stands between quotes in canonical N-Quads (RDFC-1.0, appendix A)."""
    return text.translate(_ESCAPES)


class Dataset:
    """An RDF dataset, sorted by what is to be done with it. Blank nodes are numbers from 0; duplicates do no harm.

    ``lines`` are statements without blank nodes, each with its ``.`` and line break; ``tails`` holds for each blank
    node what stands after it in statements of the default graph with no other blank node; ``links`` are all others as
    subject, predicate (with the object, where that is None), object or None, graph or None.
    """

    __slots__ = ("lines", "links", "tails")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tails: list[list[str]] = []
        self.links: list[Link] = []

    def blank(self) -> int:
        """The number of a new blank node."""
        self.tails.append([])
        return len(self.tails) - 1

    def add(self, subject: Term, predicate: str, value: Term, graph: Term | None = None) -> None:
        """Add one statement, its terms as ``Term`` says and ``predicate`` as ``<IRI>``."""
        if type(value) is int or type(graph) is int:
            self.links.append((subject, predicate, value, graph))
            return
        tail = f"{predicate} {value} .\n" if graph is None else f"{predicate} {value} {graph} .\n"
        if type(subject) is int:
            self.tails[subject].append(tail)
        else:
            self.lines.append(f"{subject} {tail}")

    def __len__(self) -> int:
        """How many statements it has, duplicates counted."""
        return len(self.lines) + len(self.links) + sum(map(len, self.tails))
