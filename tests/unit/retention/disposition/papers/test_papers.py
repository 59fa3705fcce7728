"""The papers of a destruction: what each says, in which order, and who signs where."""

import datetime as dt
import unicodedata
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

from archive_service.domain.retention.disposition import ItemState
from archive_service.forms.letter import LetterTable, Paragraph, letter_data, print_letter
from archive_service.forms.table_form import print_table_form
from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from retention.disposition.papers.certificate import says_of
from retention.disposition.papers.certificate_form import certificate_letter, proof_words
from retention.disposition.papers.decisions_form import council_decision, decision
from retention.disposition.papers.list_form import destruction_list, explanation
from retention.disposition.papers.minutes_form import destruction_minutes, handing_over
from tests.worlds.papers import destruction_papers
from tests.worlds.papers.destruction_papers import AT, PEOPLE, SHA256
from tests.worlds.papers.printed_papers import signer_at
from tests.worlds.papers.printed_text import read

SEALED = "LƯU TRỮ HIỆN HÀNH SỞ CÔNG TRÌNH TỈNH SƠN LAM (Chữ ký số của cơ quan)"
IN_ORDER = {
    "danh-muc-huy": (
        "Số: 01/DMH-LT", "DANH MỤC TÀI LIỆU ĐỀ NGHỊ HỦY", "H40.18.2015.01.",
        "không còn giá trị. Thời hạn trước đây đến 31/12/2026, rút ngắn", "H40.18.2015.04.",
        "gồm 07 hồ sơ (viết bằng chữ: bảy hồ sơ), 112 tài liệu", "Người lập danh mục: Lê Thị Lan.",
        SHA256, "Sơn Lam, ngày 06 tháng 11 năm 2026", SEALED,
    ),
    "ban-thuyet-minh-huy": (
        "BẢN THUYẾT MINH", "I. Sự hình thành phông", "hợp nhất từ hai sở", "II. Số lượng",
        "07 hồ sơ (bảy hồ sơ), 112 tài liệu, dung lượng 29,4 MB", "từ 02/02/2015 đến 20/12/2015",
        "III. Các nhóm", "Hết thời hạn lưu trữ 04 63", "Trùng lặp 02", "Cộng 07 112",
        "IV. Việc xét", "Lê Thị Lan xét từng hồ sơ, xong ngày 06/11/2026",
        "Hồ sơ H40.18.2015.01.QLCT: Thời hạn trước đây đến 31/12/2026",
        "02 hồ sơ khác của danh sách được đề nghị giữ tiếp", SEALED,
    ),
    "quyet-dinh-hoi-dong": (
        "Số: 15/QĐ-SCT", "QUYẾT ĐỊNH Về việc thành lập Hội đồng xét hủy tài liệu lưu trữ",
        "GIÁM ĐỐC SỞ CÔNG TRÌNH", "Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024;",
        "Căn cứ Nghị định số 113/2025/NĐ-CP ngày 03 tháng 6 năm 2025 của Chính phủ quy định",
        "QUYẾT ĐỊNH:",
        "Điều 1.", "Nguyễn Văn Hải", "Chủ tịch", "Lê Thị Lan", "Thư ký", "Điều 2.", "01/DMH-LT",
        "Điều 3.", "GIÁM ĐỐC Hoàng Thị Mỵ",
    ),
    "bien-ban-hop-hoi-dong": (
        "HỘI ĐỒNG XÉT HỦY", "Số: 01/BB-HĐXH", "BIÊN BẢN HỌP", "ngày 08 tháng 11 năm 2026",
        "Phòng họp số 2", "Thời gian bắt đầu: …… giờ ……",
        "Nhất trí với danh mục.", "Hội đồng mở xem nội dung",
        "03 thành viên: 03 đồng ý, 00 không đồng ý", SHA256,
        "kết thúc vào hồi …… giờ ……", "THƯ KÝ", "CHỦ TỊCH HỘI ĐỒNG",
    ),
    "quyet-dinh-huy": (
        "Số: 41/QĐ-SCT", "Về việc hủy tài liệu lưu trữ", "Biên bản họp ngày 08/11/2026",
        "ý kiến thẩm định số 21/LTLS ngày 10/11/2026", "Hủy 06 hồ sơ (sáu hồ sơ), 96 tài liệu",
        "01 hồ sơ của danh mục không hủy", SHA256, "chậm nhất ngày 27/11/2026",
        "GIÁM ĐỐC Hoàng Thị Mỵ",
    ),
    "bien-ban-ban-giao-huy": (
        "Số: 01/BBBG-LT", "bàn giao tài liệu hủy", "Quyết định số 41/QĐ-SCT ngày 12/11/2026",
        "Bên nhận (thực hiện hủy): Trần Văn Bách", "02 kho", "Kho 1, giá 03, hộp 12",
        "BÊN GIAO (Chữ ký số của cơ quan) BÊN NHẬN", "Lưu trữ hiện hành", "Trần Văn Bách",
    ),
    "bien-ban-huy": (
        "Số: 01/BBH-LT", "Người chứng kiến, thành viên Hội đồng xét hủy: Nguyễn Văn Hải",
        "bắt đầu lúc 17/11/2026 10:22:31, xong lúc 19/11/2026 10:22:31", "H40.18.2015.01.QLCT",
        "nghiền thành bột giấy", "Không hủy, vì bị dừng trước khi hủy: H40.18.2015.04.QLCT",
        "NGƯỜI CHỨNG KIẾN", "LƯU TRỮ HIỆN HÀNH", "(Chữ ký số của cơ quan)", "Nguyễn Văn Hải",
    ),
    "giay-chung-nhan-huy": (
        "Số: 01/GCNH-LT", "GIẤY CHỨNG NHẬN HỦY", "chứng nhận việc hủy 06 hồ sơ (sáu hồ sơ)",
        "Mọi mục đã khép.", "Đề nghị, lập danh sách Lê Thị Lan 31/10/2026",
        "Xét danh sách Lê Thị Lan", "Họp hội đồng xét hủy Hội đồng xét hủy: 03 trong 03",
        "đồng ý 08/11/2026", "Trình thủ trưởng", "Phê duyệt Hoàng Thị Mỵ",
        "Kho objects, mọi phiên bản 06 00 00",
        "Biên bản họp Hội đồng Chưa ký: Lê Thị Lan, Nguyễn Văn Hải", "Quyết định hủy",
        "01 văn bản trên chưa đủ chữ ký khi lập giấy này", "IV. Tài liệu giấy",
        "Những gì được giữ làm chứng cứ", "Nhật ký kiểm toán", "trích yếu", SHA256, SEALED,
        "TỪNG NƠI CỦA TỪNG HỒ SƠ", "H40.18.2015.01.", "2026-11-01-full",
    ),
    "giay-chung-nhan-tam": (
        "Tạm lập: còn mục chưa khép", "Còn 1 mục chưa khép", "Các mục chưa khép",
        "Nối lại hoặc sửa", "27/11/2026", "Kho objects, mọi phiên bản 05 00 01",
        "Chưa khép: kho không trả lời",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def signer(home: Path) -> Pkcs12Signer:
    return signer_at(home)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory, signer: Pkcs12Signer) -> dict[str, Path]:
    """Every paper, printed once."""
    folder = tmp_path_factory.mktemp("papers")
    made = destruction_papers.print_letters(folder)
    for name, opened in (("giay-chung-nhan-huy", False), ("giay-chung-nhan-tam", True)):
        made.append(folder / f"{name}.pdf")
        destruction_papers.print_certificate(made[-1], signer, opened=opened)
    made.append(folder / "danh-muc-huy.pdf")
    form = destruction_papers.tables()["danh-muc-huy"]()
    print_table_form(form, made[-1], at=AT)
    return {path.stem: path for path in made}


@pytest.mark.parametrize("name", sorted(IN_ORDER))
def test_each_paper_says_what_it_has_to_in_order(papers: dict[str, Path], name: str) -> None:
    printed, at = read(papers[name]), 0
    for words in IN_ORDER[name]:
        at = printed.find(words, at)
        assert at >= 0, words


def test_all_are_pdf_a_and_the_certificate_is_signed(
    papers: dict[str, Path], home: Path, tools: ModuleType
) -> None:
    verdicts = tools.verapdf(list(papers.values()))
    assert [(verdict.passed, verdict.flavour, verdict.details) for verdict in verdicts] == [
        (True, "2b", "") for _ in papers
    ]
    (report,) = inspect_signatures(papers["giay-chung-nhan-huy"], Trust.read(home / "authority"))
    assert report.trusted
    assert report.covers_whole_document


def test_the_list_groups_what_goes_by_why_and_leaves_out_nothing_that_was_reviewed() -> None:
    form = destruction_list(destruction_papers.told(), "01/DMH-LT")
    headings = [row.cells[2] for row in form.rows if row.kind == "heading"]
    assert headings == [
        "I. Hết thời hạn lưu trữ (04)",
        "II. Trùng lặp (02)",
        "III. Bản thảo, bản đã có bản thay thế (01)",
    ]
    rows = [row for row in form.rows if row.kind == "row"]
    assert [row.cells[0] for row in rows] == [str(at) for at in range(1, 8)]
    assert rows[0].cells[3:6] == ["02/02/2015 - 20/12/2015", "05 năm", "31/12/2020"]


def test_a_year_alone_and_no_dates_are_told_as_they_are() -> None:
    file = destruction_papers.told(2)
    one, other = file.listed
    some = [replace(one, began="2015", ended="2015"), replace(other, began="", ended="")]
    rows = [row for row in destruction_list(replace(file, listed=some), "1").rows]
    assert [row.cells[3] for row in rows if row.kind == "row"] == ["2015", ""]
    told = str(letter_data(explanation(replace(file, listed=some[1:]), "1")))
    assert "từ …… đến ……" in told


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("", "chưa đến lượt xóa"),
        ("staged-lately", "tệp giống của hồ sơ vừa được nhận lại"),
        ("search-unavailable", "máy chủ tra cứu không trả lời"),
        ("without-words", "lỗi không lường trước"),
    ],
)
def test_why_a_place_is_open_is_told_in_words(trouble: str, words: str) -> None:
    told = proof_words({"state": "open", "trouble": trouble, "until": None})
    assert told.startswith(f"Chưa khép: {words}")
    assert not trouble or trouble not in told


