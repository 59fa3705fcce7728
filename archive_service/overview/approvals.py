"""Chờ phê duyệt: what waits for a decision of this account, with its evidence."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from archive_service import access, clock, law
from archive_service.catalogue.describing.description import waiting_modes
from archive_service.catalogue.describing.documents import FoundModeDocument
from archive_service.domain.intake.collection import KeepBackState
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.overview.transfers import transfer_item, waiting_transfers
from archive_service.request import current_actor, services
from archive_service.web.display import day, moment, number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.people import people
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.documents import KeepBackDocument
from ingest.file_plan.acts import list_plans
from ingest.file_plan.documents import FilePlanDocument
from ingest.submissions.desk.queue import first_waiting
from ingest.submissions.queries import submissions
from retention.disposition.acts import list_all
from retention.disposition.documents import DispositionDocument
from retention.disposition.pages.sums import by_outcome, left_now, shortened
from retention.schedules import acts as schedules_acts
from retention.schedules.documents import ScheduleDocument

bp = Blueprint("approvals", __name__, template_folder="templates")


@bp.get("/approvals")
def show() -> str:
    """What waits, and the one that is open; the first where none is named."""
    actor = current_actor()
    if not (access.may(actor, "submission:accept") or access.may(actor, "access-mode:confirm")):
        access.require(actor, "file-plan:approve")
    waiting = [
        *_dispositions(actor),
        *waiting_transfers(actor),
        *_kept_back(actor),
        *_plans(actor),
        *_modes(actor),
        *_schedules(actor),
        *_submissions(actor),
    ]
    wanted = request.args.get("item", "")
    chosen = next(
        (entry for entry in waiting if entry["id"] == wanted), waiting[0] if waiting else None
    )
    return render_template(
        "overview/approvals.html",
        here_key="approvals",
        waiting=[entry | {"current": entry is chosen} for entry in waiting],
        item=_item(chosen, actor) if chosen else None,
    )


def _dispositions(actor: Actor) -> list[dict[str, Any]]:
    """Lists of what is due that were submitted, the earliest first."""
    if not access.may(actor, "disposition:approve"):
        return []
    found = list_all(services(), actor=actor, state="submitted", lang=language())
    who = people(found, "submitted_by")
    return [
        {
            "id": str(disposition.id),
            "kind": "disposition",
            "title": f"{t('labels.disposition-kind.' + disposition.kind)} {disposition.number}",
            "text": t(
                "pages.dispositions.of_case_files", count=number(disposition.count, language())
            ),
            "by": f"{who[disposition.submitted_by]}, {moment(disposition.submitted_at)}",
            "href": url_for(".show", item=disposition.id),
            "disposition": disposition,
        }
        for disposition in reversed(found)
    ]


def _kept_back(actor: Actor) -> list[dict[str, Any]]:
    """Requests to keep case files longer, the earliest first."""
    if not access.may(actor, "keep-back:decide"):
        return []
    found = calling_in_acts.list_requests(services(), actor=actor, state=KeepBackState.ASKED.value)
    who = people(found, "asked_by")
    return [
        {
            "id": str(case_file.id),
            "kind": "keep-back",
            "title": t("pages.approvals.keep_back"),
            "text": case_file.title,
            "by": t(
                "pages.approvals.keep_back_by",
                who=who[case_file.asked_by],
                code=case_file.code,
                until=day(case_file.until_on),
            ),
            "href": url_for(".show", item=case_file.id),
            "request": case_file,
            "asked_by": who[case_file.asked_by],
        }
        for case_file in reversed(found)
    ]


def _plans(actor: Actor) -> list[dict[str, Any]]:
    """Drafts and amendments of the agency that this account heads: nobody else puts them in force.

    Nothing is asked for by a draft: it is told as one, since from here the head comes to it.
    """
    if not access.may(actor, "file-plan:approve"):
        return []
    return [
        _plan(plan)
        for plan in list_plans(services(), actor=actor, lang=language())
        if plan.state == "draft" or plan.amendment
    ]


def _plan(plan: FilePlanDocument) -> dict[str, Any]:
    amended = plan.state != "draft"
    title, text = ("amendment", "amendment_changes") if amended else ("plan", "plan_entries")
    count = number(plan.amendment if amended else plan.entries, language())
    return {
        "id": str(plan.id),
        "kind": "amendment" if amended else "plan",
        "title": t(f"pages.approvals.{title}", year=plan.year),
        "text": t(f"pages.approvals.{text}", count=count),
        "by": plan.agency,
        "href": url_for(".show", item=plan.id),
        "plan": plan,
    }


def _modes(actor: Actor) -> list[dict[str, Any]]:
    """Changes of the access mode, the earliest first."""
    if not access.may(actor, "access-mode:confirm"):
        return []
    lang, modes = language(), law.code_list("mode")
    found = waiting_modes(services(), actor=actor)
    who = people(found, "asked_by")
    return [
        {
            "id": str(mode.id),
            "kind": "mode",
            "title": t("pages.access_mode.change"),
            "text": t(
                "pages.access_mode.from_to",
                was=modes.label(mode.was, lang),
                becomes=modes.label(mode.becomes, lang),
            ),
            "by": t("pages.access_mode.asked_by", who=who[mode.asked_by], code=mode.code),
            "href": url_for(".show", item=mode.id),
            "mode": mode.model_copy(update={"asked_by": who[mode.asked_by]}),
        }
        for mode in found
    ]


def _schedules(actor: Actor) -> list[dict[str, Any]]:
    """Drafts of schedules that another person made and that this account may adopt."""
    if not access.may(actor, "retention:adopt-schedule"):
        return []
    found = [
        entry
        for entry in schedules_acts.list_all(services(), actor=actor)
        if entry.state == "draft" and entry.count and entry.loaded_by != actor.account
    ]
    who = people(found, "loaded_by")
    return [
        {
            "id": str(entry.id),
            "kind": "schedule",
            "title": t("pages.approvals.schedule"),
            "text": entry.title,
            "by": f"{who[entry.loaded_by]}, {moment(entry.loaded_at)}",
            "href": url_for(".show", item=entry.id),
            "schedule": entry,
        }
        for entry in found
    ]


def _submissions(actor: Actor) -> list[dict[str, Any]]:
    """What was set apart, for a second person to judge its marks; then what may be accepted."""
    if not access.may(actor, "submission:accept"):
        return []
    apart, checked = (SubmissionState.QUARANTINED,), (SubmissionState.CHECKED,)
    with services().read_only() as session:
        found = first_waiting(session, actor=actor, states=checked, acceptable=True)
        if access.may(actor, "submission:lift-mark"):
            found = first_waiting(session, actor=actor, states=apart) + found
    return [
        {
            "id": str(waiting.id),
            "kind": "submission",
            "title": waiting.title,
            "text": waiting.code,
            "by": t(
                "pages.approvals.sent_by",
                sender=waiting.sender,
                agency=waiting.agency,
                at=clock.local(waiting.received_at).strftime("%d/%m/%Y %H:%M"),
            ),
            "href": url_for(".show", item=waiting.id),
        }
        for waiting in found
    ]


def _item(chosen: dict[str, Any], actor: Actor) -> dict[str, Any]:
    match chosen["kind"]:
        case "disposition":
            item = _disposition_item(chosen)
        case "transfer":
            item = transfer_item(chosen)
        case "keep-back":
            item = _keep_back_item(chosen)
        case "plan":
            item = _plan_item(chosen)
        case "amendment":
            item = _amendment_item(chosen)
        case "mode":
            item = _mode_item(chosen)
        case "schedule":
            item = _schedule_item(chosen)
        case _:
            item = _submission_item(chosen, actor)
    return {"figures": [], "findings": [], "approve": "", "decide": ""} | item


def _case_file(code: str, title: str) -> list[tuple[str, str]]:
    """Of which case file something is asked."""
    return [(t("fields.code"), code), (t("fields.title"), title)]


def _disposition_item(chosen: dict[str, Any]) -> dict[str, Any]:
    """With the council's word; the list itself, and the second factor, are on its own page."""
    disposition: DispositionDocument = chosen["disposition"]
    lang = language()
    stopped = sum(
        disposition_item.state in ("refused", "left-out") for disposition_item in disposition.items
    )
    members = disposition.council.members
    agreed = sum(bool(member.agrees) for member in members)
    who = people([disposition], "proposed_by", "reviewed_by", "submitted_by")
    votes = t("pages.dispositions.votes", agreed=agreed, members=len(members)) if members else ""
    return {
        "title": chosen["title"],
        "figures": [
            (number(disposition.count, lang), "", t("pages.dispositions.count")),
            *((count, "", words) for words, count in by_outcome(disposition)),
            (number(stopped, lang), "", t("pages.dispositions.stopped")),
            (size(disposition.size_bytes, lang), "", t("pages.dispositions.size")),
        ],
        "findings": [
            {"severity": "warning", "message": words, "remedy": "", "place": ""}
            for words in [*left_now(disposition), *shortened(disposition)]
        ],
        "people": [
            (t("cli.disposition.heads.reason"), disposition.reason),
            (t("pages.dispositions.proposed"), who[disposition.proposed_by]),
            (t("pages.dispositions.reviewed"), who[disposition.reviewed_by]),
            (t("pages.dispositions.submitted"), who[disposition.submitted_by]),
            (t("pages.dispositions.council_decision"), disposition.council.number),
            (t("pages.dispositions.vote"), votes),
            (t("pages.dispositions.minutes"), disposition.council.minutes),
        ],
        "why": t("pages.dispositions.why_decide"),
        "look": url_for("dispositions.show", disposition_id=disposition.id),
        "look_words": t("pages.dispositions.decide"),
    }


