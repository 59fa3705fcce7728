"""Packets that rows of a spreadsheet name as files: read as each would be alone."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.domain.intake.delivery import DeliveryRefusal
from archive_service.domain.intake.submission import Submission, SubmissionState
from ingest.channels.bulk import open_bulk
from ingest.deliveries.plan import open_plan
from ingest.deliveries.take_in import Tools, begin_delivery, iter_taken, tell_plan
from tests.worlds.door import Door, case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.bulk import code_of
from tests.worlds.ingest.edxml import Enclosed, PacketOf

OWN = ("typeName", "codeNumber", "codeNotation", "issuedDate", "organName", "subject")
NOTHING = dict.fromkeys(OWN, "")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "dot-1" / "001").mkdir(parents=True)
    return tmp_path / "dot-1"


def packet(place: Path, name: str, **told: Any) -> Path:
    pdf = write_pdf(place / "mau.pdf")
    content = pdf.read_bytes()
    pdf.unlink()
    attachments = told.pop("attachments", [Enclosed("cong-van.pdf", content)])
    target = place / name
    target.write_bytes(PacketOf(attachments=attachments, **told).xml())
    return target


def listed(place: Path, *documents: dict[str, Any], count: int = 1) -> None:
    cases = [case_row(code_of(number)) for number in range(1, count + 1)]
    write_sheet(place / "danh-sach.xlsx", cases, documents)


def delivered(door: Door, place: Path) -> list[DeliveryRefusal]:
    tools = Tools(door.database, door.staging, door.jobs, door.limits, door.trust)
    with (
        open_bulk(place, place.name, door.limits, channel="folder") as bulk,
        open_plan(bulk.sheet, bulk.sheet_name, bulk.entries, door.limits) as plan,
    ):
        made, _ = begin_delivery(
            bulk, place=str(place), channel="folder", actor=door.officer, tools=tools
        )
        tell_plan(made, plan, database=door.database)
        for _ in iter_taken(made, bulk, plan, tools=tools):
            pass
    with door.database.read_only() as session:
        rows = list(session.scalars(select(DeliveryRefusal).order_by(DeliveryRefusal.ordinal)))
        session.expunge_all()
        return rows


def codes(submission: Submission) -> list[str]:
    return [door_finding["code"] for door_finding in submission.door_findings]


def test_a_row_takes_files_data_and_history_from_its_packet(door: Door, place: Path) -> None:
    sent = packet(place, "001/vb.edxml", document_id="VB-1")
    listed(place, document_row("001/vb.edxml", code_of(1), **NOTHING))
    assert delivered(door, place) == []
    (made,) = door.submissions()
    assert [file.path for file in made.files] == [
        "001/vb/cong-van.pdf", "001/vb/lich-su-xu-ly.txt", "001/vb/vb.edxml",
    ]  # fmt: skip
    (document,) = made.case_file().documents
    assert [file.standing for file in document.files] == ["main", "process"]
    assert document.fields["docId"] == "VB-1"
    assert document.fields["subject"] == "Về việc giao nộp hồ sơ năm 2025"
    assert made.files[2].sha256 == hashlib.sha256(sent.read_bytes()).hexdigest()
    assert [file.path for file in made.unnamed_files()] == ["001/vb/vb.edxml"]
    assert all(door.staging.has(file.sha256) for file in made.files)
    assert {"edxml-received", "edxml-unsigned"} <= set(codes(made))
    checked = door.check(made.id)
    assert checked.state is SubmissionState.CHECKED
    assert not [finding.code for finding in checked.findings if finding.code == "file-missing"]


def test_a_row_prevails_over_its_packet_and_the_difference_is_told(door: Door, place: Path) -> None:
    packet(place, "001/vb.edxml", number="15")
    listed(place, document_row("001/vb.edxml", code_of(1), codeNumber="16"))
    assert delivered(door, place) == []
    (made,) = door.submissions()
    assert made.case_file().documents[0].fields["codeNumber"] == "16"
    assert "edxml-row-differs" in codes(made)


def test_what_is_broken_in_a_packet_is_a_finding_and_the_row_is_received(
    door: Door, place: Path
) -> None:
    cut = Enclosed("phu-luc.pdf", encoded="JVBERi0xL")
    packet(place, "001/vb.edxml", attachments=[Enclosed("cong-van.pdf", b"%PDF-1.7"), cut])
    listed(place, document_row("001/vb.edxml", code_of(1)))
    assert delivered(door, place) == []
    (made,) = door.submissions()
    (found,) = [
        door_finding
        for door_finding in made.door_findings
        if door_finding["code"] == "edxml-attachment-length"
    ]
    assert found["place"] == "001/vb.edxml: phu-luc.pdf"
    assert made.files[0].path == "001/vb/cong-van.pdf"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"<edXML", "edxml-unknown"), (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "xml-forbidden")],
)
def test_one_bad_packet_refuses_its_row_and_stops_no_other(
    door: Door, place: Path, content: bytes, reason: str
) -> None:
    (place / "001" / "bad.edxml").write_bytes(content)
    packet(place, "001/good.edxml")
    listed(
        place,
        document_row("001/bad.edxml", code_of(1)),
        document_row("001/good.edxml", code_of(2)),
        count=2,
    )
    (refused,) = delivered(door, place)
    assert (refused.code, refused.findings[0]["code"]) == (code_of(1), "edxml-row-unreadable")
    assert refused.findings[0]["facts"]["reason"] == reason
    assert [submission.code for submission in door.submissions()] == [code_of(2)]


def test_a_recall_is_no_document_of_a_case_file(door: Door, place: Path) -> None:
    packet(place, "001/vb.edxml", errand="1", document_id="VB-9", attachments=[])
    listed(place, document_row("001/vb.edxml", code_of(1)))
    (refused,) = delivered(door, place)
    assert refused.findings[0]["code"] == "edxml-row-recall"
    assert refused.findings[0]["facts"]["target"] == "VB-9"
    assert door.submissions() == []
    assert door.staged() == set()


def test_a_replacement_says_what_it_replaces(door: Door, place: Path) -> None:
    packet(place, "001/vb.edxml", errand="3", document_id="VB-2", replaced=["VB-1"])
    listed(place, document_row("001/vb.edxml", code_of(1), **NOTHING))
    delivered(door, place)
    fields = door.submissions()[0].case_file().documents[0].fields
    assert (fields["relation"], fields["relatesTo"]) == ("replaces", "VB-1")


def test_another_digest_than_the_row_says_refuses_it(door: Door, place: Path) -> None:
    packet(place, "001/vb.edxml")
    listed(place, document_row("001/vb.edxml", code_of(1), sha256="0" * 64))
    (refused,) = delivered(door, place)
    assert [finding["code"] for finding in refused.findings] == ["checksum-differs"]


def test_the_same_delivery_again_doubles_nothing(door: Door, place: Path) -> None:
    packet(place, "001/vb.edxml")
    listed(place, document_row("001/vb.edxml", code_of(1)))
    delivered(door, place)
    before = door.staged()
    delivered(door, place)
    assert len(door.submissions()) == 1
    assert door.staged() == before


def test_in_a_folder_submitted_at_once_a_packet_beside_other_files_is_an_annex(
    door: Door, place: Path
) -> None:
    write_pdf(place / "001" / "1.pdf")
    packet(place, "001/vb.edxml")
    listed(place, document_row("001/1.pdf; 001/vb.edxml", code_of(1)))
    (made,) = map(door.submission, door.receive(place))
    (document,) = made.case_file().documents
    assert [(file.path, file.standing) for file in document.files][:2] == [
        ("001/1.pdf", "main"), ("001/vb/cong-van.pdf", "annex"),
    ]  # fmt: skip
