"""JSON of agencies, as the contract names it."""

import datetime as dt
from typing import Self

from pydantic import ConfigDict, Field

from archive_service.document import Document
from archive_service.domain.agencies.agency import Agency


class AgencyDocument(Document):
    """An agency under the identifier in use; ``identifiers`` are all it bears or bore."""

    code: str
    form: str
    level: int
    name: str
    served: bool
    identifiers: list[str]
    ended_on: dt.date | None

    @classmethod
    def of(cls, row: Agency) -> Self:
        """The document of a row."""
        current = next(item for item in row.identifiers if item.code == row.code)
        return cls(
            code=row.code,
            form=current.form,
            level=current.level,
            name=row.name,
            served=row.served,
            identifiers=[item.code for item in row.identifiers],
            ended_on=row.ended_on,
        )


class AgencyBody(Document):
    """A superior body."""

    code: str
    name: str


class AgencyPeriodDocument(Document):
    """An identifier with its first and its last day; null where these are not known."""

    model_config = ConfigDict(serialize_by_alias=True)

    code: str
    form: str
    since: dt.date | None = Field(alias="from")
    to: dt.date | None


class AgencyChangeDocument(Document):
    """One change: ``renamed``, ``moved`` below another body, or ``ended``."""

    kind: str
    on: dt.date
    reason: str
    before: str
    after: str
    by: str
    at: dt.datetime


class AgencyRecord(AgencyDocument):
    """An agency with all that became of it; see ``changes.agency_record``."""

    source: str
    superior: AgencyBody | None
    periods: list[AgencyPeriodDocument]
    predecessors: list[str]
    successors: list[str]
    changes: list[AgencyChangeDocument]


class AgencyList(Document):
    """Agencies by identifier."""

    agencies: list[AgencyDocument]
