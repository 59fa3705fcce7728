"""All that was handed in: submissions, and what stays of those whose case file was destroyed."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, null, select, type_coerce, union_all
from sqlalchemy.orm import aliased

from archive_service.domain.intake.past_submission import PastSubmission
from archive_service.domain.intake.submission import Submission

_COUNTED = (
    "id", "agency_id", "channel", "state", "received_at", "decided_by", "decided_at",
    "delivery_id", "delivery_receipt",
)  # fmt: skip
_live: list[Any] = [getattr(Submission, name) for name in _COUNTED]
_past: list[Any] = [getattr(PastSubmission, name) for name in _COUNTED]
_no_errors = type_coerce(null(), JSON(none_as_null=True)).label("errors")
_ALL = union_all(
    select(*_live, _no_errors), select(*_past, PastSubmission.errors.label("errors"))
).subquery("sent")

# As ``Submission``, but with the columns that are counted alone.
Sent = aliased(Submission, _ALL, adapt_on_names=True)
# NULL of a submission whose findings are rows; of another ``check:code`` of its errors.
PAST_ERRORS: ColumnElement[list[str]] = _ALL.c.errors
