"""The spreadsheets of the sample: a submission's two sheets, and a file plan."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archive_service.demo.agency import SampleAgency

Cell = str | int | dt.date
Row = Mapping[str, Cell]

CASE_FILE_HEADINGS = {
    "fileCode": "Mã hồ sơ",
    "title": "Tiêu đề hồ sơ",
    "maintenance": "Thời hạn lưu trữ",
    "mode": "Chế độ sử dụng",
    "language": "Ngôn ngữ",
    "startDate": "Thời gian bắt đầu",
    "endDate": "Thời gian kết thúc",
    "keyword": "Từ khóa",
    "totalDoc": "Tổng số tài liệu trong hồ sơ",
    "numberOfPaper": "Số lượng tờ",
    "numberOfPage": "Số lượng trang",
    "format": "Tình trạng vật lý",
    "inforSign": "Ký hiệu thông tin",
    "confidenceLevel": "Mức độ tin cậy",
    "paperFileCode": "Mã hồ sơ gốc giấy",
    "riskRecovery": "Chế độ dự phòng",
    "riskRecoveryStatus": "Tình trạng dự phòng",
    "description": "Ghi chú",
    "creator": "Người lập hồ sơ",
}
DOCUMENT_HEADINGS = {
    "fileCode": "Mã hồ sơ",
    "files": "Tệp",
    "sha256": "Mã kiểm tra",
    "typeName": "Tên loại tài liệu",
    "codeNumber": "Số của tài liệu",
    "codeNotation": "Ký hiệu của tài liệu",
    "issuedDate": "Ngày, tháng, năm tài liệu",
    "organName": "Cơ quan/cá nhân ban hành",
    "subject": "Trích yếu nội dung",
    "language": "Ngôn ngữ",
    "numberOfPage": "Số lượng trang",
    "mode": "Chế độ sử dụng",
    "confidenceLevel": "Mức độ tin cậy",
    "format": "Tình trạng vật lý",
    "process": "Quy trình xử lý",
    "riskRecovery": "Chế độ dự phòng",
    "standing": "Loại bản",
    "origin": "Nguồn hình thành",
    "signer": "Người ký",
    "signerPosition": "Chức vụ người ký",
    "receivers": "Nơi nhận",
}
_OPEN = {
    "mode": "Công khai",
    "language": "Tiếng Việt",
    "confidenceLevel": "Gốc điện tử",
    "riskRecovery": "Không",
}
CREATED = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - a spreadsheet knows no zone
_PLAN = Path(__file__).resolve().parent / "texts" / "file_plan.toml"
_PLAN_COLUMNS = (
    ("Số và ký hiệu hồ sơ", 18),
    ("Tên nhóm, tiêu đề hồ sơ", 62),
    ("Thời hạn lưu trữ", 16),
    ("Người lập hồ sơ", 20),
    ("Ghi chú", 26),
)


def case_row(code: str, title: str, **fields: Cell) -> dict[str, Cell]:
    """A row of sheet Hồ sơ: open, and electronic from the start."""
    return {"fileCode": code, "title": title, **_OPEN, **fields}


def document_row(code: str, files: str, **fields: Cell) -> dict[str, Cell]:
    """A row of sheet Văn bản: open, and electronic from the start."""
    return {"fileCode": code, "files": files, **_OPEN, "process": "Không", **fields}


def write_submission_sheet(
    target: Path, case_files: Sequence[Row], documents: Sequence[Row], *, vietnamese: bool
) -> None:
    """The ``.xlsx`` of a submission; its first row in Vietnamese, or in the circular's names."""
    book = _book(target)
    for name, rows, headings in (
        ("Hồ sơ", case_files, CASE_FILE_HEADINGS),
        ("Văn bản", documents, DOCUMENT_HEADINGS),
    ):
        sheet = book.add_worksheet(name)
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        date = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
        sheet.set_column(0, len(headings) - 1, 20, wrapped)
        sheet.freeze_panes(1, 1)
        for column, (field, heading) in enumerate(headings.items()):
            sheet.write_string(0, column, heading if vietnamese else field, bold)
            for line, row in enumerate(rows, start=1):
                _write_cell(sheet, (line, column), row.get(field, ""), date)
    book.close()


def write_file_plan(target: Path, agency: SampleAgency, *, year: int | None = None) -> int:
    """Danh mục hồ sơ in the layout of NĐ 30/2020 PL V mục II; returns its year."""
    plan = tomllib.loads(_PLAN.read_text(encoding="utf-8"))
    plan["year"] = year or plan["year"]
    book = _book(target)
    sheet = book.add_worksheet(f"Danh mục hồ sơ {plan['year']}")
    bold = book.add_format({"bold": True, "align": "center", "text_wrap": True, "valign": "top"})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    head = book.add_format({"bold": True, "align": "center", "text_wrap": True, "border": 1})
    for column, (_, width) in enumerate(_PLAN_COLUMNS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, 1, agency.name.upper(), bold)
    sheet.merge_range(0, 2, 0, 4, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold)
    sheet.merge_range(1, 2, 1, 4, "Độc lập - Tự do - Hạnh phúc", bold)
    sheet.merge_range(3, 0, 3, 4, "DANH MỤC HỒ SƠ", bold)
    sheet.merge_range(4, 0, 4, 4, f"Năm {plan['year']}", bold)
    sheet.merge_range(5, 0, 5, 4, f"({plan['decision']})", bold)
    for column, (heading, _) in enumerate(_PLAN_COLUMNS):
        sheet.write_string(7, column, heading, head)
    line = 8
    for number, group in zip(("I", "II", "III", "IV"), plan["heading"], strict=True):
        sheet.write_string(line, 0, number, head)
        sheet.write_string(line, 1, f"{group['title']} ({group['symbol']})", head)
        line += 1
        for entry in group["entries"]:
            notation = f"{entry['number']}.{group['symbol']}"
            values = (notation, entry["title"], entry["term"], entry["creator"], entry["note"])
            for column, value in enumerate(values):
                sheet.write_string(line, column, value, cell)
            line += 1
    sheet.write_string(line + 1, 0, _totals(plan))
    sheet.write_string(line + 3, 3, agency.heads[-1].position.upper(), bold)
    sheet.write_string(line + 7, 3, agency.heads[-1].name, bold)
    book.close()
    return int(plan["year"])


def _totals(plan: Mapping[str, Any]) -> str:
    terms = [entry["term"] for group in plan["heading"] for entry in group["entries"]]
    permanent = terms.count("Vĩnh viễn")
    return (
        f"Bản Danh mục hồ sơ này có {len(terms)} hồ sơ, bao gồm: {permanent:02} hồ sơ lưu trữ "
        f"vĩnh viễn; {len(terms) - permanent:02} hồ sơ lưu trữ có thời hạn."
    )


def _book(target: Path) -> Any:
    """Equal content gives equal bytes: nothing of the clock goes in."""
    import xlsxwriter

    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": CREATED})
    return book


def _write_cell(sheet: Any, at: tuple[int, int], value: str | int | dt.date, date: Any) -> None:
    line, column = at
    if isinstance(value, dt.date):
        midnight = dt.datetime.combine(value, dt.time())
        sheet.write_datetime(line, column, midnight, date)
    elif isinstance(value, int):
        sheet.write_number(line, column, value)
    elif value:
        sheet.write_string(line, column, value)
