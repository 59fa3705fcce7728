"""A schedule of the archive's own, read from TOML or a table, with every fault by its line."""

import csv
import datetime as dt
import io
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive_service import messages
from archive_service.errors import InputError
from archive_service.text import fold, nfc
from retention.terms.rules import EVENTS, MAX_YEARS

HEAD = ("code", "title", "instrument", "article", "valid_from", "valid_to", "note")
LONGEST = {"code": 60, "title": 500, "instrument": 500, "article": 500, "group": 300, "note": 2000}
NAMED = ("head-missing", "head-date", "too-long", "unwritten")  # these name the field themselves
_NEEDED = ("code", "title", "instrument", "article", "valid_from")
_COLUMNS = {
    "code", "title", "years", "permanent", "event", "article", "instrument", "group",
    "schedule", "group_code", "record_type", "sub_type", "period", "kind",
}  # fmt: skip
_UNREAD = {"status", "start_rule", "source", "certainty", "note", "stt"}  # they say no term
_RULE = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_HEAD = re.compile(r"\s*\[\s*rule_set\s*\]")
_PERIOD = re.compile(r"(?:(?P<years>-?[0-9]+)\s*(?:nam|years?)\b)?\s*(?P<rest>[^0-9]*)", re.ASCII)
_AT = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)$")  # where tomllib stopped
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LARGEST = 8 << 20  # bytes; a schedule of 20,000 entries has a quarter of it
_PERMANENT = ("vinh vien", "permanent")
_YES, _NO = ("true", "1", "x", "co"), ("", "false", "0", "khong")
_KINDS = ("", "years", "event", "permanent")
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


def words_of(fault: Fault, lang: str) -> str:
    """What is wrong; whoever wrote a file reads the name that the field has in it, too."""
    name, _, value = fault.value.partition(": ") if fault.code in NAMED else ("", "", fault.value)
    if name not in HEAD and name not in LONGEST:
        name, value = "", fault.value
    in_file = name if fault.line else ""
    words = f"labels.schedule-fault.{fault.code}"
    return messages.text(words, lang, field=name, in_file=in_file, value=value)


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
        table: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _AT.search(str(error))
        line, column = found.groups() if found else (len(text.splitlines()), "")
        read.faults.append(Fault(int(line), "unreadable", column))
        return read
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines, 1) if _HEAD.match(line)), 0)
    read.faults += _unknown(table, {"rule_set", "rule"}, 0)
    head = table.get("rule_set")
    _read_head(read, head if isinstance(head, dict) else {}, at)
    places = [number for number, line in enumerate(lines, 1) if _RULE.match(line)]
    rows = table.get("rule", [])
    rows = rows if isinstance(rows, list) else []
    for number, given in enumerate(rows):
        line = places[number] if number < len(places) else 0
        row = given if isinstance(given, dict) else {}
        read.faults += _unknown(row, _COLUMNS | _UNREAD, line)
        _read_rule(read, row, line)
    _judge_whole(read)
    return read


def read_table(
    rows: Sequence[tuple[int, Mapping[str, str]]], head: Mapping[str, Any]
) -> ReadSchedule:
    """Rows with their lines; columns as in a TOML rule, or those of a published schedule.

    The latter are ``schedule group_code group record_type sub_type period kind years``; their rules
    are numbered within the group. A cell under no heading has the name "".
    """
    read = ReadSchedule()
    _read_head(read, head, 0)
    if rows and not ({"title", "record_type"} & rows[0][1].keys()):
        read.faults.append(Fault(rows[0][0], "columns", ", ".join(sorted(_COLUMNS))))
    unknown: set[str] = set()
    counts: dict[str, int] = {}
    for line, row in rows:
        if row.get(""):
            read.faults.append(Fault(line, "cell-unnamed", row[""][:60]))
        fresh = {name: text for name, text in row.items() if name and name not in unknown}
        read.faults += _unknown(fresh, _COLUMNS | _UNREAD, line)
        unknown |= fresh.keys()
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
        more: Any = row.pop(None, [])  # cells after the last heading
        facts = {nfc(name).strip(): (text or "").strip() for name, text in row.items()}
        if beyond := " ".join([facts.get("", ""), *more]).strip():
            facts[""] = beyond
        if any(facts.values()):
            yield reader.line_num, facts


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
    read.faults += _unknown(head, {*HEAD, "source", "certainty"}, line)
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


