"""The way of a submission, step by step: what is done, what runs, what is still to come."""

from typing import Any

from archive_service.domain.intake.submission import SubmissionState as S
from archive_service.domain.people.account import WORKER
from archive_service.web import display
from archive_service.web.language import language
from archive_service.web.layout import t
from ingest.submissions.page_queries import Detail

_REFUSED = (S.REJECTED, S.QUARANTINED)
_OVER = (S.RETURNED, S.WITHDRAWN, *_REFUSED)


def steps_of(detail: Detail, *, copies: int) -> list[dict[str, Any]]:
    """See ``checks`` in ``parts/progress.html``."""
    row = detail.row
    received = _step("received", "done", end=display.moment(row.received_at))
    if row.state in _REFUSED:
        return [received, _step(row.state.value, "error")]
    steps = [received, _checked(detail)]
    if row.state in _OVER:
        by_rule = row.state is S.RETURNED and row.decided_by == WORKER.account
        key = "returned_by_rule" if by_rule else row.state.value
        note = display.moment(row.decided_at) if by_rule else _decision(detail)
        return [*steps, _step(key, "error", note=note)]
    return [*steps, _accepted(detail), *_kept(detail, copies)]


def _checked(detail: Detail) -> dict[str, Any]:
    row = detail.row
    if row.checked_at is None:
        state = "running" if row.state is S.CHECKING else "open"
        return _step("checked", state)
    errors = sum(found["severity"] == "error" for found in detail.findings)
    warnings = sum(found["severity"] == "warning" for found in detail.findings)
    note = (
        t("pages.submission.found", errors=errors, warnings=warnings) if errors or warnings else ""
    )
    state = "error" if errors else "warning" if warnings else "done"
    return _step("checked", state, note=note)


def _accepted(detail: Detail) -> dict[str, Any]:
    done = detail.row.state in (S.ACCEPTED, S.STORED)
    waits = detail.row.state is S.CHECKED
    state = "done" if done else "now" if waits else "open"
    return _step("accepted", state, note=_decision(detail) if done else "")


def _kept(detail: Detail, copies: int) -> list[dict[str, Any]]:
    accepted, stored = detail.row.state is S.ACCEPTED, detail.row.state is S.STORED
    whole = stored or (accepted and detail.copies >= copies)
    note = t("pages.submission.copies", done=min(detail.copies, copies), total=copies)
    receipt = detail.document.receipt
    return [
        _step(
            "stored",
            "done" if whole else "running" if accepted else "open",
            note=note if whole or accepted else "",
        ),
        _step(
            "receipt",
            "done" if receipt else "running" if whole else "open",
            note=receipt.number if receipt else _of_delivery(detail),
        ),
    ]


def _of_delivery(detail: Detail) -> str:
    """One receipt for the whole delivery comes later than that of a single case file."""
    return t("pages.submission.receipt_of_delivery") if detail.row.delivery_receipt else ""


def _decision(detail: Detail) -> str:
    at = display.moment(detail.row.decided_at)
    return ", ".join(filter(None, (display.decider(detail.decided_by, language()), at)))


def _step(key: str, state: str, *, note: str = "", end: str = "") -> dict[str, Any]:
    return {"state": state, "text": t(f"pages.submission.step_{key}"), "note": note, "end": end}
