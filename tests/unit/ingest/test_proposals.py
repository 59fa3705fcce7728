"""What a page says becomes what an officer would enter."""

import pytest

from archive_service.domain.submission import DeclaredCaseFile, DeclaredDocument, DeclaredFile
from ingest.draft_order import sort_by_time
from ingest.proposals import as_entered

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


def test_an_annex_stands_behind_what_was_issued_on_its_day() -> None:
    told = [("Phụ lục 1", "", "2025-03-05"), ("Báo cáo", "210", "2025-03-05"), ("Sau", "", "")]
    rows = [
        DeclaredDocument(
            row=at,
            kind="document",
            fields={"subject": subject, "codeNumber": number, "issuedDate": day},
            files=[DeclaredFile(path=f"{subject}.pdf")],
        )
        for at, (subject, number, day) in enumerate(told, start=1)
    ]
    declared = DeclaredCaseFile(row=1, fields={}, documents=rows)
    sort_by_time(declared)
    assert [one.fields["subject"] for one in declared.documents] == ["Báo cáo", "Phụ lục 1", "Sau"]
