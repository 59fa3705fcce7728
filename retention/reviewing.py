"""What a review says of the case files it names; those it does not name stay as they are."""

from collections.abc import Mapping
from uuid import UUID

from archive_service.domain.case_file import CaseFile
from archive_service.domain.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    ItemState,
)
from archive_service.errors import ConflictError
from retention.appraisal import (
    CaseFileUnsettledError,
    DispositionOutcomeError,
    Verdict,
    is_settled,
    require_outcome,
)


class DispositionUnreviewedError(ConflictError):
    """Of some case files of the list nobody has said what is to become of them: ``codes``."""

    code = "disposition-unreviewed"


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

    None at all: the whole list is reviewed again as it stands, with the reasons it has.

    Raises:
        DispositionOutcomeError, CaseFileUnsettledError
        DispositionUnreviewedError: as it stands, of a list that was not reviewed to its end.
    """
    items = {item.code: item for item in standing(row)}
    for code, verdict in verdicts.items():
        if code not in items:
            raise DispositionOutcomeError(code=code, outcome=str(verdict))
        items[code].reason = reason
    if not verdicts:
        require_reviewed(row)
    said = verdicts or {
        code: Verdict(item.outcome, item.years) for code, item in items.items() if item.outcome
    }
    for code, verdict in said.items():
        _note(items[code], case_files[items[code].case_file_id], verdict, row.kind)


def _note(
    item: DispositionItem, case_file: CaseFile, verdict: Verdict, kind: DispositionKind
) -> None:
    if not is_settled(case_file):
        raise CaseFileUnsettledError(code=item.code)
    require_outcome(item, case_file, verdict, kind)
    item.outcome, item.years, item.state = verdict.outcome, verdict.years, ItemState.REVIEWED
    item.edition, item.ends_on = case_file.version_wanted, case_file.ends_on
