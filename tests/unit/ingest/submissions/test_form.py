"""What a form proposes from the names of files, and in which order documents stand."""

import pytest

from archive_service.domain.intake.field_source import from_name
from ingest.submissions.pages.form import _natural


@pytest.mark.parametrize(
    ("name", "kind", "subject"),
    [
        ("03. Tờ trình sửa chữa đập.pdf", "15", "Tờ trình sửa chữa đập"),
        ("quyet dinh phe duyet.pdf", "02", "quyet dinh phe duyet"),
        ("muc-2/12_Biên bản_bàn giao.pdf", "20", "Biên bản bàn giao"),
        ("scan0001.pdf", "", "scan0001"),
    ],
)
def test_type_and_abstract_are_proposed_from_the_name(name: str, kind: str, subject: str) -> None:
    proposed = from_name(name)
    assert (proposed["typeName"], proposed["subject"]) == (kind, subject)


def test_ten_comes_after_two() -> None:
    assert sorted(["10.pdf", "2.pdf", "1.pdf"], key=_natural) == ["1.pdf", "2.pdf", "10.pdf"]
