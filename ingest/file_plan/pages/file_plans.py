"""Danh mục hồ sơ: plans by agency and year; one opened with its entries, versions and papers."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from archive_service import access, clock
from archive_service.catalogue.holdings.listing import held_of
from archive_service.document import Document
from archive_service.domain.agencies.file_plan import FilePlanState
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.forms import docx, xlsx
from archive_service.request import Body, current_actor, services, takes
from archive_service.web import errors
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import here, t
from archive_service.web.lists import PAGE_ROWS, Asked, asked, choice, paging, sent, tools
from archive_service.web.refusals import file_in_form
from archive_service.web.toasts import tell
from ingest.completeness.rules import load_sets
from ingest.file_plan.acts import agencies_for, approve_plan, import_plan, plan_heads
from ingest.file_plan.documents import (
    FilePlanAmendmentDocument,
    FilePlanWhole,
    ImportedFilePlanDocument,
)
from ingest.file_plan.due import suggest_entries
from ingest.file_plan.papers import UNSIGNED, agency_signers, read_paper, write_plan
from ingest.file_plan.plans import FilePlanYearError
from ingest.file_plan.transitions import TRANSITIONS, Standing, open_acts
from ingest.file_plan.views import SHOWS, Narrowed, open_plan

bp = Blueprint("file_plans", __name__, template_folder="../templates", url_prefix="/file-plans")

_PDF = "application/pdf"
_MEDIA_TYPES = {"pdf": _PDF, "docx": docx.MEDIA_TYPE, "xlsx": xlsx.MEDIA_TYPE}
_DRAFT = FilePlanState.DRAFT.value
_IMPORT = TRANSITIONS["import"].right
_DIALOGS = ("add", "add-heading", "renumber", "outside", "begin", "sign", "copy")
_FIELDS = ("notation", "title", "term", "rule_code", "rule_set", "unit", "creator", "note")
_EMPTY = dict.fromkeys((*_FIELDS, "id", "heading_id", "number", "symbol", "year"), "")


@bp.get("")
def show_list() -> str:
    """The plans, newest year first."""
    actor = current_actor()
    access.require(actor, "file-plan:list")
    view: Asked = asked()
    heads, total = plan_heads(services(), actor=actor, offset=view.offset, limit=PAGE_ROWS)
    may_import = access.may(actor, _IMPORT)
    return render_template(
        "file_plan/file_plans.html",
        here_key="file-plans",
        plans=heads,
        paging=paging(view, len(heads), total),
        may={"import": may_import},
        agencies=agencies_for(services(), actor=actor) if may_import else [],
        this_year=clock.today().year,
    )


@bp.get("/codes")
def suggest_codes() -> str:
    """Options for the code of a draft: entries of approved plans with what was typed."""
    access.require(current_actor(), "draft:edit")
    typed = request.args.get("value", "")[:300]
    found = suggest_entries(services(), typed, actor=current_actor())
    return render_template("file_plan/_codes.html", typed=typed, options=found)


@bp.get("/<uuid:plan_id>")
def show(plan_id: UUID) -> str:
    """One plan: those of its entries that are asked for, and what may be done with it."""
    return plan_page(plan_id)


@bp.get("/<uuid:plan_id>/danh-muc-ho-so.<form>")
def download(plan_id: UUID, form: str) -> Response:
    """The plan as it is now, printed, or as a file that can be changed and imported again."""
    access.require(current_actor(), "file-plan:list")
    suffix = form if form in _MEDIA_TYPES else "pdf"
    held = tempfile.TemporaryDirectory(dir=services().work_folder, prefix="list-")
    try:
        target = Path(held.name) / f"danh-muc-ho-so.{suffix}"
        write_plan(services(), plan_id, target, actor=current_actor())
        return sent(target, _MEDIA_TYPES[suffix], held)
    except BaseException:
        held.cleanup()
        raise


@bp.get("/<uuid:plan_id>/signed/<int:version>.pdf")
def signed(plan_id: UUID, version: int) -> Response:
    """The signed paper of one version."""
    access.require(current_actor(), "file-plan:list")
    name, content = read_paper(services(), plan_id, version, actor=current_actor())
    return file_answer(content, name)


@bp.post("/import")
@takes(Body.PAPER, "file-plan:import")
def take() -> Response:
    """Read a plan as a draft and open it, with all that was seen while reading."""
    actor = current_actor()
    access.require(actor, _IMPORT)
    agency, year = (request.form.get(name, "").strip() for name in ("agency", "year"))
    plan = _import(agency, year, actor)
    return make_response(plan_page(plan.id))


@bp.post("/<uuid:plan_id>/approve")
def approve(plan_id: UUID) -> Response:
    """Put a draft in force; its act lies in every copy before this answers."""
    try:
        plan = approve_plan(services(), plan_id, actor=current_actor())
    except ArchiveError as refused:
        return refused_page(plan_id, refused)
    tell(t("pages.file_plans.approved", agency=plan.agency, year=plan.year))
    return make_response(redirect(url_for(".show", plan_id=plan_id), code=303))


def year_of(text: str) -> int:
    """The year that was typed; ``FilePlanYearError`` for what is no number at all."""
    if not text.isdecimal():
        raise FilePlanYearError(year=text)
    return int(text)


def refused_page(
    plan_id: UUID, refused: ArchiveError, *, dialog: str = "", given: dict[str, str] | None = None
) -> Response:
    """The plan's page with what was refused, the form that was sent still open and filled."""
    error, status = errors.shown(refused)
    return make_response(plan_page(plan_id, dialog=dialog, given=given, error=error), status)


