"""Both archives of a transfer, each with its site."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, restricted_case
from tests.worlds.papers.bad_input import small_case
from tests.worlds.retention.dispositions import add_agency_head
from tests.worlds.site import Site, served
from tests.worlds.transfer.transfers import make_permanent


def aside(work: Callable[[], None]) -> None:
    """Beside the browser's own loop, which signing cannot share."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture(scope="module")
def stored(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home, its case files permanent and due; the agency has a head."""
    home = copy_home(plain, tmp_path_factory.mktemp("due") / "home")

    def make_due() -> None:
        with open_home(home) as services:
            make_permanent(services, OPEN_CODE, RESTRICTED_CODE)
            add_agency_head(services)

    aside(make_due)
    return home


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two case files in custody."""
    place = tmp_path_factory.mktemp("custody")
    home = new_home(place / "home")

    def hold() -> None:
        with open_home(home) as services:
            small_case(place / "open", code=OPEN_CODE)
            restricted_case(place / "restricted", code=RESTRICTED_CODE)
            for name in ("open", "restricted"):
                (identifier,) = submit(
                    place / name, actor=person(services, "bach"), services=services
                )
                do_all(services)
                accept(services, identifier, actor=person(services, "lan"))
            do_all(services)

    aside(hold)
    return home


@pytest.fixture
def site(stored: Path, tmp_path: Path) -> Iterator[Site]:
    with served(copy_home(stored, tmp_path / "home")) as running:
        yield running


def site_work(site: Site) -> None:
    aside(lambda: do_all(site.services))
