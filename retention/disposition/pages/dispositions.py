"""Xử lý khi hết hạn: lists of what is due; one list with review, council and decision."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.retention.disposition import (
    CouncilDuty,
    Disposition,
    DispositionKind,
    DispositionState,
    Outcome,
)
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment
from archive_service.web.layout import t
from archive_service.web.refusals import RefusedForm, day_or_none, shown_again
from archive_service.web.toasts import tell
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import CouncilMembersError, Meeting, Seat
from retention.disposition.decision import acts as decision_acts
from retention.disposition.documents import DispositionHead
from retention.disposition.duplicates import view as duplicates_view
from retention.disposition.given import DecisionApproval, DecisionRejection, ListShown, Review, Vote
from retention.disposition.listing import (
    count_dispositions,
    listed_documents,
    matching_dispositions,
)
from retention.disposition.pages.disposition import list_page, refusal_of, told_on_page
from retention.disposition.pages.sums import left_words
from retention.terms.rules import MAX_YEARS

bp = Blueprint("dispositions", __name__, template_folder="../templates")

_STATES = tuple(state.value for state in DispositionState)
_KINDS = tuple(kind.value for kind in DispositionKind)
_COLUMNS = tuple(
    f"cli.disposition.heads.{name}"
    for name in ("number", "kind", "state", "agency", "count", "proposed_at", "reason")
)
_AS_IT_STANDS = "same"  # of the ticked ones, each keeps what was said of it


class DispositionUnchosenError(InputError):
    """A review of case files without one that is ticked."""


class DispositionYearsError(InputError):
    """What is kept on is kept for a whole number of years."""


@bp.get("/dispositions")
def show_list() -> Response:
    """Lists, the newest first, narrowed; or all of them as a table to download."""
    actor = current_actor()
    access.require(actor, "disposition:list")
    given = lists.asked()
    state, kind = lists.choice("state", _STATES), lists.choice("kind", _KINDS)
    query = matching_dispositions(actor=actor, text=given.text, state=state, kind=kind)
    ordered = query.order_by(Disposition.proposed_at.desc(), Disposition.id.desc())
    with services().read_only() as session:
        if given.export:
            found = listed_documents(session, session.scalars(ordered).all())
            headings = [t(key) for key in _COLUMNS]
            return lists.as_table("xu-ly-het-han", given.export, headings, _cells(found))
        part = ordered.limit(lists.PAGE_ROWS).offset(given.offset)
        found = listed_documents(session, session.scalars(part).all())
        total = count_dispositions(session, query)
    choices = [
        _choice("state", "disposition-state", _STATES, state),
        _choice("kind", "disposition-kind", _KINDS, kind),
    ]
    return make_response(
        render_template(
            "disposition/dispositions.html",
            here_key="dispositions",
            tools=lists.tools(given, choices),
            total=total,
            may_propose=access.may(actor, "disposition:propose"),
            dispositions=found,
            paging=lists.paging(given, len(found), total),
        )
    )


@bp.get("/dispositions/<uuid:disposition_id>")
def show(disposition_id: UUID) -> Response:
    """One list: its case files with outcomes, the council, who did what, and what comes next."""
    return list_page(disposition_id)


def _shown() -> str:
    """The digest of the list as the form showed it; a form without it showed no reviewed list."""
    return request.form.get("list_sha256", "")


@bp.get("/dispositions/<uuid:disposition_id>/kept/<code>")
def show_kept(disposition_id: UUID, code: str) -> str:
    """A duplicate or a draft of the list, document by document beside what keeps it."""
    comparison = duplicates_view.compared(services(), disposition_id, code, actor=current_actor())
    return render_template(
        "disposition/kept.html",
        here_key="dispositions",
        told=comparison,
        list_href=url_for("dispositions.show", disposition_id=disposition_id),
    )


@bp.post("/dispositions/<uuid:disposition_id>/review")
@told_on_page
def review(disposition_id: UUID) -> Response:
    """The outcome of the case files that are ticked, and of no other."""
    codes = request.form.getlist("code")
    if not codes:
        raise DispositionUnchosenError
    return _back(disposition_id, _note(disposition_id, codes))


@bp.post("/dispositions/<uuid:disposition_id>/items/<code>/review")
def review_item(disposition_id: UUID, code: str) -> Response:
    """The outcome of one case file, from its own page, which tells what refuses it."""
    try:
        done = _note(disposition_id, [code])
    except (ConflictError, InputError, NotAllowedError) as refused:
        form, why = refusal_of(refused)
        given = RefusedForm(form, request.form, why)
        return shown_again("disposition_item.show", given, disposition_id=disposition_id, code=code)
    return _back(disposition_id, done, _after_review(disposition_id, code))


def _after_review(disposition_id: UUID, reviewed: str) -> str:
    """Where the review goes on: the next case file of the list, after the last one the list."""
    if following := request.form.get("next"):
        return url_for("disposition_item.show", disposition_id=disposition_id, code=following)
    return url_for("dispositions.show", disposition_id=disposition_id, _anchor=f"item-{reviewed}")


def _note(disposition_id: UUID, codes: Sequence[str]) -> str:
    """What the next page says of it, with what could not go on as things stand."""
    form, actor, text = request.form, current_actor(), request.form.get("outcome", "")
    if text == Outcome.KEEP.value:
        years = form.get("years", "").strip()
        if not (years.isascii() and years.isdigit() and 1 <= int(years) <= MAX_YEARS):
            raise DispositionYearsError(most=MAX_YEARS)
        text = f"{text}:{years}"
    if text == _AS_IT_STANDS:
        disposition = disposition_acts.show(services(), disposition_id, actor=actor)
        stands = {
            disposition_item.code: disposition_item.outcome or ""
            for disposition_item in disposition.items
        }
    else:
        stands = dict.fromkeys(codes, text)
    verdicts = {code: Verdict.parse(stands.get(code, ""), code=code) for code in codes}
    disposition = disposition_acts.review(
        services(),
        disposition_id,
        Review(outcomes=verdicts, reason=form.get("reason", ""), list_sha256=_shown()),
        actor=actor,
    )
    left = left_words(
        disposition_item
        for disposition_item in disposition.items
        if disposition_item.code in verdicts
    )
    return t("pages.disposition_now.reviewed", left=left) if left else _done("reviewed")


@bp.post("/dispositions/<uuid:disposition_id>/council")
@told_on_page
def council(disposition_id: UUID) -> Response:
    """Members where any are named, the decision, the meeting and its minutes."""
    form = request.form
    rows = zip(
        *(form.getlist(name) for name in ("name", "position", "duty", "account")), strict=False
    )
    seats = [
        Seat(name.strip(), position.strip(), _duty_of(duty), account.strip() or None)
        for name, position, duty, account in rows
        if name.strip() or account.strip()
    ]
    meeting = Meeting(
        form.get("number"),
        day_or_none("decided_on"),
        day_or_none("met_on"),
        form.get("met_at"),
        form.get("minutes"),
    )
    council_acts.set_up(services(), disposition_id, seats, meeting, actor=current_actor())
    return _back(disposition_id, _done("council"))


def _duty_of(asked: str) -> CouncilDuty:
    if asked not in [*CouncilDuty]:
        raise CouncilMembersError(fault="form", member=asked[:80])
    return CouncilDuty(asked)


@bp.post("/dispositions/<uuid:disposition_id>/votes")
@told_on_page
def vote(disposition_id: UUID) -> Response:
    """A member's vote, or one that staff enters from paper."""
    form = request.form
    council_acts.vote(
        services(),
        disposition_id,
        Vote(
            agrees=form.get("agrees") == "yes",
            opinion=form.get("opinion", ""),
            name=form.get("name", ""),
            list_sha256=_shown(),
        ),
        actor=current_actor(),
    )
    return _back(disposition_id, _done("voted"))


