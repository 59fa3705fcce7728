"""Kiểm tra › Tính toàn vẹn: how lately each copy was read again, what is wrong, the reports."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import clock
from archive_service.domain.keeping.act import Act
from archive_service.keeping.fixity.acknowledging import DifferenceKnown, acknowledge_difference
from archive_service.keeping.fixity.counted import MONTHS
from archive_service.keeping.fixity.reports import make_report, newest_reports, report_paper
from archive_service.keeping.fixity.status import CopyReading, copy_readings, newest_troubles
from archive_service.request import current_actor, services
from archive_service.web.display import day, number, percent, size
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("fixity", __name__, template_folder="templates", url_prefix="/fixity")

_SHOWN = 50  # troubles, and reports
_WIDTH, _HEIGHT, _LEAST = 520, 22, 3  # of the picture; a cell that holds anything is seen


@bp.get("")
def show() -> str:
    """The picture first, then what is wrong, then the papers."""
    actor = current_actor()
    archive = services()
    readings = copy_readings(archive, actor=actor)
    troubles, count = newest_troubles(archive, actor=actor, limit=_SHOWN)
    reports = newest_reports(archive, actor=actor, limit=_SHOWN)
    return render_template(
        "fixity/fixity.html",
        here_key="fixity",
        copies=[_copy(reading) for reading in readings],
        counted_at=clock.iso(min(reading.counted_at for reading in readings)),
        troubles=troubles,
        more=count - len(troubles),
        reports=[_report(row) for row in reports],
    )


@bp.post("/reports")
def report() -> Response:
    """The report of this month so far, signed, into every copy."""
    made = make_report(services(), actor=current_actor())
    tell(t("pages.fixity.made", number=made["number"]))
    return make_response(redirect(url_for(".show"), code=303))


@bp.get("/reports/<uuid:report_id>.pdf")
def paper(report_id: UUID) -> Response:
    """The signed paper, from whichever copy gives it."""
    data = report_paper(services(), report_id, actor=current_actor())
    return file_answer(data, "bao-cao-toan-ven.pdf", shown=True)


@bp.post("/differences/<uuid:incident_id>/acknowledge")
def acknowledge(incident_id: UUID) -> Response:
    """Say that one knows why rows differ; the page of incidents shows what is open."""
    given = DifferenceKnown(reason=request.form.get("reason", "")[:1000])
    made = acknowledge_difference(services(), incident_id, given, actor=current_actor())
    tell(t("pages.fixity.known", subject=made.subject))
    return make_response(redirect(url_for("incidents.show"), code=303))


def _copy(reading: CopyReading) -> dict[str, Any]:
    lang = language()
    share = percent(int(1000 * reading.covered_bytes / max(reading.total_bytes, 1)) / 1000, lang)
    words = t("pages.fixity.nothing")
    if reading.oldest is not None:
        words = t(
            "pages.fixity.covered",
            share=share,
            days=number(reading.every_days, lang),
            oldest=day(clock.iso(reading.oldest)),
        )
    state = "in-time"
    if reading.is_behind:
        state = "behind"
    elif reading.row is not None and reading.row.paused:
        state = "paused"
    return {
        "name": reading.copy,
        "role": reading.role,
        "words": words,
        "state": state,
        "cells": _cells(reading),
        "due_by": None if reading.row is None else clock.iso(reading.row.due_by),
        "read": "" if reading.row is None else size(reading.row.read_bytes, lang),
        "total": size(reading.total_bytes, lang),
        "troubles": sum(reading.troubles.values()),
    }


def _cells(reading: CopyReading) -> list[dict[str, Any]]:
    """A cell for each age that holds bytes: its shade, where it begins, how wide it is."""
    if not reading.total_bytes:
        return []
    held = [(age, count) for age, count in enumerate(reading.months) if count]
    room = _WIDTH - _LEAST * len(held)
    cells, at = [], 0.0
    for age, count in held:
        width = _LEAST + room * count / reading.total_bytes
        cells.append(
            {"shade": _shade(age), "x": round(at, 1), "width": round(max(width - 1, 1), 1)}
        )
        at += width
    return cells


def _shade(age: int) -> str:
    """By months: within one, three, twelve, or earlier."""
    return "a" if age < 1 else "b" if age < 3 else "c" if age < MONTHS else "d"


def _report(row: Act) -> dict[str, Any]:
    document = row.document
    return {
        "id": row.id,
        "number": document["number"],
        "sha256": row.companion_sha256,
        "first": document["first"],
        "last": document["last"],
        "by": document["by"],
        "at": clock.iso(row.at),
        "is_kept": row.written,
    }
