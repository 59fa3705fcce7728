"""JSON of agencies, as the contract names it."""

from pydantic import BaseModel

from archive_service.domain.agencies.agency import Agency


class AgencyDocument(BaseModel):
    """An agency under the identifier in use; ``identifiers`` are all it bears or bore."""

    code: str
    form: str
    level: int
    name: str
    served: bool
    identifiers: list[str]

    @classmethod
    def of(cls, row: Agency) -> "AgencyDocument":
        """The document of a row."""
        current = next(item for item in row.identifiers if item.code == row.code)
        return cls(
            code=row.code,
            form=current.form,
            level=current.level,
            name=row.name,
            served=row.served,
            identifiers=[item.code for item in row.identifiers],
        )


class AgencyList(BaseModel):
    """Agencies by identifier."""

    agencies: list[AgencyDocument]
