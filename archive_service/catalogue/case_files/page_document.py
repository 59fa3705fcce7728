"""All that the page of one case file tells, within what the account may see."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.catalogue.case_files.case_documents import Line, lines_of
from archive_service.catalogue.case_files.documents import CaseDocument
from archive_service.catalogue.case_files.openable import Openable, openable_of
from archive_service.catalogue.describing.documents import WaitingModeDocument
from archive_service.catalogue.describing.mode_changes import changes_told, waiting_changes
from archive_service.catalogue.describing.rules import describes
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.electronic_record import electronic_record
from archive_service.catalogue.holdings.former_custody import former_custody
from archive_service.catalogue.holdings.uses import (
    is_readable,
    require_readable,
    scopes_of,
    uses_of,
)
from archive_service.catalogue.own_fields.fields import labels_of
from archive_service.catalogue.recalls.document_successors import documents_bearing
from archive_service.catalogue.recalls.documents import NamedDocument, RecallDocument
from archive_service.catalogue.recalls.listing import standing_recalls
from archive_service.db.handed_over import handed_over
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.agencies.own_field import OwnSubject
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import (
    CLEARED,
    DigitalObject,
    Document,
    DocumentRelation,
)
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import TrailEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.keeping.malware_scan import MalwareScan
from archive_service.domain.people.account import Actor
from archive_service.errors import NotAllowedError
from archive_service.evidence.trail import events_of, last_sealed
from archive_service.formats.malware import MalwareState
from archive_service.services import Services
from digitize.paper.documents import MoveDocument
from digitize.paper.moves import moves_of_case
from retention.terms.known_schedules import known_schedules, newer_rule

_CHECK_JOB = "check-case-file"


@dataclass(frozen=True, slots=True)
class CasePage:
    """CASE, and what stands beside it on the page."""

    case: dict[str, Any]  # its documents: those of the part that is shown
    lines: list[Line]  # all of its documents and links, in their order
    size_bytes: int  # of all files that the account is told of
    agency_name: str
    openable: dict[str, Openable]  # by id of those documents shown that the account may read
    package_closed: NotAllowedError | None  # why the whole package is not given out
    people: dict[str, str]  # account → name of its person, of those who built a version
    events: list[TrailEvent]
    uses: dict[str, int]  # as ``uses_of`` counts them; nothing for who may not read the history
    sealed_at: str | None
    is_checking: bool
    copies: list[dict[str, Any]]
    may: dict[str, bool]
    described: frozenset[int]  # ordinals of the documents shown that the account describes
    malware: list[dict[str, str]]  # {file, signature, scanner, at} of documents in quarantine
    marked: list[dict[str, Any]]  # {ordinal, level} of documents that a secrecy mark closed
    doubts: list[dict[str, Any]]  # {ordinal, place, code, facts}: what looks like people's errors
    modes: list[WaitingModeDocument]  # changes of the access mode that wait to be confirmed
    recalls: list[dict[str, Any]]  # what is asked of its documents, or was done
    related: dict[str, NamedDocument]  # by name, of what they replace, correct, belong to …
    moves: list[MoveDocument]  # of its paper, for those who may know where it is
    own_labels: dict[str, dict[str, str]]  # of fields of the agency's own: subject → name → label
    newer_rule: dict[str, Any] | None  # of its code, in force now, where it says something else
    series: dict[str, str] | None  # {code, title} of the series that it stands in
    declared_standing: dict[str, str]  # id of a document for reference → what its sender declared


def _newer_rule(session: Session, row: CaseFile) -> dict[str, Any] | None:
    found = newer_rule(known_schedules(session), row.rule, clock.today())
    return None if found is None else found.as_document()


def case_page(
    services: Services,
    code: str,
    *,
    actor: Actor,
    part: Callable[[Sequence[Line]], Collection[UUID]],
) -> CasePage:
    """The page's facts in a fixed number of statements.

    Args:
        part: of the whole list the ids of those documents that are shown.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    with services.read_only() as session:
        row, documents = _read(session, code, actor, part)
        may = _may(row, actor)
        events = events_of(session, row.id, actor=actor) if may["history"] else []
        sealed = last_sealed(session) if may["history"] else None
        case = CaseDocument.whole(
            row,
            fonds=session.get_one(Fonds, row.fonds_id).code,
            actor=actor,
            record=electronic_record(session, row),
            documents=documents,
            newer=_newer(session, row),
            handed_over=handed_over(session, row),
            former_custody=former_custody(session, row),
        )
        return CasePage(
            case=case.as_json(),
            lines=lines_of(row),
            newer_rule=_newer_rule(session, row),
            size_bytes=_size(session, row, actor),
            agency_name=session.get_one(Agency, row.agency_id).name,
            openable=_readable_ones(row, documents, actor),
            package_closed=_package_closed(row, actor) if may["export"] else None,
            people=display_names(session, [version.built_by for version in row.versions]),
            events=events,
            uses=uses_of(session, row) if may["history"] else {},
            sealed_at=None if sealed is None else clock.iso(sealed.sealed_at),
            is_checking=_is_checking(session, row),
            copies=_copies(row, [copy.name for copy in services.copies]),
            may=may,
            described=_described(row, documents, actor),
            malware=_malware(session, row),
            marked=_marked(row),
            doubts=_doubts(row) if access.may(actor, "digitization:list", row) else [],
            modes=changes_told(waiting_changes(session, row.id), row) if may["history"] else [],
            recalls=_recalls(session, row),
            related=documents_bearing(session, _related(row), actor=actor),
            moves=moves_of_case(session, row.code)
            if row.papers and access.may(actor, "paper:list", row)
            else [],
            own_labels={of.value: labels_of(session, row.agency_id, of) for of in OwnSubject},
            series=_series(session, row),
            declared_standing=_declared_standing(session, row, documents),
        )


