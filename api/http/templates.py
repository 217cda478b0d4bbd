"""Empty files to fill in and import: a template of each kind, as CSV and as XLSX."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.http.context import Here
from issuers.importers import downloads

router = APIRouter(tags=["Published documents"])

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Kind = Annotated[str, Path(max_length=32)]
Language = Annotated[Literal["zh", "en"], Query(description="the language of the headers; the importer knows both")]


def _described(media_type: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The file", "content": content}, 404: {"description": "There is no such kind"}}


@router.get(
    "/v1/kinds/{kind}/template.csv",
    summary="An empty CSV file of a kind",
    response_class=Response,
    responses=_described(CSV),
)
def csv_template(kind: Kind, deployment: Here, language: Language = "zh") -> Response:
    """The header row alone, as UTF-8 with the mark by which spreadsheets know it."""
    installed = deployment.kinds.get(kind)
    return _file(downloads.csv_template(installed.template, language), CSV, f"{installed.kind.name}.csv")


@router.get(
    "/v1/kinds/{kind}/template.xlsx",
    summary="An empty workbook of a kind",
    response_class=Response,
    responses=_described(XLSX),
)
def xlsx_template(kind: Kind, deployment: Here, language: Language = "zh") -> Response:
    """Its columns are formatted as text, so that numbers of students and certificates keep their zeros."""
    installed = deployment.kinds.get(kind)
    data = downloads.xlsx_template(installed.template, language, installed.kind.name)
    return _file(data, XLSX, f"{installed.kind.name}.xlsx")


def _file(data: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "public, max-age=5"}
    return Response(data, media_type=media_type, headers=headers)
