"""Each printed paper beside the forms of NĐ 30/2020: heads, rows, totals, and where they stand."""

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pypdfium2
import pytest
from lxml import etree

from archive_service.forms.docx import write_docx
from archive_service.forms.table_form import TableForm
from digitize.ocr.layout import layout
from digitize.page_one.lines import Box
from tests.worlds.papers import printed_papers
from tests.worlds.papers.printed_papers import TABLES
from tests.worlds.papers.word import WORD

# NĐ 30/2020 PL V and, below them, our own lists: the heads by name and in order.
HEADS = {
    "danh-muc-ho-so": [
        "Số và ký hiệu hồ sơ", "Tên đề mục và tiêu đề hồ sơ", "Thời hạn lưu trữ",
        "Đơn vị, người lập hồ sơ", "Ghi chú",
    ],
    "muc-luc-ho-so": [
        "STT", "Số, ký hiệu hồ sơ", "Tiêu đề hồ sơ", "Thời gian tài liệu", "Thời hạn lưu trữ",
        "Số tờ/ Số trang", "Ghi chú",
    ],
    "muc-luc-van-ban": [
        "STT", "Số, ký hiệu văn bản", "Ngày, tháng, năm văn bản",
        "Tên loại và trích yếu nội dung văn bản", "Tác giả văn bản", "Tờ số/ Trang số", "Ghi chú",
    ],
    "danh-muc-nop-luu": [
        "STT", "Số và ký hiệu hồ sơ", "Tiêu đề hồ sơ", "Thời hạn lưu trữ",
        "Đơn vị, người lập hồ sơ", "Hạn nộp",
    ],
    "danh-muc-giu-lai": [
        "STT", "Mã hồ sơ", "Tiêu đề hồ sơ", "Đơn vị, người lập hồ sơ", "Hạn nộp", "Giữ lại đến",
        "Lý do", "Văn bản đồng ý",
    ],
    "so-nop-luu": [
        "STT", "Nhận lúc", "Mã hồ sơ", "Tiêu đề hồ sơ", "Cơ quan", "Người nộp", "Số tài liệu",
        "Tình trạng", "Quyết định lúc", "Ghi chú",
    ],
    "so-giay-tiep-nhan": [
        "STT", "Số", "Ký lúc", "Mã hồ sơ", "Tiêu đề hồ sơ", "Cơ quan",
        "SHA-256 của tệp giấy (16 ký tự đầu)",
    ],
    "so-bien-ban": [
        "STT", "Số", "Lập lúc", "Cơ quan", "Bên giao", "Bên nhận", "Số hồ sơ", "Khối tài liệu",
        "Ghi chú",
    ],
    "danh-muc-huy": [
        "STT", "Mã hồ sơ", "Tiêu đề hồ sơ", "Thời gian tài liệu", "Thời hạn lưu trữ",
        "Ngày hết hạn", "Số tài liệu", "Tài liệu giấy (hộp, giá)", "Ghi chú",
    ],
}  # fmt: skip
TOTALS = {
    "danh-muc-ho-so": (
        "Bản Danh mục hồ sơ này có 14 (mười bốn) hồ sơ, bao gồm: 05 hồ sơ lưu trữ vĩnh viễn; "
        "08 hồ sơ lưu trữ có thời hạn; 01 hồ sơ có thời hạn ghi bằng lời"
    ),
    "muc-luc-ho-so": (
        "Mục lục này gồm: 02 hồ sơ (viết bằng chữ: hai hồ sơ). "
        "Trong đó: 01 hồ sơ lưu trữ vĩnh viễn; 01 hồ sơ lưu trữ có thời hạn."
    ),
    "muc-luc-van-ban": (
        "Mục lục này gồm: 05 văn bản, tài liệu (viết bằng chữ: năm văn bản, tài liệu)."
    ),
    "danh-muc-nop-luu": "Danh mục này có 11 hồ sơ (mười một hồ sơ).",
    "danh-muc-giu-lai": "Danh mục này có 02 hồ sơ (hai hồ sơ).",
    "so-nop-luu": "Tổng số: 23 dòng (viết bằng chữ: hai mươi ba dòng).",
    "so-giay-tiep-nhan": "Tổng số: 23 dòng (viết bằng chữ: hai mươi ba dòng).",
    "so-bien-ban": "Tổng số: 23 dòng (viết bằng chữ: hai mươi ba dòng).",
    "danh-muc-huy": (
        "Danh mục này gồm 07 hồ sơ (viết bằng chữ: bảy hồ sơ), 112 tài liệu, 29,4 MB "
        "trong một kho; 04 hồ sơ có tài liệu giấy."
    ),
}


