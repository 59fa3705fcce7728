"""Hồ sơ: the holdings as a list, and one case file with all that is known of it."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, messages
from archive_service.catalogue.case_files.page_document import case_page
from archive_service.catalogue.case_files.pages.case_file import page_context
from archive_service.catalogue.case_files.pages.document_list import documents_asked
from archive_service.catalogue.case_files.pages.shown import shown_document
from archive_service.catalogue.holdings.list_filter import (
    ENDS,
    RECORDS,
    ends_of,
    filters_of,
    narrowing_of,
)
from archive_service.catalogue.holdings.listing import (
    SORTS,
    Listed,
    agencies_held,
    find_case_files,
    iter_case_files,
    own_columns,
)
from archive_service.catalogue.holdings.shelf import basket_of, is_kept, note_read
from archive_service.db.words import Nearly
from archive_service.domain.case_files.case_standing import HELD, STANDINGS
from archive_service.domain.digitization.paper import PaperState
from archive_service.domain.retention.disposition import DispositionKind
from archive_service.errors import InputError
from archive_service.forms.tables import Row
from archive_service.keeping.fixity.check import ask_check
from archive_service.recovery.export.case_file import FORMS, export_case_file
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import day
from archive_service.web.fields import shown_day
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import refused_form
from archive_service.web.toasts import tell
from retention.disposition import proposal
from retention.disposition.destroyed_case_file import destroyed_case_file
from retention.disposition.duplicates.view import gone_for
from retention.terms.acts import explain_case_file

bp = Blueprint("case_files", __name__, template_folder="../templates")

_ALL = "all"  # what went, too
_COLUMNS = ("code", "title", "agency", "year", "state", "term", "documents", "pages")


class ExportFormError(InputError):
    """A case file is not written out in this form."""


@bp.get("/case-files")
def show_list() -> Response:
    """Case files by code, narrowed and sorted; or all of them as a table to download."""
    actor = current_actor()
    access.require(actor, "case-file:list")
    given = lists.asked("code", tuple(SORTS))
    state = lists.choice("state", (_ALL, *STANDINGS))
    paper = lists.choice("paper", (PaperState.EXPECTED,))
    record = lists.choice("record", tuple(RECORDS))
    ends = ends_of(request.args.get("ends", ""))
    with services().read_only() as session:
        agencies = agencies_held(session, actor=actor)
        agency = lists.choice("agency", agencies)
        own = own_columns(session, actor=actor, agency=agency)
        own_name = lists.choice("own", [name for name, _ in own])
        chosen = {"agency": agency, "own": own_name, "state": state or HELD}
        nearly = {"nearly": "1" if isinstance(given.text, Nearly) else ""}
        asked = filters_of(filters_of(request.args) | chosen | nearly)
        narrowing = replace(narrowing_of(asked), sort=given.sort)
        if given.export:
            rows = iter_case_files(session, narrowing, actor=actor)
            headings = [t(f"columns.list_{name}") for name in _COLUMNS]
            headings += [label for _, label in own]
            names = [name for name, _ in own]
            return lists.as_table("ho-so", given.export, headings, _cells(rows, names))
        found, total = find_case_files(
            session, narrowing, actor=actor, limit=lists.PAGE_ROWS, offset=given.offset
        )
    choices = [
        *_choices(state, agencies, agency, paper),
        _record_choice(record),
        _ends_choice(ends),
    ]
    choices += _own_choices(own, own_name, narrowing.own_value)
    proposes = _proposes(ends) if access.may(actor, "disposition:propose") else None
    return make_response(
        render_template(
            "case_files/case_files.html",
            here_key="case-files",
            lead=t("pages.case_files.lead"),
            tools=lists.tools(given, choices),
            total=total,
            case_files=found,
            sort=given.sort,
            filters=asked,
            may_describe=access.may(actor, "case-file:describe"),
            proposes=proposes,
            unlisted=proposal.count_found(services(), narrowing, actor=actor) if proposes else 0,
            lists_of=proposal.lists_of(services(), [listed.id for listed in found], actor=actor)
            if access.may(actor, "disposition:list")
            else {},
            paging=lists.paging(given, len(found), total),
        )
    )


@bp.get("/case-files/<code>")
def show(code: str) -> str:
    """One case file: its documents, the one that is open, its data, copies, versions, history.

    With the form for recalls, holds or links open as it was filled, if refused.
    """
    actor = current_actor()
    if (stub := destroyed_case_file(services(), code, actor=actor)) is not None:
        return render_template(
            "case_files/case_file_destroyed.html", here_key="case-files", stub=stub
        )
    page = case_page(services(), code, actor=actor, part=documents_asked(code))
    why = explain_case_file(services(), code, actor=actor, lang=language())
    context = page_context(page, why.steps)
    opened = context["chosen"]["ordinal"] if context["shown"] else 0
    note_read(services(), UUID(page.case["id"]), opened, actor=actor)
    with services().read_only() as session:
        kept = is_kept(session, UUID(page.case["id"]), actor=actor)
        basket = basket_of(session, actor=actor)
    return render_template(
        "case_files/case_file.html",
        here_key="case-files",
        kept=kept,
        basket={str(identifier) for identifier in basket},
        form_refused=refused_form(),
        gone_for=gone_for(services(), code, actor=actor),
        **context,
    )


@bp.get("/case-files/<code>/export")
def export(code: str) -> Response:
    """All of it as a file: its package, or in order of time as one PDF or XML."""
    form = lists.choice("form", tuple(FORMS))
    if not form:
        raise ExportFormError(known=tuple(FORMS))
    held = tempfile.TemporaryDirectory(dir=services().work_folder, prefix="export-")
    try:
        exported = export_case_file(
            services(),
            code,
            form=form,
            folder=Path(held.name),
            actor=current_actor(),
            request_id=request.args.get("request", type=UUID),
        )
        return lists.sent(exported.path, FORMS[form], held)
    except BaseException:
        held.cleanup()
        raise


@bp.post("/case-files/<code>/check")
def check(code: str) -> Response:
    """Read it again in every copy, soon."""
    ask_check(services(), code, actor=current_actor())
    tell(t("pages.case_file.check_asked"))
    return make_response(redirect(url_for(".show", code=code, _anchor="copies"), code=303))


def _proposes(ends: str) -> DispositionKind | None:
    """What the case files of this list may be proposed for: what is over for destruction."""
    if ends in ("", "permanent", "waiting"):
        return None
    return DispositionKind.DESTROY if ends == "over" else DispositionKind.EXTEND


def _choices(state: str, agencies: list[str], agency: str, paper: str) -> list[dict[str, Any]]:
    """By what the list is narrowed."""
    states = [(standing, t(f"badges.case.{standing}")) for standing in STANDINGS]
    states.append((_ALL, t("pages.case_files.any_state")))
    papers = [(PaperState.EXPECTED.value, t("labels.paper-states.expected"))]
    return [
        {
            "name": "state",
            "label": t("columns.state"),
            "options": lists.options("pages.case_files.held_state", states),
            "value": state,
        },
        {
            "name": "agency",
            "label": t("columns.agency"),
            "options": lists.options(
                "pages.case_files.any_agency", [(code, code) for code in agencies]
            ),
            "value": agency,
        },
        {
            "name": "paper",
            "label": t("pages.paper.title"),
            "options": lists.options("pages.case_files.any_paper", papers),
            "value": paper,
        },
    ]


def _record_choice(record: str) -> dict[str, Any]:
    """By the standing of a hồ sơ lưu trữ điện tử."""
    labels = [(name, t(f"labels.electronic-records.{name}")) for name in RECORDS]
    return {
        "name": "record",
        "label": t("labels.electronic-record"),
        "options": lists.options("pages.case_files.any_record", labels),
        "value": record,
    }


def _ends_choice(ends: str) -> dict[str, Any]:
    """By when the term ends; a year comes from the calendar."""
    labels = [(name, t(f"pages.due.years.{name}")) for name in ENDS]
    if ends and ends not in ENDS:
        key = "in_years" if ends.endswith("+") else "in_year"
        labels.append((ends, t(f"pages.due.{key}", year=ends.removesuffix("+"))))
    return {
        "name": "ends",
        "label": t("pages.due.title"),
        "options": lists.options("pages.due.any", labels),
        "value": ends,
    }


def _own_choices(own: list[tuple[str, str]], name: str, value: str) -> list[dict[str, Any]]:
    """By which field of the agencies' own, and its value; nothing where there is none."""
    if not own:
        return []
    field = {
        "name": "own",
        "label": t("pages.own_fields.filter"),
        "options": lists.options("pages.own_fields.any", own),
        "value": name,
    }
    typed = {"name": "own_value", "label": t("pages.own_fields.value"), "value": value}
    return [field, typed] if name else [field]


def _cells(rows: Iterator[Listed], own: Sequence[str]) -> Iterator[Row]:
    lang = language()
    for row in rows:
        term = t("badges.permanent") if row.permanent else day(row.ends_on)
        yield (
            row.code,
            row.title,
            row.agency_name,
            row.year,
            messages.text(f"badges.case.{row.state}", lang),
            term,
            row.documents,
            row.pages,
            *(shown_day(row.own.get(name, "")) for name in own),
        )


@bp.app_template_global()
def document_beside(code: str, ordinal: int) -> dict[str, Any] | None:
    """What the viewer takes; nothing where the document has no page or may not be read."""
    page = case_page(
        services(),
        code,
        actor=current_actor(),
        part=lambda lines: [line.id for line in lines if line.ordinal == ordinal],
    )
    named = (document for document in page.case["documents"] if document["ordinal"] == ordinal)
    return shown_document(page, next(named, None))
