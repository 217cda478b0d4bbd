"""The page `/docs`: the OpenAPI description as plain HTML, so that it needs no script and no other host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the template prints it."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    key: bool
    parameters: list[tuple[str, str, str, str]]
    body: list[str]
    answers: list[tuple[str, str]]


def groups(description: Mapping[str, Any]) -> list[tuple[str, list[Operation]]]:
    """The operations of an OpenAPI 3.1 document by their first tag, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, item in description["paths"].items():
        for method in _METHODS:
            if method in item:
                tag = (item[method].get("tags") or [""])[0]
                found.setdefault(tag, []).append(_operation(path, method, item[method]))
    return list(found.items())


def _operation(path: str, method: str, entry: Mapping[str, Any]) -> Operation:
    parameters = [
        (one["name"], one["in"], "required" if one.get("required") else "", one.get("description", ""))
        for one in entry.get("parameters", ())
    ]
    answers = [(status, answer.get("description", "")) for status, answer in sorted(entry["responses"].items())]
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=entry.get("summary", ""),
        text=entry.get("description", ""),
        key=bool(entry.get("security")),
        parameters=parameters,
        body=list(entry.get("requestBody", {}).get("content", ())),
        answers=answers,
    )
