"""Xử lý khi hết hạn: lists of what is due; one list with review, council and decision."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.disposition import (
    CouncilDuty,
    Disposition,
    DispositionKind,
    DispositionState,
    Outcome,
)
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment, size
from archive_service.web.disposition_item import after_review
from archive_service.web.disposition_papers import file_panel
from archive_service.web.disposition_sums import by_outcome, destroyed, sums
from archive_service.web.errors import shown
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from archive_service.workflow import (
    disposition,
    disposition_council,
    disposition_decision,
    disposition_execution,
    keepers,
)
from retention.appraisal import DispositionOutcomeError, Verdict
from retention.council import Meeting, Seat
from retention.disposition_list import (
    count_dispositions,
    listed_documents,
    matching_dispositions,
)
from retention.list_shown import DispositionStaleError

bp = Blueprint("dispositions", __name__)

_STATES = tuple(state.value for state in DispositionState)
_KINDS = tuple(kind.value for kind in DispositionKind)
_COLUMNS = tuple(
    f"cli.disposition.heads.{name}"
    for name in ("number", "kind", "state", "agency", "count", "proposed_at", "reason")
)
_AS_IT_STANDS = "same"  # of the ticked ones, each keeps what was said of it
_SEATS = 7  # rows of the form; who needs more sends it twice


class DispositionUnchosenError(InputError):
    """A review of case files without one that is ticked."""

    code = "disposition-unchosen"


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
            "pages/dispositions.html",
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
    return _page(disposition_id)


def _page(disposition_id: UUID, refused: ArchiveError | None = None) -> Response:
    """The list as it is; where a form of it was refused with what was typed there and why."""
    actor = current_actor()
    told = disposition.show(services(), disposition_id, actor=actor, lang=language())
    asked = {one["act"] for one in told["next"]}
    undecided = told["state"] in ("proposed", "reviewed", "submitted")
    problem, status = shown(refused)
    page = render_template(
        "pages/disposition.html",
        here_key="dispositions",
        told=told,
        may_review=undecided and access.may(actor, "disposition:review"),
        may_council="council" in asked and access.may(actor, "disposition:council"),
        may_vote=_votes(told, actor.account),
        may_submit=told["state"] in ("proposed", "reviewed")
        and access.may(actor, "disposition:submit"),
        blocked=_blocked(told),
        may_decide="approve" in asked and access.may(actor, "disposition:approve"),
        may_execute="execute" in asked and access.may(actor, "disposition:execute"),
        outcomes=[(one.value, _outcome(one)) for one in Outcome],
        duties=[(one.value, t(f"labels.council-duty.{one.value}")) for one in CouncilDuty],
        seats=_SEATS,
        figures=_figures(told),
        sums=sums(told),
        going=destroyed(told),
        file=file_panel(told, actor),
        problem=problem,
        changes=refused.facts["changes"] if isinstance(refused, DispositionStaleError) else [],
        kept={} if refused is None else {(request.endpoint or "").rpartition(".")[2]: request.form},
    )
    return make_response(page, status)


def _told_on_page(act: Callable[[UUID], Response]) -> Callable[[UUID], Response]:
    """What refuses the act is told on the page of the list."""

    @wraps(act)
    def tried(disposition_id: UUID) -> Response:
        try:
            return act(disposition_id)
        except (ConflictError, InputError, NotAllowedError) as refused:
            return _page(disposition_id, refused)

    return tried


def _shown() -> str:
    """The digest of the list as the form showed it; a form without it showed no reviewed list."""
    return request.form.get("list_sha256", "")


@bp.get("/dispositions/<uuid:disposition_id>/kept/<code>")
def show_kept(disposition_id: UUID, code: str) -> str:
    """A duplicate or a draft of the list, document by document beside what keeps it."""
    told = keepers.compared(services(), disposition_id, code, actor=current_actor())
    return render_template(
        "pages/disposition_kept.html",
        here_key="dispositions",
        told=told,
        list_href=url_for("dispositions.show", disposition_id=disposition_id),
    )


@bp.post("/dispositions/<uuid:disposition_id>/review")
@_told_on_page
def review(disposition_id: UUID) -> Response:
    """The outcome of the case files that are ticked, and of no other."""
    form, actor = request.form, current_actor()
    codes, text = form.getlist("code"), form.get("outcome", "")
    if not codes:
        raise DispositionUnchosenError
    if text == Outcome.KEEP.value:
        text = f"{text}:{form.get('years', '').strip()}"
    if text == _AS_IT_STANDS:
        told = disposition.show(services(), disposition_id, actor=actor)
        stands = {one["code"]: one["outcome"] or "" for one in told["items"]}
    else:
        stands = dict.fromkeys(codes, text)
    verdicts = {code: _verdict(code, stands.get(code, "")) for code in codes}
    disposition.review(
        services(),
        disposition_id,
        verdicts,
        reason=form.get("reason", ""),
        actor=actor,
        list_sha256=_shown(),
    )
    return _back(disposition_id, "reviewed", after_review(disposition_id))


@bp.post("/dispositions/<uuid:disposition_id>/council")
@_told_on_page
def council(disposition_id: UUID) -> Response:
    """Members where any are named, the decision, the meeting and its minutes."""
    form = request.form
    rows = zip(
        *(form.getlist(name) for name in ("name", "position", "duty", "account")), strict=False
    )
    seats = [
        Seat(name.strip(), position.strip(), CouncilDuty(duty), account.strip() or None)
        for name, position, duty, account in rows
        if name.strip()
    ]
    meeting = Meeting(
        form.get("number"),
        _day("decided_on"),
        _day("met_on"),
        form.get("met_at"),
        form.get("minutes"),
    )
    disposition_council.set_up(services(), disposition_id, seats, meeting, actor=current_actor())
    return _back(disposition_id, "council")


@bp.post("/dispositions/<uuid:disposition_id>/votes")
@_told_on_page
def vote(disposition_id: UUID) -> Response:
    """A member's vote, or one that staff enters from paper."""
    form = request.form
    disposition_council.vote(
        services(),
        disposition_id,
        agrees=form.get("agrees") == "yes",
        opinion=form.get("opinion", ""),
        name=form.get("name", ""),
        actor=current_actor(),
        list_sha256=_shown(),
    )
    return _back(disposition_id, "voted")


