"""Fonds and their series."""

import datetime as dt
from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_fonds", __name__, tag="fonds", url_prefix="/fonds")


class FondsDocument(BaseModel):
    """One fonds: the fields of TT 05/2025 Điều 4, its life, and how much is in it."""

    code: str
    agency: str
    state: str
    name: str
    former_names: list[str]
    history: str
    period: str
    total_documents: int | None
    classification: str
    languages: str
    risk_recovery: bool
    description: str
    code_scheme: str  # of codes without a year, as {agency}.ML{inventory}.{number}
    opened_on: dt.date | None
    closed_on: dt.date | None
    close_reason: str
    successor: str | None
    case_files: int  # this and the next three as they are held now
    documents: int
    first: str | None
    last: str | None
    series: int


class FondsList(BaseModel):
    """Fonds by code."""

    fonds: list[FondsDocument]


class SeriesDocument(BaseModel):
    """One branch of the tree, each after its parent; ``depth`` 0 is the top."""

    code: str
    title: str
    note: str
    parent: str | None
    depth: int
    case_files: int


class SeriesTree(BaseModel):
    """The series of a fonds."""

    series: list[SeriesDocument]


class FondsIn(Given):
    """A new fonds; ``fields`` by name, such as ``history`` or ``period``."""

    code: str
    agency: str
    name: str
    fields: dict[str, str] = Field(default={})


class FondsChange(Given):
    """Fields of a fonds, and why they change."""

    fields: dict[str, str]
    reason: str


class FondsClose(Given):
    """Why it is closed, its last day, and which fonds goes on."""

    reason: str
    successor: str = ""
    on: dt.date | None = None


class SeriesIn(Given):
    """A new series."""

    code: str
    title: str
    parent: str = ""
    note: str = ""


class SeriesChange(Given):
    """What is not said stays; an empty ``parent`` is the top of the tree."""

    title: str | None = None
    parent: str | None = None
    note: str | None = None


class SeriesPut(Given):
    """Case files that go into a series."""

    codes: list[str] = Field(min_length=1, max_length=1000)
    reason: str


class Moved(BaseModel):
    """How many case files were moved."""

    moved: int


@bp.get("")
@bp.output(FondsList)
def list_all() -> dict[str, Any]:
    """Fonds the account may know of."""
    return {"fonds": fonds_acts.list_fonds(services(), actor=current_actor())}


@bp.post("")
@bp.input(FondsIn)
@bp.output(FondsDocument, status_code=201)
def add(json_data: FondsIn) -> Answer:
    """Open one more fonds of an agency."""

    def create() -> dict[str, Any]:
        return fonds_acts.open_fonds(
            services(),
            json_data.code,
            agency=json_data.agency,
            fields=json_data.fields | {"name": json_data.name},
            actor=current_actor(),
        )

    return answer_once(json_data.model_dump_json(), create)


@bp.patch("/<code>")
@bp.input(FondsChange)
@bp.output(FondsDocument)
def change(code: str, json_data: FondsChange) -> dict[str, Any]:
    """Change what is said of a fonds; a name it bore before is kept."""
    return fonds_acts.describe_fonds(
        services(), code, fields=json_data.fields, reason=json_data.reason, actor=current_actor()
    )


@bp.post("/<code>/close")
@bp.input(FondsClose)
@bp.output(FondsDocument)
def close(code: str, json_data: FondsClose) -> dict[str, Any]:
    """Close a fonds; its case files keep their codes."""
    return fonds_acts.close_fonds(services(), code, actor=current_actor(), **json_data.model_dump())


@bp.get("/<code>/series")
@bp.output(SeriesTree)
def tree(code: str) -> dict[str, Any]:
    """The series of a fonds from the top."""
    told = fonds_acts.fonds_with_series(services(), code, actor=current_actor())
    return {"series": told["tree"]}


@bp.post("/<code>/series")
@bp.input(SeriesIn)
@bp.output(SeriesTree, status_code=201)
def add_series(code: str, json_data: SeriesIn) -> Answer:
    """Add a series."""

    def create() -> dict[str, Any]:
        given = json_data.model_dump()
        made = fonds_acts.add_series(
            services(), code, given.pop("code"), given.pop("title"), actor=current_actor(), **given
        )
        return {"series": made}

    return answer_once(json_data.model_dump_json(), create)


@bp.patch("/<code>/series/<series>")
@bp.input(SeriesChange)
@bp.output(SeriesTree)
def change_series(code: str, series: str, json_data: SeriesChange) -> dict[str, Any]:
    """Change title, note or place of a series."""
    more = json_data.model_dump(exclude_none=True)
    changed = fonds_acts.change_series(services(), code, series, actor=current_actor(), **more)
    return {"series": changed}


@bp.delete("/<code>/series/<series>")
@bp.output(SeriesTree)
def remove_series(code: str, series: str) -> dict[str, Any]:
    """Remove a series in which nothing is left."""
    left = fonds_acts.remove_series(services(), code, series, actor=current_actor())
    return {"series": left}


@bp.post("/series/<series>/case-files")
@bp.input(SeriesPut)
@bp.output(Moved)
def put(series: str, json_data: SeriesPut) -> dict[str, Any]:
    """Put case files into the series of this code of their fonds; "-" takes them out."""
    moved = fonds_acts.put_in_series(
        services(),
        json_data.codes,
        "" if series == "-" else series,
        reason=json_data.reason,
        actor=current_actor(),
    )
    return {"moved": moved}
