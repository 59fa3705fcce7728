"""What givers brought over the years, as commands and programs read it."""

from pydantic import BaseModel


class GiverSums(BaseModel):
    """Of transfers that came in: case files, packages that are stored, days until a decision.

    ``returned`` are times that a case file was sent back, ``uncorrected`` those that still stand
    so; ``late``: transfers decided after the last day, or past it; ``backlog``: transfers that were
    not decided at the end of the year, or are not today.
    """

    transfers: int
    delivered: int
    accepted: int
    stored: int
    returned: int
    uncorrected: int
    waiting: int
    size_bytes: int
    late: int
    backlog: int
    decided: int
    days_median: float | None
    days_worst: int | None


class YearSums(GiverSums):
    """Of one year, over all givers that were asked for."""

    year: int


class GiverTotal(GiverSums):
    """Of one giver over these years; ``backlog`` is that of the last one."""

    code: str
    name: str


class GiverYearSums(GiverTotal):
    """Of one giver and year."""

    year: int


class ReturnReason(BaseModel):
    """Why case files stand as returned: ``kind`` is ``check``, ``refusal`` or ``words``."""

    kind: str
    code: str
    count: int


class GiverStatistics(BaseModel):
    """Sums by year, by giver and year, and by giver; ``decide_days`` are those of the law."""

    years: list[YearSums]
    rows: list[GiverYearSums]
    givers: list[GiverTotal]
    reasons: list[ReturnReason]
    decide_days: int
