"""What a paper of this archive remembers of its log, read back from the words or the code on it."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive_service import messages
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import InputError
from archive_service.evidence.checkpoint import (
    Checkpoint,
    CheckpointUnreadableError,
    parse_checkpoint,
)
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.pdf.text import PageText, read_text_here
from archive_service.formats.picture import PictureImpossibleError, make_pdf_picture

_PRINTED = re.compile(r"(\S{1,200})\s+(0|[1-9][0-9]{0,17})\s+([A-Za-z0-9+/]{43}=)")
_BUILT = "version:built"
_LIMIT_S, _MEMORY_MIB = 60, 1024


class PaperUnreadableError(InputError):
    """The paper bears neither a checkpoint nor the digest of a package that can be read."""


@dataclass(frozen=True, slots=True)
class PaperMemory:
    """The checkpoint on a paper, and digests of the inventories that it was given for."""

    checkpoint: Checkpoint | None
    packages: tuple[str, ...]


def read_paper(path: Path) -> PaperMemory:
    """What stands on its first and last page; of a scan what the QR code says.

    Raises:
        PaperUnreadableError: neither is there, or it is no PDF.
    """
    words = run_limited(read_text_here, path, limit_s=_LIMIT_S, memory_mib=_MEMORY_MIB)
    pages = PageText() if words is None or isinstance(words, ParserFailure) else words
    text = f"{pages.first}\n{pages.last}"
    found = next(_checkpoints(text), None) or _of_code(path)
    packages = tuple(dict.fromkeys(_package().findall(text)))
    if found is None and not packages:
        raise PaperUnreadableError(path=path.name)
    return PaperMemory(found, packages)


def unknown_packages(database: Database, digests: tuple[str, ...]) -> list[str]:
    """Those of which the log does not tell that such a version was ever built."""
    named = AuditEvent.data["inventory_sha256"].as_string()
    query = select(named).where(AuditEvent.tag == _BUILT, named.in_(digests))
    with database.read_only() as session:
        known = set(session.scalars(query)) if digests else set()
    return [digest for digest in digests if digest not in known]


def _package() -> re.Pattern[str]:
    """How a receipt prints the digest of the inventory that it was given for."""
    text = r"\s+".join(map(re.escape, messages.text("forms.receipt.package", "vi").split()))
    return re.compile(rf"{text}:\s*([0-9a-f]{{64}})")


def _checkpoints(text: str) -> Iterator[Checkpoint]:
    for origin, size, root in _PRINTED.findall(text):
        try:
            yield parse_checkpoint(f"{origin}\n{size}\n{root}\n")
        except CheckpointUnreadableError:
            continue


def _of_code(path: Path) -> Checkpoint | None:
    try:
        picture = make_pdf_picture(path, 1)
    except PictureImpossibleError:
        return None
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(picture)
        file.flush()
        codes = run_limited(
            read_codes_here, Path(file.name), limit_s=_LIMIT_S, memory_mib=_MEMORY_MIB
        )
    for text in () if isinstance(codes, ParserFailure) else codes:
        try:
            return parse_checkpoint(text)
        except CheckpointUnreadableError:
            continue
    return None


def read_codes_here(path: Path) -> list[str]:
    """The texts of all QR codes of a picture, in this very process."""
    import zxingcpp
    from PIL import Image

    with Image.open(path) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    return [barcode.text for barcode in found]