def plan_page(
    plan_id: UUID,
    *,
    dialog: str = "",
    given: dict[str, str] | None = None,
    error: dict[str, str] | None = None,
) -> str:
    """The page of a plan; ``dialog`` names the form that stands open."""
    actor = current_actor()
    access.require(actor, "file-plan:list")
    view = asked()
    narrowed = Narrowed(
        show=choice("show", SHOWS),
        text=view.text,
        heading_id=_id("heading"),
        offset=view.offset,
        limit=PAGE_ROWS,
    )
    plan = open_plan(services(), plan_id, actor=actor, narrowed=narrowed, lang=language())
    draft = next((entry for entry in plan.amendments if entry.state == _DRAFT), None)
    dialog, given = (dialog, given) if dialog else _asked_dialog(plan)
    return render_template(
        "file_plan/file_plan.html",
        here_key="file-plans",
        plan=plan,
        kinds=kinds_of(services().settings.home, language()),
        signers=agency_signers(services(), plan_id, actor=actor) if dialog == "sign" else [],
        may=_may(plan, draft, actor),
        held=held_of(services(), [entry.code for entry in plan.entries], actor=actor),
        amendment=draft,
        history=[entry for entry in plan.amendments if entry.state != _DRAFT],
        tabs=_tabs(plan, narrowed.show),
        tools=tools(view, [_headings(plan)], exports=False),
        paging=paging(view, len(plan.entries), plan.total),
        dialog=dialog,
        given=_EMPTY | (given or {}),
        error=error,
        today=clock.today(),
    )


def _asked_dialog(plan: FilePlanWhole) -> tuple[str, dict[str, str] | None]:
    """The entry or heading that the address asks to change, where it is on the page."""
    on_page: tuple[tuple[str, Sequence[Document]], ...] = (
        ("edit", plan.entries),
        ("edit-heading", plan.headings),
    )
    for name, rows in on_page:
        for row in (row.as_json() for row in rows):
            if row["id"] == request.args.get(name):
                return name, {key: str(value or "") for key, value in row.items()}
    dialog = choice("dialog", _DIALOGS)
    mine = {"creator": g.person.name} if dialog == "outside" else {}
    return dialog, {"heading_id": request.args.get("heading", ""), "level": "1", **mine}


def _may(
    plan: FilePlanWhole, draft: FilePlanAmendmentDocument | None, actor: Actor
) -> dict[str, bool]:
    standing = Standing.AMENDING if draft else Standing.IN_FORCE
    if plan.state == _DRAFT:
        standing = Standing.DRAFT
    acts = open_acts(standing, actor)
    return {
        "edit": "edit" in acts,
        "approve": "approve" in acts,
        "waits": standing is Standing.DRAFT and "approve" not in acts,
        "open": "open-entry" in acts,
        "begin": "begin-amendment" in acts and "amend" not in acts,
        "amend": "amend" in acts,
        "approve_amendment": "approve-amendment" in acts,
        "copy": "copy" in acts,
        "sign": "sign" in acts and plan.signing == UNSIGNED,
    }


def _tabs(plan: FilePlanWhole, show: str) -> list[dict[str, Any]]:
    return [
        {
            "text": t(f"pages.file_plan.show.{name or 'all'}"),
            "href": here(show=name or None, cursor=None),
            "count": plan.counts[name or "all"],
            "current": name == show,
        }
        for name in ("", *SHOWS)
    ]


def _headings(plan: FilePlanWhole) -> dict[str, Any]:
    """The tree of headings as a condition of the list; minor ones stand further in."""
    options = [("", t("pages.file_plan.any_heading"))]
    for heading in plan.headings:
        indent = "\u2003" * (heading.level - 1)
        options.append((str(heading.id), f"{indent}{heading.label} ({heading.entries})"))
    label, value = t("pages.file_plan.heading"), request.args.get("heading", "")
    return {"name": "heading", "label": label, "options": options, "value": value}


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _import(agency: str, year: str, actor: Actor) -> ImportedFilePlanDocument:
    of_year = year_of(year)
    file = file_in_form("file", t("pages.file_plans.file"))
    with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="plan-") as folder:
        path = Path(folder) / _name_of(file)
        file.save(path)
        return import_plan(
            services(), path, agency=agency, year=of_year, actor=actor, lang=language()
        )


def _name_of(file: FileStorage) -> str:
    """As the sender calls the file, for what is said of it; its content tells its format."""
    given = re.split(r"[/\\]", file.filename or "")[-1][-60:]
    return "".join(sign for sign in given if sign.isprintable()).strip(". ") or "danh-muc.xlsx"


def kinds_of(home: Path, lang: str) -> list[tuple[str, str]]:
    """The kinds of case file that rules of completeness are there for."""
    return [
        (code, rules.title_en if lang == "en" else rules.meta.title)
        for code, rules in sorted(load_sets(home).by_code.items())
        if not rules.every
    ]
