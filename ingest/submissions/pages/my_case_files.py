"""Hồ sơ của tôi: what an officer has to do, and what became of what they sent."""

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, url_for

from archive_service import access, clock
from archive_service.domain.intake.submission import SubmissionState
from archive_service.request import current_actor, services
from archive_service.web import display
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.lists import PAGE_ROWS, Asked, asked, choice, paging
from archive_service.web.stretches import stretch_of
from ingest.file_plan.due import Due
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.page_queries import (
    ON_ITS_WAY,
    Mine,
    MyDraft,
    Whose,
    my_case_files,
    my_submissions,
)

bp = Blueprint(
    "my_case_files", __name__, template_folder="../templates", url_prefix="/my-case-files"
)

_RECENT = 8  # beside what has to be done
_STORED = (SubmissionState.STORED,)
_TABS: Mapping[str, tuple[SubmissionState, ...]] = {
    "todo": (),
    "checking": ON_ITS_WAY,
    "stored": _STORED,
    "all": (),
}


@bp.get("")
def show() -> str:
    """Returned ones first, then what is due, then what is on its way."""
    actor = current_actor()
    access.require(actor, "submission:create")
    tab = choice("tab", tuple(_TABS)) or "todo"
    asked_for = choice("whose", tuple(Whose))
    whose = Whose(asked_for) if asked_for else Whose.MINE
    given = asked()
    to_do = tab == "todo"
    mine = my_case_files(
        services(),
        actor=actor,
        whose=whose,
        returned_page=given.page,
        page_rows=PAGE_ROWS if to_do else 0,
        lang=language(),
    )
    g.to_do = mine.to_do  # for the top bar
    facts: dict[str, Any] = {"whose": asked_for or None}
    stretch = stretch_of(
        len(mine.due), 1, lambda first: url_for(".show", **facts | {"from": first})
    )
    own = {entry.entry_id for entry in mine.own}
    size = _RECENT if to_do else PAGE_ROWS
    recent = my_submissions(
        services(),
        actor=actor,
        states=_TABS[tab],
        limit=size,
        offset=0 if to_do else given.offset,
        lang=language(),
    )
    return render_template(
        "submissions/my_case_files.html",
        here_key="my-case-files",
        lead=_lead(mine),
        tab=tab,
        tabs=_tabs(mine, tab),
        returned=[_returned(document, mine) for document in mine.returned],
        returned_count=mine.returned_count,
        returned_pages=_returned_pages(given, mine) if to_do else None,
        whose=[
            {
                "text": t(f"pages.mine.whose_{whose.value}"),
                "href": url_for(".show", whose=whose.value),
                "count": mine.due_counts[whose],
                "current": whose is mine.whose,
            }
            for whose in Whose
        ],
        drafts=[_draft(row, mine) for row in mine.drafts] if to_do else [],
        others=to_do and bool(mine.colleagues or mine.due_counts[Whose.AGENCY]),
        due_now=[_due(entry, mine, own) for entry in mine.due[stretch.first - 1 : stretch.last]]
        if to_do
        else [],
        stretch=stretch,
        recent=[_recent(document) for document in recent],
        paging=None if to_do else _paging(given, len(recent), mine, tab),
    )


def _lead(mine: Mine) -> str:
    if not mine.own:
        return t("pages.mine.lead_none")
    return t("pages.mine.lead", count=len(mine.own), until=display.day(mine.own[0].due_on))


def _tabs(mine: Mine, current: str) -> list[dict[str, Any]]:
    counts = {
        "todo": mine.to_do,
        "checking": _count(mine, ON_ITS_WAY),
        "stored": _count(mine, _STORED),
        "all": sum(mine.counts.values()),
    }
    return [
        {
            "text": t(f"pages.mine.tab_{key}"),
            "href": url_for(".show", tab=None if key == "todo" else key),
            "count": counts[key],
            "current": key == current,
        }
        for key in _TABS
    ]


def _paging(given: Asked, shown: int, mine: Mine, tab: str) -> dict[str, int | None]:
    return paging(given, shown, _count(mine, _TABS[tab] or tuple(SubmissionState)))


def _returned_pages(given: Asked, mine: Mine) -> dict[str, int | None]:
    shown = replace(given, page=mine.returned_page)
    return paging(shown, len(mine.returned), mine.returned_count)


def _count(mine: Mine, states: tuple[SubmissionState, ...]) -> int:
    return sum(mine.counts.get(state, 0) for state in states)


def _returned(document: SubmissionDocument, mine: Mine) -> dict[str, Any]:
    decider = document.decided_by or ""
    return dict(document) | {
        "findings": mine.findings[document.id],
        "returned_by": display.decider(mine.names.get(decider, decider), language()),
        "returned_at": document.decided_at,
        "reason": document.decision_reason,
        "draft": mine.mending.get(document.id),
    }


def _draft(row: MyDraft, mine: Mine) -> dict[str, Any]:
    days = (clock.now() - row.changed_at).days
    by = mine.names.get(row.changed_by, row.changed_by)
    return {
        "id": row.id,
        "code": row.code,
        "title": row.title,
        "first": ", ".join(filter(None, (row.number, row.subject))) if not row.title else "",
        "same_code": row.same_code,
        "old_days": days if days >= services().settings.web.old_draft_days else 0,
        "told": t("pages.draft.begun", at=display.moment(row.changed_at), by=by),
    }


def _due(entry: Due, mine: Mine, own: Container[UUID]) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "draft": entry.entry_id in mine.begun,
        "by_another": entry.entry_id not in own,
        "who": ", ".join(filter(None, (entry.creator, entry.unit))),
        "code": entry.code,
        "title": entry.title,
        "term": entry.term,
        "due_on": entry.due_on,
    }


def _recent(document: SubmissionDocument) -> dict[str, Any]:
    receipt = document.receipt
    if receipt:
        detail = t("pages.mine.stored_at", at=display.moment(receipt.issued_at))
    else:
        detail = t("pages.mine.sent_at", at=display.moment(document.received_at))
    return dict(document) | {"detail": detail}