@dataclass(frozen=True)
class Word:
    """A printed word and where it stands, as shares of its page from above left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Word") -> bool:
        """Whether ink of both lies at one place; a hair is no overlap."""
        hair = 0.0005
        beside = self.right <= other.left + hair or other.right <= self.left + hair
        above = self.bottom <= other.top + hair or other.bottom <= self.top + hair
        return not (beside or above)


def words_of(page: pypdfium2.PdfPage) -> list[Word]:
    text = page.get_textpage()
    wide, high = page.get_size()
    found: list[Word] = []
    letters: list[tuple[str, tuple[float, float, float, float]]] = []

    def end() -> None:
        if letters:
            boxes = [box for _, box in letters]
            found.append(
                Word(
                    unicodedata.normalize("NFC", "".join(sign for sign, _ in letters)),
                    min(box[0] for box in boxes) / wide,
                    1 - max(box[3] for box in boxes) / high,
                    max(box[2] for box in boxes) / wide,
                    1 - min(box[1] for box in boxes) / high,
                )
            )
            letters.clear()

    last = 0.0
    for index in range(text.count_chars()):
        sign, box = text.get_text_range(index, 1), text.get_charbox(index)
        if sign.isspace() or box[0] < last - 20:
            end()
        if not sign.isspace():
            letters.append((sign, box))
            last = box[0]
    end()
    return found


@cache
def pages_of(pdf: Path) -> list[list[Word]]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [words_of(page) for page in document]


@cache
def read(pdf: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every paper, printed once."""
    made = printed_papers.print_all(tmp_path_factory.mktemp("papers"))
    return {path.stem: path for path in made}


def zone(key: str) -> Box:
    """Where the decree has this part of a page."""
    return layout()[key].box


def phrase(page: list[Word], text: str) -> list[Word]:
    """The words of ``text`` one after another; they stand on the page once, at the top first."""
    wanted = text.split()
    for at in range(len(page)):
        if [word.text for word in page[at : at + len(wanted)]] == wanted:
            return page[at : at + len(wanted)]
    raise AssertionError(f"{text} is not on the page")


def lies_in(page: list[Word], text: str, key: str) -> bool:
    left, top, right, bottom = zone(key)
    return all(
        left <= word.left and word.right <= right and top <= word.top and word.bottom <= bottom
        for word in phrase(page, text)
    )


@pytest.mark.parametrize("name", sorted(HEADS))
def test_the_columns_are_those_of_the_decree_by_name_and_in_order(
    papers: dict[str, Path], name: str
) -> None:
    heads, form = HEADS[name], TABLES[name]()
    assert [column.head for column in form.columns] == heads
    printed = read(papers[name])
    numbers = " ".join(f"({at})" for at in range(1, len(heads) + 1))
    assert f"{' '.join(heads)} {numbers}" in printed
    below = [phrase(pages_of(papers[name])[0], f"({at})")[0] for at in range(1, len(heads) + 1)]
    assert all(word.right < other.left for word, other in pairwise(below)), "side by side"


@pytest.mark.parametrize("name", sorted(HEADS))
def test_every_row_and_the_totals_in_figures_and_words_are_printed(
    papers: dict[str, Path], name: str
) -> None:
    printed, form = closely(read(papers[name])), TABLES[name]()
    assert all(closely(cell) in printed for row in form.rows for cell in row.cells)
    assert closely(TOTALS[name]) in printed


def closely(text: str) -> str:
    """Without spaces and hyphens, of which a line's end makes others."""
    return re.sub(r"[\s\x02\ufffe-]", "", text)


