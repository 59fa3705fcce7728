"""What signatures and a mark of secrecy tell of a draft, through the job that reads its files."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from archive_service import clock
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source
from archive_service.domain.intake.submission import Submission
from archive_service.worker import work
from ingest.drafts import acts as drafts_acts
from ingest.drafts.file_checks import file_findings
from ingest.drafts.hand_in import DraftMarkedSecretError
from ingest.drafts.order import put_under, take_out
from tests.integration.ingest.drafts.read_drafts import add, begun, documents, sources, write_plain
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.papers.nd30_papers import scan_pages
from tests.worlds.simulated_signing import Hierarchy, blank, day, sign

AGENCY = "Sở Công trình tỉnh Sơn Lam"


def test_signatures_fill_signer_agency_and_day_where_page_one_says_nothing(tmp_path: Path) -> None:
    authority, at = Hierarchy(), day(2025, 4, 12)
    alone = sign(blank(tmp_path / "a.pdf"), tmp_path / "b.pdf", authority.person(), at=at)
    later = at + dt.timedelta(days=2)
    both = sign(alone, tmp_path / "c.pdf", authority.agency(AGENCY), at=later, name="Signature2")
    with open_home(new_home(tmp_path / "home")) as services:
        draft_id = begun(services)
        add(services, draft_id, both)
        work(services, until_empty=True)
        (declared,) = documents(services, draft_id)
        told = {name: declared.fields[name] for name in ("signer", "organName", "issuedDate")}
        assert told == {
            "signer": "Trần Minh Khôi",
            "organName": AGENCY,
            "issuedDate": clock.local(at).date().isoformat(),
        }
        given = sources(services, draft_id)
        assert {given[f"{declared.row}.{name}"] for name in told} == {Source.SIGNATURE}


@pytest.mark.parametrize("first", ["a.pdf", "a.pdf.p7s"])
def test_a_signature_apart_stands_in_the_document_of_its_file(tmp_path: Path, first: str) -> None:
    party, paper = Hierarchy().person(), blank(tmp_path / "a.pdf")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(paper.read_bytes())
    builder = builder.add_signer(party.certificate, party.key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
    (tmp_path / "a.pdf.p7s").write_bytes(builder.sign(Encoding.DER, options))
    with open_home(new_home(tmp_path / "home")) as services:
        draft_id = begun(services)
        for name in sorted(["a.pdf", "a.pdf.p7s", "b.pdf.p7s"], key=lambda one: one != first):
            (tmp_path / "b.pdf.p7s").write_bytes((tmp_path / "a.pdf.p7s").read_bytes() + b"\0")
            add(services, draft_id, tmp_path / name)
        work(services, until_empty=True)
        of_file, alone = (
            [file.path for file in document.files] for document in documents(services, draft_id)
        )
        assert (of_file, alone) == (["a.pdf", "a.pdf.p7s"], ["b.pdf.p7s"])
        with services.read_only() as session:
            submission, draft = session.get_one(Submission, draft_id), session.get(Draft, draft_id)
            codes = [(one.code, one.place) for one in file_findings(submission, draft)]
        assert [code for code in codes if code[1].endswith("p7s")] == [
            ("format-signature-apart", "b.pdf.p7s")
        ]


def test_a_signature_apart_goes_with_its_annex_and_parts_no_pages(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        draft_id = begun(services)
        for name in ("a.pdf", "b.pdf", "scan/1.jpg", "scan/1.jpg.p7s", "scan/2.jpg"):
            (tmp_path / "file").write_bytes(name.encode())
            add(services, draft_id, tmp_path / "file", name)
        main, annex, pages = documents(services, draft_id)
        assert [file.path for file in pages.files] == ["scan/1.jpg", "scan/1.jpg.p7s", "scan/2.jpg"]
        with services.writing() as session:
            submission = session.get_one(Submission, draft_id)
            draft, declared = session.get_one(Draft, draft_id), submission.case_file()
            put_under(declared, draft, annex.row, main.row, "annex")
            submission.declared = declared.model_dump()
        (tmp_path / "file").write_bytes(b"signature")
        add(services, draft_id, tmp_path / "file", "b.pdf.p7s")
        main, _ = documents(services, draft_id)
        assert [file.standing for file in main.files] == ["main", "annex", "annex"]
        with services.writing() as session:
            submission = session.get_one(Submission, draft_id)
            draft, declared = session.get_one(Draft, draft_id), submission.case_file()
            take_out(declared, draft, "b.pdf")
            submission.declared = declared.model_dump()
        _, annex, _ = documents(services, draft_id)
        assert [file.path for file in annex.files] == ["b.pdf", "b.pdf.p7s"]


def test_a_broken_signature_tells_nothing(tmp_path: Path) -> None:
    signed = sign(blank(tmp_path / "a.pdf"), tmp_path / "b.pdf", Hierarchy().person(), at=day(2025))
    content = bytearray(signed.read_bytes())
    at = content.index(b"/MediaBox")
    content[at + 1] ^= 1
    signed.write_bytes(content)
    with open_home(new_home(tmp_path / "home")) as services:
        draft_id = begun(services)
        add(services, draft_id, signed)
        work(services, until_empty=True)
        (declared,) = documents(services, draft_id)
        assert "signer" not in declared.fields
        assert Source.SIGNATURE not in sources(services, draft_id).values()


def test_a_mark_on_a_drawn_page_is_read_by_the_job_and_stops_the_handing_in(
    tmp_path: Path,
) -> None:
    head = ("SỞ CÔNG TRÌNH", "Số: 12/CV-SCT", "MẬT")
    body = ("Sơn Lam, ngày 12 tháng 3 năm 2025", "Kính gửi: Sở Tài chính", "Sở báo cáo như sau.")
    paper = write_plain(tmp_path / "mat.pdf", *head, *body)
    page = scan_pages(paper, tmp_path / "pages")[0]
    with open_home(new_home(tmp_path / "home")) as services:
        bach, draft_id = person(services, "bach"), begun(services)
        add(services, draft_id, page, "quét/001.jpg")
        work(services, until_empty=True)
        with services.read_only() as session:
            (read,) = session.get_one(Draft, draft_id).reads.values()
            assert (read["done"], read["secrecy"]) == (True, "MẬT")
        with pytest.raises(DraftMarkedSecretError) as told:
            drafts_acts.send(services, draft_id, actor=bach)
        assert told.value.facts["name"] == "quét/001.jpg"
