"""Contexts in which one check looks at documents, without a door or a database."""

from collections.abc import Callable, Iterable
from pathlib import Path

from archive_service import messages
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.settings import load_settings
from ingest.checks.examine import FileFacts
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.known_documents import Known
from ingest.register.register import Register

AGENCY = "Sở Công trình tỉnh Sơn Lam"
DOCUMENT = {
    "typeName": "02",
    "codeNumber": "12",
    "codeNotation": "QĐ-SCT",
    "issuedDate": "2025-04-12",
    "organName": AGENCY,
    "subject": "Phê duyệt",
    "signer": "Trần Minh Khôi",
    "signerPosition": "Giám đốc",
    "receivers": "Như Điều 3",
}
Check = Callable[[CheckContext], Iterable[Finding]]
Make = Callable[..., CheckContext]


def maker(folder: Path) -> Make:
    """Builds contexts; their limits are those of a home in ``folder``."""
    limits = load_settings(folder).limits

    def build(
        *documents: dict[str, str],
        files: dict[str, FileFacts] | None = None,
        case: dict[str, str] | None = None,
        known: Known | None = None,
        standing: dict[str, str] | None = None,
    ) -> CheckContext:
        received = {
            path: ReceivedFile(path, "a" * 64, 10, facts) for path, facts in (files or {}).items()
        }
        rows = [
            DeclaredDocument(
                row=number,
                fields=DOCUMENT | fields,
                files=[
                    DeclaredFile(path=path, standing=(standing or {}).get(path, "main"))
                    for path in received
                ]
                if number == 2
                else [],
            )
            for number, fields in enumerate(documents or ({},), start=2)
        ]
        declared = DeclaredCaseFile(row=2, fields={"title": "Hồ sơ"} | (case or {}), documents=rows)
        register = Register({}, None, False, None, {})
        return CheckContext(declared, received, register, limits, known=known or Known())

    return build


def codes(check: Check, context: CheckContext) -> list[str]:
    """Codes of what a check finds, each of which has words in both languages."""
    found = list(check(context))
    for finding in found:
        for lang in ("vi", "en"):
            assert messages.has(f"findings.{finding.code}.message", lang), finding.code
        assert "{" not in messages.finding(finding.code, "vi", finding.facts).message
    return [finding.code for finding in found]