@pytest.mark.parametrize("name", [*sorted(HEADS), "bien-ban-giao-nhan"])
def test_no_word_lies_over_another_or_in_a_margin(papers: dict[str, Path], name: str) -> None:
    for page in pages_of(papers[name]):
        assert all(word.right < 0.95 and word.bottom < 0.95 and word.left > 0.08 for word in page)
        over = [(a.text, b.text) for a, b in combinations(page, 2) if a.meets(b)]
        assert not over


@pytest.mark.parametrize(
    ("name", "above", "issuer"),
    [
        ("danh-muc-ho-so", "ỦY BAN NHÂN DÂN TỈNH SƠN LAM", "SỞ CÔNG TRÌNH TỈNH SƠN LAM"),
        ("danh-muc-nop-luu", "SỞ CÔNG TRÌNH TỈNH SƠN LAM", "LƯU TRỮ HIỆN HÀNH"),
        ("danh-muc-giu-lai", "ỦY BAN NHÂN DÂN TỈNH SƠN LAM", "SỞ CÔNG TRÌNH TỈNH SƠN LAM"),
        ("so-nop-luu", "SỞ CÔNG TRÌNH TỈNH SƠN LAM", "LƯU TRỮ HIỆN HÀNH"),
        ("bien-ban-giao-nhan", "SỞ CÔNG TRÌNH TỈNH SƠN LAM", "LƯU TRỮ HIỆN HÀNH"),
    ],
)
def test_the_head_stands_in_the_zones_of_the_decree(
    papers: dict[str, Path], name: str, above: str, issuer: str
) -> None:
    page = pages_of(papers[name])[0]
    for text, key in (
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "state"),
        ("Độc lập - Tự do - Hạnh phúc", "state"),
        (above, "issuer"),
        (issuer, "issuer"),
        ("Sơn Lam, ngày 20 tháng 11 năm 2026", "date"),
    ):
        assert lies_in(page, text, key), text
    state, own = phrase(page, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), phrase(page, issuer)
    assert min(word.left for word in state) - max(word.right for word in own) > 0.02, "apart"
    assert max(word.bottom for word in phrase(page, above)) <= min(word.top for word in own)


@pytest.mark.parametrize("name", sorted(HEADS))
def test_a_number_is_asked_for_where_the_paper_will_get_one(
    papers: dict[str, Path], name: str
) -> None:
    page = pages_of(papers[name])[0]
    numbered = {
        "danh-muc-ho-so": "12/QĐ-SCT", "danh-muc-nop-luu": "02/DM-LT", "danh-muc-giu-lai": "…………",
        "danh-muc-huy": "01/DMH-LT",
    }  # fmt: skip
    if name in numbered:
        assert lies_in(page, f"Số: {numbered[name]}", "number")
    else:
        assert not [word for word in page if word.text == "Số:"]


@pytest.mark.parametrize(
    ("name", "signer"),
    [
        ("danh-muc-ho-so", "Hoàng Thị Mỵ"),
        ("danh-muc-nop-luu", "NGƯỜI PHỤ TRÁCH LƯU TRỮ"),
        ("danh-muc-giu-lai", "NGƯỜI ĐỨNG ĐẦU CƠ QUAN"),
        ("so-bien-ban", "NGƯỜI PHỤ TRÁCH LƯU TRỮ"),
    ],
)
def test_who_signs_stands_at_the_right_and_recipients_at_the_left(
    papers: dict[str, Path], name: str, signer: str
) -> None:
    last = pages_of(papers[name])[-1]
    assert lies_in(last, signer, "signer")
    if TABLES[name]().recipients:
        assert lies_in(last, "Nơi nhận:", "recipients")
        assert phrase(last, "Lưu: VT, LT.")