def _marked(row: CaseFile) -> list[dict[str, Any]]:
    """Documents that are closed because of a secrecy mark."""
    return [
        {"ordinal": document.ordinal, "level": document.secrecy}
        for document in row.documents
        if document.quarantined and document.secrecy not in ("", CLEARED)
    ]


def _declared_standing(
    session: Session, row: CaseFile, documents: Sequence[Document]
) -> dict[str, str]:
    """Of what acceptance made ``reference``: the checks kept it with the name of its first file."""
    made = select(FindingRow.facts).where(
        FindingRow.submission_id == Submission.id,
        (Submission.id == row.id) | (Submission.case_file_id == row.id),
        FindingRow.code.in_(("unsigned-not-reference", "signatures-without-value")),
    )
    event_facts = {
        facts["file"]: facts["standing"] for facts in session.scalars(made) if "file" in facts
    }
    return {
        str(document.id): event_facts[file.name]
        for document in documents
        if document.standing == "reference"
        for file in document.files
        if file.name in event_facts
    }


def _series(session: Session, row: CaseFile) -> dict[str, str] | None:
    found = session.get(Series, row.series_id) if row.series_id else None
    return None if found is None else {"code": found.code, "title": found.title}


def _may(row: CaseFile, actor: Actor) -> dict[str, bool]:
    """Which acts on it the page offers."""
    return {
        "export": row.state is CaseState.STORED and access.may(actor, "case-file:export", row),
        "check": row.version_stored > 0 and access.may(actor, "fixity:check"),
        "history": access.may(actor, "case-file:history", row),
        "read": access.may(actor, "case-file:read", row),
        "receipt": access.may(actor, "submission:read", row),
        "hold": row.state is not CaseState.DESTROYED and access.may(actor, "hold:place", row),
        "holds": access.may(actor, "hold:list", row),
        "recall": row.state in (CaseState.ACCEPTED, CaseState.STORED)
        and access.may(actor, "recall:ask", row),
        "describe": row.state in (CaseState.ACCEPTED, CaseState.STORED)
        and access.may(actor, "case-file:describe", row),
        "edit": row.state in (CaseState.ACCEPTED, CaseState.STORED) and describes(actor, row, row),
        "link": row.state is CaseState.STORED and access.may(actor, "case-file:describe", row),
        "confirm": access.may(actor, "access-mode:confirm", row),
        "fonds": access.may(actor, "fonds:list", row),
    }


def _described(row: CaseFile, documents: Sequence[Document], actor: Actor) -> frozenset[int]:
    """Of whom a document alone was granted to manage: that one, and not the case file."""
    is_open = row.state in (CaseState.ACCEPTED, CaseState.STORED)
    return frozenset(
        document.ordinal for document in documents if is_open and describes(actor, row, document)
    )


def _read(
    session: Session,
    code: str,
    actor: Actor,
    part: Callable[[Sequence[Line]], Collection[UUID]],
) -> tuple[CaseFile, list[Document]]:
    """It and its documents that are shown: of them, and of those in quarantine, also the files."""
    shown: set[UUID] = set()

    def needed(row: CaseFile) -> list[UUID]:
        shown.update(part(lines_of(row)))
        return [
            document.id
            for document in row.documents
            if document.id in shown or document.quarantined
        ]

    row = holdings_rows.get_case_file_in_part(session, code, actor=actor, part=needed)
    return row, [document for document in row.documents if document.id in shown]


def _is_checking(session: Session, row: CaseFile) -> bool:
    checking = select(Job.id).where(
        Job.name == _CHECK_JOB,
        Job.subject_id == row.id,
        Job.state.in_((JobState.WAITING, JobState.RUNNING)),
    )
    return session.scalar(checking) is not None


