"""What custody knows of the documents that a submission names, read in a handful of queries."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument, Submission
from archive_service.signing.pdf.report import SignatureReport
from archive_service.signing.trust.roots import AnchorRole, Trust
from archive_service.text import same_words
from ingest.register.held import held_by, in_parts


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """An entry of the file plan; ``years`` is ``None`` where it is permanent or not told."""

    written: str  # its term
    years: int | None
    permanent: bool
    title: str = ""
    creator: str = ""
    unit: str = ""
    rule_set: str = ""  # the kind of case file, where the plan in force names one
    rule_code: str = ""  # of a schedule, where the plan in force names one


class Rule(Protocol):
    """A rule of a schedule in force; ``years`` is ``None`` where it is permanent."""

    @property
    def code(self) -> str: ...
    @property
    def years(self) -> int | None: ...
    @property
    def citation(self) -> str: ...


FindRule = Callable[[str], Rule | None]  # by its code; ``None`` where no schedule in force has it


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of another agency are not the sender's to know: their case files are empty texts."""

    state_bodies: frozenset[str] = frozenset()  # names of agencies that signed, as ``same_words``
    issuers: frozenset[str] = frozenset()  # agencies that issued documents, likewise
    state_roots: bool = False  # whether roots for signatures of the state are there at all
    numbers: Mapping[str, str] = field(default_factory=dict)  # number, symbol … -> case file
    identifiers: Mapping[str, str] = field(default_factory=dict)  # docId -> case file
    planned: PlannedEntry | None = None  # of the entry of the file plan
    rules: Mapping[str, Rule] = field(default_factory=dict)  # that sender and plan name, if known

    def is_state(self, name: str) -> bool:
        """Whether an agency of ours bears the name."""
        return bool(name) and same_words(name) in self.state_bodies

    def is_issuer(self, name: str) -> bool:
        """Whether an agency of ours bears the name under which a document was issued."""
        return bool(name) and same_words(name) in self.issuers


def number_key(fields: Mapping[str, Any]) -> str:
    """Number, symbol, issuer and year as one text; empty where one of them is missing."""
    parts = [
        same_words(str(fields.get(name) or "")).strip().lstrip("0")
        for name in ("codeNumber", "codeNotation", "organName")
    ]
    date = str(fields.get("issuedDate") or "")
    return "|".join([*parts, date]) if all([*parts, date]) else ""


def read_known(
    session: Session,
    submission: Submission,
    signatures: Iterable[SignatureReport],
    trust: Trust,
    find_rule: FindRule,
) -> Known:
    """Names of signing agencies, and who in custody bears the same numbers and identifiers.

    ``signatures``: all that were seen in its files.
    """
    declared = submission.case_file()
    documents = declared.documents
    planned = planned_of(session, submission.agency_id, declared)
    named = (planned.rule_code if planned else "", declared.fields.get("ruleCode", "").strip())
    signed = {
        report.organization
        for report in signatures
        if report.organization and report.root_role != AnchorRole.UNLISTED
    }
    return Known(
        state_bodies=_state_bodies(session, signed),
        issuers=_state_bodies(
            session, {document.fields.get("organName", "") for document in documents}
        ),
        state_roots=trust.has_role(AnchorRole.STATE),
        numbers=held_numbers(session, submission, documents),
        identifiers=held_identifiers(session, submission, documents),
        planned=planned,
        rules={code: rule for code in named if code and (rule := find_rule(code)) is not None},
    )


def _state_bodies(session: Session, names: Collection[str]) -> frozenset[str]:
    found: set[str] = set()
    for some in in_parts(sorted(names)):
        found.update(session.scalars(select(Agency.name).where(Agency.name.in_(some))))
    return frozenset(same_words(name) for name in found)


def held_numbers(
    session: Session, submission: Submission, documents: list[DeclaredDocument]
) -> dict[str, str]:
    """By number, symbol, issuer and date the case file that holds such a document already."""
    numbered = [document.fields for document in documents if number_key(document.fields)]
    pairs = {
        (fields["codeNotation"], number)
        for fields in numbered
        for number in _written(fields["codeNumber"])
    }
    found = held_by(
        session,
        submission,
        sorted(pairs),
        (Document.code_number, Document.code_notation, Document.organ_name, Document.issued_date),
        matching=_numbered,
        key=_key_of,
    )
    wanted = {number_key(fields) for fields in numbered}
    return {key: code for key, code in found.items() if key in wanted}


def _numbered(pairs: list[tuple[str, str]]) -> ColumnElement[bool]:
    """Of each symbol its numbers: SQLite finds no pair of a list of pairs by an index."""
    by_symbol = groupby(pairs, key=itemgetter(0))
    return or_(
        *(
            (Document.code_notation == symbol) & Document.code_number.in_([each[1] for each in own])
            for symbol, own in by_symbol
        )
    )


def _written(number: str) -> set[str]:
    """As it stands, and with and without the noughts that some write before small numbers."""
    bare = number.strip().lstrip("0")
    return {number, bare, bare.zfill(2), bare.zfill(3)}


def _key_of(number: str, notation: str, organ: str | None, date: str | None) -> str:
    return number_key(
        {
            "codeNumber": number,
            "codeNotation": notation,
            "organName": organ,
            "issuedDate": date,
        }
    )


def held_identifiers(
    session: Session, submission: Submission, documents: list[DeclaredDocument]
) -> dict[str, str]:
    """By identifier the case file that holds a document of it already."""
    wanted = {d.fields["docId"] for d in documents if d.fields.get("docId")}
    return held_by(session, submission, sorted(wanted), (Document.doc_id,))


def planned_of(
    session: Session, agency_id: UUID | None, declared: DeclaredCaseFile
) -> PlannedEntry | None:
    """What the agency's file plan says of the entry whose number the code ends with."""
    parts = declared.fields.get("fileCode", "").rsplit(".", 3)
    if agency_id is None or len(parts) < 3:
        return None
    for year, notation in ((parts[-3], ".".join(parts[-2:])), (parts[-2], parts[-1])):
        if len(year) != 4 or not year.isdecimal():
            continue
        row = session.execute(
            select(
                FilePlanEntry.term,
                FilePlanEntry.years,
                FilePlanEntry.permanent,
                FilePlanEntry.title,
                FilePlanEntry.creator,
                FilePlanEntry.unit,
                FilePlanEntry.rule_set,
                FilePlanEntry.rule_code,
                FilePlan.state,
            )
            .join(FilePlan, FilePlan.id == FilePlanEntry.plan_id)
            .where(
                FilePlan.agency_id == agency_id,
                FilePlan.year == int(year),
                FilePlanEntry.notation == notation,
            )
        ).one_or_none()
        if row is not None:
            in_force = row.state is FilePlanState.APPROVED
            named = (row.rule_set, row.rule_code or "") if in_force else ()
            return PlannedEntry(*row[:6], *named)
    return None
