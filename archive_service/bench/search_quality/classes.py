"""The classes of queries: how each is made from a target, and what is wanted of search."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from archive_service.bench.search_quality import hard_mistakes, mistakes, one_mistake
from archive_service.bench.search_quality.draw import Draw, Made, Maker, Target, unmarked
from archive_service.bench.search_quality.one_mistake import confused
from archive_service.bench.search_quality.shelf import Form, alike, bare, marked
from archive_service.bench.search_quality.texts import load
from archive_service.text import fold

Targets = Literal["run", "scattered"]


@dataclass(frozen=True, slots=True)
class QueryClass:
    """One class. ``recall``, ``mrr`` and ``precision`` are what is wanted; ``None`` means nothing.

    ``spoilt`` ones are asked of papers with misread letters; for the others all that is right is
    read well. ``most`` is how many may be right.
    """

    name: str
    make: Maker
    recall: float | None = None
    mrr: float | None = None
    precision: float | None = None
    spoilt: bool = False
    most: int = 5


def _made(target: Target | None) -> Made | None:
    return None if target is None else (" ".join(target.words), target.right)


def _plain(drawn: str, form: Form) -> Maker:
    def make(draw: Draw) -> Made | None:
        target = draw.run(form) if drawn == "run" else draw.scattered(form)
        return _made(target)

    return make


def _either(form: Form) -> Maker:
    """By turns words that follow each other and scattered ones."""

    def make(draw: Draw) -> Made | None:
        return _plain("run" if draw.turn % 2 else "scattered", form)(draw)

    return make


def _mistyped(change: Callable[[Draw, list[str]], list[str]], form: Form = marked) -> Maker:
    def make(draw: Draw) -> Made | None:
        target = draw.run(form)
        if target is None:
            return None
        typed = change(draw, list(target.words))
        return None if typed == list(target.words) else (" ".join(typed), target.right)

    return make


def _in_words(change: Callable[[str], str], words: list[str], draw: Draw, count: int) -> list[str]:
    """So many words changed, of those that are long enough and that the change changes."""
    places = [at for at, word in enumerate(words) if len(word) > 2 and change(word) != word]
    if len(places) < count:
        return words
    chosen = draw.random.sample(places, count)
    return [change(word) if at in chosen else word for at, word in enumerate(words)]


def _one_telex(draw: Draw, words: list[str]) -> list[str]:
    return _in_words(lambda word: mistakes.telex(word, draw.random), words, draw, 1)


def _all_telex(draw: Draw, words: list[str]) -> list[str]:
    return [mistakes.telex(word, draw.random) for word in words]


def _one_vni(draw: Draw, words: list[str]) -> list[str]:
    return _in_words(lambda word: mistakes.vni(word, draw.random), words, draw, 1)


def _all_vni(draw: Draw, words: list[str]) -> list[str]:
    return [mistakes.vni(word, draw.random) for word in words]


def _one_slip(draw: Draw, words: list[str]) -> list[str]:
    return _in_words(lambda word: mistakes.slip(word, draw.random), words, draw, 1)


def _two_slips(draw: Draw, words: list[str]) -> list[str]:
    return _in_words(lambda word: mistakes.slip(word, draw.random), words, draw, 2)


def _wrong_tone(draw: Draw, words: list[str]) -> list[str]:
    return _in_words(lambda word: mistakes.other_tone(word, draw.random), words, draw, 1)


def _joined(draw: Draw, words: list[str]) -> list[str]:
    return mistakes.run_together(words, draw.random)


def _torn(draw: Draw, words: list[str]) -> list[str]:
    return mistakes.torn_apart(words, draw.random)


def _i_or_y(draw: Draw) -> Made | None:
    target = draw.run(marked)
    if target is None:
        return None
    typed = [mistakes.i_for_y(word) for word in target.words]
    if typed == list(target.words):
        return None
    return " ".join(typed), draw.shelf.with_run(alike(" ".join(target.words)), alike)


def _two_pages(draw: Draw) -> Made | None:
    target = draw.two_pages()
    return _made(target)


def _with_number(draw: Draw) -> Made | None:
    number = draw.paper.number
    typed = number if draw.turn % 2 else number.partition("/")[0]
    return _beside(draw.beside(marked(typed)), typed)


def _with_year(draw: Draw) -> Made | None:
    """The year of the day that the paper's data has, or that a text names."""
    year = str(draw.paper.on.year)
    words = draw.beside(())
    if words is None:
        return None
    named = {record.key for record in draw.shelf.anywhere((*words.words, year), marked)}
    right = [
        record
        for record in words.right
        if record.key in named or (record.paper and record.paper.on.year == draw.paper.on.year)
    ]
    typed = f"năm {year}" if draw.turn % 2 else year
    return f"{' '.join(words.words)} {typed}", right


