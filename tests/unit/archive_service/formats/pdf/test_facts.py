"""A PDF's own facts; whatever is wrong with it is a condition, not a crash."""

import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Dictionary, Name, pdfa

from archive_service.formats.pdf.facts import PdfCondition, PdfContent, read_pdf
from tests.worlds.papers import bad_scans
from tests.worlds.simulated_signing import free_objects


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.pdf"
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page()
        pdf.save(path, force_version="1.6")
    return path


def test_a_good_pdf_tells_pages_and_version(good: Path) -> None:
    facts = read_pdf(good)
    assert (facts.condition, facts.pages, facts.version) == (PdfCondition.GOOD, 3, "1.6")
    assert (facts.pdfa, facts.signature_fields) == ("", 0)


def test_a_script_is_told_and_whether_the_pages_are_images(good: Path, tmp_path: Path) -> None:
    assert not read_pdf(good).active
    with pikepdf.open(good) as pdf:
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
        pdf.save(tmp_path / "empty.pdf")
    facts = read_pdf(tmp_path / "empty.pdf")
    assert (facts.condition, facts.active, facts.of_images) == (PdfCondition.GOOD, True, False)
    facts = read_pdf(bad_scans.scripted(tmp_path))
    assert (facts.condition, facts.active, facts.of_images) == (PdfCondition.GOOD, True, True)


def test_a_claim_of_pdfa_is_read(good: Path, tmp_path: Path) -> None:
    with pikepdf.open(good) as pdf:
        pdfa.save(pdf, tmp_path / "a.pdf", "2b")
    assert read_pdf(tmp_path / "a.pdf").pdfa == "2b"


_NS = 'xmlns:a="http://www.aiim.org/pdfa/ns/id/"'


