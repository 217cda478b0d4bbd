"""The kinds that a deployment has installed: versions of definitions, never changed, and how files of them are read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from sqlalchemy import Connection, Engine, Row, func, select

from issuers.importers import template
from issuers.importers.template import ImportTemplate
from issuers.schools import Clock
from issuers.tables import KindRow
from ledger.formats import canonical, credential, kind
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import ConflictError, FormatError, NotFoundError
from ledger.formats.jsonld import root_scope
from ledger.formats.kind import Kind
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

_KINDS = table_of(KindRow)


@dataclass(frozen=True, slots=True)
class InstalledKind:
    """A kind with its import template; under ``contexts`` its records mean what they say."""

    kind: Kind
    template: ImportTemplate
    contexts: Contexts = field(repr=False, compare=False)
    _locator: jsonschema_rs.Draft202012Validator = field(repr=False, compare=False)

    def broken(self, subject: dict[str, Any]) -> Iterable[tuple[str | int, ...]]:
        """The places at which a subject breaks the kind's schema; none where it holds."""
        try:
            self.kind.validate(subject)
        except FormatError:
            return [tuple(error.instance_path) for error in self._locator.iter_errors(subject)]
        return ()


class Kinds:
    """Installed kinds of one deployment; ``base`` is its base address, which replaces ``{base}`` for good.

    ``contexts`` are the bundled ones with those that the operator pinned.
    """

    def __init__(self, engine: Engine, base: str, clock: Clock, contexts: Contexts = BUNDLED) -> None:
        self._engine = engine
        self._base_contexts = contexts
        self._base = base
        self._clock = clock
        self._known: dict[tuple[str, int], InstalledKind] = {}
        self._contexts: dict[str, Contexts] = {}
        self._known_contexts: Contexts | None = None

    def install(self, template_file: dict[str, Any]) -> InstalledKind:
        """Install a kind from the content of its file: the definition, and the member ``import``.

        The same again is no change. Raises FormatError ``kind.malformed``, ``kind.import``; ConflictError
        ``kind.conflict`` where this version is another one, its number another kind's, or a version is left out.
        """
        definition = kind.instantiate(template_file, self._base)
        parsed = kind.parse(definition)
        _check_context(parsed)
        import_part = template_file.get("import")
        for path in _paths(template.parse(import_part)):
            if not _leads_somewhere(parsed.schema, path):
                raise FormatError("kind.import", f"the schema has nothing at {'.'.join(path)}")
        row = {
            "number": parsed.number,
            "version": parsed.version,
            "name": parsed.name,
            "definition": canonical.dumps(definition),
            "import_part": canonical.dumps(import_part),
        }
        with writing(self._engine) as connection:
            if not self._is_there(connection, row):
                connection.execute(_KINDS.insert(), row | {"installed_at": int(self._clock().timestamp())})
        self._known_contexts = None
        return self.get(parsed.name, parsed.version)

    def install_builtin(self) -> list[InstalledKind]:
        """Install the kinds that come with Rollbook, in the order of their numbers.

        A version that is there keeps the import part with which it came: what is in the log was read by that.
        """
        templates = sorted(kind.builtin_templates().values(), key=lambda item: int(item["number"]))
        return [self._as_it_came(item) or self.install(item) for item in templates]

    def _as_it_came(self, template_file: dict[str, Any]) -> InstalledKind | None:
        try:
            there = self.get(template_file["name"], template_file["version"])
        except NotFoundError:
            return None
        return there if there.kind.definition == kind.instantiate(template_file, self._base) else None

    def get(self, name: str, version: int | None = None) -> InstalledKind:
        """A version of a kind, or the newest; NotFoundError ``kind.unknown``."""
        with reading(self._engine) as connection:
            if version is None:
                version = connection.scalar(select(func.max(_KINDS.c.version)).where(_KINDS.c.name == name))
            known = self._known.get((name, -1 if version is None else version))
            if known is not None:
                return known
            chosen = (_KINDS.c.name == name) & (_KINDS.c.version == version)
            row = connection.execute(select(_KINDS).where(chosen)).one_or_none()
        if row is None:
            raise NotFoundError("kind.unknown", "no such kind is installed")
        return self._known.setdefault((row.name, row.version), _installed(row))

    def all(self) -> list[InstalledKind]:
        """Every installed version of every kind, by number and version."""
        order = select(_KINDS.c.name, _KINDS.c.version).order_by(_KINDS.c.number, _KINDS.c.version)
        with reading(self._engine) as connection:
            rows = connection.execute(order).all()
        return [self.get(name, version) for name, version in rows]

    def contexts(self, context: object) -> Contexts:
        """What the ``@context`` of a record means: the contexts of the installed kind that it names.

        A badge or CLR names none (docs/formats.md §18): it means what the bundled and the operator's contexts say.
        Raises FormatError ``document.unknown_context`` where it names no kind that is installed.
        """
        url = context[-1] if isinstance(context, list) and context else None
        if isinstance(url, dict):
            return self._base_contexts
        if not isinstance(url, str):
            raise FormatError("document.unknown_context", "a record names the context of its kind")
        if url not in self._contexts:
            self._contexts |= {installed.kind.context_url: installed.contexts for installed in self.all()}
        if url not in self._contexts:
            raise FormatError("document.unknown_context", f"the context {url[:200]} is that of no installed kind")
        return self._contexts[url]

    def known_contexts(self) -> Contexts:
        """The bundled contexts, the operator's, and those of all installed kinds."""
        if self._known_contexts is None:
            kinds = [installed.kind for installed in self.all()]
            self._known_contexts = self._base_contexts.extended({each.context_url: each.context for each in kinds})
        return self._known_contexts

    def forget(self) -> None:
        """Read anew what another process may have installed meanwhile."""
        self._known_contexts = None

    @staticmethod
    def _is_there(connection: Connection, row: dict[str, Any]) -> bool:
        """Whether this very version is installed; ConflictError where it cannot be."""
        related = (_KINDS.c.number == row["number"]) | (_KINDS.c.name == row["name"])
        versions = connection.execute(select(_KINDS).where(related)).all()
        if any((other.number, other.name) != (row["number"], row["name"]) for other in versions):
            raise ConflictError("kind.conflict", "a kind keeps its name and its number for good")
        for other in versions:
            if other.version == row["version"]:
                same = (bytes(other.definition), bytes(other.import_part)) == (row["definition"], row["import_part"])
                if not same:
                    raise ConflictError("kind.conflict", "this version of the kind is installed with other content")
                return True
        if row["version"] != len(versions):
            raise ConflictError("kind.conflict", "versions of a kind grow by one")
        return False


