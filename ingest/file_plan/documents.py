"""JSON of a file plan, and bodies of the requests that change it."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from archive_service.document import Document, Moment
from archive_service.domain.agencies.file_plan import Numbering
from archive_service.finding_document import FindingDocument
from archive_service.given import Given


class FilePlanHeadingDocument(Document):
    """A heading, major (level 1) or minor (level 2); ``entries`` stand right below it."""

    id: UUID
    level: int
    number: str
    title: str
    symbol: str
    label: str
    entries: int


class FilePlanEntryDocument(Document):
    """One case file to be opened; ``submitted`` is the state of what was handed in for it."""

    id: UUID
    code: str
    notation: str
    heading: str
    heading_id: UUID | None
    title: str
    term: str
    rule_code: str
    citation: str
    rule_set: str = ""
    unit: str
    creator: str
    note: str
    outside: bool
    started_on: dt.date | None
    opened_by: str
    submitted: str | None
    missing: bool
    late: bool


class FilePlanChangeDocument(Document):
    """A change of one entry by an amendment; ``before`` is the entry as it was."""

    kind: str
    notation: str
    title: str | None = None
    term: str | None = None
    before: dict[str, str | None] | None = None
    outside: bool = False  # an officer opened it; it waits for this amendment
    opened_by: str | None = None
    started_on: str | None = None


class FilePlanAmendmentDocument(Document):
    """An amendment: a draft, or approved as the version ``number``."""

    number: int
    state: str
    reason: str
    approved_at: Moment | None
    approved_by: str
    changes: list[FilePlanChangeDocument]


class FilePlanPaperDocument(Document):
    """The paper of a version that was given out to be signed; ``id`` is of its request."""

    id: UUID
    version: int
    state: str
    signer: str
    with_seal: bool
    requested_at: Moment
    signed_by: str
    signed_at: Moment | None


class FilePlanWhole(Document):
    """A plan with headings, entries, versions and papers."""

    id: UUID
    agency: str
    agency_code: str
    year: int
    state: str
    version: int
    numbering: str
    number: str
    approved_at: Moment | None
    approved_by: str
    due_on: dt.date
    signing: str
    total: int
    counts: dict[str, int]
    findings: list[FindingDocument]
    headings: list[FilePlanHeadingDocument]
    entries: list[FilePlanEntryDocument]
    amendments: list[FilePlanAmendmentDocument]
    papers: list[FilePlanPaperDocument]


class EntryIn(Given):
    """An entry as it is written; what is left out is empty."""

    notation: str
    title: str
    term: str = ""
    rule_code: str = ""
    rule_set: str = ""
    unit: str = ""
    creator: str = ""
    note: str = ""
    heading_id: UUID | None = None

    def texts(self) -> dict[str, str]:
        """The fields as they were typed."""
        names = "notation title term rule_code rule_set unit creator note"
        return self.model_dump(include=set(names.split()))


class OutsideIn(EntryIn):
    """An entry outside the plan: it says when work began."""

    started_on: dt.date


class ChangeIn(EntryIn):
    """One change by an amendment; of a dropped entry the notation is enough."""

    title: str = ""
    kind: Literal["add", "change", "drop"]


class NumberingIn(Given):
    """How a draft is numbered anew."""

    numbering: Numbering


class CopyIn(Given):
    """The year of the copy; ``notations`` of entries that go on, all without it."""

    year: int = Field(ge=1945, le=2200)
    notations: list[str] | None = None
    new_titles: bool = True


class ReasonIn(Given):
    """Why a plan is amended."""

    reason: str = Field(pattern=r"[^\W_]", max_length=500)


class SignerIn(Given):
    """The signer: a person with their own key, or a clerk with the agency's seal."""

    account: str
    with_seal: bool = False


class FilePlanDocument(Document):
    """A file plan; ``entries`` counts them, ``findings`` are those of reading it.

    ``amendment`` is how many changes wait for the word of the agency's head.
    """

    id: UUID
    agency: str
    year: int
    state: str
    version: int = 1
    entries: int
    findings: list[FindingDocument]
    amendment: int


class ImportedFilePlanDocument(FilePlanDocument):
    """A draft as it was read; ``replaced`` entries of an earlier draft are gone."""

    replaced: int


class FilePlanHeadDocument(Document):
    """A plan in a list: its entries are counted, not read; ``signing`` is of its paper."""

    id: UUID
    agency: str
    year: int
    state: str
    version: int
    signing: str
    entries: int
    approved_at: Moment | None
    approved_by: str


class FilePlanList(Document):
    """File plans, the newest year first."""

    file_plans: list[FilePlanDocument]