def _with_signer(draw: Draw) -> Made | None:
    signer = marked(draw.paper.signer)
    if draw.turn % 2:
        return _beside(draw.beside(signer), " ".join(signer))
    target = draw.beside(unmarked(signer), bare)
    return _beside(target, fold(draw.paper.signer))


def _beside(target: Target | None, typed: str) -> Made | None:
    return None if target is None else (f"{' '.join(target.words)} {typed}", target.right)


def _question(draw: Draw) -> Made | None:
    texts: list[str] = load("questions")[draw.half]
    text, paper = texts[draw.turn % len(texts)], draw.paper
    facts = {
        "kind": paper.kind.lower(),
        "year": paper.on.year,
        "act": paper.act.format(subject=paper.subject),
    }
    right = [
        record
        for record in draw.shelf.records
        if (other := record.paper) is not None
        and (other.kind, other.act, other.subject) == (paper.kind, paper.act, paper.subject)
        and ("{year}" not in text or other.on.year == paper.on.year)
    ]
    return text.format(**facts), right


def _code(draw: Draw) -> Made | None:
    record = next(it for it in draw.shelf.records if it.paper is draw.paper)
    of_case = next(it for it in draw.shelf.records if it.key == (record.case.id, None))
    change = (str, str.lower, str.upper, str.title)[draw.turn % 4]
    return change(record.case.code), [of_case]


def _number(draw: Draw) -> Made | None:
    change = (str, str.lower)[draw.turn % 2]
    found = [it for it in draw.shelf.records if it.paper and it.paper.number == draw.paper.number]
    return change(draw.paper.number), found


def _day(draw: Draw) -> Made | None:
    forms: list[str] = load("queries")["day"]
    on = draw.paper.on
    typed = forms[draw.turn % len(forms)].format(day=on.day, month=on.month, year=on.year)
    return typed, draw.shelf.on_day(on)


def _amount(draw: Draw) -> Made | None:
    """6480 where the text has 6.480, and the other way about."""
    found = load("queries")["amount"]
    amounts = [word for page in draw.paper.pages for word in _amounts(page, found)]
    if not amounts:
        return None
    amount, page = draw.random.choice(amounts)
    plain = amount.replace(".", "")
    other = plain if "." in amount else f"{int(plain):,}".replace(",", ".")
    words = draw.some(page, alike, 2)
    if other == amount or not words:
        return None
    return f"{' '.join(words)} {other}", draw.shelf.anywhere((*words, plain), alike)


def _amounts(page: str, unit: str) -> list[tuple[str, str]]:
    words = page.split()
    return [
        (word, page)
        for word, after in pairwise(words)
        if word.replace(".", "").isdigit() and after.strip(",.;") in unit.split()
    ]


def _abbreviated(draw: Draw) -> Made | None:
    """The short form where the text has the long one, and the other way about."""
    target = draw.run(marked, least=5, most=8)
    if target is None:
        return None
    typed = f" {' '.join(target.words)} "
    for long, short in load("labels")["short"]:
        for old, new in ((long, short), (short, long)):
            changed = typed.replace(f" {old.lower()} ", f" {new.lower()} ")
            if changed != typed:
                right = draw.shelf.with_run(alike(typed), alike)
                return changed.strip(), right
    return None


def _rare(draw: Draw) -> Made | None:
    """A word that few records have, and another beside it."""
    page = draw.random.choice(draw.paper.pages)
    words = draw.some(page, marked, 6)
    if not words:
        return None
    rarest = sorted(words, key=lambda word: draw.shelf.holders(word, marked))[:3]
    return " ".join(rarest), draw.shelf.anywhere(rarest, marked)


