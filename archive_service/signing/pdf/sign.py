"""Signs a PDF/A: PAdES baseline B, or T where there is a time-stamp service."""

import datetime as dt
import io
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from archive_service import clock
from archive_service.signing.pdf.signed import require_signed
from archive_service.signing.port import UnsignablePdfError, VisibleMark


@dataclass(frozen=True, slots=True)
class PdfSigning:
    """What is wanted of one signature; see ``Signer.sign_pdf``."""

    field: str
    reason: str
    location: str
    visible: VisibleMark | None
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Pen:
    """What signs, as pyHanko wants it; no ``timestamper`` gives a signature without a stamp."""

    key: Any
    timestamper: Any
    reserved_bytes: Callable[[], int]  # hexadecimal digits kept free for the signature


def sign_pdf(source: Path, target: Path, wanted: PdfSigning, *, pen: Pen) -> None:
    """See ``Signer.sign_pdf``: copy, sign the copy, verify it, then put it in place."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".sign-") as folder:
        part = Path(folder) / "signed.pdf"
        shutil.copyfile(source, part)
        with part.open("r+b") as document:
            end_with_newline(document)
            _sign_in_place(document, wanted, pen, folder=part.parent)
        require_signed(part, wanted.field, pen.key.signing_cert)
        part.replace(target)


def end_with_newline(document: IO[bytes]) -> None:
    """PDF/A wants a line end between the last ``%%EOF`` and what signing appends (6.1.9)."""
    if document.seek(0, io.SEEK_END) == 0:
        return
    document.seek(-1, io.SEEK_END)
    if document.read(1) not in b"\r\n":
        document.write(b"\n")
    document.seek(0)


def _sign_in_place(document: IO[bytes], wanted: PdfSigning, pen: Pen, *, folder: Path) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers import PdfSignatureMetadata

    from archive_service.signing.pdf.pyhanko_adapters import DatedPdfSigner

    metadata = PdfSignatureMetadata(
        field_name=wanted.field,
        md_algorithm="sha256",
        reason=wanted.reason or None,
        location=wanted.location or None,
        subfilter=SigSeedSubFilter.PADES,
    )
    spec = SigFieldSpec(wanted.field)
    style = None
    if wanted.visible is not None:
        spec = SigFieldSpec(wanted.field, on_page=wanted.visible.page, box=wanted.visible.box)
        style = _stamp_style(wanted.visible, folder)
    signer = DatedPdfSigner(
        metadata,
        pen.key,
        timestamper=pen.timestamper,
        stamp_style=style,
        new_field_spec=spec,
    )
    signer.claimed_at = clock.local(wanted.at or clock.now()).replace(microsecond=0)
    try:
        writer = IncrementalPdfFileWriter(document)
        if writer.prev.encrypted:
            raise UnsignablePdfError(field=wanted.field, reason="encrypted")
        filled = enumerate_sig_fields(writer.prev, filled_status=True)
        if any(name == wanted.field for name, _, _ in filled):
            raise UnsignablePdfError(field=wanted.field, reason="field exists")
        signer.sign_pdf(writer, in_place=True, bytes_reserved=pen.reserved_bytes())
    except (PdfError, SigningError, ValueError, KeyError, IndexError) as wrong:
        raise UnsignablePdfError(field=wanted.field, reason=str(wrong)) from wrong


def _stamp_style(mark: VisibleMark, folder: Path) -> Any:
    """The picture comes as a PDF of its own, so that its font is whole and its widths are right."""
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
    from pyhanko.stamp import StaticStampStyle

    file = folder / "mark.pdf"
    file.write_bytes(mark.picture)  # pyHanko reads it only while it signs
    layout = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MID,
        y_align=AxisAlignment.ALIGN_MID,
        margins=Margins(),
        inner_content_scaling=InnerScaling.STRETCH_TO_FIT,
    )
    return StaticStampStyle.from_pdf_file(str(file), border_width=0, background_layout=layout)
