"""DID resolution over HTTP (W3C DID Resolution 0.3), of did:key and of this deployment's own did:web: docs/vc-api.md.

The shape is that of the specification's editions which name errors by words; whoever asks for
``application/did-resolution`` gets errors as newer drafts have them. Nothing is fetched from anywhere.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.http.context import Here
from api.http.published import did_document
from ledger.formats import canonical, datetimes, diddocument
from ledger.formats.errors import FormatError, NotFoundError, RollbookError

router = APIRouter(tags=["DIDs"])

CONTEXT = "https://w3id.org/did-resolution/v1"
_NS = "https://www.w3.org/ns/did#"
_DID = re.compile(r"did:[a-z0-9]+:(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+")
_MULTIKEY = re.compile(r"z6(?:Mk|LS)[1-9A-HJ-NP-Za-km-z]{40,50}|zDn[1-9A-HJ-NP-Za-km-z]{40,50}")
_FRAGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+")
_REFERENCE = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_ASCII_ONLY = ("accept", "service", "serviceType", "relativeRef", "versionId", "versionTime", "hl")
_VERBATIM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

# What an answer may be: the whole result, with errors by words or by addresses; the document; what a DID URL leads to.
_RESULT, _LINKED, _MODERN, _DOCUMENT, _CONTENT = range(5)
_ACCEPTED = {
    "application/did-resolution": _MODERN,
    "application/did-url-dereferencing": _CONTENT,
    "application/did+json": _DOCUMENT,
    "application/did+ld+json": _DOCUMENT,
    "application/did": _DOCUMENT,
    "application/ld+json": _RESULT,
    "application/json": _RESULT,
    "application/*": _RESULT,
    "*/*": _RESULT,
}
_PROFILE = 'application/ld+json;profile="https://w3id.org/did-resolution"'
_MEDIA = {
    _RESULT: _PROFILE,
    _LINKED: _PROFILE,
    _MODERN: "application/did-resolution; format=json",
    _CONTENT: "application/did-url-dereferencing; format=json",
    _DOCUMENT: "application/did+ld+json",
}
_STATUS = {
    "notFound": HTTPStatus.NOT_FOUND,
    "methodNotSupported": HTTPStatus.NOT_IMPLEMENTED,
    "representationNotSupported": HTTPStatus.NOT_ACCEPTABLE,
}
_ERRORS = {
    "did.malformed": "invalidDid",
    "key.length": "invalidPublicKeyLength",
    "key.malformed": "invalidPublicKey",
    "key.weak": "invalidPublicKey",
    "key.unsupported": "unsupportedPublicKeyType",
    "multibase.malformed": "invalidDid",
}


class _Unresolved(Exception):
    """Why there is no document: the specification's name of the error, and a sentence."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name)
        self.name, self.detail = name, detail


@router.get(
    "/1.0/identifiers/{did:path}",
    summary="Resolve a DID",
    response_description="The DID document and what is known of it",
    responses={
        400: {"description": "No DID, or no such key"},
        404: {"description": "Not one of this server"},
        501: {"description": "Another DID method"},
    },
)
async def resolve(did: str, request: Request, deployment: Here) -> Response:
    """Any did:key, and the did:web of this server's own members; a DID URL with a fragment leads to its key."""
    form = _form(request.headers.get("accept", "*/*"))
    is_url = any(mark in did for mark in "/?#")
    try:
        if form is None:
            raise _Unresolved("representationNotSupported", "no such representation of a DID document")
        options = _options(request.query_params)
        document = await run_in_threadpool(_dereferenced, did, options, deployment)
    except _Unresolved as error:
        return _refused(error, _RESULT if form is None else form, is_url)
    return _answer(document, form, is_url)


def _dereferenced(did: str, key_format: str, deployment: Here) -> dict[str, Any]:
    """The document of a DID, or the part of it that a DID URL's fragment names."""
    plain, mark, fragment = did.partition("#")
    if _DID.fullmatch(plain) is None and "/" not in plain and "?" not in plain:
        raise _Unresolved("invalidDid", "this is no DID")
    if "/" in plain or "?" in plain or (mark and not _FRAGMENT.fullmatch(fragment)):
        raise _Unresolved("invalidDidUrl", "a DID URL with a path or query leads nowhere, and this may be none")
    document = _document(plain, key_format, deployment)
    if not mark:
        return document
    for value in document.values():
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict) and each.get("id") == did:
                return {"@context": document["@context"]} | each
    raise _Unresolved("notFound", "the DID document has no such part")


