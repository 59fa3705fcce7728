"""Invented administrative documents by a seed, and their pages as a reading with known truth."""

import dataclasses
import datetime as dt
import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.demo.agency import SAMPLE_AGENCY, Official, SampleAgency
from archive_service.demo.papers import Paper, print_paper
from archive_service.law import code_list
from digitize.page_one_head import initials
from digitize.words import Line, PageReading, Word

DPI = 200
SIZE = (1654, 2339)

AGENCIES = (
    ("Sở Công trình", "Ủy ban nhân dân tỉnh Sơn Lam", "Sơn Lam"),
    ("Phòng Tài chính - Kế hoạch", "Ủy ban nhân dân huyện Bình An", "Bình An"),
    ("Chi cục Thủy lợi", "Sở Nông nghiệp và Môi trường", "Đà Ngân"),
    ("Ban Quản lý dự án đầu tư xây dựng", "Ủy ban nhân dân thành phố Hà Lâm", "Hà Lâm"),
    ("Trung tâm Lưu trữ lịch sử", "Sở Nội vụ", "Sơn Lam"),
    ("Trường Cao đẳng Kỹ thuật", "Ủy ban nhân dân tỉnh Sơn Lam", "Khe Lạnh"),
    ("Thanh tra tỉnh", "Ủy ban nhân dân tỉnh Đông Giang", "Đông Giang"),
    ("Ủy ban nhân dân xã Nà Sáng", "", "Nà Sáng"),
    ("Bệnh viện Đa khoa", "Sở Y tế", "Phú Mỹ"),
    ("Văn phòng Đăng ký đất đai", "Sở Nông nghiệp và Môi trường", "Bản Vường"),
)
PEOPLE = (
    "Trần Minh Khôi", "Nguyễn Thị Thu Hà", "Lê Văn Đức", "Hoàng Đình Lưu", "Phạm Quốc Bảo", "Vũ Hải Yến",
    "Đặng Thùy Linh", "Bùi Xuân Trường", "Lương Ngọc Ánh", "Đỗ Khắc Tiệp", "Trịnh Công Sơn", "Nông Văn Dũng",
)  # fmt: skip
POSITIONS = (
    "Giám đốc",
    "Chủ tịch",
    "Trưởng phòng",
    "Chi cục trưởng",
    "Hiệu trưởng",
    "Phó Giám đốc",
)
# Of the head agency's PL III: the symbol's first group, by type.
TYPES = {
    "Quyết định": "QĐ", "Báo cáo": "BC", "Kế hoạch": "KH", "Thông báo": "TB", "Tờ trình": "TTr", "Biên bản": "BB",
    "Hướng dẫn": "HD", "Chương trình": "CTr", "Nghị quyết": "NQ", "Chỉ thị": "CT", "Công văn": "", "Giấy mời": "GM",
}  # fmt: skip
THINGS = (
    "sửa chữa, nâng cấp trạm bơm", "kiểm kê tài sản công", "chỉnh lý tài liệu tồn đọng", "phòng, chống thiên tai",
    "cải cách hành chính", "tuyển dụng viên chức", "bàn giao mặt bằng thi công", "thu, chi ngân sách nhà nước",
    "đo đạc bản đồ địa chính", "bảo vệ bí mật nhà nước", "bảo đảm an toàn hồ đập", "tổ chức hội nghị tổng kết",
)  # fmt: skip
PLACES = (
    "Nà Sáng",
    "Bản Vường",
    "Khe Lạnh",
    "Đà Ngân",
    "Soi Trám",
    "Bến Ngự",
    "Phú Mỹ",
    "Hà Lâm",
    "Đông Giang",
)
SENTENCES = (
    "Thực hiện kế hoạch công tác năm {year}, đơn vị đã rà soát toàn bộ hồ sơ tại {place} và lập danh sách kèm theo.",
    "Qua kiểm tra thực tế tại {place}, có {number} hộ đề nghị được hỗ trợ, trong đó {few} hộ thuộc diện ưu tiên.",
    "Tổng kinh phí dự kiến là {number} triệu đồng, lấy từ nguồn sự nghiệp kinh tế năm {year}.",
    "Các đơn vị có trách nhiệm phối hợp chặt chẽ, kịp thời báo cáo những khó khăn, vướng mắc phát sinh tại {place}.",
    "Thời gian hoàn thành trước ngày {day} tháng 9 năm {year}; quá thời hạn trên phải có văn bản giải trình.",
    "Việc bảo mật thông tin và quản lý tài liệu mật thực hiện theo quy định của pháp luật về bảo vệ bí mật nhà nước.",
    "Giao phòng chuyên môn theo dõi, đôn đốc việc thực hiện và tổng hợp kết quả gửi về trước ngày {day} hằng tháng.",
    "Khối lượng đã thực hiện đạt {few} phần trăm so với kế hoạch, chậm hơn cùng kỳ do thời tiết tại {place} mưa nhiều.",
    "Đề nghị Ủy ban nhân dân các xã {place} thông báo rộng rãi đến nhân dân để biết và thực hiện.",
)  # fmt: skip
RECEIVERS = (
    "Như trên",
    "UBND tỉnh (để báo cáo)",
    "Lãnh đạo cơ quan",
    "Các phòng chuyên môn",
    "Sở Tài chính",
)
# What engines take one letter for.
CONFUSED = {
    "0": "O8", "1": "l7I", "2": "Z7", "3": "8", "5": "S6", "6": "b8", "7": "1", "8": "B3", "9": "g",
    "O": "0Q", "l": "1i", "đ": "d", "Đ": "D", "ư": "uừ", "ơ": "oờ", "ô": "óồ", "ê": "éề", "ă": "áa", "â": "ăấ", "ạ": "aá",
    "ố": "ổó", "ế": "ệé", "ộ": "ọô", "ấ": "ãâ", "ề": "èê", "c": "eo", "e": "cé", "h": "bn", "n": "mu", "u": "nư", "t": "lf",
    "i": "íl", "a": "áo", "m": "nw", "r": "n", "g": "q", "y": "v", "S": "5", "B": "8", "U": "Ư", "T": "I", "C": "G", "N": "M",
    ":": ".;", ";": ":,", ",": ".", "-": "~", "/": "|",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """One document: its pages as they were read, and what its cells hold."""

    readings: tuple[PageReading, ...]
    truth: dict[str, str]
    paper: Paper
    pdf: Path


def make_document(
    seed: int, folder: Path, *, pages: int | None = None, error_rate: float = 0.0
) -> Made:
    """One invented document; ``error_rate`` is the share of letters that are misread."""
    rng = random.Random(seed)
    agency, paper = _invented(rng, pages)
    pdf = folder / f"{seed}.pdf"
    print_paper(paper, pdf, agency=agency)
    readings = tuple(read_print(pdf, rng, error_rate=error_rate))
    return Made(readings, _truth(paper, agency), paper, pdf)


def read_print(pdf: Path, rng: random.Random, *, error_rate: float = 0.0) -> Iterator[PageReading]:
    """Each page as a good engine reads it: the printed words in their boxes, some misread."""
    import pypdfium2

    document: Any = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            lines = tuple(_lines(page, rng, error_rate))
            yield PageReading(*SIZE, float(DPI), lines, software="print")
    finally:
        document.close()


def with_words(
    reading: PageReading, text: str, *, left: float, top: float, height: float = 0.014
) -> PageReading:
    """The reading with one more line, at shares of the page, as a mark stands on it."""
    wide, high = reading.width_px, reading.height_px
    x, words = left * wide, []
    for part in text.split(" "):
        length = len(part) * height * high * 0.7
        box = (int(x), int(top * high), int(x + length), int((top + height) * high))
        words.append(Word(part, 95.0, *box))
        x += length + height * high * 0.3
    return dataclasses.replace(reading, lines=(*reading.lines, _line(words)))


def as_case_file(count: int, folder: Path, *, seed: int, error_rate: float = 0.0) -> list[Made]:
    """Good documents, each different, such as lie in one case file."""
    return [
        make_document(seed * 1000 + number, folder, error_rate=error_rate)
        for number in range(count)
    ]


def _invented(rng: random.Random, pages: int | None) -> tuple[SampleAgency, Paper]:
    name, superior, place = rng.choice(AGENCIES)
    official = Official(rng.choice(PEOPLE), rng.choice(POSITIONS), dt.date(2000, 1, 1))
    agency = dataclasses.replace(
        SAMPLE_AGENCY, name=name, short_name=name, superior=superior, place=place, heads=(official,)
    )
    kind = rng.choice(list(TYPES))
    about = f"{rng.choice(THINGS)} tại {rng.choice(PLACES)} năm {rng.randint(2010, 2025)}"
    own = initials(name.replace("-", " "))[:8]
    unit = rng.choice(("VP", "TH", "KHTC", "QLCT"))
    letter = kind == "Công văn"
    count = pages or rng.choice((1, 1, 2, 3))
    return agency, Paper(
        type=kind,
        number=f"{rng.randint(1, 1900):02}",
        symbol=f"{own}-{unit}" if letter else f"{TYPES[kind]}-{own}",
        date=dt.date(rng.randint(2010, 2025), rng.randint(1, 12), rng.randint(1, 28)),
        subject=f"V/v {about}"
        if letter
        else f"{rng.choice(('Về việc', 'Kết quả', 'Triển khai'))} {about}",
        pages=tuple(tuple(_paragraphs(rng)) for _ in range(count)),
        addressee=f"Ủy ban nhân dân xã {rng.choice(PLACES)}" if letter else "",
        recipients=(*rng.sample(RECEIVERS, rng.randint(1, 3)), f"Lưu: VT, {unit}"),
    )


def _paragraphs(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randint(4, 7)):
        chosen = rng.sample(SENTENCES, rng.randint(1, 2))
        yield " ".join(
            one.format(
                place=rng.choice(PLACES),
                year=rng.randint(2010, 2025),
                number=rng.randint(100, 9000),
                few=rng.randint(2, 90),
                day=rng.randint(1, 28),
            )
            for one in chosen
        )


def _truth(paper: Paper, agency: SampleAgency) -> dict[str, str]:
    official = agency.heads[0]
    truth = {
        "issuer": agency.short_name.upper(),
        "superior": agency.superior.replace("Ủy ban nhân dân", "UBND").upper(),
        "number": paper.number,
        "symbol": paper.symbol,
        "place": agency.place,
        "date": paper.date.isoformat(),
        "type": code_list("typeName").parse(paper.type),
        "abstract": paper.subject,
        "addressee": paper.addressee,
        "signer": official.name,
        "position": official.position.upper(),
        "recipients": "; ".join(paper.recipients),
    }
    return {name: value for name, value in truth.items() if value}


def _lines(page: Any, rng: random.Random, error_rate: float) -> Iterator[Line]:
    text = page.get_textpage()
    words: list[Word] = []
    letters: list[tuple[str, tuple[float, float, float, float]]] = []
    high = page.get_height()

    def end_word() -> None:
        if letters:
            words.append(_word(letters, high, rng, error_rate))
            letters.clear()

    for index in range(text.count_chars()):
        sign = unicodedata.normalize("NFC", text.get_text_range(index, 1))
        if sign in ("\r", "\n"):
            end_word()
            if words:
                yield from _columns(words)
            words = []
        elif sign.isspace():
            end_word()
        else:
            letters.append((sign, text.get_charbox(index)))
    end_word()
    if words:
        yield from _columns(words)


def _columns(words: list[Word]) -> Iterator[Line]:
    """What stands in one row, cut where the print leaves a wide gap, as engines do."""
    run = [words[0]]
    for word in words[1:]:
        apart = word.left - run[-1].right > 60 or word.left < run[-1].left
        if apart or abs(word.bottom - run[-1].bottom) > 30:
            yield _line(run)
            run = []
        run.append(word)
    yield _line(run)


def _line(words: Sequence[Word]) -> Line:
    left, right = min(one.left for one in words), max(one.right for one in words)
    top, bottom = min(one.top for one in words), max(one.bottom for one in words)
    return Line(tuple(words), left, top, right, bottom, float(bottom), float(bottom), True)


def _word(
    letters: Sequence[tuple[str, tuple[float, float, float, float]]],
    high: float,
    rng: random.Random,
    error_rate: float,
) -> Word:
    boxes = [box for _, box in letters]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    foot, head = min(box[1] for box in boxes), max(box[3] for box in boxes)
    wrong, text = 0, ""
    for sign, _ in letters:
        if error_rate and rng.random() < error_rate and sign in CONFUSED:
            wrong, sign = wrong + 1, rng.choice(CONFUSED[sign])  # noqa: PLW2901 - the letter as it was read
        text += sign
    shift = rng.randint(-2, 2) if error_rate else 0
    scale = DPI / 72
    return Word(
        text,
        rng.uniform(45, 85) if wrong else rng.uniform(88, 97),
        round(left * scale) + shift,
        round((high - head) * scale) + shift,
        round(right * scale) + shift,
        round((high - foot) * scale) + shift,
    )
