"""Real queries find the page they mean, typed with marks, without, or carelessly."""

from pathlib import Path
from uuid import UUID

import pytest

from search.fts5 import Fts5Index
from search.port import Entry, Query, Visibility
from search.query import parse_query

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


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Fts5Index:
    path: Path = tmp_path_factory.mktemp("search") / "search.db"
    index = Fts5Index(path)
    for number, text in enumerate(PAGES):
        entry = Entry(UUID(int=number), f"H40.18.2011.{number:02}", text, UUID(int=1), 2011, "01")
        index.replace(entry.case_file_id, [entry])
    return index


@pytest.mark.parametrize(("typed", "wanted"), QUERIES)
def test_the_page_that_is_meant_comes_first(index: Fts5Index, typed: str, wanted: int) -> None:
    hits = index.search(Query(parse_query(typed), Visibility(None, None))).hits
    assert [hit.case_file_id.int for hit in hits[:1]] == [wanted]