def test_a_witness_did_not_carry_it_out() -> None:
    file = destruction_papers.told()
    found = file.row.witness()
    assert found is not None
    assert found.name == "Nguyễn Văn Hải"
    file.row.members[0].account = file.row.executed_by
    found = file.row.witness()
    assert found is not None
    assert found.name == "Lê Thị Lan"


def test_a_council_that_is_older_than_the_list_was_set_up_for_no_list_that_is_named() -> None:
    file = destruction_papers.told()
    listed = file.numbers["list"]
    assert f"Danh mục tài liệu đề nghị hủy số {listed}" in str(council_decision(file, "").parts)
    file.row.council_on = dt.date(2026, 11, 5)  # the day before the list was reviewed
    told = str(council_decision(file, "").parts)
    assert listed not in told
    assert f"danh mục tài liệu đề nghị hủy do {file.archive} trình" in told


def test_what_is_not_known_yet_has_dots_and_the_decision_says_only_what_goes() -> None:
    file = destruction_papers.told()
    file.row.decision_number, file.row.decided_by = "", None
    file.row.council_number, file.row.opinion_by = "", ""
    assert council_decision(file, "").number == "…………"
    letter = decision(file, "")
    assert (letter.number, letter.signers[0].name) == ("…………", "Hoàng Thị Mỵ")
    assert "thẩm định" not in str(letter_data(letter))
    whole = [replace(listed, state=ItemState.DONE) for listed in file.listed]
    assert "không hủy" not in str(letter_data(decision(replace(file, listed=whole), "")))
    table = next(
        part for part in destruction_minutes(file, "1").parts if isinstance(part, LetterTable)
    )
    assert len(table.rows) == 6


