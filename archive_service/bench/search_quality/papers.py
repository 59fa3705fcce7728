"""The made archive: case files and their papers, their words, and the entries of an index."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from search.port import Entry

OPEN_MODE = "01"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An agency as it stands on its papers."""

    id: UUID
    name: str
    symbol: str
    post: str  # of who signs


@dataclass(frozen=True, slots=True)
class Paper:
    """A document. ``pages`` is what is printed, ``read`` what the archive has of it."""

    id: UUID
    kind: str
    kind_code: str
    number: str
    title: str
    issuer: Issuer
    signer: str
    on: dt.date
    matter: str
    act: str
    subject: str
    code: str
    pages: tuple[str, ...]
    read: tuple[str, ...]

    @property
    def spoilt(self) -> bool:
        """Whether some letters of its pages were misread."""
        return self.pages != self.read

    @property
    def data(self) -> str:
        """The words of its data, as an index entry has them."""
        words = (self.title, self.kind, self.number, self.issuer.name, self.signer, self.code)
        return "\n".join(part for part in words if part)


@dataclass(slots=True)
class Case:
    """A case file and its papers."""

    id: UUID
    number: int
    code: str
    title: str
    creator: str
    issuer: Issuer
    year: int
    papers: list[Paper] = field(default_factory=list)

    @property
    def data(self) -> str:
        """The words of its data, as an index entry has them."""
        return "\n".join((self.code, self.title, self.creator))


def entries_of(cases: Sequence[Case]) -> Iterator[Entry]:
    """What the index is given: of each case file its data, of each paper its data and pages."""
    for case in cases:
        yield _entry(case, None, case.data, None)
        for paper in case.papers:
            yield _entry(case, paper, paper.data, None)
            for number, text in enumerate(paper.read, start=1):
                yield _entry(case, paper, text, number)


def _entry(case: Case, paper: Paper | None, text: str, page: int | None) -> Entry:
    last_on = max((it.on for it in case.papers), default=dt.date(case.year, 12, 31))
    return Entry(
        case_file_id=case.id,
        code=case.code,
        text=text,
        agency_id=case.issuer.id,
        year=case.year,
        mode=OPEN_MODE,
        document_id=paper.id if paper else None,
        document_title=paper.title if paper else case.title,
        page=page,
        fonds=str(UUID(int=1)),
        type=paper.kind_code if paper else None,
        date=(paper.on if paper else last_on).isoformat(),
        source="scan" if paper else None,
    )
