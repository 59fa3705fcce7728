"""Before something is signed by what rows tell: they are compared with a copy at that moment.

The daily comparison comes to each case file once in thirty days; what was changed since is seen
here, and becomes the same incident, which a person may acknowledge.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from uuid import UUID

from archive_service.db.doubted import ROWS_DIFFER, require_undoubted
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.notices.incidents import open_incident
from archive_service.packaging.row_comparison import RowDifference, at_rest, compare_rows
from archive_service.storage.port import ObjectStore

_NAMED = 10  # fields that an incident names


def require_as_packaged(
    database: Database, case_file_id: UUID, copies: Sequence[ObjectStore]
) -> None:
    """The rows of the case file fit its newest version, or somebody knows why they do not.

    What waits to be built is not compared.

    Raises:
        RowsDifferError: an incident names the fields.
        BackendError: no copy answers.
    """
    with database.read_only() as session:
        code = session.get_one(CaseFile, case_file_id).code
        ids = list(session.scalars(at_rest().where(CaseFile.id == case_file_id)))
        found = list(compare_rows(session, ids, copies))
    for one in found:
        with database.unit_of_work() as uow:
            severity, facts = IncidentSeverity.ALARM, difference_facts(one)
            open_incident(uow.session, ROWS_DIFFER, code, severity=severity, facts=facts)
            uow.commit()
    with database.read_only() as session:
        require_undoubted(session, code)


def difference_facts(one: RowDifference) -> dict[str, object]:
    """What the incident of a case file tells; ``difference`` is what somebody acknowledges."""
    names = [field.field for field in islice(one.fields, _NAMED)]
    sides = [(field.field, field.row, field.package) for field in one.fields]
    return {
        "difference": difference_digest(one.version, *sides),
        "code": one.code,
        "fields": ", ".join(names),
        "more": len(one.fields) - len(names),
        "copy": one.copy,
        "version": one.version,
    }


def difference_digest(*parts: object) -> str:
    """One and the same difference has one digest."""
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()
