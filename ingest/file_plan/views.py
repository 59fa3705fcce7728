"""One file plan as its page, API and command show it: headings, entries, versions, papers."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.accounts.acts import display_names
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import (
    FilePlan,
    FilePlanAmendment,
    FilePlanEntry,
    FilePlanState,
)
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.finding_document import FindingDocument
from archive_service.services import Services
from archive_service.text import fold, same_words
from ingest.answers.deadlines import is_to_be_submitted, submit_by
from ingest.file_plan.checks import known_to, plan_findings
from ingest.file_plan.documents import (
    FilePlanAmendmentDocument,
    FilePlanChangeDocument,
    FilePlanEntryDocument,
    FilePlanHeadingDocument,
    FilePlanWhole,
)
from ingest.file_plan.due import code_of
from ingest.file_plan.papers import papers_of, signing_state
from ingest.file_plan.plans import get_file_plan, kept_findings
from ingest.file_plan.standing import OPEN, DueState, Entry, Standings, read_standings

SHOWS = ("mine", "missing", "late", "outside")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which entries of a plan are asked for, and which of these are shown."""

    show: str = ""  # one of SHOWS, or all
    text: str = ""
    heading_id: UUID | None = None
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """Facts that are the same for each entry of the plan at hand."""

    plan: FilePlan
    agency: Agency
    standings: Standings
    names: frozenset[str]  # of the account that looks, as a plan may write them
    due_on: dt.date

    def state(self, entry: FilePlanEntry) -> SubmissionState | None:
        return self.standings.answers.get(self._key(entry))

    def is_missing(self, entry: FilePlanEntry) -> bool:
        """To be handed in, and nobody has."""
        in_force = self.plan.state is FilePlanState.APPROVED
        if not in_force or not is_to_be_submitted(entry.years):
            return False
        key = self._key(entry)
        return key not in self.standings.left_out and self.standings.of(key).state in OPEN

    def is_late(self, entry: FilePlanEntry) -> bool:
        late = self.standings.of(self._key(entry)).state is DueState.LATE
        return late and self.is_missing(entry)

    def is_mine(self, entry: FilePlanEntry) -> bool:
        return bool(entry.creator) and same_words(entry.creator) in self.names

    def _key(self, entry: FilePlanEntry) -> Entry:
        return Entry(self.plan.agency_id, self.plan.year, entry.notation)


def open_plan(
    services: Services,
    plan_id: UUID,
    *,
    actor: Actor,
    narrowed: Narrowed | None = None,
    lang: str = "vi",
) -> FilePlanWhole:
    """A plan with those of its entries that are asked for; ``FilePlanNotFoundError``.

    A fixed number of statements, however many entries it has.
    """
    asked = narrowed or Narrowed()
    with services.read_only() as session:
        plan, agency = get_file_plan(session, plan_id, actor=actor)
        _load_beside(session, plan_id)
        seen = _seen(session, plan, agency, actor)
        papers = papers_of(session, plan)
        found = _matching(plan, seen, asked)
        end = None if asked.limit is None else asked.offset + asked.limit
        people = {amendment.approved_by or "" for amendment in plan.amendments} | {
            plan.approved_by or ""
        }
        names = display_names(session, people | {entry.opened_by for entry in plan.entries})
        own = plan_findings(plan.entries, home=services.settings.home)
        return FilePlanWhole(
            id=plan.id,
            agency=agency.name,
            agency_code=agency.code,
            year=plan.year,
            state=plan.state.value,
            version=plan.version,
            numbering=plan.numbering.value,
            number=plan.number,
            approved_at=plan.approved_at,
            approved_by=names.get(plan.approved_by or "", plan.approved_by or ""),
            due_on=seen.due_on,
            signing=signing_state(papers, plan.version),
            total=len(found),
            counts=_counts(plan, seen),
            findings=[
                FindingDocument.of(finding, lang) for finding in (*kept_findings(plan), *own)
            ],
            headings=_headings(plan),
            entries=[_entry(entry, seen, names) for entry in found[asked.offset : end]],
            amendments=[_amendment(amendment, names) for amendment in plan.amendments],
            papers=papers,
        )