@bp.post("/dispositions/<uuid:disposition_id>/submit")
@_told_on_page
def submit(disposition_id: UUID) -> Response:
    """Put it before the head of the agency."""
    disposition.submit(services(), disposition_id, actor=current_actor(), list_sha256=_shown())
    return _back(disposition_id, "submitted")


@bp.post("/dispositions/<uuid:disposition_id>/decision")
@_told_on_page
def decide(disposition_id: UUID) -> Response:
    """Approve with a code of the second factor, or reject with a reason."""
    form, actor = request.form, current_actor()
    if form.get("decision") == "reject":
        disposition_decision.reject(
            services(),
            disposition_id,
            reason=form.get("decision_reason", ""),
            actor=actor,
            list_sha256=_shown(),
        )
        return _back(disposition_id, "rejected")
    disposition_decision.approve(
        services(),
        disposition_id,
        actor=actor,
        otp=form.get("otp"),
        number=form.get("decision_number", ""),
        reason=form.get("decision_reason", ""),
        list_sha256=_shown(),
    )
    return _back(disposition_id, "approved")


@bp.post("/dispositions/<uuid:disposition_id>/execute")
@_told_on_page
def execute(disposition_id: UUID) -> Response:
    """Set the destruction going."""
    disposition_execution.execute(
        services(), disposition_id, actor=current_actor(), list_sha256=_shown()
    )
    return _back(disposition_id, "executing")


def _back(disposition_id: UUID, done: str, place: str | None = None) -> Response:
    tell(t(f"pages.dispositions.done.{done}"))
    where = place or url_for("dispositions.show", disposition_id=disposition_id)
    return make_response(redirect(where, code=303))


def _verdict(code: str, text: str) -> Verdict:
    try:
        return Verdict.parse(text)
    except DispositionOutcomeError:
        raise DispositionOutcomeError(code=code, outcome=text) from None


def _blocked(told: dict[str, Any]) -> str:
    """Why the list cannot be put before the head yet; empty: it can."""
    if told["state"] == "proposed":
        left = sum(one["state"] == "proposed" for one in told["items"])
        return t("pages.disposition_list.left_to_review", count=left)
    needs = [one["needs"] for one in told["next"] if one["act"] == "submit"]
    lacks = [t(f"labels.disposition-need.{need}") for need in (needs[0] if needs else [])]
    return t("pages.disposition_list.lacks", needs=", ".join(lacks)) if lacks else ""


def _votes(told: dict[str, Any], account: str) -> bool:
    members = told["council"]["members"]
    return told["state"] == "reviewed" and any(one["account"] == account for one in members)


def _outcome(one: Outcome) -> str:
    key = "pages.dispositions.keep" if one is Outcome.KEEP else f"labels.disposition-outcome.{one}"
    return t(key)


def _figures(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    stopped = sum(one["state"] in ("refused", "left-out") for one in told["items"])
    documents = sum(one["documents"] for one in told["items"] if one["state"] != "refused")
    outcomes = [(count, "", words) for words, count in by_outcome(told)]
    return [
        (str(told["count"]), "", t("pages.dispositions.count")),
        *outcomes,
        (str(stopped), "", t("pages.dispositions.stopped")),
        (str(documents), "", t("columns.documents")),
        (size(told["size_bytes"], language()), "", t("pages.dispositions.size")),
    ]


def _choice(name: str, group: str, values: Iterable[str], value: str) -> dict[str, Any]:
    words = [(one, t(f"labels.{group}.{one}")) for one in values]
    label = t(f"cli.disposition.heads.{name}")
    options = lists.options(f"pages.dispositions.any_{name}", words)
    return {"name": name, "label": label, "options": options, "value": value}


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None


def _cells(found: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for one in found:
        yield (
            one["number"],
            t(f"labels.disposition-kind.{one['kind']}"),
            t(f"labels.disposition-state.{one['state']}"),
            one["agency_name"],
            one["count"],
            moment(one["proposed_at"]),
            one["reason"],
        )
