"""What a case file still lacks by its rules; the same list while filing and at the desk."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import MAIN, DeclaredCaseFile, DeclaredDocument
from archive_service.text import fold
from ingest.channels.values import is_after, is_date
from ingest.completeness.rules import About, CompletenessSet, Kind, Rule

_PAPER = ("02", "03")  # confidenceLevel: digitized, mixed


class State(enum.StrEnum):
    """DOUBTFUL: a person has to look, or nobody has looked into the file yet."""

    MET = "met"
    MISSING = "missing"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class SeenSignature:
    """One signature in a file: of a person or an agency, and whether it holds."""

    kind: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """A case file as it is filed: what is declared, and by path the signatures that were seen.

    A path that is absent in ``signatures`` was not looked into yet.
    """

    declared: DeclaredCaseFile
    signatures: Mapping[str, Sequence[SeenSignature]]

    def level_of(self, document: DeclaredDocument) -> str:
        """Its own confidenceLevel, else the case file's."""
        own = document.fields.get("confidenceLevel")
        return own or self.declared.fields.get("confidenceLevel", "")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. ``rows`` are the documents it is about, where some lack something."""

    of_set: CompletenessSet
    rule: Rule
    state: State
    rows: tuple[int, ...] = ()
    field: str = ""  # the first one that is empty
    count: int = 0  # documents that fit

    def todo(self, *, english: bool) -> str:
        """What to do: of what is doubtful something else, where the rule says so."""
        rule = self.rule
        unsure = rule.todo_unsure_en if english else rule.todo_unsure
        if self.state is State.DOUBTFUL and unsure:
            return unsure
        return rule.todo_en if english else rule.todo

    def places(self, declared: DeclaredCaseFile) -> list[str]:
        """Where it is to be mended, as findings name places; one empty text for the whole."""
        if self.rule.of_case_file:
            return [row_place("case-file", declared.row, self.field)]
        kinds = {document.row: document.kind for document in declared.documents}
        return [row_place(kinds[row], row, self.field) for row in self.rows] or [""]


def evaluate(sets: Iterable[CompletenessSet], filing: Filing) -> list[Item]:
    """Every rule in its order; one that speaks of documents that are not there says nothing."""
    items = []
    for completeness_set in sets:
        for rule in completeness_set.rules:
            judged = _JUDGES[rule.kind](rule, filing)
            if judged is not None:
                state, rows, field, count = judged
                items.append(Item(completeness_set, rule, state, tuple(rows), field, count))
    return items


_Judged = tuple[State, Sequence[int], str, int] | None


def _fitting(about: About, filing: Filing) -> list[DeclaredDocument]:
    return [document for document in filing.declared.documents if _fits(about, document)]


def _issued(about: About, filing: Filing) -> list[DeclaredDocument]:
    """Those that bear a day of issue: a photograph and a recording have none (TT 05/2025)."""
    return [document for document in _fitting(about, filing) if document.kind == "document"]


def _fits(about: About, document: DeclaredDocument) -> bool:
    if about.types and document.fields.get("typeName", "") not in about.types:
        return False
    return _has_words(about, document)


def _has_words(about: About, document: DeclaredDocument) -> bool:
    if not (about.words or about.begins):
        return True
    text = f" {fold(' '.join(document.fields.get('subject', '').split()))} "
    return any(f" {word} " in text for word in about.words) or any(
        text.startswith(f" {word} ") for word in about.begins
    )


def _document(rule: Rule, filing: Filing) -> _Judged:
    fitting = _fitting(rule.about, filing)
    count = len(fitting)
    if rule.most is not None and count > rule.most:
        return State.DOUBTFUL, [document.row for document in fitting], "", count
    if count >= rule.least:
        return State.MET, (), "", count
    # One whose type nobody said may be the one that is asked for.
    untold = [
        document
        for document in filing.declared.documents
        if rule.about.types
        and not document.fields.get("typeName")
        and _has_words(rule.about, document)
    ]
    if count + len(untold) >= rule.least:
        return State.DOUBTFUL, [document.row for document in untold], "typeName", count
    return State.MISSING, (), "", count


def _fields(rule: Rule, filing: Filing) -> _Judged:
    if rule.of_case_file:
        empty = [name for name in rule.fields if not filing.declared.fields.get(name)]
        return (State.MISSING, (), empty[0], 0) if empty else (State.MET, (), "", 0)
    fitting = _fitting(rule.about, filing)
    if not fitting:
        return None
    lacking = [
        (document.row, name)
        for document in fitting
        for name in rule.fields
        if not document.fields.get(name)
    ]
    rows = list(dict.fromkeys(row for row, _ in lacking))
    if not rows:
        return State.MET, (), "", len(fitting)
    return State.MISSING, rows, lacking[0][1], len(fitting) - len(rows)


def _files(rule: Rule, filing: Filing) -> _Judged:
    fitting = _fitting(rule.about, filing)
    rows = [
        document.row
        for document in fitting
        if not any(file.standing == MAIN for file in document.files)
        and filing.level_of(document) not in _PAPER
    ]
    return _by_rows(fitting, rows)


def _order(rule: Rule, filing: Filing) -> _Judged:
    fitting = _issued(rule.about, filing)
    dates = [document.fields.get("issuedDate", "") for document in fitting]
    undated = [declared.row for declared, date in zip(fitting, dates, strict=True) if not date]
    if len(fitting) < 2:
        return None
    known = [(date, declared.row) for declared, date in zip(fitting, dates, strict=True) if date]
    early = [row for (before, _), (date, row) in pairwise(known) if date < before]
    if early:
        return State.MISSING, early, "issuedDate", len(fitting) - len(early)
    return (State.DOUBTFUL, undated, "issuedDate", 0) if undated else (State.MET, (), "", 0)


def _after(rule: Rule, filing: Filing) -> _Judged:
    later, earlier = _issued(rule.about, filing), _issued(rule.than, filing)
    if not later or not earlier:
        return None
    dates = [document.fields.get("issuedDate", "") for document in (*later, *earlier)]
    if not all(dates):
        undated = [
            declared.row for declared in (*later, *earlier) if not declared.fields.get("issuedDate")
        ]
        return State.DOUBTFUL, undated, "issuedDate", 0
    first = min(document.fields["issuedDate"] for document in earlier)
    rows = [document.row for document in later if document.fields["issuedDate"] < first]
    return (State.MISSING, rows, "issuedDate", 0) if rows else (State.MET, (), "", len(later))


def _period(rule: Rule, filing: Filing) -> _Judged:
    """Nothing is said before the case file tells its time; what is no date is for the fields."""
    ends = [filing.declared.fields.get(name, "") for name in ("startDate", "endDate")]
    if not all(is_date(end) for end in ends):
        return None
    first, last = ends
    days = {
        declared.row: declared.fields.get("issuedDate", "")
        for declared in _issued(rule.about, filing)
    }
    outside = [
        row
        for row, day in days.items()
        if is_date(day) and (is_after(first, day) or is_after(day, last))
    ]
    if outside:
        return State.MISSING, outside, "issuedDate", len(days) - len(outside)
    return (State.MET, (), "", len(days)) if any(days.values()) else None


def _signature(rule: Rule, filing: Filing) -> _Judged:
    fitting = [
        declared
        for declared in _fitting(rule.about, filing)
        if filing.level_of(declared) not in _PAPER
    ]
    if not fitting:
        return None
    unsigned, unsure = [], []
    for document in fitting:
        state = _signed(document, filing, rule.by)
        if state is State.MISSING:
            unsigned.append(document.row)
        elif state is State.DOUBTFUL:
            unsure.append(document.row)
    if unsigned:
        return State.MISSING, unsigned, "", len(fitting) - len(unsigned)
    return (State.DOUBTFUL if unsure else State.MET), unsure, "", len(fitting) - len(unsure)


def _signed(document: DeclaredDocument, filing: Filing, by: Sequence[str]) -> State:
    paths = [file.path for file in document.files if file.standing == MAIN]
    if not paths:
        return State.MISSING
    if any(path not in filing.signatures for path in paths):
        return State.DOUBTFUL
    seen = [signature for path in paths for signature in filing.signatures[path]]
    kinds = {seen_signature.kind for seen_signature in seen}
    if not set(by) <= kinds:  # a kind that nobody could tell may be the one that is asked for
        return State.DOUBTFUL if "unknown" in kinds else State.MISSING
    return State.MET if all(seen_signature.sound for seen_signature in seen) else State.DOUBTFUL


def _paper(rule: Rule, filing: Filing) -> _Judged:
    fitting = _fitting(rule.about, filing)
    rows = [declared.row for declared in fitting if filing.level_of(declared) not in _PAPER]
    return _by_rows(fitting, rows, "confidenceLevel")


def _standing(rule: Rule, filing: Filing) -> _Judged:
    fitting = _fitting(rule.about, filing)
    facts = {declared.row: declared.fields.get("standing", "") for declared in fitting}
    wrong = [row for row, standing in facts.items() if standing and standing not in rule.standings]
    if fitting and not wrong and (untold := [row for row, held in facts.items() if not held]):
        return State.DOUBTFUL, untold, "standing", len(fitting) - len(untold)
    return _by_rows(fitting, wrong, "standing")


def _count(rule: Rule, filing: Filing) -> _Judged:
    count = len(filing.declared.documents)
    enough = count >= rule.least and (rule.most is None or count <= rule.most)
    return State.MET if enough else State.MISSING, (), "", count


def _by_rows(fitting: Sequence[DeclaredDocument], rows: Sequence[int], field: str = "") -> _Judged:
    if not fitting:
        return None
    count = len(fitting) - len(rows)
    return (State.MISSING, rows, field, count) if rows else (State.MET, (), "", count)


_JUDGES = {
    Kind.DOCUMENT: _document,
    Kind.FIELDS: _fields,
    Kind.FILES: _files,
    Kind.ORDER: _order,
    Kind.AFTER: _after,
    Kind.PERIOD: _period,
    Kind.SIGNATURE: _signature,
    Kind.PAPER: _paper,
    Kind.STANDING: _standing,
    Kind.COUNT: _count,
}
