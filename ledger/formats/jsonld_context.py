"""Active contexts: which words mean what at one place of a document (JSON-LD 1.1 API §4.1).

The base is null and nothing is fetched. ``@import`` and ``@base`` are refused as ``document.unsupported``: no
credential's context uses them, and each would let a name mean something that its reader does not see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.formats import canonical
from ledger.formats.contexts import Contexts
from ledger.formats.jsonld_terms import DIRECTIONS, Definer, Terms, expand, is_iri, is_language, malformed, unsupported

_SETTINGS = frozenset(["@version", "@vocab", "@language", "@direction", "@propagate", "@protected", "@base", "@import"])


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """An active context. ``previous`` is the one to return to in nested nodes: the outside of a type-scoped one."""

    contexts: Contexts
    terms: Terms
    vocab: str | None = None
    language: str | None = None
    direction: str | None = None
    previous: "Active | None" = None

    def expand(self, text: str, *, vocab: bool) -> str | None:
        """As ``jsonld_terms.expand``, under this context."""
        return expand(self.terms, self.vocab, text, vocab=vocab)


def initial(contexts: Contexts) -> Active:
    """The context before any: no word means anything."""
    return Active(contexts, {})


def process(
    active: Active,
    local: object,
    *,
    override: bool = False,
    propagate: bool = True,
    remote: frozenset[str] = frozenset(),
) -> Active:
    """``active`` after the local context ``local``: an object, a URL, null, or an array of them.

    ``override`` lets protected terms be redefined (a property's own context may), ``propagate`` false makes the result
    hold for one node only, ``remote`` are the URLs that led here. Raises FormatError ``document.unknown_context``,
    ``document.unsupported``, or ``document.malformed`` for whatever the algorithm calls an error.
    """
    if isinstance(local, dict) and "@propagate" in local:
        propagate = _flag(local, "@propagate", True)
    outside = active.previous if propagate else active.previous or active
    result = Active(active.contexts, active.terms, active.vocab, active.language, active.direction, outside)
    for context in local if isinstance(local, list) else [local]:
        if context is None:
            if not override and any(term.protected for term in result.terms.values()):
                raise malformed("a null context would clear protected terms")
            result = Active(active.contexts, {}, previous=None if propagate else outside)
        elif isinstance(context, str):
            if context in remote:
                raise malformed("a context that leads to itself")
            inner = active.contexts.document(context)["@context"]
            _check_propagation(inner, local)
            result = process(result, inner, override=override, remote=remote | {context})
        elif isinstance(context, dict) and context.keys() == {"@context"}:
            # As in a context's own file; the W3C's test suites write it so, and every library reads it.
            if isinstance(context["@context"], dict) and "@context" in context["@context"]:
                raise malformed("a context within a context within a context")
            result = process(result, context["@context"], override=override, remote=remote)
        elif isinstance(context, dict):
            _check_propagation(context, local)
            result = _define(result, context, override)
        else:
            raise malformed("a context is an object, a URL, or an array of them")
    return result


def _check_propagation(context: object, local: object) -> None:
    """Implementations differ on what ``@propagate`` means within an array."""
    if isinstance(local, list) and isinstance(context, dict) and "@propagate" in context:
        raise unsupported("@propagate in an array of contexts")


def _define(active: Active, local: dict[str, Any], override: bool) -> Active:
    """``active`` after one context definition (§4.1 step 5.5 onwards)."""
    if local.get("@version", 1.1) != 1.1:
        raise malformed("a context of another @version than 1.1")
    if "@import" in local or local.get("@base") is not None:
        raise unsupported("a context with @import or @base")
    _flag(local, "@propagate", True)
    vocab = _vocabulary(active, local["@vocab"]) if "@vocab" in local else active.vocab
    language = _setting(local, "@language", active.language, is_language)
    direction = _setting(local, "@direction", active.direction, DIRECTIONS.__contains__)
    protected = _flag(local, "@protected", False)

    def check_scoped(terms: Terms, context: object) -> None:
        """A term's own context is an error at once, used or not, and with no more than the terms that are defined by
        then (§4.2 step 21); what stands at a URL is sound."""
        if not any(isinstance(each, str) for each in (context if isinstance(context, list) else [context])):
            so_far = Active(active.contexts, terms, vocab, language, direction, active.previous)
            process(so_far, context, override=True)

    definer = Definer(active.terms, vocab, local, check_scoped, protected=protected, override=override)
    for word in sorted(local, key=canonical.sort_key):  # what a context means must not hang on the order of its members
        if word not in _SETTINGS:
            definer.define(word)
    return Active(active.contexts, definer.terms, vocab, language, direction, active.previous)


def _vocabulary(active: Active, value: object) -> str | None:
    if value is None:
        return None
    expanded = active.expand(value, vocab=True) if isinstance(value, str) else None
    if expanded is None or not is_iri(expanded):
        raise malformed("@vocab is no absolute IRI")
    return expanded


def _flag(local: dict[str, Any], name: str, default: bool) -> bool:
    value = local.get(name, default)
    if type(value) is not bool:
        raise malformed(f"{name} is true or false")
    return value


def _setting(local: dict[str, Any], name: str, before: str | None, good: Callable[[str], bool]) -> str | None:
    value = local.get(name, before)
    if value is None:
        return None
    if not isinstance(value, str) or not good(value):
        raise malformed(f"the context's {name}")
    return value.lower()
