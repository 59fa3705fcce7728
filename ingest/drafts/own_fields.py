"""Fields of an agency's own on a draft: those of the agency that its code names, or whose it is."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.intake.submission import Submission
from ingest.register.agencies import agencies_of, read_code
from ingest.register.register import own_fields_of


def own_fields_of_draft(session: Session, submission: Submission) -> Sequence[OwnField]:
    """Those in use, in their order; none where nothing says which agency it is."""
    known = agencies_of(session, [submission.code])
    code = read_code(submission.code, known)
    agency = known.get(code.agency) if code else None
    whose = agency.id if agency else submission.agency_id
    if whose is None:
        return ()
    return [field for field in own_fields_of(session, whose) if field.retired_on is None]