def test_where_the_archive_alone_signs_no_person_is_named_and_posts_are_those_of_the_accounts() -> (
    None
):
    file = destruction_papers.told()
    alone = [
        destruction_list(file, "1").signers,
        explanation(file, "1").signers,
        certificate_letter(destruction_papers.certificate(), place="x", sha256=SHA256).signers,
    ]
    assert [
        [(form_signer.position, form_signer.name) for form_signer in signers] for signers in alone
    ] == [[(destruction_papers.ARCHIVE, "")]] * 3
    minutes = handing_over(file, "1"), destruction_minutes(file, "1")
    assert [minute.signers[minute.box].note for minute in minutes] == [
        "(Chữ ký số của cơ quan)"
    ] * 2
    assert not {minute.signers[minute.box].name for minute in minutes} & set(PEOPLE.values())
    without = replace(file, posts={})
    assert decision(file, "").signers[0].position == "Giám đốc"
    assert decision(without, "").signers[0].position == "Người đứng đầu cơ quan"
    assert decision(without, "").authority == f"Người đứng đầu {destruction_papers.AGENCY}"


def test_the_explanation_says_of_each_case_file_only_what_was_so_on_its_day() -> None:
    file = destruction_papers.told()
    held = [replace(one, stopped="đang tạm dừng xử lý") for one in file.listed[:1]]
    told = str(letter_data(explanation(replace(file, listed=held + list(file.listed[1:])), "1")))
    assert "03 hồ sơ nhóm “Hết thời hạn lưu trữ” đã hết" in told
    assert "02 hồ sơ nhóm “Trùng lặp” đều có trong hồ sơ còn giữ" in told
    assert "01 hồ sơ trong danh mục không hủy được" in told
    assert "đang tạm dừng xử lý" in told.partition("không hủy được")[2]
    none = [replace(one, stopped="chưa đến hạn") for one in file.listed]
    assert "đã hết; không hồ sơ nào" not in str(
        letter_data(explanation(replace(file, listed=none), "1"))
    )


