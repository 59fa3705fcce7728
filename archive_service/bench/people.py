"""An archive with people: who hands in, who decides, and a browser session of each."""

from dataclasses import dataclass
from pathlib import Path

from archive_service.accounts.acts import add_account
from archive_service.accounts.sessions import open_session
from archive_service.bench import home as homes
from archive_service.bench.backends import Backends, on_files
from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Actor, Role


@dataclass(frozen=True, slots=True)
class People:
    """Two of them, and the cookies of the sessions of all."""

    archivist: Actor
    officer: Actor
    archivist_cookie: str
    officer_cookie: str
    auditor_cookie: str


def make_peopled(home: Path, *, backends: Backends | None = None) -> People:
    """A new archive with one agency, its officer and an archivist."""
    homes.make_home(home, [], backends or on_files(1))
    with homes.opened(home) as services:
        agency, _ = enlist_agency(
            services, SAMPLE_AGENCY.new_code, SAMPLE_AGENCY.name, actor=homes.OPERATOR
        )
        with services.unit_of_work() as uow:
            archivist = add_account("bench-lan", role=Role.ARCHIVIST, actor=homes.OPERATOR, uow=uow)
            officer = add_account(
                "bench-bach",
                role=Role.OFFICER,
                actor=homes.OPERATOR,
                uow=uow,
                agency_id=agency.id,
            )
            auditor = add_account("bench-kiem", role=Role.AUDITOR, actor=homes.OPERATOR, uow=uow)
            uow.session.flush()
            people = People(
                Actor(archivist.name, Role.ARCHIVIST, account_id=archivist.id),
                Actor(officer.name, Role.OFFICER, agency.id, account_id=officer.id),
                open_session(archivist, uow=uow, user_agent="bench"),
                open_session(officer, uow=uow, user_agent="bench"),
                open_session(auditor, uow=uow, user_agent="bench"),
            )
            uow.commit()
    return people
