"""The papers of an invented destruction: for tests, and to be seen with the other papers."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.domain.retention.disposition import (
    CouncilDuty,
    CouncilMember,
    Disposition,
    DispositionKind,
    DispositionState,
    Ground,
    ItemState,
)
from archive_service.forms.letter import TEMPLATE, Letter, letter_data, print_letter
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import TableForm
from archive_service.signing.port import Signer
from retention.disposition.papers.certificate_form import certificate_letter, certificate_lists
from retention.disposition.papers.decisions_form import council_decision, decision
from retention.disposition.papers.destruction_file import DestructionFile, Listed
from retention.disposition.papers.kinds import bases
from retention.disposition.papers.list_form import destruction_list, explanation
from retention.disposition.papers.minutes_form import (
    council_minutes,
    destruction_minutes,
    handing_over,
)

AT = dt.datetime(2026, 11, 20, 3, 22, 31, tzinfo=dt.UTC)
AGENCY = "Sở Công trình tỉnh Sơn Lam"
ARCHIVE = "Lưu trữ hiện hành Sở Công trình tỉnh Sơn Lam"
SHA256 = "9f3c41d70a5be8126c4490d1fb27e5a83b6620c9d41e77f0852a13cbe20b77a6"
MINUTES = """Lưu trữ viên trình bày danh mục và bản thuyết minh.
Hội đồng mở xem nội dung ba hồ sơ có nhiều tài liệu nhất; không thấy tài liệu còn giá trị."""
SHORTENED = (
    "Thời hạn trước đây đến 31/12/2026, rút ngắn ngày 20/10/2026 bởi Lê Thị Lan, "
    "lý do: Cùng loại với công văn quy hoạch"
)
PEOPLE = {"lan": "Lê Thị Lan", "thuy": "Hoàng Thị Mỵ", "bach": "Trần Văn Bách"}


def _ago(days: int) -> dt.datetime:
    return AT - dt.timedelta(days=days)


def _member(name: str, position: str, duty: CouncilDuty, account: str | None) -> CouncilMember:
    return CouncilMember(
        name=name,
        position=position,
        duty=duty,
        account=account,
        agrees=True,
        opinion="Nhất trí với danh mục." if duty is CouncilDuty.MEMBER else "",
        list_sha256=SHA256,
        voted_at=_ago(12),
    )


def disposition(state: DispositionState = DispositionState.EXECUTED) -> Disposition:
    """A list that went all the way."""
    return Disposition(
        number=1,
        year=2026,
        kind=DispositionKind.DESTROY,
        state=state,
        reason="Hết thời hạn lưu trữ",
        proposed_by="lan",
        proposed_at=_ago(20),
        reviewed_by="lan",
        reviewed_at=_ago(14),
        review_reason="Hồ sơ hết thời hạn lưu trữ, không còn được sử dụng",
        list_sha256=SHA256,
        council_number="15/QĐ-SCT",
        council_on=dt.date(2026, 11, 7),
        met_on=dt.date(2026, 11, 8),
        met_at="Phòng họp số 2, trụ sở Sở",
        minutes=MINUTES,
        opinion_due=True,
        opinion_by="Lưu trữ lịch sử tỉnh Sơn Lam",
        opinion_number="21/LTLS",
        opinion_on=dt.date(2026, 11, 10),
        opinion_agrees=True,
        submitted_by="lan",
        submitted_at=_ago(9),
        decided_by="thuy",
        decided_at=_ago(8),
        decision_number="41/QĐ-SCT",
        execute_by=dt.date(2026, 11, 27),
        executed_by="bach",
        executing_at=_ago(3),
        executed_at=_ago(1),
        members=[
            _member("Nguyễn Văn Hải", "Phó Giám đốc Sở", CouncilDuty.CHAIR, None),
            _member("Lê Thị Lan", "Lưu trữ viên", CouncilDuty.SECRETARY, "lan"),
            _member(
                "Phạm Quốc Bình",
                "Trưởng phòng Quản lý công trình, đơn vị có tài liệu",
                CouncilDuty.MEMBER,
                None,
            ),
        ],
    )


def listed(count: int = 7) -> list[Listed]:
    """Case files of all grounds, every second with paper, the fourth left out."""
    grounds = (Ground.EXPIRED, Ground.EXPIRED, Ground.DUPLICATE, Ground.EXPIRED, Ground.SUPERSEDED)
    return [
        Listed(
            code=f"H40.18.2015.{number:02}.QLCT",
            title=f"Tập công văn trao đổi về việc kiểm tra, duy tu công trình thủy lợi số {number}",
            began=f"2015-02-{number % 27 + 1:02}",
            ended="2015-12-20",
            term="05 năm",
            ends_on=dt.date(2020, 12, 31),
            ground=grounds[number % 5],
            state=ItemState.LEFT_OUT if number == 4 else ItemState.DONE,
            documents=12 + number,
            size_bytes=4_200_000 + number,
            reason="Hết thời hạn, không còn giá trị",
            paper="Kho 1, giá 03, hộp 12" if number % 2 else "",
            paper_destroyed_by="Trần Văn Bách" if number % 2 else "",
            paper_destroyed_on=dt.date(2026, 11, 18) if number % 2 else None,
            paper_method="nghiền thành bột giấy" if number % 2 else "",
            done_at=_ago(2),
            shortened=SHORTENED if number == 1 else "",
        )
        for number in range(1, count + 1)
    ]


def told(count: int = 7) -> DestructionFile:
    """What the papers are filled from."""
    return DestructionFile(
        row=disposition(),
        archive=ARCHIVE,
        place="Sơn Lam",
        agency=AGENCY,
        archive_above=AGENCY,
        agency_above="Ủy ban nhân dân tỉnh Sơn Lam",
        fonds=f"{AGENCY} (H40.18)",
        fonds_history="Sở được thành lập năm 1997, hợp nhất từ hai sở; phông có tài liệu từ đó.",
        head="thuy",
        copies=2,
        listed=listed(count),
        others={"keep": 2, "permanent": 1},
        people=PEOPLE,
        posts={"thuy": "Giám đốc"},
        numbers={"list": "01/DMH-LT"},
        looked_on=dt.date(2026, 11, 10),
        basis=bases(),
    )


def tables(count: int = 7) -> dict[str, Callable[[], TableForm]]:
    """Those that are one table."""
    return {"danh-muc-huy": lambda: destruction_list(told(count), "01/DMH-LT")}


def letters() -> dict[str, Letter]:
    """Those of words."""
    file = told()
    return {
        "ban-thuyet-minh-huy": explanation(file, "01/TMH-LT"),
        "quyet-dinh-hoi-dong": council_decision(file, ""),
        "bien-ban-hop-hoi-dong": council_minutes(file, "01/BB-HĐXH"),
        "quyet-dinh-huy": decision(file, ""),
        "bien-ban-ban-giao-huy": handing_over(file, "01/BBBG-LT"),
        "bien-ban-huy": destruction_minutes(file, "01/BBH-LT"),
    }


def certificate(count: int = 7, *, opened: bool = False) -> dict[str, Any]:
    """The data of a certificate; ``opened``: a copy of the first case file is away."""
    row, moment = disposition(), clock.iso(_ago(1))
    acts = {
        "review": ("lan", row.reviewed_at), "submit": ("lan", row.submitted_at),
        "approve": ("thuy", row.decided_at), "execute": ("bach", row.executing_at),
    }  # fmt: skip
    return {
        "number": "01/GCNH-LT",
        "replaces": "",
        "made_at": clock.iso(AT),
        "provisional": opened,
        "open": int(opened),
        "archive": {"code": "000.00.01.H40", "name": ARCHIVE, "above": AGENCY},
        "agency": {"code": "H40.18", "name": AGENCY},
        "disposition": {
            "number": "01/2026",
            "decision_number": row.decision_number,
            "decided_at": clock.iso(row.decided_at) if row.decided_at else None,
            "execute_by": "2026-11-27",
        },
        "proposed": {"by": "lan", "name": PEOPLE["lan"], "at": clock.iso(row.proposed_at)},
        "council": {
            "met_on": "2026-11-08",
            "members": [{"name": member.name, "agrees": member.agrees} for member in row.members],
        },
        "approvals": [
            {"act": act, "by": by, "name": PEOPLE[by], "at": at and clock.iso(at)}
            for act, (by, at) in acts.items()
        ],
        "papers": [
            {"form": form, "number": number, "sha256": SHA256, "signed_sha256": None}
            for form, number in (
                ("list", "01/DMH-LT"),
                ("minutes", "01/BB-HĐXH"),
                ("decision", "41/QĐ-SCT"),
            )
        ],
        "unsigned": [
            {
                "form": "minutes",
                "number": "01/BB-HĐXH",
                "by": ["Lê Thị Lan", "Nguyễn Văn Hải"],
            }
        ],
        "case_files": [
            _destroyed(one, moment, opened=opened and place == 0)
            for place, one in enumerate(listed(count))
            if one.is_going
        ],
        "kept": ["stub", "trail", "file"],
        "left_out": [{"code": one.code} for one in listed(count) if not one.is_going],
    }


def _destroyed(one: Listed, moment: str, *, opened: bool) -> dict[str, Any]:
    found = {
        "copy:objects": 24, "copy:second": 24, "reserve:tape": 0, "index": 12, "queue": 3,
        "rows": 96, "staging": 4, "backup-keys": 1, "database-file": 1,
    }  # fmt: skip
    places: list[dict[str, Any]] = [
        {
            "place": place,
            "state": "gone" if count else "never",
            "proof": {"found": count, "left": 0},
            "trouble": "",
            "until": None,
            "gone_at": moment,
        }
        for place, count in found.items()
    ]
    places[-2]["proof"] = {"found": 1, "left": 0, "sets": ["2026-11-01-full", "2026-11-08-full"]}
    if opened:
        places[0] |= {"state": "open", "trouble": "store-unreachable", "gone_at": None}
    return {
        "code": one.code,
        "paper": {
            "place": one.paper,
            "by": one.paper_destroyed_by,
            "on": one.paper_destroyed_on and one.paper_destroyed_on.isoformat(),
            "method": one.paper_method,
        }
        if one.paper
        else None,
        "places": places,
    }


def print_certificate(
    target: Path, signer: Signer, count: int = 7, *, opened: bool = False
) -> None:
    """As the archive signs it, with its list behind."""
    data = certificate(count, opened=opened)
    print_signed(
        TEMPLATE,
        letter_data(certificate_letter(data, place="Sơn Lam", sha256=SHA256)),
        target,
        signer=signer,
        at=AT,
        said=SignatureWords("Giấy chứng nhận hủy", "Sơn Lam"),
        lists=certificate_lists(data),
    )


def print_letters(folder: Path) -> list[Path]:
    """Each paper of words as PDF in ``folder``."""
    made = []
    for name, letter in letters().items():
        made.append(folder / f"{name}.pdf")
        print_letter(letter, made[-1], at=AT)
    return made
