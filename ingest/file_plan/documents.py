"""JSON of a file plan, and bodies of the requests that change it."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from archive_service.domain.agencies.file_plan import Numbering
from archive_service.finding_document import FindingDocument
from archive_service.given import Given


class FilePlanHeadingDocument(BaseModel):
    """A heading, major (level 1) or minor (level 2); ``entries`` stand right below it."""

    id: str
    level: int
    number: str
    title: str
    symbol: str
    label: str
    entries: int


class FilePlanEntryDocument(BaseModel):
    """One case file to be opened; ``submitted`` is the state of what was handed in for it."""

    id: str
    code: str
    notation: str
    heading: str
    heading_id: str | None
    title: str
    term: str
    rule_code: str
    citation: str
    rule_set: str = ""
    unit: str
    creator: str
    note: str
    outside: bool
    started_on: str | None
    opened_by: str
    submitted: str | None
    missing: bool
    late: bool


class FilePlanChangeDocument(BaseModel):
    """A change of one entry by an amendment; ``before`` is the entry as it was."""

    kind: str
    notation: str
    title: str | None
    term: str | None
    before: dict[str, str | None] | None
    outside: bool = False  # an officer opened it; it waits for this amendment
    opened_by: str | None = None
    started_on: str | None = None


class FilePlanAmendmentDocument(BaseModel):
    """An amendment: a draft, or approved as the version ``number``."""

    number: int
    state: str
    reason: str
    approved_at: str | None
    approved_by: str
    changes: list[FilePlanChangeDocument]


class FilePlanPaperDocument(BaseModel):
    """The paper of a version that was given out to be signed; ``id`` is of its request."""

    id: str
    version: int
    state: str
    signer: str
    with_seal: bool
    requested_at: str
    signed_by: str
    signed_at: str | None


class FilePlanWhole(BaseModel):
    """A plan with headings, entries, versions and papers."""

    id: str
    agency: str
    agency_code: str
    year: int
    state: str
    version: int
    numbering: str
    number: str
    approved_at: str | None
    approved_by: str
    due_on: str
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


class FilePlanDocument(BaseModel):
    """A file plan; ``entries`` counts them, ``findings`` are those of reading it."""

    id: str
    agency: str
    year: int
    state: str
    version: int = 1
    entries: int
    findings: list[FindingDocument]


class FilePlanList(BaseModel):
    """File plans, the newest year first."""

    file_plans: list[FilePlanDocument]
