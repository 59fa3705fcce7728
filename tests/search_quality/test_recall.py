"""Real queries find the page they mean, typed with marks, without, or carelessly."""

from uuid import UUID

import pytest

from archive_service.text import nfc
from search.port import Entry, Query, SearchIndex, Visibility
from search.query import parse_query
from search.words import words
from tests.search_quality.engines import ENGINES, Opened

# Text of our own with invented names, chosen so that many differ by their marks only.
PAGES = (
    "Biên bản bàn giao mặt bằng thi công công trình Kè bờ hữu sông Đà Ngân",
    "Biên bản kiểm tra hiện trường trước khi bàn giao Kè Soi Đình",
    "Quyết định phê duyệt dự toán công trình Trạm bơm Nà Sáng",
    "Quyết định huỷ kết quả đấu thầu gói thầu số 3 theo Nghị định số 63/2014/NĐ-CP",
    "Tờ trình về việc uỷ quyền ký hợp đồng xây lắp",
    "Báo cáo tình hình thu chi ngân sách sáu tháng đầu năm 2011",
    "Công văn số 128/SCT-TH về việc cung cấp số liệu thống kê",
    "Thông báo kết luận cuộc họp giao ban tháng 8",
    "Danh sách các hộ dân nhận tiền đền bù giải phóng mặt bằng thôn Nà Lừa",
    "Hợp đồng thuê máy xúc đào giữa Ban quản lý và Công ty Bến Đá",
    "Giấy mời dự hội nghị tổng kết công tác phòng chống lụt bão",
    "Kế hoạch kiểm tra an toàn hồ chứa nước mùa mưa lũ",
    "Đơn đề nghị của ông Trần Văn Mẫu về ranh giới thửa đất số 45",
    "Phiếu chuyển hồ sơ cho Phòng Tổng hợp lưu trữ theo Danh mục hồ sơ",
    "Bản vẽ kỹ thuật mặt cắt ngang đê, tỷ lệ 1:500",
    "Nghị quyết về hoà giải tranh chấp đất đai ở phường Bến Đá",
)
QUERIES = (
    ("bàn giao mặt bằng kè bờ hữu", 0),
    ("ban giao mat bang ke bo huu", 0),
    ("song da ngan", 0),
    ("Soi Đình", 1),
    ("soi dinh hien truong", 1),
    ("du toan tram bom", 2),
    ("hủy kết quả đấu thầu", 3),
    ("huy ket qua dau thau", 3),
    ("63/2014/nđ-cp", 3),
    ("nghị định 63/2014/NĐ-CP", 3),
    ("ủy quyền ký hợp đồng", 4),
    ("uy quyen", 4),
    ("THU CHI NGAN SACH 2011", 5),
    ("128/SCT-TH", 6),
    ("so lieu thong ke", 6),
    ('"giao ban tháng 8"', 7),
    ("đền bù giải phóng mặt bằng", 8),
    ("thon na lua", 8),
    ("thuê máy xúc", 9),
    ("lut bao", 10),
    ("hồ chứa nước", 11),
    ("ho chua nuoc mua lu", 11),
    ("tran van mau", 12),
    ("thửa đất 45", 12),
    ("danh muc ho so", 13),
    ("mat cat ngang de", 14),
    ("hòa giải", 15),
    ("tranh chấp đất đai", 15),
)


EVERYTHING = Visibility(None, None)


@pytest.fixture(scope="module")
def filled(opened: Opened) -> dict[str, SearchIndex]:
    """Both engines with all pages."""
    entries = [
        Entry(UUID(int=number), f"H40.18.2011.{number:02}", text, UUID(int=1), 2011, "01")
        for number, text in enumerate(PAGES)
    ]
    for index in opened.values():
        index.replace_many([entry.case_file_id for entry in entries], entries)
    return opened


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("typed", "wanted"), QUERIES)
def test_the_page_that_is_meant_comes_first(
    filled: dict[str, SearchIndex], engine: str, typed: str, wanted: int
) -> None:
    hits = filled[engine].search(Query(parse_query(typed), EVERYTHING)).hits
    assert [hit.case_file_id.int for hit in hits[:1]] == [wanted]


# Besides those above: words that many pages share, with marks, other marks, and none.
SHARED = (
    "ban",
    "bản",
    "bàn",
    "bạn",
    "ke",
    "kè",
    "kế",
    "ho",
    "hồ",
    "công trình",
    "da",
    "đá",
    "quyết",
)


@pytest.mark.parametrize("typed", [*(typed for typed, _ in QUERIES), *SHARED])
def test_every_engine_finds_the_same_pages_those_with_the_very_marks_first(
    filled: dict[str, SearchIndex], typed: str
) -> None:
    told = []
    for index in filled.values():
        page = index.search(Query(parse_query(typed), EVERYTHING))
        very = [_has_the_very_marks(hit.case_file_id, typed) for hit in page.hits]
        assert very == sorted(very, reverse=True)
        groups = [
            {hit.case_file_id for hit, exact in zip(page.hits, very, strict=True) if exact is which}
            for which in (True, False)
        ]
        told.append((page.total, page.case_files, groups, sorted(hit.snippet for hit in page.hits)))
    assert told[0] == told[1]


def _has_the_very_marks(page: UUID, typed: str) -> bool:
    terms = [term for term in parse_query(typed).terms if term.marked]
    text = " ".join(word.exact for word in words(nfc(PAGES[page.int])))
    return bool(terms) and all(f" {' '.join(term.exact)} " in f" {text} " for term in terms)
