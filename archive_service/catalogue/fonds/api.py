"""Fonds and their series."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.documents import FondsList, SeriesTree
from archive_service.request import current_actor, services

bp = APIBlueprint("api_fonds", __name__, tag="fonds", url_prefix="/fonds")


@bp.get("")
@bp.output(FondsList)
def list_all() -> FondsList:
    """Fonds the account may know of."""
    return FondsList(fonds=fonds_acts.list_fonds(services(), actor=current_actor()))


@bp.get("/<code>/series")
@bp.output(SeriesTree)
def tree(code: str) -> SeriesTree:
    """The series of a fonds from the top."""
    found = fonds_acts.fonds_with_series(services(), code, actor=current_actor())
    return SeriesTree(series=found.tree)


offer(bp, "", fonds_acts.open_fonds, creates=True)
offer(bp, "/<code>", fonds_acts.describe_fonds, method=HTTPMethod.PATCH)
offer(bp, "/<code>/close", fonds_acts.close_fonds)
offer(bp, "/<code>/series", fonds_acts.add_series, creates=True)
offer(bp, "/<code>/series/<series>", fonds_acts.change_series, method=HTTPMethod.PATCH)
offer(bp, "/<code>/series/<series>", fonds_acts.remove_series, method=HTTPMethod.DELETE)
offer(bp, "/series/<series>/case-files", fonds_acts.put_in_series)
