"""Lịch giao nộp: a year by months, a month by days, and one appointment with its acts."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, clock
from archive_service.catalogue.agencies.acts import list_agencies
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.display import day, number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields, day_or_none
from archive_service.web.toasts import tell
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.acts import days_of
from retention.transfer.calendar.appointments import (
    ACT,
    AppointmentFacts,
    AppointmentNumberError,
    AppointmentWordsError,
)
from retention.transfer.calendar.documents import AppointmentDocument
from retention.transfer.calendar.given import CancellationIn
from retention.transfer.calendar.pages.month import STATES, month_address, picture_of, weeks_of
from retention.transfer.listing import get_transfer
from retention.transfer.partners import acts as partners_acts

bp = Blueprint(
    "transfer_calendar", __name__, template_folder="../templates", url_prefix="/nop-luu/calendar"
)

_BACK, _AHEAD = 10, 10  # years around this one that may be chosen
_GB = 10**9  # as disks are sold
_DIGITS = 12  # of a number of case files; more are too many all the same
_COLUMNS = (*("from_on", "to_on", "agency", "state", "case_files", "size", "transfers", "note"),)
_FIELDS = {
    "appointment-days": "from_on",
    "appointment-exists": "from_on",
    "appointment-transfer": "transfer",
    "transfer-not-found": "transfer",
    "agency-not-found": "agency",
    **{
        f"appointment-words:{name}": name
        for name in ("agency", "partner", "from_on", "to_on", "fonds", "note")
    },
    "appointment-number:case_files": "case_files",
    "appointment-number:size_bytes": "size",
    "appointment-words:transfer": "transfer",
    "appointment-words:reason": "cancel_reason",
}
_NAMING = _FIELDS | {"appointment-exists": "transfer"}
_TOLD = (ConflictError, InputError, NotFoundError)


@bp.get("")
def show_year() -> Response:
    """A month with its days, or the whole year, and the months beside it; or a table."""
    actor, given = current_actor(), lists.asked()
    access.require(actor, "transfer:list")
    today = clock.today()
    year = _asked("year", today.year, today.year - _BACK, today.year + _AHEAD)
    month = _asked("month", today.month if year == today.year else 0, 0, 12)
    state = lists.choice("state", STATES)
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    whole = calendar_acts.list_between(services(), first, last, actor=actor)
    found = [appointment for appointment in whole if _is_asked(appointment, given.text, state)]
    rows = [appointment for appointment in found if not month or _touches(appointment, year, month)]
    if given.export:
        headings = [t(f"pages.transfer_calendar.column_{name}") for name in _COLUMNS]
        return lists.as_table("lich-giao-nop", given.export, headings, _cells(rows))
    shown = rows[given.offset : given.offset + lists.PAGE_ROWS]
    days = days_of(services())
    return make_response(
        render_template(
            "transfer/calendar/calendar.html",
            here_key="transfers",
            year=year,
            month=month,
            beside=_beside(year, month),
            figures=_figures(found),
            picture=picture_of(found, year, month),
            weeks=weeks_of(found, year, month, is_worked=days.is_worked) if month else [],
            per_day=days.per_day,
            tools=lists.tools(given, _choices(year, month, state)),
            rows=shown,
            total=len(rows),
            paging=lists.paging(given, len(shown), len(rows)),
            may_appoint=access.may(actor, ACT),
        )
    )


@bp.get("/new")
def new() -> Response:
    """The form of a new appointment: of an agency, or of the transfer that the address names."""
    access.require(current_actor(), ACT)
    return _form()


@bp.post("")
def add() -> Response:
    """Note the days on which an agency delivers, or on which ours may."""
    form = request.form
    access.require(current_actor(), ACT)
    try:
        appointment = calendar_acts.add(
            services(),
            _facts(_transfer_id(form.get("transfer", ""))),
            agency=form.get("agency", ""),
            partner=form.get("partner", ""),
            actor=current_actor(),
        )
    except _TOLD as refused:
        return _form(refused)
    return _back(appointment.id, "added")


@bp.get("/<uuid:appointment_id>")
def show(appointment_id: UUID) -> Response:
    """One appointment: what came of it, what speaks against its days, and its acts."""
    return _page(appointment_id)


@bp.post("/<uuid:appointment_id>/move")
def move(appointment_id: UUID) -> Response:
    """Put it on other days, or change what is told of it."""
    try:
        facts = _facts(None)
        calendar_acts.move(services(), appointment_id, facts, actor=current_actor())
    except _TOLD as refused:
        return _page(appointment_id, refused)
    return _back(str(appointment_id), "moved")


@bp.post("/<uuid:appointment_id>/transfer")
def name_transfer(appointment_id: UUID) -> Response:
    """Note which transfer of the giver it is for."""
    try:
        transfer_id = _transfer_id(request.form.get("transfer", ""))
        if transfer_id is None:
            raise AppointmentWordsError(field="transfer", most=0)
        facts = AppointmentFacts(transfer_id=transfer_id)
        calendar_acts.move(services(), appointment_id, facts, actor=current_actor())
    except _TOLD as refused:
        return _page(appointment_id, refused, _NAMING)
    return _back(str(appointment_id), "named")


@bp.post("/<uuid:appointment_id>/confirmation")
def confirm(appointment_id: UUID) -> Response:
    """The giver said yes."""
    try:
        calendar_acts.confirm(services(), appointment_id, actor=current_actor())
    except _TOLD as refused:
        return _page(appointment_id, refused)
    return _back(str(appointment_id), "confirmed")


@bp.post("/<uuid:appointment_id>/cancellation")
def cancel(appointment_id: UUID) -> Response:
    """Call it off."""
    reason = request.form.get("cancel_reason", "")
    try:
        calendar_acts.cancel(
            services(), appointment_id, CancellationIn(reason=reason), actor=current_actor()
        )
    except _TOLD as refused:
        return _page(appointment_id, refused)
    return _back(str(appointment_id), "cancelled")


def _form(refused: ArchiveError | None = None) -> Response:
    actor, problems = current_actor(), at_fields(refused, _FIELDS)
    transfer_id = _transfer_id(request.values.get("transfer", ""))
    with services().read_only() as session:
        transfer = get_transfer(session, transfer_id, actor=actor) if transfer_id else None
        agencies = [
            (agency.code, f"{agency.name} ({agency.code})")
            for agency in list_agencies(session)
            if actor.agency_id in (None, agency.id)
        ]
    givers = partners_acts.list_all(services(), actor=actor) if transfer is None else []
    on = request.args.get("on", "")
    if transfer is not None and (not_before := transfer.waits_until(clock.today())):
        on = not_before.isoformat()  # the answer to its register says so
    page = render_template(
        "transfer/calendar/appointment_new.html",
        here_key="transfers",
        transfer=transfer,
        agencies=agencies,
        partners=[(giver.code, giver.name) for giver in givers if giver.gives and giver.active],
        typed=request.form or {"from_on": on, "to_on": ""},
        problem=problems.problem,
        faults=problems.faults,
    )
    return make_response(page, problems.status if refused else 200)


def _page(
    appointment_id: UUID,
    refused: ArchiveError | None = None,
    fields: Mapping[str, str] = _FIELDS,
) -> Response:
    actor, problems = current_actor(), at_fields(refused, fields)
    appointment = calendar_acts.show(services(), appointment_id, actor=actor)
    may = access.may(actor, ACT) and appointment.state in ("planned", "confirmed", "missed")
    may_name = access.may(actor, ACT) and appointment.state != "cancelled"
    known = {
        "from_on": appointment.from_on,
        "to_on": appointment.to_on,
        "fonds": appointment.fonds,
        "case_files": "" if appointment.case_files is None else appointment.case_files,
        "size": _gb(appointment.size_bytes),
        "note": appointment.note,
    }
    page = render_template(
        "transfer/calendar/appointment.html",
        here_key="transfers",
        one=appointment,
        may=may,
        to_name=_to_name(appointment_id, appointment) if may_name else [],
        typed=known | request.form.to_dict(),
        per_day=days_of(services()).per_day,
        calendar=url_for(
            ".show_year", year=appointment.from_on[:4], month=int(appointment.from_on[5:7])
        ),
        problem=problems.problem,
        faults=problems.faults,
    )
    return make_response(page, problems.status if refused else 200)


def _to_name(appointment_id: UUID, appointment: AppointmentDocument) -> list[tuple[str, str]]:
    """Transfers to choose from; none if there is no other one than it names."""
    found = calendar_acts.may_name(services(), appointment_id, actor=current_actor())
    first = t("pages.transfer_calendar.choose_transfer")
    offered = [
        (
            str(transfer_id),
            t("pages.transfer_calendar.transfer_of", number=number, on=day(on.isoformat())),
        )
        for transfer_id, number, on in found
        if str(transfer_id) != appointment.transfer_id
    ]
    return [("", first), *offered] if offered else []


def _facts(transfer_id: UUID | None) -> AppointmentFacts:
    """What the form tells; a field that is empty is told as empty, amounts stay unsaid."""
    form = request.form
    return AppointmentFacts(
        from_on=day_or_none("from_on"),
        to_on=day_or_none("to_on") or day_or_none("from_on"),
        fonds=form.get("fonds", ""),
        case_files=_count_in("case_files"),
        size_bytes=_size_in("size"),
        note=form.get("note", ""),
        transfer_id=transfer_id,
    )


def _count_in(name: str) -> int | None:
    text = request.form.get(name, "").strip()
    if not text.isdecimal() and text:
        raise AppointmentNumberError(field=name, most=0)
    return int(text[:_DIGITS]) if text else None


def _size_in(name: str) -> int | None:
    """Bytes of a number of GB, which may have a comma."""
    text = request.form.get(name, "").strip().replace(",", ".")
    try:
        return round(float(text) * _GB) if text else None
    except (ValueError, OverflowError):
        raise AppointmentNumberError(field="size_bytes", most=0) from None


def _transfer_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _gb(size_bytes: int | None) -> str:
    return (
        ""
        if size_bytes is None
        else f"{size_bytes / _GB:.3f}".rstrip("0").rstrip(".").replace(".", ",")
    )


def _asked(name: str, default: int, least: int, most: int) -> int:
    wanted = request.args.get(name, default, type=int)
    return wanted if least <= wanted <= most else default


def _is_asked(appointment: AppointmentDocument, text: str, state: str) -> bool:
    words = (
        appointment.agency_name,
        appointment.agency,
        appointment.partner,
        appointment.note,
        appointment.fonds,
    )
    heirs = (heir.name for heir in appointment.heirs)
    return state in ("", appointment.state) and fold(text) in fold(" ".join((*words, *heirs)))


def _touches(appointment: AppointmentDocument, year: int, month: int) -> bool:
    key = f"{year:04}-{month:02}"
    return bool(appointment.from_on[:7] <= key <= appointment.to_on[:7])


def _beside(year: int, month: int) -> tuple[str, str]:
    """The month before and after this one, or the years."""
    if not month:
        return month_address(year - 1, 0), month_address(year + 1, 0)
    at = year * 12 + month - 1
    before, after = divmod(at - 1, 12), divmod(at + 1, 12)
    return month_address(before[0], before[1] + 1), month_address(after[0], after[1] + 1)


def _figures(found: Sequence[AppointmentDocument]) -> list[tuple[str, str, str]]:
    lang = language()
    counts = {state: sum(appointment.state == state for appointment in found) for state in STATES}
    coming = counts["planned"] + counts["confirmed"]
    announced = sum(
        appointment.case_files or 0
        for appointment in found
        if appointment.state in ("planned", "confirmed")
    )
    figures = (
        (coming, t("pages.transfer_calendar.coming")),
        (announced, t("pages.transfer_calendar.announced")),
        (counts["delivered"], t("pages.transfer_calendar.delivered")),
        (counts["missed"], t("pages.transfer_calendar.missed")),
    )
    return [(number(count, lang), "", words) for count, words in figures]


def _choices(year: int, month: int, state: str) -> list[dict[str, Any]]:
    this = clock.today().year
    years = [(str(number), str(number)) for number in range(this - _BACK, this + _AHEAD + 1)]
    months = [
        ("0", t("pages.transfer_calendar.whole_year")),
        *(
            (str(number), t("pages.transfer_calendar.month_of", month=number))
            for number in range(1, 13)
        ),
    ]
    states = [(one, t(f"labels.appointment-state.{one}")) for one in STATES]
    any_state = lists.options("pages.transfer_calendar.any_state", states)
    return [
        {
            "name": "year",
            "label": t("pages.transfer_calendar.year"),
            "options": years,
            "value": str(year),
        },
        {
            "name": "month",
            "label": t("pages.transfer_calendar.month"),
            "options": months,
            "value": str(month),
        },
        {"name": "state", "label": t("columns.state"), "options": any_state, "value": state},
    ]


def _cells(rows: Sequence[AppointmentDocument]) -> Iterator[Row]:
    for row in rows:
        yield (
            day(row.from_on),
            day(row.to_on),
            row.agency_name,
            t(f"labels.appointment-state.{row.state}"),
            row.case_files,
            row.size_bytes,
            ", ".join(came.number for came in row.transfers),
            row.note,
        )


def _back(appointment_id: str, done: str) -> Response:
    tell(t(f"pages.transfer_calendar.done_{done}"))
    return make_response(redirect(url_for(".show", appointment_id=appointment_id), code=303))
