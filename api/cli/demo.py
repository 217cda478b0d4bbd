"""`rollbook demo`: see `api.demo`."""

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output

if TYPE_CHECKING:
    from api.demo import Demo
    from api.deployment import Deployment


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="serve afterwards, until Ctrl-C")] = False,
    few: Annotated[bool, typer.Option("--few", help="two presentations of OULAD instead of all 22")] = False,
    verify_all: Annotated[
        bool | None, typer.Option(help="verify every record of the ledger as well; without, if any is new")
    ] = None,
) -> int:
    """Make a ledger, register schools, import real records, sign, log and anchor them, export a learner's bundle,
    verify it offline, then tamper with one mark and see it refused.
    """
    from api import demo as demonstration
    from api import serving, wiring
    from api.initialise import initialise
    from api.settings import load

    started = time.monotonic()
    given = demonstration.read_input(few=few)
    settings = load()
    authority = given.authority
    names = authority["name"]
    root = initialise(settings, code=authority["code"], name_en=names["en"], name_zh=names["zh"])
    output.line(f"ledger of {names['zh']} · {names['en']} ({time.monotonic() - started:.1f} s)")
    output.line(f"  trust root {root.fingerprint} ({root.assurance})")
    with ExitStack() as stack:
        deployment = stack.enter_context(wiring.open_deployment(settings))
        # A port that is taken shows before the work, not after it.
        listening = stack.enter_context(serving.bind(settings, deployment.base)) if serve else None
        run = demonstration.Demo(deployment, say=_say, bars=output.progress)
        new = run.run(given)
        code = _show(run, given.schools[1][0])
        if new if verify_all is None else verify_all:
            _verify_all(deployment)
        _say(f"done in {time.monotonic() - started:.1f} s")
        key = run.api_key(given.schools[1][0])
        output.line(f"\naddress      {deployment.base}\nAPI key      {key}")
        if not serve:
            output.line("to serve it  rollbook serve")
        if code == exits.OK:
            output.line(f"file to try  {run.folder / 'bundle.json'}")
        if listening is not None:
            output.flush()
            serving.serve_open(deployment, listening, say=_say)
    return code


def _show(run: "Demo", code: str) -> int:
    """Export, verify offline, tamper, verify again; an exit code: 0 where both verdicts are what they must be."""
    from api.cli.verify import Run, print_report
    from api.pins import read_file
    from ledger.formats.contexts import BUNDLED

    bundle = run.export(code, "transcript")
    if bundle is None:
        _say(f"every transcript of the school {code} was revoked or superseded: none is left to export and verify")
        return exits.DATA
    verifier = Run([read_file(run.folder / "trust-root.json")], "record", offline=True, contexts=BUNDLED)
    _say("one learner's bundle, verified without any network:")
    good = verifier.verify(bundle.read_bytes())
    print_report(str(bundle), good, output.language())
    forged, before, after = run.tamper(bundle)
    _say(f"the same with one mark raised from {before} to {after}:")
    bad = verifier.verify(forged.read_bytes())
    print_report(str(forged), bad, output.language())
    if good.exit_code == exits.OK and bad.exit_code == exits.INVALID:
        return exits.OK
    _say("these are not the verdicts that this ledger must give: `rollbook doctor` may say why")
    return exits.INTERNAL


def _verify_all(deployment: "Deployment") -> None:
    from api.verify_all import verify_all

    with output.progress("verifying every record", deployment.sequencer.size) as bar:
        counted, seconds = verify_all(deployment, bar.advance)
    found = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counted.items()))
    _say(f"verified every record of the ledger: {found} ({seconds:.1f} s)")


def _say(text: str) -> None:
    output.line(text)
    output.flush()
