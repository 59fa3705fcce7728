"""The file of a destruction from due to certificate: papers at their step; a lie is found."""

import datetime as dt
import json
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.disposition import PAPER, Disposition, DispositionPaper
from archive_service.domain.retention.removal import Removal
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Meeting
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval, ListShown, Review
from retention.disposition.papers.acts import make_papers
from retention.disposition.papers.certificate import INCIDENT
from retention.disposition.papers.given import SignatureIn
from retention.disposition.papers.reading import (
    DispositionPaperAskedError,
    DispositionPaperFormError,
    DispositionPaperMissingError,
    ask_signature,
    compare_anew,
    papers_of,
    read_paper,
    signers_of,
    write_certificate,
    write_form,
)
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.destroyed import approved, carried_out, open_due
from tests.worlds.retention.dispositions import HEAD, SEATS, heard, met, otp_of, reviewed, submitted

BOTH = (OPEN_CODE, RESTRICTED_CODE)
BEFORE = ["list", "explanation", "council-decision", "minutes"]


@pytest.fixture
def due(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, str]]:
    with open_due(held_home, tmp_path / "home", *BOTH) as opened:
        yield opened


def forms(services: Services, row: UUID) -> list[tuple[str, int | None]]:
    told = papers_of(services, row, actor=OPERATOR)
    return [(entry["form"], entry["edition"]) for entry in told if not entry["due"]]


def words_of(services: Services, row: UUID, form: str) -> str:
    _, data = read_paper(services, row, form, actor=OPERATOR)
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())


def test_each_step_makes_its_papers_and_all_are_pdf_a(
    due: tuple[Services, str], tmp_path: Path, tools: ModuleType
) -> None:
    services, secret = due
    row = submitted(services, *BOTH)
    assert forms(services, row) == [(form, 1) for form in BEFORE]
    row = carried_out_from(services, row, secret)
    told = papers_of(services, row, actor=OPERATOR)
    assert [entry["form"] for entry in told] == [
        *BEFORE, "decision", "handing-over", "destruction", "certificate",
    ]  # fmt: skip
    assert not any(entry["due"] for entry in told)
    files = []
    for entry in told:
        name, data = read_paper(services, row, entry["form"], actor=person(services, "lan"))
        files.append(tmp_path / name)
        files[-1].write_bytes(data)
    assert all(verdict.passed for verdict in tools.verapdf(files))
    trust = services.trust
    signed = [
        file.name
        for file in files
        if [inspect_signature for inspect_signature in inspect_signatures(file, trust)]
    ]
    assert [name.rpartition("-01-")[0] for name in signed] == [
        "list", "explanation", "handing-over", "destruction", "certificate",
    ]  # fmt: skip
    assert "Hủy 02 hồ sơ (hai hồ sơ)" in words_of(services, row, "decision")
    minutes = words_of(services, row, "destruction")
    assert OPEN_CODE in minutes
    assert "sao lưu" not in minutes  # there never was a backup


def found_again(told: dict[str, Any]) -> list[tuple[str, str, int]]:
    again = [
        (case_file["code"], place["place"], place["count"])
        for case_file in told["comparison"]["case_files"]
        for place in case_file["places"]
        if place["now"] == "found-again"
    ]
    assert told["comparison"]["found_again"] == len(again)
    return again


def carried_out_from(services: Services, row: UUID, secret: str) -> UUID:
    head = person(services, HEAD)
    decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret), number="41/QĐ-SCT"), actor=head
    )
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    return row


