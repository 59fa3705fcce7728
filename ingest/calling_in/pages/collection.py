"""Thu thập: progress of submission, published lists, and what is kept longer."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, clock
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.forms.tables import MEDIA_TYPES
from archive_service.problem import ProblemDocument
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.errors import problem_on_page
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields, day_in_form, given_in_form, typed_day
from archive_service.web.toasts import tell
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.documents import CollectionDocument, LeftOut
from ingest.calling_in.given import CollectionIn, DecisionIn, KeepBackIn, UrgeIn
from ingest.calling_in.keep_back import KeepBackWordsError, iter_words_refused
from ingest.calling_in.pages.lists import ListedEntry, narrowed, requests_shown, urgent_first
from ingest.calling_in.urging import urge as urge_now
from ingest.calling_in.urging import urged
from ingest.file_plan.acts import agencies_for

bp = Blueprint("collection", __name__, template_folder="../templates", url_prefix="/collection")

_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": MEDIA_TYPES["xlsx"],
}
_FIELDS = {
    "keep-back-words:paper": "paper",
    "keep-back-words:reason": "reason",
    "keep-back-day": "until",
}
_REFUSALS = (InputError, ConflictError, NotFoundError)


class CollectionNoYearError(InputError):
    """Not a year."""


@bp.get("")
def show() -> Response:
    """What was called in and how it stands, urgent first; per unit and person its counts."""
    actor = current_actor()
    access.require(actor, "collection:list")
    published = calling_in_acts.list_published(services(), actor=actor)
    years = sorted({str(listed.year) for listed in published}, reverse=True)
    year = lists.choice("year", years)
    seen = calling_in_acts.called(services(), actor=actor, year=int(year) if year else None)
    rows = sorted(seen, key=urgent_first)
    of_year = {
        "name": "year",
        "label": t("pages.collection.year"),
        "options": lists.options("pages.collection.any_year", [(one, one) for one in years]),
        "value": year,
    }
    shown = narrowed(rows, [of_year] if len(years) > 1 else [])
    if isinstance(shown, Response):
        return shown
    urged_at = urged(services(), [row.code for row in shown["found"]], actor=actor)
    counts = calling_in_acts.progress_of(seen, urged_at)
    page = render_template(
        "calling_in/collection.html",
        here_key="collection",
        tab="collection",
        many_agencies=actor.agency_id is None,
        may_urge=access.may(actor, "collection:urge"),
        urged=urged_at,
        units=counts.units,
        people=counts.people,
        **shown,
    )
    return make_response(page)


@bp.post("/<uuid:list_id>/urge")
def urge(list_id: UUID) -> Response:
    """Tell those who are to submit this case file."""
    code = request.form.get("code", "")
    urged = urge_now(services(), list_id, UrgeIn(code=code), actor=current_actor())
    words = "pages.collection.urged" if urged.by_name else "pages.collection.urged_unnamed"
    tell(t(words, code=code, whom=", ".join(urged.told)))
    return make_response(redirect(url_for(".show", state="late"), code=303))


@bp.get("/lists")
def show_lists() -> Response:
    """What was published; for the archive also a preview of what can be."""
    return _lists()


def _lists(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    may_publish = access.may(actor, "collection:publish")
    asked = {name: request.values.get(name, "").strip() for name in ("agency", "year")}
    seen = None
    if may_publish and asked["agency"] and asked["year"]:
        try:
            given = CollectionIn(agency=asked["agency"], year=_year(asked["year"]))
            seen = calling_in_acts.preview(services(), given, actor=actor)
        except _REFUSALS as refusal:
            refused = refused or refusal
    problem = _problem(refused)
    shown = render_template(
        "calling_in/collection_lists.html",
        here_key="collection",
        tab="collection-lists",
        rows=calling_in_acts.list_published(services(), actor=actor),
        may_publish=may_publish,
        agencies=agencies_for(services(), actor=actor) if may_publish else [],
        given={"agency": asked["agency"], "year": asked["year"] or str(clock.today().year - 1)},
        seen=seen,
        typed={name: _typed(name) for name in ("settled", "leave_out")},
        problem=problem,
    )
    return make_response(shown, problem.status if problem else 200)


@bp.post("/publish")
def publish() -> Response:
    """Publish what was seen, without what is left out and with the days of settlement."""
    form, left_out = request.form, _typed("leave_out")
    try:
        settled = {
            case_file: typed_day(day, "settled") for case_file, day in _typed("settled").items()
        }
        agency, year = form.get("agency", ""), _year(form.get("year", ""))
        given = CollectionIn(agency=agency, year=year, settled=settled, left_out=left_out)
        document = calling_in_acts.publish(services(), given, actor=current_actor())
    except _REFUSALS as refused:
        return _lists(refused)
    tell(t("pages.collection.published", number=document.number, count=document.count))
    return make_response(redirect(url_for(".show_one", list_id=document.id), code=303))


def _typed(name: str) -> dict[str, str]:
    """What was typed in a column of the form, by the entry's number and symbol."""
    rows = zip(request.form.getlist("notation"), request.form.getlist(name), strict=False)
    return {notation: text for notation, text in rows if text.strip()}


