"""Calling in, as documents of the contract: publish, keep back, progress, remind."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from archive_service import clock
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.collection import CollectionList, KeepBackState
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.docx import write_docx
from archive_service.forms.table_form import TableForm, for_press, print_table_form
from archive_service.forms.xlsx import write_xlsx
from archive_service.jobs.port import Lease
from archive_service.services import Services
from ingest.calling_in import keep_back, lists, signed_papers
from ingest.calling_in.documents import (
    CalledEntry,
    CollectionDocument,
    CollectionHead,
    KeepBackDocument,
    KeepBackList,
    LateDocument,
    LeftOut,
    PreviewDocument,
    ProgressDocument,
)
from ingest.calling_in.given import CollectionIn, DecisionIn, KeepBackIn
from ingest.calling_in.papers import keep_back_form
from ingest.calling_in.progress import Called, Tally, called_in, tallies
from ingest.calling_in.remind import remind
from ingest.calling_in.urging import urged
from ingest.file_plan.standing import DueState

REMIND_JOB = "remind-submissions"
FORMS = ("pdf", "docx", "xlsx")


def preview(services: Services, given: CollectionIn, *, actor: Actor) -> PreviewDocument:
    """What would be published; nothing is changed."""
    with services.read_only() as session:
        row = get_agency(session, given.agency)
        seen = lists.preview_collection(session, row, given.year, given.wanted(), actor=actor)
    return PreviewDocument(
        agency=row.code,
        agency_name=row.name,
        year=given.year,
        due_on=seen.due_on,
        entries=[CalledEntry(**entry) for entry in seen.entries],
        left_out=[LeftOut(**entry) for entry in seen.left_out],
        too_short=seen.too_short,
    )


def publish(services: Services, given: CollectionIn, *, actor: Actor) -> CollectionDocument:
    """Publish an agency's list of a year, once.

    Its act is on its way into every copy then, its paper is signed by a job.
    """
    with services.unit_of_work() as uow:
        owner = get_agency(uow.session, given.agency)
        row = lists.publish_collection(owner, given.year, given.wanted(), actor=actor, uow=uow)
        services.jobs.add(uow.session, signed_papers.SIGN_JOB, subject_id=row.id)
        document = _whole(row, owner)
        uow.commit()
    write_out_evidence(services)
    return document


def list_published(services: Services, *, actor: Actor) -> list[CollectionHead]:
    """List what was published, the newest year first."""
    with services.read_only() as session:
        found = lists.list_collections(session, actor=actor)
        return [_head(row, agency) for row, agency in found]


def open_list(services: Services, list_id: UUID, *, actor: Actor) -> CollectionDocument:
    """One list with its entries and how each of them stands for this account."""
    with services.read_only() as session:
        row, agency = lists.get_collection(session, list_id, actor=actor)
        seen = called_in(session, actor=actor, today=clock.today(), year=row.year)
        standing = {entry.code: entry.state for entry in seen if entry.list_id == row.id}
        return _whole(row, agency, standing)


def progress(services: Services, *, actor: Actor, year: int | None = None) -> ProgressDocument:
    """Counts per unit and per person, and what is late."""
    seen = called(services, actor=actor, year=year)
    late = [entry.code for entry in seen if entry.state is DueState.LATE]
    return progress_of(seen, urged(services, late, actor=actor))


def called(services: Services, *, actor: Actor, year: int | None = None) -> list[Called]:
    """All that is called in and this account may see."""
    with services.read_only() as session:
        return called_in(session, actor=actor, today=clock.today(), year=year)


def progress_of(seen: Sequence[Called], urged_at: Mapping[str, dt.datetime]) -> ProgressDocument:
    """The same of what was read already; ``urged_at``: by code, when it was urged by hand."""
    late = sorted(
        (entry for entry in seen if entry.state is DueState.LATE), key=lambda entry: entry.due_on
    )
    return ProgressDocument(
        units=[tally.document() for tally in tallies(seen, by_person=False)],
        people=[tally.document() for tally in tallies(seen, by_person=True)],
        late=[
            LateDocument.of_row(entry, list=entry.list_id, urged_at=urged_at.get(entry.code))
            for entry in late
        ],
    )


def ask(services: Services, given: KeepBackIn, *, actor: Actor) -> KeepBackList:
    """Ask to keep case files: all of them or none."""
    with services.unit_of_work() as uow:
        rows = keep_back.ask_keep_back(
            given.codes, until_on=given.until, reason=given.reason, actor=actor, uow=uow
        )
        owners = {row.agency_id: uow.session.get_one(Agency, row.agency_id).code for row in rows}
        found = [KeepBackDocument.of_row(row, agency=owners[row.agency_id]) for row in rows]
        uow.commit()
    write_out_evidence(services)
    return KeepBackList(requests=found)


def refusals_of_asking(
    services: Services,
    codes: Sequence[str],
    *,
    until_on: dt.date | None,
    reason: str,
    actor: Actor,
) -> list[ArchiveError]:
    """Everything that stands against asking; ``until_on`` is ``None`` where no day was told."""
    with services.read_only() as session:
        return list(
            keep_back.iter_refusals(session, codes, until_on=until_on, reason=reason, actor=actor)
        )


def decide(
    services: Services, request_id: UUID, given: DecisionIn, *, actor: Actor
) -> KeepBackDocument:
    """Consent to a request or refuse it, naming the paper."""
    with services.unit_of_work() as uow:
        row = keep_back.decide_keep_back(request_id, actor=actor, uow=uow, **dict(given))
        owner = uow.session.get_one(Agency, row.agency_id)
        document = KeepBackDocument.of_row(row, agency=owner.code)
        uow.commit()
    write_out_evidence(services)
    return document


def list_requests(
    services: Services, *, actor: Actor, state: str | None = None
) -> list[KeepBackDocument]:
    """Requests the account may see, the newest first."""
    wanted = None if state is None else KeepBackState(state)
    with services.read_only() as session:
        rows = keep_back.list_keep_back(session, actor=actor, state=wanted)
        return [KeepBackDocument.of_row(row, agency=agency.code) for row, agency in rows]


def print_list(services: Services, list_id: UUID, target: Path, form: str, *, actor: Actor) -> None:
    """The list as DOCX or XLSX; as PDF/A the signed paper, or one to look at till it is signed."""
    with services.read_only() as session:
        row, agency = lists.get_collection(session, list_id, actor=actor)
        signed = row.sha256 is not None
        paper = signed_papers.form_of(services, session, row, agency)
    if form == "pdf" and signed:
        target.write_bytes(signed_papers.read_signed(services, list_id, actor=actor)[1])
    else:
        _writer(form, services)(paper, target)


def print_kept(services: Services, target: Path, form: str, *, actor: Actor) -> None:
    """What was consented to and this account may see, as PDF/A, DOCX or XLSX."""
    rows = list_requests(services, actor=actor, state="consented")
    archive = services.settings.archive
    with services.read_only() as session:
        own = session.get(Agency, actor.agency_id) if actor.agency_id else None
        name, above = archive.name, archive.superior
        if own is not None:
            superior = session.get(Agency, own.superior_id) if own.superior_id else None
            name, above = own.name, superior.name if superior else ""
    paper = keep_back_form(rows, agency=name, place=archive.place, on=clock.today(), above=above)
    _writer(form, services)(paper, target)


def _writer(form: str, services: Services) -> Callable[[TableForm, Path], None]:
    press = services.press
    if form == "pdf":
        return lambda paper, target: print_table_form(paper, target, press=press)
    write = write_docx if form == "docx" else write_xlsx
    return lambda paper, target: write(for_press(paper, press), target)


def remind_submissions(lease: Lease, services: Services) -> None:
    """The daily look: who is to be told of what is due, late, or kept no longer."""
    with services.writing() as session:
        services.jobs.finish(session, lease)
        remind(session, today=clock.today())


def _head(row: CollectionList, agency: Agency) -> CollectionHead:
    return CollectionHead.of_row(
        row, agency=agency.code, agency_name=agency.name, count=len(row.entries)
    )


def _whole(
    row: CollectionList, agency: Agency, standing: Mapping[str, DueState] = {}
) -> CollectionDocument:
    """The list with its entries; ``standing``: by code, how those stand that may be known."""
    return _head(row, agency).extended(
        CollectionDocument,
        entries=[CalledEntry(**it, state=standing.get(it["code"])) for it in row.entries],
        left_out=[LeftOut(**it) for it in row.left_out],
    )


def late_by_holder(services: Services, *, actor: Actor) -> list[Tally]:
    """What is late, by who holds it, most first; each tally counts what is late alone."""
    late = [entry for entry in called(services, actor=actor) if entry.state is DueState.LATE]
    found = [tally for tally in tallies(late, by_person=True) if tally.late]
    return sorted(found, key=lambda tally: (-tally.late, tally.agency, tally.unit, tally.person))
