"""The receipt: printed, signed, and judged by veraPDF and by reading it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer, open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from ingest.acceptance.receipt_paper import PaperHalf, Receipt, VerifiedCopy, make_receipt

AT = dt.datetime(2026, 11, 9, 3, 22, 31, tzinfo=dt.UTC)
SHA256 = "9f3c41d70a5be8126c4490d1fb27e5a83b6620c9d41e77f0852a13cbe20b77a6"
RECEIPT = Receipt(
    number="214/GTN-LT",
    issuer_above="Sở Công trình tỉnh Sơn Lam",
    issuer="Lưu trữ hiện hành",
    place="Sơn Lam",
    archive="Lưu trữ hiện hành",
    submitter="ông Trần Văn Bách, chuyên viên Phòng Quản lý công trình,",
    submitted_on=dt.date(2026, 11, 5),
    code="H40.18.2024.22.QLCT",
    title="Hồ sơ bàn giao Trạm bơm Nà Sáng",
    started_on=dt.date(2024, 2, 12),
    ended_on=dt.date(2024, 12, 20),
    term="20 năm, đến hết ngày 31/12/2044",
    documents=16,
    pages=118,
    files=16,
    size_bytes=61_400_000,
    package_sha256=SHA256,
    copies=[VerifiedCopy("Kho 1", AT, 1), VerifiedCopy("Kho 2", AT, 1)],
    recipients=["Ông Trần Văn Bách", "Lưu: VT, LT"],
    signer_position="Phụ trách lưu trữ",
    signer_name="Phạm Quỳnh Anh",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    name = "Lưu trữ hiện hành Sở Công trình tỉnh Sơn Lam"
    subject = Subject(name, "Sở Công trình tỉnh Sơn Lam", SignerKind.AGENCY, "MST:9900000018")
    DemoAuthority.open_or_make(folder / "authority").issue_key(subject, folder / "archive.p12")
    return folder


@pytest.fixture(scope="module")
def signer(home: Path) -> Pkcs12Signer:
    return open_pkcs12("pkcs12:archive.p12", home=home)


def printed(file: Path) -> str:
    """All words of the form in one line."""
    document = pypdfium2.PdfDocument(file)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.split())


def test_the_signed_receipt_is_pdf_a_and_its_signature_holds(
    signer: Pkcs12Signer, home: Path, tmp_path: Path, tools: ModuleType
) -> None:
    target = tmp_path / "receipt.pdf"
    make_receipt(RECEIPT, target, signer=signer, at=AT)
    (verdict,) = tools.verapdf([target])
    assert (verdict.passed, verdict.flavour, verdict.details) == (True, "2b", "")
    (report,) = inspect_signatures(target, Trust.read(home / "authority"))
    assert report.trusted
    assert report.covers_whole_document
    assert report.signed_at == AT
    assert [path.name for path in tmp_path.iterdir()] == ["receipt.pdf"]


def test_the_receipt_says_what_was_received(signer: Pkcs12Signer, tmp_path: Path) -> None:
    make_receipt(RECEIPT, tmp_path / "receipt.pdf", signer=signer, at=AT)
    words = printed(tmp_path / "receipt.pdf")
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "SỞ CÔNG TRÌNH TỈNH SƠN LAM",
        "Số: 214/GTN-LT",
        "Sơn Lam, ngày 09 tháng 11 năm 2026",
        "H40.18.2024.22.QLCT",
        "Từ 12/02/2024 đến 20/12/2024",
        "16 tài liệu, 118 trang; 16 tệp, 61,4 MB",
        "Kho 2 09/11/2026 10:22:31 1 Nguyên vẹn",
        SHA256,
        "PHỤ TRÁCH LƯU TRỮ",
        "Phạm Quỳnh Anh",
        "- Lưu: VT, LT.",
    ):
        assert said in words


def test_notes_are_printed_and_counted(signer: Pkcs12Signer, tmp_path: Path) -> None:
    noted = replace(RECEIPT, notes=["Chưa quét mã độc"], started_on=None, ended_on=None)
    make_receipt(noted, tmp_path / "receipt.pdf", signer=signer, at=AT)
    words = printed(tmp_path / "receipt.pdf")
    assert "Đầy đủ theo mục lục; 01 ghi chú kèm theo" in words
    assert "- Chưa quét mã độc" in words
    assert "Thời gian Không ghi" in words


def test_a_receipt_tells_of_the_paper_half(signer: Pkcs12Signer, tmp_path: Path) -> None:
    coming = replace(RECEIPT, paper=PaperHalf(120))
    make_receipt(coming, tmp_path / "coming.pdf", signer=signer, at=AT)
    words = printed(tmp_path / "coming.pdf")
    assert "Phần điện tử: Đầy đủ theo mục lục" in words
    assert "Phần giấy Còn chờ giao nhận 120 tờ." in words
    there = replace(RECEIPT, paper=PaperHalf(118, "07/BB-GN"))
    make_receipt(there, tmp_path / "there.pdf", signer=signer, at=AT)
    words = printed(tmp_path / "there.pdf")
    assert "Phần giấy Đã nhận 118 tờ theo biên bản 07/BB-GN." in words
    assert "Phần điện tử" not in words


def test_a_long_receipt_goes_on_to_a_second_page(
    signer: Pkcs12Signer, tmp_path: Path, tools: ModuleType
) -> None:
    copies = [VerifiedCopy(f"Kho {n}", AT, 1) for n in range(1, 30)]
    target = tmp_path / "receipt.pdf"
    make_receipt(replace(RECEIPT, copies=copies), target, signer=signer, at=AT)
    document = pypdfium2.PdfDocument(target)
    assert len(document) == 2
    assert tools.verapdf([target])[0].passed
