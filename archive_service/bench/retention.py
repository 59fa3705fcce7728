"""Times what is due and what a schedule would change, over rows of however many case files.

The rows are laid down in bulk and have no bytes. Each step runs in a process of its own, so that
its memory is its own; the reference reads the same rows once with the bare driver.
"""

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import func, select

from archive_service import clock, worker
from archive_service.bench import home as homes
from archive_service.bench.backends import on_database
from archive_service.bench.measure import BenchProcessError, machine, timed
from archive_service.bench.peaks import peak_mib
from archive_service.bench.seed import lay_down
from archive_service.bootstrap import open_services
from archive_service.catalogue.agencies.acts import add_agency
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CaseState,
    CopyState,
    PackageVersion,
)
from archive_service.domain.case_files.document import PDF, DigitalObject, Document, FileRole
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState, WhatIf
from archive_service.log import configure_log
from archive_service.services import Services
from archive_service.settings import load_settings
from retention.disposition.daily_proposals import SWEEP_JOB
from retention.due.calendar import due_years
from retention.schedules.what_if.acts import TRY_JOB, start
from retention.terms.dates import term_days
from retention.terms.rules import RetentionRule

REFERENCE = "one pass over the same rows with the bare driver"
SCHEDULE = "bench"
_AGENCIES = 10
_RULES = 40
_DUE = 20  # one in so many is due
_ORIGINALS = 4  # received files of one
_DOUBLED = 1000  # one in so many holds the same files as another
_YEARS = (10, 15, 20, 30, 50, 70)
_BARE = "SELECT id, code, rule, end_date, ends_on, permanent, state FROM case_file ORDER BY code"


def run(case_files: int, *, database: str | None = None, apart: bool = True) -> dict[str, Any]:
    """Seconds, rows and peaks in MiB of each step; the ratio is that of the trial.

    ``apart``: each step in a process of its own; without it the peaks are those of this one.
    """
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place, on_database(database) as at:
        home = Path(place, "home")
        homes.make_home(home, [], at)
        with closing(open_services(load_settings(home))) as services:
            seed(services, case_files)
        step = _in_process if apart else _step
        steps = {name: step(home, name) for name in _STEPS}
    bare, tried = steps.pop("bare"), steps["what_if"]
    return {
        "name": "retention",
        "machine": machine(),
        "backends": "PostgreSQL" if database else "SQLite",
        "case_files": case_files,
        "ours": _flat(steps),
        "reference": {"name": REFERENCE, **bare},
        "ratio": round(tried["seconds"] / max(bare["seconds"], 0.001), 2),
        "runs": steps | {"bare": bare},
    }


def seed(services: Services, case_files: int) -> None:
    """So many case files of ten agencies under an adopted schedule, and a draft of its next one."""
    with services.unit_of_work() as uow:
        for number in range(_AGENCIES):
            add_agency(f"H40.{70 + number}", f"Bench {number}", actor=homes.OPERATOR, uow=uow)
        uow.commit()
    owners = _owners(services)
    with services.writing() as session:
        session.add_all(_schedules())
    lay_down(
        services,
        (
            (CaseFile.__tablename__, _case_files(case_files, owners)),
            (Document.__tablename__, _documents(case_files)),
            (DigitalObject.__tablename__, _originals(case_files)),
            (CopyState.__tablename__, _copies(case_files)),
            (PackageVersion.__tablename__, _versions(case_files)),
        ),
    )


def _in_process(home: Path, name: str) -> dict[str, Any]:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_send, args=(home, name, there))
    process.start()
    there.close()
    try:
        figures: dict[str, Any] = here.recv()
    except EOFError:
        raise BenchProcessError(work=name) from None
    finally:
        process.join(10)
    return figures


def _send(home: Path, name: str, out: Any) -> None:
    configure_log(quiet=True)
    out.send(_step(home, name))


