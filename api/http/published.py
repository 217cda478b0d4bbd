"""What anybody may fetch: status lists, contexts, DID documents, the trust root, proof material by digest."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse, Response

from api import did_documents, proposing
from api.deployment import Deployment
from api.http.context import Here
from ledger.formats import canonical, summary, vct
from ledger.formats.errors import NotFoundError

router = APIRouter(tags=["Published documents"])

SHORT = {"cache-control": "public, max-age=5"}
FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable"}

_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is none"}}


@router.get("/status-lists/{name}", summary="A school's newest status list", responses=_UNKNOWN)
def status_list(name: Annotated[str, Path(max_length=64)], deployment: Here) -> Response:
    """A Bitstring Status List credential, signed by the school."""
    found = deployment.reader.status_list(deployment.status.url(name))
    if found is None:
        raise NotFoundError("status.unknown", "there is no such status list")
    return Response(found.credential, media_type="application/vc+ld+json", headers=SHORT)


@router.get("/contexts/status/v0", summary="The JSON-LD context of status lists")
def status_context(deployment: Here) -> Response:
    """It defines the member `sequence` of older lists; newer ones bring the word with them."""
    return _context({"@context": {"@protected": True, "sequence": _integer(f"{deployment.base}/vocab#sequence")}})


@router.get("/contexts/summary/v0", summary="The JSON-LD context of summaries")
def summary_context(deployment: Here) -> Response:
    """Of the short credential in a printed record's QR code."""
    return _context(summary.context_document(deployment.base))


@router.get("/contexts/{kind}/v{version}", summary="The JSON-LD context of a kind", responses=_UNKNOWN)
def context(
    kind: Annotated[str, Path(max_length=32)], version: Annotated[int, Path(ge=0, lt=2**16)], deployment: Here
) -> Response:
    """The same bytes for ever: a kind's version never changes."""
    return _context(deployment.kinds.get(kind, version).kind.context)


@router.get("/contexts/{kind}/v{version}/vct", summary="The SD-JWT VC type of a kind", responses=_UNKNOWN)
def type_metadata(
    kind: Annotated[str, Path(max_length=32)], version: Annotated[int, Path(ge=0, lt=2**16)], deployment: Here
) -> Response:
    """Type Metadata for wallets: names of the record and of its claims. An SD-JWT holds its hash."""
    found = vct.metadata(deployment.kinds.get(kind, version).kind)
    return Response(canonical.dumps(found), media_type="application/json", headers=FOR_GOOD)


@router.get("/v1/kinds", summary="The installed kinds of records")
def kinds(deployment: Here) -> Response:
    """Definitions, whose hashes are in the registry on the chain."""
    found = [installed.kind for installed in deployment.kinds.all()]
    listed = [{"hash": f"sha256:{kind.hash.hex()}", "definition": kind.definition} for kind in found]
    return JSONResponse({"kinds": listed}, headers=SHORT)


@router.get("/.well-known/did.json", summary="The root authority's DID document")
def root_did(deployment: Here) -> Response:
    """The authority signs no records but the status lists of schools that have ended; its acts are on the chain."""
    return _did(did_document(deployment, deployment.root_did))


@router.get("/schools/{code}/did.json", summary="A school's DID document", responses=_UNKNOWN)
def school_did(code: Annotated[str, Path(max_length=32)], deployment: Here) -> Response:
    """For other systems. Our own verifier takes keys from the registry on the chain, and never from here."""
    member = deployment.schools.by_code(code)
    if member.role != "issuer":
        raise NotFoundError("school.unknown", "there is no such school")
    return _did(did_document(deployment, member.did))


@router.get("/authorities/{code}/did.json", summary="An authority's DID document", responses=_UNKNOWN)
def authority_did(code: Annotated[str, Path(max_length=32)], deployment: Here) -> Response:
    """An authority signs the status lists of schools that have ended; its other acts are on the chain."""
    member = deployment.schools.by_code(code)
    if member.role != "authority" or member.parent is None:
        raise NotFoundError("authority.unknown", "there is no such authority")
    return _did(did_documents.of(deployment.history.latest(), member))


@router.get("/v1/trust-root", summary="The trust root of this ledger")
def trust_root(deployment: Here) -> Response:
    """To be compared by its fingerprint with what the authority publishes elsewhere, and pinned."""
    return JSONResponse(deployment.trust_root.document, headers=SHORT)


@router.get("/v1/trust-root/{version}", summary="A version of the trust root of this ledger", responses=_UNKNOWN)
def trust_root_version(
    version: Annotated[int, Path(ge=1, le=2**31 - 1, description="Its number; versions begin with 1")],
    deployment: Here,
) -> Response:
    """For whoever pinned an older version and goes to the newest one step by step."""
    home, current = deployment.settings.home, deployment.trust_root
    return JSONResponse(proposing.version(home, current, version), headers=SHORT)


@router.get(
    "/v1/proofs/{digest}",
    summary="Fresh proof material of a record",
    responses={**_UNKNOWN, 410: {"description": "The record was erased"}},
)
def proofs(
    digest: Annotated[
        str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the signed document, in hexadecimal")
    ],
    deployment: Here,
) -> Response:
    """For whoever holds the record: a bundle without credential and salt, under one new header. Nothing personal."""
    record = deployment.store.by_digest(bytes.fromhex(digest))
    return Response(
        canonical.dumps(deployment.proofs.material(record)),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


def _context(document: dict[str, Any]) -> Response:
    return Response(canonical.dumps(document), media_type="application/ld+json", headers=FOR_GOOD)


def _integer(url: str) -> dict[str, str]:
    return {"@id": url, "@type": "http://www.w3.org/2001/XMLSchema#integer"}


def did_document(deployment: Deployment, did: str) -> dict[str, Any]:
    """The DID document of one of this deployment's own members, by the registry; NotFoundError ``school.unknown``."""
    return did_documents.of(deployment.history.latest(), deployment.schools.get(did))


def _did(document: dict[str, Any]) -> Response:
    return Response(canonical.dumps(document), media_type="application/did+json", headers=SHORT)
