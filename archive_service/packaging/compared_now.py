"""Before something goes by what rows tell: they are compared with copy and trail at that moment.

The daily comparison comes to each case file once in thirty days; what was changed since is seen
here, and becomes the same incident, which a person may acknowledge.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.doubted import (
    ROWS_DIFFER,
    RowDiffersError,
    RowsDifferError,
    doubted_among,
    is_known,
)
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.notices.incidents import open_incident
from archive_service.packaging.row_comparison import RowDifference, at_rest, compare_rows
from archive_service.storage.copies.enrolment import in_use
from archive_service.storage.port import ObjectStore

_NAMED = 10  # fields that an incident names
_PLAIN = 64  # characters of a value that is told as it is
_SHOWN = 16  # letters of a digest that it shows


def doubts_now(
    session: Session, case_file_ids: Sequence[UUID], copies: Sequence[ObjectStore]
) -> list[RowDifference]:
    """Those of these case files that differ, and of which nobody has said to know why.

    What waits to be built is not compared. Nothing is written: see ``tell_doubt``.

    Raises:
        BackendError: no copy answers.
    """
    ids = list(session.scalars(at_rest().where(CaseFile.id.in_(case_file_ids))))
    return [
        compare_row
        for compare_row in compare_rows(session, ids, copies)
        if not is_known(session, compare_row.code, str(difference_facts(compare_row)["difference"]))
    ]


def tell_doubt(session: Session, difference: RowDifference) -> None:
    """Open the incident of a case file that differs, or bring it up to date."""
    severity, facts = IncidentSeverity.ALARM, difference_facts(difference)
    open_incident(session, ROWS_DIFFER, difference.code, severity=severity, facts=facts)


def doubt_now(
    session: Session, case_file_id: UUID, stores: Sequence[ObjectStore]
) -> Mapping[str, object] | None:
    """For the destroy gate, as ``difference_told``; the incident goes with the caller's commit."""
    for row_difference in doubts_now(session, [case_file_id], in_use(session, stores)):
        tell_doubt(session, row_difference)
        return difference_told(row_difference)
    return None


def require_as_packaged(
    database: Database, case_file_ids: Sequence[UUID], copies: Sequence[ObjectStore]
) -> None:
    """The rows of these case files fit their newest versions, or somebody knows why they do not.

    Raises:
        RowDiffersError: one of them; each has an incident, which names the fields.
        RowsDifferError: an incident of before is open.
        BackendError: no copy answers.
    """
    with database.read_only() as session:
        found = doubts_now(session, case_file_ids, copies)
        if not found:
            codes = select(CaseFile.code).where(CaseFile.id.in_(case_file_ids))
            for code in sorted(doubted_among(session, session.scalars(codes).all())):
                raise RowsDifferError(code=code)
            return
    with database.writing() as session:
        for row_difference in found:
            tell_doubt(session, row_difference)
    raise RowDiffersError(code=found[0].code, **difference_told(found[0]))


def difference_told(difference: RowDifference) -> dict[str, object]:
    """The first field that differs, by both sides, as errors and refusals tell it.

    These outlive what is destroyed later: words and long values are told by their digests.
    """
    first = difference.fields[0]
    return {
        "field": first.field,
        "row": _shown(first.row),
        "package": _shown(first.package),
        **_source(difference),
    }


def difference_facts(difference: RowDifference) -> dict[str, object]:
    """What the incident of a case file tells; ``difference`` is what somebody acknowledges."""
    names = [field.field for field in islice(difference.fields, _NAMED)]
    sides = [(field.field, field.row, field.package) for field in difference.fields]
    return {
        "difference": difference_digest(difference.version, *sides),
        "code": difference.code,
        "fields": ", ".join(names),
        "more": len(difference.fields) - len(names),
        **_source(difference),
    }


def _source(difference: RowDifference) -> dict[str, object]:
    """What tells otherwise: a version in a copy, or an event of the trail."""
    facts = {"version": difference.version}
    return facts | ({"event": difference.event} if difference.event else {"copy": difference.copy})


def difference_digest(*parts: object) -> str:
    """One and the same difference has one digest."""
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()


def _shown(value: object) -> str:
    if value is None:
        return "–"
    text = str(value)
    if text.isascii() and len(text) <= _PLAIN and not any(letter.isspace() for letter in text):
        return text  # a day, a number, a state, a code, a digest
    return f"sha256 {sha256(text.encode()).hexdigest()[:_SHOWN]}"
