"""What each archive that hands over brought, by year."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.given import Given
from archive_service.request import current_actor, services
from retention.transfer.statistics import acts as statistics_acts
from retention.transfer.statistics.documents import GiverStatistics

bp = APIBlueprint("api_partners_statistics", __name__, tag="partners", url_prefix="/partners")


class StatisticsQuery(Given):
    """Of one giver, or all; of these years, or all."""

    giver: str = ""
    first: int | None = Field(None, ge=1, le=9999)
    last: int | None = Field(None, ge=1, le=9999)


@bp.get("/statistics")
@bp.input(StatisticsQuery, location="query")
@bp.output(GiverStatistics)
def show(query_data: StatisticsQuery) -> dict[str, Any]:
    """Sums by year, by giver and year, by giver, and why case files came back."""
    return statistics_acts.figures(
        services(),
        giver=query_data.giver,
        first=query_data.first,
        last=query_data.last,
        actor=current_actor(),
    )
