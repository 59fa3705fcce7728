"""Trang chứng cứ: on one sheet to be printed, what proves that a case file is kept as it came."""

from operator import attrgetter
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from archive_service import access, clock
from archive_service.catalogue.case_files.evidence_report import packed_report
from archive_service.catalogue.case_files.page_document import CasePage, case_page
from archive_service.catalogue.case_files.pages.case_file import page_context
from archive_service.domain.keeping.audit_event import TrailEvent
from archive_service.request import current_actor, services
from archive_service.web.display import day, moment, number, size
from archive_service.web.event_lines import EventLine, event_line
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from retention.disposition.destroyed_case_file import destroyed_case_file

bp = Blueprint("evidence_sheet", __name__, template_folder="../templates")

# Of the trail what tells the way into custody; more would be no sheet any more.
_WAY_IN = (
    "submission:received",
    "submission:checked",
    "submission:accepted",
    "case-file:stored",
    "submission:stored",
    "case-file:digitized",
)
_MOST_VERSIONS = 6


@bp.get("/case-files/<code>/evidence")
def show(code: str) -> str | Response:
    """For whoever may read the history; of what is destroyed its own page says what is left."""
    actor = current_actor()
    access.require(actor, "case-file:history")
    if destroyed_case_file(services(), code, actor=actor) is not None:
        return make_response(redirect(url_for("case_files.show", code=code), code=303))
    page = case_page(services(), code, actor=actor, part=lambda _lines: [])
    context = page_context(page, [])
    versions = page.case["package"]["versions"]
    return render_template(
        "case_files/evidence.html",
        here_key="case-files",
        case=page.case,
        facts_of=_facts(page),
        times=_times(page),
        copies=context["copies"],
        versions=[_version(page, version) for version in reversed(versions[-_MOST_VERSIONS:])],
        earlier=max(len(versions) - _MOST_VERSIONS, 0),
        sealed_at=page.sealed_at,
        printed_at=clock.iso(clock.now()),
    )


@bp.get("/case-files/<code>/evidence-report")
def report(code: str) -> Response:
    """The report of the command, both files in one ZIP."""
    name, data = packed_report(services(), code, actor=current_actor())
    return file_answer(data, name, "application/zip")


def _facts(page: CasePage) -> list[tuple[str, str]]:
    case, lang = page.case, language()
    receipt = case["receipt"]
    return [
        (t("pages.case_file.agency"), f"{page.agency_name} ({case['agency']})"),
        (t("columns.fonds"), case["fonds"]),
        (t("pages.case_file.period"), f"{day(case['start_date'])} – {day(case['end_date'])}"),
        (
            t("pages.case_file.amount"),
            t(
                "pages.case_file.counts",
                documents=number(case["document_count"], lang),
                pages=number(case["page_count"], lang),
            ),
        ),
        (t("pages.case_file.archive_code"), case["arc_file_code"]),
        (t("pages.evidence_sheet.package"), case["package"]["ocfl_id"]),
        (t("columns.receipt"), receipt["number"] if receipt else ""),
    ]


def _times(page: CasePage) -> list[EventLine]:
    """The first event of each kind, the oldest first."""
    first: dict[str, TrailEvent] = {}
    for event in page.events:  # the newest first
        if event.tag in _WAY_IN:
            first[event.tag] = event
    return [event_line(event) for event in sorted(first.values(), key=attrgetter("at"))]


def _version(page: CasePage, version: dict[str, Any]) -> dict[str, Any]:
    lang = language()
    return {
        "number": version["number"],
        "at": moment(version["built_at"]),
        "text": version["message"],
        "amount": t(
            "pages.evidence_sheet.amount",
            files=number(version["files"], lang),
            size=size(version["size_bytes"], lang),
        ),
        "sha256": version["inventory_sha256"],
        "current": version["number"] == page.case["package"]["version"],
    }
