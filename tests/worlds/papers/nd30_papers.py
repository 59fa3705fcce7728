"""Invented administrative documents by a seed, and their pages as a reading with known truth."""

import dataclasses
import datetime as dt
import random
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.demo.agency import SAMPLE_AGENCY, Official, SampleAgency
from archive_service.demo.papers import Paper, print_paper
from archive_service.law import code_list
from digitize.ocr.words import Line, PageReading, Word
from digitize.page_one.head import initials

DPI = 200
SIZE = (1654, 2339)

WORDS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("nd30_words.toml").read_text(encoding="utf-8")
)


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
    name, superior, place = rng.choice(WORDS["agencies"])
    official = Official(
        rng.choice(WORDS["people"]), rng.choice(WORDS["positions"]), dt.date(2000, 1, 1)
    )
    agency = dataclasses.replace(
        SAMPLE_AGENCY, name=name, short_name=name, superior=superior, place=place, heads=(official,)
    )
    kind = rng.choice(list(WORDS["types"]))
    thing, where = rng.choice(WORDS["things"]), rng.choice(WORDS["places"])
    about = f"{thing} tại {where} năm {rng.randint(2010, 2025)}"
    own = initials(name.replace("-", " "))[:8]
    unit = rng.choice(("VP", "TH", "KHTC", "QLCT"))
    letter = kind == "Công văn"
    count = pages or rng.choice((1, 1, 2, 3))
    return agency, Paper(
        type=kind,
        number=f"{rng.randint(1, 1900):02}",
        symbol=f"{own}-{unit}" if letter else f"{WORDS['types'][kind]}-{own}",
        date=dt.date(rng.randint(2010, 2025), rng.randint(1, 12), rng.randint(1, 28)),
        subject=f"V/v {about}"
        if letter
        else f"{rng.choice(('Về việc', 'Kết quả', 'Triển khai'))} {about}",
        pages=tuple(tuple(_paragraphs(rng)) for _ in range(count)),
        addressee=f"Ủy ban nhân dân xã {rng.choice(WORDS['places'])}" if letter else "",
        recipients=(*rng.sample(WORDS["receivers"], rng.randint(1, 3)), f"Lưu: VT, {unit}"),
    )


def _paragraphs(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randint(4, 7)):
        chosen = rng.sample(WORDS["sentences"], rng.randint(1, 2))
        yield " ".join(
            one.format(
                place=rng.choice(WORDS["places"]),
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
    left, right = min(word.left for word in words), max(word.right for word in words)
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
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
        if error_rate and rng.random() < error_rate and sign in WORDS["confused"]:
            wrong, sign = wrong + 1, rng.choice(WORDS["confused"][sign])  # noqa: PLW2901 - the letter as it was read
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


def scan_pages(pdf: Path, folder: Path, *, seed: int = 1) -> list[Path]:
    """The pages as a scanner gives them, colour, 200 dpi."""
    import numpy as np

    from archive_service.demo.scans import page_images, scan
    from archive_service.forms.typst_form import FONTS

    folder.mkdir(parents=True, exist_ok=True)
    rng, made = np.random.default_rng(seed), []
    for number, image in enumerate(page_images(pdf), start=1):
        made.append(folder / f"{number:03}.jpg")
        made[-1].write_bytes(scan(image, rng, fonts=FONTS))
    return made


def stamp(
    page: Path,
    text: str,
    *,
    at: tuple[float, float],
    colour: str = "#c81e28",
    tilt: float = 0.0,
    framed: bool = True,
) -> Path:
    """Set a stamp upon a scanned page, its upper left corner at shares of the page.

    ``tilt`` turns it clockwise about its middle, in degrees.
    """
    from PIL import Image, ImageChops, ImageDraw, ImageFont

    from archive_service.forms.typst_form import FONTS

    face = ImageFont.truetype(str(FONTS / "Tinos-Bold.ttf"), 44)
    wide = round(face.getlength(text)) + 60
    with Image.open(page) as opened:
        scanned = opened.convert("RGB")
    layer = Image.new("RGB", scanned.size, "white")
    draw = ImageDraw.Draw(layer)
    left, top = round(at[0] * scanned.width), round(at[1] * scanned.height)
    if framed:
        draw.rectangle((left, top, left + wide, top + 66), outline=colour, width=4)
    draw.text((left + wide / 2, top + 34), text, colour, face, anchor="mm")
    middle = (left + wide / 2, top + 33)
    turned = layer.rotate(-tilt, Image.Resampling.BICUBIC, center=middle, fillcolor="white")
    ImageChops.multiply(scanned, turned).save(page, quality=88, dpi=(DPI, DPI))
    return page
