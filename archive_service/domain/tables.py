"""All tables at once, for the migrations and for ``archive init``."""

from archive_service.domain import (
    account,
    act,
    agency,
    announcement,
    audit_event,
    backup_run,
    case_file,
    document,
    enrolled_copy,
    file_plan,
    finding,
    fonds,
    idempotency,
    incident,
    index_in_use,
    job,
    malware_scan,
    seal_custody,
    signing_request,
    submission,
)
from archive_service.domain.base import Base

MODULES = (
    account,
    act,
    agency,
    announcement,
    audit_event,
    backup_run,
    case_file,
    document,
    enrolled_copy,
    file_plan,
    finding,
    fonds,
    idempotency,
    incident,
    index_in_use,
    job,
    malware_scan,
    seal_custody,
    signing_request,
    submission,
)
METADATA = Base.metadata
