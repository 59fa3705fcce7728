"""Rule sets of completeness: each rule cited, or marked as an agency's own or an example."""

import datetime as dt
import enum
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from archive_service import clock, law
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.law import RuleSetError, RuleSetMeta
from archive_service.text import fold

FOLDER = law.CONFIG / "rule_sets" / "completeness"
OWN = Path("rule_sets") / "completeness"  # below a home
GENERAL = "general"


class Kind(enum.StrEnum):
    """What a rule asks for."""

    DOCUMENT = "document"  # so many documents of a type, or with words in their abstract
    FIELDS = "fields"  # of the case file, or of each document it is about
    FILES = "files"  # each has one, or is paper
    ORDER = "order"  # by date of issue
    AFTER = "after"  # dated no earlier than others
    PERIOD = "period"  # dated within the time of the case file
    SIGNATURE = "signature"  # of a person, of an agency
    PAPER = "paper"  # must exist on paper
    STANDING = "standing"  # original, official copy, copy
    COUNT = "count"  # of all documents


class Level(enum.StrEnum):
    """What follows where it is missing."""

    REQUIRED = "required"  # not handed in, not accepted
    ADVISED = "advised"  # a person looks
    NOTE = "note"  # good to know


class Basis(enum.StrEnum):
    """What a set rests on."""

    LAW = "law"
    OWN = "own"  # an agency's own
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class About:
    """Which documents are meant: of these types, with one of these words in the abstract."""

    types: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()  # folded; anywhere in it
    begins: tuple[str, ...] = ()  # likewise; at its beginning

    @property
    def everything(self) -> bool:
        """Whether no document is left out."""
        return not (self.types or self.words or self.begins)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must be there; what does not belong to its kind is empty."""

    code: str
    kind: Kind
    title: str
    title_en: str
    todo: str
    todo_en: str
    level: Level
    citation: str
    certainty: str
    about: About = About()
    than: About = About()
    of_case_file: bool = False
    fields: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    told_by: str = ""  # the check that says it at the desk already
    todo_unsure: str = ""  # what to do where it cannot be told yet, if not the same
    todo_unsure_en: str = ""


@dataclass(frozen=True, slots=True)
class CompletenessSet:
    """The rules for one kind of case file."""

    meta: RuleSetMeta
    title_en: str
    basis: Basis
    rules: tuple[Rule, ...]
    every: bool = False  # for each case file, beside the one that is chosen
    procedures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sets:
    """All sets that hold today, by code; and what could not be read, in technical words."""

    by_code: Mapping[str, CompletenessSet]
    broken: tuple[str, ...] = ()

    def coded(self, named: str) -> str:
        """The code of the set that is named by its code or title; empty where there is none."""
        if named in self.by_code:
            return named
        title = fold(" ".join(named.split()))
        fitting = (
            code
            for code, completeness_set in self.by_code.items()
            if fold(completeness_set.meta.title) == title
        )
        return next(fitting, "")

    def chosen(self, code: str, procedure: str) -> tuple[CompletenessSet, ...]:
        """Those for every case file, then the one named, else that of the procedure, if any."""
        always = tuple(
            completeness_set for completeness_set in self.by_code.values() if completeness_set.every
        )
        own = self.by_code.get(self.coded(code)) if code else None
        if own is None and procedure:
            fitting = (
                completeness_set
                for completeness_set in self.by_code.values()
                if procedure in completeness_set.procedures
            )
            own = next(fitting, None)
        return (*always, *([own] if own is not None and not own.every else []))


def load_sets(home: Path | None = None, *, on: dt.date | None = None) -> Sets:
    """The sets of this product and those of the home; of one code the home's stands.

    One of the home that cannot be read is left out and named, and no check goes on until it is
    mended (``ingest.checks.home_rules``); one of the product's is a bug.

    Raises:
        RuleSetError: a set of the product itself.
    """
    day = on or clock.today()
    found = {
        completeness_set.meta.code: completeness_set
        for completeness_set in map(read_set, _files(FOLDER))
    }
    broken = []
    for path in own_files(home) if home is not None else ():
        try:
            own = read_set(path)
        except RuleSetError as error:
            broken.append(str(error))
        else:
            found[own.meta.code] = own
    return Sets(
        {
            code: completeness_set
            for code, completeness_set in found.items()
            if completeness_set.meta.in_force(day)
        },
        tuple(broken),
    )


def sets_for(
    declared: DeclaredCaseFile, *, chosen: str = "", home: Path | None = None
) -> tuple[CompletenessSet, ...]:
    """The sets that a case file is judged by: ``chosen``, else that of its procedure's code."""
    procedure = declared.fields.get("procedureCode", "")
    return load_sets(home).chosen(chosen, procedure)


