"""Proposals as the page of a draft shows them: in a panel, and in the line of a document."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from archive_service import law
from archive_service.domain.intake.field_source import CASE_FILE
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.law import FieldRule
from archive_service.web.fields import label_of, shown_value
from archive_service.web.layout import t
from ingest.drafts.proposals import Proposal


class Proposed:
    """Those of a draft; each group is taken by one act, which names what was shown."""

    def __init__(self, declared: DeclaredCaseFile, proposals: Sequence[Proposal]) -> None:
        self._kinds = {document.row: document.kind for document in declared.documents} | {
            CASE_FILE: "case-file"
        }
        self._told = proposals

    @property
    def of_case_file(self) -> list[dict[str, Any]]:
        """One line each."""
        return [self._line(proposal) for proposal in self._of(CASE_FILE)]

    def of_document(self, row: int) -> dict[str, Any] | None:
        """What was filled in unasked, and where the document says otherwise, in two sentences."""
        proposals = self._of(row)
        if not proposals:
            return None
        filled = [self._line(proposal) for proposal in proposals if proposal.is_filled]
        return {
            "filled": [entry["label"] for entry in filled],
            "sources": list(dict.fromkeys(entry["source"] for entry in filled)),
            "differing": [self._line(proposal) for proposal in proposals if not proposal.is_filled],
            "shown": _shown(proposals),
        }

    def all_of(self, rows: Sequence[int]) -> dict[str, Any]:
        """What the page shows: the case file's, and those of these documents."""
        proposals = [proposal for row in (CASE_FILE, *rows) for proposal in self._of(row)]
        return {"count": len(proposals), "shown": _shown(proposals)}

    def _of(self, row: int) -> Sequence[Proposal]:
        return self._by_row.get(row, ())

    @cached_property
    def _by_row(self) -> Mapping[int, Sequence[Proposal]]:
        found: dict[int, list[Proposal]] = {}
        for proposal in self._told:
            if proposal.name in self._rules(proposal.row):
                found.setdefault(proposal.row, []).append(proposal)
        return found

    def _rules(self, row: int) -> dict[str, FieldRule]:
        return {rule.name: rule for rule in law.fields(self._kinds[row])}

    def _line(self, proposal: Proposal) -> dict[str, Any]:
        rule = self._rules(proposal.row)[proposal.name]
        return {
            "label": label_of(rule),
            "value": shown_value(rule, proposal.value),
            "now": shown_value(rule, proposal.now),
            "ordinal": proposal.ordinal,
            "source": t(f"pages.draft.sources.{proposal.source.value}"),
            "shown": _shown([proposal]),
        }


def _shown(proposals: Sequence[Proposal]) -> list[tuple[int, str, str]]:
    return [(proposal.row, proposal.name, proposal.value) for proposal in proposals]
