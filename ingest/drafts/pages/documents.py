"""A document of a draft as its list shows it: what it is, its own files and what lies under it."""

from collections.abc import Mapping
from typing import Any

from archive_service import law
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import MAIN, DeclaredDocument, SubmissionFile
from archive_service.web.fields import shown_day
from archive_service.web.language import language
from archive_service.web.layout import t


def draft_document(
    ordinal: int,
    document: DeclaredDocument,
    held: Mapping[str, SubmissionFile],
    errors: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Its row, data and files, for ``drafts/_draft.html``.

    Args:
        held: the draft's files by path.
        errors: by place what is wrong with a field or a file.
    """
    fields = document.fields
    number = "/".join(filter(None, (fields.get("codeNumber"), fields.get("codeNotation"))))
    types = law.code_list("typeName")
    starts = row_place(document.kind, document.row)
    files = [
        {
            "path": file.path,
            "standing": file.standing,
            "size_bytes": held[file.path].size_bytes if file.path in held else 0,
            "pages": held[file.path].pages if file.path in held else None,
            "wrong": errors.get(file.path),
        }
        for file in document.files
    ]
    return {
        "row": document.row,
        "ordinal": ordinal,
        "first": ordinal == 1,
        "title": fields.get("subject", "") or t("pages.draft.untitled"),
        "number": number,
        "date": shown_day(fields.get("issuedDate", "")),
        "type": types.label(fields.get("typeName", ""), language()),
        "files": [entry for entry in files if entry["standing"] == MAIN],
        "annexes": [entry for entry in files if entry["standing"] != MAIN],
        "errors": sum(f"{place},".startswith(f"{starts},") for place in errors),
    }
