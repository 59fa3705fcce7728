"""Which papers a transfer has on either side, from which step on, and by which model.

Source:
    ``rule_sets/transfer_forms.toml``: NĐ 30/2020/NĐ-CP, Phụ lục III and V; TT 05/2025/TT-BNV,
    Điều 17-25.
"""

from archive_service import law
from archive_service.domain.transfer.transfer import Transfer, TransferDirection, TransferState

PAPER = "transfer-paper"  # the kind of its acts
CATALOGUE, EXPLANATION, REGISTER = "catalogue", "explanation", "register"
ANSWER, MINUTES, MEDIA = "answer", "minutes", "media"
REGISTER_ANSWER = "register-answer"  # of the receiver, before anything comes
HAND_RECEIPT = "hand-receipt"  # the scan of what an archive on paper says
OF_SIDE = {
    TransferDirection.OUT: (CATALOGUE, EXPLANATION, REGISTER, MEDIA, MINUTES, HAND_RECEIPT),
    TransferDirection.IN: (REGISTER_ANSWER, CATALOGUE, ANSWER, MINUTES),
}
FILES = {
    CATALOGUE: "muc-luc",
    EXPLANATION: "thuyet-minh",
    REGISTER: "dang-ky-nop-luu",
    REGISTER_ANSWER: "tra-loi-dang-ky",
    ANSWER: "tra-loi-nop-luu",
    MEDIA: "danh-sach-phuong-tien",
    MINUTES: "bien-ban-giao-nhan",
    HAND_RECEIPT: "bien-nhan",
}
_IN_ORDER = tuple(state for state in TransferState if state is not TransferState.WITHDRAWN)
# The first state in which it is made, and the last in which it is made anew: afterwards what was
# handed over stands as it was.
_MADE = {
    TransferDirection.OUT: {
        CATALOGUE: (TransferState.APPROVED, TransferState.BUILT),
        EXPLANATION: (TransferState.APPROVED, TransferState.BUILT),
        REGISTER: (TransferState.APPROVED, TransferState.REGISTERED),
        MEDIA: (TransferState.BUILT, TransferState.SENT),
    },
    TransferDirection.IN: {
        REGISTER_ANSWER: (TransferState.ANSWERED, TransferState.ANSWERED),
        CATALOGUE: (TransferState.RECEIVED, TransferState.REPLIED),
        ANSWER: (TransferState.DECIDED, TransferState.REPLIED),
        MINUTES: (TransferState.DECIDED, TransferState.REPLIED),
    },
}


def right_to(row: Transfer) -> str:
    """The act of who makes and signs papers of this side."""
    return "transfer:compose" if row.direction is TransferDirection.OUT else "transfer:exchange"


def may_make(row: Transfer, kind: str) -> bool:
    """Whether this side makes the paper where the transfer stands, or makes it anew."""
    if kind not in _MADE[row.direction] or row.state is TransferState.WITHDRAWN:
        return False
    first, last = _MADE[row.direction][kind]
    return _IN_ORDER.index(first) <= _IN_ORDER.index(row.state) <= _IN_ORDER.index(last)


def file_name(row: Transfer, kind: str) -> str:
    """Of the PDF, such as ``muc-luc-03-2026.pdf``."""
    return f"{FILES[kind]}-{row.number:02}-{row.year}.pdf"


def bases() -> tuple[str, ...]:
    """The instruments that its letters rest on, as they name them, in order."""
    return law.bases_of("transfer_forms.toml")
