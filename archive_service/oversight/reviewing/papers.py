"""The review as PDF/A in the layout of NĐ 30/2020, as it is confirmed so far."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.review import Review, ReviewKind
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from archive_service.forms.table_form import FormSigner
from archive_service.oversight.reviewing.documents import ReviewDocument
from archive_service.oversight.reviewing.lines import within
from archive_service.services import Services


def name_of(row: Review) -> str:
    """Name of the file, by the days that are reviewed."""
    return f"{_words(f'{row.kind.value}.file')}-{row.first:%Y%m%d}-{row.last:%Y%m%d}.pdf"


def review_letter(
    session: Session, services: Services, row: Review, document: ReviewDocument, actor: Actor
) -> Letter:
    """Its lines with what was said of each, and what the trail held in its days."""
    archive, kind = services.settings.archive, row.kind.value
    reviewer = session.get(Account, actor.account_id)
    days = {"first": words.day(row.first), "last": words.day(row.last)}
    rows = [
        [
            str(number),
            line.title,
            "; ".join(line.details),
            _words(f"verdicts.{line.verdict or 'none'}"),
            line.remark,
        ]
        for number, line in enumerate(document.lines, start=1)
    ]
    heads = [_words(f"heads.{name}") for name in ("number", kind, "details", "verdict", "remark")]
    objected = sum(line.verdict == "objected" for line in document.lines)
    return Letter(
        issuer=archive.name,
        issuer_above=archive.superior,
        name=_words("name"),
        about=_words(f"{kind}.about", **days, agency=document.agency_name or archive.name),
        number=_words("no-number"),
        place_and_date=f"{archive.place}, {words.day_in_words(clock.today())}",
        parts=[
            Paragraph(_words("basis", citation=row.citation), "basis"),
            Paragraph(_words(f"{kind}.opening", **days)),
            LetterTable(heads, (0.4, 1.8, 3.0, 1.0, 1.6), rows, (0,)),
            Paragraph(_words("result", count=len(rows), objected=objected)),
            *(_bounds(session, row) if row.kind is ReviewKind.TRAIL else ()),
        ],
        recipients=[_words("filed")],
        signers=[FormSigner(_words(f"{kind}.signer"), reviewer.person if reviewer else "")],
        box=0,
    )


def _bounds(session: Session, row: Review) -> list[Paragraph]:
    """Which events were looked through: their numbers, and the digest of the last one."""
    found = select(AuditEvent.number).where(*within(row)).order_by(AuditEvent.number)
    first = session.scalar(found.limit(1))
    last = session.scalar(found.order_by(None).order_by(AuditEvent.number.desc()).limit(1))
    if first is None or last is None:
        return []
    digest = session.get_one(AuditEvent, last).sha256
    bounds = _words("bounds", first=first, last=last)
    return [Paragraph(bounds), Paragraph(digest, "digest", _words("digest"))]


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.review.{key}", "vi", **facts)
