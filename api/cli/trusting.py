"""`rollbook trust propose|sign|adopt|key`, `rollbook redeploy`: the life of a ledger's own trust root."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output
from api.cli.helping import Command
from api.cli.trust import show_root, trust
from ledger.formats.errors import ConfigError

TO = typer.Option(help="JSON-RPC address of the other chain, where the ledger goes to one")

if TYPE_CHECKING:
    from api.comparing import Told
    from ledger.chain.client import RpcChain
    from ledger.formats.keys import KeyPair
    from ledger.formats.trustroot import TrustRoot

DAYS = 5 * 365
_ADDRESS_CHARACTERS = 42


@trust.command("propose", cls=Command)
def propose(
    file: Annotated[Path, typer.Argument(help="where to write the proposal, a JSON file")],
    days: Annotated[int, typer.Option(help="for how long it holds", min=1, max=36500)] = DAYS,
    validators: Annotated[str, typer.Option(help="who seals from now on: addresses, separated by commas")] = "",
    first: Annotated[
        int | None, typer.Option("--from", help="their first block; found on the chain without", min=1)
    ] = None,
    authorities: Annotated[str, typer.Option(help="who signs trust roots from now on: keys, by commas")] = "",
    threshold: Annotated[int | None, typer.Option(help="how many of them must, never fewer than now", min=1)] = None,
    to: Annotated[str, TO] = "",
) -> int:
    """Propose the next version of this ledger's trust root: a file for its authorities to sign.

    Without options it renews the expiry. After `rollbook redeploy` it closes the old epoch and opens the next one.
    """
    from api.proposing import Wish
    from api.proposing import propose as made
    from api.settings import load
    from api.wiring import open_deployment
    from ledger.formats import canonical, trustroot

    until = (datetime.now(UTC) + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    sealing = tuple(_address(one) for one in _parts(validators))
    wish = Wish(until, sealing, first, tuple(_parts(authorities)), threshold)
    with open_deployment(load()) as deployment:
        document, present = made(deployment, wish, _chain(to)), deployment.trust_root.expires
    file.write_bytes(canonical.dumps(document) + b"\n")
    if until < present:
        output.note(f"rollbook: it expires before the present version does, which holds until {present:%Y-%m-%d}")
    describe(trustroot.draft(document))
    output.line(f"written to {file}: each authority compares the fingerprint and signs it (rollbook trust sign)")
    return exits.OK


@trust.command("key", cls=Command)
def key(file: Annotated[Path, typer.Argument(help="where to keep the secret; it must not exist yet")]) -> int:
    """Make a key for an authority that signs trust roots, on the authority's own machine."""
    import os
    import secrets

    from ledger.formats import keys

    seed = secrets.token_bytes(32)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        output.note(f"rollbook: {file} exists already")
        return exits.USAGE
    with os.fdopen(descriptor, "w") as out:
        out.write(seed.hex() + "\n")
    output.line(keys.generate(seed).multikey)
    return exits.OK


@trust.command("sign", cls=Command)
def sign(
    file: Annotated[Path, typer.Argument(help="the proposal; the signature is added to it")],
    key: Annotated[Path | None, typer.Option(help="the authority's key file; this ledger's own key without")] = None,
    node: Annotated[str, typer.Option(help="compare all that is new by this node of the chain first")] = "",
    to: Annotated[str, TO] = "",
    code_hash: Annotated[
        list[str] | None, typer.Option(help="sign for contracts with other code than this installation's: its hash")
    ] = None,
) -> int:
    """Sign the next version of a trust root. Needs no network, and no ledger where the key is in a file.

    It is held against the version that is pinned here (rollbook trust add), and with --node against the chain. Sign
    nothing that you have not compared: what is printed decides which validators and contracts are believed.
    """
    from api.home import data_folder, write_whole
    from api.pins import Pins
    from ledger.formats import canonical, trustroot

    try:
        read = trustroot.draft(file.read_bytes())
    except OSError as error:
        output.note(f"rollbook: {file}: {error.strerror}")
        return exits.NO_INPUT
    named = frozenset(_hash(one) for one in code_hash or ())
    pinned = Pins(data_folder()).related(read)
    if node:
        from api.comparing import check_succession
        from ledger.chain.client import http_chain

        _tell(check_succession(http_chain(node), read, pinned, _chain(to), named))
    elif pinned is not None or read.version == 1:
        from api.comparing import compare

        _tell(compare(read, pinned, named))
        output.note("rollbook: NOT COMPARED with the chain: name a node of yours by --node")
    else:
        output.note(
            f"rollbook: NOTHING IS COMPARED: version {read.version - 1} is not pinned here (rollbook trust add)"
        )
    signed = trustroot.sign(read.document, _key(key))
    write_whole(file, canonical.dumps(signed) + b"\n")
    describe(trustroot.draft(signed))
    return exits.OK