@pytest.mark.parametrize(
    ("packet", "claim"),
    [
        (f"<x><pdfaid:part {_NS.replace(':a', ':pdfaid')}>2</pdfaid:part></x>", "2"),
        (f'<x {_NS} a:part="1" a:conformance="A"/>', "1a"),
        (f"<x {_NS}><a:part> 3 </a:part><a:conformance>U</a:conformance></x>", "3u"),
        ('<x pdfaid:part="2" pdfaid:conformance="B">', "2b"),
        (f"<x {_NS}><a:part><!-- a --><b>2</b></a:part></x>", "2"),
        (f"<x {_NS}><a:part>two</a:part></x>", "?"),
        (f"<x {_NS.replace('/id/', '/id.html')} a:part='2' a:conformance='B'/>", "2b"),
        (f"<x>{'1' * 11_000_000}</x><x pdfaid:part='2'/>", "?"),
        ("no packet", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_claim_is_read_under_whatever_prefix(
    good: Path, tmp_path: Path, packet: str, claim: str, encoding: str
) -> None:
    with pikepdf.open(good) as pdf:
        pdf.Root.Metadata = pdf.make_stream(f"{packet}\n".encode(encoding) + bytes(2))
        pdf.save(tmp_path / "a.pdf", fix_metadata_version=False)
    assert read_pdf(tmp_path / "a.pdf").pdfa == claim


@pytest.mark.parametrize("user", ["secret", ""])
def test_a_locked_pdf_is_encrypted_with_or_without_a_password_to_open(
    good: Path, tmp_path: Path, user: str
) -> None:
    with pikepdf.open(good) as pdf:
        pdf.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="owner", user=user))
    assert read_pdf(tmp_path / "a.pdf").condition is PdfCondition.ENCRYPTED


def test_a_pdf_cut_short_is_truncated(good: Path, tmp_path: Path) -> None:
    whole = good.read_bytes()
    for share in (0.3, 0.6, 0.9):
        cut = tmp_path / "cut.pdf"
        cut.write_bytes(whole[: int(len(whole) * share)])
        assert read_pdf(cut).condition is PdfCondition.TRUNCATED


def test_a_pdf_with_a_long_comment_behind_its_end_is_not_truncated(
    good: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(good.read_bytes() + b"\n%" + b"x" * 900_000 + b"\n")
    facts = read_pdf(path)
    assert facts.condition in (PdfCondition.GOOD, PdfCondition.DAMAGED)
    assert facts.pages == 3


def test_a_revision_that_is_cut_short_is_truncated_though_an_earlier_one_ends(
    good: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(good.read_bytes() + b"\n9 0 obj\n<< /Type /Page >>\nendobj\n" + b" " * 3000)
    facts = read_pdf(path)
    assert facts.condition is PdfCondition.TRUNCATED
    assert facts.bytes_behind == 0, "what came of the revision lies behind no end"


def test_what_is_no_pdf_is_unreadable_and_no_path_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    for content in (b"", b"not a PDF at all", bytes(4096)):
        path.write_bytes(content)
        facts = read_pdf(path)
        assert facts.condition is PdfCondition.UNREADABLE
        assert str(tmp_path) not in facts.detail


def test_a_broken_table_of_objects_is_damage(good: Path, tmp_path: Path) -> None:
    broken = good.read_bytes().replace(b"startxref\n", b"startxref\n9")
    (tmp_path / "a.pdf").write_bytes(broken)
    facts = read_pdf(tmp_path / "a.pdf")
    assert facts.condition is PdfCondition.DAMAGED
    assert facts.pages == 3


@pytest.mark.parametrize("piece", [(b"/Size ", b"/Size 9"), (b"endobj", b"endobk")])
def test_a_remark_where_nothing_is_lost_is_no_damage(
    good: Path, tmp_path: Path, piece: tuple[bytes, bytes]
) -> None:
    """Exporting such a file again would lose its signatures, for nothing."""
    before, after = good.read_bytes().rsplit(piece[0], 1)
    (tmp_path / "a.pdf").write_bytes(before + piece[1] + after)
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert len(pdf.pages) == 3
    facts = read_pdf(tmp_path / "a.pdf")
    assert (facts.condition, facts.pages) == (PdfCondition.GOOD, 3)


@pytest.mark.parametrize("entry", [b"0000000000 00001 f", b"0000000000 00000 n"])
def test_freed_objects_are_no_damage(good: Path, tmp_path: Path, entry: bytes) -> None:
    """Some programs write an object that is no more as one that stands at byte 0."""
    path = tmp_path / "a.pdf"
    path.write_bytes(good.read_bytes())
    free_objects(path, entry)
    facts = read_pdf(path)
    assert (facts.condition, facts.pages) == (PdfCondition.GOOD, 3)


def test_filled_signature_fields_are_counted_also_below_a_parent(
    good: Path, tmp_path: Path
) -> None:
    with pikepdf.open(good) as pdf:
        signed = Dictionary(FT=Name.Sig, V=Dictionary(Type=Name.Sig), T="person")
        empty = Dictionary(FT=Name.Sig, T="agency")
        parent = pdf.make_indirect(Dictionary(T="group", Kids=[pdf.make_indirect(signed)]))
        pdf.Root.AcroForm = Dictionary(Fields=[parent, pdf.make_indirect(empty)])
        pdf.save(tmp_path / "a.pdf")
    assert read_pdf(tmp_path / "a.pdf").signature_fields == 1


def test_a_signature_is_told_with_the_page_that_bears_it(good: Path, tmp_path: Path) -> None:
    def filled(name: str, **more: Any) -> Dictionary:
        return Dictionary(FT=Name.Sig, V=Dictionary(Type=Name.Sig), T=name, **more)

    with pikepdf.open(good) as pdf:
        box, point = pikepdf.Array([100, 100, 200, 160]), pikepdf.Array([0, 0, 0, 0])
        merged = filled("person", P=pdf.pages[2].obj, Rect=box)
        unseen = filled("unseen", P=pdf.pages[0].obj, Rect=point)
        widget = pdf.make_indirect(Dictionary(P=pdf.pages[1].obj, Rect=box))
        apart = filled("seal", Kids=[widget])
        strange = filled("strange", P=7, Rect="none")
        parent = pdf.make_indirect(Dictionary(T="group", Kids=[pdf.make_indirect(apart)]))
        others = [pdf.make_indirect(dictionary) for dictionary in (merged, unseen, strange)]
        pdf.Root.AcroForm = Dictionary(Fields=[parent, *others])
        pdf.save(tmp_path / "a.pdf")
    facts = read_pdf(tmp_path / "a.pdf")
    assert facts.signature_fields == 4
    assert facts.signed_on == {"person": 3, "group.seal": 2}


def test_fields_that_hang_in_a_circle_are_counted_once(good: Path, tmp_path: Path) -> None:
    with pikepdf.open(good) as pdf:
        parent = pdf.make_indirect(Dictionary(T="group"))
        parent.Kids = pikepdf.Array([parent])
        pdf.Root.AcroForm = Dictionary(Fields=[parent])
        pdf.save(tmp_path / "a.pdf")
    assert read_pdf(tmp_path / "a.pdf").signature_fields == 0


def test_a_stream_that_unpacks_beyond_the_limit_makes_the_file_unreadable(
    good: Path, tmp_path: Path
) -> None:
    with pikepdf.open(good) as pdf:
        packed = zlib.compress(bytes(400 << 20))
        pdf.Root.Metadata = pikepdf.Stream(pdf, packed, Filter=Name.FlateDecode)
        pdf.save(tmp_path / "a.pdf", fix_metadata_version=False)
    facts = read_pdf(tmp_path / "a.pdf", memory_mib=256)
    assert facts.condition is PdfCondition.UNREADABLE
    assert read_pdf(good).condition is PdfCondition.GOOD


def test_a_pdf_locked_for_a_certificate_is_encrypted(good: Path, tmp_path: Path) -> None:
    """By a handler that is not that of passwords: Acrobat's own, for named persons."""
    path = tmp_path / "a.pdf"
    with pikepdf.open(good) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="u", R=4))
    path.write_bytes(path.read_bytes().replace(b"/Filter /Standard", b"/Filter /PubSecur"))
    assert read_pdf(path).condition is PdfCondition.ENCRYPTED


@pytest.mark.parametrize("wrong", [7, True, "x", [], {}, [7, "x"]])
def test_a_form_of_another_kind_is_no_form(good: Path, tmp_path: Path, wrong: Any) -> None:
    with pikepdf.open(good) as pdf:
        field = Dictionary(FT=Name.Sig, V=Dictionary(), T="S", Kids=wrong)
        pdf.Root.AcroForm = Dictionary(Fields=[field])
        pdf.Root.Metadata = wrong
        pdf.save(tmp_path / "kids.pdf", fix_metadata_version=False)
        pdf.Root.AcroForm = wrong
        pdf.save(tmp_path / "form.pdf", fix_metadata_version=False)
    facts = read_pdf(tmp_path / "kids.pdf")
    assert (facts.condition, facts.signature_fields) == (PdfCondition.GOOD, 1)
    facts = read_pdf(tmp_path / "form.pdf")
    assert (facts.condition, facts.signature_fields) == (PdfCondition.GOOD, 0)


def test_a_page_whose_content_is_spoilt_is_told(good: Path, tmp_path: Path) -> None:
    packed = bytearray(zlib.compress(b"BT (van ban) Tj ET\n" * 400))
    packed[20:40] = bytes(20)
    with pikepdf.open(good) as pdf:
        content = pikepdf.Stream(pdf, bytes(packed), Filter=Name.FlateDecode)
        pdf.pages[1].obj.Contents = pikepdf.Array([pdf.make_indirect(content)])
        pdf.save(tmp_path / "a.pdf", compress_streams=False)
    assert (read_pdf(good).broken_page, read_pdf(tmp_path / "a.pdf").broken_page) == (0, 2)


def test_a_page_that_stands_in_the_tree_itself_is_no_damage(good: Path, tmp_path: Path) -> None:
    with pikepdf.open(good) as pdf:
        pdf.Root.Pages.Kids[0] = Dictionary(Type=Name.Page, MediaBox=[0, 0, 9, 9])
        pdf.save(tmp_path / "a.pdf")
    assert read_pdf(tmp_path / "a.pdf").condition is PdfCondition.GOOD


def test_an_object_that_is_spoilt_is_damage_though_the_pages_open(
    good: Path, tmp_path: Path
) -> None:
    with pikepdf.open(good) as pdf:
        pdf.Root.PieceInfo = pdf.make_indirect(Dictionary(Filler="x" * 400))
        pdf.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = (tmp_path / "a.pdf").read_bytes()
    at = data.index(b"x" * 400)
    (tmp_path / "a.pdf").write_bytes(data[: at - 20] + bytes(300) + data[at + 280 :])
    assert read_pdf(tmp_path / "a.pdf").condition is PdfCondition.DAMAGED


def test_a_pdf_of_no_page_opens_and_has_none(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "a.pdf")
    facts = read_pdf(tmp_path / "a.pdf")
    assert (facts.condition, facts.pages) == (PdfCondition.GOOD, 0)


def test_a_portfolio_and_a_form_that_few_programs_draw_are_known(
    good: Path, tmp_path: Path
) -> None:
    with pikepdf.open(good) as pdf:
        pdf.Root.Collection = Dictionary(View=Name.D)
        pdf.save(tmp_path / "a.pdf")
        del pdf.Root.Collection
        form = Dictionary(Fields=[], XFA=pikepdf.Stream(pdf, b"<xdp:xdp/>"))
        pdf.Root.AcroForm = form
        pdf.save(tmp_path / "static.pdf")
        pdf.Root.NeedsRendering = True
        pdf.save(tmp_path / "b.pdf")
    seen = [read_pdf(tmp_path / name).content for name in ("a.pdf", "static.pdf", "b.pdf")]
    assert seen == [PdfContent.ATTACHED, PdfContent.PAGES, PdfContent.DRAWN]


@pytest.mark.parametrize(
    ("behind", "is_told"),
    [
        (b"\n\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X\x04", False),
        (b"\n\x1b%-12345X\nPK\3\4", True),
        (b"\nPK\3\4 hidden\n%%EOF\n", True),
        (b"\nPK\3\4 hidden\nstartxref\n0\n%%EOF\n", True),
    ],
)
def test_bytes_behind_count_from_the_section_that_is_used(
    good: Path, behind: bytes, *, is_told: bool
) -> None:
    good.write_bytes(good.read_bytes().rstrip() + behind)
    assert read_pdf(good).bytes_behind == (len(behind) if is_told else 0)


@pytest.mark.parametrize("is_linear", [False, True])
def test_a_copied_end_hides_nothing_behind_the_first(good: Path, *, is_linear: bool) -> None:
    with pikepdf.open(good, allow_overwriting_input=True) as pdf:
        pdf.save(good, linearize=is_linear)
    whole = good.read_bytes().rstrip()
    assert read_pdf(good).bytes_behind == 0
    end = whole[whole.rindex(b"startxref") :]
    good.write_bytes(b"\n".join((whole, end, end)))
    assert read_pdf(good).bytes_behind == 0
    behind = b"\nPK\3\4 hidden" + bytes(2_000_000) + end
    good.write_bytes(whole + behind)
    assert read_pdf(good).bytes_behind == len(behind)


def _with_packed_table(target: Path, *, cut: int) -> Path:
    """A page whose table of objects is a stream that is flushed and has no end."""
    data, places = b"%PDF-1.5\n", [0]
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    )
    for number, held in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, held)
    places.append(len(data))
    rows = b"".join(
        bytes([number > 0]) + place.to_bytes(4) + bytes([0, 0 if number else 255])
        for number, place in enumerate(places)
    )
    packing = zlib.compressobj()
    packed = packing.compress(rows) + packing.flush(zlib.Z_SYNC_FLUSH)
    packed = packed[: len(packed) - cut]
    data += (
        b"4 0 obj\n<</Type/XRef/Size 5/Root 1 0 R/W[1 4 2]/Filter/FlateDecode/Length %d>>\n"
        b"stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
        % (len(packed), packed, places[4])
    )
    target.write_bytes(data)
    return target


@pytest.mark.parametrize(("cut", "condition"), [(0, PdfCondition.GOOD), (2, PdfCondition.DAMAGED)])
def test_a_stream_that_was_flushed_and_not_ended_is_whole(
    tmp_path: Path, cut: int, condition: PdfCondition
) -> None:
    """So Acrobat Reader writes what is filled in; exporting that again would lose a signature."""
    assert read_pdf(_with_packed_table(tmp_path / "a.pdf", cut=cut)).condition is condition
