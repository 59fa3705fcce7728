"""Makes the archive: case files of invented matters, their papers, copies of them, misreading."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

from archive_service.bench.search_quality.papers import Case, Issuer, Paper
from archive_service.bench.search_quality.texts import load
from archive_service.bench.search_quality.wording import Wording

SEED = 23
FIRST_YEAR, LAST_YEAR = 2008, 2025
_IN_A_CASE = (4, 11)
_WITH_HEADING, _WITH_SIGNATURE = 0.6, 0.6
_FOR_ANOTHER, _WITH_APPENDIX = 0.12, 0.05  # near duplicates: shares of the papers
_SPOILT, _MISREAD = 0.2, 0.02  # shares of the papers, and of the letters of their pages
_LETTER = "Công văn"


def make_cases(documents: int, seed: int = SEED) -> list[Case]:
    """Case files with so many documents: the same ones from one seed and number."""
    return _Maker(Random(seed)).make(documents)


class _Maker:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._wording = Wording(random, FIRST_YEAR, LAST_YEAR)
        self._common = load("common")
        self._labels = load("labels")
        self._kinds: list[list[Any]] = load("names")["kind"]
        self._matters: list[dict[str, Any]] = load("matters")["matter"]
        self._issuers = [
            Issuer(UUID(int=100 + number), name, symbol, post)
            for number, (name, symbol, post) in enumerate(load("names")["agency"])
        ]
        # Four sign for each agency, each for some years.
        self._signers = {
            issuer.id: [self._wording.person() for _ in range(4)] for issuer in self._issuers
        }
        self._drawn = 0  # identifiers so far

    def make(self, documents: int) -> list[Case]:
        cases: list[Case] = []
        made = 0
        while made < documents:
            number = len(cases) + 1
            wanted = min(self._random.randint(*_IN_A_CASE), documents - made)
            matter = self._wording.often(self._matters)
            case, subject = self._case(number, matter)
            self._fill(case, matter, subject, wanted)
            cases.append(case)
            made += wanted
        return cases

    def _case(self, number: int, matter: Mapping[str, Any]) -> tuple[Case, str]:
        year = self._random.randint(FIRST_YEAR, LAST_YEAR)
        issuer = self._wording.often(self._issuers)
        subject = self._wording.fill(self._random.choice(matter["name"]), {})
        about = self._wording.fill(matter["case"], {"subject": subject})
        title = self._labels["case"].format(case=about, year=year)
        code = f"H40.{18 + self._issuers.index(issuer)}.{year}.{number:03}.{issuer.symbol}"
        code = code.replace("Đ", "D")
        case = Case(self._id(), number, code, title, self._wording.person(), issuer, year)
        return case, subject

    def _fill(self, case: Case, matter: Mapping[str, Any], subject: str, wanted: int) -> None:
        while len(case.papers) < wanted:
            chance = self._random.random()
            if case.papers and chance < _FOR_ANOTHER:
                paper = self._for_another(case, self._random.choice(case.papers))
            elif case.papers and chance < _FOR_ANOTHER + _WITH_APPENDIX:
                paper = self._with_appendix(case, self._random.choice(case.papers))
            else:
                paper = self._paper(case, matter, subject)
            if self._random.random() < _SPOILT:
                paper = replace(paper, read=tuple(self._misread(page) for page in paper.pages))
            case.papers.append(paper)

    def _paper(self, case: Case, matter: Mapping[str, Any], subject: str) -> Paper:
        random, wording = self._random, self._wording
        kind_code, kind, short, _ = random.choices(self._kinds, [it[3] for it in self._kinds])[0]
        issuer = case.issuer if random.random() < 0.6 else wording.often(self._issuers)
        on = dt.date(case.year, 1, 1) + dt.timedelta(days=random.randrange(365))
        form = random.choice(matter["acts"])
        act = wording.fill(form, {"subject": subject})
        number = f"{int(10 ** random.uniform(0, 3.4))}/{short or issuer.symbol}"
        number += f"-{issuer.symbol if short else random.choice(('TH', 'QLCT', 'KH', 'VP'))}"
        titles = self._labels["letter_title" if kind == _LETTER else "title"]
        names = {"act": act, "Act": act[0].upper() + act[1:], "kind": kind, "year": str(on.year)}
        paper = Paper(
            id=self._id(),
            kind=kind,
            kind_code=kind_code,
            number=number,
            title=wording.fill(random.choice(titles), names),
            issuer=issuer,
            signer=self._signers[issuer.id][(on.year - FIRST_YEAR) * 4 // 18],
            on=on,
            matter=matter["id"],
            act=form,
            subject=subject,
            code=f"{case.code}.{len(case.papers) + 1:07}",
            pages=(),
            read=(),
        )
        pages = tuple(self._pages(paper, matter, act))
        return replace(paper, pages=pages, read=pages)

    def _pages(self, paper: Paper, matter: Mapping[str, Any], act: str) -> Iterator[str]:
        random = self._random
        count = random.choices((1, 2, 3, 4), (30, 40, 20, 10))[0]
        about = {"subject": paper.subject, "title": f"về việc {act}"}
        for number in range(count):
            lines = []
            if number == 0:
                if random.random() < _WITH_HEADING:
                    lines.append(self._heading(paper))
                lines.append(self._wording.fill(self._common["opening"][paper.kind], about))
            left = random.randint(55, 130) - sum(len(line.split()) for line in lines)
            while left > 0:
                own = random.random() < 0.45
                text = (
                    random.choice(matter["sentence"])
                    if own
                    else self._wording.often(self._common["sentence"])
                )
                lines.append(_begun(self._wording.fill(text, about)))
                left -= len(lines[-1].split())
            if number == count - 1:
                lines.append(self._wording.fill(self._common["closing"][paper.kind], about))
                if random.random() < _WITH_SIGNATURE:
                    lines.append(self._signature(paper))
            yield "\n".join(lines)

    def _heading(self, paper: Paper) -> str:
        on = paper.on
        text: str = self._labels["heading"]
        return text.format(
            issuer=paper.issuer.name.upper(),
            number=paper.number,
            day=f"{on.day:02}",
            month=f"{on.month:02}" if on.month < 3 else str(on.month),
            year=on.year,
        )

    def _signature(self, paper: Paper) -> str:
        text: str = self._labels["signature"]
        return text.format(post=paper.issuer.post.upper(), signer=paper.signer)

    def _for_another(self, case: Case, paper: Paper) -> Paper:
        """The same words for another place: another subject, number and day."""
        subject = paper.subject
        for place in self._wording.places:
            if place in subject:
                subject = subject.replace(place, self._wording.often(self._wording.places))
                break
        number = f"{self._random.randint(1, 2500)}/{paper.number.partition('/')[2]}"
        on = dt.date(case.year, 1, 1) + dt.timedelta(days=self._random.randrange(365))
        swaps = {paper.subject: subject, _begun(paper.subject): _begun(subject)}
        swaps[paper.number] = number
        pages = tuple(_swapped(page, swaps) for page in paper.pages)
        return replace(
            paper,
            id=self._id(),
            number=number,
            title=_swapped(paper.title, swaps),
            on=on,
            subject=subject,
            code=f"{case.code}.{len(case.papers) + 1:07}",
            pages=pages,
            read=pages,
        )

    def _with_appendix(self, case: Case, paper: Paper) -> Paper:
        """The same paper once more, with a page of its own behind it."""
        labels = self._labels
        lines = [labels["appendix"].format(number=paper.number)]
        lines += [
            self._wording.fill(labels["appendix_line"], {"ordinal": str(ordinal)})
            for ordinal in range(1, self._random.randint(5, 9))
        ]
        pages = (*paper.pages, "\n".join(lines))
        return replace(
            paper,
            id=self._id(),
            title=labels["appendix_title"].format(title=paper.title),
            code=f"{case.code}.{len(case.papers) + 1:07}",
            pages=pages,
            read=pages,
        )

    def _misread(self, page: str) -> str:
        taken: dict[str, list[str]] = {}
        for letter, other in load("confusions")["pairs"]:
            taken.setdefault(letter, []).append(other)
        letters = []
        for letter in page:
            others: Sequence[str] = taken.get(letter.lower(), ())
            wrong = others and self._random.random() < _MISREAD
            letters.append(self._random.choice(others) if wrong else letter)
        return "".join(letters)

    def _id(self) -> UUID:
        self._drawn += 1
        return UUID(int=(self._random.getrandbits(64) << 64) | self._drawn)


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]


def _swapped(text: str, swaps: Mapping[str, str]) -> str:
    for old, new in swaps.items():
        text = text.replace(old, new)
    return text
