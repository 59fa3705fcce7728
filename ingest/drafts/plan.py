"""What the file plan says of the code that a draft bears, and which drafts bear the same code."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, law
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.field_source import CASE_FILE, Source, propose, source_key
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from ingest.drafts.drafts import draft_of, get_draft, write
from ingest.file_plan.due import code_of

_OF_PLAN = ("title", "creator", "maintenance", "term", "startDate", "endDate")


def given_by(plan: FilePlan, entry: FilePlanEntry, code: str, *, other: str) -> dict[str, str]:
    """Fields of the case file, as the plan's entry says them.

    Args:
        other: the code of a period that is told in years.
    """
    periods = law.code_list("maintenance")
    given = {"fileCode": code, "title": entry.title, "creator": entry.creator}
    given["maintenance"] = periods.find(entry.term) or ""
    if not given["maintenance"] and entry.years is not None:
        given |= {"maintenance": other, "term": str(entry.years)}
    if entry.started_on is not None:
        given["startDate"] = entry.started_on.isoformat()
    given["endDate"] = f"{plan.year}-12-31"
    return given


def fill_from_plan(session: Session, draft_id: UUID, *, actor: Actor, other: str) -> list[str]:
    """Take what the approved plan says of the draft's code; the fields that it changed.

    What a person wrote stays. What an entry of another code gave before goes.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    found = _entry_of(session, submission.code, actor)
    if found is None:
        return []
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    plan, entry = found
    before, sources = dict(declared.fields), dict(draft.sources)
    given = given_by(plan, entry, submission.code, other=other)
    del given["fileCode"]
    for name in _OF_PLAN:
        if not given.get(name) and sources.get(source_key(CASE_FILE, name)) == Source.PLAN:
            declared.fields.pop(name, None)
            del sources[source_key(CASE_FILE, name)]
    propose(declared.fields, sources, CASE_FILE, given, Source.PLAN)
    draft.sources, draft.entry_id = sources, entry.id
    write(submission, draft, declared, actor)
    return [name for name in _OF_PLAN if declared.fields.get(name) != before.get(name)]


def drafts_of_code(
    session: Session, codes: Collection[str], *, actor: Actor
) -> list[tuple[str, UUID]]:
    """Code and id of the open drafts that bear one of the codes, the oldest first."""
    rows = session.execute(
        select(Submission.code, Submission.id)
        .where(
            Submission.state == SubmissionState.DRAFT,
            Submission.code.in_({code for code in codes if code}),
            access.visible(actor, "draft:edit", Submission.agency_id),
        )
        .order_by(Submission.received_at, Submission.id)
    )
    return [(row.code, row.id) for row in rows]


def _entry_of(session: Session, code: str, actor: Actor) -> tuple[FilePlan, FilePlanEntry] | None:
    parts = code.rsplit(".", 3)
    for year, notation in ((part, ".".join(parts[at + 1 :])) for at, part in enumerate(parts)):
        if len(year) != 4 or not year.isdecimal() or not notation:
            continue
        rows = session.execute(
            select(FilePlan, FilePlanEntry, Agency)
            .join(FilePlanEntry, FilePlanEntry.plan_id == FilePlan.id)
            .join(Agency, Agency.id == FilePlan.agency_id)
            .where(
                FilePlan.state == FilePlanState.APPROVED,
                FilePlan.year == int(year),
                FilePlanEntry.notation == notation,
                access.visible(actor, "file-plan:list", FilePlan.agency_id),
            )
        )
        for plan, entry, agency in rows:
            if code_of(entry, plan, agency) == code:
                return plan, entry
    return None
