"""What the papers of a transfer (hồ sơ nộp lưu) are filled from: both sides, and its case files."""

import datetime as dt
import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archive_service import messages
from archive_service.domain.transfer.transfer import Transfer
from archive_service.forms import words
from retention.disposition.papers.destruction_file import shown_date


class Outcome(enum.StrEnum):
    """What became of a case file of the register, as its papers tell it."""

    LISTED = "listed"  # stands on it; nothing is decided yet
    DECLINED = "declined"  # by the answer to the register
    STOPPED = "stopped"  # at the giver's, by a hold or a change
    AWAITED = "awaited"  # not decided on by the receiver
    TAKEN = "taken"  # by the receiver, and not in all of its copies yet
    ACCEPTED = "accepted"  # stored by the receiver, under ``TransferLine.receipt``
    RETURNED = "returned"  # by the receiver


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One case file; days are ISO, perhaps a year alone, or nothing; texts as they are printed."""

    ordinal: int
    code: str
    title: str
    began: str = ""
    ended: str = ""
    documents: int = 0
    pages: int = 0
    term: str = ""
    outcome: Outcome = Outcome.LISTED
    reason: str = ""  # of one that does not go, or came back
    receipt: str = ""  # its code in the receiving archive
    sha256: str = ""  # of its package
    size_bytes: int = 0
    group: str = ""  # nhóm hồ sơ
    digitized: bool = False  # from paper
    on_paper: bool = False  # it has a paper half

    @property
    def period(self) -> str:
        """First and last day as a list tells them."""
        return " - ".join(dict.fromkeys(shown_date(day) for day in (self.began, self.ended) if day))


@dataclass(slots=True)
class Sum:
    """How much some lines are: of a group, of an outcome, of all."""

    count: int = 0
    documents: int = 0
    pages: int = 0
    size_bytes: int = 0
    digitized: int = 0
    on_paper: int = 0
    began: str = ""
    ended: str = ""

    def add(self, line: TransferLine) -> None:
        """One line more."""
        self.join(
            Sum(
                1, line.documents, line.pages, line.size_bytes, line.digitized, line.on_paper,
                line.began, line.ended,
            )
        )  # fmt: skip

    def join(self, other: "Sum") -> None:
        """As much more as another sum is."""
        self.count += other.count
        self.documents += other.documents
        self.pages += other.pages
        self.size_bytes += other.size_bytes
        self.digitized += other.digitized
        self.on_paper += other.on_paper
        self.began = min(filter(None, (self.began, other.began)), default="")
        self.ended = max(self.ended, other.ended)

    def told(self) -> dict[str, str]:
        """Facts of a sentence on how much it is."""
        return {
            "count": words.count(self.count),
            "in_words": words.number_in_words(self.count),
            "documents": words.count(self.documents),
            "pages": words.count(self.pages),
            "size": words.size(self.size_bytes) if self.size_bytes else "",  # not packed yet
        }

    @property
    def period(self) -> str:
        """From the first day of all to the last."""
        kind = "period" if self.began != self.ended else "period-one"
        return said(kind, first=shown_date(self.began), last=shown_date(self.ended))


@dataclass(slots=True)
class Sums:
    """Of all lines, read once: by outcome, and by group of those that are not declined."""

    of: dict[Outcome, Sum] = field(default_factory=lambda: {outcome: Sum() for outcome in Outcome})
    groups: dict[str, Sum] = field(default_factory=dict)
    standing: Sum = field(default_factory=Sum)  # neither declined nor stopped
    reasons: Counter[str] = field(default_factory=Counter)  # of what stopped

    @property
    def undecided(self) -> int:
        """How many the receiver neither stored nor returned."""
        return self.all_of(Outcome.LISTED, Outcome.AWAITED, Outcome.TAKEN).count

    def all_of(self, *outcomes: Outcome) -> "Sum":
        """How much the lines of these outcomes are together."""
        whole = Sum()
        for outcome in outcomes:
            whole.join(self.of[outcome])
        return whole

    @classmethod
    def of_lines(cls, lines: Iterable[TransferLine]) -> "Sums":
        """Counted in one pass: memory does not grow with the lines."""
        made = cls()
        for line in lines:
            made.of[line.outcome].add(line)
            if line.outcome is Outcome.STOPPED:
                made.reasons[line.reason] += 1
            elif line.outcome is not Outcome.DECLINED:
                made.standing.add(line)
                made.groups.setdefault(line.group, Sum()).add(line)
        return made


@dataclass(frozen=True, slots=True)
class Medium:
    """A disk, or another medium, on which packages travel."""

    number: int
    label: str
    packages: int
    size_bytes: int
    sums_sha256: str = ""  # of its SHA256SUMS
    place: str = ""
    written_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class TransferFile:
    """The transfer with all that its papers say.

    ``lines`` may be read again and again, a few at a time; ``sums`` counted them. ``words`` are the
    archivist's own, by section of the explanation. A paper with no number yet bears dots.
    """

    row: Transfer
    number: str  # of the transfer, such as 03/2026
    archive: str  # whose paper it is
    place: str
    on: dt.date  # the day of the paper
    agency: str
    giver: str
    receiver: str
    lines: Iterable[TransferLine]
    sums: Sums
    number_there: str = (
        ""  # of the receiving archive for the same, where that is the one that tells
    )
    archive_above: str = ""
    agency_above: str = ""
    fonds: str = ""  # names without the word for a fonds before them
    fonds_history: str = ""
    classification: str = ""
    hand_over_by: dt.date | None = None
    answer_days: int = 0
    composed_by: str = ""
    approved_by: str = ""
    approved_on: dt.date | None = None
    register_number: str = ""
    received_on: dt.date | None = None
    unscanned: int = 0  # case files taken of which not every file was looked through for malware
    giver_person: str = ""
    receiver_person: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)  # of the papers, by kind
    basis: Sequence[str] = ()  # instruments, as a paper names them
    words: Mapping[str, str] = field(default_factory=dict)
    media: Sequence[Medium] = ()

    @property
    def place_and_date(self) -> str:
        """Of the paper."""
        return f"{self.place}, {words.day_in_words(self.on)}"

    @property
    def name(self) -> str:
        """The transfer as a paper names it within a sentence."""
        text = said("transfer", number=self.number, agency=self.agency)
        text += said("there", number=self.number_there) if self.number_there else ""
        edition = self.row.edition
        return text + (said("again", edition=edition) if edition > 1 else "")

    @property
    def heading(self) -> str:
        """The same as a line of its own."""
        return self.name[:1].upper() + self.name[1:]

    def listed(self, *outcomes: Outcome) -> Iterable[TransferLine]:
        """Lines of these outcomes, a few at a time."""
        return (line for line in self.lines if line.outcome in outcomes)


def of_paper(number: str, on: dt.date | None) -> str:
    """``số 21/CV ngày 03/11/2026``, as far as it is known; dots where nothing is."""
    known = [said("of-number", number=number)] if number else []
    known += [said("of-day", on=words.day(on))] if on else []
    return " ".join(known) or said("dots")


def by_papers(file: TransferFile) -> str:
    """``, theo văn bản đăng ký số … và văn bản trả lời số …``: a clause; empty for none."""
    known = {
        "registered": (file.register_number, file.row.registered_on),
        "answered": (file.row.answer_number, file.row.answered_on),
    }
    clauses = [said(key, paper=of_paper(*fact)) for key, fact in known.items() if fact[0]]
    return said("by-papers", papers=said("and").join(clauses)) if clauses else ""


def said(key: str, **facts: object) -> str:
    """Words of these papers; an official paper is in Vietnamese."""
    return messages.text(f"forms.transfer.{key}", "vi", **facts)
