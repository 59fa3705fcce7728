"""A file plan that officers submit by."""

from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from tests.worlds.site import Site

CODE = "H40.18.2025.08.QLCT"


def add_plan(service: Site, year: int, *notations: str) -> None:
    agency_id = agency_id_of(service.services, "H40.18")
    assert agency_id is not None
    entries = [
        FilePlanEntry(
            ordinal=at, notation=notation, title=f"Hồ sơ số {at}", term="20 năm", years=20
        )
        for at, notation in enumerate(notations, start=1)
    ]
    with service.services.writing() as session:
        session.add(
            FilePlan(agency_id=agency_id, year=year, state=FilePlanState.APPROVED, entries=entries)
        )