@bp.post("/dispositions/<uuid:disposition_id>/submit")
@told_on_page
def submit(disposition_id: UUID) -> Response:
    """Put it before the head of the agency."""
    disposition_acts.submit(
        services(), disposition_id, ListShown(list_sha256=_shown()), actor=current_actor()
    )
    return _back(disposition_id, _done("submitted"))


@bp.post("/dispositions/<uuid:disposition_id>/decision")
@told_on_page
def decide(disposition_id: UUID) -> Response:
    """Approve with a code of the second factor, or reject with a reason."""
    form, actor = request.form, current_actor()
    if form.get("decision") == "reject":
        decision_acts.reject(
            services(),
            disposition_id,
            DecisionRejection(reason=form.get("decision_reason", ""), list_sha256=_shown()),
            actor=actor,
        )
        return _back(disposition_id, _done("rejected"))
    decision_acts.approve(
        services(),
        disposition_id,
        DecisionApproval(
            otp=form.get("otp"),
            number=form.get("decision_number", ""),
            reason=form.get("decision_reason", ""),
            list_sha256=_shown(),
        ),
        actor=actor,
    )
    return _back(disposition_id, _done("approved"))


@bp.post("/dispositions/<uuid:disposition_id>/execute")
@told_on_page
def execute(disposition_id: UUID) -> Response:
    """Set the destruction going."""
    execution.execute(
        services(), disposition_id, ListShown(list_sha256=_shown()), actor=current_actor()
    )
    return _back(disposition_id, _done("executing"))


def _done(act: str) -> str:
    return t(f"pages.dispositions.done.{act}")


def _back(disposition_id: UUID, done: str, place: str | None = None) -> Response:
    tell(done)
    where = place or url_for("dispositions.show", disposition_id=disposition_id)
    return make_response(redirect(where, code=303))


def _choice(name: str, group: str, values: Iterable[str], value: str) -> dict[str, Any]:
    words = [(one, t(f"labels.{group}.{one}")) for one in values]
    label = t(f"cli.disposition.heads.{name}")
    options = lists.options(f"pages.dispositions.any_{name}", words)
    return {"name": name, "label": label, "options": options, "value": value}


def _cells(found: Iterable[DispositionHead]) -> Iterator[Row]:
    for disposition_head in found:
        yield (
            disposition_head.number,
            t(f"labels.disposition-kind.{disposition_head.kind}"),
            t(f"labels.disposition-state.{disposition_head.state}"),
            disposition_head.agency_name,
            disposition_head.count,
            moment(disposition_head.proposed_at),
            disposition_head.reason,
        )
