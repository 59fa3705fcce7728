"""Deliveries of many case files, brought to their end by those who decide them."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.deliveries import acts as deliveries_acts
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.ingest.bulk import code_of, make_bulk

REASON = "Thiếu chữ ký của cơ quan."
RETURNED, REFUSED, SECRET = code_of(4), code_of(5), code_of(3)
KEPT = [code_of(1), code_of(2), code_of(6)]


@dataclass(frozen=True)
class Settled:
    """An archive with one delivery that came to its end."""

    home: Path
    delivery: UUID


@functools.cache
def settled_archive() -> Settled:
    """Six case files: three kept, one returned, two refused at the door. Only to be copied."""
    place = Path(tempfile.mkdtemp(prefix="settled-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    home = new_home(place / "home")
    folder = make_bulk(place / "Đợt 1", 6, c3={"mode": "Mật"})
    (folder / "005" / "1.pdf").unlink()
    with open_home(home) as services:
        found = deliver(services, folder)
        decide(services, found, returned=[RETURNED])
        work(services, until_empty=True)
    return Settled(home, found)


def deliver(services: Services, folder: Path, *, account: str = "bach") -> UUID:
    """Take it in and check each of its case files; the delivery's id."""
    found = deliveries_acts.deliver(folder, actor=person(services, account), services=services)
    while run_one(services, names=(CHECK_JOB,)):
        pass
    return found


def decide(services: Services, delivery_id: UUID, *, returned: Sequence[str] = ()) -> None:
    """Accept what is checked of a delivery, but return the case files of these codes."""
    lan = person(services, "lan")
    for row in submissions_of(services, delivery_id):
        if row.state is not SubmissionState.CHECKED:
            continue
        if row.code in returned:
            submissions_acts.give_back(services, row.id, Return(reason=REASON), actor=lan)
        else:
            submissions_acts.accept(services, row.id, actor=lan)


def submissions_of(services: Services, delivery_id: UUID) -> list[Submission]:
    """Its submissions by their codes."""
    query = select(Submission).where(Submission.delivery_id == delivery_id)
    with services.read_only() as session:
        return list(session.scalars(query.order_by(Submission.code)))


def delivery_of(services: Services, delivery_id: UUID) -> Delivery:
    """The row, to be looked at."""
    with services.read_only() as session:
        found = session.get_one(Delivery, delivery_id)
        session.expunge(found)
        return found
