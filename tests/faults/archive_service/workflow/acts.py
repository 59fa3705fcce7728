"""The acts of a case file's way, done by a process that may be killed in any of them."""

import json
import os
from pathlib import Path

from sqlalchemy import select

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from archive_service.settings import HOME_FILE
from archive_service.worker import run_one, work
from ingest.submissions import acts as submissions_acts
from tests.faults.custody import object_roots, require_true_claims, require_whole
from tests.worlds.archive import open_home, person
from tests.worlds.damage.killing import Census, Killer, Moment, under

PERIODIC = ("write-out-evidence", "sweep-staging")


def next_act(services: Services, source: Path) -> bool:
    """What is to be done next, by sender, worker or archivist; whether there was anything."""
    with services.read_only() as session:
        known = session.execute(select(Submission.id, Submission.state)).all()
    if not known:
        submissions_acts.submit(source, actor=person(services, "bach"), services=services)
        return True
    if run_one(services) is not None:
        return True
    for submission_id, state in known:
        if state is SubmissionState.CHECKED:
            submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
            return True
    return False


def one_act(home: Path, source: Path, done: Path) -> None:
    """The next act and no more; makes the file ``done`` if there was none left to do."""
    with open_home(home) as services:
        if not next_act(services, source):
            done.touch()


def one_act_under(home: Path, source: Path, moment: Moment, at: int) -> None:
    """The next act, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        next_act(under(services, Killer(moment, at)), source)


def one_act_counted(home: Path, source: Path, done: Path, counts: Path) -> None:
    """As ``one_act``; how many moments of each kind it had stands in ``counts``."""
    census = Census()
    with open_home(home) as services:
        if not next_act(under(services, census), source):
            done.touch()
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def one_act_through(home: Path, source: Path, pid: Path, port: int, proxy_port: int) -> None:
    """The next act, whose requests to buckets go through a proxy that knows whom to kill."""
    pid.write_text(str(os.getpid()))
    settings = home / HOME_FILE
    direct = settings.read_text("utf-8")
    settings.write_text(direct.replace(f"127.0.0.1:{port}/", f"127.0.0.1:{proxy_port}/"), "utf-8")
    with open_home(home) as services:
        settings.write_text(direct, "utf-8")  # for whoever comes afterwards
        next_act(services, source)


def claims_of(home: Path) -> None:
    """Nothing is falsely called stored, before anything else runs."""
    with open_home(home) as services:
        require_true_claims(services)


def restart(home: Path, source: Path, versions: int, roots: Path) -> None:
    """Look first, then work until nothing is left, as after a restart; all is as it must be."""
    with open_home(home) as services:
        require_true_claims(services)
        work(services, until_empty=True)
        while next_act(services, source):
            pass
        keep(services)
        require_whole(services, [source], versions=versions)
        told = "".join(f"{root}\n" for root in object_roots(services, home))
    with roots.open("a", encoding="utf-8") as out:
        out.write(told)


def keep(services: Services) -> None:
    """The periodic acts, as a worker that runs on does them in time."""
    with services.writing() as session:
        for job in PERIODIC:
            services.jobs.add(session, job)
    work(services, until_empty=True)
