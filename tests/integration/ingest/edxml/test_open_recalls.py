"""One document of a submission that nobody decided on is recalled, replaced or corrected."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import messages
from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.catalogue.recalls.acts import Wish
from archive_service.catalogue.recalls.documents import RecallDocument
from archive_service.domain.case_files.recall import (
    RecallKind,
    RecallState,
    RecallStateError,
    RecallTargetUnknownError,
    RecallWordsError,
)
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from ingest.edxml.open_recalls import PacketSenderError, ask_undecided
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import Program, do_all
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.edxml import Enclosed, PacketOf

REASON = "Ban hành sai thẩm quyền"
RECALL = Wish(kind=RecallKind.RECALL, reason=REASON, channel="rest")
IDS = ("000.00.12.H40,2025/08/01,15/CV-SNV", "VB-B", "VB-C")


@pytest.fixture
def codes() -> Iterator[str]:
    """Codes that no other test of the module took."""
    return (f"000.00.18.H40.2025.{number}.THU" for number in range(_next(), 10_000))


_taken = [700]


def _next() -> int:
    _taken[0] += 10
    return _taken[0]


@pytest.fixture
def made(services: Services, tmp_path: Path, codes: Iterator[str]) -> UUID:
    """A checked submission of three documents."""
    made = sent(services, tmp_path / "ho-so", next(codes))
    do_all(services)
    assert row(services, made).state is SubmissionState.CHECKED
    return made


def sent(services: Services, folder: Path, code: str, ids: tuple[str, ...] = IDS) -> UUID:
    folder.mkdir()
    rows = []
    for number, doc_id in enumerate(ids, start=1):
        file = write_pdf(folder / f"{number}.pdf")
        file.write_bytes(file.read_bytes() + f"\n%% {code} {number}\n".encode())
        own = {"docId": doc_id, "codeNumber": str(number), "subject": f"Văn bản {number}"}
        rows.append(document_row(f"{number}.pdf", code, **own))
    write_sheet(folder / "ho-so.xlsx", [case_row(code, totalDoc=str(len(ids)))], rows)
    (found,) = submit(folder, actor=person(services, "bach"), services=services)
    return found


def row(services: Services, submission_id: UUID) -> Submission:
    with services.read_only() as session:
        found = session.get_one(Submission, submission_id)
        assert found.files is not None
        assert found.findings is not None
        return found


def asked(
    services: Services, made: UUID, document: str, wish: Wish = RECALL, name: str = "bach"
) -> RecallDocument:
    return ask_undecided(services, made, document, wish, actor=person(services, name))


@pytest.mark.parametrize("document", [IDS[1], "2", "2/BB-SCT"])
def test_the_content_goes_the_data_stay_and_the_rest_is_checked_anew(
    services: Services, made: UUID, document: str
) -> None:
    before = {file.path: file.sha256 for file in row(services, made).files}
    told = asked(services, made, document)
    after = row(services, made)
    assert (told.state, told.target, told.submission) == (RecallState.GRANTED, IDS[1], made)
    assert [entry["sha256"] for entry in told.files] == [before["2.pdf"]]
    assert not services.staging.has(before["2.pdf"])
    assert services.staging.has(before["1.pdf"])
    assert after.state is SubmissionState.RECEIVED
    assert [declared.fields["docId"] for declared in after.case_file().documents] == [
        IDS[0],
        IDS[2],
    ]
    assert (after.document_count, len(after.files)) == (2, len(before) - 1)
    do_all(services)
    checked = row(services, made)
    assert checked.state is SubmissionState.CHECKED
    (said,) = [finding for finding in checked.findings if finding.code == "open-recall"]
    assert (said.facts["target"], said.facts["reason"]) == (IDS[1], REASON)
    assert "documents-differ" not in {finding.code for finding in checked.findings}
    with services.read_only() as session:
        tags = select(AuditEvent.tag).where(AuditEvent.subject_id == str(made))
        assert "submission:document-recalled" in set(session.scalars(tags))
        acts = select(Act).where(Act.kind == "recall", Act.subject_id == str(told.id))
        assert len(session.scalars(acts).all()) == 1


def test_asked_again_it_is_the_same(services: Services, made: UUID) -> None:
    first = asked(services, made, IDS[1])
    assert asked(services, made, IDS[1]) == first
    assert len(row(services, made).case_file().documents) == 2


def test_a_packet_recalls_a_document_that_came_another_way(
    services: Services, made: UUID, tmp_path: Path
) -> None:
    recall = tmp_path / "r.edxml"
    recall.write_bytes(PacketOf(document_id=IDS[0], errand="1", reason="Gửi nhầm").xml())
    found = submit(recall, actor=person(services, "bach"), services=services)
    assert made in found
    assert submit(recall, actor=person(services, "bach"), services=services) == found
    left = [document.fields["docId"] for document in row(services, made).case_file().documents]
    assert left == list(IDS[1:])
    (told,) = [
        door_finding
        for door_finding in row(services, made).door_findings
        if door_finding["code"] == "open-recall"
    ]
    assert told["facts"]["reason"] == "Gửi nhầm"


def test_a_packet_of_another_agency_than_the_identifier_names_takes_nothing(
    services: Services, made: UUID, tmp_path: Path
) -> None:
    recall = tmp_path / "r.edxml"
    stranger = PacketOf(document_id=IDS[0], errand="1", sender="000.00.99.H40")
    recall.write_bytes(stranger.xml())
    with pytest.raises(PacketSenderError):
        submit(recall, actor=person(services, "bach"), services=services)
    assert len(row(services, made).case_file().documents) == 3


def test_a_packet_goes_with_the_document_it_brought_and_the_size_stays_right(
    services: Services, tmp_path: Path
) -> None:
    """The packet holds the same bytes once more; of the size it was never a part."""
    for number in (1, 2):
        pdf = Enclosed(f"{number}.pdf", write_pdf(tmp_path / f"{number}.pdf").read_bytes())
        packet = PacketOf(document_id=f"VB-{number}", attachments=[pdf])
        (tmp_path / f"{number}.edxml").write_bytes(packet.xml())
        (draft, *_) = submit(
            tmp_path / f"{number}.edxml",
            actor=person(services, "bach"),
            services=services,
            code="H40.18.2025.20.QLCT",
        )
    whole = {file.path: file.sha256 for file in row(services, draft).files}
    asked(services, draft, "VB-1")
    left = row(services, draft)
    assert "1.edxml" in whole
    assert not services.staging.has(whole["1.edxml"])
    (document,) = left.case_file().documents
    named = {file.path for file in document.files}
    assert left.size_bytes == sum(file.size_bytes for file in left.files if file.path in named)
    assert {file.path.rpartition("/")[2] for file in left.files} - {"2.pdf"} == {
        "lich-su-xu-ly.txt",
        "2.edxml",
    }


def test_a_replacement_takes_the_old_content_and_names_the_new(
    services: Services, made: UUID
) -> None:
    wish = Wish(kind=RecallKind.REPLACEMENT, reason="Sai số liệu", successor="VB-D", channel="rest")
    digest = row(services, made).files[2].sha256
    assert asked(services, made, IDS[2], wish).successor == "VB-D"
    assert not services.staging.has(digest)
    (said,) = [
        door_finding
        for door_finding in row(services, made).door_findings
        if door_finding["check"] == "recalls"
    ]
    assert (said["code"], said["facts"]["successor"]) == ("open-replacement", "VB-D")


def test_a_corrected_document_stays_and_says_by_what(services: Services, made: UUID) -> None:
    wish = Wish(kind=RecallKind.CORRECTION, reason="Sai tên", successor="9/ĐC", channel="rest")
    first = asked(services, made, IDS[1], wish)
    assert asked(services, made, IDS[1], wish) == first
    after = row(services, made)
    fields = after.case_file().documents[1].fields
    assert (fields["relation"], fields["relatesTo"]) == ("corrected-by", "9/ĐC")
    (said,) = [
        door_finding for door_finding in after.door_findings if door_finding["check"] == "recalls"
    ]
    assert (said["code"], said["facts"]["successor"]) == ("open-correction", "9/ĐC")
    assert all(services.staging.has(file.sha256) for file in after.files)


def test_the_only_document_takes_its_submission_with_it(
    services: Services, tmp_path: Path, codes: Iterator[str]
) -> None:
    made = sent(services, tmp_path / "mot", next(codes), ("VB-ALONE",))
    digest = row(services, made).files[0].sha256
    asked(services, made, "VB-ALONE")
    after = row(services, made)
    assert (after.state, after.decision_reason) == (SubmissionState.WITHDRAWN, REASON)
    assert not services.staging.has(digest)


def test_the_code_of_a_submission_that_was_recalled_whole_is_free_for_the_next(
    services: Services, tmp_path: Path, codes: Iterator[str]
) -> None:
    code = next(codes)
    first = sent(services, tmp_path / "mot", code, ("VB-FIRST",))
    later = sent(services, tmp_path / "hai", code, ("VB-LATER",))
    do_all(services)
    told = "code-in-open-submission"
    assert told in {finding.code for finding in row(services, later).findings}
    asked(services, first, "VB-FIRST")
    do_all(services)
    assert told not in {finding.code for finding in row(services, later).findings}


def test_what_is_recalled_while_it_is_looked_at_is_looked_at_again(
    services: Services, tmp_path: Path, codes: Iterator[str]
) -> None:
    made = sent(services, tmp_path / "dang", next(codes))
    with services.writing() as session:
        session.get_one(Submission, made).state = SubmissionState.CHECKING
    asked(services, made, "1")
    assert row(services, made).state is SubmissionState.RECEIVED
    do_all(services)
    assert row(services, made).state is SubmissionState.CHECKED
    with services.read_only() as session:
        assert session.scalars(select(Job.state).where(Job.subject_id == made)).all()


def test_who_handed_it_in_is_told_when_another_takes_it_back(
    services: Services, made: UUID
) -> None:
    asked(services, made, "3", name="lan")
    with services.read_only() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "recall-granted")).all()
    assert [notice for notice in told if notice.facts["target"] == IDS[2]]


@pytest.mark.parametrize("code", ["H40.18.2025.99.HOLE", ""])
def test_what_the_sender_is_told_has_no_hole_where_no_code_was_declared(
    services: Services, made: UUID, code: str
) -> None:
    with services.writing() as session:
        session.get_one(Submission, made).code = code
    asked(services, made, "2", name="lan")
    with services.read_only() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "recall-granted")).all()
        facts = next(one.facts for one in told if one.facts["code"] == code)
    for lang, of in (("vi", "hồ sơ"), ("en", "case file")):
        said = messages.text("notices.recall-granted.sentence", lang, **facts)
        assert (f"({of} {code})" in said) is bool(code)
        assert "( " not in said
        assert " )" not in said
        assert "  " not in said


@pytest.mark.parametrize(
    ("document", "wish", "error"),
    [
        ("9", RECALL, RecallTargetUnknownError),
        ("VB-0", RECALL, RecallTargetUnknownError),
        ("1", Wish(kind=RecallKind.RECALL, reason=" "), RecallWordsError),
        ("1", Wish(kind=RecallKind.REPLACEMENT, reason=REASON), RecallWordsError),
    ],
)
def test_what_is_not_there_or_not_said_is_refused(
    services: Services, made: UUID, document: str, wish: Wish, error: type[Exception]
) -> None:
    with pytest.raises(error):
        asked(services, made, document, wish)
    assert row(services, made).state is SubmissionState.CHECKED


def test_a_reader_asks_nothing_and_what_was_decided_stays(services: Services, made: UUID) -> None:
    with pytest.raises((ActNotAllowedError, SubmissionNotFoundError)):
        asked(services, made, "1", name="binh")
    with services.writing() as session:
        session.get_one(Submission, made).state = SubmissionState.RETURNED
    with pytest.raises(RecallStateError):
        asked(services, made, "1")
    assert len(row(services, made).case_file().documents) == 3


def test_rest_recalls_a_document_of_an_open_submission(made: UUID, officer: Program) -> None:
    body = {"submission": str(made), "document": IDS[2], "kind": "recall", "reason": REASON}
    answer = officer.post("/recalls", json=body)
    told: Any = answer.json
    assert (answer.status_code, told["submission"], told["target"]) == (201, str(made), IDS[2])
    again: Any = officer.post("/recalls", json=body).json
    assert again["id"] == told["id"]
    lost = officer.post("/recalls", json=body | {"submission": str(UUID(int=0))})
    assert lost.status_code == 404


def test_a_command_recalls_one_document_and_tells_what_is_left(
    services: Services, made: UUID
) -> None:
    archive = Command(services.settings.home)
    told, why = ("submission", "recall", str(made)), ("--reason", REASON)
    after = archive.ask(*told, IDS[1], *why, account="bach")
    assert (after["state"], after["documents"]) == ("received", 2)
    refused = archive.run(*told, "99", *why, "--json", account="bach")
    assert (refused.code, refused.error["code"]) == (3, "recall-target-unknown")
    both = ("--replaced-by", "a", "--corrected-by", "b")
    assert archive.run(*told, "1", *why, *both, account="bach").code == 2
    replaced = archive.ask(*told, IDS[0], *why, "--replaced-by", "VB-MOI", account="bach")
    assert replaced["documents"] == 1


def test_the_page_recalls_by_a_name_that_means_the_same_document_when_others_are_gone(
    services: Services, made: UUID
) -> None:
    page = browser_of(create_app(services), services, "bach")
    shown = page.get(f"/submissions/{made}?recall=2").text
    assert f'name="document" value="{IDS[1]}"' in shown
    asked(services, made, IDS[0])
    told = {"document": IDS[1], "kind": "recall", "reason": REASON}
    answer = post(page, f"/submissions/{made}/recall", **told)
    assert answer.status_code == 303
    assert [document.fields["docId"] for document in row(services, made).case_file().documents] == [
        IDS[2]
    ]
    assert (
        "recall="
        not in browser_of(create_app(services), services, "stranger")
        .get(f"/submissions/{made}")
        .text
    )
