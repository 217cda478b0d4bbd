"""`rollbook drill`: see `api.drill`."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, output
from api.cli.verify import Language

if TYPE_CHECKING:
    from api.drill.findings import Finding


def drill(
    language: Annotated[
        Language | None, typer.Option("--language", "--lang", help="of what is said; as the environment says")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object instead")] = False,
) -> int:
    """Attack a deployment that is made for it in a temporary folder, and say what caught each attack: a stolen key, an
    edited database, an older status list, a second history of the log, a backdated block.

    Nothing of your own deployment is touched. 0 where everything was caught, 70 where something was not.
    """
    from api import logs
    from api.drill import running, texts

    logs.configure("error")
    chosen, started, found = output.language(language.value if language else None), time.monotonic(), list["Finding"]()
    if not as_json:
        _say(texts.said(texts.BEGIN, chosen))
    for finding in running.run():
        if not as_json:
            if not found or found[-1].attack != finding.attack:
                _say(f"\n{texts.said(texts.ATTACKS[finding.attack], chosen)}")
            _tell(finding, chosen)
        found.append(finding)
    seconds = time.monotonic() - started
    missed = [finding for finding in found if not finding.holds]
    if as_json:
        listed = [finding.to_dict() for finding in found]
        output.json_line({"caught": not missed, "seconds": round(seconds, 1), "findings": listed})
    else:
        _sum_up(found, len(missed), seconds, chosen)
    return exits.INTERNAL if missed else exits.OK


def _tell(finding: "Finding", language: str) -> None:
    """What was tried, who looked at it, and what came out of it."""
    from api.drill import texts

    code = finding.wanted if finding.holds else finding.found[-1]
    result = _result([finding], language)
    _say(f"  {texts.trial(finding.attack, finding.name, language)}")
    guard = texts.said(texts.GUARDS[finding.guard], language)
    _say(f"    [{result}] {guard}: {code}. {texts.answer(code, language)}")


def _sum_up(found: Sequence["Finding"], missed: int, seconds: float, language: str) -> None:
    """One line for each attack, and the end."""
    from api.drill import texts

    rows = [tuple(texts.said(head, language) for head in texts.HEADS)]
    for name in dict.fromkeys(finding.attack for finding in found):
        every = [finding for finding in found if finding.attack == name]
        caught = [finding for finding in every if finding.holds and not finding.is_control]
        guards = dict.fromkeys(texts.said(texts.GUARDS[finding.guard], language) for finding in caught)
        codes = dict.fromkeys(finding.wanted for finding in caught)
        title = texts.said(texts.ATTACKS[name], language)
        rows.append((title, ", ".join(guards), ", ".join(codes), _result(every, language)))
    _say("")
    output.table(rows)
    _say("")
    if missed:
        _say(texts.said(texts.SOME, language).format(count=missed))
    else:
        _say(texts.said(texts.ALL, language).format(seconds=seconds))
    _say(texts.said(texts.LIMIT, language))


def _result(findings: Sequence["Finding"], language: str) -> str:
    from api.drill import texts

    if not all(finding.holds for finding in findings):
        return texts.said(texts.MISSED, language)
    return texts.said(texts.AS_IT_MUST if all(one.is_control for one in findings) else texts.CAUGHT, language)


def _say(text: str) -> None:
    output.line(text)
    output.flush()
