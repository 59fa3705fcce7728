"""What the files of a draft say of themselves fills empty fields, and never a person's."""

import html
import json
import re
from pathlib import Path

import pikepdf
import pytest
import typst
from flask import Flask
from markupsafe import escape

from archive_service import messages
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from archive_service.worker import work
from ingest.completeness.completeness import State
from ingest.drafts import acts as drafts_acts
from ingest.drafts.hand_in import DraftIncompleteError, DraftMarkedSecretError
from ingest.drafts.order import order_seen
from ingest.drafts.taking import take_finished
from ingest.uploads.acts import upload_folder
from tests.integration.ingest.drafts.read_drafts import (
    add,
    begun,
    documents,
    services,
    sources,
    write_plain,
)
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.door import write_pdf
from tests.worlds.papers.nd30_papers import make_document, scan_pages

__all__ = ["services"]  # fixtures


def test_page_one_of_a_printed_pdf_fills_the_fields_and_orders_by_time(
    services: Services, tmp_path: Path
) -> None:
    papers = [make_document(seed, tmp_path) for seed in (3, 4)]
    draft_id = begun(services)
    for at, paper in enumerate(papers, start=1):
        add(services, draft_id, paper.pdf, f"{at}.pdf")
    work(services, until_empty=True)
    found = {document.files[0].path: document for document in documents(services, draft_id)}
    given = sources(services, draft_id)
    for at, paper in enumerate(papers, start=1):
        declared = found[f"{at}.pdf"]
        assert declared.fields["issuedDate"] == paper.truth["date"]
        assert declared.fields["codeNumber"] == paper.truth["number"]
        assert declared.fields["codeNotation"] == paper.truth["symbol"]
        assert declared.fields["subject"] == paper.truth["abstract"]
        assert not declared.fields["organName"].isupper()
        assert given[f"{declared.row}.issuedDate"] == Source.PAGE_ONE
    dates = [document.fields["issuedDate"] for document in documents(services, draft_id)]
    assert dates == sorted(dates)


def test_a_scanned_page_is_read_by_the_engine(services: Services, tmp_path: Path) -> None:
    paper = make_document(5, tmp_path)
    page = scan_pages(paper.pdf, tmp_path / "pages")[0]
    draft_id = begun(services)
    add(services, draft_id, page, "quét/001.jpg")
    work(services, until_empty=True)
    (declared,) = documents(services, draft_id)
    assert declared.fields["issuedDate"] == paper.truth["date"]
    assert sources(services, draft_id)[f"{declared.row}.issuedDate"] == Source.PAGE_ONE


def test_a_persons_value_and_a_persons_empty_field_stay(services: Services, tmp_path: Path) -> None:
    paper = make_document(6, tmp_path)
    officer = person(services, "bach")
    draft_id = begun(services)
    add(services, draft_id, paper.pdf, "tên tệp.pdf")
    for name, value, was in (
        ("subject", "Của tôi", "tên tệp"),
        ("codeNumber", "1", ""),
        ("codeNumber", "", "1"),
    ):
        drafts_acts.put_field(services, draft_id, 1, name, value, was=was, actor=officer)
    work(services, until_empty=True)
    (declared,) = documents(services, draft_id)
    assert declared.fields["subject"] == "Của tôi"
    assert "codeNumber" not in declared.fields
    assert declared.fields["issuedDate"] == paper.truth["date"]


def test_the_title_of_a_pdf_is_its_abstract_unless_a_program_gave_it(
    services: Services, tmp_path: Path
) -> None:
    draft_id = begun(services)
    for name, title in (("a", "Báo cáo kiểm tra đập"), ("b", "Microsoft Word - Document1.docx")):
        path = write_pdf(tmp_path / f"{name}.pdf", pages=1 if name == "a" else 2)
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.docinfo["/Title"] = title
            pdf.docinfo["/CreationDate"] = "D:20250310120000+07'00'"
            pdf.save()
        add(services, draft_id, path)
    work(services, until_empty=True)
    one, other = documents(services, draft_id)
    assert (one.fields["subject"], other.fields["subject"]) == ("Báo cáo kiểm tra đập", "b")
    assert "issuedDate" not in one.fields, "the day on which a file was made is no day of issue"
    assert sources(services, draft_id)["1.subject"] == Source.METADATA


