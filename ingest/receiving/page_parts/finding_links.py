"""Where a finding leads: to its page in the viewer, or to its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import url_for

from ingest.receiving.page_parts.sheets import CASE_FILE, Sheet, Sheets, anchor_of, file_address


@dataclass(frozen=True, slots=True)
class Spot:
    """A file in the viewer of its document: which PDF, and the page; counted from 1."""

    pdf: int
    page: int


class Spots:
    """Where files of a submission are seen; each document is looked through once."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self._of: dict[int, Mapping[str, Spot]] = {}

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """Those that stand in a document or in the data of the case file."""
        return [found for found in self._sheets.findings if found["ordinal"] is not None]

    def find(self, found: Mapping[str, Any]) -> Spot | None:
        """Of a finding; ``None`` where it names no file, or one that the viewer does not show."""
        if not found["path"]:
            return None
        ordinal = found["ordinal"]
        if ordinal not in self._of:
            self._of[ordinal] = _spots(self._sheets[ordinal])
        spot = self._of[ordinal].get(found["path"])
        if spot is None or not found.get("page"):
            return spot
        return Spot(spot.pdf, spot.page + found["page"] - 1)

    def anchor(self, found: Mapping[str, Any]) -> str:
        """``#page=3``, else the field among the data of its document or of the case file."""
        if (spot := self.find(found)) is not None:
            return f"#page={spot.page}"
        return f"#{anchor_of(self._sheets[found['ordinal']].kind, found['field'])}"


def _spots(sheet: Sheet) -> Mapping[str, Spot]:
    """As ``submission_viewer`` shows them: the PDFs, or else the images as pages of one."""
    if pdfs := sheet.pdfs:
        return {file.path: Spot(number, 1) for number, file in enumerate(pdfs, start=1)}
    return {file.path: Spot(1, number) for number, file in enumerate(sheet.images, start=1)}


def lead_to_desk(sheets: Sheets, submission_id: UUID, *, text: str, beside: int) -> None:
    """Give each finding that has a place its address on the desk.

    Args:
        sheets: whose findings.
        submission_id: of the submission.
        text: the filter of the queue.
        beside: the document to be shown beside the data of the case file; 0: none.
    """
    spots = Spots(sheets)
    for found in spots.findings:
        of_case = found["ordinal"] == CASE_FILE
        spot = spots.find(found)
        address = url_for(
            "desk.show",
            submission_id=submission_id,
            document=(beside or None) if of_case else found["ordinal"],
            pdf=spot.pdf if spot is not None and spot.pdf > 1 else None,
            part="case" if of_case else None,
            q=text or None,
        )
        found["href"] = address + spots.anchor(found)


def lead_to_files(sheets: Sheets, row: Callable[[int], str], *, kept: bool) -> None:
    """Give each finding on a document the address of its file, or of the document's row.

    Args:
        sheets: whose findings.
        row: gives the address of a document's row.
        kept: whether the files can still be opened.
    """
    files = {file.path: file for sheet in sheets.documents for file in sheet.files}
    for found in sheets.findings:
        file = files.get(found["path"]) if kept else None
        if file is not None:
            page = f"#page={found['page']}" if found.get("page") else ""
            found["href"] = file_address(file) + page
        elif found["ordinal"]:
            found["href"] = row(found["ordinal"])


def lead_to_draft(
    sheets: Sheets,
    draft: UUID,
    row_of: Callable[[int], int],
    anchor: Callable[[int, str], str],
) -> None:
    """Give each finding the address of its page or field where a draft is written.

    Args:
        sheets: whose findings: of the draft, or of the submission that it mends.
        draft: its id.
        row_of: gives a document's row in the draft.
        anchor: gives the id of a field of a row; empty where the draft has no such row.
    """
    spots = Spots(sheets)
    for found in spots.findings:
        row = row_of(found["ordinal"]) if found["ordinal"] else CASE_FILE
        field = anchor(row, found["field"])
        if not field:
            continue
        if row == CASE_FILE:
            found["href"] = f"#{field}"
            continue
        spot = spots.find(found)
        pdf = spot.pdf if spot is not None and spot.pdf > 1 else None
        address = url_for("drafts.show", draft_id=draft, document=row, pdf=pdf)
        found["href"] = address + (f"#{field}" if spot is None else f"#page={spot.page}")
