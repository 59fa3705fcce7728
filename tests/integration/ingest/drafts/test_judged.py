"""What the desk would find stands in the draft before it is sent; bytes are read once for it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission, SubmissionFile, SubmissionState
from archive_service.services import Services
from archive_service.worker import work
from ingest.drafts import acts as drafts_acts
from ingest.drafts.judged import is_judged
from tests.integration.ingest.drafts.read_drafts import add, begun
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.papers.nd30_papers import make_document

CODE = "H40.18.2025.31.QLCT"
OLD = "C«ng tr×nh x©y dùng ®­êng bé"  # TCVN3, as older programs wrote
LEGACY = ("spreadsheet", "legacy-text")
CASE = {
    "fileCode": CODE,
    "title": "Hồ sơ nâng cấp trạm bơm",
    "maintenance": "02",
    "mode": "01",
    "language": "01",
    "startDate": "01/01/2010",
    "endDate": "31/12/2025",
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("judged") / "home")) as opened:
        yield opened


def put(services: Services, draft_id: UUID, row: int, name: str, value: str) -> None:
    with services.read_only() as session:
        declared = session.get_one(Submission, draft_id).case_file()
    fields = declared.fields if not row else declared.documents[row - 1].fields
    drafts_acts.put_field(
        services,
        draft_id,
        row,
        name,
        value,
        was=fields.get(name, ""),
        actor=person(services, "bach"),
    )


def told(services: Services, draft_id: UUID) -> set[tuple[str, str]]:
    """Check and code of what the draft's page tells as errors and warnings."""
    shown = drafts_acts.show(services, draft_id, actor=person(services, "bach"))
    found = [*shown.findings, *shown.judged]
    return {
        (finding.check, finding.code) for finding in found if finding.severity is not Severity.INFO
    }


def filled(services: Services, folder: Path, seed: int) -> UUID:
    """A draft with a printed letter, whose subject is typed in an encoding of before Unicode."""
    draft_id = begun(services)
    add(services, draft_id, make_document(seed, folder).pdf, "văn bản.pdf")
    work(services, until_empty=True)
    for name, value in CASE.items():
        put(services, draft_id, 0, name, value)
    put(services, draft_id, 1, "subject", OLD)
    work(services, until_empty=True)
    return draft_id


def test_the_draft_tells_what_the_desk_finds(services: Services, tmp_path: Path) -> None:
    draft_id = filled(services, tmp_path, 3)
    before = told(services, draft_id)
    assert LEGACY in before
    for item in drafts_acts.show(services, draft_id, actor=person(services, "bach")).lacking:
        for row in item.rows or [0]:
            put(services, draft_id, row, item.field, "Nguyễn Văn An")
    work(services, until_empty=True)
    before = told(services, draft_id)
    drafts_acts.send(services, draft_id, actor=person(services, "bach"))
    work(services, until_empty=True)
    with services.read_only() as session:
        assert session.get_one(Submission, draft_id).state is SubmissionState.CHECKED
        rows = session.scalars(select(FindingRow).where(FindingRow.submission_id == draft_id)).all()
        found = {
            (finding.check, finding.code)
            for finding in rows
            if finding.severity is not Severity.INFO
        }
        facts = select(SubmissionFile.facts).where(SubmissionFile.submission_id == draft_id)
        kept = session.scalars(facts).all()
    assert found == before
    assert kept == [None]  # nothing of its words stays beside the file


def test_a_change_is_judged_without_reading_a_file_again(
    services: Services, tmp_path: Path
) -> None:
    draft_id = filled(services, tmp_path, 4)
    assert LEGACY in told(services, draft_id)
    with services.read_only() as session:
        files = select(SubmissionFile.sha256).where(SubmissionFile.submission_id == draft_id)
        (digest,) = session.scalars(files)
    services.staging.discard(digest)
    assert not services.staging.has(digest), "whoever would read it again finds nothing"
    put(services, draft_id, 1, "subject", "Công trình xây dựng đường")
    with services.read_only() as session:
        assert not is_judged(session.get_one(Draft, draft_id))
    assert LEGACY not in told(services, draft_id)  # of the field
    work(services, until_empty=True)
    with services.read_only() as session:
        assert is_judged(session.get_one(Draft, draft_id))
    assert LEGACY not in told(services, draft_id)
    with services.read_only() as session:
        facts = select(SubmissionFile.facts).where(SubmissionFile.submission_id == draft_id)
        assert session.scalar(facts) is not None


def test_what_is_taken_out_takes_its_findings_along(services: Services, tmp_path: Path) -> None:
    draft_id = filled(services, tmp_path, 5)
    assert LEGACY in told(services, draft_id)
    drafts_acts.remove(services, draft_id, actor=person(services, "bach"), row=1)
    assert LEGACY not in told(services, draft_id)


def test_the_page_tells_that_it_is_being_checked_and_then_what_was_found(
    services: Services, tmp_path: Path
) -> None:
    draft_id = filled(services, tmp_path, 6)
    browser = browser_of(create_app(services), services, "bach")
    page = browser.get(f"/drafts/{draft_id}?document=1").text
    assert "Bàn tiếp nhận sẽ thấy" in page
    put(services, draft_id, 0, "title", "Hồ sơ khác")
    page = browser.get(f"/drafts/{draft_id}/parts").text
    assert "Đang kiểm tra như bàn tiếp nhận" in page
    work(services, until_empty=True)
    page = browser.get(f"/drafts/{draft_id}/parts?selected=1").text
    assert "Bàn tiếp nhận sẽ thấy" in page


def test_a_draft_of_an_earlier_release_is_judged_once_it_is_opened(
    services: Services, tmp_path: Path
) -> None:
    draft_id = filled(services, tmp_path, 7)
    with services.writing() as session:
        session.get_one(Draft, draft_id).judged = {}
        for file in session.get_one(Submission, draft_id).files:
            file.facts = None
    assert LEGACY not in told(services, draft_id)
    work(services, until_empty=True)
    assert LEGACY in told(services, draft_id)
