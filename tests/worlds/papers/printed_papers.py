"""One of each paper that the archive prints, of an invented agency: for tests, and to be seen.

``python -m tests.worlds.papers.printed_papers FOLDER`` writes them there, as PDF and page by page
as pictures, to be laid beside the forms of NĐ 30/2020/NĐ-CP.
"""

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pypdfium2

from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanHeading
from archive_service.domain.intake.collection import KeepBackState
from archive_service.forms.letter import print_letter
from archive_service.forms.table_form import TableForm, print_table_form
from archive_service.law import basis_words
from archive_service.reports.documents import ReportDocument
from archive_service.reports.register_acts import register_form
from archive_service.reports.report_paper import print_report
from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer, open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from ingest.calling_in.documents import KeepBackDocument
from ingest.calling_in.papers import collection_form, keep_back_form
from ingest.file_plan.form import PlanIssuer, file_plan_form
from ingest.handover.papers import (
    Handover,
    ListedCaseFile,
    ListedDocument,
    Side,
    case_file_list,
    document_list,
    handover_form,
    print_handover,
)
from retention.schedules.decision_form import AdoptedSchedule, schedule_decision
from retention.terms.rules import law_citation
from tests.worlds.papers import destruction_papers, transfer_papers

AT = dt.datetime(2026, 11, 20, 3, 22, 31, tzinfo=dt.UTC)
ON = dt.date(2026, 11, 20)
AGENCY = "Sở Công trình tỉnh Sơn Lam"
ABOVE = "Ủy ban nhân dân tỉnh Sơn Lam"
ARCHIVE = "Lưu trữ hiện hành Sở Công trình tỉnh Sơn Lam"
PLACE = "Sơn Lam"
SHA256 = "9f3c41d70a5be8126c4490d1fb27e5a83b6620c9d41e77f0852a13cbe20b77a6"
CODE = "H40.18.2025.07.QLCT"
TITLE = "Hồ sơ nâng cấp Trạm bơm Nà Sáng, xã Bản Lầm"


def plan(entries: int = 14) -> FilePlan:
    """Two majors, one minor; every third entry is permanent, one by its rule, one in words."""
    made = FilePlan(year=2026, number="12/QĐ-SCT", version=1)
    plan_heading = FilePlanHeading(ordinal=1, level=1, number="I", title="TỔNG HỢP", symbol="TH")
    two = FilePlanHeading(ordinal=2, level=1, number="II", title="QUẢN LÝ CÔNG TRÌNH")
    minor = FilePlanHeading(ordinal=3, level=2, number="1", title="Công trình thủy lợi")
    for at, heading in enumerate((plan_heading, two, minor), start=1):
        heading.id = UUID(int=at)
        made.headings.append(heading)
    for number in range(1, entries + 1):
        heading = plan_heading if number <= 4 else minor
        permanent = number % 3 == 0
        made.entries.append(
            FilePlanEntry(
                ordinal=number,
                heading_id=heading.id,
                heading=heading.title,
                notation=f"{number:02}.{'TH' if number <= 4 else 'QLCT'}",
                title=f"Hồ sơ về việc thực hiện nhiệm vụ thứ {number} của Sở trong năm 2026",
                term="Vĩnh viễn" if permanent else "20 năm",
                years=None if permanent else 20,
                permanent=permanent,
                unit="Văn phòng Sở" if number <= 4 else "Phòng Quản lý công trình",
                creator="Vũ Hải Yến" if number <= 4 else "Trần Văn Bách",
                outside=number == entries,
            )
        )
    made.entries[0].years, made.entries[0].term = None, ""
    made.entries[0].rule_code = "TT10.1.01"  # the rule alone says that it is permanent
    made.entries[1].years, made.entries[1].term = None, "Đến khi hết hiệu lực"
    return made


def file_plan(entries: int = 14) -> TableForm:
    """Danh mục hồ sơ: NĐ 30/2020 PL V.II."""
    issuer = PlanIssuer(AGENCY, PLACE, above=ABOVE, position="Giám đốc", signer="Hoàng Thị Mỵ")
    return file_plan_form(plan(entries), issuer, on=ON, rules={"TT10.1.01": None})


def handover(cases: int = 2) -> Handover:
    """Minutes of case files, the first of them with paper, the second permanent."""
    return Handover(
        number="01/BBGN-LT",
        archive=ARCHIVE,
        archive_above=AGENCY,
        place=PLACE,
        block="Hồ sơ, tài liệu năm 2025 của Phòng Quản lý công trình",
        basis=[
            "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ;",
            "Căn cứ Danh mục hồ sơ năm 2025 của Sở Công trình tỉnh Sơn Lam;",
        ],
        giver=Side("Trần Văn Bách", "Chuyên viên", "Phòng Quản lý công trình"),
        receiver=Side("Nguyễn Thị Mai", "Lưu trữ viên", ARCHIVE),
        condition="",
        case_files=[_case(number) for number in range(1, cases + 1)],
        boxes=3,
    )


