"""What incidents are about, as people know it: the code of a case file or of a submission."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import Incident

_ID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_PACKAGE = re.compile(rf"(?P<copy>\S+) \S*/urn%3[Aa]uuid%3[Aa](?P<id>{_ID})")
_SUBMISSION = re.compile(rf"submission (?P<id>{_ID})")
_NUMBERED = {"batch"}  # what is told by its kind and number
_DOCUMENT = re.compile(r"document (?P<code>\S+)/(?P<ordinal>[0-9]+)")


# Troubles of machines and media, which tell of no agency's case files.
OF_THE_SERVICE = frozenset(
    {
        "rolled-back",
        "trail-misfit",
        "rules-differ",
        "backup-media",
        "backup-missed",
        "broker-silent",
        "clock-doubtful",
        "copy-lagging",
        "copy-unreachable",
        "drill-missed",
        "fixity-late",
        "fixity-paused",
        "home-calendar-unreadable",
        "home-rules-unreadable",
        "job-unknown",
        "lock-refused",
        "mail-silent",
        "rebuild-awaited",
        "rights-review-objected",
        "rights-review-overdue",
        "trail-review-objected",
        "trail-review-overdue",
        "personal-data-report-overdue",
        "scanner-silent",
        "security-report-overdue",
        "told-by-person",
        "search-silent",
    }
)


@dataclass(frozen=True, slots=True)
class _Owned:
    code: str
    agency_id: UUID | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What one incident is about: ``raw`` as it is recorded, the rest where it is known."""

    raw: str
    case_file: str = ""
    copy: str = ""
    ordinal: int | None = None
    submission: str = ""
    submission_id: UUID | None = None
    agency_id: UUID | None = None  # whose case file or submission it is

    def words(self, lang: str) -> str:
        """For people to read."""
        code = self.case_file or self.submission
        if self.copy and code:
            return messages.text("labels.incident-subject.in-copy", lang, code=code, copy=self.copy)
        if self.ordinal is not None and code:
            return messages.text(
                "labels.incident-subject.document", lang, code=code, ordinal=self.ordinal
            )
        return code or _words_of(self.raw, lang)


def _words_of(raw: str, lang: str) -> str:
    """What is no case file: a part of the service by its name, a batch by its number."""
    kind, _, number = raw.partition(" ")
    words = f"labels.incident-subject.{kind}"
    if bool(number) is (kind in _NUMBERED) and messages.has(words):
        return messages.text(words, lang, number=number)
    return raw


def subjects_of(session: Session, rows: Sequence[Incident]) -> dict[UUID, Subject]:
    """By the incident's id; two statements at most, however many rows there are."""
    named = subjects_named(session, {row.subject for row in rows})
    return {row.id: named[row.subject] for row in rows}


def subjects_named(session: Session, raws: Iterable[str]) -> dict[str, Subject]:
    """The same by what incidents record."""
    raws = set(raws)
    by_urn, codes = _case_files(session, raws)
    submissions = _submissions(session, raws)
    return {raw: _subject(raw, by_urn, codes, submissions) for raw in raws}


def seen_by(session: Session, rows: Sequence[Incident], *, actor: Actor) -> list[Incident]:
    """Those that the account may know: of one agency, its own and what is nobody's in particular.

    What cannot be told to be the agency's own, such as a batch or a list, is not shown.
    """
    if actor.agency_id is None:
        return list(rows)
    subjects = subjects_of(session, [row for row in rows if row.kind not in OF_THE_SERVICE])
    return [
        row
        for row in rows
        if row.kind in OF_THE_SERVICE or subjects[row.id].agency_id == actor.agency_id
    ]


def _subject(
    raw: str,
    by_urn: dict[str, _Owned],
    codes: dict[str, _Owned],
    submissions: dict[UUID, _Owned],
) -> Subject:
    if (found := _PACKAGE.match(raw)) and (owned := by_urn.get(_urn(found))):
        return Subject(raw, case_file=owned.code, copy=found["copy"], agency_id=owned.agency_id)
    if (found := _DOCUMENT.fullmatch(raw)) and (owned := codes.get(found["code"])):
        ordinal = int(found["ordinal"])
        return Subject(raw, case_file=owned.code, ordinal=ordinal, agency_id=owned.agency_id)
    if (found := _SUBMISSION.fullmatch(raw)) and (owned := submissions.get(UUID(found["id"]))):
        id_ = UUID(found["id"])
        return Subject(raw, submission=owned.code, submission_id=id_, agency_id=owned.agency_id)
    if owned := codes.get(raw):
        return Subject(raw, case_file=raw, agency_id=owned.agency_id)
    return Subject(raw)


def _case_files(
    session: Session, raws: Iterable[str]
) -> tuple[dict[str, _Owned], dict[str, _Owned]]:
    """By the name of the package, and by the codes that subjects say themselves."""
    urns, codes = set(), set()
    for raw in raws:
        if found := _PACKAGE.match(raw):
            urns.add(_urn(found))
        elif found := _DOCUMENT.fullmatch(raw):
            codes.add(found["code"])
        elif " " not in raw:
            codes.add(raw)
    if not urns and not codes:
        return {}, {}
    named = or_(CaseFile.ocfl_id.in_(urns), CaseFile.code.in_(codes))
    columns = CaseFile.ocfl_id, CaseFile.code, CaseFile.agency_id
    found_rows = session.execute(select(*columns).where(named)).all()
    owned = {row.ocfl_id: _Owned(row.code, row.agency_id) for row in found_rows}
    return owned, {subject.code: subject for subject in owned.values()}


def _submissions(session: Session, raws: Iterable[str]) -> dict[UUID, _Owned]:
    ids = {UUID(found["id"]) for raw in raws if (found := _SUBMISSION.fullmatch(raw))}
    if not ids:
        return {}
    columns = Submission.id, Submission.code, Submission.agency_id
    rows = session.execute(select(*columns).where(Submission.id.in_(ids)))
    return {row.id: _Owned(row.code, row.agency_id) for row in rows}


def _urn(found: re.Match[str]) -> str:
    return f"urn:uuid:{found['id']}"
