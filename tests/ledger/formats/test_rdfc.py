import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.formats import rdfc
from ledger.formats.errors import FormatError
from ledger.formats.rdf import MAX_STATEMENTS, Dataset, escape
from ledger.formats.rdfc import canonicalize, issued_identifiers
from tests.support.linked_data import pyoxigraph_text, read_n_quads
from tests.support.shared import REPOSITORY

SHARED = Path(os.environ.get("ROLLBOOK_SHARED") or REPOSITORY.parent / "shared")
MANIFEST = SHARED / "vectors" / "rdf-canon" / "manifest.jsonld"
NEXT, LIKES = "<urn:x:next>", "<urn:x:likes>"


def entries(kind: str) -> list[Any]:
    if not MANIFEST.is_file():  # then the one test that is left skips, and says why
        return [pytest.param({}, id="absent")]
    found = json.loads(MANIFEST.read_text())["entries"]
    return [pytest.param(entry, id=entry["id"]) for entry in found if entry["type"] == f"rdfc:RDFC10{kind}Test"]


def dataset(*statements: tuple[Any, ...], blanks: int) -> Dataset:
    made = Dataset()
    for _ in range(blanks):
        made.blank()
    for statement in statements:
        made.add(*statement)
    return made


def clique(size: int, copies: int = 1) -> Dataset:
    links = [
        (size * copy + a, LIKES, size * copy + b)
        for copy in range(copies)
        for a in range(size)
        for b in range(size)
        if a != b
    ]
    return dataset(*links, blanks=size * copies)


def refused(poison: Dataset) -> float:
    started = time.process_time()
    with pytest.raises(FormatError) as caught:
        canonicalize(poison)
    assert caught.value.code == "document.too_large"
    return time.process_time() - started


def test_vectors_are_not_read(shared_vectors: Path) -> None:
    listed = json.loads((shared_vectors / "rdf-canon" / "manifest.jsonld").read_text())["entries"]
    assert len(listed) == sum(len(entries(kind)) for kind in ("Eval", "Map", "NegativeEval")) == 86


@pytest.mark.parametrize("entry", entries("Eval"))
def test_vector_is_canonicalised_otherwise(entry: dict[str, Any], shared_vectors: Path) -> None:
    folder = shared_vectors / "rdf-canon"
    given, _ = read_n_quads((folder / entry["action"]).read_bytes())
    algorithm = entry.get("hashAlgorithm", "SHA256").lower()
    assert canonicalize(given, algorithm) == (folder / entry["result"]).read_text()


@pytest.mark.parametrize("entry", entries("Map"))
def test_vector_is_numbered_otherwise(entry: dict[str, Any], shared_vectors: Path) -> None:
    folder = shared_vectors / "rdf-canon"
    given, numbers = read_n_quads((folder / entry["action"]).read_bytes())
    names = issued_identifiers(given, entry.get("hashAlgorithm", "SHA256").lower())
    assert {name: names[number] for name, number in numbers.items()} == json.loads(
        (folder / entry["result"]).read_text()
    )


@pytest.mark.parametrize("entry", entries("NegativeEval"))
def test_poison_of_the_vectors_is_swallowed(entry: dict[str, Any], shared_vectors: Path) -> None:
    given, _ = read_n_quads((shared_vectors / "rdf-canon" / entry["action"]).read_bytes())
    assert refused(given) < 2


@pytest.mark.parametrize("size", [9, 12, 30])
def test_clique_takes_for_ever(size: int) -> None:
    assert refused(clique(size)) < 2


def hubs() -> Dataset:
    children = [(hub, child, 2 + 2500 * hub + child) for hub in (0, 1) for child in range(2500)]
    names = [(node, NEXT, f'"{child}"') for _, child, node in children]
    return dataset(*[(hub, LIKES, node) for hub, _, node in children], *names, blanks=5002)


@pytest.mark.parametrize("made", [clique(6, 4), clique(5, 60), clique(3, 2000), hubs()], ids=["6", "5", "3", "hubs"])
def test_many_small_puzzles_take_for_ever(made: Dataset) -> None:
    started = time.process_time()
    with contextlib.suppress(FormatError):
        canonicalize(made)
    assert time.process_time() - started < 2


def test_two_parents_of_many_alike_children_take_for_ever() -> None:
    links = [(parent, LIKES, 2 + 12 * parent + child) for parent in (0, 1) for child in range(12)]
    assert refused(dataset(*links, blanks=26)) < 2


def test_very_long_list_takes_for_ever() -> None:
    links = [(cell, NEXT, cell + 1) for cell in range(2000)]
    assert refused(dataset(*links, blanks=2001)) < 2


def test_nested_choices_exhaust_the_stack() -> None:
    # A chain of pairs, twice: at each step two alike have to be tried in both orders.
    links = []
    for copy in (0, 1500):
        for step in range(0, 1498, 2):
            links += [(copy + step + a, LIKES, copy + step + 2 + b) for a in (0, 1) for b in (0, 1)]
    assert refused(dataset(*links, blanks=3000)) < 2


