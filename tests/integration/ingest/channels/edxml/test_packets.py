"""edXML packets end to end: received, recalled, replaced, before acceptance and after."""

import io
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from sqlalchemy import select

from archive_service import clock, messages
from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import (
    Recall,
    RecallKind,
    RecallState,
    RecallTargetUnknownError,
)
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import SignatureFinder
from archive_service.signing.xml.signature import check_signature
from archive_service.worker import work
from ingest.answers.packet_answers import list_answers, put_into, write_due
from ingest.edxml.open_recalls import PacketSenderError
from ingest.edxml.packets import PacketsRefusedError
from ingest.submissions.acts import accept, submit
from ingest.submissions.drop_folder.watch import DropFolder, DropRules
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, Program, do_all
from tests.worlds.door import write_pdf
from tests.worlds.ingest.edxml import Enclosed, PacketOf

PDF = b"%PDF-1.7 a page"


def packet(folder: Path, name: str, **told: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    attachments = told.pop("attachments", [Enclosed("van-ban.pdf", PDF + name.encode())])
    target = folder / f"{name}.edxml"
    target.write_bytes(PacketOf(attachments=attachments, **told).xml())
    return target


def sent(services: Services, *paths: Path, code: str = "", name: str = "bach") -> list[UUID]:
    actor = person(services, name)
    found: list[UUID] = []
    for path in paths:
        found += submit(path, actor=actor, services=services, code=code)
    return found


def row(services: Services, submission_id: UUID) -> Submission:
    with services.read_only() as session:
        found = session.get_one(Submission, submission_id)
        assert found.files is not None
        assert found.findings is not None
        return found


def recalls(services: Services) -> list[Recall]:
    with services.read_only() as session:
        return list(session.scalars(select(Recall).order_by(Recall.asked_at)))


def test_a_packet_alone_is_a_draft_for_an_officer(services: Services, tmp_path: Path) -> None:
    (made,) = sent(services, packet(tmp_path, "a", document_id="VB-1"))
    found = row(services, made)
    assert found.state is SubmissionState.DRAFT
    assert (found.channel, found.package_id) == ("edxml", "VB-1")
    assert found.sent_at is not None
    assert found.sent_at < found.received_at
    assert [file.path for file in found.files] == ["van-ban.pdf", "lich-su-xu-ly.txt", "a.edxml"]
    (document,) = found.case_file().documents
    assert [file.standing for file in document.files] == ["main", "process"]
    assert document.fields["process"] == "1"
    with services.staging.open(found.files[1].sha256) as source:
        assert "VB-1" in source.read().decode()
    assert all(services.staging.has(file.sha256) for file in found.files)


def test_a_recalled_document_that_is_sent_again_is_told_as_recalled(
    services: Services, tmp_path: Path
) -> None:
    good = packet(tmp_path, "again", document_id="VB-AGAIN")
    (made,) = sent(services, good)
    assert "edxml-recalled-before" not in {
        door_finding["code"] for door_finding in row(services, made).door_findings
    }
    sent(services, packet(tmp_path, "back", document_id="VB-AGAIN", errand="1", reason="Sai"))
    assert row(services, made).state is SubmissionState.WITHDRAWN
    (anew,) = sent(services, good)
    assert anew != made
    told = [
        door_finding
        for door_finding in row(services, anew).door_findings
        if door_finding["severity"] == "warning"
    ]
    (recalled,) = [entry for entry in told if entry["code"] == "edxml-recalled-before"]
    assert recalled["facts"]["reason"] == "Sai"
    today = f"{clock.local(clock.now()):%d/%m/%Y}"
    assert recalled["facts"]["recalled_on"] == today
    page = browser_of(create_app(services), services, "bach").get(f"/drafts/{anew}").text
    assert f"đã bị thu hồi ngày {today}" in page


def test_the_same_packet_twice_is_the_same_and_changed_bytes_are_named(
    services: Services, tmp_path: Path
) -> None:
    first = packet(tmp_path, "a", document_id="VB-2")
    (made,) = sent(services, first)
    assert sent(services, first) == [made]
    changed = packet(tmp_path / "other", "a", document_id="VB-2", subject="Về việc khác")
    (other,) = sent(services, changed)
    assert other != made
    told = [door_finding["code"] for door_finding in row(services, other).door_findings]
    assert "edxml-changed" in told


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (Enclosed("b.pdf", encoded="JVBERi0xL"), "edxml-attachment-length"),
        (Enclosed("b.pdf", encoded="JVBE!!!!"), "edxml-attachment-base64"),
        (Enclosed("b.pdf", brought=False), "edxml-attachment-absent"),
    ],
)
def test_a_broken_attachment_is_named_and_nothing_that_came_is_lost(
    services: Services, tmp_path: Path, spoilt: Enclosed, code: str
) -> None:
    whole = Enclosed("a.pdf", PDF + code.encode())
    file = packet(tmp_path, "hong", document_id=f"VB-{code}", attachments=[whole, spoilt])
    (made,) = sent(services, file)
    found = row(services, made)
    (told,) = [
        door_finding for door_finding in found.door_findings if door_finding["severity"] == "error"
    ]
    assert (told["code"], told["place"]) == (code, "b.pdf")
    kept = {submission_file.path: submission_file.sha256 for submission_file in found.files}
    assert set(kept) == {"a.pdf", "lich-su-xu-ly.txt", "hong.edxml"}
    with services.staging.open(kept["hong.edxml"]) as source:
        assert source.read() == file.read_bytes()
    assert sent(services, file) == [made], "sent again it is the same"


