"""What every PDF/A of ours says of itself, and how it is written: checked before it counts."""

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service import clock
from archive_service.errors import InputError
from archive_service.formats.copy_xmp import add_copy_fields, without_copy_fields, wrong_copy_fields

if TYPE_CHECKING:
    import pikepdf

LANGUAGE = "vi-VN"
FLAVOUR = "2b"
CREATOR = "Archive"
_SHOWN_FINDINGS = 3


class NotPdfaError(InputError):
    """What was made breaks PDF/A, because of what it was made from; nothing was written."""

    code = "pages-not-pdfa"


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a copy tells of the document it shows; empty where it is not known.

    ``issued_date`` is ISO and may be a year or a month only; ``source_digest`` is the SHA-256 of
    the file, where it is a copy of one.
    """

    file_code: str = ""
    ordinal: int | None = None
    document_code: str = ""
    type_name: str = ""
    number: str = ""
    notation: str = ""
    issued_date: str = ""
    issuer: str = ""
    agency_code: str = ""
    agency: str = ""
    archive: str = ""
    source_digest: str = ""

    @property
    def name(self) -> str:
        """Record code and ordinal, as TT 05/2025 Điều 8 names the file."""
        ordinal = "" if self.ordinal is None else str(self.ordinal)
        return ".".join(part for part in (self.file_code, ordinal) if part)

    def fields(self, made_at: dt.datetime) -> dict[str, str]:
        """Under the circular's names, for ``copy_xmp``."""
        return {
            "fileCode": self.file_code,
            "docOrdinal": "" if self.ordinal is None else str(self.ordinal),
            "docCode": self.document_code,
            "typeName": self.type_name,
            "codeNumber": self.number,
            "codeNotation": self.notation,
            "issuedDate": self.issued_date,
            "organName": self.issuer,
            "agencyCode": self.agency_code,
            "agencyName": self.agency,
            "archiveName": self.archive,
            "digitizedAt": clock.local(made_at).isoformat(timespec="seconds"),
            "sourceDigest": self.source_digest,
        }


def describe_pdf(pdf: "pikepdf.Pdf", title: str, made_at: dt.datetime) -> None:
    """Title, language, maker and moments of a PDF that is ours from the first byte.

    To be called again after ``pdfa.prepare``, which notes the moment it ran.
    """
    moment = made_at.astimezone(dt.UTC).isoformat(timespec="seconds")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as xmp:
        xmp["dc:title"] = title
        xmp["dc:language"] = [LANGUAGE]
        xmp["xmp:CreatorTool"] = CREATOR
        xmp["pdf:Producer"] = CREATOR
        for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
            xmp[name] = moment


def describe_copy(pdf: "pikepdf.Pdf", facts: CopyFacts, made_at: dt.datetime) -> None:
    """Code, agencies, number and day of the document, for any reader of XMP and for ours.

    The last that is done to the metadata: what opens them with pikepdf afterwards drops nothing,
    but ``pdfa.prepare`` would. Write with ``save_pdfa`` then.
    """
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as xmp:
        if facts.name:
            xmp["dc:identifier"] = facts.name
        if facts.issuer:
            xmp["dc:creator"] = [facts.issuer]
        if keepers := [keeper for keeper in (facts.agency, facts.archive) if keeper]:
            xmp["dc:publisher"] = set(keepers)
        if facts.source_digest:
            xmp["dc:source"] = f"urn:sha256:{facts.source_digest}"
    packet = add_copy_fields(pdf.Root.Metadata.read_bytes(), facts.fields(made_at))
    _replace_packet(pdf, packet)


def save_pdfa(pdf: "pikepdf.Pdf", target: Path) -> None:
    """Write ``pdf``, which was prepared, and judge what was written; same input, same bytes.

    Raises:
        NotPdfaError: nothing stands at ``target`` that did not before.
    """
    from pikepdf import pdfa

    how = pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pdfa-") as folder:
        part = Path(folder) / target.name
        pdf.save(part, **how)
        require_pdfa(part)
        part.replace(target)


def require_pdfa(file: Path) -> None:
    """The internal judge of PDF/A on a file that is not signed.

    It is an allow-list that knows no extension schema: our own fields are judged by their
    description in the file, all the rest by pikepdf.

    Raises:
        NotPdfaError: it fails, or holds what the judge does not know.
    """
    import pikepdf
    from pikepdf import pdfa

    with pikepdf.open(file, inherit_page_attributes=False) as pdf:
        packet = pdf.Root.Metadata.read_bytes() if "/Metadata" in pdf.Root else b""
        try:
            wrong = wrong_copy_fields(packet)
            plain = without_copy_fields(packet)
        except ValueError as error:
            raise NotPdfaError(reason=str(error)) from error
        if wrong:
            raise NotPdfaError(reason=f"XMP: {', '.join(wrong)}")
        if plain != packet:
            _replace_packet(pdf, plain)
        report = pdfa.check(pdf, FLAVOUR, deterministic_id=True)
    if not report.passed:
        raise NotPdfaError(reason=report.summary(_SHOWN_FINDINGS))


def _replace_packet(pdf: "pikepdf.Pdf", packet: bytes) -> None:
    import pikepdf

    pdf.Root.Metadata = pdf.make_stream(
        packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
    )
