"""Pictures of further signatures: what a stranger's may not touch, and nobody's may hide."""

from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.left_field import leave_field
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.changed_papers import (
    AMOUNT,
    append,
    field_of,
    fill,
    form_paper,
    look_of,
    page_of,
    put_on_page,
    reference_to,
)
from tests.worlds.simulated_signing import Hierarchy, Party, day, sign_seen

Box = tuple[int, int, int, int]

NOW = day(2026, 11, 30)
WHOLE: Box = (0, 0, 595, 842)
BLANK: Box = (300, 100, 480, 160)
LEADER: Box = (300, 200, 420, 260)
# The first line says "Dong 0 trang 1" from (72, 760) on; its first digit is about at 108.
PATCHED = b"1 1 1 rg 107 757 8 12 re f BT /F1 12 Tf 0 g 107.5 760 Td (9) Tj ET"
BLACKENED = b"0 g 107 757 8 12 re f"
YELLOWED = b"1 1 0 rg 107 757 8 12 re f"
REDDENED = b"1 0 0 rg 70 755 90 16 re f"
PUT_BEFORE = b"BT /F1 12 Tf 0 g 64 760 Td (9) Tj ET"
SEAL = b"1 0 0 RG 3 w 3 3 54 54 re S 1 0 0 rg 26 26 9 9 re f"
ON_WHITE = b"1 1 1 rg 0 0 60 60 re f " + SEAL
STROKES = b"0 0 0.6 RG 2 w 5 10 m 60 50 l 115 15 l 20 45 l S"


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def stranger() -> Party:
    return Hierarchy(name="Sở Công trình").person("Sở Công trình tỉnh Sơn Lam")


@pytest.fixture
def signed(tmp_path: Path, authority: Hierarchy) -> Path:
    """Signed by a leader with a picture of their hand."""
    paper = form_paper(tmp_path / "paper.pdf")
    leader, target = authority.person(), tmp_path / "signed.pdf"
    return sign_seen(paper, target, leader, box=LEADER, name="A", drawing=STROKES)


def reports(paper: Path, authority: Hierarchy) -> list[SignatureReport]:
    lists = authority.root_crl(at=day(2027, 10)), authority.crl(at=day(2027, 10))
    return inspect_signatures(paper, Trust((authority.root.der,), revocations=lists), NOW)


def further(signed: Path, who: Party, box: Box, drawing: bytes) -> Path:
    return sign_seen(signed, signed.with_name("further.pdf"), who, box=box, drawing=drawing)


@pytest.mark.parametrize(
    ("box", "drawing"),
    [
        (WHOLE, PATCHED),
        (WHOLE, BLACKENED),
        (WHOLE, PUT_BEFORE),
        ((300, 200, 360, 260), SEAL),
    ],
)
def test_a_stranger_who_prints_on_what_was_signed_has_changed_it(
    signed: Path, authority: Hierarchy, stranger: Party, box: Box, drawing: bytes
) -> None:
    first, second = reports(further(signed, stranger, box, drawing), authority)
    assert (first.outcome, first.trusted) == (Outcome.ALTERED_LATER, False)
    assert first.changes == (Change(ChangeKind.OVERPRINTED, "1", "B"),)
    assert second.outcome is Outcome.CHAIN_UNKNOWN


def test_a_stranger_beside_all_print_changed_nothing(
    signed: Path, authority: Hierarchy, stranger: Party
) -> None:
    first, _ = reports(further(signed, stranger, BLANK, ON_WHITE), authority)
    assert (first.outcome, first.changes) == (Outcome.VALID, ())


def test_a_stranger_in_the_room_that_was_left_changed_nothing(
    tmp_path: Path, authority: Hierarchy, stranger: Party
) -> None:
    paper = form_paper(tmp_path / "paper.pdf")
    leave_field(paper, "B", page=0, box=BLANK)
    once = sign_seen(paper, tmp_path / "1.pdf", authority.person(), box=LEADER, name="A")
    first, _ = reports(further(once, stranger, BLANK, ON_WHITE), authority)
    assert (first.outcome, first.changes) == (Outcome.VALID, ())


@pytest.mark.parametrize("drawing", [PATCHED, BLACKENED, YELLOWED, REDDENED])
def test_print_that_somebody_trusted_hides_is_told(
    signed: Path, authority: Hierarchy, drawing: bytes
) -> None:
    first, second = reports(further(signed, authority.agency(), WHOLE, drawing), authority)
    assert (first.outcome, second.outcome) == (Outcome.VALID, Outcome.VALID)
    assert first.changes == (Change(ChangeKind.COVERED, "1", "B"),)


