"""A schedule of the archive's own, read from TOML or a table, with every fault by its line."""

import csv
import datetime as dt
import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive_service.errors import InputError
from archive_service.text import fold, nfc
from retention.rules import EVENTS, MAX_YEARS

HEAD = ("code", "title", "instrument", "article", "valid_from", "valid_to", "note")
LONGEST = {"code": 60, "title": 500, "instrument": 500, "article": 500, "group": 300, "note": 2000}
_NEEDED = ("code", "title", "instrument", "article", "valid_from")
_COLUMNS = {
    "code", "title", "years", "permanent", "event", "article", "instrument", "group",
    "schedule", "group_code", "record_type", "sub_type", "period", "kind",
}  # fmt: skip
_RULE = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_HEAD = re.compile(r"\s*\[\s*rule_set\s*\]")
_YEARS = re.compile(r"(-?[0-9]+)\s*(?:nam|years?)\b", re.ASCII)
_AT = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)$")  # where tomllib stopped
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LARGEST = 8 << 20  # bytes; a schedule of 20,000 entries has a quarter of it
_PERMANENT = ("vinh vien", "permanent")
# Folded words of the period in a table, and the event that they mean; the first that fits.
_WORDS = (
    ("hop dong", "contract-ends"),
    ("het hieu luc", "document-expires"),
    ("cong trinh", "works-end"),
    ("thiet bi", "equipment-ends"),
    ("chet", "death"),
    ("qua doi", "death"),
    ("tu tran", "death"),
)


class ScheduleInvalidError(InputError):
    """The file is no schedule; every fault is told with its line."""

    code = "retention-schedule-invalid"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a key of ``labels.schedule-fault``; ``line`` from 1, 0 of the whole file."""

    line: int
    code: str
    value: str = ""


@dataclass(slots=True)
class ReadSchedule:
    """What was read: ``{rule_set, rules}``, the line of each rule, and the faults."""

    rule_set: dict[str, Any] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As it is kept and told."""
        return {"rule_set": self.rule_set, "rules": self.rules}


