"""One built version on its way: into those copies that answer, and what each of them has of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile, CopyState, PackageVersion
from archive_service.errors import ArchiveError
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.copies.catch_up import copy_object
from archive_service.storage.locks import term_end
from archive_service.storage.port import ObjectStore
from archive_service.storage.publish import CopyResult, EarlierVersionMissingError, spread_version


def spread(
    case_file: CaseFile,
    version: PackageVersion,
    services: Services,
    *,
    copies: Sequence[ObjectStore],
) -> tuple[list[CopyResult], dict[str, ArchiveError]]:
    """See ``spread_version``; a copy that lacks earlier versions first gets them from others."""
    locked_until = term_end(case_file.ends_on)
    results, troubles = spread_version(
        version.inventory_sha256,
        staging=services.staging,
        copies=copies,
        locked_until=locked_until,
    )
    behind = [
        copy for copy in copies if isinstance(troubles.get(copy.name), EarlierVersionMissingError)
    ]
    for copy in behind:
        try:
            _fill(case_file, version, services, copy)
        except ArchiveError as trouble:
            troubles[copy.name] = trouble
            continue
        more, still = spread_version(
            version.inventory_sha256,
            staging=services.staging,
            copies=[copy],
            locked_until=locked_until,
        )
        del troubles[copy.name]
        results += more
        troubles |= still
    return results, troubles


def remember(
    case_file: CaseFile,
    version: PackageVersion,
    fresh: Mapping[str, dt.datetime],
    services: Services,
    lease: Lease,
) -> None:
    """Note who has it while another is away; ``LeaseLostError`` if another worker took over."""
    if not fresh:
        return
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, lease.checkpoint)  # names the token
        for name, verified_at in fresh.items():
            note_held(session, case_file.id, name, version.number, at=verified_at)


def note_held(
    session: Session, case_file_id: UUID, copy: str, version: int, *, at: dt.datetime
) -> None:
    """A copy was read back: it holds this version of the case file, whole."""
    row = session.scalar(
        select(CopyState).where(CopyState.case_file_id == case_file_id, CopyState.copy == copy)
    )
    if row is None:
        row = CopyState(case_file_id=case_file_id, copy=copy)
        session.add(row)
    row.version, row.state, row.verified_at = version, "verified", at


def _fill(
    case_file: CaseFile, version: PackageVersion, services: Services, copy: ObjectStore
) -> None:
    earlier = [
        package_version.inventory_sha256
        for package_version in case_file.versions
        if package_version.number < version.number
    ]
    others = [other for other in services.copies if other is not copy]
    copy_object(
        case_file.ocfl_id,
        earlier,
        sources=others,
        target=copy,
        locked_until=term_end(case_file.ends_on),
    )
