"""The code that a paper of the archive bears, as words and as QR, and what is told of it."""

import hashlib
import io
import re

import pypdfium2
import zxingcpp

from archive_service.services import Services
from archive_service.signing.copies.check_codes import Verdict, verdict_of

_CODE = r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){4}"


def code_on(paper: bytes) -> str:
    """The one that stands on page 1, in words and as a QR code alike."""
    with pypdfium2.PdfDocument(io.BytesIO(paper)) as pdf:
        words = pdf[0].get_textpage().get_text_bounded()
        seen = zxingcpp.read_barcodes(pdf[0].render(scale=300 / 72).to_pil())
    (code,) = {*re.findall(_CODE, words)}
    assert code in [one.text.rpartition("=")[2] for one in seen]
    return str(code)


def told_of(services: Services, paper: bytes) -> Verdict:
    """What anybody is told who checks the paper by its code; the bytes are among those ours."""
    verdict = verdict_of(services, code_on(paper))
    assert hashlib.sha256(paper).hexdigest() in verdict.digests
    return verdict
