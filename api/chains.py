"""The deployment's chain: the embedded node by default, another one where a URL names it; and who acts on it."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from web3 import HTTPProvider

from api.alarms import Alarms
from api.home import make_private
from api.settings import Settings
from issuers.keystore import Keystore
from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.provider import EmbeddedProvider
from ledger.chain.nodes import Alarm, Nodes
from ledger.formats import consensus, qbft
from ledger.formats.consensus import CLIQUE, QBFT
from ledger.formats.errors import ConfigError, ConflictError, FormatError, ProofError
from ledger.formats.header import parse_header

CHAIN_ID = 26001
"""Of embedded chains. Their genesis and contracts tell them apart."""
HTTP_SECONDS = 10
_ACCOUNTS = ("chain authority", "chain operator")


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


def accounts(keystore: Keystore, given: Path | None = None) -> Accounts:
    """The accounts of this deployment, made when first asked for.

    ``given`` is a file of two lines, the secrets of the authority's and the operator's account as hexadecimal, for
    chains on which accounts must be permitted or paid for beforehand. ConfigError ``config.chain_keys`` where it is
    not that, or where this deployment acts by other accounts already.
    """
    if given is not None:
        for name, secret in zip(_ACCOUNTS, _secrets(given), strict=True):
            with suppress(ConflictError):
                keystore.put(name, secret)
            if keystore.get(name) != secret:
                raise ConfigError("config.chain_keys", f"this ledger has another account as its {name} for good")
    return Accounts(*(LocalSigner(keystore.get_or_make(name)) for name in _ACCOUNTS))


def _secrets(given: Path) -> list[bytes]:
    try:
        found = [bytes.fromhex(line.removeprefix("0x")) for line in given.read_text().split()]
        if len(found) != len(_ACCOUNTS) or len({LocalSigner(secret).address for secret in found}) != len(found):
            raise ValueError
    except (OSError, ValueError, FormatError):
        hint = "the secrets of two accounts, the authority's and the operator's, one on a line"
        raise ConfigError("config.chain_keys", f"{given} is not readable, or is not {hint}") from None
    return found


def open_chain(
    settings: Settings, keystore: Keystore, acting: Accounts, *, begin: bool = False, alarm: Alarm | None = None
) -> OpenChain:
    """Open the chain; ``begin`` makes the embedded one where there is none yet.

    ``alarm`` is told where two of several nodes disagree; by default that is one line in the log.
    """
    if settings.chains:
        nodes = [(_named(url), _http(url)) for url in settings.chains]
        provider = nodes[0][1] if len(nodes) == 1 else Nodes(nodes, alarm=alarm or Alarms().sound)
        return OpenChain(RpcChain(provider), None, None)
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


def consensus_of(opened: OpenChain, sealing: Sequence[bytes]) -> str:
    """Of the chain; ConfigError ``config.sealers`` where under QBFT it is not ``sealing`` who seals its newest block.

    Under Clique a mistake shows as soon as a bundle is verified; a consortium's trust root is signed by many people.
    """
    newest = parse_header(opened.chain.header_rlp(opened.chain.final_head().number))
    if not consensus.is_bft(newest):
        return CLIQUE
    try:
        listed = qbft.parse_extra(newest.extra).validators
        if listed and set(listed) != set(sealing):  # none are listed where a contract names them
            raise ProofError("header.bad_seal", f"its validators are {', '.join('0x' + one.hex() for one in listed)}")
        if newest.number > 0:
            qbft.check_quorum(newest, frozenset(sealing))
    except (FormatError, ProofError) as error:
        raise ConfigError(
            "config.sealers", f"ROLLBOOK_CHAIN_SEALERS is not who seals block {newest.number}: {error.message}"
        ) from None
    return QBFT


def _http(url: str) -> HTTPProvider:
    # Nothing is repeated here: the next node is asked, or the caller tries again.
    return HTTPProvider(url, request_kwargs={"timeout": HTTP_SECONDS}, exception_retry_configuration=None)


def _named(url: str) -> str:
    """A node as alarms may call it: without what its address may hold of secrets."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