@bp.get("/<uuid:list_id>")
def show_one(list_id: UUID) -> Response:
    """One list, and how each case file stands."""
    listed = calling_in_acts.open_list(services(), list_id, actor=current_actor())
    rows = (entry.extended(ListedEntry, agency=listed.agency_name) for entry in listed.entries)
    shown = narrowed(rows)
    if isinstance(shown, Response):
        return shown
    page = render_template(
        "calling_in/collection_list.html",
        here_key="collection",
        tab="collection-lists",
        listed=listed,
        left_out=_left_out(listed),
        forms=calling_in_acts.FORMS,
        **shown,
    )
    return make_response(page)


def _left_out(listed: CollectionDocument) -> list[tuple[str, LeftOut]]:
    """Each after its whole code, as the entries have it; no list is without one."""
    entry = listed.entries[0]
    before = entry.code.removesuffix(entry.notation)
    return [(f"{before}{one.notation}", one) for one in listed.left_out]


@bp.get("/<uuid:list_id>/print.<form>")
def print_one(list_id: UUID, form: str) -> Response:
    """The list to download."""
    form = _form_of(form)
    return _printed(
        f"danh-muc-nop-luu.{form}",
        form,
        lambda target: calling_in_acts.print_list(
            services(), list_id, target, form, actor=current_actor()
        ),
    )


@bp.get("/keep-back/print.<form>")
def print_kept(form: str) -> Response:
    """What is kept longer, to download."""
    form = _form_of(form)
    return _printed(
        f"danh-muc-giu-lai.{form}",
        form,
        lambda target: calling_in_acts.print_kept(services(), target, form, actor=current_actor()),
    )


def _form_of(asked: str) -> str:
    """One of those there are: it becomes a part of the file's name."""
    return asked if asked in _MEDIA else "pdf"


def _printed(name: str, form: str, write: Any) -> Response:
    held = tempfile.TemporaryDirectory(dir=services().work_folder, prefix="print-")
    try:
        target = Path(held.name) / name
        write(target)
        return lists.sent(target, _MEDIA[form], held)
    except BaseException:
        held.cleanup()
        raise


@bp.get("/keep-back")
def show_keep_back() -> Response:
    """Requests with their decisions; the form to ask, and to decide."""
    return _keep_back()


def _keep_back(refused: Sequence[ArchiveError] = (), deciding: UUID | None = None) -> Response:
    """The page; refused, with all that is wrong and what was typed, in the form that it was."""
    actor = current_actor()
    problems = [at_fields(archive_error, _FIELDS) for archive_error in refused]
    every = calling_in_acts.list_requests(services(), actor=actor)
    shown = render_template(
        "calling_in/keep_back.html",
        here_key="collection",
        tab="keep-back",
        any_requests=bool(every),
        **requests_shown(every, deciding),
        may={
            "ask": access.may(actor, "keep-back:ask"),
            "decide": access.may(actor, "keep-back:decide"),
        },
        forms=calling_in_acts.FORMS,
        given=request.form if refused else {"codes": request.args.get("code", "")},
        deciding=deciding,
        problems=[problem.problem for problem in problems if problem.problem],
        faults={
            at: fault for problem in reversed(problems) for at, fault in problem.faults.items()
        },
    )
    return make_response(shown, problems[0].status if problems else 200)


@bp.post("/keep-back")
def ask() -> Response:
    """Ask to keep these case files longer; all that stands against it is told at once."""
    form, actor, refused = request.form, current_actor(), list[ArchiveError]()
    codes, reason, until_on = form.get("codes", "").split(), form.get("reason", ""), None
    try:
        until_on = day_in_form("until", t("pages.collection.until"))
    except InputError as no_day:
        refused.append(no_day)
    refused += calling_in_acts.refusals_of_asking(
        services(), codes, until_on=until_on, reason=reason, actor=actor
    )
    if refused or until_on is None:
        return _keep_back(refused)
    try:
        given = given_in_form(KeepBackIn, labels="pages.collection", codes=codes, until=until_on)
        found = calling_in_acts.ask(services(), given, actor=actor).requests
    except _REFUSALS as meanwhile:
        return _keep_back([meanwhile])
    tell(t("pages.collection.asked", count=len(found)))
    return make_response(redirect(url_for(".show_keep_back"), code=303))


@bp.post("/keep-back/<uuid:request_id>/decide")
def decide(request_id: UUID) -> Response:
    """Consent or refuse, with the paper."""
    form = request.form
    given = given_in_form(DecisionIn, consent=form.get("decision") == "consent")
    try:
        document = calling_in_acts.decide(services(), request_id, given, actor=current_actor())
    except KeepBackWordsError:
        lacking = iter_words_refused(**dict(given))
        return _keep_back(list(lacking), request_id)
    except _REFUSALS as refused:
        return _keep_back([refused])
    tell(t("pages.collection.decided", code=document.code))
    from_list = form.get("back") == "approvals"
    back = url_for("approvals.show") if from_list else url_for(".show_keep_back")
    return make_response(redirect(back, code=303))


def _problem(refused: ArchiveError | None) -> ProblemDocument | None:
    return problem_on_page(refused) if refused else None


def _year(text: str) -> int:
    if not text.isdecimal() or len(text) != 4:
        raise CollectionNoYearError(text=text)
    return int(text)
