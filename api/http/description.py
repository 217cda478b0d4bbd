"""The OpenAPI description as it is: what the framework says of every route by itself is not so here."""

from typing import Any

from fastapi import FastAPI

_OWN = {"HTTPValidationError", "ValidationError"}


class Described(FastAPI):
    """An application that answers parameters of the wrong form with 400, and says so."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document; made once."""
        if self.openapi_schema is None:
            tidy(super().openapi())
        assert self.openapi_schema is not None
        return self.openapi_schema


def tidy(document: dict[str, Any]) -> None:
    """Put 400 in the place of the framework's 422, and words of ours in the place of its own."""
    for item in document["paths"].values():
        for operation in item.values():
            answers = operation["responses"]
            if answers.pop("422", None):
                answers.setdefault("400", {"description": "A parameter has the wrong form"})
            for answer in answers.values():
                if answer.get("description") == "Successful Response":
                    answer["description"] = "Success"
    schemas = document.get("components", {}).get("schemas", {})
    for name in _OWN & schemas.keys():
        del schemas[name]
