"""Reports of a period: counted, kept as they were, completed with words, written out."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.db.numbers import draw_number
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.report import Report
from archive_service.domain.people.account import WORKER, Actor, Role
from archive_service.errors import InputError, NotAllowedError, NotFoundError
from archive_service.forms.numbers import format_number, parse_number
from archive_service.jobs.port import Lease
from archive_service.notices import inbox
from archive_service.reports.documents import FiguresDocument, ReportDocument
from archive_service.reports.given import ReportIn
from archive_service.reports.period import Period, just_ended, parse_begun
from archive_service.reports.report_paper import of_agency, print_report, so_far, write_report_xlsx
from archive_service.reports.statistics import statistics
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from archive_service.text import nfc

DUE_JOB = "make-reports"
_MADE = "report:made"
_FORM, _SYMBOL = "statistics-report", "BC-LT"
_LONGEST = 4000


class ReportNotFoundError(NotFoundError):
    """No report bears this id, or it is not this account's to know."""


class ReportAgencyError(InputError):
    """No agency bears the identifier."""

    code = "report-agency-unknown"


class ReportAgencyHiddenError(NotAllowedError):
    """The agency's figures are not this account's to see: zeros would be taken for true."""


class ReportWordsError(InputError):
    """More words than are kept."""

    code = "report-words-long"


def figures_of(
    services: Services, period: str, *, actor: Actor, agency: str = ""
) -> FiguresDocument:
    """The figures of a period as they are now; nothing is kept.

    Raises:
        ActNotAllowedError, ReportPeriodError, ReportPeriodAheadError, ReportAgencyError,
        ReportAgencyHiddenError
    """
    access.require(actor, "report:read")
    span, at = parse_begun(period), clock.now()
    with services.read_only() as session:
        of = _agency(session, agency, actor)
        found = statistics(session, span, actor=actor, agency_id=None if of is None else of.id)
    return FiguresDocument(
        **_head(span),
        agency=None if of is None else of.code,
        agency_name=None if of is None else of.name,
        as_of=clock.iso(at),
        provisional=not span.is_over(at),
        figures=found,
    )


def make_report(services: Services, given: ReportIn, *, actor: Actor) -> ReportDocument:
    """Keep the figures of PERIOD as they are now.

    Raises:
        ActNotAllowedError, ReportPeriodError, ReportPeriodAheadError, ReportAgencyError,
        ReportAgencyHiddenError
    """
    access.require(actor, "report:make")
    with services.read_only() as session:
        of = _agency(session, given.agency, actor)
    return _made(services, parse_begun(given.period), of, actor=actor)


def _made(services: Services, period: Period, of: Agency | None, *, actor: Actor) -> ReportDocument:
    """``of`` as it is called now: the report goes on calling it so."""
    agency_id = None if of is None else of.id
    with services.read_only() as session:
        figures = statistics(session, period, actor=actor, agency_id=agency_id)
    with services.writing() as session:
        at = clock.now()
        row = Report(
            id=uuid4(),
            number=_next_number(session, clock.local(at).year),
            agency_id=agency_id,
            first=period.first,
            last=period.last,
            made_at=at,
            made_by=actor.account,
            figures=figures | _of_agency(of),
            difficulties="",
            proposals="",
        )
        session.add(row)
        session.flush()
        record_event(
            session,
            _MADE,
            subject_id=row.id,
            actor=actor,
            agency_id=agency_id,
            data=_head(period) | {"number": row.number},
        )
        return report_document(row)


def _next_number(session: Session, year: int) -> str:
    """``03/BC-LT``, without gap or double; after a rebuild it goes on from what the log tells."""
    begins = dt.datetime(year, 1, 1, tzinfo=clock.LOCAL_ZONE)
    query = select(AuditEvent.data["number"].as_string()).where(
        AuditEvent.tag == _MADE, AuditEvent.at >= begins
    )
    given = (parse_number(number).number for number in session.scalars(query) if number)
    drawn = draw_number(session, _FORM, year, after=max(given, default=0))
    return format_number(drawn, _SYMBOL)


def put_words(
    services: Services, report_id: UUID, *, difficulties: str, proposals: str, actor: Actor
) -> ReportDocument:
    """Difficulties met and what is proposed, in the report's own words.

    Raises:
        ActNotAllowedError, ReportNotFoundError, ReportWordsError
    """
    access.require(actor, "report:make")
    facts = {"difficulties": nfc(difficulties).strip(), "proposals": nfc(proposals).strip()}
    if any(len(text) > _LONGEST for text in facts.values()):
        raise ReportWordsError(limit=_LONGEST)
    with services.writing() as session:
        row = _get(session, report_id, actor)
        row.difficulties, row.proposals = facts["difficulties"], facts["proposals"]
        record_event(session, "report:worded", of=row, actor=actor, data={})
        session.flush()
        return report_document(row)


