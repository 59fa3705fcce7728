"""The plugin that OCRmyPDF asks: what it is told before it opens a PDF."""

from collections.abc import Callable

import pikepdf
import pytest

from digitize.twins import ocrmypdf_plugin


@pytest.mark.parametrize(
    "asked",
    [
        lambda: ocrmypdf_plugin.get_executor(None),
        lambda: ocrmypdf_plugin.validate(None, None),  # type: ignore[arg-type]  # it looks at neither
        lambda: ocrmypdf_plugin.get_ocr_engine(None),
    ],
)
def test_no_pdf_is_mapped_into_memory_as_a_whole(asked: Callable[[], object]) -> None:
    pikepdf._core.set_access_default_mmap(True)  # as OCRmyPDF does
    asked()
    assert not pikepdf._core.get_access_default_mmap()