@pytest.mark.parametrize(
    ("box", "drawing"),
    [
        ((280, 200, 340, 260), SEAL),  # on a third of the leader's hand
        ((280, 200, 340, 260), ON_WHITE),
        (BLANK, ON_WHITE),
    ],
)
def test_the_seal_of_an_agency_is_no_change(
    signed: Path, authority: Hierarchy, box: Box, drawing: bytes
) -> None:
    first, second = reports(further(signed, authority.agency(), box, drawing), authority)
    assert (first.outcome, first.changes) == (Outcome.VALID, ())
    assert second.outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("box", "drawing"),
    [
        ((60, 720, 120, 780), SEAL),
        (WHOLE, b"BT /F1 12 Tf 0 g 107.5 760 Td (8) Tj ET"),
        (WHOLE, b"0 0 0.6 RG 1.5 w 70 764 m 160 764 l S"),
    ],
)
def test_print_of_somebody_trusted_over_text_is_told_and_changes_no_verdict(
    signed: Path, authority: Hierarchy, box: Box, drawing: bytes
) -> None:
    first, second = reports(further(signed, authority.agency(), box, drawing), authority)
    assert (first.outcome, second.outcome) == (Outcome.VALID, Outcome.VALID)
    assert first.changes == (Change(ChangeKind.CROSSED, "1", "B"),)


def _ruled(writer: IncrementalPdfFileWriter) -> None:
    """A photograph as a dark field, a frame, and dots to write on."""
    page = page_of(writer, 0)
    data = b"0.2 g 300 600 200 100 re f 0 G 300 90 200 80 re S [1 3] 0 d 300 120 m 500 120 l S"
    more = writer.add_object(generic.StreamObject(stream_data=data))
    page[name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), more])
    writer.update_container(page)


@pytest.mark.parametrize(
    ("box", "changes"),
    [
        ((350, 80, 420, 160), ()),
        ((350, 620, 410, 680), (Change(ChangeKind.COVERED, "1", "B"),)),
    ],
)
def test_a_frame_may_be_covered_and_a_photograph_may_not(
    tmp_path: Path, authority: Hierarchy, box: Box, changes: tuple[Change, ...]
) -> None:
    paper = append(form_paper(tmp_path / "paper.pdf"), _ruled)
    once = sign_seen(paper, tmp_path / "1.pdf", authority.person(), box=LEADER, name="A")
    first, _ = reports(further(once, authority.agency(), box, ON_WHITE), authority)
    assert (first.outcome, first.changes) == (Outcome.VALID, changes)


def test_a_field_redrawn_below_a_trusted_picture_is_told(
    signed: Path, authority: Hierarchy
) -> None:
    append(signed, fill(AMOUNT, "9000", value_too=False))
    first, _ = reports(further(signed, authority.agency(), WHOLE, SEAL), authority)
    assert first.changes == (Change(ChangeKind.FIELD_LOOK, AMOUNT, "", "1"),)


def test_a_picture_for_print_alone_is_told(
    signed: Path, authority: Hierarchy, stranger: Party, tmp_path: Path
) -> None:
    """Nothing of it is on the screen."""

    def hide(writer: IncrementalPdfFileWriter) -> None:
        field = field_of(writer, "B")
        field[name("/F")] = generic.NumberObject(4 | 32)
        writer.update_container(field)

    twice = append(further(signed, stranger, WHOLE, PATCHED), hide)
    assert Change(ChangeKind.OVERPRINTED, "1", "B") in reports(twice, authority)[0].changes


def test_a_copy_of_a_signature_in_another_field_shows_nothing_of_its_own(
    signed: Path, authority: Hierarchy
) -> None:
    """Its digest fits, and nobody signed what it shows."""
    twice = further(signed, authority.agency(), BLANK, SEAL)

    def copy(writer: IncrementalPdfFileWriter) -> None:
        box = generic.ArrayObject(map(generic.NumberObject, (72, 750, 272, 774)))
        look = writer.add_object(look_of(writer, "9000000"))
        told = generic.DictionaryObject(
            {
                name("/Subtype"): name("/Widget"),
                name("/FT"): name("/Sig"),
                name("/T"): generic.pdf_string("C"),
                name("/Rect"): box,
                name("/AP"): generic.DictionaryObject({name("/N"): look}),
                name("/V"): reference_to(field_of(writer, "B")["/V"]),
            }
        )
        reference = put_on_page(writer, 0, told)
        form = writer.root["/AcroForm"]
        form["/Fields"].append(reference)
        writer.update_container(form["/Fields"])

    outcomes = [report.outcome for report in reports(append(twice, copy), authority)]
    assert outcomes[:2] == [Outcome.ALTERED_LATER, Outcome.ALTERED_LATER]


def test_a_seal_that_was_redrawn_without_its_key_vouches_for_nothing(
    signed: Path, authority: Hierarchy
) -> None:
    twice = further(signed, authority.agency(), WHOLE, SEAL)

    def redraw(writer: IncrementalPdfFileWriter) -> None:
        look = field_of(writer, "B")["/AP"]["/N"]
        look._data, look._encoded_data = PATCHED, None
        look.pop("/Filter", None)
        writer.update_container(look)

    first, second = reports(append(twice, redraw), authority)
    assert (first.outcome, second.outcome) == (Outcome.ALTERED_LATER, Outcome.ALTERED_LATER)
