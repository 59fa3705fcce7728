"""What a package's descriptions say as fields of TT 05: the circular's own, DC, EAD, MODS."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive_service import law, messages
from archive_service.domain.agencies.record_code import MalformedRecordCodeError, parse_record_code
from archive_service.domain.intake.finding import Finding, Severity
from ingest.channels.declare import DeclaredRow
from ingest.channels.eark.xml import Description, ReadPackage
from ingest.channels.older_data import code_of, converted, is_older, older_field
from ingest.channels.values import as_kept, is_date, is_secret

CHECK = "package"
_FORMS = ("flat", "ead", "mods", "dc")
# Fields of an AIP, or that are counted from the package itself: known, and not the sender's word.
_PASSED_OVER = {"docordinal", "arcfilecode", "arcdoccode", "source", "doctotal"}
_PERIOD = re.compile(r"(?P<first>[\d./-]{4,10})\s*(?:/|--|–|-)\s*(?P<last>[\d./-]{4,10})")


@dataclass(frozen=True, slots=True)
class DescribedRow:
    """A row of the declaration and the file that says so."""

    row: DeclaredRow
    origin: str


def choose(described: Sequence[Description]) -> Description | None:
    """The file that describes the case file: the circular's flat one, else what can be read."""
    of_form = [each for form in _FORMS for each in described if each.form == form]
    flat = [each for each in of_form if each.form == "flat"]
    named = [each for each in flat if each.name.casefold() == "ead"]
    return next(iter(named or of_form), None)


def case_file_row(read: ReadPackage) -> DescribedRow:
    """The case file as the package describes it; what lacks, the checks of the fields tell."""
    chosen = choose(read.described)
    row = DeclaredRow("case-file", 1)
    if chosen is None:
        row.findings.append(Finding(CHECK, "package-not-described", Severity.ERROR, "METS.xml"))
        return DescribedRow(row, "METS.xml")
    if chosen.form == "flat":
        _flat(row, chosen)
    else:
        _of_other_standard(row, chosen)
    if "title" not in row.fields and read.label:
        _put(row, "title", read.label)
    return DescribedRow(row, chosen.path)


def note_source(rows: Iterable[DeclaredRow], read: ReadPackage) -> None:
    """Whether loose documents went out or came in (0, 1), as the package says it of all of them.

    No document has a field for it: it stands in the note of each that has room for it.
    """
    chosen, known = choose(read.described), law.code_list("source")
    facts = {name.casefold(): value.strip() for name, value in chosen.fields} if chosen else {}
    code = known.find(facts.get("source", ""))
    if code is None:
        return
    note = f"{messages.label('package-notes', 'source')}: {known.label(code)}"
    for row in rows:
        rule = law.find_field(row.kind, "description")
        whole = "; ".join(filter(None, (note, row.fields.get("description"))))
        if rule is not None and (rule.length is None or len(whole) <= rule.length):
            row.fields["description"] = whole


def document_row(number: int, described: Description) -> DescribedRow:
    """One document as its own file describes it."""
    row = DeclaredRow(_kind(described), number)
    if described.form == "flat":
        _flat(row, described)
    else:
        for name, value in described.fields:
            _put(row, {"title": "subject", "date": "issuedDate"}.get(name.casefold(), ""), value)
    return DescribedRow(row, described.path)


def bare_row(number: int, stem: str, origin: str) -> DescribedRow:
    """A document that nothing describes: it is called as its file is."""
    row = DeclaredRow("document", number)
    _put(row, "subject", stem)
    facts = {"name": stem[:300]}
    row.findings.append(Finding(CHECK, "package-document-bare", Severity.WARNING, origin, facts))
    return DescribedRow(row, origin)


def _kind(described: Description) -> str:
    """Text, picture or recording: by the name of the file, else by the fields."""
    name = described.name.casefold()
    fields = {name.casefold() for name, _ in described.fields}
    if name.startswith("ead_pic") or "typepic" in fields:
        return "picture"
    if name.startswith("ead_media") or "typemedia" in fields:
        return "media"
    return "document"


