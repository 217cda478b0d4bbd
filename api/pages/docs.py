"""The page `/docs`: the OpenAPI description as plain HTML, so that it needs no script and no other host."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.docs_texts import CHINESE

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``values`` are those it may have, the first of them the default, where they are few."""

    name: str
    place: str
    required: bool
    text: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the template prints it."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    key: bool
    parameters: list["Parameter"]
    body: list[str]
    answers: list[tuple[str, str]]


def groups(description: Mapping[str, Any], language: str) -> list[tuple[str, list[Operation]]]:
    """The operations of an OpenAPI 3.1 document by their first tag, in the order of the document.

    Its sentences are English; one that has no Chinese yet stays so.
    """

    def say(text: str) -> str:
        joined = " ".join(text.split())
        return CHINESE.get(joined, joined) if language == "zh" else joined

    found: dict[str, list[Operation]] = {}
    for path, item in description["paths"].items():
        for method in _METHODS:
            if method in item:
                tag = (item[method].get("tags") or [""])[0]
                found.setdefault(say(tag), []).append(_operation(path, method, item[method], say))
    return list(found.items())


def _operation(path: str, method: str, entry: Mapping[str, Any], say: Callable[[str], str]) -> Operation:
    parameters = [
        Parameter(
            one["name"],
            one["in"],
            bool(one.get("required")),
            say(one.get("description", "")),
            [str(value) for value in one.get("schema", {}).get("enum", ())],
        )
        for one in entry.get("parameters", ())
    ]
    answers = [(status, say(answer.get("description", ""))) for status, answer in sorted(entry["responses"].items())]
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=say(entry.get("summary", "")),
        text=say(entry.get("description", "")),
        key=bool(entry.get("security")),
        parameters=parameters,
        body=list(entry.get("requestBody", {}).get("content", ())),
        answers=answers,
    )
