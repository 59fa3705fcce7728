"""A draft as its page shows it: fields with who gave them, documents in order, what is missing."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import url_for

from archive_service import law
from archive_service.domain.agencies.own_field import OwnSubject
from archive_service.domain.intake.field_source import CASE_FILE, source_key
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import in_own_terms, row_place
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.finding_document import FindingDocument
from archive_service.law import FieldRule
from archive_service.request import services
from archive_service.web import display
from archive_service.web.fields import label_of, shown_day
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.stretches import Stretch, stretch_of
from ingest.completeness.completeness import State
from ingest.completeness.rules import GENERAL
from ingest.drafts.annexes import Annexes
from ingest.drafts.hand_in import marks_of, to_weigh, unsigned_rows
from ingest.drafts.judged import all_read, is_judged
from ingest.drafts.others import silent_others
from ingest.drafts.pages.checklist import check_line, field_anchor
from ingest.drafts.pages.choices import options, own_options, suggests
from ingest.drafts.pages.documents import draft_document
from ingest.drafts.pages.proposed import Proposed
from ingest.drafts.pages.returned import GivenBack
from ingest.drafts.shown_draft import ShownDraft
from ingest.receiving.page_parts.finding_links import lead_to_draft
from ingest.receiving.page_parts.missing_files import absence_words, absences_of
from ingest.receiving.page_parts.sheets import Sheets
from ingest.receiving.page_parts.viewer import shown_document

CASE_FIELDS = (
    "fileCode",
    "title",
    "startDate",
    "endDate",
    "maintenance",
    "term",
    "mode",
    "language",
    "confidenceLevel",
    "creator",
    "keyword",
    "procedureCode",
    "dossierNumber",
)
DOCUMENT_FIELDS = (
    "subject",
    "typeName",
    "issuedDate",
    "codeNumber",
    "codeNotation",
    "organName",
    "signer",
    "signerPosition",
    "keyword",
    "standing",
    "confidenceLevel",
)
_LONG = ("title", "subject")


class DraftView:
    """What the templates take; every part can be asked for alone."""

    def __init__(self, shown: ShownDraft, selected: int | None = None, pdf: int = 1) -> None:
        self._shown = shown
        self._pdf = pdf  # which one of the open document is in the viewer
        self._seen = [*shown.findings, *shown.judged]
        self._errors = _by_place(self._seen, Severity.ERROR)
        self._warned = _by_place(self._seen, Severity.WARNING)
        self.id: UUID = shown.row.id
        self.code, self.title = shown.row.code, shown.row.title
        self.order, self.by_time = shown.order, shown.draft.by_time
        self.changed_at, self.changed_by = shown.draft.changed_at, shown.changed_by
        self.begun_at = shown.draft.begun_at
        self.size_bytes, self.revision = shown.row.size_bytes, shown.row.revision
        self.selected = selected
        self.unfinished = shown.unfinished
        self.broken_sets = shown.sets.broken
        self.same_code = shown.same_code

    @property
    def reading(self) -> bool:
        """Whether files wait to be read for proposals."""
        return not all_read(self._shown.row, self._shown.draft)

    @property
    def checking(self) -> bool:
        """Whether the checks of the desk still look at it as it stands."""
        return not (self.reading or is_judged(self._shown.draft))

    @property
    def fields(self) -> list[dict[str, Any]]:
        """All that stand on the page: of the case file, and of the document that is open."""
        return [*self.case_fields, *(self.document["fields"] if self.document else ())]

    @property
    def case_fields(self) -> list[dict[str, Any]]:
        """Of the case file."""
        declared = self._shown.declared
        return [
            *self._fields("case-file", CASE_FILE, declared.row, declared.fields, CASE_FIELDS),
            *self._own_fields("case-file", CASE_FILE, declared.row, declared.fields),
        ]

    @cached_property
    def documents(self) -> list[dict[str, Any]]:
        """Those of the stretch that is shown, each with its ordinal, files and annexes."""
        held = {file.path: file for file in self._shown.row.files}
        rows = self._shown.declared.documents
        unsigned = unsigned_rows(self._shown.row, self._shown.draft, home=services().settings.home)
        absences = absences_of(self._shown.row, self._shown.declared, self._shown.draft.sources)
        return [
            draft_document(ordinal, document, held, self._errors)
            | {
                "last": ordinal == len(rows),
                "absent": absence_words(absences[document.row]) if not document.files else "",
                "unsigned": document.row in unsigned,
                "href": url_for("drafts.show", draft_id=self.id, document=document.row)
                + "#document",
                "selected": document.row == self.selected,
                "annex_of": self._annex_of(document),
                "proposed": self.proposed.of_document(document.row),
                "returned": self.given_back.of_document(document.row) if self.given_back else [],
            }
            for ordinal, document in enumerate(rows, start=1)
            if ordinal in self.stretch
        ]

    @cached_property
    def given_back(self) -> GivenBack | None:
        """Why it was returned, where it mends something that was."""
        before = self._shown.returned
        return GivenBack(self._shown, before, self.anchor) if before is not None else None

    @cached_property
    def proposed(self) -> Proposed:
        """What its documents say of it, and nobody has taken yet."""
        return Proposed(self._shown.declared, self._shown.proposals)

    @property
    def all_proposed(self) -> dict[str, Any]:
        """What one act takes: all that this page shows."""
        return self.proposed.all_of([document["row"] for document in self.documents])

    def _annex_of(self, document: DeclaredDocument) -> dict[str, Any] | None:
        """What it may be put under."""
        main = self._annexes.main_of(document)
        if main is None:
            return None
        title = main.fields.get("subject", "") or t("pages.draft.untitled")
        ordinal = self._shown.declared.documents.index(main) + 1
        return {"row": main.row, "ordinal": ordinal, "title": title}

    @cached_property
    def _annexes(self) -> Annexes:
        return Annexes(self._shown.row, self._shown.declared, self._shown.draft.reads)

    @cached_property
    def stretch(self) -> Stretch:
        """The part of a long list that is shown; of the document that is open, if none is asked."""
        rows = self._shown.declared.documents
        at = next((at for at, row in enumerate(rows, 1) if row.row == self.selected), 1)

        def href(start: int) -> str:
            given: dict[str, Any] = {"document": self.selected, "from": start}
            return url_for("drafts.show", draft_id=self.id, **given) + "#documents"

        return stretch_of(len(rows), at, href)

    @property
    def document(self) -> dict[str, Any] | None:
        """The one that is open, with its fields and what the viewer shows."""
        rows = self._shown.declared.documents
        at = next((at for at, declared in enumerate(rows) if declared.row == self.selected), None)
        if at is None:
            return None
        row = rows[at]
        sheets = Sheets(self._shown.row, [])
        numbers = {ordinal: document.row for ordinal, document in enumerate(rows, start=1)}

        def href(ordinal: int, pdf: int) -> str:
            return url_for("drafts.show", draft_id=self.id, document=numbers[ordinal], pdf=pdf)

        return {
            "ordinal": at + 1,
            "row": row.row,
            "title": row.fields.get("subject", ""),
            "fields": [
                *self._fields(row.kind, row.row, row.row, row.fields, DOCUMENT_FIELDS),
                *self._own_fields(row.kind, row.row, row.row, row.fields),
            ],
            "shown": shown_document(sheets, at + 1, self._pdf, href),
        }

    def field(self, row: int, name: str) -> dict[str, Any] | None:
        """One field as it is now."""
        if row == CASE_FILE:
            return next(
                (case_field for case_field in self.case_fields if case_field["name"] == name), None
            )
        document = next(
            (declared for declared in self._shown.declared.documents if declared.row == row), None
        )
        if document is None:
            return None
        fields = [
            *self._fields(document.kind, row, row, document.fields, (name,)),
            *self._own_fields(document.kind, row, row, document.fields),
        ]
        return next((entry for entry in fields if entry["name"] == name), None)

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The list that fills up, for ``checks`` of ``parts/progress.html``."""
        documents = self._shown.declared.documents
        return [check_line(self.id, documents, item) for item in self._shown.items]

    @property
    def met(self) -> int:
        """How many of them are there."""
        return sum(item.state is State.MET for item in self._shown.items)

    @cached_property
    def errors(self) -> list[dict[str, Any]]:
        """What has to be mended in the data, beside what is only empty."""
        errors = [finding for finding in self._seen if finding.severity is Severity.ERROR]
        mended = [finding for finding in errors if finding.code != "field-missing"]
        return self._placed(mended, self._marks())

    @cached_property
    def warnings(self) -> list[dict[str, Any]]:
        """What was seen when it came and a person has to weigh, as that it was recalled before."""
        findings = [*to_weigh(self._shown.row, self._shown.draft), *self._shown.judged]
        return self._placed(
            [finding for finding in findings if finding.severity is Severity.WARNING]
        )

    def anchor(self, row: int, name: str) -> str:
        """Id of a field, or of the panel where it has no line; empty where there is no such row."""
        if row != CASE_FILE and row not in self._rows:
            return ""
        shown = CASE_FIELDS if row == CASE_FILE else DOCUMENT_FIELDS
        if name in shown or any(own_field.key == name for own_field in self._shown.own):
            return field_anchor(row, name)
        return "data" if row == CASE_FILE else "document"

    @cached_property
    def _rows(self) -> frozenset[int]:
        return frozenset(document.row for document in self._shown.declared.documents)

    def _placed(
        self, findings: Sequence[Finding], marks: Sequence[dict[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """Each with the address of its page or field."""
        if not (findings or marks):
            return []
        own = in_own_terms(self._shown.declared, findings, on_page=True)
        told = [FindingDocument.of(finding, language()).model_dump() for finding in own]
        sheets = Sheets(self._shown.row, [*marks, *told])
        lead_to_draft(sheets, self.id, lambda ordinal: sheets[ordinal].row, self.anchor)
        return sheets.findings

    def undo(self, row: int) -> dict[str, Any] | None:
        """What takes a document out again that was just made an annex."""
        for ordinal, document in enumerate(self._shown.declared.documents, start=1):
            for file in document.files:
                if self._shown.draft.set_aside.get(file.path, {}).get("row") == row:
                    name = file.path.rpartition("/")[2]
                    words = t("pages.draft.put_under", name=name, ordinal=ordinal)
                    facts = {"act": "back", "path": file.path, "seen": self.order}
                    here = {"selected": self.selected or "", "from": self.stretch.first}
                    return {"words": words, "facts": facts | here}
        return None

    @property
    def open_count(self) -> int:
        """How many things keep it from being handed in."""
        errors = sum(finding.severity is Severity.ERROR for finding in self._seen)
        marks = marks_of(self._shown.row, self._shown.draft)
        return errors + len(self._shown.lacking) + len(marks)

    @property
    def rule_sets(self) -> list[tuple[str, str]]:
        """The kinds of case file that can be chosen."""
        english = language() == "en"
        planned = self._shown.sets.by_code.get(self._shown.planned)
        first = t("pages.draft.rules_by_procedure")
        if planned is not None:
            title = planned.title_en if english else planned.meta.title
            first = t("pages.draft.rules_by_plan", title=title)
        return [("", first)] + [
            (code, completeness_set.title_en if english else completeness_set.meta.title)
            for code, completeness_set in sorted(self._shown.sets.by_code.items())
            if not completeness_set.every and code != GENERAL
        ]

    @property
    def rule_set(self) -> str:
        """The one that was chosen."""
        return self._shown.draft.rule_set

    @property
    def rules_in_use(self) -> list[dict[str, Any]]:
        """The sets behind the list, each with its source."""
        used = {item.of_set.meta.code: item.of_set for item in self._shown.items}
        english = language() == "en"
        return [
            {
                "title": completeness_set.title_en if english else completeness_set.meta.title,
                "citation": completeness_set.meta.citation,
                "basis": completeness_set.basis.value,
            }
            for completeness_set in used.values()
        ]

    def _marks(self) -> list[dict[str, Any]]:
        """Marks of secrecy that were read on a first page: nothing is handed in with one."""
        return [
            {
                "severity": "error",
                "message": t("pages.draft.secret_mark", name=name, level=mark),
                "remedy": t("pages.draft.secret_mark_remedy"),
                "place": name,
            }
            for name, mark in marks_of(self._shown.row, self._shown.draft)
        ]

    def _fields(
        self, kind: str, row: int, place_row: int, values: Mapping[str, str], names: Sequence[str]
    ) -> list[dict[str, Any]]:
        rules = {rule.name: rule for rule in law.fields(kind)}
        return [
            self._field(kind, row, place_row, rules[name], values)
            for name in names
            if name in rules
        ]

    def _own_fields(
        self, kind: str, row: int, place_row: int, values: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Those of the agency's own, behind the circular's."""
        of_case_file = kind == "case-file"
        return [
            self._field(kind, row, place_row, own_field.rule(), values)
            | {"options": own_options(own_field, values.get(own_field.key, ""))}
            for own_field in self._shown.own
            if (own_field.subject is OwnSubject.CASE_FILE) == of_case_file
        ]

    def _field(
        self, kind: str, row: int, place_row: int, rule: FieldRule, values: Mapping[str, str]
    ) -> dict[str, Any]:
        value = values.get(rule.name, "")
        source = self._shown.draft.sources.get(source_key(row, rule.name), "")
        return {
            "id": field_anchor(row, rule.name),
            "row": row,
            "name": rule.name,
            "label": label_of(rule),
            "value": shown_day(value) if rule.type == "Date" else value,
            "long": rule.name in _LONG,
            "length": rule.length,
            "date": rule.type == "Date",
            "options": options(rule, value),
            "required": rule.required_for(dict(values)),
            "source": source if value else "",
            "error": self._errors.get(row_place(kind, place_row, rule.name)),
            "warning": self._warned.get(row_place(kind, place_row, rule.name)),
            "suggests": suggests(rule.name),
            "others": len(silent_others(self._shown.declared, row, rule.name)),
            "returned": self.given_back.of_field(row, rule.name) if self.given_back else [],
        }

    @property
    def saved(self) -> str:
        """When it was last changed, and by whom."""
        return t("pages.draft.saved", at=display.moment(self.changed_at), by=self.changed_by)


def _by_place(findings: Sequence[Finding], severity: Severity) -> dict[str, dict[str, Any]]:
    """The first one at each place; an empty field is told by its mark, not by an error yet."""
    found: dict[str, dict[str, Any]] = {}
    for finding in findings:
        if finding.severity is severity and finding.code != "field-missing":
            found.setdefault(finding.place, FindingDocument.of(finding, language()).model_dump())
    return found