def list_reports(
    services: Services, *, actor: Actor, limit: int = 50, offset: int = 0
) -> tuple[list[ReportDocument], int]:
    """Reports the account may see without their figures, newest first; and how many there are."""
    access.require(actor, "report:read")
    visible = _visible(actor)
    with services.read_only() as session:
        total = session.scalar(select(func.count(Report.id)).where(visible)) or 0
        rows = session.scalars(
            select(Report)
            .where(visible)
            .order_by(Report.made_at.desc(), Report.id)
            .limit(limit)
            .offset(offset)
        )
        return [report_document(row, whole=False) for row in rows], total


def open_report(services: Services, report_id: UUID, *, actor: Actor) -> ReportDocument:
    """One report with its figures.

    Raises:
        ActNotAllowedError, ReportNotFoundError
    """
    access.require(actor, "report:read")
    with services.read_only() as session:
        return report_document(_get(session, report_id, actor))


def write_report(
    services: Services, report_id: UUID, form: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the report as ``pdf`` (PDF/A-2b) or ``xlsx``; ``ReportNotFoundError``."""
    document = open_report(services, report_id, actor=actor)
    archive = services.settings.archive
    with work_place(services.work_folder, "report-") as place:
        target = place / f"report.{form}"
        if form == "pdf":
            print_report(
                document,
                target,
                archive=archive.name,
                place=archive.place,
                above=archive.superior,
                press=services.press,
            )
        else:
            write_report_xlsx(document, target)
        of = f"{document.agency}-" if document.agency else ""
        name = f"bao-cao-{of}{document.first}-{document.last}.{form}"
        return name, target.read_bytes()


def make_due(lease: Lease, services: Services) -> None:
    """Make what is due today."""
    make_ended(services, clock.today())
    with services.writing() as session:
        services.jobs.finish(session, lease)


def make_ended(services: Services, today: dt.date) -> None:
    """Once after the end of each quarter, half-year and year: a report of all agencies together."""
    for period in just_ended(today):
        with services.read_only() as session:
            known = session.scalar(
                select(Report.id).where(
                    Report.agency_id.is_(None),
                    Report.first == period.first,
                    Report.last == period.last,
                    Report.made_by == WORKER.account,
                )
            )
        if known is None:
            told = _made(services, period, None, actor=WORKER)
            with services.writing() as session:
                heads = inbox.people(session, roles=[Role.HEAD], agency_id=None)
                facts = {"first": told.first, "last": told.last}
                place = f"/reports/{told.id}"
                report = UUID(told.id)
                inbox.tell(
                    session, "report-made", to=heads, subject_id=report, facts=facts, href=place
                )


def report_document(row: Report, *, whole: bool = True) -> ReportDocument:
    """A report as commands, pages and REST tell it."""
    period = Period(row.first, row.last)
    return ReportDocument.of_row(
        row,
        id=str(row.id),
        agency_id=row.agency_id and str(row.agency_id),
        agency=row.figures.get("agency"),
        agency_name=row.figures.get("agency_name"),
        **_head(period),
        made_at=clock.iso(row.made_at),
        provisional=not period.is_over(row.made_at),
        figures=row.figures if whole else None,
    )


def _head(period: Period) -> dict[str, str]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


def _visible(actor: Actor) -> ColumnElement[bool]:
    return access.visible(actor, "report:read", Report.agency_id)


def _get(session: Session, report_id: UUID, actor: Actor) -> Report:
    row = session.scalar(select(Report).where(Report.id == report_id, _visible(actor)))
    if row is None:
        raise ReportNotFoundError(id=report_id)
    return row


def _of_agency(of: Agency | None) -> dict[str, str | None]:
    if of is None:
        return {"agency": None, "agency_name": None}
    return {"agency": of.code, "agency_name": of.name}


def _agency(session: Session, code: str, actor: Actor) -> Agency | None:
    """The agency of a report: the one named, else that of the account, else none and so all."""
    if not code.strip():
        return None if actor.agency_id is None else session.get_one(Agency, actor.agency_id)
    found = session.scalar(
        select(Agency).join(AgencyIdentifier).where(AgencyIdentifier.code == code.strip())
    )
    if found is None:
        raise ReportAgencyError(agency=code)
    if actor.agency_id not in (None, found.id):
        raise ReportAgencyHiddenError(agency=code)
    return found


def title_of(document: FiguresDocument | ReportDocument, lang: str) -> str:
    """``Số liệu từ 01/07/2026 đến 30/09/2026``, of which agency, and until when if not over."""
    first, last = (dt.date.fromisoformat(day) for day in (document.first, document.last))
    facts = {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"}
    text = messages.text("pages.reports.of_period", lang, **facts)
    return text + of_agency(document, lang) + so_far(document, lang)
