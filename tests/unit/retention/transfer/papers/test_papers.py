"""The papers of a transfer: what each says, in which order, and who signs where."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

from archive_service.domain.transfer.transfer import Transfer
from archive_service.forms.listed_form import as_one
from archive_service.forms.long_table import print_form
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import TEMPLATE
from archive_service.forms.typst_form import PRESS, render
from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer, open_pkcs12
from archive_service.signing.pdf.left_field import left_size
from archive_service.signing.pdf.returned import Expected, judge_returned
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject, UnsignablePdfError
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from retention.transfer.papers.file_form import Outcome, Sums, by_papers, of_paper
from retention.transfer.papers.letters import answer_letter, explanation
from retention.transfer.papers.lists import CatalogueRows, catalogue_data
from retention.transfer.papers.minutes_form import countersign_minutes
from tests.worlds.papers import transfer_papers
from tests.worlds.papers.printed_papers import signer_at
from tests.worlds.papers.printed_text import read
from tests.worlds.papers.transfer_papers import AT, RECEIVER, SHA256, told

SEALED = "LƯU TRỮ HIỆN HÀNH SỞ CÔNG TRÌNH TỈNH SƠN LAM (Chữ ký số của cơ quan)"
IN_ORDER = {
    "muc-luc-nop-luu": (
        "Số: 03/MLNL-LT", "MỤC LỤC HỒ SƠ, TÀI LIỆU NỘP LƯU", "Đợt nộp lưu số 03/2026",
        "Phông: Sở Công trình", "Nộp vào Lưu trữ lịch sử tỉnh Sơn Lam", "Thời hạn lưu trữ",
        "02/02/2015 - 20/12/2016 09 61 Vĩnh viễn Số hóa từ giấy", "Có tài liệu giấy",
        "gồm 14 hồ sơ (viết bằng chữ: mười bốn hồ sơ), 163 tài liệu, 945 trang",
        "Người lập mục lục: Lê Thị Lan.", SHA256, SEALED,
    ),
    "thuyet-minh-nop-luu": (
        "BẢN THUYẾT MINH", "I. Sự hình thành phông", "hợp nhất từ hai sở", "II. Số lượng",
        "12 hồ sơ (mười hai hồ sơ), 141 tài liệu, 810 trang", "từ 04/02/2014 đến 20/12/2017",
        "02 hồ sơ đã đăng ký không nộp đợt này", "III. Thành phần", "I. Quy hoạch, kế hoạch 04",
        "Chưa xếp nhóm 04", "04 hồ sơ có tài liệu số hóa", "IV. Tình trạng sắp xếp",
        "Mặt hoạt động - thời gian", "08 hồ sơ đã xếp vào nhóm", "được chỉnh lý năm 2024",
        "V. Công cụ tra cứu", "03/MLNL-LT", "VI. Những điểm cần lưu ý", "300 dpi", SEALED,
    ),
    "dang-ky-nop-luu": (
        "Số: 112/SCT-VP", "V/v đăng ký nộp lưu", "Kính gửi: Lưu trữ lịch sử tỉnh Sơn Lam",
        "Căn cứ Luật Lưu trữ", "Lý do: Hồ sơ vĩnh viễn đến hạn", "1. Số lượng: 14 hồ sơ",
        "6. Thời hạn phải nộp: chậm nhất ngày 31/12/2027",
        "Hoàng Thị Mỵ, thủ trưởng Sở Công trình tỉnh Sơn Lam, phê duyệt tại văn bản số 41/QĐ-SCT",
        SHA256, "07 ngày làm việc", SEALED,
    ),
    "tra-loi-dang-ky": (
        "Số: 03/TLĐK-LT", "V/v trả lời đăng ký nộp lưu", "Kính gửi: Lưu trữ hiện hành",
        "theo văn bản số 112/SCT-VP ngày 17/11/2026", "1. Đồng ý tiếp nhận 12 hồ sơ (mười hai",
        "2. Không tiếp nhận 02 hồ sơ", "không thuộc thành phần nộp lưu",
        "3. Đề nghị nộp từ ngày 01/03/2027", "4. Đề nghị bổ sung", "trước khi nộp.", SHA256,
        "LƯU TRỮ LỊCH SỬ TỈNH SƠN LAM (Chữ ký số của cơ quan)",
    ),
    "tra-loi-nop-luu": (
        "Số: 03/TLNL-LT", "V/v trả lời việc nộp lưu", "Kính gửi: Lưu trữ hiện hành",
        "với 12 hồ sơ, theo văn bản đăng ký số 112/SCT-VP ngày 17/11/2026 và văn bản trả lời số",
        "1. Tiếp nhận 09 hồ sơ (chín hồ sơ)", "2. Không tiếp nhận 03 hồ sơ", "H40.18.2015.04.",
        "Thiếu bản vẽ hoàn công", "3. Hồ sơ trả lại do bên giao tiếp tục quản lý",
        "LƯU TRỮ LỊCH SỬ TỈNH SƠN LAM (Chữ ký số của cơ quan)",
    ),
    "danh-sach-phuong-tien": (
        "DANH SÁCH PHƯƠNG TIỆN LƯU TRỮ", "01 NL-03/2026-1 08 4.684.120.332 9f3c41d7 0a5be812",
        "20/11/2026 Tủ 2", "02 NL-03/2026-2", "Có 02 phương tiện (viết bằng chữ: hai), 14 gói tin,",
        "6.797.125.250 byte (6,8 GB)", "manifest.xml", "SHA256SUMS", SEALED,
    ),
    "bien-ban-giao-nhan-nop-luu": (
        "Số: 03/BBGN-NL", "BIÊN BẢN Giao nhận tài liệu lưu trữ", "ngày 20 tháng 11 năm 2026",
        "theo văn bản đăng ký số 112/SCT-VP ngày 17/11/2026 và văn bản trả lời số 21/LTLS-TT",
        "Bên giao: Lưu trữ hiện hành", "Lê Thị Lan", "Bên nhận: Lưu trữ lịch sử", "Phạm Quỳnh Anh",
        "3. Bên giao đã nộp gói tin của 12 hồ sơ; bên nhận có đủ gói tin ngày 19/11/2026",
        "4. Bên nhận tiếp nhận 09 hồ sơ (chín hồ sơ)", "5. Bên nhận trả lại 03 hồ sơ",
        "6. 02 hồ sơ do bên giao dừng lại", "Mọi tệp đã được quét mã độc", SHA256[::-1],
        "BÊN GIAO", "BÊN NHẬN",
        "DANH SÁCH HỒ SƠ ĐƯỢC TIẾP NHẬN", "LTLS-SL.H40.18. 2015.01.QLCT",
        "DANH SÁCH HỒ SƠ TRẢ LẠI", "Thiếu bản vẽ hoàn công",
        "DANH SÁCH HỒ SƠ DO BÊN GIAO DỪNG LẠI", "lệnh tạm dừng xử lý",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def giver(home: Path) -> Pkcs12Signer:
    return signer_at(home)


@pytest.fixture(scope="module")
def receiver(home: Path) -> Pkcs12Signer:
    subject = Subject(RECEIVER, RECEIVER, SignerKind.AGENCY, "MST:9900000019")
    DemoAuthority.open_or_make(home / "authority").issue_key(subject, home / "receiver.p12")
    return open_pkcs12("pkcs12:receiver.p12", home=home)


@pytest.fixture(scope="module")
def papers(
    tmp_path_factory: pytest.TempPathFactory, giver: Pkcs12Signer, receiver: Pkcs12Signer
) -> dict[str, Path]:
    """Every paper, printed once."""
    folder = tmp_path_factory.mktemp("papers")
    made = transfer_papers.print_papers(folder)
    made.append(transfer_papers.print_both_signed(folder, receiver, giver))
    return {path.stem: path for path in made}


@pytest.mark.parametrize("name", sorted(IN_ORDER))
def test_each_paper_says_what_it_has_to_in_order(papers: dict[str, Path], name: str) -> None:
    printed, at = read(papers[name]), 0
    for words in IN_ORDER[name]:
        at = printed.find(words, at)
        assert at >= 0, words


def test_all_are_pdf_a(papers: dict[str, Path], tools: ModuleType) -> None:
    sealed = papers["bien-ban-giao-nhan-nop-luu"].with_name("bien-ban-mot-ben.pdf")
    verdicts = tools.verapdf([*papers.values(), sealed])
    assert [(verdict.passed, verdict.flavour, verdict.details) for verdict in verdicts] == [
        (True, "2b", "") for _ in (*papers, sealed)
    ]


def test_the_minutes_bear_both_signatures_and_the_first_still_holds(
    papers: dict[str, Path], home: Path, giver: Pkcs12Signer, tmp_path: Path
) -> None:
    both, trust = papers["bien-ban-giao-nhan-nop-luu"], Trust.read(home / "authority")
    sealed = both.with_name("bien-ban-mot-ben.pdf")
    reports = inspect_signatures(both, trust)
    assert [(report.field, report.trusted, report.altered_later) for report in reports] == [
        ("ChuKyBenNhan", True, False),
        ("ChuKyBenGiao", True, False),
    ]
    assert reports[1].covers_whole_document
    returned = judge_returned(sealed, both, trust, Expected(giver.subject.name))
    assert (returned.accepted, returned.findings) == (True, [])
    assert (left_size(sealed, "ChuKyBenGiao"), left_size(both, "ChuKyBenGiao")) == ((182, 63), None)
    with pytest.raises(UnsignablePdfError):
        countersign_minutes(
            both, tmp_path / "x.pdf", place="Sơn Lam", signer=giver, at=AT, press=PRESS
        )
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert left_size(tmp_path / "broken.pdf", "ChuKyBenGiao") is None


def test_what_nobody_wrote_down_is_told_and_nothing_is_made_up() -> None:
    plain = told(count=1)
    row = Transfer(edition=1, reason="", list_sha256="")
    bare = type(plain)(
        row=row, number="01/2026", archive="A", place="P", on=dt.date(2026, 1, 5), agency="B",
        giver="A", receiver="C", lines=(), sums=Sums(),
    )  # fmt: skip
    said = [getattr(part, "words", "") for part in explanation(bare, "").parts]
    assert "Lịch sử đơn vị hình thành phông chưa được ghi trong dữ liệu của phông." in said
    assert not any("phương án" in one for one in said)
    assert "VI. Những điểm cần lưu ý" not in said
    assert not any("dung lượng" in one for one in said), "nothing is packed yet"


def test_an_answer_shows_the_first_of_many_reasons_and_what_is_still_looked_at() -> None:
    def outcome(number: int) -> Outcome:
        return Outcome.DECLINED if number > 3 else Outcome.AWAITED

    letter = answer_letter(told(count=58, outcomes=outcome, receiving=True), "")
    said = " ".join(getattr(part, "words", "") for part in letter.parts)
    assert "và 15 hồ sơ khác" in said
    assert "03 hồ sơ đang được kiểm tra" in said
    assert "Tiếp nhận" not in said
    (table,) = [part.rows for part in letter.parts if hasattr(part, "rows")]
    assert len(table) == 40


def test_what_the_receiver_writes_bears_the_numbers_of_both() -> None:
    plain = told(count=1)
    assert "bên nhận" not in plain.name
    both = replace(plain, number_there="07/2026").name
    assert both.startswith(f"đợt nộp lưu số {plain.number} của")
    assert "(bên nhận ghi là số 07/2026)" in both


def test_papers_that_nobody_numbered_are_not_named() -> None:
    plain = replace(told(count=1), register_number="")
    plain.row.registered_on = plain.row.answered_on = None
    assert by_papers(plain) == ", theo văn bản trả lời số 21/LTLS-TT"
    plain.row.answer_number = ""
    assert by_papers(plain) == ""
    assert of_paper("", None) == "……"


def test_a_long_catalogue_reads_its_rows_as_they_are_laid_out(
    tmp_path: Path, giver: Pkcs12Signer
) -> None:
    data = catalogue_data(told(count=1203), "03/MLNL-LT")
    assert isinstance(data["rows"], CatalogueRows)
    said = SignatureWords("Mục lục", "Sơn Lam")
    print_signed(TEMPLATE, data, tmp_path / "long.pdf", signer=giver, at=AT, said=said)
    printed = read(tmp_path / "long.pdf")
    assert [int(one) for one in re.findall(r"(\d+) H40\.18\.", printed)] == list(range(1, 1204))
    assert printed.count("gồm 1.203 hồ sơ") == 1
    short: object = catalogue_data(told(count=3), "03/MLNL-LT")["rows"]
    assert isinstance(short, list)


def test_an_empty_catalogue_is_a_paper_as_well(tmp_path: Path) -> None:
    print_form(TEMPLATE, catalogue_data(told(count=0), "03/MLNL-LT"), tmp_path / "f.pdf", at=AT)
    assert "gồm 00 hồ sơ (viết bằng chữ: không hồ sơ)" in read(tmp_path / "f.pdf")


def test_many_parts_are_put_together_a_few_at_a_time(tmp_path: Path) -> None:
    def page(number: int) -> Path:
        template = tmp_path / "one.typ"
        template.write_text("#json(bytes(sys.inputs.data)).number", "utf-8")
        render(template, {"number": f"trang{number}."}, tmp_path / f"{number}.pdf", at=AT)
        return tmp_path / f"{number}.pdf"

    parts: Iterable[Path] = [page(number) for number in range(150)]
    as_one([(part, 1) for part in parts], tmp_path / "whole.pdf")
    with pypdfium2.PdfDocument(tmp_path / "whole.pdf") as document:
        said = [one.get_textpage().get_text_range().strip() for one in document]
    assert said == [f"trang{number}." for number in range(150)]
