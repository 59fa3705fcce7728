"""However much others hold, a list of agencies counts what those on the page have."""

from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.catalogue.agencies.listing import find_agencies
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import more_case_files, steps_of


def test_case_files_of_agencies_on_other_pages_are_not_counted(services: Services) -> None:
    quan = person(services, "quan")
    enlist_agency(services, "H40.19.7", "Phòng Tài nguyên số", actor=quan)

    def small_one() -> None:
        with services.read_only() as session:
            (found,), total = find_agencies(session, actor=quan, text="H40.19.7", limit=50)
        assert (found.code, found.case_files, found.successor, total) == ("H40.19.7", 0, None, 1)

    few = steps_of(services, small_one)
    more_case_files(services, 300)  # of another
    assert steps_of(services, small_one) <= few + 300
    with services.read_only() as session:
        listed, _ = find_agencies(session, actor=quan, limit=50)
    assert max(one.case_files for one in listed) > 300
