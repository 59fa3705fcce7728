"""What an update adds to a signed PDF that shows on no page: told, and no verdict changes."""

import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import ImageCms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.report import Outcome
from tests.worlds.changed_papers import append, form_paper, report_of
from tests.worlds.simulated_signing import Hierarchy, day, sign, sign_seen


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture
def signed(tmp_path: Path, authority: Hierarchy) -> Path:
    """With XMP of its own."""
    paper = form_paper(tmp_path / "paper.pdf")
    with pikepdf.open(paper, allow_overwriting_input=True) as pdf:
        with pdf.open_metadata() as data:
            data["xmp:CreatorTool"] = "Trình soạn thảo"
        pdf.save(paper)
    return sign(paper, tmp_path / "signed.pdf", authority.person(), at=day(2021, 3))


PACKET = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">{}</rdf:Description></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
)


def _with_xmp(paper: Path, said: str) -> Path:
    """Another packet by an update that is written by hand: the library writes it anew itself."""
    with paper.open("r+b") as document:
        reader = PdfFileReader(document)
        held, root = (reader.root.raw_get("/Metadata"), reader.trailer.raw_get("/Root"))
        packet = PACKET.format(said).encode()
        at = document.seek(0, 2)
        document.write(
            b"%d 0 obj\n<</Type /Metadata /Subtype /XML /Length %d>>\n"
            b"stream\n%b\nendstream\nendobj\n" % (held.idnum, len(packet), packet)
        )
        table = document.tell()
        document.write(
            b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d /Root %d 0 R /Prev %d>>\n"
            b"startxref\n%d\n%%%%EOF\n"
            % (held.idnum, at, int(reader.trailer.raw_get("/Size")), root.idnum,
               reader.last_startxref or 0, table)
        )  # fmt: skip
    return paper


def test_other_xmp_is_told_and_what_programs_write_there_is_not(
    signed: Path, authority: Hierarchy
) -> None:
    saved = "<xmp:ModifyDate>2026-01-01T00:00:00Z</xmp:ModifyDate>"
    report = report_of(_with_xmp(signed, saved), authority)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())
    claimed = "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
    report = report_of(_with_xmp(signed, claimed), authority)
    assert report.outcome is Outcome.VALID
    assert report.changes == (Change(ChangeKind.METADATA, "conformance, part"),)


def _profile(curve: bytes = b"") -> bytes:
    """That of a screen, or one with this curve for each of its three colours."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return re.sub(rb"para.{28}", curve.ljust(32, b"\0"), made, flags=re.DOTALL) if curve else made


def _name_colours(writer: IncrementalPdfFileWriter, profile: bytes = b"") -> None:
    told: dict[Any, Any] = {name("/S"): name("/GTS_PDFA1")}
    if profile:
        stream = generic.StreamObject({name("/N"): generic.NumberObject(3)}, stream_data=profile)
        told[name("/DestOutputProfile")] = writer.add_object(stream)
    writer.root[name("/OutputIntents")] = generic.ArrayObject([generic.DictionaryObject(told)])
    writer.update_root()


def test_a_profile_that_came_with_a_further_signature_changes_no_verdict(
    signed: Path, authority: Hierarchy
) -> None:
    """The library of the European Commission adds one for the colours of its picture."""
    report = report_of(append(signed, _name_colours), authority)
    assert (report.outcome, report.changes) == (
        Outcome.ALTERED_LATER,
        (Change(ChangeKind.VIEW, "OutputIntents"),),
    )
    twice = sign_seen(
        signed, signed.with_name("2.pdf"), authority.agency(), box=(300, 100, 480, 160)
    )
    report = report_of(twice, authority)
    assert (report.outcome, report.changes) == (
        Outcome.VALID,
        (Change(ChangeKind.COLOURS_NAMED, "OutputIntents"),),
    )


@pytest.mark.parametrize(
    ("profile", "outcome", "kind"),
    [
        (_profile(), Outcome.VALID, ChangeKind.COLOURS_NAMED),
        (_profile(b"curv\0\0\0\0\0\0\0\2\xff\xff\0\0"), Outcome.ALTERED_LATER, ChangeKind.VIEW),
        (b"no profile", Outcome.ALTERED_LATER, ChangeKind.VIEW),
    ],
    ids=["of a screen", "black for white", "none that reads"],
)
def test_a_profile_by_which_pages_look_otherwise_is_a_change(
    signed: Path, authority: Hierarchy, profile: bytes, outcome: Outcome, kind: ChangeKind
) -> None:
    """Acrobat shows plain colours by it, so that it may hide words and show others."""
    append(signed, lambda writer: _name_colours(writer, profile))
    box = 300, 100, 480, 160
    twice = sign_seen(signed, signed.with_name("2.pdf"), authority.agency(), box=box)
    report = report_of(twice, authority)
    assert (report.outcome, report.changes) == (outcome, (Change(kind, "OutputIntents"),))


def test_bytes_behind_the_last_end_are_told(signed: Path, authority: Hierarchy) -> None:
    whole = signed.read_bytes()
    signed.write_bytes(whole + b"\r\n\0\0")
    report = report_of(signed, authority)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())
    signed.write_bytes(whole + b"PK\3\4 hidden")
    report = report_of(signed, authority)
    assert (report.outcome, report.covers_whole_document) == (Outcome.VALID, False)
    (change,) = report.changes
    assert (change.kind, int(change.place)) == (ChangeKind.STRAY_BYTES, len(b"PK\3\4 hidden") + 1)
