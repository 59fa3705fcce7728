"""A mark of secrecy stops a submission; only a second person may say that it is none."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import img2pdf
import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionStateError
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.acceptance.marks import MarkReasonMissingError, MarkSecondPersonError
from ingest.submissions.acts import accept, give_back, lift, rescan, submit
from ingest.submissions.given import Acceptance, LiftedMark, Return
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.browsers import post as send_form
from tests.worlds.clients import program_of
from tests.worlds.command import Answer, Command
from tests.worlds.papers.bad_input import FILE, small_case, write_small_sheet
from tests.worlds.papers.lettered import written
from tests.worlds.papers.nd30_papers import scan_pages, stamp

REASON = "Chữ nằm trong tên bài thuốc."


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def marked(services: Services, tmp_path: Path) -> UUID:
    """A submission whose document says MẬT under its number."""
    case = small_case(tmp_path / "case", code="H40.18.2025.08.QLCT")
    written(case / FILE, "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nMẬT\nKính gửi: Ủy ban nhân dân tỉnh")
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    check(services, submission)
    return submission


def check(services: Services, submission: UUID) -> None:
    while run_one(services, subject_id=submission, names=(CHECK_JOB,)) == "done":
        pass


def row_of(services: Services, submission: UUID) -> Submission:
    with services.read_only() as session:
        row = session.get_one(Submission, submission)
        assert row.files is not None
        assert row.findings is not None
        return row


def open_incidents(services: Services) -> list[Incident]:
    query = select(Incident).where(
        Incident.kind == "secrecy-mark-found", Incident.closed_at.is_(None)
    )
    with services.read_only() as session:
        return list(session.scalars(query))


def test_it_is_locked_away_and_nobody_accepts_or_opens_it(services: Services, marked: UUID) -> None:
    row = row_of(services, marked)
    assert row.state == "quarantined"
    errors = [finding for finding in row.findings if finding.severity == "error"]
    assert [(error.code, error.place) for error in errors] == [("secrecy-mark-seen", FILE)]
    (incident,) = open_incidents(services)
    assert (incident.severity, incident.facts["mark"]) == ("alarm", "MẬT")
    for name in ("lan", "hung"):
        with pytest.raises(SubmissionStateError):
            accept(services, marked, Acceptance(reason=REASON), actor=person(services, name))
    app = create_app(services)
    (file,) = [submission_file for submission_file in row.files if submission_file.path == FILE]
    place = f"/submissions/{marked}/files/{file.id}"
    assert program_of(app, services, "lan").get(place).status_code == 403
    assert program_of(app, services, "bach").get(place).status_code == 403
    picture = f"/submissions/{marked}/pictures/{file.id}"
    assert browser_of(app, services, "lan").get(picture).status_code == 403
    assert program_of(app, services, "hung").get(place).status_code == 200  # who has to judge it
    rescan(services, marked, actor=person(services, "lan"))
    check(services, marked)
    assert row_of(services, marked).state == "quarantined"


def test_a_second_person_lifts_it_with_a_reason_and_a_third_accepts(
    services: Services, marked: UUID
) -> None:
    head, archivist = person(services, "hung"), person(services, "lan")
    with pytest.raises(ActNotAllowedError):
        lift(services, marked, LiftedMark(reason=REASON), actor=archivist)
    with pytest.raises(MarkReasonMissingError):
        lift(services, marked, LiftedMark(reason=" "), actor=head)
    lift(services, marked, LiftedMark(reason=REASON), actor=head)
    check(services, marked)
    row = row_of(services, marked)
    assert row.state == "checked"
    (told,) = [finding for finding in row.findings if finding.code == "secrecy-mark-judged"]
    assert (told.severity, told.facts["by"], told.facts["reason"]) == ("info", "hung", REASON)
    assert open_incidents(services) == []
    with pytest.raises(MarkSecondPersonError):
        accept(services, marked, actor=head)
    accept(services, marked, actor=archivist)
    assert row_of(services, marked).state == "accepted"
    assert [entry["by"] for entry in row_of(services, marked).verdict["secrecy_lifted"]] == ["hung"]
    with services.read_only() as session:
        tags = list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.number)))
    assert tags.index("submission:quarantined") < tags.index("submission:mark-lifted")


def test_the_page_asks_the_head_and_nobody_else(services: Services, marked: UUID) -> None:
    app = create_app(services)
    place = f"/submissions/{marked}"
    assert "lift-dialog" not in browser_of(app, services, "lan").get(place).text
    assert str(marked) not in browser_of(app, services, "lan").get("/approvals").text
    browser = browser_of(app, services, "hung")
    assert str(marked) in browser.get("/approvals").text  # it waits for this person
    assert "Trang có dấu chỉ độ mật" in browser.get(f"/approvals?item={marked}").text
    assert "lift-dialog" in browser.get(place).text
    answer = send_form(browser, f"{place}/lift-mark", reason=REASON)
    assert answer.status_code == 303
    check(services, marked)
    assert row_of(services, marked).state == "checked"


def test_the_command_lifts_it_for_the_head_alone_and_with_a_reason(
    services: Services, marked: UUID
) -> None:
    def lift_by(name: str, *more: str) -> Answer:
        return Command(services.settings.home).run(
            "submission", "lift-mark", marked, *more, "--json", account=name
        )

    assert lift_by("hung").code == 2
    assert lift_by("lan", "--reason", REASON).error["code"] == "act-not-allowed"
    done = lift_by("hung", "--reason", REASON)
    assert (done.code, done.document["state"]) == (0, "received")
    assert lift_by("hung", "--reason", REASON).error["code"] == "submission-state"
    check(services, marked)
    assert [entry["by"] for entry in row_of(services, marked).verdict["secrecy_lifted"]] == ["hung"]


def test_returned_it_stays_closed(services: Services, marked: UUID) -> None:
    give_back(services, marked, Return(reason="Có dấu mật."), actor=person(services, "lan"))
    assert open_incidents(services) == []
    (file,) = [
        submission_file
        for submission_file in row_of(services, marked).files
        if submission_file.path == FILE
    ]
    place = f"/submissions/{marked}/files/{file.id}"
    app = create_app(services)
    for name in ("bach", "lan", "hung"):
        assert program_of(app, services, name).get(place).status_code == 403


def test_a_title_with_a_mark_stops_it_as_well(services: Services, tmp_path: Path) -> None:
    code = "H40.18.2025.09.QLCT"
    case = small_case(tmp_path / "case", code=code)
    write_small_sheet(case, code=code, subject="(MẬT) Kế hoạch")
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    check(services, submission)
    assert row_of(services, submission).state == "quarantined"


HEAD = "SỞ CÔNG TRÌNH #h(1fr) CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 12/BC-SCT"
BODY = f"{HEAD}\nBÁO CÁO kết quả thực hiện năm 2025"


def stamped(folder: Path) -> Path:
    """A letter that was written, the picture of a stamp set upon it."""
    letter = written(folder / "letter.pdf", BODY)
    Image.new("RGB", (1000, 800), "white").save(folder / "stamp.png")
    stamp(folder / "stamp.png", "MẬT", at=(0.1, 0.1))
    with Image.open(folder / "stamp.png") as drawn:
        drawn.crop((60, 40, 380, 240)).save(folder / "cut.png", dpi=(200, 200))
    (folder / "cut.pdf").write_bytes(img2pdf.convert((folder / "cut.png").read_bytes()))
    with pikepdf.open(letter, allow_overwriting_input=True) as pdf:
        with pikepdf.open(folder / "cut.pdf") as cut:
            pdf.pages[0].add_overlay(cut.pages[0], pikepdf.Rectangle(80, 600, 195, 672))
        pdf.save(letter)
    return letter


def scanned(folder: Path) -> Path:
    """A scan with words that the scanner read, all but the stamp."""
    words = written(folder / "words.pdf", BODY)
    (page,) = scan_pages(words, folder)
    stamp(page, "MẬT", at=(0.12, 0.2))
    (folder / "scan.pdf").write_bytes(img2pdf.convert(page.read_bytes()))
    with pikepdf.open(folder / "scan.pdf", allow_overwriting_input=True) as pdf:
        with pikepdf.open(words) as read:
            pdf.pages[0].add_underlay(read.pages[0], None)
        pdf.save(folder / "scan.pdf")
    return folder / "scan.pdf"


@pytest.mark.parametrize("made", [stamped, scanned])
def test_a_stamp_beside_words_is_read_before_acceptance(
    services: Services, tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    case = small_case(tmp_path / "case", code="H40.18.2025.11.QLCT")
    (case / FILE).write_bytes(made(tmp_path).read_bytes())
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    check(services, submission)
    row = row_of(services, submission)
    assert list(row.verdict["pictures_read"].values()) == ["MẬT"]
    assert row.state == "quarantined"


def test_a_picture_of_page_one_is_read_before_acceptance(
    services: Services, tmp_path: Path
) -> None:
    """And not once more where it is checked again."""
    head = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nMẬT\nBÁO CÁO"
    (page,) = scan_pages(written(tmp_path / "a.pdf", head), tmp_path)
    case = small_case(tmp_path / "case", code="H40.18.2025.10.QLCT")
    (case / FILE).write_bytes(img2pdf.convert(page.read_bytes()))
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    check(services, submission)
    row = row_of(services, submission)
    assert row.state == "quarantined"
    assert list(row.verdict["pictures_read"].values()) == ["MẬT"]
    (error,) = [finding for finding in row.findings if finding.severity == "error"]
    assert (error.code, error.place) == ("secrecy-mark-seen", FILE)
    lift(services, submission, LiftedMark(reason=REASON), actor=person(services, "hung"))
    check(services, submission)
    assert row_of(services, submission).state == "checked"
