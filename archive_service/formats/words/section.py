"""A part of a file as people name it, and what a reader of one format gives."""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_SECTION_CHARACTERS = 100_000  # the rest of a longer one is a part of its own
MAX_CHARACTERS = 20_000_000  # of one file; more is not text to be found
MAX_SECTIONS = 10_000


class UnreadableWordsError(Exception):
    """The file is damaged, locked, or not of the form it claims; said in English."""


@dataclass(frozen=True, slots=True)
class Section:
    """``place`` is ``kind:name``: ``sheet:NAME``, ``slide:3``, ``section:HEADING``."""

    place: str
    text: str


def parted(sections: Iterator[Section]) -> Iterator[Section]:
    """Long ones in parts, empty ones left out; an end where there is more than can be text."""
    total = count = 0
    for section in sections:
        for start in range(0, len(section.text), MAX_SECTION_CHARACTERS):
            text = section.text[start : start + MAX_SECTION_CHARACTERS]
            if not text.strip():
                continue
            total, count = total + len(text), count + 1
            if total > MAX_CHARACTERS or count > MAX_SECTIONS:
                return
            yield Section(section.place[:200], text)


def part_of(text: str) -> dict[str, str] | None:
    """``{kind, name}`` of ``kind:name``; ``None`` of what has pages.

    A page of another file of the document has ``page`` beside them.
    """
    kind, _, name = text.partition(":")
    if kind == "file":
        page, _, name = name.partition(":")
        return {"kind": kind, "name": name, "page": page}
    return {"kind": kind, "name": name} if kind else None
