"""However many case files are held, what stands around their list costs as much."""

from archive_service.catalogue.holdings.listing import agencies_held
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import more_case_files, steps_of


def test_agencies_to_choose_from_are_told_without_a_look_at_each_case_file(
    services: Services,
) -> None:
    def ask() -> list[str]:
        with services.read_only() as session:
            return agencies_held(session, actor=person(services, "lan"))

    found, few = ask(), steps_of(services, ask)
    assert found
    more_case_files(services, 400)
    assert steps_of(services, ask) <= few + 100
    assert ask() == found