def test_a_folder_of_packets_takes_the_good_ones_and_names_the_bad(
    services: Services, tmp_path: Path
) -> None:
    packet(tmp_path / "in", "a", document_id="VB-3")
    packet(tmp_path / "in", "b", document_id="")
    packet(tmp_path / "in", "c", document_id="VB-4")
    with pytest.raises(PacketsRefusedError) as refused:
        sent(services, tmp_path / "in")
    assert refused.value.facts["names"] == ["b.edxml (edxml-without-id)"]
    with services.read_only() as session:
        names = select(Submission.package_id).where(Submission.package_id.in_(["VB-3", "VB-4"]))
        assert len(session.scalars(names).all()) == 2


def test_a_recall_before_acceptance_takes_the_bytes_and_leaves_the_data(
    services: Services, tmp_path: Path
) -> None:
    (made,) = sent(services, packet(tmp_path, "a", document_id="VB-5"))
    digests = [file.sha256 for file in row(services, made).files]
    recall = packet(
        tmp_path, "r", document_id="VB-5", errand="1", reason="Gửi nhầm", attachments=[]
    )
    assert sent(services, recall) == [made]
    found = row(services, made)
    assert (found.state, found.decision_reason) == (SubmissionState.WITHDRAWN, "Gửi nhầm")
    assert not any(services.staging.has(digest) for digest in digests)
    (kept,) = [one for one in recalls(services) if one.target == "VB-5"]
    assert (kept.kind, kept.state) == (RecallKind.RECALL, RecallState.GRANTED)
    assert [entry["sha256"] for entry in kept.digests] == digests
    assert kept.packet_sha256
    assert sent(services, recall) == [made], "the same recall again changes nothing"
    assert len([one for one in recalls(services) if one.target == "VB-5"]) == 1
    with services.read_only() as session:
        tags = session.scalars(
            select(AuditEvent.tag).where(AuditEvent.subject_id == str(made))
        ).all()
    assert "packet:recalled" in tags


def test_only_its_sender_takes_a_document_back(services: Services, tmp_path: Path) -> None:
    (made,) = sent(services, packet(tmp_path, "a", document_id="VB-6"))
    stranger = packet(
        tmp_path, "r", document_id="VB-6", errand="1", sender="000.00.99.H40", attachments=[]
    )
    with pytest.raises(PacketSenderError):
        sent(services, stranger)
    assert row(services, made).state is SubmissionState.DRAFT


def test_what_was_never_here_cannot_be_recalled(services: Services, tmp_path: Path) -> None:
    unknown = packet(tmp_path, "r", document_id="VB-0", errand="1", attachments=[])
    with pytest.raises(RecallTargetUnknownError):
        sent(services, unknown)


def test_a_replacement_before_acceptance_stands_in_the_place_of_the_old(
    services: Services, tmp_path: Path
) -> None:
    (old,) = sent(services, packet(tmp_path, "a", document_id="VB-7"))
    newer = packet(
        tmp_path, "b", document_id="VB-8", errand="3", replaced=["VB-7"], reason="Sai số"
    )
    ids = sent(services, newer)
    assert row(services, old).state is SubmissionState.WITHDRAWN
    (new,) = [identifier for identifier in ids if identifier != old]
    found = row(services, new)
    assert (found.state, found.follows_id) == (SubmissionState.DRAFT, old)
    fields = found.case_file().documents[0].fields
    assert (fields["relation"], fields["relatesTo"]) == ("replaces", "VB-7")


