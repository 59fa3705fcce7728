"""What a review says of the case files it names; those it does not name stay as they are."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    ItemState,
    Outcome,
)
from archive_service.errors import ConflictError, InputError
from retention.disposition.appraisal import (
    CaseFileUnsettledError,
    Verdict,
    is_settled,
    require_outcome,
)


class DispositionUnreviewedError(ConflictError):
    """Of some case files of the list nobody has said what is to become of them: ``codes``."""


class DispositionBeyondListError(InputError):
    """The review names case files that are not on the list: ``codes``, all of them at once."""


def standing(row: Disposition) -> list[DispositionItem]:
    """Items that were not refused from the start."""
    return [item for item in row.items if item.state is not ItemState.REFUSED]


def unreviewed(row: Disposition) -> list[str]:
    """Codes of the case files of which no review has said anything."""
    return [item.code for item in standing(row) if item.outcome is None]


def require_reviewed(row: Disposition) -> None:
    """``DispositionUnreviewedError`` unless each case file of the list has its outcome."""
    if codes := unreviewed(row):
        number = f"{row.number:02}/{row.year}"
        raise DispositionUnreviewedError(number=number, count=len(codes), codes=codes[:20])


def review_items(
    row: Disposition,
    case_files: Mapping[UUID, CaseFile],
    verdicts: Mapping[str, Verdict],
    reason: str,
) -> None:
    """Note the verdicts by code, each with the reason; nothing else of the list is touched.

    None at all: the whole list as it is proposed; what was reviewed before keeps its outcome and
    its reason, the others of a list of destruction go.

    Raises:
        DispositionOutcomeError, CaseFileUnsettledError
        DispositionBeyondListError: case files that are not on the list are named.
        DispositionUnreviewedError: a list that extends proposes no outcome.
    """
    items = {item.code: item for item in standing(row)}
    if beyond := [code for code in verdicts if code not in items]:
        number = f"{row.number:02}/{row.year}"
        raise DispositionBeyondListError(number=number, count=len(beyond), codes=beyond[:20])
    for code in verdicts:
        items[code].reason = reason
    wanted = verdicts or _as_proposed(row, items, reason)
    for code, verdict in wanted.items():
        _note(items[code], case_files[items[code].case_file_id], verdict, row.kind)


def as_reviewed(row: Disposition) -> tuple[Any, ...]:
    """All that a review says of a list: equal before and after one that says nothing new."""
    items = [
        (
            disposition_item.code,
            disposition_item.outcome,
            disposition_item.years,
            disposition_item.reason,
            disposition_item.state,
            disposition_item.edition,
            disposition_item.ends_on,
        )
        for disposition_item in row.items
    ]
    return row.state, row.reviewed_by, row.review_reason, items


def _as_proposed(
    row: Disposition, items: Mapping[str, DispositionItem], reason: str
) -> dict[str, Verdict]:
    if row.kind is not DispositionKind.DESTROY:
        require_reviewed(row)
    for item in items.values():
        if item.outcome is None:
            item.reason = reason
    return {
        code: Verdict(item.outcome or Outcome.DESTROY, item.years) for code, item in items.items()
    }


def _note(
    item: DispositionItem, case_file: CaseFile, verdict: Verdict, kind: DispositionKind
) -> None:
    if not is_settled(case_file):
        raise CaseFileUnsettledError(code=item.code)
    require_outcome(item, case_file, verdict, kind)
    item.outcome, item.years, item.state = verdict.outcome, verdict.years, ItemState.REVIEWED
    item.edition, item.ends_on = case_file.version_wanted, case_file.ends_on
