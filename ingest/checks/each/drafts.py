"""Documents that are drafts by what they say of themselves, and those that were left out."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.text import fold
from ingest.checks.port import CheckContext

CHECK = "drafts"
LEFT_OUT = "document-left-out"
_GAP = r"[\s_.\-]+"
_WORDS = rf"(?:ban{_GAP})?(?:du{_GAP}thao|ban{_GAP}(?:nhap|thao))"
# A name of its own: at the beginning, in brackets, or set off at the end. What only speaks of a
# draft, such as an opinion on one, says so in the middle of a sentence.
_NAMED_SO = re.compile(
    rf"\A\s*{_WORDS}(?![a-z])"
    rf"|[(\[]\s*{_WORDS}[^)\]]{{0,20}}[)\]]"
    rf"|[-–—_,;]\s*{_WORDS}(?:{_GAP}lan{_GAP}\d+)?\s*\Z"
)
_NUMBER = ("codeNumber", "codeNotation")


def check(context: CheckContext) -> Iterator[Finding]:
    """One for each document; a number or a signer makes it none, whatever its subject says.

    Of what an archivist left out one each, with the reason, so that nothing is lost unseen.
    """
    for document in context.declared.documents:
        if document.kind == "document" and (drafted := _draft_name(document)):
            place = row_place(document.kind, document.row, "subject")
            yield Finding(CHECK, "document-draft", Severity.WARNING, place, {"said": drafted[:200]})
    for left_out in context.declared.left_out:
        facts = {
            "title": left_out.title[:200],
            "reason": left_out.reason.rstrip(" ."),
            "by": left_out.by,
            "at": left_out.at,
            "files": len(left_out.document.files),
        }
        place = row_place("case-file", context.declared.row, "totalDoc")
        yield Finding(CHECK, LEFT_OUT, Severity.INFO, place, facts)


def _draft_name(document: DeclaredDocument) -> str:
    """The subject or the name of a file by which it is a draft; empty where it is none."""
    if _is_issued(document.fields):
        return ""
    names = [PurePosixPath(file.path) for file in document.files]
    texts = [document.fields.get("subject", ""), *(name.stem for name in names)]
    return next((remark for remark in texts if _NAMED_SO.search(fold(remark))), "")


def _is_issued(fields: Mapping[str, str]) -> bool:
    return all(fields.get(name, "").strip() for name in _NUMBER)