def in_custody(services: Services, document_id: str) -> None:
    """Let the first document of the open case file bear this identifier."""
    with services.writing() as session:
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        case_file.documents[0].doc_id = document_id


def test_a_recall_after_acceptance_waits_for_the_archive(
    services: Services, tmp_path: Path
) -> None:
    in_custody(services, "VB-9")
    recall = packet(tmp_path, "r", document_id="VB-9", errand="1", reason="Sai", attachments=[])
    (about,) = sent(services, recall)
    with services.read_only() as session:
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        assert about == case_file.id
        assert case_file.documents[0].recalled_at is None
    (asked,) = [one for one in recalls(services) if one.target == "VB-9"]
    assert (asked.state, asked.ordinal) == (RecallState.ASKED, 1)


def test_a_packet_for_a_case_file_in_custody_is_an_addition_to_it(
    services: Services, tmp_path: Path
) -> None:
    (made,) = sent(services, packet(tmp_path, "a", document_id="VB-10"), code=OPEN_CODE)
    found = row(services, made)
    assert (found.state, found.record_status) == (SubmissionState.RECEIVED, "SUPPLEMENT")
    assert found.code == OPEN_CODE


def test_an_update_of_an_addition_that_waits_is_that_addition(
    services: Services, tmp_path: Path
) -> None:
    page = [Enclosed("11.pdf", write_pdf(tmp_path / "11.pdf", words="Bản đầu").read_bytes())]
    first = packet(tmp_path, "a", document_id="VB-11", number="11", attachments=page)
    (made,) = sent(services, first, code=OPEN_CODE)
    do_all(services)
    page = [Enclosed("11.pdf", write_pdf(tmp_path / "11.pdf", words="Bản sửa").read_bytes())]
    told: dict[str, Any] = {"number": "11", "subject": "Bản sửa", "reason": "Sửa"}
    newer = packet(tmp_path, "b", document_id="VB-11", errand="2", attachments=page, **told)
    (again,) = {*sent(services, newer, code=OPEN_CODE)} - {made}
    assert row(services, made).state is SubmissionState.WITHDRAWN
    do_all(services)
    found = row(services, again)
    assert (found.record_status, found.follows_id) == ("SUPPLEMENT", made)
    assert "replacement-without-target" not in {finding.code for finding in found.findings}
    accept(services, again, actor=person(services, "lan"))


def test_other_documents_for_one_case_file_are_no_change_of_those_that_wait(
    services: Services, tmp_path: Path
) -> None:
    for number in ("43", "44"):
        path = packet(tmp_path, number, document_id=f"VB-{number}", number=number)
        (made,) = sent(services, path, code=OPEN_CODE)
        do_all(services)
    with services.read_only() as session:
        of_code = Submission.code == OPEN_CODE, Submission.record_status == "SUPPLEMENT"
        codes = set(session.scalars(select(FindingRow.code).join(Submission).where(*of_code)))
    assert not codes & {"changed-while-open", "newer-changed-waits"}
    changed = packet(tmp_path, "45", document_id="VB-44", number="44", subject="Khác")
    (again,) = sent(services, changed, code=OPEN_CODE)
    assert again != made
    assert "changed-while-open" in {
        door_finding["code"] for door_finding in row(services, again).door_findings
    }