def test_the_minutes_have_the_points_and_both_places_of_signing(papers: dict[str, Path]) -> None:
    pdf = papers["bien-ban-giao-nhan"]
    text, pages = read(pdf), pages_of(pdf)
    points = [
        "BÊN GIAO: Phòng Quản lý công trình", "BÊN NHẬN: Lưu trữ hiện hành",
        "1. Tên khối tài liệu giao nộp:", "2. Thời gian của hồ sơ, tài liệu: 2025",
        "3. Số lượng tài liệu:", "tổng số hộp (cặp): 03; tổng số hồ sơ: 01; tổng số tờ: 09",
        "tổng số hồ sơ: 02; tổng số văn bản, tài liệu: 10; tổng số tệp tin trong hồ sơ: 10",
        "4. Tình trạng tài liệu giao nộp:", "5. Mục lục hồ sơ, tài liệu nộp lưu",
        "ĐẠI DIỆN BÊN GIAO", "ĐẠI DIỆN BÊN NHẬN", "MỤC LỤC HỒ SƠ, TÀI LIỆU NỘP LƯU",
        "MỤC LỤC VĂN BẢN, TÀI LIỆU TRONG HỒ SƠ",
    ]  # fmt: skip
    found = [text.find(point) for point in points]
    assert -1 not in found
    assert found == sorted(found)
    for name in ("muc-luc-ho-so", "muc-luc-van-ban"):
        numbers = " ".join(f"({at})" for at in range(1, 8))
        assert f"{' '.join(HEADS[name])} {numbers}" in text
        assert TOTALS[name] in text
    signed = next(page for page in pages if any(word.text == "GIAO" for word in page[-40:]))
    giver, receiver = phrase(signed, "ĐẠI DIỆN BÊN GIAO"), phrase(signed, "ĐẠI DIỆN BÊN NHẬN")
    assert giver[-1].right < 0.5 < receiver[0].left
    assert abs(giver[0].top - receiver[0].top) < 0.01


def test_the_report_bears_its_number_and_one_of_before_the_dots(
    papers: dict[str, Path], tmp_path: Path
) -> None:
    assert lies_in(pages_of(papers["bao-cao-thong-ke"])[0], "Số: 03/BC-LT", "number")
    printed_papers.print_statistics(tmp_path / "former.pdf", printed_papers.report(number=""))
    assert lies_in(pages_of(tmp_path / "former.pdf")[0], "Số: ……/BC-LT", "number")


@pytest.mark.parametrize("reasons", range(0, 30, 2))
def test_two_lines_of_the_report_stand_with_who_signs(tmp_path: Path, reasons: int) -> None:
    target = tmp_path / "report.pdf"
    printed_papers.print_statistics(target, printed_papers.report(reasons))
    last = pages_of(target)[-1]
    (closing, *_), signer = phrase(last, "Trên đây là báo cáo"), phrase(last, "NGƯỜI PHỤ TRÁCH")
    lines = {
        round(word.bottom, 2) for word in last if closing.top - 0.01 < word.top < signer[0].top
    }
    assert len(lines) >= 2


def test_a_term_that_only_a_rule_tells_is_printed(papers: dict[str, Path]) -> None:
    rows = {row.cells[0]: row.cells[2] for row in TABLES["danh-muc-ho-so"]().rows}
    assert rows["01.TH"] == "Vĩnh viễn"
    assert "01.TH" in read(papers["danh-muc-ho-so"])


def test_word_has_the_blocks_in_the_order_of_the_print(tmp_path: Path) -> None:
    for name, make in TABLES.items():
        form = make()
        assert in_order(form, texts_of(written(form, tmp_path / f"{name}.docx")))
    form = printed_papers.minutes_form()
    texts = texts_of(written(form, tmp_path / "minutes.docx"))
    assert in_order(form, texts)
    assert texts.index("ĐẠI DIỆN BÊN NHẬN") < texts.index("MỤC LỤC HỒ SƠ, TÀI LIỆU NỘP LƯU")


def written(form: TableForm, target: Path) -> Path:
    write_docx(form, target)
    return target


def texts_of(document: Path) -> list[str]:
    with zipfile.ZipFile(document) as parts:
        tree = etree.fromstring(parts.read("word/document.xml"))
    return [node.text or "" for node in tree.iter(f"{{{WORD}}}t")]


def in_order(form: TableForm, texts: list[str]) -> bool:
    blocks = [form.issuer_above.upper(), form.issuer.upper(), form.name.upper()]
    blocks += [form.columns[0].head] if form.columns else []
    blocks += [*form.totals, *(signer.position.upper() for signer in form.signers)]
    rest = iter(texts)  # each is looked for behind the one before it
    return all(block in rest for block in blocks if block)
