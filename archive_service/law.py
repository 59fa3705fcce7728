"""Law as data: rule sets with a citation and a period, code lists and field tables."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import tomli

from archive_service import shipped
from archive_service.errors import InputError
from archive_service.text import fold, nfc, same_words

CONFIG = shipped.CONFIG

Row = Mapping[str, object]


class RuleSetError(InputError):
    """A file of rules lacks its citation or cannot be read; the service does not start with it."""

    code = "rule-set-invalid"


class UnknownCodeError(InputError):
    """A value is neither a code nor a label of its list."""


@dataclass(frozen=True, slots=True)
class RuleSetMeta:
    """Where a set of rules comes from, and from when to when it holds."""

    code: str
    title: str
    instrument: str
    article: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    source: str = ""
    certainty: str = ""
    note: str = ""

    @property
    def citation(self) -> str:
        """Instrument and article as they are quoted."""
        return f"{self.instrument}, {self.article}"

    def in_force(self, day: dt.date) -> bool:
        """Whether the rules hold on this day; ``valid_to`` is the last day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One file of rules: ``[rule_set]`` and its rows ``[[rule]]``."""

    meta: RuleSetMeta
    rows: tuple[Row, ...]
    path: Path

    def citation(self, row: Row) -> str:
        """The row's own article, else that of the whole set."""
        article = row.get("article") or self.meta.article
        return f"{row.get('instrument') or self.meta.instrument}, {article}"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One legal instrument of the register."""

    code: str
    subject: str
    in_force: bool
    effect: str
    note: str
    source: str
    basis: str = ""  # as a decision names it among what it rests on


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """Codes with their labels, as a circular fixes them."""

    name: str
    codes: Mapping[str, str]
    english: Mapping[str, str]
    aliases: Mapping[str, str]
    abbreviations: Mapping[str, str]
    meta: RuleSetMeta

    def label(self, code: str, lang: str = "vi") -> str:
        """The label of a code; an unknown code is its own label."""
        return (self.english.get(code) if lang == "en" else None) or self.codes.get(code, code)

    def find(self, text: str) -> str | None:
        """The code meant by a code, abbreviation or label, with any case, marks, leading zeros."""
        return _code_meant(self, text)

    def parse(self, text: str) -> str:
        """As ``find``, but ``UnknownCodeError`` where nothing fits."""
        code = self.find(text)
        if code is None:
            known = ", ".join(f"{code} {label}" for code, label in self.codes.items())
            raise UnknownCodeError(list=self.name, value=text.strip(), known=known)
        return code

    def parse_many(self, text: str) -> list[str]:
        """Codes of a list joined by ``;`` or ``,``, each once, in the order given."""
        if (whole := self.find(text)) is not None:  # a label may hold a comma itself
            return [whole]
        parts = [part for part in text.replace(",", ";").split(";") if part.strip()]
        return list(dict.fromkeys(self.parse(part) for part in parts))


@lru_cache(maxsize=4096)
def _code_meant(codes: CodeList, text: str) -> str | None:
    """Kept in memory: a spreadsheet says the same few words in each of its rows."""
    given = " ".join(nfc(text).split())
    if given.isdecimal() and given not in codes.codes:
        return next((c for c in codes.codes if c.isdecimal() and int(c) == int(given)), None)
    for code, abbreviation in codes.abbreviations.items():  # DA is not ĐA: marks count here
        if abbreviation == given:
            return code
    return _named(codes, same_words(given), same_words) or _named(codes, fold(given), fold)


def _named(codes: CodeList, wanted: str, same: Callable[[str], str]) -> str | None:
    for code, label in codes.codes.items():
        if wanted in (same(code), same(label), same(codes.english.get(code, code))):
            return code
    return next((code for alias, code in codes.aliases.items() if same(alias) == wanted), None)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a table: its names, form and when it must be there.

    ``fallback`` says where an empty field gets its value from: ``counted`` from the content,
    ``case-file`` from the case file's field, ``numbered`` from code and ordinal, ``archive`` from
    the archive's own setting. Such a field may be left empty by the sender.
    """

    kind: str
    name: str
    label_vi: str
    type: str
    length: int | None = None
    mandatory: bool = False
    required_when: str | None = None
    code_list: str | None = None
    many: bool = False
    fallback: str | None = None
    label_en: str = ""
    rule: str = ""
    source: str = ""

    def required_for(self, values: Mapping[str, str | None]) -> bool:
        """Whether a sender must give it beside these values (codes, not labels)."""
        if self.fallback:
            return False
        if self.required_when is None:
            return self.mandatory
        name, _, codes = self.required_when.partition("=")
        return (values.get(name) or "") in codes.split("|")

    def is_headed(self, heading: str) -> bool:
        """Whether a column's heading means this field: its name or its Vietnamese name."""
        return _bare(heading) in (_bare(self.name), _bare(self.label_vi))


