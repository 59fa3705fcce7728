"""Bytes that other packages have as well: in staging they are no trace of a case file."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.document import DigitalObject
from archive_service.packaging.fonds_record import read_fonds
from archive_service.packaging.model import PackageKind
from archive_service.packaging.schema_files import schema_files
from archive_service.storage.staging import StagedObjectMissingError, Staging

_RECORD_BYTES = 1_000_000  # of a fonds: it is far shorter
_VALUES = 5000  # in one statement: servers take some 30,000


def shared_digests(
    session: Session, staging: Staging, digests: set[str], case_file_ids: Sequence[UUID]
) -> set[str]:
    """Those of ``digests``, all of them staged, that are not of these case files alone.

    Schemas and the record of the fonds stand in each package that is built, and one document may
    be in several case files.
    """
    of_each = {
        digest for digest in digests if digest in _schemas() or _is_of_fonds(staging, digest)
    }
    return of_each | set(_held_elsewhere(session, sorted(digests - of_each), case_file_ids))


def _held_elsewhere(
    session: Session, digests: Sequence[str], case_file_ids: Sequence[UUID]
) -> Iterator[str]:
    for start in range(0, len(digests), _VALUES):
        yield from session.scalars(
            select(DigitalObject.sha256).where(
                DigitalObject.sha256.in_(digests[start : start + _VALUES]),
                DigitalObject.case_file_id.not_in(case_file_ids),
            )
        )


def _is_of_fonds(staging: Staging, digest: str) -> bool:
    try:
        if staging.size_bytes(digest) > _RECORD_BYTES:
            return False
        with staging.open(digest) as staged:
            return bool(read_fonds(staged.read()))
    except StagedObjectMissingError:  # swept meanwhile
        return False


@cache
def _schemas() -> set[str]:
    return {hashlib.sha256(data).hexdigest() for data in schema_files(PackageKind.AIP).values()}