def test_a_page_in_one_column_is_read_and_its_type_is_that_of_heading_or_symbol(
    services: Services, tmp_path: Path
) -> None:
    day, about = "Sơn Lam, ngày 12 tháng 3 năm 2025", "Về việc sửa chữa cống"
    foot = "Nơi nhận: - Như trên; - Lưu: VT"
    heads = ("UBND TỈNH SƠN LAM", "SỞ CÔNG TRÌNH")
    papers = {
        "01 gửi tỉnh.pdf": (*heads, "Số: 45/TTr-SCT", day, "TỜ TRÌNH", about, foot, "trang 1"),
        "02 gửi sở.pdf": (*heads, "Số: 46/QĐ-SCT", day, about, foot),
        "03 Tờ trình.pdf": (*heads, "Số: 47/SCT-QLCT", day, about, foot),
        "04 gửi.pdf": (*heads, "Số: 48/SCT-QLCT", day, about, "trang 1"),
    }
    elsewhere = ("UBND TỈNH AN HÒA", *papers["04 gửi.pdf"][1:])
    papers["05 gửi.pdf"] = elsewhere
    draft_id = begun(services)
    for name, lines in papers.items():
        add(services, draft_id, write_plain(tmp_path / name, *lines))
    work(services, until_empty=True)
    found = {document.files[0].path: document.fields for document in documents(services, draft_id)}
    assert {entry["issuedDate"] for entry in found.values()} == {"2025-03-12"}
    assert {entry["subject"] for entry in found.values()} == {about}
    types = [found[name]["typeName"] for name in papers]
    assert types == ["15", "02", "15", "22", "22"], "the third is told by the name of its file"
    issuers = [found[name]["organName"] for name in papers]
    assert issuers == ["Sở Công trình tỉnh Sơn Lam"] * 4 + ["Sở Công trình"]


def test_a_damaged_file_is_read_once_and_harms_nothing(services: Services, tmp_path: Path) -> None:
    (tmp_path / "hỏng.pdf").write_bytes(b"%PDF-1.7\nkhong phai PDF")
    draft_id = begun(services)
    add(services, draft_id, tmp_path / "hỏng.pdf")
    work(services, until_empty=True)
    (declared,) = documents(services, draft_id)
    assert declared.fields["subject"] == "hỏng"
    with services.read_only() as session:
        (read,) = session.get_one(Draft, draft_id).reads.values()
    assert read["done"]


def test_a_draft_that_is_gone_is_no_trouble_for_the_reading(
    services: Services, tmp_path: Path
) -> None:
    draft_id = begun(services)
    add(services, draft_id, write_pdf(tmp_path / "a.pdf"))
    drafts_acts.discard(services, draft_id, actor=person(services, "bach"))
    assert work(services, until_empty=True).dead == 0


def test_uploads_that_ended_unseen_are_attached_and_broken_ones_are_told(
    services: Services, tmp_path: Path
) -> None:
    officer = person(services, "bach")
    draft_id = begun(services)
    folder = upload_folder(services)
    pdf = write_pdf(tmp_path / "a.pdf")
    size = pdf.stat().st_size
    whole = folder.begin(owner="bach", name="a.pdf", size_bytes=size, into=str(draft_id))
    with pdf.open("rb") as source:
        folder.append(whole.id, source, owner="bach", offset=0)
    folder.begin(owner="bach", name="dở.pdf", size_bytes=10, into=str(draft_id))
    folder.begin(owner="bach", name="khác.pdf", size_bytes=10, into="another")
    assert take_finished(services, draft_id, actor=officer) == []
    shown = drafts_acts.show(services, draft_id, actor=officer)
    assert [file.path for file in shown.row.files] == ["a.pdf"]
    assert [upload.name for upload in shown.unfinished] == ["dở.pdf"]
    assert shown.order == order_seen(shown.declared) == "1"


def test_the_list_is_doubtful_of_signatures_until_files_were_read(
    services: Services, tmp_path: Path
) -> None:
    officer = person(services, "bach")
    draft_id = begun(services)
    add(services, draft_id, write_pdf(tmp_path / "01. Quyết định.pdf"))
    drafts_acts.choose_rules(services, draft_id, "administrative-work", actor=officer)

    def signed() -> State:
        items = drafts_acts.show(services, draft_id, actor=officer).items
        return next(item.state for item in items if item.rule.code == "signed-digitally")

    assert signed() is State.DOUBTFUL
    work(services, until_empty=True)
    assert signed() is State.MISSING
    with pytest.raises(drafts_acts.RuleSetUnknownError):
        drafts_acts.choose_rules(services, draft_id, "nonsense", actor=officer)


def test_handing_in_reads_page_one_that_nobody_has_read_and_finds_its_mark(
    services: Services, tmp_path: Path
) -> None:
    bach, draft_id = person(services, "bach"), begun(services)
    add(services, draft_id, write_pdf(tmp_path / "thuong.pdf", words="Viec thuong"))
    head = ("SỞ CÔNG TRÌNH", "Số: 12/CV-SCT", "TUYỆT MẬT")
    body = ("Sơn Lam, ngày 12 tháng 3 năm 2025", "Kính gửi: Sở Tài chính", "Sở báo cáo như sau.")
    secret = write_plain(tmp_path / "mat.pdf", *head, *body)
    add(services, draft_id, secret)
    with pytest.raises(DraftMarkedSecretError) as told:
        drafts_acts.send(services, draft_id, actor=bach, read_within_s=60.0)
    assert told.value.facts["name"] == "mat.pdf"
    with services.read_only() as session:
        row, draft = session.get_one(Submission, draft_id), session.get_one(Draft, draft_id)
        assert row.state is SubmissionState.DRAFT
        assert len(draft.reads) == len(row.files) == 2
        assert not any(read.get("done") for read in draft.reads.values()), "the job reads on"
    work(services, until_empty=True)
    with services.read_only() as session:
        reads = session.get_one(Draft, draft_id).reads
        assert all(read["done"] for read in reads.values())