def read_file(data: bytes, *, as_table: bool, head: Mapping[str, Any]) -> ReadSchedule:
    """A TOML, or a CSV with a heading row; what is no text of ours is a fault with its line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return ReadSchedule(faults=[Fault(_line_of(data, error.start), "not-utf8")])
    if not text.strip():
        return ReadSchedule(faults=[Fault(0, "empty")])
    if (found := _UNWRITTEN.search(text)) is not None:
        line = text.count("\n", 0, found.start()) + 1
        return ReadSchedule(faults=[Fault(line, "unwritten", f"U+{ord(found[0]):04X}")])
    if not as_table:
        return read_toml(text)
    try:
        rows = list(csv_rows(text))
    except csv.Error:  # a cell longer than any field may be
        return ReadSchedule(faults=[Fault(0, "not-csv")])
    return read_table(rows, head)


def _line_of(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def read_toml(text: str) -> ReadSchedule:
    """A file in the form of ``config/retention_schedules``."""
    read = ReadSchedule()
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _AT.search(str(error))
        line, column = found.groups() if found else (len(text.splitlines()), "")
        read.faults.append(Fault(int(line), "unreadable", column))
        return read
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines, 1) if _HEAD.match(line)), 0)
    head = table.get("rule_set")
    _read_head(read, head if isinstance(head, dict) else {}, at)
    places = [number for number, line in enumerate(lines, 1) if _RULE.match(line)]
    rows = table.get("rule", [])
    rows = rows if isinstance(rows, list) else []
    for number, row in enumerate(rows):
        line = places[number] if number < len(places) else 0
        _read_rule(read, row if isinstance(row, dict) else {}, line)
    _judge_whole(read)
    return read


def read_table(
    rows: Sequence[tuple[int, Mapping[str, str]]], head: Mapping[str, Any]
) -> ReadSchedule:
    """Rows with their lines; columns as in a TOML rule, or those of a published schedule.

    The latter are ``schedule group_code group record_type sub_type period kind years``; their rules
    are numbered within the group.
    """
    read = ReadSchedule()
    _read_head(read, head, 0)
    if rows and not ({"title", "record_type"} & rows[0][1].keys()):
        read.faults.append(Fault(rows[0][0], "columns", ", ".join(sorted(_COLUMNS))))
    counts: dict[str, int] = {}
    for line, row in rows:
        _read_rule(read, _row_of(row, str(head.get("code", "")), counts), line)
    _judge_whole(read)
    return read


def read_document(document: Mapping[str, Any]) -> ReadSchedule:
    """A schedule that is kept, judged anew; the line of a rule is its place, from 1."""
    read = ReadSchedule()
    _read_head(read, document["rule_set"], 0)
    for place, row in enumerate(document["rules"], 1):
        _read_rule(read, row, place)
    _judge_whole(read)
    return read


def csv_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV by their headings, each with its line.

    Raises:
        csv.Error: a cell has more characters than any could need.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        told = {nfc(name).strip(): (text or "").strip() for name, text in row.items() if name}
        if any(told.values()):
            yield reader.line_num, told


def _row_of(row: Mapping[str, str], code: str, counts: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {name: row[name] for name in row if name in _COLUMNS and row[name]}
    group = row.get("group_code", "")
    if "code" not in row and group:
        counts[group] = counts.get(group, 0) + 1
        found["code"] = f"{code}.{group}.{counts[group]:02}"
        found.setdefault("article", f"{group}. {row.get('group', '')}".rstrip(". "))
    if "title" not in row:
        found["title"] = ": ".join(filter(None, (row.get("record_type"), row.get("sub_type"))))
    if row.get("schedule"):
        found["instrument"] = row["schedule"].partition(" (")[0]
    return found


def _read_head(read: ReadSchedule, head: Mapping[str, Any], line: int) -> None:
    kept = {name: head[name] for name in HEAD if head.get(name)}
    for name in _NEEDED:
        if name not in kept:
            read.faults.append(Fault(line, "head-missing", name))
    for name in ("valid_from", "valid_to"):
        if name in kept and (day := _day(kept[name])) is None:
            read.faults.append(Fault(line, "head-date", f"{name}: {kept[name]}"))
        elif name in kept:
            kept[name] = day
    read.faults += _unkeepable(kept, line)
    if kept.get("valid_to") and str(kept["valid_to"]) < str(kept.get("valid_from", "")):
        read.faults.append(Fault(line, "validity-reversed", str(kept["valid_to"])))
    read.rule_set = kept


def _read_rule(read: ReadSchedule, row: Mapping[str, Any], line: int) -> None:
    rule: dict[str, Any] = {}
    for name, fault in (("code", "code-missing"), ("title", "title-missing")):
        rule[name] = nfc(str(row.get(name, ""))).strip()
        if not rule[name]:
            read.faults.append(Fault(line, fault))
    rule["article"] = nfc(str(row.get("article", ""))).strip()
    if not rule["article"]:
        read.faults.append(Fault(line, "citation-missing", rule["code"]))
    for name in ("group", "instrument"):
        if row.get(name):
            rule[name] = nfc(str(row[name])).strip()
    read.faults += _unkeepable(rule, line)
    read.faults += [Fault(line, code, value) for code, value in _read_term(rule, row)]
    read.rules.append(rule)
    read.lines.append(line)


def _unkeepable(told: Mapping[str, Any], line: int) -> Iterator[Fault]:
    """Too long; or with a sign that nobody writes, as TOML may name one by its number."""
    for name, longest in LONGEST.items():
        text = str(told.get(name, ""))
        if len(text) > longest:
            yield Fault(line, "too-long", f"{name}: {longest}")
        if (found := _UNWRITTEN.search(text)) is not None:
            yield Fault(line, "unwritten", f"{name}: U+{ord(found[0]):04X}")


def _read_term(rule: dict[str, Any], row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Write years, permanent and event into the rule; what is wrong with them."""
    period = " ".join(fold(str(row.get("period", ""))).split())
    event = str(row.get("event", "")) or None
    if event is None and fold(str(row.get("kind", ""))) == "event":
        event = next((kind for word, kind in _WORDS if word in period), period or "?")
    if event is not None and event not in EVENTS:
        yield "event-unknown", str(row.get("event") or row.get("period") or "")
        return
    permanent = fold(str(row.get("permanent", ""))) in ("true", "1", "x", "co")
    if permanent or period in _PERMANENT or fold(str(row.get("kind", ""))) == "permanent":
        if str(row.get("years", "")).strip():
            yield "term-twice", str(row["years"])
        rule["permanent"] = True
        return
    given = str(row.get("years", "")).strip()
    if not given and (found := _YEARS.match(period)):
        given = found[1]
    if not given:
        if event is None:
            yield "term-missing", ""
            return
        given = "0"
    if not re.fullmatch(r"-?[0-9]{1,6}", given, re.ASCII):
        yield "term-malformed", given
        return
    years = int(given)
    if years < 0:
        yield "term-negative", given
    elif years > MAX_YEARS or (years == 0 and event is None):
        yield "term-malformed", given
    rule |= {"years": years} | ({"event": event} if event else {})


def _judge_whole(read: ReadSchedule) -> None:
    if not read.rules:
        read.faults.append(Fault(0, "no-rules"))
    first: dict[str, int] = {}
    for rule, line in zip(read.rules, read.lines, strict=True):
        if rule["code"] and first.setdefault(rule["code"], line) != line:
            read.faults.append(Fault(line, "code-twice", f"{rule['code']} ({first[rule['code']]})"))


def _day(value: object) -> str | None:
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(str(value).strip(), form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