def _flat(row: DeclaredRow, described: Description) -> None:
    names = [name for name, _ in described.fields]
    if is_older(row.kind, names):
        _older(row, described)
        return
    unknown: list[str] = []
    for name, value in described.fields:
        if not _put(row, name, value) and name.casefold() not in _PASSED_OVER:
            unknown.append(name)
    for name in dict.fromkeys(unknown):
        facts = {"field": name[:200]}
        finding = Finding(CHECK, "package-field-unknown", Severity.INFO, described.path, facts)
        row.findings.append(finding)


def _older(row: DeclaredRow, described: Description) -> None:
    """Under the names of TT 02/2019; the file itself is kept beside."""
    parts: dict[str, str] = {}
    dropped: list[str] = []
    for name, value in described.fields:
        field = older_field(row.kind, name)
        if field is not None and field.part:
            parts[field.part] = value
        elif field is not None and field.to:
            _put(row, field.to, value)
        elif field is not None or not _put(row, name, value):
            dropped.append(name)
    if "fileCode" not in row.fields:
        _put(row, "fileCode", code_of(parts))
    row.findings.append(converted(described.path, dropped))


def _of_other_standard(row: DeclaredRow, described: Description) -> None:
    """Title, dates, identifier, abstract where they are plain; the rest is the sender's to add."""
    first: dict[str, str] = {}
    for written, value in described.fields:
        name = written.casefold()
        if name == "identifier" and not _is_code(value):
            continue
        first.setdefault("date" if name in ("created", "issued") else name, value)
    _put(row, "fileCode", first.get("identifier", ""))
    _put(row, "title", first.get("title", ""))
    _put(row, "description", first.get("description", ""))
    start, end = _period(first.get("date", ""))
    _put(row, "startDate", start)
    _put(row, "endDate", end)
    facts = {"form": described.form.upper(), "taken": ", ".join(sorted(row.fields)) or "–"}
    row.findings.append(
        Finding(CHECK, "package-described-otherwise", Severity.WARNING, described.path, facts)
    )


def _is_code(text: str) -> bool:
    try:
        parse_record_code(text.strip(), set())
    except MalformedRecordCodeError:
        return False
    return True


def _period(text: str) -> tuple[str, str]:
    """First and last day of ``2020/2021``, ``2020-01-01/2021-12-31`` or one date; else nothing."""
    text = text.strip()
    if is_date(text[:10]) and len(text) in (4, 7, 10):
        return text, text
    if "T" in text and is_date(text.partition("T")[0]):
        return text.partition("T")[0], text.partition("T")[0]
    match = _PERIOD.fullmatch(text)
    if match and is_date(match["first"]) and is_date(match["last"]):
        return match["first"], match["last"]
    return "", ""


def _put(row: DeclaredRow, name: str, value: str) -> bool:
    """Set a field by any of its names; ``False`` where there is no such field."""
    if not name or not value:
        return False
    rule = law.find_field(row.kind, name)
    if rule is None or rule.name in ("files", "sha256"):
        return False
    if rule.name == "mode" and is_secret(value):
        row.fields["mode"] = as_kept(value, rule)
        return True
    if rule.name not in row.fields:
        row.put(rule, as_kept(value, rule), written=value)
    return True


def stem_of(name: str) -> str:
    """The name of a descriptive file without the circular's prefix, to find its document's file."""
    stem = name.casefold()
    for prefix in ("ead_doc_", "ead_pic_", "ead_media_"):
        if stem.startswith(prefix):
            return stem.removeprefix(prefix)
    return stem


def all_findings(rows: Iterable[DescribedRow]) -> list[Finding]:
    """What was seen while the rows were read; decomposed letters are told once."""
    found: list[Finding] = []
    for each in rows:
        for finding in each.row.findings:
            if finding.code != "text-nfd" or all(f.code != "text-nfd" for f in found):
                found.append(finding)
    return found
