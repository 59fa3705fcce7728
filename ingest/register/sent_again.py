"""The same content again, with files beside it that its list leaves out: these are named, too."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.intake.submission import Submission, SubmissionState
from ingest.transitions import TRANSITIONS

LEFT_OUT = frozenset(
    {"file-not-named", "files-not-named", "package-file-unlisted", "package-files-unlisted"}
)


def tell_left_out(
    session: Session,
    same: UUID,
    left_out: Iterable[Mapping[str, Any]],
    *,
    named: set[str],
    queue: Callable[[UUID], None],
) -> bool:
    """Whether nothing is lost when ``same`` stands for what was sent again.

    One that is open takes the new findings over and is checked again with them. One that is decided
    stays as it is: what has files beside it that were never told of is a sending of its own.

    Args:
        left_out: findings of the door on such files, as ``door_findings`` keeps them.
        named: places that another case file of the same parcel told of; filled here.
        queue: begins the check.
    """
    row = session.get_one(Submission, same, with_for_update=True)
    known_findings = {_known(door_finding) for door_finding in row.door_findings}
    known_findings |= {
        (finding.code, finding.place, finding.facts.get("count")) for finding in row.findings
    }
    new = [dict(finding) for finding in left_out if _known(finding) not in known_findings]
    if not TRANSITIONS.is_open(row, "send-again"):
        fresh = {entry["place"] for entry in new} - named
        named |= fresh
        return not fresh
    if new:
        row.door_findings = [*row.door_findings, *new]
        if row.state is SubmissionState.CHECKED:
            queue(same)
        TRANSITIONS.move(row, "send-again")  # one that is being checked begins anew
    return True


def _known(finding: Mapping[str, Any]) -> tuple[str, str, object]:
    return finding["code"], finding["place"], finding["facts"].get("count")
