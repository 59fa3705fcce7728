"""What is missing in a form, told before it is sent: the checks that need no bytes."""

from uuid import uuid4

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import Submission
from archive_service.settings import LimitSettings
from ingest.channels.parcel import Parcel
from ingest.checks.each import codes, dates, fields
from ingest.checks.port import Check, CheckContext
from ingest.checks.secrecy_findings import secrecy_findings
from ingest.register.register import read_register

_CHECKS: tuple[Check, ...] = (codes.check, fields.check, dates.check)


def form_findings(parcel: Parcel, *, session: Session, limits: LimitSettings) -> list[Finding]:
    """All that can be said of the declared data now; the files are looked at once they are here."""
    declaration = parcel.declaration
    if declaration is None:
        return []
    found = [*parcel.findings, *declaration.findings]
    for declared in declaration.case_files:
        own = declaration.of_rows.get(declared.row, ())
        draft = Submission(
            id=uuid4(),
            code=declared.fields.get("fileCode", "")[:200],
            declared=declared.model_dump(),
            received_at=clock.now(),
        )
        context = CheckContext(declared, {}, read_register(session, draft, []), limits)
        found += [*own, *secrecy_findings(declared)]
        found += [finding for check in _CHECKS for finding in check(context)]
    return found
