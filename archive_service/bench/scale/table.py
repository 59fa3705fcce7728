"""One table of what grows with the holdings: each row at so many and at a tenth of them."""

import http
import math
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive_service import worker
from archive_service.app import create_app
from archive_service.bench.asking import p95_of
from archive_service.bench.backends import Servers, emptied_index, made
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import machine, timed
from archive_service.bench.people import make_peopled
from archive_service.bench.scale.holdings import WORD, Holdings, fill
from archive_service.bench.station import BenchServerError
from archive_service.bootstrap import open_services
from archive_service.catalogue.holdings.listing import SORTS
from archive_service.domain.agencies.agency import Agency
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.web.lists import PAGE_ROWS
from archive_service.web.session import COOKIE
from retention.disposition.daily_proposals import SWEEP_JOB

REFERENCE = "the same archive with a tenth as many"
JOBS = ("write-out-evidence", "sweep-staging", "watch-index", "watch-copies", SWEEP_JOB)
_SERIES = "KN"  # in the code of each that is held
_SAMPLE = 6  # real case files of each archive; one of them waits on the desk
_WARM = 2  # answers and case files before the first that counts
_JOBS_RUN = 3
_MS = 1000


def run(
    case_files: int,
    *,
    asked: int = 30,
    taken: int = 10,
    servers: Servers | None = None,
) -> dict[str, Any]:
    """Two archives side by side, of ``case_files`` and of a tenth, each asked in turn.

    Whatever else the machine does weighs on both alike. Lists are asked in this process, without a
    server before them; the sorted ones at their last page.

    Args:
        case_files: held by the larger one, all but a few of them as rows and entries of the index.
        asked: times that each page is asked for.
        taken: real case files that come in beside what is held.
        servers: with an Elasticsearch server among them the index is there, too.
    """
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archive-bench-")))
        make = partial(make_case_files, files=2, file_bytes=8 << 10)
        sample = make(place / "sample", count=_SAMPLE, series=_SERIES)
        both = []
        for number, target in enumerate((max(_SAMPLE, case_files // 10), case_files)):
            home = place / f"home-{number}"
            backends = stack.enter_context(made(servers, 1))
            if servers and servers.search:
                index = stack.enter_context(emptied_index(servers.search, f"scale-{number}"))
                backends = replace(backends, search=index)
            people = make_peopled(home, backends=backends)
            services = stack.enter_context(closing(open_services(load_settings(home))))
            both.append(fill(services, people, sample, target))
        few, many = both
        rows = _pages(few, many, asked)
        folders = make(place / "from", count=taken + _WARM)
        rows["intake"] = _row(few, many, _alternately(few, many, _intake(folders), len(folders)))
        for job in JOBS:
            rows[job] = _row(few, many, _alternately(few, many, _periodic(job), _JOBS_RUN + _WARM))
        sizes = [holdings.size_bytes() for holdings in both]
    return _figures(few.held, many.held, rows, sizes, _named(servers))


def _pages(few: Holdings, many: Holdings, asked: int) -> dict[str, dict[str, float]]:
    """Every list page, of an archivist and of the officer who handed all of it in."""
    askers = {holdings.held: _askers(holdings) for holdings in (few, many)}

    def asking(who: int, path_of: Callable[[int], str]) -> Callable[[Holdings, int], None]:
        def ask(holdings: Holdings, _: int) -> None:
            path = path_of(-(-holdings.held // PAGE_ROWS))
            if (status := askers[holdings.held][who](path)) != http.HTTPStatus.OK:
                raise BenchServerError(code=f"{path}: {status}")

        return ask

    return {
        name: _row(few, many, _alternately(few, many, asking(*how), asked + _WARM))
        for name, how in _places(few.services).items()
    }


def _places(services: Services) -> dict[str, tuple[int, Callable[[int], str]]]:
    """Name → who asks (archivist, officer, auditor), and the address, given the last page."""
    with services.read_only() as session:
        agency = session.scalars(select(Agency.code)).first()

    def fixed(path: str, who: int = 0) -> tuple[int, Callable[[int], str]]:
        return who, lambda _: path

    found = {
        "desk": fixed("/desk"),
        "desk filtered": fixed(f"/desk?q={_SERIES}"),
        "case files": fixed("/case-files"),
        "case files of an agency": fixed(f"/case-files?agency={agency}"),
        "case files with words": fixed(f"/case-files?q={_SERIES}"),
        "search, common word": fixed(f"/search?q={WORD}"),
        "search, rare word": fixed("/search?q=so7"),
        "search, officer's rights": fixed(f"/search?q={WORD}", 1),
        "due calendar": fixed("/due-calendar"),
        "trail": fixed("/audit", 2),
        "fixity": fixed("/fixity"),
        "officer's case files": fixed("/my-case-files", 1),
        "officer's, all": fixed("/my-case-files?tab=all", 1),
    }
    for sort in SORTS:
        for order in (sort, f"-{sort}"):
            found[f"last page by {order}"] = (0, partial(_sorted_page, order))
    return found


def _sorted_page(order: str, number: int) -> str:
    return f"/case-files?sort={order}&cursor={number}"


def _askers(holdings: Holdings) -> list[Callable[[str], int]]:
    """What asks for an address and tells the status: archivist's, officer's, auditor's."""
    app, people = create_app(holdings.services), holdings.people

    def asker(cookie: str) -> Callable[[str], int]:
        browser = app.test_client()
        browser.set_cookie(COOKIE, cookie)
        return lambda path: browser.get(path).status_code

    cookies = (people.archivist_cookie, people.officer_cookie, people.auditor_cookie)
    return [asker(cookie) for cookie in cookies]


def _intake(folders: Sequence[Path]) -> Callable[[Holdings, int], None]:
    return lambda holdings, turn: holdings.take(folders[turn])


def _periodic(name: str) -> Callable[[Holdings, int], None]:
    """A periodic job, once."""

    def work(holdings: Holdings, _: int) -> None:
        services = holdings.services
        with services.writing() as session:
            services.jobs.add(session, name)
        if (outcome := worker.run_one(services, names=(name,))) != "done":
            raise BenchServerError(code=f"{name}: {outcome}")

    return work


def _alternately(
    few: Holdings, many: Holdings, act: Callable[[Holdings, int], None], times: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, the first ``_WARM`` left out."""
    spent: tuple[list[float], list[float]] = ([], [])
    for turn in range(times):
        for holdings, of_it in zip((few, many), spent, strict=True):
            of_it.append(_MS * timed(partial(act, holdings, turn)))
    return spent[0][_WARM:], spent[1][_WARM:]


def _row(few: Holdings, many: Holdings, spent: tuple[list[float], list[float]]) -> dict[str, float]:
    """Medians, 95th percentiles, and the power of what is held that the median goes with."""
    less, more = (statistics.median(each) for each in spent)
    return {
        "tenth_ms": round(less, 2),
        "ms": round(more, 2),
        "p95_ms": p95_of(spent[1]),
        "ratio": round(more / less, 2),
        "exponent": _exponent(more / less, many.held / few.held),
    }


def _exponent(ratio: float, held: float) -> float:
    return round(math.log(ratio) / math.log(held), 2) if held > 1 else 0.0


def _named(servers: Servers | None) -> str:
    if servers is None:
        return "SQLite, files"
    return "PostgreSQL, S3" + (", Elasticsearch" if servers.search else "")


def _figures(
    few: int,
    many: int,
    rows: dict[str, dict[str, float]],
    sizes: list[dict[str, int]],
    on: str,
) -> dict[str, Any]:
    each = {
        f"{name}_bytes_per_case_file": round((sizes[1][name] - sizes[0][name]) / max(1, many - few))
        for name in sizes[1]
    }
    return {
        "name": "scale",
        "machine": machine(),
        "backends": on,
        "ours": {"case_files": many, **{name: row["ms"] for name, row in rows.items()}, **each},
        "reference": {
            "name": REFERENCE,
            "case_files": few,
            **{name: row["tenth_ms"] for name, row in rows.items()},
        },
        "by_kind": rows,
        "ratio": max(row["ratio"] for row in rows.values()),
        "runs": 1,
    }
