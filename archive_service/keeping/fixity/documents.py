"""JSON of what was read again, as the contract names it; ``cursor`` asks for more."""

from pydantic import BaseModel, ConfigDict, Field


class FixityReport(BaseModel):
    """One pass over the copies: how much was read, and what was found."""

    number: int
    at: str
    account: str
    started_at: str
    copies: list[str]
    checked: int
    bytes: int
    intact: int
    damaged: int
    missing: int
    unexpected: int
    unreachable: list[str]


class FixityTroubles(BaseModel):
    """Files of a copy that are not as recorded now."""

    damaged: int
    missing: int
    unexpected: int
    unreachable: int


class FixityCoverage(BaseModel):
    """How lately the bytes of one copy were read again; ``months`` by age, 30 days each."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    role: str
    every_days: int
    due_by: str | None
    started_at: str | None
    part: str | None
    covered_bytes: int
    total_bytes: int
    counted_at: str  # the bytes; of a large copy up to an hour ago
    oldest_verified_at: str | None
    verified_30d_bytes: int
    verified_90d_bytes: int
    verified_360d_bytes: int
    months: list[int]
    behind: bool
    paused: str | None
    unsteady: int
    trouble: FixityTroubles


class FixityCoverageList(BaseModel):
    """Every copy in use."""

    copies: list[FixityCoverage]


class FixityReportList(BaseModel):
    """Passes, newest first."""

    fixity_reports: list[FixityReport]
    cursor: str | None = None
