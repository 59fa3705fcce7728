"""Room for the signature of another, who signs the same bytes later: an empty signature field.

Any program that signs PDFs offers it; the archive's own fills it, too.
"""

from pathlib import Path

from archive_service.signing.pdf.sign import end_with_newline
from archive_service.signing.port import UnsignablePdfError


def leave_field(pdf: Path, field: str, *, page: int, box: tuple[int, int, int, int]) -> None:
    """Add the empty field to a PDF/A, which stays one; before anybody signs it.

    Args:
        page: from 0.
        box: left, bottom, right, top in points from below left.

    Raises:
        UnsignablePdfError: ``pdf`` is broken, encrypted, or has such a field.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    with pdf.open("r+b") as document:
        try:
            end_with_newline(document)
            writer = IncrementalPdfFileWriter(document)
            append_signature_field(writer, SigFieldSpec(field, on_page=page, box=box))
            writer.write_in_place()
            end_with_newline(document)
        except (PdfError, ValueError, KeyError, IndexError) as wrong:
            raise UnsignablePdfError(field=field, reason=str(wrong)) from wrong


def left_size(pdf: Path, field: str) -> tuple[int, int] | None:
    """Width and height in points of an empty signature field; ``None``: there is none, or filled.

    Never raises for what is in the file.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields

    with pdf.open("rb") as document:
        try:
            for name, value, reference in enumerate_sig_fields(PdfFileReader(document)):
                if name == field and value is None:
                    rectangle = reference.get_object()["/Rect"]
                    left, bottom, right, top = (round(float(side)) for side in rectangle)
                    return right - left, top - bottom
        except Exception:  # noqa: BLE001 - a hostile file may raise anything in the parser
            return None
    return None
