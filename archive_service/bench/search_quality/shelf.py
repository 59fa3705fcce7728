"""What is right for a query, from the printed words alone: no engine is asked."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from archive_service.bench.search_quality.papers import Case, Paper
from archive_service.bench.search_quality.texts import load
from archive_service.text import fold, nfc, same_words

_WORD = re.compile(r"[^\W_]+")
_THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}\b)")
_DAY = re.compile(r"(\d{1,2})(?:/| tháng )(\d{1,2})(?:/| năm )(\d{4})")

# A hit: the case file, and the document unless it is the case file itself.
Key = tuple[UUID, UUID | None]
Form = Callable[[str], Sequence[str]]


def marked(text: str) -> list[str]:
    """Its words in small letters with their marks."""
    return _WORD.findall(same_words(nfc(text)))


def bare(text: str) -> list[str]:
    """Its words without marks."""
    return _WORD.findall(fold(nfc(text)))


def alike(text: str) -> list[str]:
    """Its words where 6.480 is 6480, i is y, and an abbreviation is what it stands for."""
    plain = _THOUSANDS.sub("", fold(nfc(text)))
    spelled = _short_forms()
    found: list[str] = []
    for word in _WORD.findall(plain):
        found += spelled.get(word, (word,))
    return [word.replace("y", "i") for word in found]


@cache
def _short_forms() -> dict[str, list[str]]:
    return {fold(short): bare(long) for long, short in load("labels")["short"]}


@dataclass(frozen=True, slots=True)
class Record:
    """A case file or a document: its data first, then its pages."""

    key: Key
    case: Case
    paper: Paper | None
    texts: tuple[str, ...]

    @property
    def spoilt(self) -> bool:
        """Whether letters of its pages were misread."""
        return self.paper is not None and self.paper.spoilt


class Shelf:
    """Every record of the archive, and which of them hold given words in one of three forms."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.records = list(_records(cases))
        self._lines: dict[Form, list[tuple[str, ...]]] = {}
        self._holders: dict[Form, dict[str, set[int]]] = {}
        self._on_day: dict[dt.date, set[int]] = defaultdict(set)
        for number, record in enumerate(self.records):
            if record.paper is not None:
                self._on_day[record.paper.on].add(number)
            for text in record.texts:
                for day in _days(text):
                    self._on_day[day].add(number)

    def with_run(self, words: Sequence[str], form: Form) -> list[Record]:
        """Those in which the words follow each other."""
        run = f" {' '.join(words)} "
        return self._where(words, form, lambda lines: any(run in line for line in lines))

    def on_a_page(self, words: Sequence[str], form: Form) -> list[Record]:
        """Those with a page, or data, that has all the words."""
        sought = [f" {word} " for word in words]
        return self._where(
            words, form, lambda lines: any(all(it in line for it in sought) for line in lines)
        )

    def anywhere(self, words: Sequence[str], form: Form) -> list[Record]:
        """Documents with all the words in their data, their pages and their case file's data."""
        lines = self._lines_of(form)
        found = []
        for number in sorted(self._holding_most(words, form)):
            record = self.records[number]
            own = " ".join((*lines[number], f" {' '.join(form(record.case.data))} "))
            if record.paper is not None and all(f" {word} " in own for word in words):
                found.append(record)
        return found

    def on_day(self, day: dt.date) -> list[Record]:
        """Those of that day, or that name it."""
        return [self.records[number] for number in sorted(self._on_day[day])]

    def holders(self, word: str, form: Form) -> int:
        """How many have the word."""
        self._lines_of(form)
        return len(self._holders[form].get(word, ()))

    def _where(
        self, words: Sequence[str], form: Form, right: Callable[[tuple[str, ...]], bool]
    ) -> list[Record]:
        lines = self._lines_of(form)
        holders = self._holders[form]
        both = set.intersection(*(holders.get(word, set()) for word in words))
        return [self.records[number] for number in sorted(both) if right(lines[number])]

    def _holding_most(self, words: Sequence[str], form: Form) -> set[int]:
        """Records with any word that its case file need not have: the rarest one decides."""
        self._lines_of(form)
        holders = self._holders[form]
        rarest = min(words, key=lambda word: len(holders.get(word, ())))
        found = set(holders.get(rarest, set()))
        cases = {self.records[number].case.id for number in found if self._is_case(number)}
        return found | {
            number for number, record in enumerate(self.records) if record.case.id in cases
        }

    def _is_case(self, number: int) -> bool:
        return self.records[number].paper is None

    def _lines_of(self, form: Form) -> list[tuple[str, ...]]:
        if form not in self._lines:
            lines, holders = [], defaultdict(set)
            for number, record in enumerate(self.records):
                split = [form(text) for text in record.texts]
                lines.append(tuple(f" {' '.join(words)} " for words in split))
                for words in split:
                    for word in words:
                        holders[word].add(number)
            self._lines[form], self._holders[form] = lines, holders
        return self._lines[form]


def _records(cases: Iterable[Case]) -> Iterator[Record]:
    for case in cases:
        yield Record((case.id, None), case, None, (case.data,))
        for paper in case.papers:
            yield Record((case.id, paper.id), case, paper, (paper.data, *paper.pages))


def _days(text: str) -> Iterator[dt.date]:
    for day, month, year in _DAY.findall(text):
        try:
            yield dt.date(int(year), int(month), int(day))
        except ValueError:  # no day of the calendar
            continue
