"""Queries of the pages of handing in and accepting, each a fixed number of statements."""

import datetime as dt
import enum
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionState
from archive_service.domain.keeping.audit_event import TrailEvent
from archive_service.domain.people.account import Account, Actor
from archive_service.evidence.trail import events_of
from archive_service.finding_document import ShownFinding, shown_findings
from archive_service.services import Services
from ingest.file_plan.due import Due, due_entries
from ingest.file_plan.holders import Holders, holders_beside
from ingest.file_plan.standing import of_unit
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.queries import submission_documents
from ingest.submissions.unmended import find_unmended, is_theirs

_MOST_DRAFTS = 100
ON_ITS_WAY = (*OPEN, SubmissionState.QUARANTINED, SubmissionState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Sent:
    """One submission as it was sent and checked: all that the desk shows of it."""

    row: Submission  # with files and findings
    document: SubmissionDocument
    findings: list[ShownFinding]  # with the page too, where it is known
    agency: str  # its name; empty where the code names none
    names: Mapping[str, str]  # account → name of the person

    @property
    def sent_by(self) -> str:
        """The person who handed it in, and for whom."""
        sender = self.names.get(self.row.submitted_by, self.row.submitted_by)
        return f"{sender}, {self.agency}" if self.agency else sender


@dataclass(frozen=True, slots=True)
class Detail(Sent):
    """The same with what became of it."""

    earlier: Submission | None  # that it was handed in after: returned, or taken back
    later: Submission | None  # handed in after it
    copies: int  # that hold it, read back
    events: Sequence[TrailEvent]

    @property
    def decided_by(self) -> str:
        """The person who decided it; empty where nobody has."""
        decider = self.row.decided_by or ""
        return self.names.get(decider, decider)


class Whose(enum.StrEnum):
    """Which entries of the file plans are shown as due."""

    MINE = "mine"
    UNIT = "unit"
    AGENCY = "agency"


@dataclass(frozen=True, slots=True)
class MyDraft:
    """A draft that somebody of the account's agency works on."""

    id: UUID
    code: str
    title: str
    changed_at: dt.datetime
    changed_by: str  # an account
    subject: str  # of the first document
    number: str  # likewise
    mine: bool  # begun, last changed or taken over by the account, or a packet not opened yet
    same_code: bool = False  # another one of these bears the same code


@dataclass(frozen=True, slots=True)
class Mine:
    """An officer's open work, and how their submissions stand."""

    returned: Sequence[SubmissionDocument]  # a page of those not mended yet
    returned_page: int  # from 1: that asked for, at most the last
    returned_count: int
    findings: Mapping[UUID, list[ShownFinding]]  # of those returned, as pages show them
    drafts: Sequence[MyDraft]  # the last changed first
    begun: frozenset[UUID]  # entries of file plans that a draft is there for
    due: Sequence[Due]  # by the end of this year
    own: Sequence[Due]  # of these what the plan leaves to the account
    whose: Whose  # what ``drafts`` and ``due`` show
    due_counts: Mapping[Whose, int]
    colleagues: int  # drafts of theirs
    names: Mapping[str, str]
    counts: Mapping[SubmissionState, int]
    mending: Mapping[UUID, UUID]  # returned one → the draft that corrects it
    to_do: int  # what waits for the account, whosever entries are shown


def submission_sent(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> Sent:
    """``SubmissionUnknownError`` where it is absent, or not to be known."""
    with services.read_only() as session:
        row = holdings_rows.get_submission(session, submission_id, actor=actor)
        agency, document = _document_of(session, row, None, lang)
        return Sent(
            row=row,
            document=document,
            findings=shown_findings(row.findings, lang),
            agency=agency,
            names=display_names(session, {row.submitted_by}),
        )


def submission_detail(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> Detail:
    """As ``submission_sent``."""
    with services.read_only() as session:
        row = holdings_rows.get_submission(session, submission_id, actor=actor)
        case_file = session.get(CaseFile, row.id)
        agency, document = _document_of(session, row, case_file, lang)
        events = events_of(session, row.id, actor=actor)
        accounts = {row.submitted_by, row.decided_by or "", *(event.account for event in events)}
        return Detail(
            row=row,
            document=document,
            findings=shown_findings(row.findings, lang),
            agency=agency,
            names=display_names(session, accounts),
            earlier=session.get(Submission, row.follows_id) if row.follows_id else None,
            later=session.scalars(_handed_in_after(row.id)).first(),
            copies=sum(copy.version > 0 for copy in case_file.copies) if case_file else 0,
            events=events,
        )


def _document_of(
    session: Session, row: Submission, case_file: CaseFile | None, lang: str
) -> tuple[str, SubmissionDocument]:
    """The name of its agency, and the document of the contract."""
    agency = session.get(Agency, row.agency_id) if row.agency_id else None
    code = agency.code if agency else None
    document = SubmissionDocument.of(row, agency=code, case_file=case_file, lang=lang)
    return (agency.name if agency else ""), document


def _handed_in_after(submission_id: UUID) -> Select[Submission]:
    return (
        select(Submission)
        .where(Submission.follows_id == submission_id, Submission.state != SubmissionState.DRAFT)
        .order_by(Submission.received_at, Submission.id)
        .limit(1)
    )


def my_case_files(
    services: Services,
    *,
    actor: Actor,
    whose: Whose = Whose.MINE,
    returned_page: int = 1,
    page_rows: int = 0,
    lang: str = "vi",
) -> Mine:
    """Read an officer's open work.

    Args:
        returned_page: that is shown of those returned, the first decided first.
        page_rows: how many of them a page has; 0: none is shown.
        whose: entries of the file plan that fall to the person, those of their unit too, or of
            the whole agency; drafts of colleagues come with these two.
    """
    with services.read_only() as session:
        unmended = find_unmended(session, actor=actor)
        ids = {row.id for row in unmended}
        page = max(1, min(returned_page, -(-len(unmended) // max(page_rows, 1))))
        shown = [row.id for row in unmended[(page - 1) * page_rows : page * page_rows]]
        returned = _in_order(session, shown)
        counted = session.execute(
            select(Submission.state, func.count())
            .where(
                Submission.submitted_by == actor.account,
                Submission.state != SubmissionState.DRAFT,
            )
            .group_by(Submission.state)
        )
        counts = {state: count for state, count in counted}
        drafts, due = _waiting(session, actor, {row.id: row.code for row in unmended})
        begun_codes = {draft.row.code for draft in drafts}
        deciders = {row.decided_by or "" for row in returned}
        return Mine(
            returned=submission_documents(session, returned, lang),
            returned_page=page,
            returned_count=len(unmended),
            findings={row.id: shown_findings(row.findings, lang) for row in returned},
            drafts=[
                draft.row
                for draft in drafts
                if draft.follows not in ids and (draft.row.mine or whose is not Whose.MINE)
            ],
            begun=frozenset(draft.entry for draft in drafts if draft.entry is not None)
            | {entry.entry_id for entry in due[whose] if entry.code in begun_codes},
            due=due[whose],
            own=due[Whose.MINE],
            whose=whose,
            due_counts={agency_id: len(entries) for agency_id, entries in due.items()},
            colleagues=sum(not draft.row.mine for draft in drafts),
            names=display_names(session, deciders | {draft.row.changed_by for draft in drafts}),
            counts=counts,
            mending={draft.follows: draft.row.id for draft in drafts if draft.follows in ids},
            to_do=len(unmended) + _to_do(drafts, due, ids),
        )


def _in_order(session: Session, ids: Sequence[UUID]) -> list[Submission]:
    """These of those returned, the first decided first, with their findings."""
    query = select(Submission).where(Submission.id.in_(ids)).options(*holdings_rows.LISTED)
    return list(session.scalars(query.order_by(Submission.decided_at, Submission.id)))


def late_of_colleagues(services: Services, *, actor: Actor) -> list[Due]:
    """What is late of the account's unit and left to others."""
    with services.read_only() as session:
        entries = due_entries(session, actor=actor, until=clock.today() - dt.timedelta(days=1))
        due = _by_whose(session, entries, actor)
    own = {entry.entry_id for entry in due[Whose.MINE]}
    return [entry for entry in due[Whose.UNIT] if entry.entry_id not in own]


def _waiting(
    session: Session, actor: Actor, returned: Mapping[UUID, str]
) -> tuple[list["_Begun"], dict[Whose, list[Due]]]:
    """Drafts and entries that are due; what was returned (by its code) is not told again."""
    year_end = dt.date(clock.today().year, 12, 31)
    codes = set(returned.values())
    entries = due_entries(session, actor=actor, until=year_end)
    due = _by_whose(session, [entry for entry in entries if entry.code not in codes], actor)
    return _drafts(session, actor), due


def _to_do(
    drafts: Sequence["_Begun"], due: Mapping[Whose, Sequence[Due]], returned: Container[UUID]
) -> int:
    """The account's own, each once."""
    own = sum(draft.row.mine and draft.follows not in returned for draft in drafts)
    return own + len(due[Whose.MINE])


@dataclass(frozen=True, slots=True)
class _Begun:
    row: MyDraft
    entry: UUID | None  # of the file plan, that it answers
    follows: UUID | None  # the returned one that it corrects


def _drafts(session: Session, actor: Actor) -> list[_Begun]:
    """Own drafts and those of colleagues."""
    first = Submission.declared["documents"][0]["fields"]
    query = (
        select(
            Submission.id,
            Submission.code,
            Submission.title,
            func.coalesce(Draft.changed_at, Submission.received_at).label("changed_at"),
            func.coalesce(Draft.changed_by, Submission.submitted_by).label("changed_by"),
            func.coalesce(first["subject"].as_string(), "").label("subject"),
            func.coalesce(first["codeNumber"].as_string(), "").label("number"),
            func.coalesce(first["codeNotation"].as_string(), "").label("notation"),
            Draft.entry_id,
            Submission.follows_id,
            or_(
                is_theirs(Submission, actor),
                and_(Submission.keeper == "", Draft.changed_by == actor.account),
                Draft.submission_id.is_(None),
            ).label("mine"),
        )
        .outerjoin(Draft, Draft.submission_id == Submission.id)
        .where(
            Submission.state == SubmissionState.DRAFT,
            access.visible(actor, "draft:edit", Submission.agency_id),
        )
        .order_by(func.coalesce(Draft.changed_at, Submission.received_at).desc(), Submission.id)
        .limit(_MOST_DRAFTS)
    )
    rows = session.execute(query).all()
    codes = Counter(row.code for row in rows if row.code)
    return [
        _Begun(
            MyDraft(
                id=row.id,
                code=row.code,
                title=row.title,
                changed_at=row.changed_at,
                changed_by=row.changed_by,
                subject=row.subject,
                number="/".join(filter(None, (row.number, row.notation))),
                mine=row.mine,
                same_code=codes[row.code] > 1,
            ),
            row.entry_id,
            row.follows_id,
        )
        for row in rows
    ]


def _by_whose(session: Session, due: Sequence[Due], actor: Actor) -> dict[Whose, list[Due]]:
    """Entries by to whom they fall: to the person, to others of their unit, to the agency.

    One that names neither a person nor a unit is left to everybody.
    """
    account = session.get(Account, actor.account_id) if actor.account_id else None
    holders = holders_beside(session, account) if account else Holders(())

    def is_own(entry: Due) -> bool:
        nobodys = not (entry.creator or entry.unit)
        return nobodys or account in holders.of(entry.creator, entry.unit)

    def is_units(entry: Due) -> bool:
        return account is not None and of_unit(entry.unit, entry.creator, account)

    own = {entry.entry_id for entry in due if is_own(entry)}
    return {
        Whose.MINE: [entry for entry in due if entry.entry_id in own],
        Whose.UNIT: [entry for entry in due if entry.entry_id in own or is_units(entry)],
        Whose.AGENCY: list(due),
    }


def my_submissions(
    services: Services,
    *,
    actor: Actor,
    states: Sequence[SubmissionState] = (),
    limit: int,
    offset: int = 0,
    lang: str = "vi",
) -> list[SubmissionDocument]:
    """SUBMISSION documents of what the account handed in, newest first; all without ``states``."""
    query = (
        select(Submission)
        .where(Submission.submitted_by == actor.account, Submission.state != SubmissionState.DRAFT)
        .options(*holdings_rows.LISTED)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    )
    if states:
        query = query.where(Submission.state.in_(states))
    with services.read_only() as session:
        return submission_documents(
            session, session.scalars(query.limit(limit).offset(offset)).all(), lang
        )


def count_to_do(session: Session, *, actor: Actor) -> int:
    """How many case files wait for this officer: what the first tab of their page counts."""
    returned = {row.id: row.code for row in find_unmended(session, actor=actor)}
    drafts, due = _waiting(session, actor, returned)
    return len(returned) + _to_do(drafts, due, returned)