def _step(home: Path, name: str) -> dict[str, Any]:
    with closing(open_services(load_settings(home))) as services:
        before, cpu = peak_mib(os.getpid()), time.process_time()
        counted: list[int] = []
        seconds = timed(lambda: counted.append(_STEPS[name](services)))
        return {
            "seconds": round(seconds, 3),
            "rows": counted[0],
            "cpu_seconds": round(time.process_time() - cpu, 2),
            "mib_before": round(before or 0),
            "mib_peak": round(peak_mib(os.getpid()) or 0),
        }


def _sweep(services: Services) -> int:
    """The daily job; how many it proposed."""
    with services.writing() as session:
        services.jobs.add(session, SWEEP_JOB)
    _worked(services, SWEEP_JOB)
    with services.read_only() as session:
        return session.scalar(select(func.count()).select_from(DispositionItem)) or 0


def _what_if(services: Services) -> int:
    """A draft tried; how many case files move."""
    with services.read_only() as session:
        waits = RetentionSchedule.state == ScheduleState.DRAFT
        draft = session.scalars(select(RetentionSchedule.id).where(waits)).one()
    start(services, draft, actor=homes.ARCHIVIST)
    _worked(services, TRY_JOB)
    with services.read_only() as session:
        return int(session.scalars(select(WhatIf)).one().counts["moved"])


def _calendar(services: Services) -> int:
    years = due_years(services, actor=homes.ARCHIVIST)
    return sum(year.case_files for year in years.years)


def _bare(services: Services) -> int:
    """Each row once, in the order in which a trial takes them."""
    raw: Any = services.database.engine.raw_connection()
    with closing(raw):
        if services.database.engine.dialect.name == "postgresql":
            with raw.driver_connection.cursor(name="bench") as cursor:
                cursor.itersize = 20_000
                return sum(1 for _ in cursor.execute(_BARE))
        return sum(1 for _ in raw.cursor().execute(_BARE))


_STEPS: dict[str, Callable[[Services], int]] = {
    "bare": _bare,
    "calendar": _calendar,
    "sweep": _sweep,
    "sweep_again": _sweep,
    "what_if": _what_if,
}


def _worked(services: Services, job: str) -> None:
    while worker.run_one(services, names=(job,)) is not None:
        time.sleep(0)


def _owners(services: Services) -> list[tuple[UUID, UUID, str]]:
    """Id, fonds and code of each agency."""
    query = select(Agency.id, Fonds.id, Agency.code).join(Fonds, Fonds.agency_id == Agency.id)
    with services.read_only() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(Agency.code))]


def _rules(edition: int) -> list[dict[str, Any]]:
    """Entries of the schedule; of its second edition half are five years longer."""
    rules: list[dict[str, Any]] = []
    for number in range(_RULES):
        years = _YEARS[number % len(_YEARS)]
        longer = 5 if edition > 1 and number % 2 else 0
        rule = {"code": f"B.{number:02}", "title": f"Bench {number}", "article": f"{number + 1}"}
        permanent = number in (6, 7)
        rules.append(rule | ({"permanent": True} if permanent else {"years": years + longer}))
    return rules


def _schedules() -> Iterator[RetentionSchedule]:
    for edition, state in ((1, ScheduleState.ADOPTED), (2, ScheduleState.DRAFT)):
        head = {
            "code": SCHEDULE,
            "title": "Bench",
            "instrument": "Bench",
            "article": f"{edition}",
            "valid_from": dt.date(2000 + edition, 1, 1).isoformat(),
        }
        yield RetentionSchedule(
            id=uuid5(NAMESPACE_URL, f"schedule-{edition}"),
            code=SCHEDULE,
            edition=edition,
            title="Bench",
            document={"rule_set": head, "rules": _rules(edition)},
            sha256=f"{edition:064x}",
            state=state,
            loaded_by="bench",
            loaded_at=clock.now(),
            reason="",
        )


def _case_file_id(number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"case-file-{number}")


_Rows = Iterator[dict[str, Any]]


def _case_files(count: int, owners: list[tuple[UUID, UUID, str]]) -> _Rows:
    return map(partial(_case_file, owners, _kept_rules()), range(count))


def _kept_rules() -> list[RetentionRule]:
    return [
        RetentionRule(rule["code"], rule["title"], rule.get("years"), f"Bench, {rule['article']}")
        for rule in _rules(1)
    ]


