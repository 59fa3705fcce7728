"""What the checks say of a single file, told in a draft as soon as the file was read."""

from collections.abc import Iterable
from typing import Any

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding, Severity, as_json
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission
from archive_service.settings import LimitSettings
from ingest.checks.each import formats, pdf
from ingest.checks.port import Check, CheckContext, ReceivedFile
from ingest.register.register import Register

_CHECKS: tuple[Check, ...] = (formats.check, pdf.check)  # those that ask for nothing beside it

_OF_ONE_ALONE = ("format-signature-apart", "format-wraps")


def judged(file: ReceivedFile, limits: LimitSettings) -> list[dict[str, Any]]:
    """The findings that the desk would have on the file, as they are kept in ``Draft.reads``."""
    nothing = Register(agencies={}, plan=None, held_code=False, open_code=None, held_bytes={})
    context = CheckContext(DeclaredCaseFile(row=1), {file.path: file}, nothing, limits)
    return [as_json(finding) for check in _CHECKS for finding in check(context)]


def file_findings(submission: Submission, draft: Draft | None) -> list[Finding]:
    """What was found in the files that were read so far; the place is the path of the file."""
    return [] if draft is None else list(_findings(submission, draft))


def _findings(submission: Submission, draft: Draft) -> Iterable[Finding]:
    documents = submission.case_file().documents
    together = {one.path for document in documents for one in document.files[1:]}
    for file in submission.files:
        for kept in draft.reads.get(file.sha256, {}).get("findings", ()):
            if kept["code"] in _OF_ONE_ALONE and file.path in together:
                continue  # whether it signs those files is seen once it is handed in
            facts = {"severity": Severity(kept["severity"]), "place": file.path}
            yield Finding(**(kept | facts))