def _load_beside(session: Session, plan_id: UUID) -> None:
    more = (selectinload(FilePlan.headings), selectinload(FilePlan.amendments))
    session.scalars(select(FilePlan).where(FilePlan.id == plan_id).options(*more)).one()


def _seen(session: Session, plan: FilePlan, agency: Agency, actor: Actor) -> _Seen:
    own = {actor.account, *display_names(session, {actor.account}).values()}
    return _Seen(
        plan=plan,
        agency=agency,
        standings=read_standings(session, [(plan.agency_id, plan.year)], today=clock.today()),
        names=frozenset(same_words(" ".join(name.split())) for name in own if name),
        due_on=submit_by(plan.year),
    )


def _matching(plan: FilePlan, seen: _Seen, asked: Narrowed) -> list[FilePlanEntry]:
    tests: dict[str, Callable[[FilePlanEntry], bool]] = _tests(seen)
    wanted = fold(asked.text)
    below = _below(plan, asked.heading_id)
    return [
        entry
        for _, entries in plan.in_order()
        for entry in entries
        if (not asked.show or tests[asked.show](entry))
        and (below is None or entry.heading_id in below)
        and (not wanted or wanted in fold(f"{entry.notation} {entry.title} {entry.creator}"))
    ]


def _tests(seen: _Seen) -> dict[str, Callable[[FilePlanEntry], bool]]:
    return {
        "mine": seen.is_mine,
        "missing": seen.is_missing,
        "late": seen.is_late,
        "outside": lambda entry: entry.outside,
    }


def _below(plan: FilePlan, heading_id: UUID | None) -> set[UUID] | None:
    """A heading with the minor ones below it."""
    if heading_id is None:
        return None
    below: set[UUID] = set()
    major = False
    for heading in plan.headings:
        if heading.id == heading_id:
            major = heading.level == 1
            below.add(heading.id)
        elif major and heading.level > 1:
            below.add(heading.id)
        else:
            major = False
    return below


def _counts(plan: FilePlan, seen: _Seen) -> dict[str, int]:
    tests = _tests(seen)
    counts = {name: sum(test(entry) for entry in plan.entries) for name, test in tests.items()}
    return counts | {"all": len(plan.entries)}


def _headings(plan: FilePlan) -> list[FilePlanHeadingDocument]:
    return [
        FilePlanHeadingDocument.of_row(heading, entries=len(entries))
        for heading, entries in plan.in_order()
        if heading is not None
    ]


def _entry(entry: FilePlanEntry, seen: _Seen, names: Mapping[str, str]) -> FilePlanEntryDocument:
    state = seen.state(entry)
    return FilePlanEntryDocument.of_row(
        entry,
        code=code_of(entry, seen.plan, seen.agency),
        rule_code=entry.rule_code or "",
        citation=_citation(entry),
        opened_by=names.get(entry.opened_by, entry.opened_by),
        submitted=state.value if state else None,
        missing=seen.is_missing(entry),
        late=seen.is_late(entry),
    )


def _amendment(amendment: FilePlanAmendment, names: Mapping[str, str]) -> FilePlanAmendmentDocument:
    return FilePlanAmendmentDocument(
        number=amendment.number,
        state=amendment.state.value,
        reason=amendment.reason,
        approved_at=amendment.approved_at,
        approved_by=names.get(amendment.approved_by or "", amendment.approved_by or ""),
        changes=[FilePlanChangeDocument.model_validate(change) for change in amendment.changes],
    )


def _citation(entry: FilePlanEntry) -> str:
    """The article of the entry's rule; its bare code where no schedule in force has it."""
    code = entry.rule_code
    rule = known_to([entry]).find(code, clock.today()) if code else None
    return rule.citation if rule else code or ""
