"""What a page says becomes what an officer would enter."""

import pytest

from archive_service.domain.intake.field_source import as_entered
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from ingest.drafts.order import sort_by_time

AGENCY = "Sở Công trình tỉnh Sơn Lam"


@pytest.mark.parametrize(
    ("field", "printed", "entered"),
    [
        ("organName", "SỞ CÔNG TRÌNH", AGENCY),
        ("organName", "Sở Công trình", AGENCY),
        ("organName", "SỞ", "Sở"),
        ("organName", "BỘ NỘI VỤ", "Bộ Nội vụ"),
        ("organName", "ỦY BAN NHÂN DÂN TỈNH SƠN LAM", "Ủy ban nhân dân tỉnh Sơn Lam"),
        ("organName", "HỘI ĐỒNG NHÂN DÂN XÃ SUỐI CẠN", "Hội đồng nhân dân xã Suối Cạn"),
        ("organName", "UBND tỉnh Sơn Lam", "UBND tỉnh Sơn Lam"),
        ("signerPosition", "PHÓ GIÁM ĐỐC", "Phó giám đốc"),
        ("signerPosition", "Phó Giám đốc", "Phó Giám đốc"),
        ("subject", "V/v báo cáo tiến độ", "Báo cáo tiến độ"),
        ("subject", "v/v: ủy quyền", "Ủy quyền"),
        ("subject", "Về việc phê duyệt", "Về việc phê duyệt"),
        ("codeNumber", "12", "12"),
    ],
)
def test_capitals_and_forms_of_a_page_are_none_of_the_value(
    field: str, printed: str, entered: str
) -> None:
    assert as_entered({field: printed}, AGENCY) == {field: entered}


@pytest.mark.parametrize(
    ("superior", "entered"),
    [
        ("ỦY BAN NHÂN DÂN TỈNH SƠN LAM", AGENCY),
        ("UBND TỈNH SƠN LAM", AGENCY),
        ("ỦY BAN NHÂN DÂN TỈNH AN HÒA", "Sở Công trình"),
        ("", AGENCY),
    ],
)
def test_the_department_of_another_province_is_not_the_officers_agency(
    superior: str, entered: str
) -> None:
    told = as_entered({"organName": "SỞ CÔNG TRÌNH"}, AGENCY, superior)
    assert told == {"organName": entered}
    whole = as_entered({"organName": AGENCY.upper()}, AGENCY, superior)
    assert whole == {"organName": AGENCY}


# Path, number and symbol, day; in the order that is to come out.
@pytest.mark.parametrize(
    "told",
    [
        [("Báo cáo.pdf", "210/BC", "2025-03-05"), ("Phụ lục 1.pdf", "", "2025-03-05")],
        [
            ("Quyết định.pdf", "12/QĐ-SCT", "2025-03-05"),
            ("Phụ lục kèm theo Quyết định 12_QĐ-SCT.pdf", "", ""),
            ("Tờ trình.pdf", "112/QĐ-SCT", "2025-03-05"),
        ],
        [
            ("1/a.pdf", "7/BC", "2025-03-05"),
            ("1/Phụ lục 1.pdf", "", ""),
            ("1/Phụ lục 2.pdf", "", ""),
            ("2/a.pdf", "9/TTr", "2025-03-05"),
            ("2/Phụ lục 1.pdf", "", ""),
        ],
        [
            ("01 Báo cáo.pdf", "5/BC", "2025-03-05"),
            ("02 Quyết định.pdf", "6/QĐ", "2025-03-06"),
            ("Phụ lục.pdf", "", ""),
        ],
    ],
)
def test_an_annex_stands_behind_the_document_it_belongs_to(
    told: list[tuple[str, str, str]],
) -> None:
    rows = [
        DeclaredDocument(
            row=at,
            kind="document",
            fields={
                "subject": path.rpartition("/")[2].removesuffix(".pdf"),
                "codeNumber": number.partition("/")[0],
                "codeNotation": number.partition("/")[2],
                "issuedDate": day,
            },
            files=[DeclaredFile(path=path)],
        )
        for at, (path, number, day) in enumerate(reversed(told), start=1)
    ]
    declared = DeclaredCaseFile(row=1, fields={}, documents=rows)
    sort_by_time(declared)
    assert [document.files[0].path for document in declared.documents] == [
        path for path, _, _ in told
    ]
