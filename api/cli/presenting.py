"""`present`: a learner shows some of a record and keeps back the rest. Needs the base dependencies alone."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import exits, output
from api.cli.ledger import written
from ledger.formats.errors import FormatError

_SHOWN = 100


def present(
    file: Annotated[Path, typer.Argument(help="the bundle of the form sd-jwt, or the SD-JWT alone")],
    disclose: Annotated[
        list[str] | None, typer.Option(help="a JSON pointer as listed, * for any step; may be given several times")
    ] = None,
    nothing: Annotated[bool, typer.Option("--nothing", help="disclose no more than the school demands")] = False,
    to: Annotated[Path | None, typer.Option("--output", "-o", help="the file; standard output without")] = None,
    key: Annotated[Path | None, typer.Option(help="your private key as JWK, to show that the record is yours")] = None,
    domain: Annotated[str | None, typer.Option(help="with --key: whom it is shown to, as they said")] = None,
    challenge: Annotated[str | None, typer.Option(help="with --key: the word that they gave for this occasion")] = None,
) -> int:
    """List what may be kept back of a record; or, with --disclose, write the record with that alone.

    What the school demands to be shown is always among it. Everything else that the file proves stays proven.
    """
    from ledger.formats import canonical, presenting

    if (key is None) != (domain is None) or (key is None) != (challenge is None):
        raise typer.BadParameter("--key, --domain and --challenge go together")
    if nothing and disclose:
        raise typer.BadParameter("--nothing and --disclose contradict each other")
    data = file.read_bytes().strip()
    bundle: Any = canonical.loads(data) if data.startswith(b"{") else None
    text = _ascii(data) if bundle is None else presenting.sd_jwt_of(bundle)
    if not disclose and not nothing:
        _list(presenting.choices(text))
        return exits.OK
    made = presenting.choose(text, disclose or ())
    if key is not None:
        holder = presenting.holder_key(canonical.loads(key.read_bytes()))
        made = presenting.bind(made, holder, audience=domain or "", nonce=challenge or "", issued=_now())
    shown = made.encode("ascii") if bundle is None else presenting.replaced(bundle, made)
    if to is None:
        output.raw(shown + b"\n")
    else:
        written(to, shown + b"\n")
    return exits.OK


def _list(choices: Any) -> None:
    if not choices:
        output.note("rollbook: nothing of this record can be kept back")
        return
    rows = [(one.pointer, "yes" if one.required else "", _short(one.value)) for one in choices]
    output.table([("pointer", "demanded", "value"), *rows])


def _short(value: Any) -> str:
    from ledger.formats import canonical

    text = canonical.dumps(value).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _ascii(data: bytes) -> str:
    if not data.isascii():
        raise FormatError("document.malformed", "neither a bundle nor an SD-JWT")
    return data.decode("ascii")


def _now() -> int:
    import time

    return int(time.time())