def _keep_back_item(chosen: dict[str, Any]) -> dict[str, Any]:
    asked: KeepBackDocument = chosen["request"]
    by = filter(None, (chosen["asked_by"], asked.unit))
    return {
        "title": f"{chosen['title']}, {asked.code}",
        "people": [
            *_case_file(asked.code, asked.title),
            (t("pages.collection.due_on"), day(asked.due_on)),
            (t("pages.collection.until"), day(asked.until_on)),
            (t("pages.approvals.asked_by"), ", ".join(by)),
            (t("pages.access_mode.when"), moment(asked.asked_at)),
            (t("pages.collection.reason"), asked.reason),
        ],
        "why": t("pages.approvals.not_by_asker"),
        "look": url_for("collection.show_keep_back"),
        "look_words": t("pages.approvals.see_requests"),
        "decide": url_for("collection.decide", request_id=asked.id),
        "asks": [
            ("paper", t("pages.collection.paper"), 200, True),
            ("reason", t("pages.collection.refusal"), 1000, False),
        ],
        "answers": [
            ("decision", "refuse", t("pages.collection.refuse")),
            ("decision", "consent", t("pages.collection.consent")),
        ],
    }


def _mode_item(chosen: dict[str, Any]) -> dict[str, Any]:
    mode: FoundModeDocument = chosen["mode"]
    what = (
        f"{t('pages.access_mode.of_document', ordinal=mode.document)}: {mode.document_title}"
        if mode.document
        else t("pages.access_mode.of_case_file")
    )
    return {
        "title": f"{chosen['title']}, {mode.code}",
        "people": [
            *_case_file(mode.code, mode.title),
            (t("pages.access_mode.subject"), what),
            (t("fields.mode"), chosen["text"]),
            (t("pages.access_mode.who"), mode.asked_by),
            (t("pages.access_mode.when"), moment(mode.asked_at)),
            (t("pages.access_mode.why"), mode.reason),
        ],
        "why": t("pages.access_mode.stricter_holds"),
        "look": url_for("case_files.show", code=mode.code, document=mode.document or None),
        "look_words": t("pages.access_mode.see"),
        "decide": url_for("describing.decide", code=mode.code, change_id=mode.id),
        "asks": [("reason", t("pages.access_mode.reason"), 1000, True)],
        "answers": [
            ("answer", "refuse", t("pages.access_mode.refuse")),
            ("answer", "confirm", t("pages.access_mode.confirm")),
        ],
    }