def _case(number: int) -> ListedCaseFile:
    paper = number == 1
    return ListedCaseFile(
        code=f"H40.18.2025.{number + 6:02}.QLCT",
        notation=f"{number + 6:02}.QLCT",
        title=TITLE if paper else f"Hồ sơ kiểm tra công trình số {number} trong mùa mưa lũ",
        period="12/02/2025 - 20/12/2025",
        first_year=2025,
        last_year=2025,
        term="20 năm" if paper else "Vĩnh viễn",
        permanent=not paper,
        pages=12,
        sheets=9 if paper else None,
        files=5,
        documents=[
            ListedDocument(
                number_and_symbol=f"{210 + at}/BC-SCT",
                date=f"{10 + at}/03/2025",
                subject=f"Báo cáo tình hình thực hiện công trình, lần thứ {at}",
                author=AGENCY,
                pages="1" if at == 1 else f"{at}-{at + 1}",
                note="" if at < 3 else "Nộp lưu bản số hóa",
                files=1,
            )
            for at in range(1, 6)
        ],
    )


def collection() -> TableForm:
    """Danh mục hồ sơ nộp lưu."""
    entries = [
        {
            "notation": f"{number:02}.QLCT",
            "title": f"Hồ sơ quản lý công trình thủy lợi số {number}",
            "term": "Vĩnh viễn" if number == 2 else "20 năm",
            "unit": "Phòng Quản lý công trình",
            "person": "Trần Văn Bách",
            "due_on": "2026-12-31",
        }
        for number in range(1, 12)
    ]
    listed = {"number": "02/DM-LT", "year": 2025, "due_on": "2026-12-31", "entries": entries}
    return collection_form(listed, archive=ARCHIVE, above=AGENCY, agency=AGENCY, place=PLACE, on=ON)


def kept() -> TableForm:
    """Danh mục hồ sơ giữ lại."""
    rows = [
        KeepBackDocument(
            id=uuid4(),
            agency="H40.18",
            code=f"H40.18.2025.{number:02}.TH",
            title=f"Tập công văn trao đổi chung, quyển {number}",
            year=2025,
            unit="Văn phòng Sở",
            person="Vũ Hải Yến",
            due_on=dt.date(2026, 12, 31),
            until_on=dt.date(2027, 6, 30),
            reason="Còn dùng để trả lời thanh tra",
            state=KeepBackState.CONSENTED,
            asked_by="yen",
            asked_at=dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC),
            decided_by="hung",
            decided_at=dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC),
            paper="15/CV-SCT ngày 02/11/2026",
            decision_reason="",
        )
        for number in (1, 2)
    ]
    return keep_back_form(rows, agency=AGENCY, above=ABOVE, place=PLACE, on=ON)


def register(name: str) -> TableForm:
    """A year's register by its name, with invented rows."""
    at, code = "20/11/2026 10:22", CODE
    bodies = {
        "submissions": (at, code, TITLE, AGENCY, "Trần Văn Bách", "5", "Đã lưu kho", at, ""),
        "receipts": ("01/GTN-LT", at, code, TITLE, AGENCY, SHA256[:16]),
        "handovers": (
            "01/BBGN-LT", at, AGENCY, "Trần Văn Bách", "Nguyễn Thị Mai", "2",
            "Hồ sơ, tài liệu năm 2025", "",
        ),
    }  # fmt: skip
    rows = [(str(number), *bodies[name]) for number in range(1, 24)]
    return register_form(name, 2025, rows, archive=ARCHIVE, above=AGENCY, place=PLACE, on=ON)


def report(reasons: int = 6, number: str = "03/BC-LT") -> dict[str, Any]:
    """Báo cáo thống kê of a quarter, as it is told; with so many rows of reasons."""
    counts = {
        "received": 23, "accepted": 20, "returned": 2, "rejected": 0, "withdrawn": 0, "backlog": 1,
    }  # fmt: skip
    some = [{"label": "Văn bản điện tử", "count": 112}, {"label": "Ảnh", "count": 8}]
    return {
        "id": "00000000-0000-0000-0000-000000000001",
        "number": number,
        "agency_id": None,
        "agency": None,
        "agency_name": None,
        "made_by": "lan",
        "first": "2026-07-01",
        "last": "2026-09-30",
        "made_at": "2026-11-20T03:22:31Z",
        "provisional": False,
        "difficulties": "",
        "proposals": "",
        "figures": {
            "intake": counts | {"late": 0},
            "days_to_decision": {"count": 22, "median": 2.5, "longest": 6.0},
            "months": [
                {"label": f"{month:02}/2026", "received": 7, "accepted": 6} for month in (7, 8, 9)
            ],
            "agencies": [{"label": AGENCY, "level": 2, **counts}],
            "channels": [{"label": "Trang nộp", **counts}],
            "people": [{"label": "Nguyễn Thị Mai", **counts}],
            "reasons": [
                {"label": f"Trường dữ liệu: thiếu dữ liệu thứ {at}", "count": at}
                for at in range(1, reasons + 1)
            ],
            "holdings": {"case_files": 20, "documents": 120, "files": 140, "size_bytes": 1_200_000},
            "types": some,
            "formats": some,
            "uses": {"read": 3, "exported": 2, "copies": 1},
        },
    }


