"""The JSON-LD contexts that documents may name: bundled, pinned by hash, never fetched (VC Data Model 2.0 §4.3, B.1).

A ``Contexts`` is an unchangeable set of documents by URL. A URL that is not in it is an error, not a request. Whoever
has more (an operator's folder, a kind's own context out of a bundle) extends the set by documents at hand; what is in
it already can never be replaced by something else, so no bundle brings its own idea of a W3C term.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ledger.formats import canonical
from ledger.formats.errors import ConfigError, FormatError

Document = dict[str, Any]

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
DID_V1 = "https://www.w3.org/ns/did/v1"
DATA_INTEGRITY_V1 = "https://w3id.org/security/data-integrity/v1"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
STATUS_V1 = "https://www.w3.org/ns/credentials/status/v1"
ED25519_2020_V1 = "https://w3id.org/security/suites/ed25519-2020/v1"
OPEN_BADGES_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"

FILES: dict[str, tuple[str, str]] = {
    CREDENTIALS_V2: (
        "credentials-v2.jsonld",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    CREDENTIALS_V1: (
        "credentials-v1.jsonld",
        "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
    ),
    DID_V1: (
        "did-v1.jsonld",
        "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    ),
    DATA_INTEGRITY_V1: (
        "data-integrity-v1.jsonld",
        "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
    ),
    DATA_INTEGRITY_V2: (
        "data-integrity-v2.jsonld",
        "0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363",
    ),
    MULTIKEY_V1: (
        "multikey-v1.jsonld",
        "c5f3806f8286920573221938917988a18a4cc5a09e968d29649613c7a1c2b1f6",
    ),
    STATUS_V1: (
        "vc-bitstring-status-list-v1.jsonld",
        "fd08cbf28ddd829ab2f1978c48f43ab07a112c1c90245a0cfac7ba721c65170c",
    ),
    ED25519_2020_V1: (
        "ed25519-signature-2020-v1.jsonld",
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
    ),
    OPEN_BADGES_3: (
        "open-badges-3.0.3.jsonld",
        "88115d8e3c088bf2c83f68e6373027072ab9f3f83523a55b49d3605199d56413",
    ),
    OPEN_BADGES_EXTENSIONS: (
        "open-badges-extensions.jsonld",
        "1c4f705af92007783c589eb1f1b221ecc24ac588a83e0212faf1728c69b61487",
    ),
}
"""File and SHA-256 of each bundled context, by URL; contexts/NOTICE.md says where each is from."""

_EXAMPLES: Document = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
_MAX_CHILDREN = 32
_MAX_URL = 2000


class Contexts:
    """An unchangeable set of context documents by URL.

    ``compiled`` is what ``jsonld`` makes of them, and keeps there; ``scopes`` counts it. ``options`` are hashes of the
    options of proofs under them (``proof_rdfc``). All of it goes when the set goes.
    """

    __slots__ = ("_children", "_documents", "compiled", "options", "scopes")

    def __init__(self, documents: Mapping[str, Document] | None = None) -> None:
        """The bundled contexts, and ``documents`` by URL, as ``extended`` takes them."""
        self._documents = {} if documents is None else {url: _checked(url, each) for url, each in documents.items()}
        self._children: dict[bytes, Contexts] = {}
        self.compiled: dict[Any, Any] = {}
        self.options: dict[Any, bytes] = {}
        self.scopes = 0

    def document(self, url: str) -> Document:
        """The document at ``url``, not to be changed; FormatError ``document.unknown_context`` where there is none."""
        found = self._documents.get(url)
        if found is not None:
            return found
        if url not in FILES:
            raise FormatError("document.unknown_context", f"the context {url[:200]} is not among the known ones")
        self._documents[url] = document = read(url)
        return document

    def knows(self, url: str) -> bool:
        """Whether there is a document at ``url``."""
        return url in self._documents or url in FILES

    def extended(self, documents: Mapping[str, Document], key: bytes | None = None) -> "Contexts":
        """This set and ``documents``, each an object with ``@context``, by URL.

        The same documents give the same set again, with all that was compiled for it; ``key`` may be given where the
        caller knows a hash of them already (a kind's). Raises FormatError ``document.malformed`` for what is no
        context, and for one that contradicts a context already here.
        """
        key = hashlib.sha256(canonical.dumps(dict(documents))).digest() if key is None else key
        child = self._children.get(key)
        if child is None:
            for url, document in documents.items():
                if (url in FILES or url in self._documents) and self.document(url) != document:
                    raise FormatError("document.malformed", f"another context under the address {url[:200]}")
            child = Contexts(self._documents | dict(documents))
            if len(self._children) >= _MAX_CHILDREN:
                self._children.clear()
            self._children[key] = child
        return child


def read(url: str) -> Document:
    """A bundled context, out of the package; ConfigError ``context.mismatch`` where its file is not the pinned one."""
    return _read(url, *FILES[url])


def pinned(url: str, data: bytes, sha256: str) -> Document:
    """The context document that ``data`` is, for ``extended``, after its hash (lower-case hex) was compared.

    This is how an operator's folder of contexts becomes usable. Raises ConfigError ``context.mismatch``.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ConfigError("context.mismatch", f"the file for {url} is not the one that is pinned")
    try:
        document = canonical.loads(data)
    except FormatError as error:
        raise ConfigError("context.mismatch", f"the file for {url} is no context: {error.message}") from None
    if not isinstance(document, dict) or "@context" not in document:
        raise ConfigError("context.mismatch", f"the file for {url} has no @context")
    return document


@lru_cache(maxsize=32)
def _read(url: str, name: str, sha256: str) -> Document:
    from importlib.resources import files  # costs milliseconds that only those pay who need a context

    return pinned(url, files("ledger.formats").joinpath("contexts", name).read_bytes(), sha256)


def _checked(url: object, document: object) -> Document:
    if not isinstance(url, str) or ":" not in url or len(url) > _MAX_URL:
        raise FormatError("document.malformed", "a context's address is a URL")
    if not isinstance(document, dict) or "@context" not in document:
        raise FormatError("document.malformed", f"the context {url[:200]} has no @context")
    return document


def with_examples(contexts: Contexts) -> Contexts:
    """These and ``credentials/examples/v2``, which turns every word into a term. For other systems' credentials."""
    return contexts.extended({EXAMPLES_V2: _EXAMPLES}, b"examples")


BUNDLED = Contexts()
"""What is bundled, without the examples; enough for every record."""

WITH_EXAMPLES = with_examples(BUNDLED)
"""And the examples."""