def test_answers_tell_each_step_once_signed_and_are_fetched(
    services: Services, officer: Program, archivist: Program, tmp_path: Path
) -> None:
    content = PacketOf(document_id="VB-20", attachments=[Enclosed("a.pdf", PDF)]).xml()
    made = officer.post("/submissions", data=content, content_type="application/xml")
    assert made.status_code == 201
    body: Any = officer.get("/answers?state=waiting").json
    (told,) = [answer for answer in body["answers"] if answer["document_id"] == "VB-20"]
    assert (told["status"], told["recipient"]) == ("01", "000.00.12.H40")
    packet = officer.get(f"/answers/{told['id']}")
    assert packet.status_code == 200
    finder = SignatureFinder()
    read_events(io.BytesIO(packet.data), finder)
    report = check_signature(
        lambda: io.BytesIO(packet.data), finder.found[0], services.trust, at=clock.now()
    )
    assert (report.intact, report.valid, report.weak) == (True, True, False)
    assert report.algorithm == "rsa-sha256"
    root = etree.fromstring(packet.data)
    texts = {etree.QName(node).localname: node.text for node in root.iter() if node.text}
    assert (texts["StatusCode"], texts["DocumentId"]) == ("01", "VB-20")
    assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", texts["Timestamp"] or "")
    body = officer.get("/answers?state=waiting").json
    assert not [answer for answer in body["answers"] if answer["document_id"] == "VB-20"]
    recall = PacketOf(document_id="VB-20", errand="1", reason="Gửi nhầm").xml()
    assert officer.post("/submissions", data=recall, content_type="text/xml").status_code == 201
    assert put_into(services, tmp_path / "answers", account="bach") == 1
    (file,) = (tmp_path / "answers").iterdir()
    assert b"StatusCode>15<" in file.read_bytes()
    assert put_into(services, tmp_path / "answers", account="bach") == 0
    mine: Any = archivist.get("/answers").json
    assert mine["answers"] == [], "what another account sent is not told"


def test_a_return_is_told_with_its_reason(services: Services, tmp_path: Path) -> None:
    (made,) = sent(services, packet(tmp_path, "a", document_id="VB-21"))
    with services.writing() as session:
        submission = session.get_one(Submission, made)
        submission.state, submission.decision_reason = SubmissionState.RETURNED, "Thiếu phụ lục"
        submission.decided_at = clock.now()
    assert write_due(services) == 2
    assert write_due(services) == 0
    found = list_answers(services, actor=person(services, "bach"))
    told = {
        entry["status"]: entry["description"] for entry in found if entry["document_id"] == "VB-21"
    }
    assert told == {"01": "", "02": "Thiếu phụ lục"}


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        (Enclosed("phu-luc.pdf", encoded="JVBE!!!!"), "phu-luc.pdf"),
        (Enclosed("phu-luc.pdf", brought=False), "phu-luc.pdf"),
    ],
)
def test_a_packet_that_is_broken_is_refused_at_once_with_what_is_wrong(
    services: Services, tmp_path: Path, spoilt: Enclosed, words: str
) -> None:
    whole = Enclosed("van-ban.pdf", PDF)
    broken = packet(tmp_path, "a", document_id="VB-31", attachments=[whole, spoilt])
    (made,) = sent(services, broken)
    assert row(services, made).state is SubmissionState.RECEIVED
    work(services, until_empty=True)
    found = row(services, made)
    assert (found.state, found.decided_by) == (SubmissionState.RETURNED, "worker")
    assert words in found.decision_reason
    wrong = [finding for finding in found.findings if finding.severity is Severity.ERROR]
    assert not [
        finding.place for finding in wrong if finding.place.startswith(sheet_name("case-file"))
    ]
    of_packet = [finding for finding in wrong if finding.code.startswith("edxml-")]
    said = [messages.finding(finding.code, "vi", finding.facts).remedy for finding in of_packet]
    assert said  # what the finding asks for is what the answer asks for
    assert all(remedy in found.decision_reason for remedy in said)
    told = list_answers(services, actor=person(services, "bach"))
    assert ("02", found.decision_reason) in {
        (entry["status"], entry["description"]) for entry in told if entry["document_id"] == "VB-31"
    }
    mended = packet(tmp_path / "again", "a", document_id="VB-31", attachments=[whole])
    (again,) = sent(services, mended)
    assert (again != made, row(services, again).state) == (True, SubmissionState.DRAFT)


def test_a_packet_dropped_into_a_watched_folder_is_answered_there(
    services: Services, tmp_path: Path
) -> None:
    place = tmp_path / "drop"
    place.mkdir()
    packet(place, "a", document_id="VB-30")
    folder = DropFolder(
        place,
        services,
        lambda: person(services, "bach"),
        rules=DropRules(settle_s=0.0, rest_s=0.0, marker="XONG"),
        tell=lambda *_told: None,
    )
    assert folder.look() == 0
    assert write_due(services) == 1
    folder.look()
    (answer,) = (place / "answers").iterdir()
    assert b"VB-30" in answer.read_bytes()
