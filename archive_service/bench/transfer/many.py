"""A transfer of very many items, whose packages never come: memory of what reads all, and pages.

Run as a program it does one step of it, in a process of its own, so that its memory is its own.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.accounts.sessions import open_session
from archive_service.bench import home as homes
from archive_service.bench.asking import get_page, p95_of
from archive_service.bench.backends import Backends, on_database
from archive_service.bench.measure import BenchProcessError, timed
from archive_service.bench.peaks import run_watched
from archive_service.bench.station import BenchServerError, serving
from archive_service.bench.transfer import givers as transfer_givers
from archive_service.bench.transfer.home import make_receiver
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.domain.transfer.transfer import Transfer, TransferDirection, TransferItem
from archive_service.log import configure_log
from archive_service.services import Services
from archive_service.storage.durable import write_pieces
from retention.transfer.packages.folder import MANIFEST, Giver, manifest
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts

_ID = uuid5(NAMESPACE_URL, "bench-transfer")
_FEWER = 10  # so many times fewer items beside it, for what memory a command needs anyway
_OK = 200
_LATE = 500  # number of a page far behind
_MODULE = "archive_service.bench.transfer.many"


def run(
    place: Path,
    items: int,
    *,
    giver: Path,
    givers: int,
    asked: int,
    database: str | None = None,
) -> dict[str, float]:
    """Seconds and peaks in MiB with ``items``, and with a tenth of them; p95 of the pages.

    Args:
        place: not there yet.
        giver: home of who signs the manifest.
        givers: archives whose transfers of ten years are laid down then, for the pages of all; 0:
            none.
        asked: times that each page is asked for.
        database: of a PostgreSQL server on which the receivers keep their rows; ``None``: SQLite.

    Raises:
        BenchProcessError, BenchServerError: a step failed.
    """
    facts: dict[str, float] = {}
    with on_database(database) as at:
        _measured(place / "fewer", max(items // _FEWER, 1), giver, at, facts)
    with on_database(database) as at:
        home = _measured(place / "many", items, giver, at, facts)
        facts |= _pages(home, _pages_of_one(home), asked)
        if givers:
            with homes.opened(home) as services:
                transfer_givers.seed(services, givers)
            facts |= _pages(home, _PAGES_OF_ALL, asked)
    return {"items": items, "givers": givers} | facts


def _measured(
    place: Path, items: int, giver: Path, at: Backends, figures: dict[str, float]
) -> Path:  # fmt: skip
    """The home of a receiver that took so many; what each step needed is put into ``told``."""
    place.mkdir(parents=True)
    home = place / "receiver"
    make_receiver(home, giver, at)
    _lay_out(giver, home, items)
    for step in _STEPS:
        peak_mib, seconds = _in_process(step, home)
        figures[f"{place.name}_{step}_mib"] = round(peak_mib, 1)
        figures[f"{place.name}_{step}_s"] = round(seconds, 2)
    return home


def _lay_out(giver: Path, home: Path, items: int) -> None:
    """A folder beside the receiver with the manifest of the giver."""
    with homes.opened(giver) as services:
        keeper = services.keeper
        document = manifest(
            _transfer(),
            _items(items),
            Giver(
                keeper.archive_code,
                keeper.archive_name,
                SAMPLE_AGENCY.new_code,
                SAMPLE_AGENCY.name,
            ),
            sequence=1,
            created=clock.now().replace(microsecond=0),
            signer=services.signer(),
        )
    _disk(home).mkdir()
    write_pieces(_disk(home) / MANIFEST, document)


def _disk(home: Path) -> Path:
    return home.with_name("disk")


def _transfer() -> Transfer:
    return Transfer(
        id=_ID,
        direction=TransferDirection.OUT,
        number=1,
        year=clock.today().year,
        edition=1,
        media=1,
        partner="Bench",
        partner_code="",
        list_sha256="0" * 64,
        register_number="",
        answer_number="",
    )


def _items(count: int) -> Iterator[TransferItem]:
    for number in range(1, count + 1):
        yield TransferItem(
            ordinal=number,
            code=f"{SAMPLE_AGENCY.new_code}.2019.{number:07}.BM",
            title=f"Bench {number}",
            documents=8,
            version=1,
            package="sip",
            file=f"{number:07}.sip.zip",
            sha256=hashlib.sha256(b"%d" % number).hexdigest(),
            size_bytes=1_000_000 + number,
            medium=1,
        )


def _receive(services: Services) -> int:
    return int(receive(services, _disk(services.settings.home), actor=homes.ARCHIVIST).arrived)


def _show(services: Services) -> int:
    """All of it as JSON, as the command gives it to a program; how many pieces that is."""
    own = _own(services)
    with register_acts.showing(services, own, actor=homes.ARCHIVIST) as whole_transfer:
        return sum(1 for _ in json.JSONEncoder(indent=1).iterencode(whole_transfer.as_json()))


_STEPS: dict[str, Callable[[Services], int]] = {"receive": _receive, "show": _show}


def _own(services: Services) -> UUID:
    with services.read_only() as session:
        return session.scalars(select(Transfer.id)).one()


def _in_process(step: str, home: Path) -> tuple[float, float]:
    """MiB at most, and seconds."""
    command = [sys.executable, "-m", _MODULE, step, str(home)]
    peaks, out = run_watched(command, environment=os.environ)
    if peaks.exit_code:
        raise BenchProcessError(work=step)
    return peaks.own_mib, float(json.loads(out)["seconds"])


def _pages_of_one(home: Path) -> dict[str, str]:
    """The last page of the items too."""
    with homes.opened(home) as services:
        row = _own(services)
    return {
        "list": "/nop-luu",
        "one": f"/nop-luu/{row}",
        "one_late": f"/nop-luu/{row}?cursor={_LATE}",
        "one_late_in_a_state": f"/nop-luu/{row}?state=awaited&cursor={_LATE}",
        "one_searched": f"/nop-luu/{row}?q=0000777",
    }


_PAGES_OF_ALL = {
    "list_of_all": "/nop-luu",
    "list_searched": "/nop-luu?q=H42",
    "statistics": "/nop-luu/statistics",
    "statistics_of_one": "/nop-luu/statistics?giver=H41.15",
    "calendar": "/nop-luu/calendar",
    "partners": "/nop-luu/doi-tac",
}


def _pages(home: Path, places: Mapping[str, str], asked: int) -> dict[str, float]:
    """p95 of what a served archive answers, one after another."""
    with homes.opened(home) as services, services.unit_of_work() as uow:
        name = f"bench-{len(places)}-{next(iter(places)).replace('_', '-')}"
        account = add_account(name, role=Role.ARCHIVIST, actor=homes.OPERATOR, uow=uow)
        cookie = open_session(account, uow=uow, user_agent="bench")
        uow.commit()
    facts: dict[str, float] = {}
    with serving(home) as (address, alive):
        for name, path in places.items():
            spent: list[float] = []
            for _ in range(asked):
                status, _body, spent_ms = get_page(address, cookie, path)
                if status != _OK:
                    raise BenchServerError(code=f"{path}: {status}")
                spent.append(spent_ms)
            facts[f"page_{name}_p95_ms"] = p95_of(spent)
        alive()
    return facts


def main(step: str, home: Path) -> dict[str, float]:
    """One step in this process; what it took."""
    configure_log(quiet=True)
    with homes.opened(home) as services:
        return {"seconds": round(timed(lambda: _STEPS[step](services)), 3)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