@trust.command("adopt", cls=Command)
def adopt(file: Annotated[Path, typer.Argument(help="the signed proposal")], to: Annotated[str, TO] = "") -> int:
    """Work by the next version of the trust root from now on, and serve it; stop the server before.

    It must be signed by the threshold of the present version's authorities, and of its own.
    """
    from api.proposing import adopt as take
    from api.settings import load
    from api.wiring import open_deployment

    try:
        data = file.read_bytes()
    except OSError as error:
        output.note(f"rollbook: {file}: {error.strerror}")
        return exits.NO_INPUT
    with open_deployment(load(), adopting=True) as deployment:
        root = take(deployment, data, _chain(to))
    show_root(root)
    if to:
        output.line("the ledger is on the other chain now: set ROLLBOOK_CHAIN_URL")
    output.line("adopted: start the server again, and publish the fingerprint")
    return exits.OK


def redeploy(to: Annotated[str, TO] = "") -> int:
    """Bring this ledger to new contracts: freeze the old log, seed the new contracts, compare every word.

    With --to they are on another chain: so a ledger goes from its embedded chain to one that a consortium seals.

    Run again after any interruption. Nothing changes for anybody before the next trust root is adopted; but entries
    are anchored no more until then, so have its authorities at hand. Stop the server before.
    """
    from api.redeploying import Redeployment
    from api.settings import load
    from api.wiring import open_deployment

    with open_deployment(load()) as deployment:
        Redeployment(deployment, output.line, _chain(to)).run()
    more = f" --to {to}" if to else ""
    output.line(f"next: rollbook trust propose FILE{more}, rollbook trust sign FILE, rollbook trust adopt FILE{more}")
    return exits.OK


def describe(root: "TrustRoot") -> None:
    """All that whoever signs must know."""
    show_root(root)
    for number, epoch in enumerate(root.epochs, 1):
        ended = (
            "open" if epoch.closed is None else f"ends with block {epoch.closed.number}, 0x{epoch.closed.hash.hex()}"
        )
        output.line(f"epoch {number}: chain {epoch.chain_id}, {epoch.consensus}, {ended}")
        for one in epoch.validators:
            last = "on" if one.last is None else f"to {one.last}"
            named = ", ".join(f"0x{address.hex()}" for address in sorted(one.addresses))
            output.line(f"  blocks {one.first} {last}: sealed by {named}")
        for name, contract in (
            ("CheckpointRegistry", epoch.checkpoint_registry),
            ("IssuerRegistry", epoch.issuer_registry),
        ):
            output.line(f"  {name} 0x{contract.address.hex()}, code 0x{contract.code_hash.hex()}")
            output.line(
                f"    slots {', '.join(f'{key} {slot}' for key, slot in sorted(contract.layout.slots.items()))}"
            )
    output.line(
        f"signed by {len(root.signers)} of its {len(root.authorities)} authorities, {root.threshold} are needed"
    )
    for authority in root.authorities:
        output.line(f"  {authority} {'signed' if authority in root.signers else ''}".rstrip())


def _tell(told: "Told") -> None:
    for line in told.compared:
        output.line(f"compared: {line}")
    for line in told.changed:
        output.line(f"CHANGED: {line}")
    for line in told.unknown:
        output.note(f"rollbook: NOT COMPARED: {line}")


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise ConfigError("trust.other_code", f"{text} is no hash of code: 0x and 64 hexadecimal digits")
    return found


def _chain(url: str) -> "RpcChain | None":
    from ledger.chain.client import http_chain

    return http_chain(url) if url else None


def _key(file: Path | None) -> "KeyPair":
    from ledger.formats import keys

    if file is None:
        from contextlib import ExitStack

        from api.folder import made_by_init, open_store
        from api.settings import load

        settings = load()
        made_by_init(settings)
        with ExitStack() as stack:
            _, keystore = open_store(settings, stack)
            return keys.generate(keystore.get_or_make("trust root authority"))
    try:
        seed = bytes.fromhex(file.read_text().strip())
    except (OSError, ValueError):
        seed = b""
    if len(seed) != 32:
        raise ConfigError("trust.key", f"{file} holds no key of an authority: rollbook trust key FILE makes one")
    return keys.generate(seed)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _address(text: str) -> bytes:
    try:
        return bytes.fromhex(text[2:] if len(text) == _ADDRESS_CHARACTERS and text.startswith("0x") else "-")
    except ValueError:
        raise ConfigError("trust.validators", f"{text} is no address of 0x and 40 hexadecimal digits") from None