def test_what_cannot_be_read_in_time_is_told_and_nothing_is_handed_in(
    services: Services, tmp_path: Path
) -> None:
    bach, draft_id = person(services, "bach"), begun(services)
    for name in ("a", "b"):
        add(services, draft_id, write_pdf(tmp_path / f"{name}.pdf", words=f"Viec {name}"))
    with pytest.raises(drafts_acts.DraftUnreadError) as told:
        drafts_acts.send(services, draft_id, actor=bach, read_within_s=-1.0)
    assert told.value.facts["count"] == 2
    with pytest.raises(DraftIncompleteError):  # all is read, and now its data are asked for
        drafts_acts.send(services, draft_id, actor=bach, read_within_s=60.0)


def test_a_file_that_the_desk_would_refuse_is_told_in_the_draft(
    services: Services, app: Flask, tmp_path: Path
) -> None:
    whole = write_pdf(tmp_path / "tốt.pdf").read_bytes()
    program = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(400)
    sent = {"rỗng.pdf": b"", "cụt.pdf": whole[: len(whole) // 2], "máy.exe": program}
    draft_id = begun(services)
    for name, data in (sent | {"tốt.pdf": whole}).items():
        (tmp_path / name).write_bytes(data)
        add(services, draft_id, tmp_path / name)
    work(services, until_empty=True)
    officer = person(services, "bach")
    errors = [
        (finding.place, finding.code)
        for finding in drafts_acts.show(services, draft_id, actor=officer).findings
        if finding.severity is Severity.ERROR and finding.place in (*sent, "tốt.pdf")
    ]
    assert [place for place, _ in errors] == list(sent)
    assert ("rỗng.pdf", "file-empty") in errors
    page = browser_of(app, services, "bach").get(f"/drafts/{draft_id}").text
    listed = page.partition('id="documents"')[2].partition("</section>")[0]
    told = page.partition('id="to-mend"')[2].partition("</section>")[0]
    for _, code in errors:
        words = messages.finding(code, "vi", {})
        assert str(escape(words.remedy)) in told
        assert str(escape(words.remedy)) in listed
    with pytest.raises(DraftIncompleteError):
        drafts_acts.send(services, draft_id, actor=officer)


def printed(target: Path, *lines: str) -> Path:
    """A page of these lines, centred."""
    source = target.with_suffix(".typ")
    body = "#linebreak()\n".join(f'#"{line}"' for line in lines)
    source.write_text(f'#set page(paper: "a4")\n#align(center)[{body}]', encoding="utf-8")
    typst.compile(str(source), output=str(target))
    return target


def test_an_annex_in_a_file_of_its_own_is_offered_to_the_document_that_its_page_names(
    services: Services, app: Flask, tmp_path: Path
) -> None:
    paper = make_document(7, tmp_path)
    number = f"{paper.truth['number']}/{paper.truth['symbol']}"
    heads = {
        "quét 2.pdf": ["PHỤ LỤC I", "DANH MỤC", f"(Kèm theo văn bản số {number} ngày 05/3/2025)"],
        "quét 3.pdf": ["BÁO CÁO", f"Về việc thực hiện văn bản số {number}"],
    }
    draft_id = begun(services)
    add(services, draft_id, paper.pdf, "quét 1.pdf")
    for name, lines in heads.items():
        add(services, draft_id, printed(tmp_path / name, *lines), name)
    work(services, until_empty=True)
    rows = {document.files[0].path: document.row for document in documents(services, draft_id)}
    browser = browser_of(app, services, "bach")
    page = browser.get(f"/drafts/{draft_id}").text
    assert re.findall(r'id="annex-(\d+)"', page) == [str(rows["quét 2.pdf"])]
    (told,) = re.findall(r'id="annex-.*?data-arranges="([^"]*)"', page, re.DOTALL)
    facts = json.loads(html.unescape(told))
    assert (facts["act"], facts["main"]) == ("under", rows["quét 1.pdf"])
    sent = {name: str(value) for name, value in facts.items()}
    assert post(browser, f"/drafts/{draft_id}/arrange", **sent).status_code == 303
    found = {document.row: document for document in documents(services, draft_id)}
    standings = {file.path: file.standing for file in found[rows["quét 1.pdf"]].files}
    assert standings == {"quét 1.pdf": "main", "quét 2.pdf": "annex"}


def test_of_files_that_were_read_nothing_is_read_again_for_one_more(
    services: Services, tmp_path: Path
) -> None:
    draft_id = begun(services)
    for name in ("a", "b"):
        add(services, draft_id, write_pdf(tmp_path / f"{name}.pdf", words=f"Viec {name}"))
        with counted(services) as statements:
            work(services, until_empty=True)
    whole = [
        statement
        for statement in statements
        if "submission_file.signatures" in statement and "SELECT" in statement
    ]
    assert whole, "the file that was read is looked up"
    assert [
        one
        for one in whole
        if "WHERE submission_file.submission_id = ? AND submission_file.sha256 IN" not in one
    ] == []
