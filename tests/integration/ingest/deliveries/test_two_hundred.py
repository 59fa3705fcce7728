"""Two hundred case files by one list: bad ones returned and corrected, all in custody at last."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.bench.home import opened
from archive_service.bench.people import People, make_peopled
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.delivery import Delivery, DeliveryState
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.handover import HandoverItem, HandoverRecord
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.deliveries import acts as deliveries_acts
from ingest.handover import acts as handover_acts
from ingest.submissions import acts as submissions_acts
from ingest.submissions.desk import acts as desk_acts
from ingest.submissions.given import Return
from tests.worlds.ingest.bulk import code_of, make_bulk

SHEET = "danh-sach.xlsx"
SECRET = (3, 17)  # marked as state secrets: rejected at the door
WRONG = (5, 11, 18)  # their end stands before their beginning: returned from the desk
LACKING = (8, 20)  # one of their files did not come: refused, and told by their rows


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Services, People]]:
    people = make_peopled(tmp_path / "home")
    with opened(tmp_path / "home") as services:
        yield services, people


def bad_list(good: Path, count: int) -> Path:
    """The same files with the list as it comes first."""
    changed = {f"c{number}": {"mode": "Mật"} for number in SECRET}
    changed |= {f"c{number}": {"endDate": "01/01/2025"} for number in WRONG}
    other = make_bulk(good.with_name("other"), count, **changed)
    folder = shutil.copytree(good, good.with_name("first"))
    shutil.copy2(other / SHEET, folder / SHEET)
    for number in LACKING:
        (folder / f"{number:03}" / "2.pdf").unlink()
    return folder


def deliver(services: Services, people: People, folder: Path) -> Delivery:
    """Take a list in and check what came of it."""
    delivery_id = deliveries_acts.deliver(folder, actor=people.officer, services=services)
    while run_one(services, names=(CHECK_JOB,)):
        pass
    with services.read_only() as session:
        return session.get_one(Delivery, delivery_id)


def states(services: Services) -> Counter[str]:
    with services.read_only() as session:
        return Counter(state.value for state in session.scalars(select(Submission.state)))


def on_the_desk(services: Services) -> dict[str, tuple[UUID, str]]:
    """By code what is checked, and its worst finding."""
    with services.read_only() as session:
        rows = session.execute(
            select(Submission.code, Submission.id, Submission.worst).where(
                Submission.state == SubmissionState.CHECKED
            )
        )
        return {code: (key, worst) for code, key, worst in rows}


def accept(services: Services, people: People, found: Sequence[tuple[UUID, str]]) -> None:
    """The clean ones many at once, those with warnings one by one."""
    clean = [key for key, worst in found if worst in ("", Severity.INFO.value)]
    if clean:
        outcome = desk_acts.accept_clean(services, clean, actor=people.archivist)
        assert (len(outcome.accepted), outcome.refused) == (len(clean), [])
    for key, worst in found:
        if worst == Severity.WARNING.value:
            submissions_acts.accept(services, key, actor=people.archivist)


@pytest.mark.parametrize("count", [24, pytest.param(200, marks=pytest.mark.long)])
def test_many_case_files_by_one_list_come_into_custody_with_their_papers(
    place: tuple[Services, People], tmp_path: Path, count: int
) -> None:
    services, people = place
    bad = {code_of(number) for number in WRONG}
    refused = {code_of(number) for number in (*SECRET, *LACKING)}
    good_list = make_bulk(tmp_path / "second", count)
    first = deliver(services, people, bad_list(good_list, count))
    assert (first.state, first.rows, first.done) == (DeliveryState.DONE, count, count)
    assert first.refused == len(refused)
    assert states(services) == {"checked": count - len(refused), "rejected": len(SECRET)}
    found = on_the_desk(services)
    assert {code for code, (_, worst) in found.items() if worst == "error"} == bad

    accept(services, people, [one for code, one in found.items() if code not in bad])
    for code in bad:
        reason = "Sửa theo các lỗi đã nêu"
        submissions_acts.give_back(
            services, found[code][0], Return(reason=reason), actor=people.archivist
        )
    good = count - len(refused) - len(bad)
    counted = {"accepted": good, "returned": len(bad), "rejected": len(SECRET)}
    assert states(services) == counted

    second = deliver(services, people, good_list)
    assert (second.refused, second.again) == (0, good)
    found = on_the_desk(services)
    assert found.keys() == bad | refused
    assert "error" not in {worst for _, worst in found.values()}
    accept(services, people, list(found.values()))
    tally = work(services, until_empty=True)
    assert (tally.failed, tally.dead) == (0, 0)

    assert states(services) == {
        "stored": count,
        "returned": len(bad),
        "rejected": len(SECRET),
    }
    require_kept(services, count)
    told = handover_acts.make(services, actor=people.archivist)
    work(services, until_empty=True)
    require_minutes(services, people, told.id, count)


def require_kept(services: Services, count: int) -> None:
    """Every case file is stored with both documents; each of the two deliveries has one receipt."""
    with services.read_only() as session:
        rows = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        documents = session.scalar(select(func.count()).select_from(Document))
        receipts = sorted({row.receipt_number or "" for row in rows})
        kept = {(row.state, row.version_stored, row.receipt_issued_at is not None) for row in rows}
    assert [row.code for row in rows] == [code_of(number) for number in range(1, count + 1)]
    assert kept == {(CaseState.STORED, 1, True)}
    assert documents == 2 * count
    assert [number.partition("/")[0] for number in receipts] == ["01", "02"]


def require_minutes(services: Services, people: People, handover: UUID, count: int) -> None:
    """One signed paper names all of them, and nothing waits for another."""
    with services.read_only() as session:
        record = session.get_one(HandoverRecord, handover)
        named = session.scalars(
            select(HandoverItem.case_code).where(HandoverItem.handover_id == handover)
        ).all()
        left = handover_acts.waiting_ids(session, None, "", people.archivist)
    assert record.sha256 is not None
    assert sorted(named) == [code_of(number) for number in range(1, count + 1)]
    assert left == []