def _unknown(facts: Mapping[str, Any], known: Collection[str], line: int) -> Iterator[Fault]:
    """What stands under a name that is none of ours: a term may rest on a word mistyped."""
    names = [name for name, value in facts.items() if name not in known and value != ""]
    yield from (Fault(line, "key-unknown", name[:60]) for name in names)


def _unkeepable(facts: Mapping[str, Any], line: int) -> Iterator[Fault]:
    """Too long; or with a sign that nobody writes, as TOML may name one by its number."""
    for name, longest in LONGEST.items():
        text = str(facts.get(name, ""))
        if len(text) > longest:
            yield Fault(line, "too-long", f"{name}: {longest}")
        if (found := _UNWRITTEN.search(text)) is not None:
            yield Fault(line, "unwritten", f"{name}: U+{ord(found[0]):04X}")


def _read_term(rule: dict[str, Any], row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Write years, permanent and event into the rule; what is wrong with them.

    What is said twice must agree, and words that are not understood are a fault: a term that waits
    for an event is never taken for one that is over sooner.
    """
    named = {name: str(row.get(name, "")).strip() for name in ("years", "event", "period")}
    kind, permanent = (fold(str(row.get(name, ""))).strip() for name in ("kind", "permanent"))
    term = _term_of(named["period"])
    if kind not in _KINDS or permanent not in (*_YES, *_NO):
        yield "term-malformed", str(row["permanent" if kind in _KINDS else "kind"])
        return
    if isinstance(term, str):
        if not named["event"]:
            yield term, named["period"]
            return
        term = _PeriodWords()
    event = named["event"] or term.event
    if (event or kind == "event") and event not in EVENTS:
        yield "event-unknown", named["event"] or named["period"]
        return
    years = named["years"] or term.years
    is_permanent = permanent in _YES or term.permanent or kind == "permanent"
    if is_permanent and (years or event):
        yield "term-twice", years or event
    elif (
        (term.event not in ("", event) or term.years not in ("", years))
        or (kind == "years" and event)
        or (term.permanent and kind not in ("", "permanent"))
    ):
        yield "term-contradicts", f"{named['period']} / {years} {event or kind}".strip()
    elif is_permanent:
        rule["permanent"] = True
    else:
        yield from _read_years(rule, years, event)


def _read_years(rule: dict[str, Any], given: str, event: str) -> Iterator[tuple[str, str]]:
    if not given and not event:
        yield "term-missing", ""
        return
    if not re.fullmatch(r"-?[0-9]{1,6}", given or "0", re.ASCII):
        yield "term-malformed", given
        return
    years = int(given or "0")
    if years < 0:
        yield "term-negative", given
    elif years > MAX_YEARS or (years == 0 and not event):
        yield "term-malformed", given
    rule |= {"years": years} | ({"event": event} if event else {})


@dataclass(frozen=True, slots=True)
class _PeriodWords:
    """What the words of a period say, as far as each is said."""

    years: str = ""
    event: str = ""
    permanent: bool = False


def _term_of(period: str) -> _PeriodWords | str:
    """Or the fault, where some of the words are not understood."""
    folded = " ".join(fold(period).split())
    if folded in _PERMANENT:
        return _PeriodWords(permanent=True)
    found = _PERIOD.fullmatch(folded)
    if found is None:
        return "term-malformed"
    years, rest = found["years"] or "", found["rest"]
    event = next((kind for word, kind in _WORDS if word in rest), "")
    return _PeriodWords(years, event) if event or not rest else "event-unknown"


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
