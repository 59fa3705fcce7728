"""What page 1 of a state agency's electronic document bears (thể thức), looked for in its words."""

from pathlib import Path

import pytest

from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.pdf.facts import PdfCondition, PdfFacts
from archive_service.formats.pdf.text import PageText
from archive_service.settings import load_settings
from archive_service.text import same_words
from ingest.checks.each import formalities
from ingest.checks.examine import FileFacts
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.known_documents import Known
from ingest.register.register import Register

AGENCY = "Sở Công trình tỉnh Sơn Lam"
DOCUMENT = {
    "typeName": "02",
    "codeNumber": "12",
    "codeNotation": "QĐ-SCT",
    "organName": AGENCY,
    "signer": "Trần Minh Khôi",
    "signerPosition": "Giám đốc",
    "receivers": "Như Điều 3",
}


def context_of(home: Path, text: str, document: dict[str, str]) -> CheckContext:
    facts = FileFacts(pdf=PdfFacts(PdfCondition.GOOD, pages=1), text=PageText(text))
    row = DeclaredDocument(row=2, fields=DOCUMENT | document, files=[DeclaredFile(path="a.pdf")])
    return CheckContext(
        DeclaredCaseFile(row=2, fields={"title": "Hồ sơ"}, documents=[row]),
        {"a.pdf": ReceivedFile("a.pdf", "a" * 64, 10, facts)},
        Register({}, None, False, None, {}),
        load_settings(home).limits,
        known=Known(issuers=frozenset({same_words(AGENCY)})),
    )


HEAD = (
    "SỞ CÔNG TRÌNH CỘNG HÒA XÃ HỘI CHỦ NGHĨA\nVIỆT NAM\n{motto}\n"
    "Số: 12/QĐ-SCT {date}\nQUYẾT ĐỊNH Phê duyệt thiết kế"
)
BARE = "QUYẾT ĐỊNH Phê duyệt thiết kế bản vẽ thi công Trạm bơm Khe Lạnh"
MOTTO, PLACED = "Độc lập – Tự do – Hạnh phúc", "Sơn Lam, ngày 12  tháng 4 năm 2025"


@pytest.mark.parametrize(
    ("text", "document", "told"),
    [
        (HEAD.format(motto=MOTTO, date=PLACED), {}, []),
        (HEAD.format(motto=MOTTO, date="Sơn Lam, ngày    tháng    năm 2025"), {}, []),
        (HEAD.format(motto="", date=PLACED), {}, ["Tiêu ngữ"]),
        (HEAD.format(motto=MOTTO, date="ngày 12 tháng 4"), {}, ["địa danh"]),
        (BARE, {}, ["Quốc hiệu", "Tiêu ngữ", "địa"]),
        (BARE, {"organName": "Công ty An Bình"}, []),
        (BARE, {"origin": "digitized-by-issuer"}, []),
        (BARE, {"typeName": "31"}, []),
        ("dấu đến", {}, []),  # of a scanned page
    ],
)
def test_the_head_of_page_one_of_a_state_agency_is_looked_for(
    tmp_path: Path, text: str, document: dict[str, str], told: list[str]
) -> None:
    found = list(formalities.check(context_of(tmp_path, text, document)))
    assert [finding.code for finding in found] == ["element-not-on-page"] * len(told)
    for finding, element in zip(found, told, strict=True):
        assert str(finding.facts["element"]).startswith(element)
        assert (finding.place, finding.severity) == ("a.pdf", Severity.INFO)
        assert "Phụ lục I" in str(finding.facts["source"])
