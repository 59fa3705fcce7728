"""A signed PDF to which a revision was appended that names its signature no more."""

import re
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.formats.pdf.facts import read_pdf_here
from archive_service.signing.pdf.later.change import ChangeKind
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.changed_papers import append, form_paper
from tests.worlds.simulated_signing import Hierarchy, Party, blank, day, sign, stamp_document

SIGNED, NOW = day(2021, 3), day(2026, 11)


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def trust(authority: Hierarchy) -> Trust:
    lists = authority.root_crl(at=day(2026, 10)), authority.crl(at=day(2026, 10))
    return Trust(roots=(authority.root.der,), revocations=lists)


@pytest.fixture(scope="module")
def person(authority: Hierarchy) -> Party:
    return authority.person()


@pytest.fixture
def signed(tmp_path: Path, person: Party) -> Path:
    return sign(form_paper(tmp_path / "paper.pdf"), tmp_path / "signed.pdf", person, at=SIGNED)


def show_another(paper: Path, value: bytes = b"") -> Path:
    """Append another catalogue with a page of its own, and no word of what was there.

    Args:
        value: that of a field which stands in the place of the signed one.
    """
    fields = b"/AcroForm<</Fields[<</FT/Sig/T(other)/V %b>>]>>" % value if value else b""
    data = paper.read_bytes() + b"\n"
    parts = [
        b"<</Type/Catalog/Pages 201 0 R%b>>" % fields,
        b"<</Type/Pages/Kids[202 0 R]/Count 1>>",
        b"<</Type/Page/Parent 201 0 R/MediaBox[0 0 300 300]/Resources<<>>>>",
    ]
    places = []
    for number, part in enumerate(parts, start=200):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = len(data)
    data += b"xref\n0 1\n0000000000 65535 f \n200 3\n"
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<</Size 203/Root 200 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table
    paper.write_bytes(data)
    return paper


def clear(paper: Path) -> Path:
    """Empty the field, as "clear signature" does."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        for field in writer.root["/AcroForm"]["/Fields"]:
            if field.get_object().get("/FT") == "/Sig":
                del field.get_object()[name("/V")]
                writer.update_container(field.get_object())

    return append(paper, edit)


def test_a_catalogue_appended_in_the_place_of_the_signed_one_is_told(
    signed: Path, trust: Trust
) -> None:
    (report,) = inspect_signatures(show_another(signed), trust, NOW)
    assert report.outcome is Outcome.ALTERED_LATER
    assert ChangeKind.SIGNATURE_REMOVED in {change.kind for change in report.changes}
    facts = read_pdf_here(signed)
    assert (facts.signature_fields, facts.signed_once) == (0, True)


def add_decoys(paper: Path, count: int, *, beyond: bool = False) -> Path:
    """Append claims of signatures: over more than the file, or up to an end of the file each."""
    table = paper.read_bytes().rsplit(b"startxref", 1)[1]
    with paper.open("ab") as out:
        for number in range(count):
            end = out.tell() + 1_000_000 + number if beyond else out.tell()
            out.write(b"%%/ByteRange [0 1 2 %d]\nstartxref%b" % (end - 2, table))
    return paper


@pytest.mark.parametrize("count", [17, 40])
@pytest.mark.parametrize("beyond", [True, False])
def test_claims_that_nobody_signed_hide_no_signature(
    signed: Path, trust: Trust, count: int, *, beyond: bool
) -> None:
    paper = add_decoys(show_another(signed), count, beyond=beyond)
    outcomes = [one.outcome for one in inspect_signatures(paper, trust, NOW)]
    assert outcomes[0] is Outcome.ALTERED_LATER


def test_a_time_stamp_of_other_bytes_hides_no_signature(
    signed: Path, trust: Trust, authority: Hierarchy, tmp_path: Path
) -> None:
    stamper = authority.stamper(SIGNED)
    stamped = stamp_document(blank(tmp_path / "blank.pdf"), tmp_path / "stamped.pdf", stamper)
    token = max(re.findall(rb"/Contents\s*(<[0-9a-fA-F]+>)", stamped.read_bytes()), key=len)
    claim = b"[0 1 2 %d]" % (signed.stat().st_size - 2)
    value = b"<</SubFilter/ETSI.RFC3161/Contents %b/ByteRange%b>>" % (token, claim)
    (report,) = inspect_signatures(show_another(signed, value), trust, NOW)
    assert report.outcome is Outcome.ALTERED_LATER


def test_a_signature_of_an_unknown_form_that_was_dropped_is_told(
    signed: Path, trust: Trust
) -> None:
    data = signed.read_bytes()
    signed.write_bytes(re.sub(rb"(/SubFilter\s*)/\w{4}", rb"\1/Xtra", data))
    (report,) = inspect_signatures(show_another(signed), trust, NOW)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("format-unknown",))


def test_an_encrypted_revision_that_was_dropped_is_told(tmp_path: Path, trust: Trust) -> None:
    paper = tmp_path / "encrypted.pdf"
    with pikepdf.open(form_paper(tmp_path / "paper.pdf")) as pdf:
        pdf.save(paper, encryption=pikepdf.Encryption(user="", owner="khoa"))
    (report,) = inspect_signatures(show_another(add_decoys(paper, 2)), trust, NOW)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("pdf-encrypted",))


def test_more_revisions_than_are_looked_at_are_told(tmp_path: Path, trust: Trust) -> None:
    paper = form_paper(tmp_path / "paper.pdf")
    assert inspect_signatures(add_decoys(paper, 32), trust, NOW) == []
    (report,) = inspect_signatures(add_decoys(paper, 1), trust, NOW)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("revisions-unread",))


def test_a_signature_that_was_cleared_is_told(signed: Path, trust: Trust) -> None:
    (report,) = inspect_signatures(clear(signed), trust, NOW)
    assert report.outcome is Outcome.ALTERED_LATER
    assert [change.kind for change in report.changes] == [ChangeKind.SIGNATURE_REPLACED]


def test_of_one_cleared_and_signed_again_the_last_counts(
    signed: Path, trust: Trust, person: Party, tmp_path: Path
) -> None:
    again = sign(clear(signed), tmp_path / "again.pdf", person, at=SIGNED)
    (report,) = inspect_signatures(again, trust, NOW)
    assert report.outcome is Outcome.VALID


def test_a_stranger_who_signs_instead_hides_no_signature(
    signed: Path, trust: Trust, tmp_path: Path
) -> None:
    stranger = Hierarchy().person()
    again = sign(show_another(signed), tmp_path / "again.pdf", stranger, at=SIGNED)
    first, second = inspect_signatures(again, trust, NOW)
    assert first.outcome is Outcome.ALTERED_LATER
    assert not second.trusted


def test_a_paper_that_nobody_signed_has_no_signature(tmp_path: Path, trust: Trust) -> None:
    paper = form_paper(tmp_path / "paper.pdf")
    paper.write_bytes(paper.read_bytes() + b"% /ByteRange [0 10 20 30]\n")
    assert inspect_signatures(paper, trust, NOW) == []
