"""`rollbook key`: the keys under which schools and authorities sign; `make` and `prove` work on a school's own machine.

Those two need a trust root and the base parts alone, so that a key that a school keeps itself never meets a server.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output
from api.cli.helping import Command
from api.cli.members import governed, moment
from ledger.formats.errors import ConfigError, FormatError, NotFoundError

if TYPE_CHECKING:
    from api.deployment import Deployment
    from issuers.schools import Member
    from ledger.formats.trustroot import TrustRoot

key = typer.Typer(
    help="Keys of schools and authorities: rotate, retire, report stolen.", no_args_is_help=True, rich_markup_mode=None
)
Code = Annotated[str, typer.Argument(help="the code of the school or authority")]
Multikey = Annotated[str, typer.Argument(help="the key, as a Multikey (z6Mk… or zDn…)")]
KeyFile = Annotated[Path, typer.Argument(help="the file of a key that the school keeps itself")]
CURVES = ("ed25519", "p256", "sm2")
SEED_BYTES = 32


@key.command("list", cls=Command)
def list_(code: Code) -> int:
    """List a member's keys as the registry has them."""
    from ledger.formats.multibase import multibase_encode
    from ledger.formats.registry import CUSTODY_OWN

    with governed() as deployment:
        member = _member(deployment, code)
        node = deployment.governing.tree.node(member.member_id)
        here = {one.public_key for one in deployment.schools.signing_keys(member.did) if one.retired_at is None}
        rows = [("key", "custody", "added", "retired", "compromised since", "signs here")]
        for one in node.keys:
            record, public = one.record, one.public_key
            bare = public[2:] if len(public) == SEED_BYTES + 2 else public
            custody = "own" if record.custody == CUSTODY_OWN else "hosted"
            added, retired, stolen = map(moment, (record.added, record.retired, record.compromised_since))
            signs = "yes" if bare in here and not stolen else ""
            signs = signs if one.possessed else "no: possession not shown"
            rows.append((multibase_encode(public), custody, added, retired, stolen, signs))
    output.table(rows)
    return exits.OK


@key.command("rotate", cls=Command)
def rotate(code: Code, curve: Annotated[str, typer.Option(help="ed25519, p256 or sm2")] = CURVES[0]) -> int:
    """Make a new key, let it sign from now on, and end the ones before it."""
    from api import acts

    if curve not in CURVES:
        raise FormatError("key.curve", f"a curve is one of {', '.join(CURVES)}")
    with governed() as deployment:
        made = acts.rotate(deployment, _member(deployment, code), curve)  # type: ignore[arg-type]
        output.line(made.verification_method)
    return exits.OK


@key.command("retire", cls=Command)
def retire(code: Code, multikey: Multikey) -> int:
    """End the use of a key from now on; what was anchored before stays as it is."""
    from api import acts

    with governed() as deployment:
        member = _member(deployment, code)
        acts.retire(deployment, member, _key_id(deployment, member, multikey))
        output.line(f"{member.did}#{multikey.strip()}: retired")
    return exits.OK


@key.command("compromise", cls=Command)
def compromise(
    code: Code,
    multikey: Multikey,
    since: Annotated[str, typer.Option(help="since when it was in other hands, as 2026-07-01T00:00:00Z")],
) -> int:
    """Report a key stolen: every record anchored from that time on fails, none before. It only ever moves earlier."""
    from api import acts

    seconds = _seconds(since)
    with governed() as deployment:
        member = _member(deployment, code)
        acts.compromise(deployment, member, _key_id(deployment, member, multikey), seconds)
        output.line(f"{member.did}#{multikey.strip()}: compromised since {moment(seconds)}")
    return exits.OK