def _newer(session: Session, row: CaseFile) -> dict[UUID, dict[str, Any]]:
    """``replacements``, asked of the database: relations of a part are no answer for all."""
    found = session.execute(
        select(DocumentRelation.target_id, Document.ordinal, Document.subject)
        .join(Document, Document.id == DocumentRelation.document_id)
        .where(
            Document.case_file_id == row.id,
            DocumentRelation.relation == "replaces",
        )
        .order_by(Document.ordinal)
    )
    return {
        target: {"ordinal": ordinal, "title": title}
        for target, ordinal, title in found
        if target is not None
    }


def _size(session: Session, row: CaseFile, actor: Actor) -> int:
    """Of the files of all its own documents, but for those that the account is told less of."""
    found = session.execute(
        select(Document.mode, func.sum(DigitalObject.size_bytes))
        .join(DigitalObject, DigitalObject.document_id == Document.id)
        .where(Document.case_file_id == row.id)
        .group_by(Document.mode)
    )
    return sum(
        int(size)
        for mode, size in found
        if access.may_know_all(actor, access.stricter_mode(row.mode, mode), *scopes_of(row))
    )


def _package_closed(row: CaseFile, actor: Actor) -> NotAllowedError | None:
    """Why its package, which is whole, is not given out; ``None`` where it is."""
    for document in row.documents:
        try:
            require_readable(actor, row, document)
        except NotAllowedError as refused:
            return refused
    return None


def _readable_ones(
    row: CaseFile, documents: Sequence[Document], actor: Actor
) -> dict[str, Openable]:
    """What of these documents of it, and of those linked into it, the account may read."""
    own = {
        str(document.id): openable_of(document)
        for document in documents
        if is_readable(actor, row, document)
    }
    linked = {
        str(link.document.id): openable_of(link.document)
        for link in row.standing_links
        if link.document
        and link.source
        and is_readable(actor, link.source, link.document, through=row)
    }
    return own | linked


def _recalls(session: Session, row: CaseFile) -> list[dict[str, Any]]:
    """Of its documents, and of those linked into it: the latter under their ordinals here."""
    places = {
        (link.source_id, link.document.ordinal): link.ordinal
        for link in row.standing_links
        if link.document
    }
    ids = dict.fromkeys([row.id, *(source_id for source_id, _ in places)])
    recalls = []
    for standing_recall in standing_recalls(session, list(ids)):
        if standing_recall.case_file_id == row.id:
            recalls.append(RecallDocument.of(standing_recall).as_json())
        elif (
            standing_recall.case_file_id
            and (standing_recall.case_file_id, standing_recall.ordinal) in places
        ):
            here = places[standing_recall.case_file_id, standing_recall.ordinal or 0]
            recalls.append(RecallDocument.of(standing_recall).as_json() | {"ordinal": here})
    return recalls


def _related(row: CaseFile) -> set[str]:
    linked = [link.document for link in row.standing_links if link.document]
    return {
        relation.target for document in (*row.documents, *linked) for relation in document.relations
    }


def _doubts(row: CaseFile) -> list[dict[str, Any]]:
    return [
        {
            "ordinal": document.ordinal,
            "place": found["place"],
            "code": found["code"],
            "facts": found["facts"],
        }
        for document in row.documents
        if not document.quarantined
        for found in document.doubts
    ]


def _malware(session: Session, row: CaseFile) -> list[dict[str, str]]:
    """What was found in its documents in quarantine; nothing is asked where there is none."""
    closed = [file for document in row.documents if document.quarantined for file in document.files]
    found = {}
    if closed:
        digests = {file.sha256 for file in closed}
        infected = MalwareScan.sha256.in_(digests), MalwareScan.state == MalwareState.INFECTED
        found = {
            scan.sha256: scan for scan in session.scalars(select(MalwareScan).where(*infected))
        }
    return [
        {
            "file": file.name,
            "signature": found[file.sha256].signature,
            "scanner": found[file.sha256].signatures,
            "at": clock.iso(found[file.sha256].scanned_at),
        }
        for file in closed
        if file.sha256 in found
    ]


def _copies(row: CaseFile, names: list[str]) -> list[dict[str, Any]]:
    """Each copy of the settings and any other that once held it, with what it was proved to hold.

    ``{name, state, verified_at, version}``; the state is intact, damaged, or waiting for a version.
    """
    known = {state.copy: state for state in row.copies}
    copies = []
    for name in dict.fromkeys([*names, *known]):
        state = known.get(name)
        behind = state is None or state.version < row.version_built
        damaged = state is not None and state.state == "damaged"
        copies.append(
            {
                "name": name,
                "state": "damaged" if damaged else "waiting" if behind else "intact",
                "verified_at": None if state is None else clock.iso(state.verified_at),
                "version": 0 if state is None else state.version,
            }
        )
    return copies