def load_rule_set(path: Path, *, each_row_cites: bool = False) -> RuleSet:
    """One file of rules, refused unless it says where it comes from.

    Args:
        each_row_cites: every row must name its own ``article``, as a retention schedule's must.

    Raises:
        RuleSetError: naming the file, and the row where one is at fault (counted from 1).
    """
    table = _toml(path)
    meta = _meta(table, path)
    rows = table.get("rule", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RuleSetError(file=path.name, row=0, detail="[[rule]] must be a list of tables")
    for number, row in enumerate(rows, start=1):
        cited = str(row.get("article", "" if each_row_cites else "-")).strip()
        if not cited:
            raise RuleSetError(file=path.name, row=number, detail="article is missing")
    return RuleSet(meta, tuple(MappingProxyType(row) for row in rows), path)


@lru_cache(maxsize=1)
def instruments() -> Mapping[str, Instrument]:
    """The register of instruments that rules may cite, by their code."""
    path = CONFIG / "rule_sets" / "instruments.toml"
    rows = _toml(path)["instrument"]
    assert isinstance(rows, list)  # noqa: S101 - a file of ours, tested
    return {row["code"]: Instrument(**row) for row in rows}


def basis_words(citation: str) -> str:
    """The instrument of a citation as a decision names what it rests on (NĐ 30/2020, Phụ lục I).

    The citation itself where the register has no words for its instrument.
    """
    known = instruments().get(citation.partition(",")[0])
    return known.basis if known and known.basis else citation


@lru_cache(maxsize=4)
def bases_of(name: str) -> tuple[str, ...]:
    """The instruments that papers rest on, as they name them, in order: rows ``basis`` of a file.

    Raises:
        RuleSetError: see ``load_rule_set``; ``name`` is that of a file of rule sets.
    """
    rules = load_rule_set(CONFIG / "rule_sets" / name, each_row_cites=True)
    return tuple(basis_words(rules.citation(row)) for row in rules.rows if row["code"] == "basis")


@lru_cache(maxsize=1)
def code_lists() -> Mapping[str, CodeList]:
    """Every code list by its name, such as ``maintenance``."""
    found: dict[str, CodeList] = {}
    for path in sorted((CONFIG / "code_lists").glob("*.toml")):
        table = _toml(path)
        meta = _meta(table, path)
        for name, codes in _tables(table, "list").items():
            if name in found:
                raise RuleSetError(file=path.name, row=0, detail=f"list {name} stands twice")
            english, aliases, short = (
                _tables(table, part).get(name, {}) for part in ("english", "alias", "abbreviation")
            )
            found[name] = CodeList(name, codes, english, aliases, short, meta)
    return found


def code_list(name: str) -> CodeList:
    """The code list of this name; ``KeyError`` for a name no file has."""
    return code_lists()[name]


@lru_cache(maxsize=1)
def _all_fields() -> Mapping[str, tuple[FieldRule, ...]]:
    found: dict[str, list[FieldRule]] = {}
    for name in ("tt05_2025_fields.toml", "submission_columns.toml"):
        rules = load_rule_set(CONFIG / "standards" / name)
        for number, row in enumerate(rules.rows, start=1):
            try:
                field = FieldRule(**cast("dict[str, Any]", _known(row)), source=rules.citation(row))
            except TypeError as error:
                raise RuleSetError(file=name, row=number, detail=str(error)) from error
            found.setdefault(field.kind, []).append(field)
    return {kind: tuple(fields) for kind, fields in found.items()}


@lru_cache(maxsize=32)
def fields(kind: str) -> tuple[FieldRule, ...]:
    """The fields of a table in the order of the circular.

    What a submission's sheet may hold: ``case-file document picture media``, the fields of the
    SIP and after them the columns of our own. What a package holds: ``sip-…`` and ``aip-case-file
    aip-document aip-picture aip-media``, ``dip-request dip-document``, and the loose documents'
    ``sip-package aip-package``. ``KeyError`` for any other kind.
    """
    tables = _all_fields()
    if kind in ("case-file", "document", "picture", "media"):
        return tables[f"sip-{kind}"] + tables.get(f"column-{kind}", ())
    return tables[kind]


def find_field(kind: str, heading: str) -> FieldRule | None:
    """The field a column's heading means, tolerant of case, marks, space and punctuation."""
    return next((field for field in fields(kind) if field.is_headed(heading)), None)


def _known(row: Row) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in ("article", "instrument")}


@lru_cache(8192)
def _bare(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RuleSetError(file=path.name, row=0, detail=str(error)) from error


def _meta(table: dict[str, object], path: Path) -> RuleSetMeta:
    given = table.get("rule_set")
    if not isinstance(given, dict):
        raise RuleSetError(file=path.name, row=0, detail="[rule_set] is missing")
    for name in ("code", "title", "instrument", "article", "valid_from"):
        if not given.get(name):
            raise RuleSetError(file=path.name, row=0, detail=f"[rule_set] {name} is missing")
    for name in ("valid_from", "valid_to"):
        if name in given and not isinstance(given[name], dt.date):
            raise RuleSetError(file=path.name, row=0, detail=f"[rule_set] {name} is not a date")
    try:
        return RuleSetMeta(**given)
    except TypeError as error:
        raise RuleSetError(file=path.name, row=0, detail=f"[rule_set] {error}") from error


def _tables(table: dict[str, object], part: str) -> dict[str, dict[str, str]]:
    found = table.get(part, {})
    assert isinstance(found, dict)  # noqa: S101 - a file of ours, tested
    return found
