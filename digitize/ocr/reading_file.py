"""One page's reading as a file of JSON, to be kept: the same reading gives the same bytes."""

import json
from dataclasses import fields
from typing import Any

from digitize.ocr.words import Line, PageReading, Word

FORM = 1  # of the file


def dump_reading(reading: PageReading) -> bytes:
    """The reading whole, numbers as they are."""
    facts = {
        "form": FORM,
        "width_px": reading.width_px,
        "height_px": reading.height_px,
        "dpi": reading.dpi,
        "to_page": list(reading.to_page),
        "skew_deg": reading.skew_deg,
        "software": reading.software,
        "guessed": reading.guessed,
        "unread": reading.unread,
        "cut": reading.cut,
        "lines": [_line(line) for line in reading.lines],
        "stamped": [_line(line) for line in reading.stamped],
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def load_reading(data: bytes) -> PageReading:
    """What ``dump_reading`` was given.

    Raises:
        ValueError: other bytes.
    """
    try:
        content = json.loads(data)
        if content.pop("form") != FORM:
            raise ValueError("a reading of another form")
        a, b, c, d, e, f = content.pop("to_page")
        lines = tuple(_load_line(line) for line in content.pop("lines"))
        stamped = tuple(_load_line(line) for line in content.pop("stamped", ()))
        return PageReading(**content, lines=lines, stamped=stamped, to_page=(a, b, c, d, e, f))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no reading of a page") from error


def holds_letters(data: bytes, letters: str) -> bool:
    """Whether these letters of one word stand in the file of a reading."""
    return json.dumps(letters, ensure_ascii=False)[1:-1].encode() in data


_WORD_FIELDS = [field.name for field in fields(Word)]
_LINE_FIELDS = [field.name for field in fields(Line) if field.name != "words"]


def _line(line: Line) -> list[object]:
    words = [[getattr(word, name) for name in _WORD_FIELDS] for word in line.words]
    return [words, *(getattr(line, name) for name in _LINE_FIELDS)]


def _load_line(row: list[Any]) -> Line:
    words, *rest = row
    return Line(tuple(Word(*word) for word in words), *rest)
