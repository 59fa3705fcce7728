"""Tạm dừng xử lý: holds as a list; placed there, on a case file or on a search, and lifted."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.fonds.fonds import named_fonds
from archive_service.catalogue.holdings.holds import HoldDocument
from archive_service.domain.retention.hold import Hold
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.forms.tables import Row
from archive_service.request import Body, current_actor, services, takes
from archive_service.web import lists
from archive_service.web.display import day, moment
from archive_service.web.layout import t
from archive_service.web.refusals import RefusedForm, at_fields, day_or_none, shown_again
from archive_service.web.toasts import tell
from retention.holds.acts import (
    get_order,
    lift_hold,
    lift_order,
    place_holds,
    place_on_fonds,
    place_on_search,
)
from retention.holds.given import LiftIn
from retention.holds.listing import (
    count_holds,
    hold_documents,
    matching_holds,
    may_lift,
    order_document,
)
from retention.holds.rules import Wish, require_one_scope
from search.by_document import find_documents
from search.conditions import in_address
from search.pages.address import asked_conditions, read_conditions
from search.query import EmptyQueryError

bp = Blueprint("holds", __name__, template_folder="templates")

# Error → field of the forms.
_FIELDS = {
    "hold-words:reason": "reason",
    "hold-words:authority": "authority",
    "hold-lift-words": "reason",
    "hold-day": "until",
    "hold-scope": "codes",
    "case-file-not-found": "codes",
    "case-file-state": "codes",
    "fonds-not-found": "fonds",
}

# Also in the templates of the case file, which shows its holds.
bp.add_app_template_global(
    lambda held: may_lift(current_actor(), held["placed_by"], held["placed_role"]), "may_lift"
)

_STATES = ("in-force", "lifted", "overdue")
_COLUMNS = ("columns.case_file", *(f"pages.holds.{name}" for name in (
    "authority", "reason", "placed", "until", "lifted", "lift_reason", "applied",
)))  # fmt: skip


@bp.get("/holds")
def show_list() -> Response:
    """Holds, the newest first, narrowed; or all of them as a table to download."""
    return _list(request.args.get("code", "").strip(), request.args.get("order", type=UUID))


def _list(
    code: str = "", order_id: UUID | None = None, refused: RefusedForm | None = None
) -> Response:
    """The list, narrowed to what ``code`` names or to an order; with a form that was refused."""
    actor = current_actor()
    access.require(actor, "hold:list")
    given = lists.asked()
    state = lists.choice("state", _STATES)
    query = matching_holds(
        actor=actor,
        text=given.text,
        in_force=None if state in ("", "overdue") else state == "in-force",
        overdue=state == "overdue",
        code=code,
        order=order_id,
    )
    ordered = query.order_by(Hold.placed_at.desc(), Hold.id.desc())
    may_place = access.may(actor, "hold:place")
    with services().read_only() as session:
        if given.export:
            found = hold_documents(session, session.scalars(ordered).all())
            headings = [t(key) for key in _COLUMNS]
            return lists.as_table("tam-dung-xu-ly", given.export, headings, _cells(found))
        part = ordered.limit(lists.PAGE_ROWS).offset(given.offset)
        found = hold_documents(session, session.scalars(part).all())
        total = count_holds(session, query)
        order = order_id and order_document(session, get_order(session, order_id, actor=actor))
        fonds = (
            [{"code": code, "name": name} for code, name in named_fonds(session, actor=actor)]
            if may_place
            else []
        )
    choice = {
        "name": "state",
        "label": t("columns.state"),
        "options": lists.options(
            "pages.holds.any_state", [(one, t(f"labels.hold-states.{one}")) for one in _STATES]
        ),
        "value": state,
    }
    return make_response(
        render_template(
            "holds/holds.html",
            refused=refused,
            found=_found() if refused and refused.dialog == "hold-found" else None,
            here_key="holds",
            lead=t("pages.holds.lead"),
            tools=lists.tools(given, [choice]),
            total=total,
            holds=[hold.as_json() for hold in found],
            order=order.as_json() if order else None,
            code=code,
            paging=lists.paging(given, len(found), total),
            fonds=fonds,
            may_place=may_place,
        ),
        refused.told.status if refused else 200,
    )


@bp.post("/holds")
@takes(Body.LIST, "hold:place")
def place_many() -> Response:
    """Hold case files by their codes, or a fonds."""
    try:
        return _place_many()
    except (ConflictError, InputError, NotFoundError) as refused:
        return _list(refused=_refused("hold-many", refused))


def _place_many() -> Response:
    form, wish = request.form, _wish()
    fonds = form.get("fonds", "")
    codes = form.get("codes", "").replace(",", " ").replace(";", " ").split()
    require_one_scope(codes=bool(codes), search=False, fonds=bool(fonds))
    if fonds:
        order = place_on_fonds(services(), fonds, wish, actor=current_actor())
        tell(t("pages.holds.done_ordered", count=order.case_files))
        return _to_order(order.id)
    actor = current_actor()
    placed = place_holds(services(), codes, actor=actor, **asdict(wish))
    tell(t("pages.holds.done_ordered", count=len(placed)))
    return make_response(redirect(url_for("holds.show_list"), code=303))


@bp.post("/holds/found")
def place_found() -> Response:
    """Hold every case file that a search finds now."""
    form = request.form
    try:
        order = place_on_search(
            services(),
            form.get("q", ""),
            _wish(),
            conditions=asked_conditions(form),
            actor=current_actor(),
        )
    except (ConflictError, InputError) as refused:
        return _list(refused=_refused("hold-found", refused))
    tell(t("pages.holds.done_ordered", count=order.case_files))
    return _to_order(order.id)


@bp.post("/holds/orders/<uuid:order_id>/lift")
def lift_whole(order_id: UUID) -> Response:
    """Lift all of an order that is still in force."""
    reason = request.form.get("reason", "")
    try:
        lift_order(services(), order_id, LiftIn(reason=reason), actor=current_actor())
    except (ConflictError, InputError) as refused:
        return _list("", order_id, _refused(f"lift-order-{order_id}", refused))
    tell(t("pages.holds.done_order_lifted"))
    return _to_order(order_id)


@bp.post("/case-files/<code>/holds")
def place(code: str) -> Response:
    """Hold this case file."""
    try:
        place_holds(services(), [code], actor=current_actor(), **asdict(_wish()))
    except (ConflictError, InputError) as refused:
        return shown_again("case_files.show", _refused("hold-dialog", refused), code=code)
    tell(t("pages.holds.done_placed", code=code))
    return _to_case_file(code)


@bp.post("/holds/<uuid:hold_id>/lift")
def lift(hold_id: UUID) -> Response:
    """Lift one hold, then show what it held."""
    reason = request.form.get("reason", "")
    try:
        lifted = lift_hold(services(), hold_id, LiftIn(reason=reason), actor=current_actor())
    except (ConflictError, InputError) as refused:
        return _list(_held_code(hold_id), None, _refused(f"lift-{hold_id}", refused))
    tell(t("pages.holds.done_lifted", code=lifted.code))
    if lifted.scope == "fonds":
        return _to_order(lifted.order)
    return _to_case_file(lifted.code)


def _refused(dialog: str, refused: ArchiveError) -> RefusedForm:
    return RefusedForm(dialog, request.form, at_fields(refused, _FIELDS))


def _held_code(hold_id: UUID) -> str:
    """Code of what a hold holds: its list is short, and the form that lifts it stands there."""
    with services().read_only() as session:
        hold = session.scalars(matching_holds(actor=current_actor()).where(Hold.id == hold_id))
        return "".join(document.code for document in hold_documents(session, hold.all()))


def _found() -> dict[str, Any]:
    """What a search finds that was to be held, as its form needs it."""
    form = request.form
    conditions, wrong = read_conditions(form)
    query = form.get("q", "")
    facts = {"query": query, "chosen": [*in_address(conditions), *wrong]}
    if wrong:
        return facts | {"count": 0}
    try:
        found = find_documents(
            services(), query, actor=current_actor(), conditions=conditions, limit=1
        )
    except EmptyQueryError:
        return facts | {"count": 0}
    return facts | {"count": found.case_files}


def _wish() -> Wish:
    """Paper, reason and day as they were typed; ``DayError`` for what is no day."""
    form = request.form
    return Wish(form.get("reason", ""), form.get("authority", ""), day_or_none("until"))


def _to_order(order_id: UUID) -> Response:
    return make_response(redirect(url_for("holds.show_list", order=order_id), code=303))


def _to_case_file(code: str) -> Response:
    return make_response(redirect(url_for("case_files.show", code=code), code=303))


def _cells(found: Iterable[HoldDocument]) -> Iterator[Row]:
    for hold in found:
        copies = (f"{copy.name}: {t('labels.hold-applied.' + copy.state)}" for copy in hold.applied)
        yield (
            hold.code,
            hold.authority,
            hold.reason,
            moment(hold.placed_at),
            day(hold.until),
            moment(hold.lifted_at),
            hold.lift_reason,
            ", ".join(copies),
        )
