"""Why the submission that a draft mends was returned, each finding at the place it is about."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from archive_service.domain.intake.field_source import CASE_FILE, document_of
from archive_service.domain.intake.finding_place import numbered_place, row_place
from archive_service.domain.intake.submission import DeclaredDocument, Submission
from archive_service.finding_document import shown_findings
from archive_service.web import display
from archive_service.web.language import language
from ingest.drafts.shown_draft import ShownDraft
from ingest.receiving.page_parts.finding_links import lead_to_draft
from ingest.receiving.page_parts.sheets import FILES, Sheets

_NUMBER = re.compile(r"^\s*\d+\.\s*$")
_PLACE = re.compile(r"^\s*\([^()]*\)")


class GivenBack:
    """Findings that the return names, and what it says beside; each knows whether it was mended.

    What the checks found and the return left out is not asked for. A finding counts as mended once
    its field or its file is another than the one that was returned: the checks look again.
    """

    def __init__(
        self, shown: ShownDraft, before: Submission, anchor: Callable[[int, str], str]
    ) -> None:
        self._was, self._digests_then = before.case_file(), before.digests
        self._now, self._digests_now = shown.declared, shown.row.digests
        self.id, self.at = before.id, before.decided_at
        self.by = display.decider(shown.returned_by, language())
        sheets = Sheets(before, shown_findings(before.findings, language()))
        # Its documents began as rows 1, 2, … of the draft (``ingest.drafts.drafts.reopen``).
        lead_to_draft(sheets, shown.row.id, lambda ordinal: ordinal, anchor)
        rows = [
            found | {"place": _place_here(sheets, found), "was_at": found["place"]}
            for found in sheets.findings
            if found["severity"] in ("error", "warning")
        ]
        named, self.reason = parted_reason(before.decision_reason, rows)
        self._named = [found | {"mended": self._is_mended(found)} for found in named]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Those that are still as they were."""
        return [found for found in self._named if not found["mended"]]

    @property
    def mended(self) -> list[dict[str, Any]]:
        """Those whose place says something else by now, as such."""
        return [found | {"severity": "ok"} for found in self._named if found["mended"]]

    def of_field(self, row: int, name: str) -> list[dict[str, Any]]:
        """Those of one field; row 0 is the case file."""
        return [found for found in self._of(row) if found["field"] == name]

    def of_document(self, row: int) -> list[dict[str, Any]]:
        """Those of a document that are still as they were, in whatever part of it."""
        return [found for found in self._of(row) if not found["mended"]]

    def _of(self, row: int) -> Sequence[dict[str, Any]]:
        return self._by_row.get(row, ())

    @cached_property
    def _by_row(self) -> Mapping[int, Sequence[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = {}
        for entry in self._named:
            if entry["ordinal"] is not None:
                found.setdefault(entry["ordinal"], []).append(entry)
        return found

    def _is_mended(self, found: Mapping[str, Any]) -> bool:
        ordinal, name = found["ordinal"], found["field"]
        if ordinal is None:
            return False
        if ordinal == CASE_FILE:
            return _differ(self._was.fields, self._now.fields, name)
        old, document = self._was.documents[ordinal - 1], document_of(self._now, ordinal)
        if document is None:
            return True
        files = _bytes_of(old, self._digests_then) != _bytes_of(document, self._digests_now)
        if name == FILES:
            return files
        return _differ(old.fields, document.fields, name) or (not name and files)


def _differ(was: Mapping[str, str], now: Mapping[str, str], name: str) -> bool:
    """In one field; or in any, where the finding names none. The code is written into each row."""
    if name:
        return was.get(name, "") != now.get(name, "")
    names = (was.keys() | now.keys()) - {"fileCode"}
    return any(was.get(one, "") != now.get(one, "") for one in names)


def _bytes_of(document: DeclaredDocument, digests: Mapping[str, str]) -> set[str]:
    return {digests[file.path] for file in document.files if file.path in digests}


def parted_reason(
    reason: str, findings: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """The findings that a reason repeats line by line, and all else that it says.

    Of findings with the same words the one whose place stands in the line is meant.

    Args:
        reason: as it was returned with.
        findings: each with ``message``, ``remedy``, ``place`` here and, as it came, ``was_at``.
    """
    named: list[dict[str, Any]] = []
    own: list[str] = []
    left = list(findings)
    for line in reason.splitlines():
        meant = [entry for entry in left if entry["message"] in line]
        if not meant:
            own.append(" ".join(line.split()))
            continue
        found = next((entry for entry in meant if _is_at(entry, line)), meant[0])
        left.remove(found)
        named.append(found)
        before, _, after = line.partition(found["message"])
        rest = _NUMBER.sub("", before) + _PLACE.sub("", after).replace(found["remedy"], "")
        own.append(" ".join(rest.split()))
    return named, "\n".join(filter(None, own))


def _is_at(found: dict[str, Any], line: str) -> bool:
    places = (display.place(found[name], language()) for name in ("place", "was_at"))
    return any(place and place in line for place in places)


def _place_here(sheets: Sheets, found: dict[str, Any]) -> str:
    """The place as the draft's page numbers it, not by a row of the sheet that came."""
    sheet = sheets[found["ordinal"]] if found["ordinal"] else sheets.case_file
    row, place = row_place(sheet.kind, sheet.row), str(found["place"])
    if place != row and not place.startswith(f"{row}, "):
        return place
    return numbered_place(sheet.ordinal) + place.removeprefix(row)
