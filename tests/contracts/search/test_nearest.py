"""Where no document has the day, code or number, what lies nearest to it is found, and told."""

from search.asking import ask
from search.port import SearchIndex
from tests.worlds.servers.indexes import put, query


def test_what_lies_nearest_is_found_and_told(index: SearchIndex) -> None:
    pump = put(index, "H40.18.2025.07.QLCT Hồ sơ trạm bơm", page=None)
    dyke = put(index, "000.00.18.H40.2011.01.TH Hồ sơ xây dựng kè", page=None)
    minutes = put(index, "Số: 47/BB-BQL, biên bản ngày 12 tháng 6 năm 2025")
    nearest = {
        "h40 18 2025 7 qlct": ("h40.18.2025.7.qlct", pump),
        "mã hồ sơ h40 18 2025 7 qlct": ("h40.18.2025.7.qlct", pump),
        "H40.18.2025.99.KHTC": ("h40 18 2025", pump),
        "000.00.18.H40.2011.88.QLDA": ("000 00 18 h40 2011", dyke),
        "6/12/2025": ("12/06/2025", minutes),
        "ngày 31/6/2025": ("06/2025", minutes),
        "tháng 16/2025": ("tháng 06/2025", minutes),
        "tháng 6/2052": ("06/2025", minutes),
        "ngày 12/6/2052": ("12/06/2025", minutes),
        "ngày 12 tháng 6 năm 2052": ("12/06/2025", minutes),
        "900/BB-BQL": ("BB BQL", minutes),
        "900/2019/BB-BQL": ("BB BQL", minutes),
        "số 900/BB": ("BB", minutes),
    }
    for typed, (instead, wanted) in nearest.items():
        asked = ask(index, query(typed, by="document"))
        hits = [hit.case_file_id for hit in index.search(asked.query).hits]
        assert (asked.step, asked.instead.lower(), hits) == ("repaired", instead.lower(), [wanted])


def test_of_what_has_nothing_near_it_nothing_is_found(index: SearchIndex) -> None:
    pump = put(index, "H40.18.2025.07.QLCT Hồ sơ trạm bơm", page=None)
    put(index, "Số: 47/BB-BQL, biên bản ngày 12 tháng 6 năm 2025")
    for typed in (
        "6/12/1999",
        "T99.55.1987.41.KHTC",
        "900/KHONG-BB-BQL",
        '"6/12/2025"',
        "tiêu đề: 6/12/2025",
        "Vân 6/12/2025",
        "H40.18.2025.07.QLCT -bơm",
    ):
        asked = ask(index, query(typed, by="document"))
        assert (asked.step, index.search(asked.query).total) == ("all", 0)
    asked = ask(index, query("h40 18 2025 7 qlct -bơm", by="document"))
    assert pump not in [hit.case_file_id for hit in index.search(asked.query).hits]


def test_the_parts_of_a_code_are_found_in_any_order(index: SearchIndex) -> None:
    wanted = put(index, "H40.18.2025.07.QLCT Hồ sơ trạm bơm", page=None)
    put(index, "H40.18.2024.08.QLCT Hồ sơ kè", page=None)
    asked = ask(index, query("QLCT.07.2025", by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("repaired", [wanted])
