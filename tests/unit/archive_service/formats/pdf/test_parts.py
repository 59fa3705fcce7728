"""Every page of a PDF is read, some at one opening, fewer where pages are large."""

import pytest

from archive_service.formats.pdf.parts import page_parts


@pytest.mark.parametrize(
    ("pages", "size_mib", "parts"),
    [(10, 1, 1), (10, 64, 1), (10, 640, 10), (200, 350, 6), (1, 2000, 1), (0, 1, 0), (3, 0, 1)],
)
def test_all_pages_come_once_in_order(pages: int, size_mib: int, parts: int) -> None:
    found = list(page_parts(pages, size_mib << 20))
    assert [number for part in found for number in part] == list(range(pages))
    assert len(found) == parts
