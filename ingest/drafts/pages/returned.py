"""Why the submission that a draft mends was returned: what the return names, and its own words."""

import re
from collections.abc import Sequence
from typing import Any

from archive_service.accounts.acts import display_names
from archive_service.catalogue.holdings.rows import get_submission
from archive_service.domain.intake.finding_place import numbered_place, row_place
from archive_service.domain.intake.submission import SubmissionState
from archive_service.errors import NotFoundError
from archive_service.finding_document import shown_findings
from archive_service.request import current_actor, services
from archive_service.web import display
from archive_service.web.language import language
from ingest.drafts.pages.draft import DraftView
from ingest.receiving.pages.finding_links import lead_to_draft
from ingest.receiving.pages.sheets import Sheets

_NUMBER = re.compile(r"^\s*\d+\.\s*$")
_PLACE = re.compile(r"^\s*\([^()]*\)")


def given_back(view: DraftView) -> dict[str, Any] | None:
    """``{id, reason, by, at, findings}``: findings that the return names, and what it says beside.

    What the checks found and the return left out is not asked for. ``None`` where the draft mends
    nothing that was returned.
    """
    if view.follows_id is None:
        return None
    actor = current_actor()
    try:
        with services().read_only() as session:
            row = get_submission(session, view.follows_id, actor=actor)
            names = display_names(session, [row.decided_by or ""])
    except NotFoundError:
        return None
    if row.state is not SubmissionState.RETURNED:
        return None
    sheets = Sheets(row, shown_findings(row.findings, language()))
    # Its documents began as rows 1, 2, … of the draft (``ingest.drafts.drafts.reopen``).
    lead_to_draft(sheets, view.id, lambda ordinal: ordinal, view.anchor)
    told = [
        found | {"place": _place_here(sheets, found), "was_at": found["place"]}
        for found in sheets.findings
        if found["severity"] in ("error", "warning")
    ]
    named, own = parted_reason(row.decision_reason, told)
    return {
        "id": row.id,
        "reason": own,
        "by": display.decider(names.get(row.decided_by or "", row.decided_by or ""), language()),
        "at": row.decided_at,
        "findings": named,
    }


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
        meant = [one for one in left if one["message"] in line]
        if not meant:
            own.append(" ".join(line.split()))
            continue
        found = next((one for one in meant if _is_at(one, line)), meant[0])
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
