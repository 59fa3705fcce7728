"""Several edXML packets of one case file: one draft, each answered; replaced where they stand."""

import datetime as dt
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.case_files.recall import (
    Recall,
    RecallTargetGoneError,
    RecallTargetReplacedError,
)
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from ingest.acceptance.acts import AcceptReasonError
from ingest.answers.late import late_answers
from ingest.answers.packet_answers import fetch, list_answers, write_due
from ingest.drafts import acts as drafts_acts
from ingest.edxml.packets import PacketElsewhereError
from ingest.submissions.acts import accept, submit, withdraw
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.edxml import SENDER, Enclosed, PacketOf

CODE = "000.00.18.H40.2025.{}.GOI"


def packet(folder: Path, name: str, **told: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    content = write_pdf(folder / "mau.pdf").read_bytes() + f"\n%% {told}".encode()
    (folder / "mau.pdf").unlink()
    target = folder / f"{name}.edxml"
    target.write_bytes(PacketOf(attachments=[Enclosed("van-ban.pdf", content)], **told).xml())
    return target


def sent(services: Services, path: Path, code: str = "", name: str = "bach") -> list[UUID]:
    return submit(path, actor=person(services, name), services=services, code=code)


def row(services: Services, submission_id: UUID) -> Submission:
    with services.read_only() as session:
        found = session.get_one(Submission, submission_id)
        assert found.files is not None
        assert found.packets is not None
        assert found.findings is not None
        return found


def of_code(services: Services, code: str) -> list[UUID]:
    with services.read_only() as session:
        return list(session.scalars(select(Submission.id).where(Submission.code == code)))


def ids_of(found: Submission) -> list[str]:
    return [document.fields["docId"] for document in found.case_file().documents]


def told_to(services: Services, document_id: str) -> list[str]:
    write_due(services)
    found = list_answers(services, actor=person(services, "bach"))
    return [entry["status"] for entry in found if entry["document_id"] == document_id]


def in_a_sheet(services: Services, folder: Path, code: str, *ids: str) -> UUID:
    """A checked submission whose documents came as files of a folder with its sheet."""
    folder.mkdir()
    rows = []
    for number, doc_id in enumerate(ids, start=1):
        file = write_pdf(folder / f"{number}.pdf")
        file.write_bytes(file.read_bytes() + f"\n%% {code} {number}\n".encode())
        own = {"docId": doc_id, "codeNumber": str(number), "subject": f"Văn bản {number}"}
        rows.append(document_row(f"{number}.pdf", code, **own))
    write_sheet(folder / "ho-so.xlsx", [case_row(code, totalDoc=str(len(ids)))], rows)
    (made,) = sent(services, folder)
    do_all(services)
    assert row(services, made).state is SubmissionState.CHECKED
    return made


def test_packets_of_one_code_are_documents_of_one_draft_in_the_order_of_their_issue(
    services: Services, tmp_path: Path
) -> None:
    code = CODE.format(501)
    late = packet(tmp_path / "in", "a", document_id="T-3", issued="2025/09/03", number="33")
    packet(tmp_path / "in", "b", document_id="T-1", issued="2025/07/01", number="11")
    early = packet(tmp_path / "in", "c", document_id="T-2", issued="2025/08/02", number="22")
    (made,) = sent(services, tmp_path / "in", code)
    found = row(services, made)
    assert (found.state, found.code, found.document_count) == (SubmissionState.DRAFT, code, 3)
    assert of_code(services, code) == [made]
    assert ids_of(found) == ["T-1", "T-2", "T-3"]
    for document in found.case_file().documents:
        assert [file.standing for file in document.files] == ["main", "process"]
    assert len({file.path for file in found.files}) == 9
    assert all(services.staging.has(file.sha256) for file in found.files)
    assert sent(services, late, code) == [made], "the same again is the same"
    assert sent(services, early, code) == [made]
    assert row(services, made).document_count == 3
    with services.read_only() as session:
        tags = select(AuditEvent.tag).where(AuditEvent.subject_id == str(made))
        assert list(session.scalars(tags)).count("packet:joined") == 2
    for document_id in ("T-1", "T-2", "T-3"):
        assert told_to(services, document_id) == ["01"], "each sender is answered"


def test_packets_of_one_name_lie_in_folders_that_tell_which_is_which(
    services: Services, tmp_path: Path
) -> None:
    code = CODE.format(521)
    for number in ("71", "72", "73"):
        told = {"document_id": f"N-{number}", "number": number, "notation": "BC/SCT"}
        (made,) = sent(services, packet(tmp_path / number, "package", **told), code)
    folders = {
        file.path.partition("/")[0] for file in row(services, made).files if "/" in file.path
    }
    assert folders == {"package 72 BC-SCT", "package 73 BC-SCT"}


def test_each_packet_is_answered_with_the_time_at_which_it_came_itself(
    services: Services, tmp_path: Path
) -> None:
    code, bach = CODE.format(513), person(services, "bach")
    (made,) = sent(services, packet(tmp_path / "1", "a", document_id="TG-1"), code)
    between = clock.now()
    assert sent(services, packet(tmp_path / "2", "b", document_id="TG-2"), code) == [made]
    write_due(services)
    found = {answer["document_id"]: answer for answer in list_answers(services, actor=bach)}
    assert found["TG-1"]["at"] < clock.iso(between) < found["TG-2"]["at"]
    program = program_of(create_app(services), services, "bach")
    told = program.get(f"/submissions/{made}").get_json()
    came = {one["document_id"]: one["received_at"] for one in told["packets"]}
    assert came["TG-1"] == told["received_at"] < clock.iso(between) < came["TG-2"]
    signed = fetch(services, UUID(found["TG-2"]["id"]), actor=bach).decode()
    (written,) = re.findall(r"Timestamp>([^<]+)<", signed)
    assert written >= f"{clock.local(between):%Y/%m/%d %H:%M:%S}"


def test_an_order_that_a_person_made_stays_and_the_next_packet_stands_last(
    services: Services, tmp_path: Path
) -> None:
    code, bach = CODE.format(502), person(services, "bach")
    packet(tmp_path / "in", "a", document_id="O-1", issued="2025/07/01")
    packet(tmp_path / "in", "b", document_id="O-2", issued="2025/08/01", number="16")
    (made,) = sent(services, tmp_path / "in", code)
    shown = drafts_acts.show(services, made, actor=bach)
    drafts_acts.arrange(
        services, made, lambda declared, _: declared.documents.reverse(), seen=shown.order,
        actor=bach,
    )  # fmt: skip
    sent(services, packet(tmp_path, "c", document_id="O-0", issued="2025/01/01"), code)
    assert ids_of(row(services, made)) == ["O-2", "O-1", "O-0"]
    with services.read_only() as session:
        sources = session.get_one(Draft, made).sources
    assert "packet" in {sources[key] for key in sources if key.startswith("3.")}


def test_the_same_packet_under_another_code_is_named_and_nothing_is_doubled(
    services: Services, tmp_path: Path
) -> None:
    first = packet(tmp_path, "a", document_id="K-1")
    (made,) = sent(services, first, CODE.format(503))
    with pytest.raises(PacketElsewhereError) as refused:
        sent(services, first, CODE.format(504))
    assert (refused.value.facts["code"], refused.value.facts["id"]) == (CODE.format(503), made)
    assert of_code(services, CODE.format(504)) == []
    assert sent(services, first) == [made], "without a code it is the same"


def test_a_changed_packet_stays_a_draft_of_its_own_and_is_named(
    services: Services, tmp_path: Path
) -> None:
    code = CODE.format(505)
    (made,) = sent(services, packet(tmp_path / "1", "a", document_id="C-1"), code)
    changed = packet(tmp_path / "2", "a", document_id="C-1", subject="Về việc khác")
    (other,) = sent(services, changed, code)
    assert other != made
    assert "edxml-changed" in [
        door_finding["code"] for door_finding in row(services, other).door_findings
    ]


def test_a_document_that_is_taken_out_of_a_draft_takes_its_packet_along(
    services: Services, tmp_path: Path
) -> None:
    code, bach = CODE.format(511), person(services, "bach")
    packet(tmp_path / "in", "a", document_id="D-1")
    second = packet(tmp_path / "in", "b", document_id="D-2", number="16", issued="2025/08/02")
    (made,) = sent(services, tmp_path / "in", code)
    drafts_acts.remove(services, made, actor=bach, row=2)
    found = row(services, made)
    assert [submission_packet.document_id for submission_packet in found.packets] == ["D-1"]
    assert {file.path for file in found.files} == {"van-ban.pdf", "lich-su-xu-ly.txt", "a.edxml"}
    (elsewhere,) = sent(services, second, CODE.format(512))
    assert elsewhere != made, "it belongs to another case file"


def test_a_recall_takes_one_packet_out_of_the_draft_that_holds_several(
    services: Services, tmp_path: Path
) -> None:
    code = CODE.format(506)
    first = packet(tmp_path / "in", "a", document_id="R-1")
    packet(tmp_path / "in", "b", document_id="R-2", number="16", issued="2025/08/02")
    (made,) = sent(services, tmp_path / "in", code)
    (about,) = sent(services, packet(tmp_path, "r", document_id="R-1", errand="1", reason="Sai"))
    found = row(services, made)
    assert (about, found.state) == (made, SubmissionState.DRAFT)
    assert ids_of(found) == ["R-2"]
    assert [submission_packet.document_id for submission_packet in found.packets] == ["R-2"]
    received = [
        door_finding
        for door_finding in found.door_findings
        if door_finding["code"] == "edxml-received"
    ]
    assert [entry["facts"]["document_id"] for entry in received] == ["R-2"]
    assert {file.path.partition("/")[0] for file in found.files} == {"b 16 CV-SNV"}
    assert sent(services, first, code) == [made], "sent again it comes back, and is named"
    again = row(services, made)
    assert ids_of(again) == ["R-1", "R-2"]
    assert "edxml-recalled-before" in [door_finding["code"] for door_finding in again.door_findings]


def test_packets_that_rows_name_get_the_answers_of_packets_that_come_alone(
    services: Services, tmp_path: Path
) -> None:
    code, place = CODE.format(507), tmp_path / "in"
    packet(place / "001", "x", document_id="H-1")
    packet(place / "001", "y", document_id="H-2", number="16")
    rows = [document_row(f"001/{name}.edxml", code, codeNumber="") for name in ("x", "y")]
    write_sheet(place / "ho-so.xlsx", [case_row(code)], rows)
    (made,) = sent(services, place)
    assert told_to(services, "H-1") == told_to(services, "H-2") == ["01"]
    do_all(services)
    assert row(services, made).state is SubmissionState.CHECKED
    assert told_to(services, "H-1") == told_to(services, "H-2") == ["01", "05"]
    found = list_answers(services, actor=person(services, "bach"))
    assert {entry["recipient"] for entry in found if entry["document_id"] == "H-2"} == {SENDER}
    assert sent(services, place / "001" / "x.edxml") == [made], "alone it is the same packet"


def test_a_replacement_stands_in_the_place_of_one_of_several_documents(
    services: Services, tmp_path: Path
) -> None:
    code = CODE.format(508)
    made = in_a_sheet(services, tmp_path / "ho-so", code, "000.00.12.H40,2025/01/01,1/A", "S-2")
    old = {file.path: file.sha256 for file in row(services, made).files}
    target = "000.00.12.H40,2025/01/01,1/A"
    newer = packet(
        tmp_path, "b", document_id="S-9", errand="3", replaced=[target], reason="Sai số"
    )  # fmt: skip
    assert sent(services, newer) == [made]
    found = row(services, made)
    assert (found.state, ids_of(found)) == (SubmissionState.RECEIVED, ["S-9", "S-2"])
    assert (found.document_count, found.case_file().fields["totalDoc"]) == (2, "2")
    assert not services.staging.has(old["1.pdf"])
    assert sent(services, newer) == [made], "the same again changes nothing"
    assert ids_of(row(services, made)) == ["S-9", "S-2"]
    do_all(services)
    checked = row(services, made)
    assert checked.state is SubmissionState.CHECKED
    assert "open-replacement" in {finding.code for finding in checked.findings}
    assert "file-missing" not in {finding.code for finding in checked.findings}
    assert {"01", "15"} <= set(told_to(services, "S-9"))
    withdraw(services, made, actor=person(services, "bach"))


def test_an_update_of_a_document_that_stands_in_two_case_files_is_answered_once(
    services: Services, tmp_path: Path
) -> None:
    for number in (514, 515):
        in_a_sheet(services, tmp_path / str(number), CODE.format(number), "HAI-1", f"R-{number}")
    newer = packet(
        tmp_path, "b", document_id="HAI-2", errand="2", replaced=["HAI-1"], reason="Sửa"
    )  # fmt: skip
    sent(services, newer)
    with services.read_only() as session:
        asked = session.scalars(select(Recall).where(Recall.target == "HAI-1")).all()
    assert len(asked) == 2
    assert told_to(services, "HAI-2").count("15") == 1
    now = clock.now() + dt.timedelta(days=30)
    with services.read_only() as session:
        late = late_answers(session, lambda moment: moment, now)
    assert not {str(recall.id) for recall in asked} & set(late)
    assert "HAI-1" not in {one.code for one in late.values()}


def test_a_recall_of_what_was_replaced_or_recalled_before_says_so(
    services: Services, tmp_path: Path
) -> None:
    sent(services, packet(tmp_path, "a", document_id="CU-1"))
    sent(
        services,
        packet(tmp_path, "b", document_id="CU-2", errand="3", replaced=["CU-1"], reason="Sai"),
    )
    with pytest.raises(RecallTargetReplacedError) as refused:
        sent(services, packet(tmp_path, "c", document_id="CU-1", errand="1", reason="Thôi"))
    assert refused.value.facts["successor"] == "CU-2"
    first = packet(tmp_path, "d", document_id="CU-2", errand="1", reason="Thôi")
    assert sent(services, first) == sent(services, first)
    with pytest.raises(RecallTargetGoneError):
        sent(services, packet(tmp_path, "e", document_id="CU-2", errand="1", reason="Lại"))


def test_what_replaces_a_document_that_never_came_says_so_once(
    services: Services, tmp_path: Path
) -> None:
    newer = packet(tmp_path, "a", document_id="LA-2", errand="3", replaced=["LA-1"], reason="Sai")
    (made,) = sent(services, newer, CODE.format(516))
    assert sent(services, newer, CODE.format(516)) == [made]
    told = [door_finding["code"] for door_finding in row(services, made).door_findings]
    assert told.count("edxml-target-unknown") == 1


def test_an_update_takes_the_place_of_the_same_document_of_a_draft(
    services: Services, tmp_path: Path
) -> None:
    code = CODE.format(509)
    (made,) = sent(services, packet(tmp_path / "1", "a", document_id="U-1"), code)
    newer = packet(
        tmp_path / "2", "a", document_id="U-1", errand="2", subject="Bản sửa", reason="Sửa"
    )  # fmt: skip
    assert sent(services, newer) == [made]
    found = row(services, made)
    (document,) = found.case_file().documents
    assert (found.state, found.code) == (SubmissionState.DRAFT, code)
    assert document.fields["subject"] == "Bản sửa"
    assert len(found.files) == 3
    assert all(services.staging.has(file.sha256) for file in found.files)


def test_a_replacement_that_is_broken_leaves_the_old_document_where_it_is(
    services: Services, tmp_path: Path
) -> None:
    made = in_a_sheet(services, tmp_path / "ho-so", CODE.format(510), "VB-CU", "VB-KHAC")
    broken = tmp_path / "b.edxml"
    spoilt = [Enclosed("a.pdf", b"%PDF-1.7"), Enclosed("b.pdf", encoded="JVBE!!!!")]
    content = PacketOf(
        attachments=spoilt, document_id="VB-MOI", errand="3", replaced=["VB-CU"], reason="Sai"
    )
    broken.write_bytes(content.xml())
    (other,) = sent(services, broken)
    assert other != made
    assert ids_of(row(services, made)) == ["VB-CU", "VB-KHAC"]


def test_what_was_recalled_before_is_accepted_for_a_reason_alone(
    services: Services, tmp_path: Path
) -> None:
    code, place, lan = "H40.18.2025.11.GOI", tmp_path / "in", person(services, "lan")
    packet(place / "001", "x", document_id="A-1")
    write_sheet(place / "ho-so.xlsx", [case_row(code)], [document_row("001/x.edxml", code)])
    (first,) = sent(services, place)
    sent(services, packet(tmp_path, "r", document_id="A-1", errand="1", reason="Gửi nhầm"))
    assert row(services, first).state is SubmissionState.WITHDRAWN
    (made,) = sent(services, place)
    do_all(services)
    checked = row(services, made)
    assert "edxml-recalled-before" in {finding.code for finding in checked.findings}
    page = browser_of(create_app(services), services, "lan")
    assert 'id="accept-dialog"' in page.get(f"/desk/{made}").text
    with pytest.raises(AcceptReasonError):
        accept(services, made, actor=lan)
    assert row(services, made).state is SubmissionState.CHECKED
    answer = post(page, f"/submissions/{made}/accept", reason="Bên gửi xác nhận  gửi lại")
    assert answer.status_code == 303
    assert row(services, made).decision_reason == "Bên gửi xác nhận gửi lại"
    with services.read_only() as session:
        events = select(AuditEvent.data).where(
            AuditEvent.subject_id == str(made), AuditEvent.tag == "submission:accepted"
        )
        (data,) = session.scalars(events)
    assert data["reason"] == "Bên gửi xác nhận gửi lại"
