"""What the documents of a draft say of it, and no person has taken yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import (
    CASE_FILE,
    Source,
    as_entered,
    document_of,
    source_key,
)
from archive_service.domain.intake.submission import (
    MAIN,
    DeclaredCaseFile,
    DeclaredDocument,
)
from archive_service.domain.people.account import Actor
from ingest.channels.values import is_after, is_date
from ingest.drafts.drafts import draft_of, get_draft, write
from ingest.drafts.judged import forget_field
from ingest.drafts.order import sort_by_time
from ingest.drafts.shown import Shown

_READ = (Source.METADATA, Source.SIGNATURE, Source.PAGE_ONE)  # from the weakest word on
_SEEN = frozenset({Source.NAME, *_READ})
_SENT = (Source.PACKET, Source.EARLIER)  # it came so: no person looked at it here
_COMPARED = ("subject", "issuedDate")
_DAY = len("2025-01-01")
_WORDS = 3  # a title of fewer says nothing of the matter


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value for one field; one that stands there already (``now``) was filled in unasked."""

    row: int  # of the document; ``CASE_FILE``
    name: str
    value: str
    now: str
    source: Source
    ordinal: int  # of the document that says so

    @property
    def is_filled(self) -> bool:
        """Whether the field has it already, and nobody has said that it is right."""
        return self.value == self.now


def proposals(declared: DeclaredCaseFile, draft: Draft, digests: dict[str, str]) -> list[Proposal]:
    """Title and dates of the case file, then what was read of each document, in their order.

    Args:
        declared: the data as they are.
        draft: whose files were read.
        digests: of its files, by path.
    """
    proposed = [*_title(declared), *_dates(declared)]
    for ordinal, document in enumerate(declared.documents, start=1):
        proposed += _filled(document, draft, ordinal)
        proposed += _differing(document, draft, ordinal, digests)
    return proposed


def take(
    session: Session, draft_id: UUID, shown: Sequence[Shown], *, actor: Actor
) -> list[tuple[int, str]]:
    """Make those that were shown a person's values; the caller commits.

    What is proposed no more, or otherwise by now, is left as it is.

    Returns:
        The fields that were taken.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    asked = set(shown)
    taken = [
        proposal
        for proposal in proposals(declared, draft, submission.digests)
        if (proposal.row, proposal.name, proposal.value) in asked
    ]
    sources = dict(draft.sources)
    for proposal in taken:
        document = document_of(declared, proposal.row)
        fields = declared.fields if document is None else document.fields
        fields[proposal.name] = proposal.value
        sources[source_key(proposal.row, proposal.name)] = Source.PERSON.value
    draft.sources = sources
    if draft.by_time and any(not proposal.is_filled for proposal in taken):
        sort_by_time(declared)
    write(submission, draft, declared, actor)
    for proposal in taken:
        forget_field(draft, declared, proposal.row, proposal.name)
    return [(proposal.row, proposal.name) for proposal in taken]


def _title(declared: DeclaredCaseFile) -> Iterable[Proposal]:
    """After the first document that says what the matter is."""
    if declared.fields.get("title"):
        return
    for ordinal, document in enumerate(declared.documents, start=1):
        subject = document.fields.get("subject", "")
        if len(subject.split()) >= _WORDS:
            lower = subject[1:2].islower()  # else an abbreviation
            matter = subject[0].lower() + subject[1:] if lower else subject
            title = messages.text("labels.draft.title_of", matter=matter)
            yield Proposal(CASE_FILE, "title", title, "", Source.PAGE_ONE, ordinal)
            return


def _dates(declared: DeclaredCaseFile) -> Iterable[Proposal]:
    """The first and the last day of its documents, where none of its own reaches as far."""
    today = clock.today().isoformat()
    days = sorted(
        (day, ordinal)
        for ordinal, document in enumerate(declared.documents, start=1)
        if len(day := document.fields.get("issuedDate", "")) == _DAY
        and is_date(day)
        and not is_after(day, today)
    )
    if not days:
        return
    for name, (day, ordinal) in (("startDate", days[0]), ("endDate", days[-1])):
        now = declared.fields.get(name, "")
        if now and not is_date(now):
            continue  # a person is told of it at the field
        narrower = is_after(now, day) if name == "startDate" else is_after(day, now)
        if not now or narrower:
            yield Proposal(CASE_FILE, name, day, now, Source.PAGE_ONE, ordinal)


def _filled(document: DeclaredDocument, draft: Draft, ordinal: int) -> Iterable[Proposal]:
    for name, value in document.fields.items():
        source = draft.sources.get(source_key(document.row, name), "")
        if value and source in _SEEN:
            yield Proposal(document.row, name, value, value, Source(source), ordinal)


def _differing(
    document: DeclaredDocument, draft: Draft, ordinal: int, digests: dict[str, str]
) -> Iterable[Proposal]:
    """Where the document says otherwise than what was sent with it, or returned before."""
    sent = [
        name
        for name in _COMPARED
        if document.fields.get(name) and draft.sources.get(source_key(document.row, name)) in _SENT
    ]
    if not sent:
        return
    first = next((file.path for file in document.files if file.standing == MAIN), "")
    read = draft.reads.get(digests.get(first, ""), {}).get("proposed", {})
    facts: dict[str, tuple[str, Source]] = {}
    for source in _READ:
        entered = as_entered(read.get(source.value, {}), "")
        facts |= {name: (value, source) for name, value in entered.items()}
    for name in sent:
        value, source = facts.get(name, ("", Source.PAGE_ONE))
        if value and value != document.fields[name]:
            yield Proposal(document.row, name, value, document.fields[name], source, ordinal)
