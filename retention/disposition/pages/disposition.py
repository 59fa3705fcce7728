"""The page of one list; a refused form stands there as it was filled, the fault at its field."""

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from flask import Response, make_response, render_template, request

from archive_service import access
from archive_service.domain.retention.disposition import CouncilDuty, Outcome
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.request import current_actor, services
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import ShownRefusal, at_fields
from retention.disposition import acts as disposition_acts
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import CouncilAccountError
from retention.disposition.documents import DispositionDocument
from retention.disposition.list_digest import DispositionStaleError
from retention.disposition.pages.sums import by_outcome, destroyed, documents_on, left_now, sums
from retention.disposition.papers.view import file_panel
from retention.disposition.transitions import DispositionStateError

_SEATS = 7  # rows of the form; who needs more sends it twice
_OTP = {f"second-factor-{why}": "otp" for why in ("missing", "wrong", "paused", "resting")}
_REVIEW = {
    "disposition-outcome": "outcome",
    "disposition-years": "years",
    "disposition-words": "reason",
}
# Form, by the act that it is sent to → error → field.
FIELDS: dict[str, dict[str, str]] = {
    "review": _REVIEW | {"disposition-unchosen": "code"},
    "review_item": _REVIEW,
    "council": {
        "council-members": "members",
        "council-days": "met_on",
        "council-day-ahead:decided_on": "decided_on",
        "council-day-ahead:met_on": "met_on",
        "disposition-words:number": "number",
        "disposition-words:place": "met_at",
        "disposition-words:minutes": "minutes",
    },
    "vote": {"disposition-words": "opinion"},
    "decide": _OTP
    | {
        "disposition-words:number": "decision_number",
        "disposition-words:reason": "decision_reason",
    },
    "note_opinion": {
        "disposition-words:by": "opinion_by",
        "disposition-words:number": "opinion_number",
        "disposition-words:opinion": "opinion_text",
        "council-days": "opinion_on",
        "council-day-ahead": "opinion_on",
        "disposition-scan": "opinion_scan",
    },
    "note_number": {
        "disposition-words:number": "paper_number",
        "disposition-numbered": "paper_number",
        "disposition-decision-day": "paper_on",
    },
    "note_paper_half": {
        "disposition-words:by": "by",
        "disposition-words:method": "method",
        "disposition-paper-early": "half",
        "disposition-paper-day": "on",
    },
}


def list_page(disposition_id: UUID, refused: ArchiveError | None = None) -> Response:
    """The list as it is; where a form of it was refused with what was typed there and why."""
    actor = current_actor()
    disposition = disposition_acts.show(services(), disposition_id, actor=actor, lang=language())
    asked = {next_act.act for next_act in disposition.next}
    undecided = disposition.state in ("proposed", "reviewed", "submitted")
    form, why = refusal_of(refused)
    may_council = "council" in asked and access.may(actor, "disposition:council")
    page = render_template(
        "disposition/disposition.html",
        here_key="dispositions",
        told=disposition,
        may_review=undecided and access.may(actor, "disposition:review"),
        may_council=may_council,
        may_vote=_votes(disposition, actor.account),
        may_submit=disposition.state in ("proposed", "reviewed")
        and access.may(actor, "disposition:submit"),
        blocked=_blocked(disposition),
        may_decide="approve" in asked and access.may(actor, "disposition:approve"),
        may_execute="execute" in asked and access.may(actor, "disposition:execute"),
        outcomes=outcomes(),
        duties=[
            (council_duty.value, t(f"labels.council-duty.{council_duty.value}"))
            for council_duty in CouncilDuty
        ],
        candidates=_candidates(disposition_id) if may_council else [],
        seats=_SEATS,
        figures=_figures(disposition),
        sums=sums(disposition),
        going=destroyed(disposition),
        left=left_now(disposition),
        waived=services().settings.destruction.unsigned,
        file=file_panel(disposition, actor),
        problem=why.problem,
        faults=defaultdict(dict, {form: why.faults}),
        changes=refused.facts["changes"] if isinstance(refused, DispositionStaleError) else [],
        kept={} if refused is None else {form: request.form},
    )
    return make_response(page, why.status)


def told_on_page(act: Callable[[UUID], Response]) -> Callable[[UUID], Response]:
    """What refuses the act is told on the page of the list."""

    @wraps(act)
    def tried(disposition_id: UUID) -> Response:
        try:
            return act(disposition_id)
        except DispositionStateError:
            raise  # somebody decided meanwhile: what was typed is told beside it
        except (ConflictError, InputError, NotAllowedError) as refused:
            return list_page(disposition_id, refused)

    return tried


def refusal_of(refused: ArchiveError | None) -> tuple[str, ShownRefusal]:
    """The form that was sent, and where on it the refusal belongs."""
    form = (request.endpoint or "").rpartition(".")[2]
    places = FIELDS.get(form, {})
    if isinstance(refused, CouncilAccountError):
        chosen = request.form.getlist("account")
        account = str(refused.facts["account"])
        at = chosen.index(account) if account in chosen else 0
        places = places | {refused.code: f"account-{at}"}
    return form, at_fields(refused, places)


def outcomes() -> list[tuple[str, str]]:
    """What a review may say, and its words."""
    keys = {outcome: f"labels.disposition-outcome.{outcome}" for outcome in Outcome}
    keys[Outcome.KEEP] = "pages.dispositions.keep"
    return [(outcome.value, t(key)) for outcome, key in keys.items()]


def _candidates(disposition_id: UUID) -> list[tuple[str, str]]:
    """Accounts that may sit on the council: name, role and post in words."""
    found = council_acts.candidates(services(), disposition_id, actor=current_actor())
    return [
        (
            entry["account"],
            " · ".join(
                filter(None, (entry["name"], t(f"labels.roles.{entry['role']}"), entry["post"]))
            ),
        )
        for entry in found
    ]


def _blocked(document: DispositionDocument) -> str:
    """Why the list cannot be put before the head yet; empty: it can."""
    if document.state == "proposed":
        left = sum(disposition_item.state == "proposed" for disposition_item in document.items)
        return t("pages.disposition_list.left_to_review", count=left)
    needs = [next_act.needs for next_act in document.next if next_act.act == "submit"]
    lacks = [t(f"labels.disposition-need.{need}") for need in (needs[0] if needs else [])]
    return t("pages.disposition_list.lacks", needs=", ".join(lacks)) if lacks else ""


def _votes(document: DispositionDocument, account: str) -> bool:
    members = document.council.members
    return document.state == "reviewed" and any(member.account == account for member in members)


def _figures(document: DispositionDocument) -> list[tuple[str, str, str]]:
    stopped = sum(
        disposition_item.state in ("refused", "left-out") for disposition_item in document.items
    )
    documents = number(documents_on(document), language())
    by_each = [(count, "", words) for words, count in by_outcome(document)]
    return [
        (str(document.count), "", t("pages.dispositions.count")),
        *by_each,
        (str(stopped), "", t("pages.dispositions.stopped")),
        (documents, "", t("pages.dispositions.documents")),
        (size(document.size_bytes, language()), "", t("pages.dispositions.size")),
    ]
