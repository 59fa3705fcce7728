"""Biên bản giao nhận: what waits for minutes, the minutes made, and their papers."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment
from archive_service.web.file_answer import file_answer
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from ingest.handover import acts as handover_acts
from ingest.handover import paper_files
from ingest.handover.documents import HandoverListing, WaitingHandover
from ingest.handover.listing import STATES, Narrowing, list_handovers

bp = Blueprint("handovers", __name__, template_folder="templates", url_prefix="/handovers")

_SAID = (
    "giver_name",
    "giver_position",
    "receiver_name",
    "receiver_position",
    "block",
    "basis",
    "condition",
)
_COLUMNS = ("number", "year", "agency", "giver", "case_files", "state", "made_at")


@bp.get("")
def show_list() -> Response:
    """Senders whose case files wait for minutes; then the minutes, the newest first."""
    actor = current_actor()
    given = lists.asked()
    year = request.args.get("year", "")
    narrowing = Narrowing(
        given.text, lists.choice("state", STATES), int(year) if year.isdecimal() else None
    )
    if given.export:
        found = list_handovers(services(), actor=actor, narrowing=narrowing, limit=None)
        headings = [t(f"pages.handovers.columns.{name}") for name in _COLUMNS]
        return lists.as_table("bien-ban-giao-nhan", given.export, headings, _cells(found))
    found = list_handovers(
        services(),
        actor=actor,
        narrowing=narrowing,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
    )
    page = render_template(
        "handover/handovers.html",
        here_key="handovers",
        lead=t("pages.handovers.lead"),
        waiting=found.waiting,
        handovers=found.handovers,
        total=found.total,
        any_made=bool(found.years),
        tools=lists.tools(given, _choices(narrowing, found.years)),
        chosen=_chosen(found.waiting) if access.may(actor, "handover:make") else None,
        position=t(f"labels.roles.{actor.role}"),
        may_make=access.may(actor, "handover:make"),
        paging=lists.paging(given, len(found.handovers), found.total),
    )
    return make_response(page)


def _choices(narrowing: Narrowing, years: Sequence[int]) -> list[dict[str, Any]]:
    """The filters beside the words: state, and year where there are several."""
    states = [(state, t(f"labels.handover-states.{state}")) for state in STATES]
    of_state = {
        "name": "state",
        "label": t("columns.state"),
        "options": lists.options("pages.handovers.any_state", states),
        "value": narrowing.state,
    }
    of_year = {
        "name": "year",
        "label": t("pages.handovers.columns.year"),
        "options": lists.options(
            "pages.handovers.any_year", [(str(year), str(year)) for year in years]
        ),
        "value": str(narrowing.year or ""),
    }
    return [of_state, *([of_year] if len(years) > 1 else [])]


def _cells(found: HandoverListing) -> Iterator[Row]:
    for handover in found.handovers:
        yield [
            handover.number,
            handover.year,
            handover.agency,
            handover.giver,
            handover.count,
            t(f"labels.handover-states.{handover.state}"),
            moment(handover.made_at),
        ]


def _chosen(waiting: Sequence[WaitingHandover]) -> WaitingHandover | None:
    """The row that minutes are to be made for, as the address says."""
    wanted = (request.args.get("agency", ""), request.args.get("sender", ""))
    return next((entry for entry in waiting if (entry.agency_id, entry.sender) == wanted), None)


@bp.post("")
def make() -> Response:
    """Minutes of all that one sender's agency has waiting."""
    form = request.form
    facts = {name: text for name in _SAID if (text := form.get(name, "").strip())}
    made = handover_acts.make(
        services(),
        actor=current_actor(),
        agency_id=form.get("agency_id", type=UUID),
        sender=form.get("sender", ""),
        giver=form.get("giver", "").strip(),
        said=facts,
    )
    numbers = [made.number, *(minutes.number for minutes in made.also)]
    tell(t("pages.handovers.made", number=", ".join(numbers)))
    return make_response(redirect(url_for(".show", handover_id=made.id), code=303))


@bp.get("/<uuid:handover_id>")
def show(handover_id: UUID) -> str:
    """One of them: what it lists, who signed, its papers."""
    actor = current_actor()
    found = handover_acts.open_handover(services(), handover_id, actor=actor)
    lines = paper_files.lines_of(services(), handover_id, actor=actor)
    return render_template(
        "handover/handover.html",
        here_key="handovers",
        handover=found,
        lines=lines,
        sees_signing=access.may(actor, "signing:sign"),
    )


@bp.get("/<uuid:handover_id>/paper.<any(pdf, xlsx, docx):form>")
def paper(handover_id: UUID, form: str) -> Response:
    """The signed minutes; or their words and lists as XLSX and DOCX, which nobody signed."""
    actor = current_actor()
    if form == "pdf":
        name, data = paper_files.read_paper(services(), handover_id, actor=actor)
    else:
        name, data = paper_files.write_form(services(), handover_id, form, actor=actor)
    return file_answer(data, name, paper_files.MEDIA_TYPES[form], shown=True)


@bp.get("/document-lists/<code>.<any(pdf, xlsx, docx):form>")
def document_list(code: str, form: str) -> Response:
    """The mục lục văn bản of a case file."""
    name, data = paper_files.write_document_list(services(), code, form, actor=current_actor())
    return file_answer(data, name, paper_files.MEDIA_TYPES[form])