@key.command("add", cls=Command)
def add(
    code: Code,
    multikey: Annotated[str | None, typer.Argument(help="a key that the school keeps itself; none: made here")] = None,
    possession: Annotated[str | None, typer.Option(help="its signature, as `rollbook key prove` prints it")] = None,
    curve: Annotated[str, typer.Option(help="of a key that is made here: ed25519, p256 or sm2")] = CURVES[0],
) -> int:
    """Register a key that the school keeps itself (custody own), or make a further one here (custody hosted)."""
    from api import acts
    from issuers import own_keys

    if curve not in CURVES:
        raise FormatError("key.curve", f"a curve is one of {', '.join(CURVES)}")
    with governed() as deployment:
        member = _member(deployment, code)
        if multikey is None:
            output.line(deployment.governing.new_key(member, curve).verification_method)  # type: ignore[arg-type]
            return exits.OK
        if possession is None:
            raise FormatError("key.possession", "a key of one's own comes with --possession, from `rollbook key prove`")
        message = deployment.governing.message(member, _public(multikey))
        acts.add_own(deployment, member, own_keys.read(multikey, possession, message))
        output.line(f"{member.did}#{multikey}: registered, custody own")
    return exits.OK


@key.command("make", cls=Command)
def make(file: KeyFile) -> int:
    """On the school's own machine: make a key and keep it in a file that nobody else may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(os.urandom(SEED_BYTES).hex() + "\n")
    output.line(str(file))
    return exits.OK


@key.command("prove", cls=Command)
def prove(
    file: KeyFile,
    did: Annotated[str, typer.Option(help="the school's DID")],
    trust_root: Annotated[Path | None, typer.Option(help="use this trust root, not the pinned one")] = None,
    curve: Annotated[str, typer.Option(help="ed25519 or p256")] = CURVES[0],
) -> int:
    """On the school's own machine: print the key and the signature that shows its possession, for `key add`."""
    from issuers import own_keys
    from ledger.formats import base64s
    from ledger.formats.registry import member_id, possession_message

    if curve not in CURVES[:2]:
        raise FormatError("key.curve", "a curve is ed25519 or p256")
    seed = _seed(file)
    epoch = _root(trust_root).epochs[-1]
    public = own_keys.prove(seed, b"", curve=curve).public_key
    message = possession_message(epoch.chain_id, epoch.issuer_registry.address, member_id(did), public)
    made = own_keys.prove(seed, message, curve=curve)
    output.line(f"{made.multikey} --possession {base64s.encode(made.possession)}")
    return exits.OK


def _member(deployment: "Deployment", code: str) -> "Member":
    return deployment.schools.by_code(code)


def _public(multikey: str) -> bytes:
    from issuers.signing_keys import public_key

    return public_key(multikey)


def _key_id(deployment: "Deployment", member: "Member", multikey: str) -> bytes:
    """Of a key as `key list` prints it; whatever else was typed, the member has no such key (``key.unknown``)."""
    from api.governing import no_such_key
    from ledger.formats.multibase import multibase_encode

    for one in deployment.governing.tree.node(member.member_id).keys:
        if multibase_encode(one.public_key) == multikey.strip():
            return one.id
    raise no_such_key(member)


def _seconds(text: str) -> int:
    from ledger.formats import datetimes

    try:
        return int(datetimes.parse_utc(text).timestamp())
    except FormatError:
        raise FormatError("key.since", "a time looks like 2026-07-01T00:00:00Z") from None


def _seed(file: Path) -> bytes:
    try:
        seed = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (UnicodeDecodeError, ValueError):
        seed = b""
    if len(seed) != SEED_BYTES:
        raise FormatError("key.file", f"{file} is no key file that `rollbook key make` made")
    return seed


def _root(file: Path | None) -> "TrustRoot":
    from api.home import data_folder
    from api.pins import Pins, read_file

    roots = [read_file(file)] if file else Pins(data_folder()).all()
    if len(roots) > 1:
        raise NotFoundError("trust.several", "several trust roots are pinned: name one by --trust-root")
    if not roots:
        raise ConfigError("trust.none", "no trust root: pin one with `rollbook trust add FILE`, or name one")
    return roots[0]
