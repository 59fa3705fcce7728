"""The papers of an invented transfer: for tests, and to be seen with the other papers."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive_service.domain.transfer.transfer import Transfer
from archive_service.forms.letter import TEMPLATE as LETTER
from archive_service.forms.letter import Letter, letter_data, print_letter
from archive_service.forms.long_table import print_form
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import TEMPLATE, print_table_form
from archive_service.forms.typst_form import PRESS
from archive_service.law import basis_words
from archive_service.signing.port import Signer
from retention.transfer.papers.file_form import Medium, Outcome, Sums, TransferFile, TransferLine
from retention.transfer.papers.letters import (
    answer_letter,
    explanation,
    register_answer_letter,
    register_letter,
)
from retention.transfer.papers.lists import catalogue_data, media_list
from retention.transfer.papers.minutes_form import (
    GIVER_FIELD,
    RECEIVER_FIELD,
    countersign_minutes,
    minutes_lists,
    transfer_minutes,
)

AT = dt.datetime(2026, 11, 20, 3, 22, 31, tzinfo=dt.UTC)
AGENCY = "Sở Công trình tỉnh Sơn Lam"
GIVER = "Lưu trữ hiện hành Sở Công trình tỉnh Sơn Lam"
RECEIVER = "Lưu trữ lịch sử tỉnh Sơn Lam"
SHA256 = "9f3c41d70a5be8126c4490d1fb27e5a83b6620c9d41e77f0852a13cbe20b77a6"
HISTORY = (
    "Sở Công trình được thành lập ngày 01/3/2009, hợp nhất từ hai sở.\n"
    "Năm 2025 Sở nhận thêm nhiệm vụ quản lý công trình nước sạch."
)
TITLES = (
    "Hồ sơ nâng cấp Trạm bơm Nà Sáng, xã Bản Lầm",
    "Hồ sơ quy hoạch thủy lợi lưu vực suối Hang giai đoạn 2015-2025, tầm nhìn đến năm 2035",
    "Hồ sơ thanh tra công trình hồ chứa nước Bản Mòng",
)
GROUPS = ("I. Quy hoạch, kế hoạch", "II. Quản lý công trình thủy lợi", "")
REASONS = {
    Outcome.DECLINED: "Tài liệu không thuộc thành phần nộp lưu của lưu trữ lịch sử",
    Outcome.STOPPED: "Hồ sơ đang có lệnh tạm dừng xử lý",
    Outcome.RETURNED: "Thiếu bản vẽ hoàn công nêu trong mục lục tài liệu",
}


@dataclass(frozen=True, slots=True)
class Lines:
    """Made anew each time they are read."""

    count: int
    outcomes: Callable[[int], Outcome]

    def __iter__(self) -> Iterator[TransferLine]:
        for number in range(1, self.count + 1):
            outcome = self.outcomes(number)
            taken = outcome is Outcome.ACCEPTED
            yield TransferLine(
                ordinal=number,
                code=f"H40.18.{2014 + number % 3}.{number:02}.QLCT",
                title=TITLES[number % 3],
                began=f"{2014 + number % 3}-02-{number % 27 + 1:02}",
                ended=f"{2015 + number % 3}-12-20",
                documents=8 + number % 9,
                pages=60 + number,
                term="Vĩnh viễn",
                outcome=outcome,
                reason=REASONS.get(outcome, ""),
                receipt=f"LTLS-SL.H40.18.{2014 + number % 3}.{number:02}.QLCT" if taken else "",
                sha256=SHA256[number % 60 :] + SHA256[: number % 60],
                size_bytes=4_200_000 + number * 17_000,
                group=GROUPS[number % 3],
                digitized=number % 3 == 1,
                on_paper=number % 5 == 0,
            )


def _listed(_: int) -> Outcome:
    return Outcome.LISTED


def _answered(number: int) -> Outcome:
    return Outcome.DECLINED if number % 5 == 0 else Outcome.LISTED


def _taken(number: int) -> Outcome:
    if number % 7 == 0:
        return Outcome.STOPPED
    return Outcome.RETURNED if number % 4 == 0 else Outcome.ACCEPTED


def told(
    *, count: int = 14, outcomes: Callable[[int], Outcome] = _listed, receiving: bool = False
) -> TransferFile:
    """A transfer of so many case files, as the giver tells it or as the receiver does."""
    lines: Iterable[TransferLine] = Lines(count, outcomes)
    return TransferFile(
        row=Transfer(
            edition=1,
            reason="Hồ sơ vĩnh viễn đến hạn nộp vào lưu trữ lịch sử",
            list_sha256=SHA256,
            manifest_sha256=SHA256[::-1],
            approval_number="41/QĐ-SCT",
            registered_on=dt.date(2026, 11, 17),
            answer_number="21/LTLS-TT",
            answered_on=dt.date(2026, 11, 19),
            answer_reason="Đề nghị bổ sung mục lục tài liệu của hồ sơ số 3 trước khi nộp",
        ),
        number="03/2026",
        archive=RECEIVER if receiving else GIVER,
        archive_above="Sở Nội vụ tỉnh Sơn Lam" if receiving else AGENCY,
        place="Sơn Lam",
        on=dt.date(2026, 11, 20),
        agency=AGENCY,
        giver=GIVER,
        receiver=RECEIVER,
        lines=lines,
        sums=Sums.of_lines(lines),
        fonds=f"{AGENCY} (H40.18)",
        fonds_history=HISTORY,
        classification="Mặt hoạt động - thời gian",
        hand_over_by=dt.date(2027, 12, 31),
        answer_days=7,
        composed_by="Lê Thị Lan",
        approved_by="Hoàng Thị Mỵ",
        approved_on=dt.date(2026, 11, 16),
        register_number="112/SCT-VP",
        received_on=dt.date(2026, 11, 19),
        giver_person="Lê Thị Lan, lưu trữ viên",
        receiver_person="Phạm Quỳnh Anh, Trưởng phòng Thu thập",
        numbers={"catalogue": "03/MLNL-LT"},
        basis=[basis_words("Luật 33/2024/QH15, Điều 17"), basis_words("TT 05/2025/TT-BNV")],
        words={
            "order": "Mười hai hồ sơ được chỉnh lý năm 2024.",
            "note": "Bản vẽ khổ lớn của Trạm bơm Nà Sáng được quét ở 300 dpi.",
        },
        media=[
            Medium(1, "NL-03/2026-1", 8, 4_684_120_332, SHA256, "Tủ 2, ngăn 1", AT.date()),
            Medium(2, "NL-03/2026-2", 6, 2_113_004_918, SHA256[::-1]),
        ],
    )


def letters() -> dict[str, Callable[[], Letter]]:
    """Papers of words that one side signs alone."""
    return {
        "thuyet-minh-nop-luu": lambda: explanation(told(outcomes=_answered), "03/TMNL-LT"),
        "dang-ky-nop-luu": lambda: register_letter(told(), "112/SCT-VP"),
        "tra-loi-dang-ky": lambda: register_answer_letter(announced(), "03/TLĐK-LT"),
        "tra-loi-nop-luu": lambda: answer_letter(taken(), "03/TLNL-LT"),
    }


def announced() -> TransferFile:
    """As the receiver tells it when it has answered, and nothing came yet."""
    told_there = told(outcomes=_answered, receiving=True)
    told_there.row.wanted_on = dt.date(2027, 3, 1)
    return told_there


def taken() -> TransferFile:
    """As the receiver tells it when it has decided."""
    return told(outcomes=_taken, receiving=True)


def print_both_signed(folder: Path, receiver: Signer, giver: Signer) -> Path:
    """The minutes as the receiver sealed them, and then as the giver signed them, in ``folder``."""
    sealed, signed = folder / "bien-ban-mot-ben.pdf", folder / "bien-ban-giao-nhan-nop-luu.pdf"
    said = SignatureWords("Giao nhận tài liệu lưu trữ", "Sơn Lam", RECEIVER_FIELD, GIVER_FIELD)
    data, lists = letter_data(transfer_minutes(taken(), "03/BBGN-NL")), minutes_lists(taken())
    print_signed(LETTER, data, sealed, signer=receiver, at=AT, said=said, lists=lists)
    later = AT + dt.timedelta(days=3)
    countersign_minutes(sealed, signed, place="Sơn Lam", signer=giver, at=later, press=PRESS)
    return signed


def print_papers(folder: Path) -> list[Path]:
    """Each of them but the minutes, unsigned, as PDF in ``folder``."""
    made = []
    for name, make in letters().items():
        made.append(folder / f"{name}.pdf")
        print_letter(make(), made[-1], at=AT)
    made.append(folder / "muc-luc-nop-luu.pdf")
    print_form(TEMPLATE, catalogue_data(told(), "03/MLNL-LT"), made[-1], at=AT)
    made.append(folder / "danh-sach-phuong-tien.pdf")
    print_table_form(media_list(told(), "03/DSPT-LT"), made[-1], at=AT)
    return made