def _case_file(
    owners: list[tuple[UUID, UUID, str]], rules: list[RetentionRule], number: int
) -> dict[str, Any]:
    agency_id, fonds_id, agency = owners[number % len(owners)]
    this_year = clock.today().year
    due = number % _DUE == 0
    rule = rules[0] if due else rules[number % len(rules)]  # ten years, or of any length
    year = this_year - 12 - number % 5 if due else this_year - 1 - number % 9
    ended_on = dt.date(year, 12, 1)
    starts_on, ends_on = term_days(rule, ended_on)
    code = f"{agency}.{year}.{number:07}.TH"
    case_file_id = _case_file_id(number)
    return {
        "id": case_file_id,
        "agency_id": agency_id,
        "fonds_id": fonds_id,
        "code": code,
        "agency_code": agency,
        "year": year,
        "number": f"{number:07}",
        "symbol": "TH",
        "arc_file_code": f"{code}.LT",
        "ocfl_id": case_file_id.urn,
        "title": f"Bench {number}",
        "maintenance": "07",
        "mode": "01",
        "language": "01",
        "start_date": f"{year}-01-05",
        "end_date": ended_on.isoformat(),
        "total_doc": 1,
        "rule_code": rule.code,
        "rule": rule.as_document(),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "permanent": rule.permanent,
        "state": CaseState.STORED,
        "version_built": 1,
        "version_stored": 1,
        "version_indexed": 1,
        "size_bytes": 1_000_000 + number,
        "receipt_number": f"{number}",
        "receipt_year": year,
        "accepted_by": "bench",
        "accepted_at": clock.now(),
        "revision": 1,
    }


def _documents(count: int) -> _Rows:
    return (
        {
            "id": uuid5(NAMESPACE_URL, f"document-{number}"),
            "case_file_id": _case_file_id(number),
            "ordinal": 1,
            "doc_id": f"{number}",
            "doc_code": f"{number:07}",
            "maintenance": "06" if number % 2 else "07",
            "subject": f"Bench {number}",
            "mode": "01",
        }
        for number in range(count)
    )


def _doubled(number: int) -> int | None:
    """Of one that holds the same files as an earlier one of its agency: which."""
    return number - _DUE if number % _DOUBLED == _DOUBLED // 2 + 30 else None


def _originals(count: int) -> _Rows:
    now = clock.now()
    return (
        {
            "id": uuid5(NAMESPACE_URL, f"original-{number}-{place}"),
            "case_file_id": _case_file_id(number),
            "document_id": uuid5(NAMESPACE_URL, f"document-{number}"),
            "ordinal": place,
            "role": FileRole.ORIGINAL,
            "path": f"{place}.pdf",
            "name": f"{place}.pdf",
            "media_type": PDF,
            "size_bytes": 250_000,
            "sha256": sha256(f"{_doubled(number) or number}-{place}".encode()).hexdigest(),
            "version_added": 1,
            "created_at": now,
        }
        for number in range(count)
        for place in range(1, _ORIGINALS + 1)
    )


def _copies(count: int) -> _Rows:
    now = clock.now()
    return (
        {
            "copy": "bench",
            "version": 1,
            "verified_at": now,
            "id": uuid5(NAMESPACE_URL, f"copy-{number}"),
            "case_file_id": _case_file_id(number),
        }
        for number in range(count)
    )


def _versions(count: int) -> _Rows:
    now = clock.now()
    return (
        {
            "id": uuid5(NAMESPACE_URL, f"version-{number}"),
            "case_file_id": _case_file_id(number),
            "number": 1,
            "inventory_sha256": f"{number:064x}",
            "message": "bench",
            "built_by": "bench",
            "built_at": now,
            "file_count": 30,
            "size_bytes": 1_000_000 + number,
        }
        for number in range(count)
    )


def _flat(steps: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{name}_{key}": step[key]
        for name, step in steps.items()
        for key in ("seconds", "cpu_seconds", "rows", "mib_before", "mib_peak")
    }