def _document(did: str, key_format: str, deployment: Here) -> dict[str, Any]:
    method, _, name = did.removeprefix("did:").partition(":")
    if method == "key":
        try:
            return diddocument.of_did_key(did, key_format)
        except FormatError as error:
            raise _Unresolved(_ERRORS.get(error.code, "invalidDid"), error.message) from None
    if method == "web":
        try:
            return did_document(deployment, did)
        except NotFoundError:
            raise _Unresolved("notFound", "this server's own did:web alone are known here") from None
    if _MULTIKEY.fullmatch(name):  # what is a key is meant as a did:key
        raise _Unresolved("invalidDid", "a Multikey under the name of another method than key")
    raise _Unresolved("methodNotSupported", "did:key and did:web are resolved here")


def _options(given: Mapping[str, str]) -> str:
    """The form of keys that is asked for, after every option was found sound; others change nothing here."""
    for name in _ASCII_ONLY:
        if not given.get(name, "").isascii():
            raise _Unresolved("invalidOptions", f"{name} is an ASCII string")
    if not _REFERENCE.fullmatch(given.get("relativeRef", "")):
        raise _Unresolved("invalidOptions", "relativeRef is percent-encoded")
    if "versionTime" in given:
        try:
            sound = _VERBATIM.fullmatch(given["versionTime"]) and datetimes.parse_utc(given["versionTime"])
        except RollbookError:
            sound = None
        if not sound:
            raise _Unresolved("invalidOptions", "versionTime is a time in UTC, in whole seconds")
    key_format = given.get("publicKeyFormat", diddocument.MULTIKEY)
    if key_format in diddocument.EXPERIMENTAL and given.get("enableExperimentalPublicKeyTypes") != "true":
        raise _Unresolved("invalidPublicKeyType", "a form of keys for experiments, which were not asked for")
    if key_format not in diddocument.FORMATS:
        raise _Unresolved("unsupportedPublicKeyType", "a form of keys that is not known here")
    return key_format


def _form(accept: str) -> int | None:
    """The first form that is acceptable; None where none of ours is."""
    for each in accept.split(","):
        media_type, *parameters = (part.strip() for part in each.split(";"))
        if media_type.lower() == "application/ld+json" and any("did-resolution" in part for part in parameters):
            return _LINKED
        found = _ACCEPTED.get(media_type.lower())
        if found is not None:
            return found
    return None


def _answer(document: dict[str, Any], form: int, is_url: bool) -> Response:
    if form == _DOCUMENT:
        return _response(document, form, HTTPStatus.OK)
    if form == _CONTENT:
        metadata = {"contentType": "application/did-url-dereferencing"}
        return _response(
            {"dereferencingMetadata": metadata, "contentStream": document, "contentMetadata": {}}, form, HTTPStatus.OK
        )
    metadata = {"contentType": "application/did" if form == _MODERN else "application/did+ld+json"}
    return _response(_result(document, metadata, is_url), form, HTTPStatus.OK)


def _refused(error: _Unresolved, form: int, is_url: bool) -> Response:
    status = _STATUS.get(error.name, HTTPStatus.BAD_REQUEST)
    by_address = {"type": _NS + _screaming(error.name), "title": error.name, "detail": error.detail}
    if form == _CONTENT:
        answer = {"dereferencingMetadata": {"error": by_address}, "contentStream": None, "contentMetadata": {}}
        return _response(answer, form, status)
    metadata: dict[str, Any] = {"error": error.name, "errorMessage": error.detail}
    if form == _MODERN:
        metadata = {"error": by_address}
    return _response(_result({} if form == _LINKED else None, metadata, is_url), form, status)


def _result(document: dict[str, Any] | None, metadata: dict[str, Any], is_url: bool) -> dict[str, Any]:
    result = {
        "@context": CONTEXT,
        "didDocument": document,
        "didResolutionMetadata": metadata,
        "didDocumentMetadata": {},
    }
    return result | ({"didDereferencingMetadata": metadata} if is_url else {})


def _response(value: dict[str, Any], form: int, status: HTTPStatus) -> Response:
    return Response(canonical.dumps(value), int(status), {"cache-control": "no-store"}, media_type=_MEDIA[form])


def _screaming(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
