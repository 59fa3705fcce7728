"""Prepares a paper that goes out to be signed, so that what comes back can be compared with it."""

import shutil
from pathlib import Path
from typing import Any

from archive_service.signing.pdf.sign import end_with_newline
from archive_service.signing.port import UnsignablePaperError

_APPEND_ONLY = 3  # ISO 32000-1, table 219: signatures come here, whoever saves must append


def prepare_paper(source: Path, target: Path) -> None:
    """Write the paper to ``target``; a signed one as it is.

    An unsigned one gets a line end, which PDF/A wants before anything that is appended, and an
    empty form: signatures are fields of one, and only what is added to it later can be told from
    other changes.

    Raises:
        UnsignablePaperError: no PDF, broken, or encrypted: nobody could sign it.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    shutil.copyfile(source, target)
    with target.open("r+b") as document:
        try:
            writer = IncrementalPdfFileWriter(document, strict=False)
            if writer.prev.encrypted:
                raise UnsignablePaperError(reason="encrypted")
            if "/AcroForm" in writer.root:
                return
            end_with_newline(document)
            _add_form(writer)
            writer.write_in_place()
            end_with_newline(document)
        except UnsignablePaperError:
            raise
        except Exception as wrong:
            raise UnsignablePaperError(reason=type(wrong).__name__) from wrong


def _add_form(writer: Any) -> None:
    from pyhanko.pdf_utils import generic

    form: Any = generic.DictionaryObject()
    form["/Fields"] = generic.ArrayObject()
    form["/SigFlags"] = generic.NumberObject(_APPEND_ONLY)
    writer.root["/AcroForm"] = writer.add_object(form)
    writer.update_root()