def _plan_item(chosen: dict[str, Any]) -> dict[str, Any]:
    plan: FilePlanDocument = chosen["plan"]
    return {
        "title": f"{chosen['title']}, {plan.agency}",
        "badge": t("badges.plan.draft"),
        "figures": [(number(plan.entries, language()), "", t("columns.entries"))],
        "findings": plan.findings,
        "people": [(t("columns.agency"), plan.agency)],
        "why": t("pages.file_plans.approve_why"),
        "look": url_for("file_plans.show", plan_id=plan.id),
        "look_words": t("pages.approvals.see_plan"),
        "approve": url_for("file_plans.approve", plan_id=plan.id),
    }


def _amendment_item(chosen: dict[str, Any]) -> dict[str, Any]:
    """Its changes are on the plan's own page, and there it is approved."""
    plan: FilePlanDocument = chosen["plan"]
    return {
        "title": f"{chosen['title']}, {plan.agency}",
        "figures": [(number(plan.amendment, language()), "", t("pages.approvals.changes"))],
        "people": [(t("columns.agency"), plan.agency)],
        "why": t("pages.approvals.amendment_why"),
        "look": url_for("file_plans.show", plan_id=plan.id),
        "look_words": t("pages.approvals.see_amendment"),
    }


def _schedule_item(chosen: dict[str, Any]) -> dict[str, Any]:
    """Its entries, what it would move, and the second factor are on its own page."""
    document: ScheduleDocument = chosen["schedule"]
    began = day(document.valid_from)
    held = f"{began} – {day(document.valid_to)}" if document.valid_to else ""
    edition = t("pages.schedules.edition", edition=document.edition)
    return {
        "title": f"{chosen['title']}: {document.title}",
        "figures": [(number(document.count, language()), "", t("pages.schedules.entries"))],
        "people": [
            (t("pages.schedules.head.code"), f"{document.code}, {edition}"),
            (t("pages.schedules.instrument"), f"{document.instrument}, {document.article}"),
            (t("pages.schedules.validity"), held or t("pages.schedules.from_day", day=began)),
            (t("pages.schedules.loaded_by"), chosen["by"]),
        ],
        "why": t("pages.approvals.schedule_why"),
        "look": url_for("retention_schedules.show", name=document.id),
        "look_words": t("pages.approvals.see_schedule"),
    }


def _submission_item(chosen: dict[str, Any], actor: Actor) -> dict[str, Any]:
    lang = language()
    (document,) = submissions(services(), [UUID(chosen["id"])], actor=actor, lang=lang)
    return {
        "title": document.title,
        "figures": [
            (number(document.documents, lang), "", t("columns.documents")),
            (size(document.size_bytes, lang), "", t("pages.approvals.received")),
        ],
        "findings": [dict(finding) for finding in document.findings],
        "people": [(t("fields.code"), document.code), (t("pages.approvals.sender"), chosen["by"])],
        "why": t("pages.approvals.decide_at_desk"),
        "look": url_for("desk.show", submission_id=document.id),
        "look_words": t("pages.approvals.to_desk"),
    }
