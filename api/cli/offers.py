"""`offer`: a record for its learner's wallet, from the command line; also while a server works with the ledger."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output, pasted
from api.cli.ledger import written
from ledger.formats.errors import NotFoundError

if TYPE_CHECKING:
    from api.wallets import Offering
    from issuers.schools import Schools


class Format(StrEnum):
    """``issuers.wallets.configurations.FORMATS``."""

    LDP_VC = "ldp_vc"
    JWT_VC_JSON = "jwt_vc_json"
    SD_JWT = "dc+sd-jwt"


def offer(
    record: Annotated[str, typer.Argument(help="the record's id")],
    format_: Annotated[
        list[Format] | None,
        typer.Option(
            "--format", metavar="FORMAT", help="ldp_vc, jwt_vc_json or dc+sd-jwt alone; may be given several times"
        ),
    ] = None,
    anchored: Annotated[
        bool, typer.Option("--anchored", help="give it only once the chain has accepted the wallet's own entry")
    ] = False,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="how long it may be taken up")] = 15,
    qr: Annotated[Path | None, typer.Option(help="write the link as a QR code (SVG) to this file")] = None,
) -> int:
    """Offer a record to its learner's wallet; print the link, and the code that goes to the learner by another way.

    The wallet talks to the server: `rollbook serve` has to run by then.
    """
    from issuers.paper.qr import draw

    named = pasted.record_id(record)
    with _offering() as (schools, desk):
        for member in schools.every("issuer"):
            try:
                made = desk.offer(member, named, format_, after="anchor" if anchored else "log", seconds=60 * minutes)
            except NotFoundError as error:
                if error.code != "record.unknown":
                    raise
                continue
            if qr is not None:
                written(qr, draw(made.uri).svg.encode())
            output.line(made.uri)
            output.line(f"transaction code: {made.tx_code} (until {made.expires})")
            return exits.OK
    raise NotFoundError("record.unknown", "there is no such record")


@contextmanager
def _offering() -> "Iterator[tuple[Schools, Offering]]":
    from api.clock import now
    from api.folder import made_by_init, open_store
    from api.settings import load
    from api.wallets import Offering
    from issuers.kinds import Kinds
    from issuers.schools import Schools
    from issuers.store import RecordStore
    from issuers.wallets.offers import Offers

    settings = load()
    _, fixed = made_by_init(settings)
    with ExitStack() as stack:
        engine, keystore = open_store(settings, stack)
        schools, kinds = Schools(engine, keystore, fixed.host, now), Kinds(engine, fixed.base, now)
        offers = Offers(engine, keystore, now)
        yield schools, Offering(fixed.base, schools, kinds, RecordStore(engine), offers)