def test_a_paper_is_made_once_and_anew_only_while_the_list_is_not_submitted(
    due: tuple[Services, str],
) -> None:
    services, _ = due
    row = reviewed(services, *BOTH)
    assert make_papers(services, row) == ["list", "explanation"]
    assert make_papers(services, row) == []
    lan = person(services, "lan")
    said = {OPEN_CODE: Verdict.parse("destroy")}
    disposition_acts.review(services, row, Review(outcomes={}, reason="Lý do khác"), actor=lan)
    assert make_papers(services, row) == ["explanation"]
    disposition_acts.review(services, row, Review(outcomes=said, reason="Lý do khác"), actor=lan)
    assert make_papers(services, row) == ["list", "explanation"], "which names the list"
    heard(services, row)
    assert make_papers(services, row) == ["council-decision", "minutes"]
    council_acts.set_up(services, row, [], Meeting(minutes="Ghi lại."), actor=lan)
    disposition_acts.submit(services, row, ListShown(), actor=lan)
    assert forms(services, row) == [
        ("list", 2), ("explanation", 3), ("council-decision", 1), ("minutes", 2),
    ]  # fmt: skip
    numbers = [paper["number"] for paper in papers_of(services, row, actor=OPERATOR)]
    assert numbers == ["02/DMH-LT", "03/TMH-LT", "15/QĐ-VP", "02/BBH-HĐ"]
    assert "Ghi lại." in words_of(services, row, "minutes")
    with services.read_only() as session:
        tag = AuditEvent.tag == "disposition:paper-made"
        assert len(session.scalars(select(AuditEvent).where(tag)).all()) == 8


def test_list_and_explanation_are_there_for_the_council_before_it_meets(
    due: tuple[Services, str],
) -> None:
    services, _ = due
    row, lan = reviewed(services, *BOTH), person(services, "lan")
    appointed = replace(met(), met_on=None, minutes=None)
    council_acts.set_up(services, row, SEATS, appointed, actor=lan)
    work(services, until_empty=True)
    made = [("list", 1), ("explanation", 1), ("council-decision", 1)]
    assert forms(services, row) == made
    heard(services, row)
    work(services, until_empty=True)
    disposition_acts.submit(services, row, ListShown(), actor=lan)
    assert forms(services, row) == [*made, ("minutes", 1)]


def test_numbers_have_no_gap_and_no_double_after_a_rebuild(due: tuple[Services, str]) -> None:
    services, _ = due
    first = reviewed(services, OPEN_CODE)
    make_papers(services, first)
    rebuild(services, actor=OPERATOR)
    assert forms(services, first) == [("list", 1), ("explanation", 1)]
    assert "01/DMH-LT" in words_of(services, first, "list")
    second = reviewed(services, RESTRICTED_CODE)
    make_papers(services, second)
    told = papers_of(services, second, actor=OPERATOR)
    assert [entry["number"] for entry in told] == ["02/DMH-LT", "02/TMH-LT"]


def test_only_the_list_is_a_workbook_as_well(due: tuple[Services, str]) -> None:
    import openpyxl

    services, _ = due
    row = reviewed(services, *BOTH)
    with pytest.raises(DispositionPaperMissingError):
        read_paper(services, row, "list", actor=OPERATOR)
    make_papers(services, row)
    name, data = write_form(services, row, "list", "xlsx", actor=OPERATOR)
    assert name == f"list-01-{clock.today().year}.xlsx"
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    cells = [cell.value for line in sheet.iter_rows() for cell in line]
    assert OPEN_CODE in cells
    _, data = write_form(services, row, "list", "docx", actor=OPERATOR)
    assert data.startswith(b"PK")
    with pytest.raises(DispositionPaperFormError):
        write_form(services, row, "explanation", "xlsx", actor=OPERATOR)


