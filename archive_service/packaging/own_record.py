"""Fields of the agency's own in a package: their values, and what the fields are."""

import json
from collections.abc import Sequence
from typing import Any

from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.case_files.case_file import CaseFile

FORMAT = "own-fields/1"


def own_bytes(case_file: CaseFile, fields: Sequence[OwnField]) -> bytes | None:
    """The file; ``None`` where no own field has a value. The same rows give the same bytes.

    Fields that were retired are told as long as they have values.
    """
    documents = {
        str(document.ordinal): dict(document.own_fields)
        for document in case_file.documents
        if document.own_fields and document.moved_to is None
    }
    values = dict(case_file.own_fields or {})
    used = {("case-file", name) for name in values}
    used |= {("document", name) for entry in documents.values() for name in entry}
    if not used:
        return None
    facts: dict[str, Any] = {
        "format": FORMAT,
        "agency": case_file.agency_code,
        "fields": [
            {
                "subject": field.subject.value,
                "name": field.name,
                "label": field.label,
                "kind": field.kind.value,
                "choices": list(field.choices),
            }
            for field in fields
            if (field.subject.value, field.name) in used
        ],
        "case_file": values,
        "documents": documents,
    }
    return json.dumps(facts, ensure_ascii=False, indent=1).encode() + b"\n"
