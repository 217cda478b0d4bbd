"""The deployment's chain: the embedded node by default, another one where a URL names it; and who acts on it."""

import time
from dataclasses import dataclass

from web3 import HTTPProvider

from api.home import make_private
from api.settings import Settings
from issuers.keystore import Keystore
from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.provider import EmbeddedProvider
from ledger.formats.errors import ConfigError

CHAIN_ID = 26001
"""Of embedded chains. Their genesis and contracts tell them apart."""
HTTP_SECONDS = 10


@dataclass(slots=True)
class Accounts:
    """Who acts on the chain: the root authority, which deploys and accredits, and the log's operator."""

    authority: LocalSigner
    operator: LocalSigner


@dataclass(slots=True)
class OpenChain:
    """An open chain; ``sealer`` is the address that seals, where the node is the embedded one."""

    chain: RpcChain
    sealer: bytes | None
    _node: EmbeddedNode | None

    def close(self) -> None:
        """Let go of the embedded node's folder."""
        if self._node is not None:
            self._node.close()


def accounts(keystore: Keystore) -> Accounts:
    """The accounts of this deployment, made when first asked for."""
    names = ("chain authority", "chain operator")
    return Accounts(*(LocalSigner(keystore.get_or_make(name)) for name in names))


def open_chain(settings: Settings, keystore: Keystore, acting: Accounts, *, begin: bool = False) -> OpenChain:
    """Open the chain; ``begin`` makes the embedded one where there is none yet."""
    if settings.chain is not None:
        return OpenChain(RpcChain(_http(settings.chain)), None, None)
    key = keystore.get_or_make("chain sealer")
    sealer = LocalSigner(key).address
    folder = settings.home / "chain"
    genesis = None
    if begin and not (folder / "genesis.json").exists():
        make_private(folder)
        funded = (acting.authority.address, acting.operator.address)
        genesis = Genesis.new(CHAIN_ID, int(time.time()) - 1, sealer, funded)
    node = EmbeddedNode(folder, key, genesis)
    return OpenChain(RpcChain(EmbeddedProvider(node)), sealer, node)


def sealers(opened: OpenChain, settings: Settings) -> list[bytes]:
    """The addresses that seal the chain; ConfigError ``config.sealers`` where nobody has said so for another node."""
    if opened.sealer is not None:
        return [opened.sealer]
    if not settings.sealers:
        raise ConfigError(
            "config.sealers", "set ROLLBOOK_CHAIN_SEALERS to the addresses that seal the chain at the URL"
        )
    return list(settings.sealers)


def _http(url: str) -> HTTPProvider:
    return HTTPProvider(url, request_kwargs={"timeout": HTTP_SECONDS})
