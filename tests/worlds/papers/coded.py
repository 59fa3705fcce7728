"""What anybody is told of a paper by the code that it bears."""

from hashlib import sha256
from pathlib import Path

import pypdfium2
import zxingcpp

from archive_service.services import Services
from archive_service.signing.copies.check_codes import Verdict, verdict_of


def verdict_by_code(services: Services, paper: Path) -> Verdict:
    """Of the code on the first page; its digest is that of this very file."""
    with pypdfium2.PdfDocument(paper) as pdf:
        seen = zxingcpp.read_barcodes(pdf[0].render(scale=300 / 72).to_pil())
    verdicts = [verdict_of(services, one.text.rpartition("=")[2]) for one in seen]
    (told,) = (one for one in verdicts if one.state != "unknown")  # others are of the log
    assert told.digests == [sha256(paper.read_bytes()).hexdigest()]
    return told
