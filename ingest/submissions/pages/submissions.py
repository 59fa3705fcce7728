"""Lần nộp: one submission on its way, its files and receipt, and the acts that decide it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access, clock, messages
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.opening import (
    ReceiptNotIssuedError,
    read_receipt,
    readable_submission_file,
)
from archive_service.domain.intake.submission import OPEN, SubmissionFile, SubmissionState
from archive_service.domain.keeping.audit_event import TrailEvent
from archive_service.domain.people.account import Role
from archive_service.formats.picture import MEDIA_TYPE, make_picture
from archive_service.keeping.malware.verdicts import is_infected
from archive_service.request import current_actor, services
from archive_service.storage.needed import CORRECTED_FOR
from archive_service.web import display
from archive_service.web.event_lines import EventLine
from archive_service.web.fields import shown_day
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.stretches import stretch_of
from archive_service.web.toasts import tell
from ingest.acceptance.marks import standing_marks, stopped_by_mark
from ingest.edxml.undecided import surely_named
from ingest.receiving import makers
from ingest.receiving.page_parts.finding_links import lead_to_desk, lead_to_files
from ingest.receiving.page_parts.missing_files import absence_words
from ingest.receiving.page_parts.sheets import Sheet, Sheets, file_address
from ingest.submissions import acts as submissions_acts
from ingest.submissions.desk import time_order
from ingest.submissions.desk.pages.acts import (
    back_if_claimed,
    back_if_unweighed,
    next_after,
)
from ingest.submissions.given import Acceptance, LeavingOut, LiftedMark, Return
from ingest.submissions.page_queries import Detail, submission_detail
from ingest.submissions.pages.steps import steps_of
from ingest.transitions import TRANSITIONS

bp = Blueprint("submissions", __name__, template_folder="../templates", url_prefix="/submissions")

_BYTES_KEPT = OPEN  # in staging, as received; what was returned for a time


@bp.get("/<uuid:submission_id>")
def show(submission_id: UUID) -> Response:
    """Its findings, documents and way; a page that waits is told when all of it is new."""
    actor = current_actor()
    detail = submission_detail(services(), submission_id, actor=actor, lang=language())
    if detail.row.state is SubmissionState.DRAFT and access.may(actor, "draft:edit", detail.row):
        return make_response(redirect(url_for("drafts.show", draft_id=submission_id), code=303))
    seen = request.args.get("seen")
    if request.headers.get("HX-Request") and seen != detail.row.state.value:
        return Response(headers={"HX-Refresh": "true"})
    sheets = _sheets(detail)

    def part(start: int) -> str:
        given: dict[str, Any] = {"submission_id": submission_id, "from": start}
        return url_for(".show", **given)

    stretch = stretch_of(len(sheets.documents), 1, part)
    may = _may(detail)
    if may["judge"]:
        lead_to_desk(sheets, submission_id, text="", beside=0)
    else:

        def row(ordinal: int) -> str:
            return f"{'' if ordinal in stretch else part(ordinal)}#document-{ordinal}"

        lead_to_files(sheets, row, kept=_is_kept(detail))
    return make_response(
        render_template(
            "submissions/submission.html",
            here_key="my-case-files" if actor.role is Role.OFFICER else "desk",
            submission=_submission(detail) | {"findings": sheets.findings},
            documents=[
                _document(sheet, detail) for sheet in sheets.documents if sheet.ordinal in stretch
            ],
            stretch=stretch,
            steps=steps_of(detail, copies=len(services().copies)),
            events=[_event(event, detail) for event in detail.events],
            may=may,
            recalled=_recalled(detail),
        )
    )


@bp.post("/<uuid:submission_id>/accept")
def accept(submission_id: UUID) -> Response:
    """Accept it, then show the next one waiting."""
    actor = current_actor()
    if (back := back_if_claimed(submission_id, "submission:accept")) is not None:
        return back
    following = next_after(submission_id, actor=actor)
    reason = request.form.get("reason", "")
    if (back := back_if_unweighed(submission_id, reason)) is not None:
        return back
    accepted = submissions_acts.accept(
        services(), submission_id, Acceptance(reason=reason), actor=actor
    )
    words = t("pages.desk.accepted", code=accepted.case_file, copies=len(services().copies))
    return _see_other(words, submission_id, following)


@bp.post("/<uuid:submission_id>/return")
def give_back(submission_id: UUID) -> Response:
    """Give it back with the reason, then show the next one waiting."""
    actor = current_actor()
    if (back := back_if_claimed(submission_id, "submission:return")) is not None:
        return back
    following = next_after(submission_id, actor=actor)
    reason = request.form.get("reason", "")
    submissions_acts.give_back(services(), submission_id, Return(reason=reason), actor=actor)
    with services().read_only() as session:
        code = holdings_rows.get_submission(session, submission_id, actor=actor).code
    return _see_other(t("pages.desk.returned", code=code), submission_id, following)


@bp.post("/<uuid:submission_id>/rescan")
def rescan(submission_id: UUID) -> Response:
    """Have a quarantined one checked again."""
    submissions_acts.rescan(services(), submission_id, actor=current_actor())
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/lift-mark")
def lift_mark(submission_id: UUID) -> Response:
    """Say with a reason that documents of a quarantined one bear no mark of secrecy."""
    submissions_acts.lift(
        services(),
        submission_id,
        LiftedMark(
            reason=request.form.get("reason", ""), documents=request.form.getlist("document")
        ),
        actor=current_actor(),
    )
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/documents/<int:ordinal>/left-out")
def leave_out(submission_id: UUID, ordinal: int) -> Response:
    """Leave one document out of what is accepted; the desk shows the rest."""
    if (back := back_if_claimed(submission_id, "submission:accept")) is not None:
        return back
    reason = request.form.get("reason", "")
    submissions_acts.leave_out(
        services(), submission_id, ordinal, LeavingOut(reason=reason), actor=current_actor()
    )
    return make_response(redirect(url_for("desk.show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/time-order")
def order_by_time(submission_id: UUID) -> Response:
    """Put its documents in order of time; the desk shows them so."""
    if (back := back_if_claimed(submission_id, "submission:accept")) is not None:
        return back
    time_order.order_by_time(services(), submission_id, actor=current_actor())
    return make_response(redirect(url_for("desk.show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/left-out/<int:number>/take-up")
def take_up(submission_id: UUID, number: int) -> Response:
    """Take a document that was left out up again."""
    submissions_acts.take_up(services(), submission_id, number, actor=current_actor())
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/recheck")
def recheck(submission_id: UUID) -> Response:
    """Have a checked one checked again, by what is known now."""
    submissions_acts.recheck(services(), submission_id, actor=current_actor())
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/withdraw")
def withdraw(submission_id: UUID) -> Response:
    """Take it back, as long as nobody has decided it."""
    submissions_acts.withdraw(services(), submission_id, actor=current_actor())
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.post("/<uuid:submission_id>/hand-over")
def hand_over(submission_id: UUID) -> Response:
    """Another officer goes on with it, a draft as well."""
    to = request.form.get("to", "")
    makers.hand_over(services(), submission_id, to=to, actor=current_actor())
    tell(t("pages.submission.handed_over", name=to.strip()))
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.get("/<uuid:submission_id>/receipt")
def receipt(submission_id: UUID) -> Response:
    """The signed receipt, PDF/A, once every copy holds the case file."""
    actor = current_actor()
    with services().read_only() as session:
        submission = holdings_rows.get_submission(session, submission_id, actor=actor)
        became = holdings_rows.case_files_of(session, [submission_id]).get(submission_id)
    if became is None:
        raise ReceiptNotIssuedError(code=submission.code)
    number, data = read_receipt(services(), became.code, actor=actor, submission_id=submission_id)
    return file_answer(data, f"{number.replace('/', '-')}.pdf")


@bp.get("/<uuid:submission_id>/pictures/<uuid:file_id>")
def picture(submission_id: UUID, file_id: UUID) -> Response:
    """A page image in a format that browsers show, while it waits in staging."""
    file = readable_submission_file(services(), submission_id, file_id, actor=current_actor())
    with services().staging.path(file.sha256) as path:
        data = make_picture(path, pixels=services().settings.limits.page_pixels)
    return Response(data, mimetype=MEDIA_TYPE)


def _see_other(words: str, submission_id: UUID, following: str) -> Response:
    href = url_for(".show", submission_id=submission_id)
    tell(words, href, t("pages.desk.see"))
    return make_response(redirect(following, code=303))


def _sheets(detail: Detail) -> Sheets:
    return Sheets(detail.row, detail.findings, home=services().settings.home)


def _submission(detail: Detail) -> dict[str, Any]:
    row = detail.row
    returned = None
    if row.state is SubmissionState.RETURNED:
        returned = {
            "by": display.decider(detail.decided_by, language()),
            "at": row.decided_at,
            "reason": row.decision_reason,
        }
    standing = standing_marks(row)
    lines = {"sent_by": detail.sent_by, "returned": returned, "standing_marks": standing}
    return dict(detail.document) | lines | {"turns": list(_turns(detail))}


def _turns(detail: Detail) -> Iterator[tuple[str, str]]:
    """Address and words of the times before and after this one that it was handed in."""
    if (earlier := detail.earlier) is not None:
        which = "earlier_returned" if earlier.decision_reason else "earlier"
        at = display.moment(earlier.decided_at or earlier.received_at)
        yield url_for(".show", submission_id=earlier.id), t(f"pages.submission.{which}", at=at)
    if (later := detail.later) is not None:
        at = display.moment(later.received_at)
        yield url_for(".show", submission_id=later.id), t("pages.submission.later", at=at)


def _is_kept(detail: Detail) -> bool:
    """Whether its files can be opened where they came in."""
    row = detail.row
    if row.is_marked:  # for who may say that it is no mark of secrecy
        return stopped_by_mark(row) and access.may(current_actor(), "submission:lift-mark", row)
    if row.state is SubmissionState.RETURNED and row.decided_at is not None:
        return clock.now() < row.decided_at + CORRECTED_FOR and not is_infected(row)
    return row.state in _BYTES_KEPT and not is_infected(row)


def _document(sheet: Sheet, detail: Detail) -> dict[str, Any]:
    kept = _is_kept(detail)
    return {
        "ordinal": sheet.ordinal,
        "title": sheet.title,
        "number": sheet.number,
        "date": shown_day(sheet.values.get("issuedDate", "")),
        "pages": sheet.pages,
        "files": [_file(file, detail, kept=kept) for file in sheet.files],
        "absent": absence_words(sheet.absence),
        "findings": sheet.findings,
        "unsigned": sheet.unsigned,
    }


def _file(file: SubmissionFile, detail: Detail, *, kept: bool) -> dict[str, Any]:
    """With its address; of what was returned, only while its bytes are kept for a correction."""
    is_over = detail.row.state is SubmissionState.RETURNED
    opens = kept and not (is_over and not services().staging.has(file.sha256))
    return {
        "name": file.path,
        "size_bytes": file.size_bytes,
        "href": file_address(file) if opens else None,
        "gone": is_over and not opens,
    }


def _recalled(detail: Detail) -> dict[str, Any] | None:
    """The document that ``?recall=`` names by its place, while it can be asked back."""
    ordinal = request.args.get("recall", 0, type=int)
    declared = detail.row.case_file()
    if not _may(detail)["recall"] or not 0 < ordinal <= len(declared.documents):
        return None
    document = declared.documents[ordinal - 1]
    return {
        "ordinal": ordinal,
        "name": surely_named(declared, document),
        "title": _sheets(detail)[ordinal].title,
        "alone": len(declared.documents) == 1,
    }


def _event(event: TrailEvent, detail: Detail) -> EventLine:
    subject, _, outcome = event.tag.partition(":")
    who = detail.names.get(event.account, event.account)
    if event.account == "worker":
        who = t("pages.submission.system")
    kinds = {"accepted": "accepted", "returned": "returned", "stored": "receipt"}
    return EventLine(
        at=event.at,
        kind=kinds.get(outcome, subject),
        text=messages.label("events", event.tag, language()),
        who=who,
        ok=event.tag in ("case-file:stored", "submission:stored"),
        error=event.tag in ("submission:returned", "submission:rejected", "submission:quarantined"),
    )


def _may(detail: Detail) -> dict[str, bool]:
    actor, row = current_actor(), detail.row
    waits = row.state in OPEN
    own = row.submitted_by == actor.account or actor.role is Role.OFFICER
    locked = row.state is SubmissionState.QUARANTINED

    def may(act: str) -> bool:
        return TRANSITIONS.may(row, act, actor)

    again = detail.later is not None and detail.later.state is not SubmissionState.WITHDRAWN
    with services().read_only() as session:
        theirs = makers.is_theirs(session, row, actor)
    return {
        "withdraw": may("withdraw") and theirs,
        "hand_over": may("hand-over") and (theirs or actor.role is Role.AGENCY_HEAD),
        "recall": may("recall")
        and (theirs or actor.role is not Role.OFFICER)
        and access.may(actor, "recall:ask", row),
        "judge": waits and access.may(actor, "submission:accept", row),
        "take_up": may("take-up"),
        "reject": may("return") and locked,  # a checked one is returned on the desk
        "recheck": may("recheck"),
        "rescan": may("rescan"),
        "lift": may("lift-mark") and stopped_by_mark(row) and row.submitted_by != actor.account,
        "mend": may("correct") and own and not again,
    }
