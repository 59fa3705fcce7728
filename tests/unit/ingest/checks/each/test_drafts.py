"""Drafts are found by what they say of themselves, and what is issued is none."""

from pathlib import Path

import pytest

from archive_service.domain.intake.submission import DeclaredFile
from ingest.checks.each import drafts
from tests.unit.ingest.checks.each.document_checks import codes, maker

UNNUMBERED = {"codeNumber": "", "codeNotation": "", "signer": ""}


@pytest.mark.parametrize(
    ("fields", "is_draft"),
    [
        (UNNUMBERED | {"subject": "Dự thảo Quyết định phê duyệt"}, True),
        (UNNUMBERED | {"subject": "Quyết định phê duyệt (dự thảo lần 2)"}, True),
        (UNNUMBERED | {"subject": "Tờ trình - bản nháp"}, True),
        (UNNUMBERED | {"subject": "Góp ý dự thảo Nghị định về công tác văn thư"}, False),
        (UNNUMBERED | {"subject": "Ý kiến của Sở Tài chính về dự thảo"}, False),
        (UNNUMBERED | {"subject": "Phê duyệt dự toán"}, False),
        ({"subject": "Dự thảo Quyết định phê duyệt"}, False),  # it has a number: it was issued
    ],
)
def test_a_document_that_calls_itself_a_draft_is_told(
    tmp_path: Path, fields: dict[str, str], *, is_draft: bool
) -> None:
    assert codes(drafts.check, maker(tmp_path)(fields)) == ["document-draft"] * is_draft


@pytest.mark.parametrize(
    ("path", "is_draft"),
    [
        ("du_thao-quyet-dinh.pdf", True),
        ("to trinh (bản thảo).docx", True),
        ("gop y du thao 2.pdf", False),
    ],
)
def test_the_name_of_a_file_tells_too(tmp_path: Path, path: str, *, is_draft: bool) -> None:
    context = maker(tmp_path)(UNNUMBERED | {"subject": "Quyết định"})
    context.declared.documents[0].files = [DeclaredFile(path=path)]
    assert codes(drafts.check, context) == ["document-draft"] * is_draft
