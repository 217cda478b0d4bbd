"""`{base}/vocab`: where the IRIs of our own terms lead. For people as a page, for programs as JSON-LD (RDF Schema)."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.context import Here
from api.pages.render import page
from api.pages.texts import negotiate
from ledger.formats import canonical
from ledger.formats.kind import Kind

router = APIRouter(include_in_schema=False)

Term = dict[str, Any]

JSON_LD = "application/ld+json"
_HEADERS = {"vary": "accept, accept-language", "cache-control": "public, max-age=300"}
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_RDF_CONTEXT = {
    "label": {"@id": f"{_RDFS}label", "@container": "@language"},
    "isDefinedBy": {"@id": f"{_RDFS}isDefinedBy", "@type": "@id"},
    "id": "@id",
    "type": "@type",
    "Class": f"{_RDFS}Class",
    "Property": "http://www.w3.org/1999/02/22-rdf-syntax-ns#Property",
}
# Of the contexts that the server itself publishes, beside those of kinds.
_OWN = {"sequence": {"en": "Sequence of a status list", "zh": "状态列表的序号"}}


@router.get("/vocab")
def vocabulary(request: Request, deployment: Here, lang: str | None = None) -> Response:
    """Every term that a context of this deployment defines under its own address, with its labels and kinds."""
    found = terms(deployment.base, [installed.kind for installed in deployment.kinds.all()])
    if _wants_json(request.headers.get("accept", "")):
        return Response(canonical.dumps(_json_ld(deployment.base, found)), media_type=JSON_LD, headers=_HEADERS)
    language = negotiate(lang, request.headers.get("accept-language", ""))
    root = deployment.trust_root
    values = {"here": "vocab", "path": "/vocab", "assurance": root.assurance, "trust_root": root.fingerprint}
    return HTMLResponse(
        page("vocab.html", language, {**values, "terms": found, "base": deployment.base}), 200, _HEADERS
    )


def terms(base: str, kinds: list[Kind]) -> list[Term]:
    """The terms under ``base``/vocab#, in alphabetical order: name, labels, whether a type, names of their kinds."""
    prefix = f"{base}/vocab#"
    found: dict[str, Term] = {
        name: {"name": name, "labels": labels, "is_type": False, "kinds": []} for name, labels in _OWN.items()
    }
    for kind in kinds:
        for term, iri in _defined(kind.context["@context"]):
            if not iri.startswith(prefix):
                continue
            labels = kind.labels if term == kind.type else kind.terms.get(term)
            name = iri.removeprefix(prefix)
            fresh = {"name": name, "labels": labels or {}, "is_type": term == kind.type, "kinds": []}
            one = found.setdefault(name, fresh)
            if kind.name not in one["kinds"]:
                one["kinds"].append(kind.name)
    return [found[name] for name in sorted(found, key=lambda name: (name.lower(), name))]


def _defined(context: Any) -> list[tuple[str, str]]:
    """Terms and their IRIs, those of contexts inside of terms too."""
    if isinstance(context, list):
        return [pair for part in context for pair in _defined(part)]
    pairs: list[tuple[str, str]] = []
    for term, definition in (context or {}).items():
        iri = definition.get("@id") if isinstance(definition, dict) else definition
        if not term.startswith("@") and isinstance(iri, str):
            pairs.append((term, iri))
        if isinstance(definition, dict):
            pairs += _defined(definition.get("@context"))
    return pairs


def _json_ld(base: str, found: list[Term]) -> Term:
    graph = [
        {
            "id": f"{base}/vocab#{term['name']}",
            "type": "Class" if term["is_type"] else "Property",
            "label": term["labels"],
            "isDefinedBy": f"{base}/vocab",
        }
        for term in found
    ]
    return {"@context": _RDF_CONTEXT, "@graph": graph}


def _wants_json(accept: str) -> bool:
    """Whoever names JSON and not HTML, which every browser names."""
    return "json" in accept and "text/html" not in accept
