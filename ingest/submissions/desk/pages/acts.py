"""Acts of the desk that decide no single submission: having one open, taking over, many at once."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access, clock, law, messages
from archive_service.domain.people.account import Actor
from archive_service.finding_document import shown_findings
from archive_service.law import FieldRule
from archive_service.problem import HttpRefusedError, problem_of
from archive_service.request import current_actor, services
from archive_service.text import telling
from archive_service.web.fields import label_of, shown_value
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from ingest.register.differences import FieldChange
from ingest.submissions.desk import acts as desk_acts
from ingest.submissions.desk.claims import ClaimedError
from ingest.submissions.desk.queue import place_of
from ingest.submissions.page_queries import Sent

bp = Blueprint("desk_acts", __name__, template_folder="../templates", url_prefix="/desk")

_TOLD_REFUSED = 10  # of those that were not accepted: they travel in a cookie
_TOLD_WORDS = 160  # of each, at most
_OUTCOME = "desk-outcome"


@bp.post("/<uuid:submission_id>/claim")
def claim(submission_id: UUID) -> Response:
    """This account has the page open; the part of the page that says who else has, or all anew."""
    held = desk_acts.take(services(), submission_id, actor=current_actor())
    if held is None and request.form.get("held"):  # it was left: its acts can be done now
        return Response(headers={"HX-Refresh": "true"})
    following = next_after(submission_id, actor=current_actor()) if held else None
    return make_response(
        render_template(
            "desk/_claim.html",
            id=submission_id,
            held=held,
            first=False,
            next=following,
            claimed_at="" if held else clock.iso(clock.now()),
        )
    )


@bp.post("/<uuid:submission_id>/leave")
def leave(submission_id: UUID) -> Response:
    """The page was closed that had it open; its script says so, and hears no answer."""
    actor = current_actor()
    access.require(actor, "submission:accept")
    try:
        until = clock.parse_iso(request.form.get("until", ""))
    except ValueError:
        raise HttpRefusedError(400) from None
    desk_acts.let_go(services(), submission_id, actor=actor, until=until)
    return Response(status=204)


def next_after(submission_id: UUID, *, actor: Actor) -> str:
    """The address of what stands after it in the queue; to be asked before it is decided."""
    with services().read_only() as session:
        place = place_of(session, submission_id, actor=actor)
    following = place.after or place.before
    return url_for("desk.show", submission_id=following) if following else url_for("desk.show")


@bp.post("/<uuid:submission_id>/take-over")
def take_over(submission_id: UUID) -> Response:
    """Have it instead of whoever has it open."""
    desk_acts.take(services(), submission_id, actor=current_actor(), take_over=True)
    return make_response(redirect(url_for("desk.show", submission_id=submission_id), code=303))


def back_if_claimed(submission_id: UUID, right: str) -> Response | None:
    """To the desk, whose page says who has it open, where another has; it was not decided.

    Who may not decide at all is refused first, and is not told who has it open.
    """
    actor = current_actor()
    access.require(actor, right)
    try:
        desk_acts.require_mine(services(), submission_id, actor=actor)
    except ClaimedError as claimed:
        problem = problem_of(claimed, lang=language(), web=True)
        tell(f"{t('pages.desk.not_decided')} {problem.message}")
        return make_response(redirect(url_for("desk.show", submission_id=submission_id), code=303))
    return None


def back_if_unweighed(submission_id: UUID, reason: str) -> Response | None:
    """To the desk, which asks for the word, where warnings stand and none was given."""
    if not desk_acts.lacks_word(services(), submission_id, reason, actor=current_actor()):
        return None
    tell(t("accepting.word_needed"))
    return make_response(redirect(url_for("desk.show", submission_id=submission_id), code=303))


@bp.post("/clean-unsigned")
def clean_unsigned() -> str:
    """Warn before many are accepted: their documents without a signature."""
    found = desk_acts.unsigned_of(services(), _chosen(), actor=current_actor())
    return render_template("desk/_unsigned.html", unsigned=found)


@bp.post("/accept-clean")
def accept_clean() -> Response:
    """Accept all that were shown as clean and still are."""
    actor = current_actor()
    access.require(actor, "submission:accept")
    return _back_to_desk(desk_acts.accept_clean(services(), _chosen(), actor=actor))


@bp.post("/warned")
def warned() -> str:
    """The warnings of many, each told once with the case files that have it."""
    found = desk_acts.warned_of(services(), _chosen(), actor=current_actor())
    facts: dict[str, list[str]] = {}
    for submission in found:
        for warning in shown_findings(submission.warnings, language()):
            codes = facts.setdefault(warning["message"], [])
            if submission.code not in codes:
                codes.append(submission.code)
    return render_template("desk/_warned.html", warned=found, told=facts)


@bp.post("/accept-warned")
def accept_warned() -> Response:
    """Accept those whose warnings were shown and are still the same, with one reason."""
    actor = current_actor()
    access.require(actor, "submission:accept")
    reason = request.form.get("reason", "")
    if not telling(reason):
        tell(t("accepting.word_needed"))
        return make_response(redirect(url_for("desk.show"), code=303))
    pairs = (pair.partition(":") for pair in request.form.getlist("seen"))
    shown = {UUID(key): seen for key, _, seen in pairs if _is_id(key)}
    return _back_to_desk(desk_acts.accept_warned(services(), shown, reason, actor=actor))


def _back_to_desk(outcome: desk_acts.Outcome) -> Response:
    """Back to the desk, which tells what became of many."""
    words = t("pages.desk.accepted_many", count=len(outcome.accepted))
    if outcome.refused:
        words += " " + t("pages.desk.refused_many", count=len(outcome.refused))
        summary: Any = {
            "refused": [_refused(refusal) for refusal in outcome.refused[:_TOLD_REFUSED]],
            "more": len(outcome.refused[_TOLD_REFUSED:]),
        }
        flash(summary, _OUTCOME)  # kept as JSON for the next page alone
    tell(words)
    return make_response(redirect(url_for("desk.show"), code=303))


def _chosen() -> list[UUID]:
    return [UUID(chosen) for chosen in request.form.getlist("id") if _is_id(chosen)]


def outcome_told() -> dict[str, Any] | None:
    """Refusals of an act on many, for the page that comes after it."""
    flashed: Any = get_flashed_messages(category_filter=[_OUTCOME])
    return next(iter(flashed), None)


def changes_of(detail: Sent) -> dict[str, Any] | None:
    """Changes of a resubmission, as ``desk/_changes.html`` shows them."""
    with services().read_only() as session:
        found = desk_acts.changes_since(session, detail.row)
        if found is None:
            return None
        earlier, differences = found
        return {
            "earlier_href": url_for("submissions.show", submission_id=earlier.id),
            "earlier_at": earlier.received_at,
            "fields": _fields("case-file", differences.fields),
            "added": [document.label for document in differences.added],
            "removed": [document.label for document in differences.removed],
            "changed": [
                {
                    "label": document.label,
                    "fields": _fields("document", document.fields),
                    "files_added": document.files_added,
                    "files_removed": document.files_removed,
                }
                for document in differences.changed
            ],
            "reordered": differences.reordered,
            "none": not differences,
        }


def _fields(kind: str, changes: tuple[FieldChange, ...]) -> list[dict[str, str]]:
    rules = {rule.name: rule for rule in law.fields(kind)}
    return [_change(rules.get(change.name), change) for change in changes]


def _change(rule: FieldRule | None, change: FieldChange) -> dict[str, str]:
    if rule is None:
        return {"label": change.name, "before": change.before, "after": change.after}
    return {
        "label": label_of(rule),
        "before": shown_value(rule, change.before),
        "after": shown_value(rule, change.after),
    }


def _refused(refusal: dict[str, Any]) -> dict[str, str]:
    words = messages.error(refusal["error"], language(), refusal["facts"], web=True).message
    cut = len(words) > _TOLD_WORDS
    return {"code": refusal["code"][:40], "words": words[:_TOLD_WORDS] + ("…" if cut else "")}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
