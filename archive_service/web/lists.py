"""What the lists share: which page is asked for, what leads to its neighbours, and the export."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, g, make_response, request, send_file

from archive_service import clock
from archive_service.db.words import Nearly, are_few
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.forms.tables import MEDIA_TYPES, Row, TableForm, write_table
from archive_service.request import services
from archive_service.web.layout import here, t

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a list: page from 1, filter text, and the key it is sorted by."""

    page: int
    text: str
    sort: str
    export: TableForm | None

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * PAGE_ROWS


def asked(default_sort: str = "", sorts: Sequence[str] = ()) -> Asked:
    """The address as it was typed; what makes no sense in it is passed over."""
    sort = request.args.get("sort", "")
    export = request.args.get("export", "")
    return Asked(
        page=max(request.args.get("cursor", 1, type=int), 1),
        text=typed(),
        sort=sort if sort.removeprefix("-") in sorts else default_sort,
        export="csv" if export == "csv" else "xlsx" if export == "xlsx" else None,
    )


def typed() -> str:
    """The words of the filter; where nothing has them as they are, those nearly like them."""
    text = request.args.get("q", "").strip()
    if g.get("nearly") or ("nearly" in request.args and are_short()):
        return Nearly(text)
    return text


def are_short() -> bool:
    """Whether the longest lists may be asked for what nearly fits; in longer ones search helps."""
    with services().read_only() as session:
        return are_few(session, CaseFile.id, Submission.id)


def or_nearly(text: str, total: int) -> None:
    """Answer the page once more with what the words nearly fit, where nothing has the very words.

    ``g.nearly`` says so to the template, until nothing is found by that either.
    """
    once = text and not total and not g.get("nearly") and "as_typed" not in request.args
    if once and are_short():
        g.nearly = True
        abort(make_response(current_app.dispatch_request()))
    g.nearly = bool(total and g.get("nearly"))


def choice(key: str, values: Sequence[str]) -> str:
    """The value of a filter if it is one of ``values``, else none."""
    wanted = request.args.get(key, "")
    return wanted if wanted in values else ""


def day(key: str) -> dt.date | None:
    """The day that a filter names, in any form that a person writes; none where it is no day."""
    try:
        return clock.day_of(request.args.get(key, ""))
    except ValueError:
        return None


def days(**given: dt.date | None) -> list[dict[str, str | bool]]:
    """Filters of days for ``tools``, by the name each has in the address: ``since``, ``until``."""
    return [
        {
            "name": name,
            "label": t(f"lists.{name}"),
            "day": True,
            "value": value.isoformat() if value else "",
        }
        for name, value in given.items()
    ]


def paging(given: Asked, shown: int, total: int) -> dict[str, int | None]:
    """Which rows are shown, and the numbers of the pages beside this one; see ``or_nearly``."""
    or_nearly(given.text, total)
    last = given.offset + shown
    return {
        "first": given.offset + 1 if shown else 0,
        "last": last,
        "total": total,
        "previous": given.page - 1 if given.page > 1 else None,
        "next": given.page + 1 if last < total and shown else None,
    }


def tools(given: Asked, choices: Sequence[dict[str, Any]] = (), *, exports: bool = True) -> object:
    """Filter, conditions and exports of a list as its template takes them."""
    forms: tuple[TableForm, ...] = ("xlsx", "csv") if exports else ()
    return {
        "query": given.text,
        "choices": choices,
        "export": [
            (here(export=form, cursor=None, nearly=g.get("nearly") or None), form.upper())
            for form in forms
        ],
    }


def options(any_key: str, values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Values of a filter, the one that narrows nothing first."""
    return [("", t(any_key)), *values]


def as_table(name: str, form: TableForm, headings: Sequence[str], rows: Iterable[Row]) -> Response:
    """The list as a file to download; it is gone from our disk when it is sent."""
    return written(
        name, form, lambda target: write_table(target, headings, rows), MEDIA_TYPES[form]
    )


def written(name: str, form: str, write: Callable[[Path], object], media_type: str) -> Response:
    """What ``write`` puts into a file of this name and form, as ``as_table`` sends it."""
    held = tempfile.TemporaryDirectory(dir=services().work_folder, prefix="list-")
    try:
        target = Path(held.name) / f"{name}.{form}"
        write(target)
        return sent(target, media_type, held)
    except BaseException:
        held.cleanup()
        raise


def sent(path: Path, media_type: str, held: "tempfile.TemporaryDirectory[str]") -> Response:
    """A file to download, streamed; the folder that holds it is removed afterwards."""
    response = send_file(path, mimetype=media_type, as_attachment=True, download_name=path.name)
    response.direct_passthrough = False  # passed through, it is never told that it was sent
    response.call_on_close(held.cleanup)
    return response
