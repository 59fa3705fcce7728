"""Why a document has no files here: paper to come, not come whole, no longer kept, or none yet."""

from collections.abc import Mapping

from archive_service.domain.case_files.document import PAPER
from archive_service.domain.intake.field_source import Source, source_key
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument, Submission
from archive_service.web.layout import t

NONE, ON_PAPER, NOT_COME, GONE = "none", "paper", "not-come", "gone"
_NOT_COME = ("edxml-attachment-", "edxml-no-content", "edxml-broken")


def absences_of(
    submission: Submission,
    declared: DeclaredCaseFile,
    sources: Mapping[str, str] | None = None,
) -> dict[int, str]:
    """By row, of the documents that name no file: ``paper``, ``not-come``, ``gone`` or ``none``.

    Args:
        sources: of a draft: what it was begun with (``ingest.drafts.drafts.reopen``).
    """
    is_broken = any(
        str(found["code"]).startswith(_NOT_COME) for found in submission.door_findings or ()
    )
    return {
        document.row: _absence(declared, document, sources or {}, is_broken=is_broken)
        for document in declared.documents
        if not document.files
    }


def absence_words(absence: str) -> str:
    """For people to read."""
    return t(f"pages.declared.absent.{absence or NONE}")


def _absence(
    declared: DeclaredCaseFile,
    document: DeclaredDocument,
    sources: Mapping[str, str],
    *,
    is_broken: bool,
) -> str:
    if sources.get(source_key(document.row, "files")) == Source.EARLIER:
        return GONE
    own = document.fields.get("confidenceLevel")
    if is_broken and own not in PAPER:
        return NOT_COME
    level = own or declared.fields.get("confidenceLevel")
    return ON_PAPER if level in PAPER else NONE
