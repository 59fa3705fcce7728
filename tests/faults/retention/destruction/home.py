"""The archive that destructions are tried on, and what stops them in the middle."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from sqlalchemy import update

from archive_service import clock
from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from retention.schedules import acts as schedules_acts
from retention.terms.given import RuleIn
from retention.terms.rule_choice import choose_group
from tests.faults.retention.destruction.law import JOB_ENDED, SHORT
from tests.worlds.archive import PDF_NAME, Backends, new_home, person
from tests.worlds.damage.killing import Killer, Moment
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.retention.dispositions import add_agency_head, new_otp
from tests.worlds.retention.removing import open_with_erasers
from tests.worlds.servers.backends import read_settings, write_settings

COUNT = 3
CODES = tuple(f"H40.18.2025.{10 + number}.QLCT" for number in range(COUNT))
SCHEDULE = """[rule_set]
code = "thu"
title = "Bảng của lưu trữ, lần {edition}"
instrument = "QĐ 5/QĐ-SNV"
article = "Phụ lục"
valid_from = 2026-01-01

[[rule]]
code = "M.1"
title = "Công văn"
years = {short}
article = "mục 1"

[[rule]]
code = "M.2"
title = "Báo cáo"
years = 90
article = "mục 2"

[[rule]]
code = "M.3"
title = "Hợp đồng"
event = "contract-ends"
years = 2
article = "mục 3"
"""
MARKS = ("Quetzalcoatl", "Xochimilco", "Popocatepetl")  # one a case file, in nothing else


class Stopped(BaseException):
    """The process ends here, as far as what it does can tell."""


class Stopper(Killer):
    """Stops the work at the k-th moment of a kind, in this process."""

    def is_due(self, moment: Moment) -> bool:
        """Count this moment."""
        if super().is_due(moment):
            raise Stopped
        return False


def let_leases_lapse(services: Services) -> None:
    """Who worked is gone; somebody else may take the jobs over."""
    past = clock.now() - dt.timedelta(minutes=1)
    with services.writing() as session:
        running = update(Job).where(Job.state == JobState.RUNNING)
        session.execute(running.values(lease_until=past))


def stored_home(place: Path, backends: Backends | None = None) -> Path:
    """A home with the case files in two copies; each is full of its mark."""
    home = new_home(place / "home", backends)
    settings = read_settings(home)
    settings["storage"]["staging_grace_s"] = 0
    write_settings(home, settings)
    began, ended = f"01/03/{JOB_ENDED}", f"30/06/{JOB_ENDED}"
    with open_with_erasers(home) as services:
        for code, mark in zip(CODES, MARKS, strict=True):
            folder = place / code
            write_pdf(folder / PDF_NAME, words=mark)
            write_sheet(
                folder / "Hồ sơ.xlsx",
                [case_row(code, description=mark, startDate=began, endDate=ended)],
                [document_row(PDF_NAME, code, subject=mark)],
            )
            (identifier,) = submit(folder, actor=person(services, "bach"), services=services)
            work(services, until_empty=True)
            accept(services, identifier, actor=person(services, "lan"))
            work(services, until_empty=True)
    return home


def lawful_home(place: Path, backends: Backends | None = None) -> Path:
    """The same under a schedule of the archive's own, all terms over, with the agency's head."""
    home = stored_home(place, backends)
    with open_with_erasers(home) as services:
        add_agency_head(services)
        draft = load_schedule(services, place, edition=1, short=5)
        adopt_schedule(services, draft)
        lan = person(services, "lan")
        for code in CODES:
            choose_group(services, code, RuleIn(rule=SHORT, reason="Nhóm tương đương"), actor=lan)
        work(services, until_empty=True)
    return home


def load_schedule(services: Services, place: Path, *, edition: int, short: int) -> UUID:
    """A draft of the next edition, whose first entry says so many years."""
    file = place / "bang.toml"
    file.write_text(SCHEDULE.format(edition=edition, short=short), encoding="utf-8")
    return UUID(schedules_acts.load(services, file, {}, actor=person(services, "lan"))["id"])


def adopt_schedule(services: Services, draft: UUID) -> None:
    """By another person than who loaded it, with a code of the second factor."""
    actor, otp = person(services, "hung"), new_otp(services, "hung")
    schedules_acts.decide(services, draft, adopt=True, reason="QĐ 9", otp=otp, actor=actor)
