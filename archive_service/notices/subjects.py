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
from archive_service.domain.people.incident import Incident

_ID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_PACKAGE = re.compile(rf"(?P<copy>\S+) \S*/urn%3[Aa]uuid%3[Aa](?P<id>{_ID})")
_SUBMISSION = re.compile(rf"submission (?P<id>{_ID})")
_DOCUMENT = re.compile(r"document (?P<code>\S+)/(?P<ordinal>[0-9]+)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What one incident is about: ``raw`` as it is recorded, the rest where it is known."""

    raw: str
    case_file: str = ""
    copy: str = ""
    ordinal: int | None = None
    submission: str = ""
    submission_id: UUID | None = None

    def words(self, lang: str) -> str:
        """For people to read."""
        code = self.case_file or self.submission
        if self.copy and code:
            return messages.text("labels.incident-subject.in-copy", lang, code=code, copy=self.copy)
        if self.ordinal is not None and code:
            return messages.text(
                "labels.incident-subject.document", lang, code=code, ordinal=self.ordinal
            )
        return code or self.raw


def subjects_of(session: Session, rows: Sequence[Incident]) -> dict[UUID, Subject]:
    """By the incident's id; two statements at most, however many rows there are."""
    raws = {row.subject for row in rows}
    by_urn, codes = _case_files(session, raws)
    submissions = _submissions(session, raws)
    return {row.id: _subject(row.subject, by_urn, codes, submissions) for row in rows}


def _subject(
    raw: str, by_urn: dict[str, str], codes: set[str], submissions: dict[UUID, str]
) -> Subject:
    if (found := _PACKAGE.match(raw)) and (code := by_urn.get(_urn(found))):
        return Subject(raw, case_file=code, copy=found["copy"])
    if (found := _DOCUMENT.fullmatch(raw)) and found["code"] in codes:
        return Subject(raw, case_file=found["code"], ordinal=int(found["ordinal"]))
    if (found := _SUBMISSION.fullmatch(raw)) and (code := submissions.get(UUID(found["id"]))):
        return Subject(raw, submission=code, submission_id=UUID(found["id"]))
    return Subject(raw, case_file=raw if raw in codes else "")


def _case_files(session: Session, raws: Iterable[str]) -> tuple[dict[str, str], set[str]]:
    """Codes by the name of the package, and the codes that subjects say themselves."""
    urns, said = set(), set()
    for raw in raws:
        if found := _PACKAGE.match(raw):
            urns.add(_urn(found))
        elif found := _DOCUMENT.fullmatch(raw):
            said.add(found["code"])
        elif " " not in raw:
            said.add(raw)
    if not urns and not said:
        return {}, set()
    named = or_(CaseFile.ocfl_id.in_(urns), CaseFile.code.in_(said))
    pairs = session.execute(select(CaseFile.ocfl_id, CaseFile.code).where(named)).all()
    return {row.ocfl_id: row.code for row in pairs}, {row.code for row in pairs}


def _submissions(session: Session, raws: Iterable[str]) -> dict[UUID, str]:
    ids = {UUID(found["id"]) for raw in raws if (found := _SUBMISSION.fullmatch(raw))}
    if not ids:
        return {}
    pairs = session.execute(select(Submission.id, Submission.code).where(Submission.id.in_(ids)))
    return {row.id: row.code for row in pairs}


def _urn(found: re.Match[str]) -> str:
    return f"urn:uuid:{found['id']}"