def _installed(row: Row[Any]) -> InstalledKind:
    parsed = kind.parse(canonical.loads(bytes(row.definition)))
    locator = jsonschema_rs.Draft202012Validator(parsed.schema, validate_formats=True)
    contexts = BUNDLED.extended({parsed.context_url: parsed.context}, parsed.hash)
    return InstalledKind(parsed, template.parse(canonical.loads(bytes(row.import_part))), contexts, locator)


def _check_context(parsed: Kind) -> None:
    """A context that contradicts the W3C's would let no record be signed; better said now than at the first one."""
    try:
        contexts = Contexts({parsed.context_url: parsed.context})
        if BUNDLED.knows(parsed.context_url):
            raise FormatError("kind.malformed", "the context's address is another document's")
        scope = root_scope([credential.CONTEXT_V2, parsed.context_url], contexts)
        scope.typed(["VerifiableCredential", parsed.type])
    except FormatError as error:
        raise FormatError("kind.malformed", f"the context cannot be used: {error.message}") from None


def _paths(parsed: ImportTemplate) -> list[tuple[str, ...]]:
    inside = parsed.list_path or ()
    return [(*inside, *column.path) if column.repeats else column.path for column in parsed.columns]


def _leads_somewhere(schema: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether the schema names every member along the path, through references and into the items of arrays."""
    here: Any = schema
    for step in path:
        here = _resolved(schema, here).get("properties", {}).get(step)
        if here is None:
            return False
    return True


def _resolved(schema: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in here or "items" in here:
        here = schema["$defs"][here["$ref"].rpartition("/")[2]] if "$ref" in here else here["items"]
    return here