def test_without_paper_no_count_of_it_is_told() -> None:
    file = destruction_papers.told()
    bare = replace(file, listed=[replace(listed, paper="") for listed in file.listed])
    for said in (explanation(bare, "1"), decision(bare, "1")):
        told = str(letter_data(said))
        assert "không có tài liệu giấy" in told
        assert "00 hồ sơ" not in told


def test_keys_of_backups_are_told_only_where_there_were_some() -> None:
    file = destruction_papers.told()
    for count, words in (
        (0, "và cơ sở dữ liệu. Sau khi xóa"),
        (2, "bản sao lưu của 02 hồ sơ cũng"),
    ):
        letter = destruction_minutes(replace(file, keys_destroyed=count), "01/BBH-LT")
        said = " ".join(part.words for part in letter.parts if isinstance(part, Paragraph))
        assert words in said
        assert ("sao lưu" in said) is bool(count)


def test_no_line_of_who_signs_holds_half_a_name(tmp_path: Path) -> None:
    file = replace(destruction_papers.told(), archive="Lưu trữ tỉnh Sơn Lam")
    print_letter(destruction_minutes(file, "01/BBH-LT"), tmp_path / "paper.pdf", at=AT)
    with pypdfium2.PdfDocument(tmp_path / "paper.pdf") as document:
        pages = [one.get_textpage().get_text_range() for one in document]
    lines = unicodedata.normalize("NFC", "\n".join(pages)).splitlines()
    assert "LAM" not in {line.strip() for line in lines}


def test_a_certificate_from_before_proposals_were_told_is_not_made_anew() -> None:
    told = destruction_papers.certificate()
    older = {name: one for name, one in told.items() if name != "proposed"}
    assert says_of(older) == says_of(told) != says_of(told | {"approvals": []})
    assert "Đề nghị, lập danh sách" not in str(
        certificate_letter(older, place="Sơn Lam", sha256=SHA256).parts
    )
