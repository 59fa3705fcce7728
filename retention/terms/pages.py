"""Thời hạn lưu trữ of one case file: why, what happened, which entry; each act with a preview."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.retention.retention import LONGEST_BASIS
from archive_service.errors import ArchiveError, ConflictError, InputError
from archive_service.request import current_actor, services
from archive_service.web.display import day
from archive_service.web.errors import shown as refusal
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields, day_in_form, typed_day
from archive_service.web.toasts import tell
from retention.terms import acts as terms_acts
from retention.terms import rule_choice
from retention.terms.documents import ChosenRuleDocument, MovedDocument, TermDocument
from retention.terms.explain import term_told
from retention.terms.given import EventIn, RuleIn, WithdrawIn
from retention.terms.rules import EVENTS

bp = Blueprint(
    "case_term", __name__, template_folder="templates", url_prefix="/case-files/<code>/term"
)

_REFUSED = (InputError, ConflictError)  # what a form may be mended for
# Form → error → field.
_GROUP = {"retention-group": "reason", "retention-group-years": "years"}
_FIELDS = {
    "event": {
        "retention-event-kind": "kind",
        "retention-event-words": "basis",
        "retention-event-day": "on",
    },
    "withdraw": {"retention-event-words": "reason"},
    "choose": _GROUP | {"unknown-retention-rule": "group"},
    "renew": _GROUP,
}


@bp.get("")
def show(code: str) -> Response:
    """Its term step by step, what moved it, and the acts that move it."""
    if terms_acts.is_stub(services(), code, actor=current_actor()):
        return make_response(redirect(url_for("case_files.show", code=code), code=303))
    return _page(code)


@bp.post("/events")
def record(code: str) -> Response:
    """Record what the term counts from."""
    form = request.form
    try:
        document = terms_acts.record_case_event(
            services(),
            code,
            EventIn(
                kind=form.get("kind", ""),
                on=day_in_form("on", t("pages.case_term.on")),
                basis=form.get("basis", ""),
            ),
            actor=current_actor(),
        )
    except _REFUSED as refused:
        return _page(code, refused, "event")
    return _done(code, document)


@bp.post("/events/<uuid:event_id>/withdraw")
def withdraw(code: str, event_id: UUID) -> Response:
    """Take an event back."""
    try:
        document = terms_acts.withdraw_case_event(
            services(),
            code,
            event_id,
            WithdrawIn(reason=request.form.get("reason", "")),
            actor=current_actor(),
        )
    except _REFUSED as refused:
        return _page(code, refused, f"withdraw-{event_id}")
    return _done(code, document)


@bp.post("/rule")
def choose(code: str) -> Response:
    """Put it under the entry that was chosen, or under the newer edition of its own."""
    form = request.form
    try:
        document = rule_choice.choose_group(
            services(),
            code,
            RuleIn(rule=form.get("rule", ""), reason=form.get("reason", ""), years=_years()),
            actor=current_actor(),
        )
    except _REFUSED as refused:
        return _page(code, refused, "renew" if form.get("renews") else "choose")
    return _done(code, document)


@bp.get("/groups")
def groups(code: str) -> str:
    """Entries of the schedules in force to choose from, for what is typed."""
    text = request.args.get("group", "")
    found = rule_choice.offered_groups(services(), code, text, actor=current_actor())
    return render_template(
        "terms/_rule_choices.html",
        found=[entry | {"term": _term(entry)} for entry in found],
        typed=bool(text.strip()),
        most=rule_choice.OFFERED,
    )


@bp.get("/preview")
def preview(code: str) -> str:
    """The last day as it would be after what the form says; nothing while it says too little."""
    given, actor = request.args, current_actor()
    access.require(actor, "retention:event")
    term: TermDocument | None = None
    problem = None
    try:
        if given.get("rule"):
            term = rule_choice.try_group(
                services(), code, given["rule"], years=_years(), actor=actor
            )
        elif given.get("kind") and given.get("on"):
            term = terms_acts.try_case_event(
                services(), code, kind=given["kind"], on=typed_day(given["on"], "on"), actor=actor
            )
    except _REFUSED as refused:
        problem, _ = refusal(refused)
    return render_template(
        "terms/_term_preview.html",
        told=term and _until(term.ends_on, permanent=term.permanent),
        problem=problem,
        trial=term,
    )


def _page(code: str, refused: ArchiveError | None = None, dialog: str = "") -> Response:
    term = terms_acts.term_page(services(), code, actor=current_actor(), lang=language())
    why = at_fields(refused, _FIELDS.get(dialog.partition("-")[0], {}))
    shown = render_template(
        "terms/case_term.html",
        here_key="case-files",
        told=term,
        until=_until(term.ends_on, permanent=term.permanent),
        term=_term(term.rule),
        newer=term.newer and term.newer | {"term": _term(term.newer)},
        kinds=[(kind, t(f"labels.retention-event.{kind}").capitalize()) for kind in EVENTS],
        counts_from=term.rule.get("event") or "",
        changes=[
            dict(change) | {"was": _was(change.before), "becomes": _was(change.after)}
            for change in reversed(term.changes)
        ],
        problem=why.problem,
        faults=why.faults,
        dialog=dialog,
        given=request.form if refused else {},
        longest=LONGEST_BASIS,
    )
    return make_response(shown, why.status)


def _done(code: str, document: MovedDocument | ChosenRuleDocument) -> Response:
    until = _until(document.ends_on, permanent=document.permanent)
    tell(t("pages.case_term.moved" if document.moved else "pages.case_term.unmoved", until=until))
    return make_response(redirect(url_for(".show", code=code), code=303))


def _until(ends_on: str | None, *, permanent: bool) -> str:
    """The last day, permanent, or that it waits."""
    if permanent:
        return t("badges.permanent")
    return day(ends_on) if ends_on else t("badges.waits")


def _was(term: dict[str, Any]) -> str:
    """Until when a term before or after a change ran."""
    return _until(term["ends_on"], permanent=term["permanent"])


def _term(rule: dict[str, Any]) -> str:
    return term_told(rule | {"permanent": rule["years"] is None}, language())


def _years() -> int | None:
    typed = request.values.get("years", "").strip()
    return int(typed) if typed.isdecimal() and len(typed) < 4 else None