def test_the_certificate_agrees_with_the_living_system(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = carried_out(services, secret, *BOTH)
    lan = person(services, "lan")
    told = write_certificate(services, row, tmp_path / "certificate.json", actor=lan)
    assert json.loads((tmp_path / "certificate.json").read_text("utf-8")) == told
    certificate, found = told["certificate"], told["comparison"]
    assert (certificate["provisional"], certificate["open"]) == (False, 0)
    assert (found["found_again"], found["open"], found["data_intact"]) == (0, 0, True)
    pairs = {
        (at["said"], at["now"]) for case_file in found["case_files"] for at in case_file["places"]
    }
    assert pairs == {("gone", "gone"), ("never", "never")}
    (one, _) = certificate["case_files"]
    assert {place["place"] for place in one["places"]} >= {
        "copy:kho1", "index", "queue", "rows", "staging", "backup-keys", "database-file",
    }  # fmt: skip
    assert one["versions"] >= 1
    copies = [place for place in one["places"] if place["place"].startswith("copy:")]
    assert all(place["proof"]["found"] > 0 == place["proof"]["left"] for place in copies)
    assert [act["act"] for act in certificate["approvals"]] == [
        "review", "submit", "approve", "execute",
    ]  # fmt: skip
    write_certificate(services, row, tmp_path / "certificate.pdf", actor=lan)
    (report,) = inspect_signatures(tmp_path / "certificate.pdf", services.trust)
    assert report.trusted
    assert told["certificate_sha256"] in words_of(services, row, "certificate")


def incidents(services: Services) -> list[Incident]:
    with services.read_only() as session:
        return list(session.scalars(select(Incident).where(Incident.kind == INCIDENT)))


def test_a_certificate_that_lies_is_found(due: tuple[Services, str]) -> None:
    services, secret = due
    row = carried_out(services, secret, *BOTH)
    with services.read_only() as session:
        removal = session.scalars(select(Removal).where(Removal.code == OPEN_CODE)).one()
    stored = services.settings.home / "kho1" / object_root(removal.ocfl_id) / "v1" / "content"
    stored.mkdir(parents=True)
    (stored / "byte.pdf").write_bytes(b"%PDF-")
    told = compare_anew(services, row, actor=OPERATOR)
    assert found_again(told) == [(OPEN_CODE, "copy:kho1", 1)]
    (incident,) = incidents(services)
    assert (incident.subject, incident.facts) == (
        told["certificate"]["disposition"]["number"],
        {"disposition": str(row), "count": 1, "codes": OPEN_CODE},
    )
    shutil.rmtree(stored.parents[1])
    away = services.settings.home / "kho1"
    away.rename(away.with_name("away"))  # a look that a place does not answer closes nothing
    compare_anew(services, row, actor=OPERATOR)
    assert [one.closed_at for one in incidents(services)] == [None]
    away.with_name("away").rename(away)
    assert found_again(compare_anew(services, row, actor=OPERATOR)) == []
    assert [one.closed_at is None for one in incidents(services)] == [False]


def test_bytes_that_come_back_into_staging_are_known_again(due: tuple[Services, str]) -> None:
    services, secret = due
    data = b"%PDF-1.7 came back"
    digests = list(services.staging.iter_digests())
    kept = {digest: services.staging.open(digest).read() for digest in digests}
    row = carried_out(services, secret, *BOTH)
    gone = {digest for digest in digests if not services.staging.has(digest)}
    services.staging.receive(BytesIO(data))
    assert compare_anew(services, row, actor=OPERATOR)["comparison"]["found_again"] == 0
    (document,) = {kept[digest] for digest in gone if kept[digest].startswith(b"%PDF")}
    services.staging.receive(BytesIO(document))  # the rest of a package others may have as well
    found = compare_anew(services, row, actor=OPERATOR)["comparison"]
    assert found["found_again"] >= 1


def test_a_certificate_with_an_open_item_is_provisional_and_issued_anew_when_it_closes(
    due: tuple[Services, str],
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    with services.writing() as session:
        list_ = session.get_one(Disposition, row)
        item = next(
            disposition_item
            for disposition_item in list_.items
            if disposition_item.code == OPEN_CODE
        )
        item.paper = "Kho 1, giá 2, hộp 3"
    lan = person(services, "lan")
    execution.execute(services, row, ListShown(), actor=lan)
    work(services, until_empty=True)
    assert [form for form, _ in forms(services, row)][-2:] == ["handing-over", "certificate"]
    told = compare_anew(services, row, actor=lan)
    assert (told["certificate"]["provisional"], told["certificate"]["open"]) == (True, 1)
    assert told["comparison"]["found_again"] == 0
    assert "Còn 1 mục chưa khép" in words_of(services, row, "certificate")
    assert "tài liệu giấy chưa được ghi là đã hủy" in words_of(services, row, "certificate")
    note = {"by": "Trần Văn Bách", "method": "nghiền thành bột"}
    on = told["certificate"]["disposition"]["decided_at"][:10]
    execution.note_paper(services, row, OPEN_CODE, on=dt.date.fromisoformat(on), actor=lan, **note)
    work(services, until_empty=True)
    told = compare_anew(services, row, actor=lan)
    assert told["certificate"]["provisional"] is False
    assert told["certificate"]["replaces"] == "01/GCNH-LT"
    assert told["paper"]["number"] == "02/GCNH-LT"
    assert "nghiền thành bột" in words_of(services, row, "certificate")
    assert "nghiền thành bột" in words_of(services, row, "destruction")


def test_papers_lie_in_every_copy_and_come_back_with_a_rebuild(due: tuple[Services, str]) -> None:
    services, secret = due
    row = carried_out(services, secret, *BOTH)
    before = forms(services, row)
    certificate = compare_anew(services, row, actor=OPERATOR)
    for copy in services.copies:
        keys = [key for key in copy.iter_keys(f"acts/{PAPER}/")]
        assert sum(key.endswith(".pdf") for key in keys) == 8
    rebuild(services, actor=OPERATOR)
    assert forms(services, row) == before
    with services.read_only() as session:
        assert len(session.scalars(select(DispositionPaper)).all()) == 8
        assert len(session.scalars(select(Act).where(Act.kind == PAPER)).all()) == 8
    again = compare_anew(services, row, actor=OPERATOR)
    assert found_again(again) == []
    assert again["certificate"] == certificate["certificate"]


def test_one_signs_after_the_other_and_the_certificate_names_what_was_signed(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = submitted(services, *BOTH)
    lan = person(services, "lan")
    with services.read_only() as session:
        list_ = session.get_one(Disposition, row)
        able = [signer["account"] for signer in signers_of(session, list_)]
        number = f"{list_.number:02}-{list_.year}"
    assert able == ["thuy", "lan", "bach"]
    for account in ("lan", "bach"):
        asked = ask_signature(
            services, row, "minutes", SignatureIn(account=account, with_seal=False), actor=lan
        )
        assert asked.name == f"Biên bản họp Hội đồng {number}.pdf"
        with pytest.raises(DispositionPaperAskedError):
            ask_signature(
                services, row, "minutes", SignatureIn(account=HEAD, with_seal=False), actor=lan
            )
        signed = tmp_path / f"{account}.pdf"
        actor = person(services, account)
        _, data = desk_acts.send_out(services, asked.id, actor=actor)
        signed.write_bytes(data)
        subject = Subject(asked.signer, "Sở Công trình", SignerKind.PERSON, f"CCCD:{account}")
        services.authority.issue_key(subject, tmp_path / f"{account}.p12")
        key = open_pkcs12(f"pkcs12:{account}.p12", home=tmp_path)
        key.sign_pdf(signed, signed, field=f"Ky{account}", reason="Ký biên bản")
        told = desk_acts.take_return(services, asked.id, signed, actor=actor)
        assert told.accepted, told.findings
    (minutes,) = [
        paper for paper in papers_of(services, row, actor=lan) if paper["form"] == "minutes"
    ]
    assert [signature["state"] for signature in minutes["signatures"]] == ["signed", "signed"]
    _, data = read_paper(services, row, "minutes", actor=lan)
    (tmp_path / "both.pdf").write_bytes(data)
    reports = inspect_signatures(tmp_path / "both.pdf", services.trust)
    assert [report.field for report in reports] == ["Kylan", "Kybach"]
    carried_out_from(services, row, secret)
    named = compare_anew(services, row, actor=lan)["certificate"]["papers"]
    (told_minutes,) = [one for one in named if one["form"] == "minutes"]
    assert told_minutes["signed_sha256"] == sha256(data).hexdigest()


def test_the_explanation_names_what_is_held_while_it_is_made(due: tuple[Services, str]) -> None:
    services, _ = due
    row = reviewed(services, *BOTH)
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="1/QĐ", actor=hung)
    heard(services, row)
    disposition_acts.submit(services, row, ListShown(), actor=person(services, "lan"))
    told = words_of(services, row, "explanation")
    assert "từng hồ sơ trong 01 hồ sơ nhóm “Hết thời hạn lưu trữ” đã hết" in told
    after = told.partition("01 hồ sơ trong danh mục không hủy được vì lý do sau")[2]
    assert OPEN_CODE in after
    assert RESTRICTED_CODE not in after
    assert "tạm dừng xử lý" in after