def print_statistics(target: Path, document: dict[str, Any]) -> None:
    """The report as the archive's own paper."""
    print_report(ReportDocument(**document), target, archive=ARCHIVE, above=AGENCY, place=PLACE)


TABLES: dict[str, Callable[[], TableForm]] = {
    "danh-muc-ho-so": file_plan,
    "muc-luc-ho-so": lambda: case_file_list(handover()),
    "muc-luc-van-ban": lambda: document_list(
        handover().case_files[0], archive=ARCHIVE, above=AGENCY
    ),
    "danh-muc-nop-luu": collection,
    "danh-muc-giu-lai": kept,
    "so-nop-luu": lambda: register("submissions"),
    "so-giay-tiep-nhan": lambda: register("receipts"),
    "so-bien-ban": lambda: register("handovers"),
    **destruction_papers.tables(),
}


def signer_at(home: Path) -> Pkcs12Signer:
    """The archive's own key, of an authority in ``home``."""
    subject = Subject(ARCHIVE, AGENCY, SignerKind.AGENCY, "MST:9900000018")
    DemoAuthority.open_or_make(home / "authority").issue_key(subject, home / "archive.p12")
    return open_pkcs12("pkcs12:archive.p12", home=home)


def print_minutes(target: Path, signer: Pkcs12Signer, cases: int = 2) -> None:
    """Biên bản giao nhận with its lists, signed by the archive: NĐ 30/2020 PL V.V."""
    print_handover(handover(cases), target, signer=signer, at=AT)


def minutes_form() -> TableForm:
    """The same as it is edited elsewhere."""
    return handover_form(handover(), at=AT)


def adopted_schedule() -> AdoptedSchedule:
    """A schedule of twelve entries that its archive adopted."""
    terms = ("05 năm", "Vĩnh viễn", "05 năm kể từ khi hợp đồng chấm dứt", "20 năm")
    return AdoptedSchedule(
        archive=ARCHIVE,
        archive_above=AGENCY,
        place=PLACE,
        title="Bảng thời hạn lưu trữ hồ sơ, tài liệu của Sở Công trình tỉnh Sơn Lam",
        code="sct-2026",
        edition=2,
        basis=[
            basis_words(law_citation("term")),
            "Quyết định số 12/QĐ-SCT ngày 05 tháng 11 năm 2026 của Giám đốc Sở, Phụ lục",
        ],
        reason="Tờ trình số 07/TTr-VP ngày 02/11/2026",
        valid_from=dt.date(2027, 1, 1),
        valid_to=None,
        proposer="Lê Thị Lan",
        approver="Phạm Mạnh Hùng",
        post="Trưởng phòng Hành chính",
        on=ON,
        sha256=SHA256,
        rows=[
            [f"SCT.{at:02}", f"Hồ sơ về nhóm việc thứ {at} của Sở", terms[at % 4], f"mục {at}"]
            for at in range(1, 13)
        ],
    )


def print_all(folder: Path) -> list[Path]:
    """Each paper as PDF in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, form in TABLES.items():
        made.append(folder / f"{name}.pdf")
        print_table_form(form(), made[-1], at=AT)
    made.append(folder / "bao-cao-thong-ke.pdf")
    print_statistics(made[-1], report())
    made.append(folder / "bien-ban-giao-nhan.pdf")
    print_minutes(made[-1], signer := signer_at(folder / "home"))
    made += destruction_papers.print_letters(folder)
    made += transfer_papers.print_papers(folder)
    made.append(folder / "quyet-dinh-bang-thoi-han.pdf")
    print_letter(schedule_decision(adopted_schedule()), made[-1], at=AT)
    for name, opened in (("giay-chung-nhan-huy", False), ("giay-chung-nhan-tam", True)):
        made.append(folder / f"{name}.pdf")
        destruction_papers.print_certificate(made[-1], signer, opened=opened)
    return made


def draw(pdf: Path) -> None:
    """Its pages as pictures beside it."""
    with pypdfium2.PdfDocument(pdf) as document:
        document.init_forms()
        for number, page in enumerate(document, start=1):
            page.render(scale=1.2).to_pil().save(pdf.with_name(f"{pdf.stem}-{number}.png"))


if __name__ == "__main__":
    for paper in print_all(Path(sys.argv[1])):
        draw(paper)