CLASSES = (
    QueryClass("run-marks", _plain("run", marked), 0.97, 0.90),
    QueryClass("run-none", _plain("run", bare), 0.95, 0.87),
    QueryClass("scattered-marks", _plain("scattered", marked), 0.95, 0.75),
    QueryClass("scattered-none", _plain("scattered", bare), 0.92, 0.70),
    QueryClass("telex-one", _mistyped(_one_telex), 0.90),
    QueryClass("telex-all", _mistyped(_all_telex), 0.90),
    QueryClass("vni-one", _mistyped(_one_vni), 0.90),
    QueryClass("vni-all", _mistyped(_all_vni), 0.90),
    QueryClass("joined-marks", _mistyped(_joined), 0.90),
    QueryClass("joined-none", _mistyped(_joined, bare), 0.90),
    QueryClass("torn-marks", _mistyped(_torn), 0.90),
    QueryClass("torn-none", _mistyped(_torn, bare), 0.90),
    QueryClass("typo-marks", _mistyped(_one_slip), 0.85),
    QueryClass("typo-none", _mistyped(_one_slip, bare), 0.85),
    QueryClass("typos-two", _mistyped(_two_slips), 0.70),
    QueryClass("tone", _mistyped(_wrong_tone), 0.93),
    QueryClass("i-or-y", _i_or_y, 0.93),
    QueryClass("two-pages", _two_pages, 0.85),
    QueryClass("with-number", _with_number, 0.85),
    QueryClass("with-year", _with_year, 0.85),
    QueryClass("with-signer", _with_signer, 0.85),
    QueryClass("question", _question, 0.70),
    QueryClass("misread-marks", _either(marked), 0.92, spoilt=True),
    QueryClass("misread-none", _either(bare), 0.90, spoilt=True),
    QueryClass("code", _code, 1.0, 1.0),
    QueryClass("number", _number, 1.0, 1.0),
    QueryClass("day", _day, 1.0, 1.0, most=10),
    QueryClass("amount", _amount, 1.0),
    QueryClass("abbreviation", _abbreviated, 0.90),
    QueryClass("rare", _rare, precision=0.95),
    QueryClass("dropped", one_mistake.in_a_word(mistakes.dropped), 0.95),
    QueryClass("beginning", one_mistake.in_a_word(confused("beginnings", "begin")), 0.95),
    QueryClass("ending", one_mistake.in_a_word(confused("ends", "end")), 0.95),
    QueryClass("digits", one_mistake.in_a_word(confused("digits", "inside")), 0.95),
    QueryClass("title", one_mistake.in_the_title(mistakes.slip), 0.95),
    QueryClass("torn-any", one_mistake.torn, 0.95),
    QueryClass("joined-three", one_mistake.joined, 0.90),
    QueryClass("function-word", one_mistake.with_word("function"), 0.95),
    QueryClass("strange-word", one_mistake.with_word("strange"), 0.95),
    QueryClass("number-amiss", one_mistake.number_amiss, 0.95),
    QueryClass("code-amiss", one_mistake.code_amiss, 0.95, most=12),
    QueryClass("day-amiss", one_mistake.day_amiss, 1.0, most=10),
    QueryClass("day-slip", one_mistake.day_slip, 0.90, most=10),
    QueryClass("few-typo-marks", hard_mistakes.few_words(mistakes.slip), 0.85),
    QueryClass("few-typo-none", hard_mistakes.few_words(mistakes.slip, bare), 0.85),
    QueryClass("few-dropped", hard_mistakes.few_words(mistakes.dropped), 0.85),
    QueryClass("few-telex", hard_mistakes.few_words(mistakes.telex), 0.85),
    QueryClass("few-tone", hard_mistakes.few_words(mistakes.other_tone), 0.85),
    QueryClass("few-beginning", hard_mistakes.few_words(confused("beginnings", "begin")), 0.85),
    QueryClass("few-ending", hard_mistakes.few_words(confused("ends", "end")), 0.85),
    QueryClass("few-another", hard_mistakes.another_word(2, 3), 0.80),
    QueryClass("many-another", hard_mistakes.another_word(4, 6), 0.90),
    QueryClass("code-digit", hard_mistakes.code_digit, 0.85),
    QueryClass("number-digit", hard_mistakes.number_digit, 0.85),
    QueryClass("day-digit", hard_mistakes.day_digit, 0.85),
)