def test_orders_that_are_given_up_early_cost_nothing() -> None:
    # Two parents of as many children, which only their own children tell apart.
    links, names = [], []
    for copy in (0, 1201):
        for child in range(1, 1201, 2):
            links += [(copy, LIKES, copy + child), (copy + child, NEXT, copy + child + 1)]
            names.append((copy + child + 1, NEXT, f'"{child}"'))
    assert refused(dataset(*links, *names, blanks=2402)) < 2


def test_hashes_without_end_fill_the_memory() -> None:
    for start in range(0, 6_000, 2_000):
        names = [(node, NEXT, f'"{start + node}"') for node in range(2_000)]
        canonicalize(dataset(*names, *[(node, LIKES, node + 1) for node in range(0, 1_999, 2)], blanks=2_000))
    canonicalize(dataset(*[(cell, LIKES, cell + 1) for cell in range(290)], blanks=291))
    kept = rdfc._digests("o" + LIKES, "sha256")
    assert 0 < len(kept) <= 256
    assert max(map(len, kept)) < 12


def test_too_many_statements_are_read() -> None:
    many = Dataset()
    for number in range(MAX_STATEMENTS):
        many.add("<urn:x:s>", LIKES, f'"{number}"')
    assert len(many) == MAX_STATEMENTS
    many.add(many.blank(), LIKES, '"x"')
    refused(many)


def test_verdict_hangs_on_what_was_canonicalised_before() -> None:
    before = canonicalize(clique(4))
    for number in range(600):
        canonicalize(dataset((0, f"<urn:x:{number}>", 1), blanks=2))
    assert canonicalize(clique(4)) == before


def test_long_list_needs_no_stack() -> None:
    links = [(cell, NEXT, cell + 1) for cell in range(300)]
    text = canonicalize(dataset(*links, *[(cell, LIKES, f'"{cell}"') for cell in range(1, 300, 7)], blanks=301))
    assert text.count("\n") == 343


def test_duplicates_count_twice() -> None:
    once = dataset((0, LIKES, 1), (0, LIKES, '"a"'), (1, NEXT, "<urn:x:a>"), ("<urn:x:a>", NEXT, 0), blanks=2)
    twice = dataset(*[(0, LIKES, 1), (0, LIKES, '"a"'), (1, NEXT, "<urn:x:a>"), ("<urn:x:a>", NEXT, 0)] * 2, blanks=2)
    assert canonicalize(once) == canonicalize(twice)


def test_blank_node_that_nothing_mentions_is_named() -> None:
    assert canonicalize(dataset((2, LIKES, '"a"'), blanks=5)) == f'_:c14n0 {LIKES} "a" .\n'
    assert issued_identifiers(dataset((2, LIKES, '"a"'), blanks=5)) == {2: "c14n0"}


def test_empty_dataset_has_a_text() -> None:
    assert canonicalize(Dataset()) == ""


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x00\x07\x0b\x1f\x7f", "\\u0000\\u0007\\u000B\\u001F\\u007F"),
        ("\b\t\n\f\r", "\\b\\t\\n\\f\\r"),
        ('"\\', '\\"\\\\'),
        ("\x80\u2028é成𠮷'/<>", "\x80\u2028é成𠮷'/<>"),
    ],
)
def test_literal_is_escaped_otherwise(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_lines_are_in_another_order_than_that_of_code_points() -> None:
    texts = ["a", "B", "é", "\uffee", "𠮷", "Z", " "]
    made = dataset(*[("<urn:x:s>", LIKES, f'"{text}"') for text in texts], blanks=0)
    lines = canonicalize(made).splitlines()
    assert lines == sorted(lines, key=str.encode) and len(lines) == len(texts)


NODES = st.integers(0, 5)
TERMS = NODES | st.sampled_from(["<urn:x:a>", "<urn:x:b>"])
STATEMENTS = st.lists(st.tuples(TERMS, st.sampled_from([NEXT, LIKES]), TERMS | st.just('"l"')), max_size=9)


@given(STATEMENTS)
@settings(max_examples=300, deadline=None)
def test_other_implementation_names_blank_nodes_otherwise(statements: list[tuple[Any, ...]]) -> None:
    lines = [[f"_:n{term}" if type(term) is int else term for term in statement] for statement in statements]
    text = "".join(" ".join(line) + " .\n" for line in lines)
    assert canonicalize(dataset(*statements, blanks=6)) == pyoxigraph_text(text)


@given(STATEMENTS, st.permutations(range(6)), st.randoms(use_true_random=False), NODES | st.none())
@settings(max_examples=300, deadline=None)
def test_names_hang_on_numbers_or_order(
    statements: list[tuple[Any, ...]], numbers: list[int], random: Any, graph: int | None
) -> None:
    def renumbered(term: Any) -> Any:
        return numbers[term] if type(term) is int else term

    first = [(*statement, graph) for statement in statements]
    other = [tuple(renumbered(term) for term in statement) for statement in first]
    random.shuffle(other)
    assert canonicalize(dataset(*first, blanks=6)) == canonicalize(dataset(*other, blanks=6))