def load_set(path: Path) -> CompletenessSet:
    """One file.

    Raises:
        RuleSetError: no citation or certainty, an unknown kind or level, or something it needs.
    """
    loaded = law.load_rule_set(path)
    applies = tomllib.loads(path.read_text(encoding="utf-8")).get("applies", {})
    if not loaded.meta.certainty:
        raise RuleSetError(file=path.name, row=0, detail="[rule_set] certainty is missing")
    try:
        basis = Basis(applies.get("basis", Basis.LAW))
    except ValueError as error:
        raise RuleSetError(file=path.name, row=0, detail=f"[applies] {error}") from error
    rules = []
    for number, row in enumerate(loaded.rows, start=1):
        if basis is Basis.LAW and not row.get("article"):
            raise RuleSetError(file=path.name, row=number, detail="article is missing")
        try:
            rules.append(_rule(row, loaded))
        except (KeyError, ValueError, TypeError) as error:
            raise RuleSetError(file=path.name, row=number, detail=repr(error)) from error
    codes = [rule.code for rule in rules]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise RuleSetError(file=path.name, row=0, detail=f"rule {twice} stands twice")
    return CompletenessSet(
        meta=loaded.meta,
        title_en=str(applies.get("title_en", "")) or loaded.meta.title,
        basis=basis,
        rules=tuple(rules),
        every=applies.get("every") is True,
        procedures=frozenset(applies.get("procedures", ())),
    )


def _rule(row: Mapping[str, Any], loaded: law.RuleSet) -> Rule:
    kind = Kind(row["kind"])
    rule = Rule(
        code=str(row["code"]),
        kind=kind,
        title=str(row["title"]),
        title_en=str(row.get("title_en", row["title"])),
        todo=str(row["todo"]),
        todo_en=str(row.get("todo_en", row["todo"])),
        todo_unsure=str(row.get("todo_unsure", "")),
        todo_unsure_en=str(row.get("todo_unsure_en", row.get("todo_unsure", ""))),
        level=Level(row["level"]),
        citation=loaded.citation(row),
        certainty=str(row.get("certainty", loaded.meta.certainty)),
        about=_about(row),
        than=_about(row, "than_"),
        of_case_file=row.get("of_case_file") is True,
        fields=tuple(row.get("fields", ())),
        by=tuple(row.get("by", ())),
        standings=tuple(row.get("standings", ())),
        least=int(row.get("min", 0)),
        most=None if row.get("max") is None else int(row["max"]),
        told_by=str(row.get("told_by", "")),
    )
    _require_sense(rule)
    return rule


def _require_sense(rule: Rule) -> None:
    """A rule that can never say anything is a mistake in its file."""
    lacks = {
        Kind.DOCUMENT: rule.about.everything or not (rule.least or rule.most is not None),
        Kind.FIELDS: not rule.fields,
        Kind.AFTER: rule.about.everything or rule.than.everything,
        Kind.SIGNATURE: not rule.by or not set(rule.by) <= {"person", "agency"},
        Kind.STANDING: not rule.standings
        or not set(rule.standings) <= law.code_list("standing").codes.keys(),
        Kind.COUNT: not (rule.least or rule.most is not None),
    }
    kind = "case-file" if rule.of_case_file else "document"
    known = {field.name for field in law.fields(kind)}
    if lacks.get(rule.kind, False) or not set(rule.fields) <= known:
        raise ValueError(f"{rule.code}: says nothing as a rule of kind {rule.kind}")
    types = law.code_list("typeName").codes.keys()
    if not (rule.about.types | rule.than.types) <= types:
        raise ValueError(f"{rule.code}: a type that is not in the list")


def _about(row: Mapping[str, Any], prefix: str = "") -> About:
    return About(
        types=frozenset(row.get(f"{prefix}types", ())),
        words=_folded(row.get(f"{prefix}words", ())),
        begins=_folded(row.get(f"{prefix}begins", ())),
    )


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(fold(" ".join(word.split())) for word in words)


def own_files(home: Path) -> list[Path]:
    """The files of the home's own sets."""
    return _files(home / OWN)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []


def read_set(path: Path) -> CompletenessSet:
    """See ``load_set``; read again only when the file has changed."""
    try:
        stat = path.stat()
    except OSError as error:
        raise RuleSetError(file=path.name, row=0, detail=str(error)) from error
    return _read_as_of(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _read_as_of(path: Path, changed_ns: int, size: int) -> CompletenessSet:  # noqa: ARG001 - keys
    return load_set(path)
