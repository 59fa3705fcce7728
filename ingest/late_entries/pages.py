"""Entered late after an outage: the mark beside a time, the form that makes it, the outages."""

import datetime as dt
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.mode_change import ModeChange
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError, InputError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.display import moment
from archive_service.web.layout import t
from archive_service.web.numbers import number_in_form, number_or_none
from archive_service.web.refusals import file_in_form, given_in_form
from archive_service.web.toasts import tell
from ingest.handover.listing import list_handovers
from ingest.late_entries import acts as late_entries_acts
from ingest.late_entries.given import VoidIn
from ingest.late_entries.late_entry import (
    ACCESS_DECIDED,
    OnPaper,
    late_entries,
    late_entries_about,
    late_entry_document,
)

bp = Blueprint("late_entries", __name__, template_folder="templates")

_SAID = ("giver_name", "giver_position", "receiver_name", "receiver_position", "block")


class LateMomentError(InputError):
    """Not a day and an hour."""

    code = "late-entry-time"


class LateChoiceError(InputError):
    """Not one of the acts and outages that the form offers."""

    code = "late-entry-choice"


@bp.app_context_processor
def marks() -> dict[str, Any]:
    """What a page that was opened to the account asks for the thing it shows."""
    return {"late_entries": _of, "late_choices": _choices, "late_marks": _marks}


def _of(subject_id: str | UUID) -> list[dict[str, Any]]:
    try:
        with services().read_only() as session:
            rows = late_entries_about(session, UUID(str(subject_id)))
            return [late_entry_document(row) for row in rows]
    except BackendError:
        return []


def _marks(subject_ids: Collection[str | UUID]) -> dict[str, list[dict[str, Any]]]:
    """By id what was entered late of each; one statement a list."""
    found: dict[str, list[dict[str, Any]]] = {str(subject_id): [] for subject_id in subject_ids}
    try:
        with services().read_only() as session:
            for row in late_entries(session, [UUID(subject_id) for subject_id in found]):
                found[str(row.subject_id)].append(late_entry_document(row))
    except BackendError:
        return found
    return found


def _choices(subject_id: str | UUID) -> dict[str, Any] | None:
    """What may be entered late of a submission or case file, and the outages; none: no form."""
    actor: Actor | None = g.get("actor")
    if actor is None or not access.may(actor, "late-entry:make"):
        return None
    acts, outages = late_entries_acts.choices(services(), UUID(str(subject_id)), actor=actor)
    return {
        "acts": [
            (f"{what}:{subject}", t("pages.late_entry.act", what=_label(what), at=moment(at)))
            for what, subject, at in acts
        ],
        "outages": [(outage["id"], _outage(outage)) for outage in outages],
    }


def _outage(outage: dict[str, Any]) -> str:
    begin, end = moment(outage["began_at"]), moment(outage["ended_at"])
    return t("pages.late_entry.outage_of", begin=begin, end=end)


def _label(what: str) -> str:
    return t(f"labels.late-entry.{what}")


@bp.post("/late-entries")
def add() -> Response:
    """Enter one act that was done on paper."""
    access.require(current_actor(), "late-entry:make")
    what, _, subject = request.form.get("act", "").partition(":")
    subject_id = _id(subject)
    late_entries_acts.enter(services(), subject_id, what, _paper_entry(), actor=current_actor())
    tell(t("pages.late_entry.made"))
    return make_response(redirect(_place_of(what, subject_id), code=303))


def _place_of(what: str, subject_id: UUID) -> str:
    if what != ACCESS_DECIDED:
        return url_for("submissions.show", submission_id=subject_id)
    with services().read_only() as session:
        change = session.get_one(ModeChange, subject_id)
        code = session.get_one(CaseFile, change.case_file_id).code
    return url_for("case_files.show", code=code)


def _paper_entry() -> OnPaper:
    form = request.form
    return OnPaper(
        outage_id=_id(form.get("outage", "")),
        happened_at=_moment("happened_at"),
        done_by=form.get("done_by", ""),
        paper=form.get("paper", ""),
        reason=form.get("late_reason", ""),
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise LateChoiceError(text=text) from None


def _moment(name: str) -> dt.datetime:
    try:
        return clock.local_moment(request.form.get(name, ""))
    except ValueError:
        raise LateMomentError(text=request.form.get(name, ""), at=name) from None


@bp.get("/outages")
def show_outages() -> str:
    """Outages, what was entered of each, and the numbers whose papers are still to be entered."""
    actor = current_actor()
    may = access.may(actor, "outage:record")
    found = late_entries_acts.list_outages(services(), actor=actor)
    chosen = request.args.get("minutes", "")
    return render_template(
        "late_entries/outages.html",
        here_key="outages",
        outages=found,
        next_number=late_entries_acts.next_number(services(), clock.today().year),
        may_record=may,
        chosen=next((entry for entry in found if entry["id"] == chosen and entry["waiting"]), None),
        waiting=list_handovers(services(), actor=actor, limit=1).waiting,
    )


@bp.post("/outages")
def record() -> Response:
    """Note an outage that is over, with the numbers that were used on paper."""
    access.require(current_actor(), "outage:record")
    form = request.form
    first, last = number_or_none("first"), number_or_none("last")
    late_entries_acts.record_outage(
        services(),
        _moment("began_at"),
        _moment("ended_at"),
        form.get("reason", ""),
        numbers=(first or 0, last or 0) if first or last else None,
        actor=current_actor(),
    )
    tell(t("pages.outages.recorded"))
    return _back()


@bp.post("/outages/<uuid:outage_id>/numbers/<int:number>/void")
def void(outage_id: UUID, number: int) -> Response:
    """The paper of this number was spoilt."""
    given = given_in_form(VoidIn, {"reason": "void_reason"})
    late_entries_acts.void_number(services(), outage_id, number, given, actor=current_actor())
    tell(t("pages.outages.voided", number=number))
    return _back()


@bp.post("/outages/<uuid:outage_id>/minutes")
@takes(Body.PAPER, "late-entry:make")
def minutes(outage_id: UUID) -> Response:
    """Enter minutes that both sides signed on paper, with their scan."""
    access.require(current_actor(), "late-entry:make")
    form = request.form
    agency, _, sender = form.get("from", "").partition(":")
    on_paper = OnPaper(
        outage_id=outage_id,
        happened_at=_moment("happened_at"),
        done_by=form.get("receiver_name", ""),
        paper=form.get("paper", ""),
        reason=form.get("late_reason", ""),
    )
    with tempfile.TemporaryDirectory(dir=services().work_folder) as folder:
        scan = Path(folder) / "scan.pdf"
        file_in_form("scan", t("pages.outages.scan")).save(scan)
        made = late_entries_acts.enter_minutes(
            services(),
            on_paper,
            late_entries_acts.PaperMinutes(
                number=number_in_form("number"),
                agency_id=_id(agency),
                submission_ids=[_id(value) for value in form.getlist("submission")],
                sender=sender,
                said={name: text for name in _SAID if (text := form.get(name, "").strip())},
            ),
            scan,
            actor=current_actor(),
        )
    tell(t("pages.outages.entered", number=made.number))
    place = url_for("handovers.show", handover_id=made.id)
    return make_response(redirect(place, code=303))


def _back() -> Response:
    return make_response(redirect(url_for(".show_outages"), code=303))
