"""The main job on sample material, told step by step; each step proves itself or the story ends."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

from archive_service import messages, shipped
from archive_service.bootstrap import open_services
from archive_service.db.migrate import is_set_up
from archive_service.demo import coming_in, destroying, keeping_on, second_archive, station, waiting
from archive_service.demo.home import make_home
from archive_service.demo.people import ACCOUNTS_FILE, COUNCIL_CHAIR, PEOPLE, actors, add_people
from archive_service.demo.sample import make_sample
from archive_service.demo.stage import Stage, Teller, prove
from archive_service.domain.people.account import Actor, Role
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.setup.acts import FIRST_ADMIN, init_archive
from archive_service.signing.seals import acts as seals_acts
from retention.destruction import acts as destruction_acts

SEED = 20260101
ADDRESS = "http://127.0.0.1:8000/"


def tell_story(
    home: Path, *, config: Path | None, operator: Actor, teller: Teller, lang: str
) -> dict[str, Any]:
    """Make the home anew and do the whole main job in it; what each step did.

    Raises:
        DemoHomeForeignError, DemoHomeBusyError: the home is not the demo's to remove.
        EraseCredentialsMissingError: a copy is a bucket, and nobody is named who may erase there.
        DemoUnprovedError: a step did not show what it was to show.
    """
    make_home(home)
    services = open_services(load_settings(home, config))
    started = time.monotonic()
    try:
        steps = _steps(services, operator=operator, teller=teller, lang=lang)
    finally:
        services.close()
    return {
        "home": str(services.settings.home),
        "seconds": round(time.monotonic() - started, 1),
        "steps": steps,
        "accounts_file": str(services.settings.home / ACCOUNTS_FILE),
        "serve": {"command": _serving(services.settings.home), "url": ADDRESS},
        "second_archive": _second(services.settings.home),
    }


def _second(home: Path) -> dict[str, Any]:
    """Where the other archive lies, and how its pages are opened beside those of the first."""
    other = home / second_archive.FOLDER
    program = ".venv/bin/archive" if _has_makefile() else "archive"
    serving = f"{program} --home {quote(str(other))} serve --listen {second_archive.LISTEN}"
    return {
        "home": str(other),
        "accounts_file": str(other / ACCOUNTS_FILE),
        "serve": {"command": serving, "url": second_archive.ADDRESS},
    }


def _serving(home: Path) -> str:
    """How the pages of the demo are opened here; a wheel comes without a Makefile."""
    return "make serve" if _has_makefile() else f"archive --home {quote(str(home))} serve"


def _has_makefile() -> bool:
    return (shipped.ROOT / "Makefile").is_file()


def _steps(
    services: Services, *, operator: Actor, teller: Teller, lang: str
) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []

    def tell(name: str, chapter: Callable[[], dict[str, Any]]) -> None:
        title = messages.text(f"demo.chapters.{name}", lang)
        teller.chapter(len(steps) + 1, title)
        begun = time.monotonic()
        facts = chapter()
        spent = round(time.monotonic() - begun, 1)
        steps.append({"step": name, "title": title, "seconds": spent} | facts)

    stage = Stage(services, teller, lang)
    tell("set-up", partial(_set_up, stage, operator))
    for name, chapter in (
        ("submit", coming_in.submit),
        ("return", coming_in.give_back),
        ("accept", coming_in.accept),
        ("digitize", keeping_on.digitize),
        ("search", keeping_on.search),
        ("station", station.scan_box),
        ("retention", keeping_on.explain),
        ("heal", partial(keeping_on.heal, operator=operator)),
        ("destroy", destroying.destroy),
        ("second-archive", partial(second_archive.acquaint, operator=operator)),
        ("wait", waiting.leave_work),
        ("audit", keeping_on.verify),
    ):
        tell(name, partial(chapter, stage))
    return steps


def _set_up(stage: Stage, operator: Actor) -> dict[str, Any]:
    """Archive, agency, file plan, people; and the papers that they will hand in."""
    services = stage.services
    destruction_acts.require_erasers(services)  # else it would end where the last chapter begins
    names = tuple(store.name for store in services.stores)
    prove(len(names) > 1, "there are two copies, so that one can heal the other", found=names)
    prove(not is_set_up(services.database.engine), "the database is the demo's own and new")
    made = init_archive(services, actor=operator)
    stage.tell("archive", name=services.settings.archive.name, copies=names)
    with stage.bar("bar-sample"):
        stage.sample = make_sample(
            services.settings.home / "sample", seed=SEED, authority=services.authority
        )
    facts = coming_in.set_up_agency(stage, operator)
    password = made.passwords[FIRST_ADMIN]
    agency = stage.sample.agency.new_code
    people = [*PEOPLE.items(), (Role.OFFICER, COUNCIL_CHAIR)]
    add_people(services, people, agency=agency, admin_password=password, operator=operator)
    stage.people = actors(services, os_user=operator.os_user)
    facts["file_plan"] = coming_in.approve_plan(stage, facts["file_plan"])
    stage.tell("people", count=len(stage.people) + 1, chair=COUNCIL_CHAIR[0])
    head, clerk = (stage.people[role] for role in (Role.AGENCY_HEAD, Role.CLERK))
    given = seals_acts.hand_over(
        services, agency, to=clerk.account, by=PEOPLE[head.role][1], actor=head
    )
    stage.tell("seal", clerk=clerk.account, number=given.number)
    return facts | {"copies": names, "accounts": len(stage.people) + 1}
