"""The agency's signature on a copy: seen top right, valid and PDF/A by judges that are not ours."""

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

import archive_service
from archive_service.signing.key_stores.pkcs11 import open_pkcs11
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.pdf.visible import corner_mark, mark_lines
from archive_service.signing.port import Signer, SignerKind, Subject, UnsignablePdfError
from archive_service.signing.timestamp import DemoTimestamps
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from digitize.documents.pdfa import MadePage, assemble, image_to_pdf
from digitize.ocr.words import PageReading
from tests.services.servers import SoftHsm

FONTS = Path(archive_service.__file__).parent / "static" / "vendor" / "fonts"
AGENCY = "Ủy ban nhân dân phường Thượng Nguyên Khe Lạnh, thành phố Sơn Lam"
AT = dt.datetime(2026, 11, 20, 14, 5, 6, tzinfo=dt.UTC)
LINES = mark_lines(AGENCY, AT, form="SAO Y")
TURNS = (0, 90, 180, 270)
SCALE = 2


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency's key, and the authority that issued it."""
    home = tmp_path_factory.mktemp("keys")
    authority = DemoAuthority.open_or_make(home / "authority")
    authority.issue_key(Subject(AGENCY, AGENCY, SignerKind.AGENCY, "MST:1"), home / "seal.p12")
    return home


@pytest.fixture(scope="module")
def seal(keys: Path) -> Signer:
    stamps = DemoTimestamps(DemoAuthority(keys / "authority"))
    return open_pkcs12("pkcs12:seal.p12", home=keys, timestamps=stamps)


def copy_of(folder: Path, *, turn_deg: int = 0, size: tuple[int, int] = (820, 1160)) -> Path:
    """An empty page that is seen in this size at 100 dpi, however it was laid on the scanner."""
    stored = size if turn_deg in (0, 180) else (size[1], size[0])
    image = folder / f"{turn_deg}-{size[0]}.jpg"
    Image.new("RGB", stored, "white").save(image, dpi=(100, 100))
    alone, target = image.with_suffix(".one.pdf"), image.with_suffix(".pdf")
    image_to_pdf(image, alone, dpi=100, name=image.name)
    reading = PageReading(*stored, 100)
    assemble([MadePage(alone, reading, turn_deg)], target, title="Bản sao", made_at=AT)
    return target


def signed(copy: Path, key: Signer) -> Path:
    target = copy.with_suffix(".signed.pdf")
    mark = corner_mark(copy, LINES, fonts=FONTS)
    key.sign_pdf(copy, target, field="ChuKySo", visible=mark, at=AT)
    return target


def seen(file: Path) -> np.ndarray:
    """The first page in grey, as a viewer shows it, with what was signed on it."""
    with pypdfium2.PdfDocument(file) as pdf:
        pdf.init_forms()
        drawn = pdf[0].render(scale=SCALE, may_draw_forms=True, grayscale=True)
        return np.asarray(drawn.to_pil())


def ink_box(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is dark, in points from above left."""
    rows, columns = np.nonzero(picture < 128)
    left, right = columns.min() / SCALE, (columns.max() + 1) / SCALE
    return left, rows.min() / SCALE, right, (rows.max() + 1) / SCALE


def outline(picture: np.ndarray) -> np.ndarray:
    """How the ink lies, roughly: a pixel more or less to one side does not matter."""
    left, top, right, bottom = (round(edge * SCALE) for edge in ink_box(picture))
    ink = Image.fromarray(picture[top:bottom, left:right])
    return np.asarray(ink.resize((60, 24), Image.Resampling.BOX), dtype=float).ravel()


def openssl_says(file: Path, authority: Path) -> str:
    """What openssl says of the signature over the bytes that the PDF names."""
    data = file.read_bytes()
    with pikepdf.open(file) as pdf:
        value = pdf.Root.AcroForm.Fields[0].V
        start, length, again, rest = (int(number) for number in value.ByteRange)
        (file.parent / "signature.der").write_bytes(bytes(value.Contents))
    assert again + rest == len(data)  # nothing after it
    (file.parent / "signed.bin").write_bytes(data[start : start + length] + data[again:])
    roots = authority.glob("*.crt")
    (file.parent / "roots.pem").write_text("".join(root.read_text() for root in roots))
    order = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature.der"]
    order += ["-content", "signed.bin", "-CAfile", "roots.pem", "-purpose", "any", "-out", "out"]
    done = subprocess.run(order, cwd=file.parent, capture_output=True, text=True, check=False)
    return done.stderr


@pytest.mark.parametrize("turn_deg", TURNS)
def test_the_mark_stands_upright_in_the_upper_right_corner(
    turn_deg: int, seal: Signer, tmp_path: Path
) -> None:
    picture = seen(signed(copy_of(tmp_path, turn_deg=turn_deg), seal))
    width, height = picture.shape[1] / SCALE, picture.shape[0] / SCALE
    left, top, right, bottom = ink_box(picture)
    assert width - 60 < right < width - 20
    assert 10 < top < 25
    assert left > width / 2
    assert bottom < height / 10
    level = outline(seen(signed(copy_of(tmp_path), seal)))
    likeness = np.corrcoef(outline(picture), level)[0, 1]
    assert likeness > 0.9  # letters stand as on a page that was never turned


@pytest.mark.parametrize("size", [(1160, 1640), (580, 820), (1160, 820)])
def test_its_letters_are_of_ten_points_on_any_sheet(
    size: tuple[int, int], seal: Signer, tmp_path: Path
) -> None:
    left, top, right, bottom = ink_box(seen(signed(copy_of(tmp_path, size=size), seal)))
    assert bottom - top == pytest.approx(3 * 11.5 + 9, abs=3)  # four lines
    assert right - left < 228


def test_a_scrap_of_paper_bears_a_smaller_one(seal: Signer, tmp_path: Path) -> None:
    picture = seen(signed(copy_of(tmp_path, size=(110, 60)), seal))
    left, top, right, bottom = ink_box(picture)
    assert left >= 0
    assert top >= 0
    assert right <= picture.shape[1] / SCALE
    assert bottom <= picture.shape[0] / SCALE


def test_a_page_cut_by_its_crop_box_bears_it_where_it_is_seen(tmp_path: Path) -> None:
    copy = copy_of(tmp_path)
    with pikepdf.open(copy, allow_overwriting_input=True) as pdf:
        pdf.pages[0].mediabox = pikepdf.Array([-50, -20, 540.4, 815.2])
        pdf.pages[0].cropbox = pikepdf.Array([0, 0, 400, 500])
        pdf.save(copy)
    mark = corner_mark(copy, LINES, fonts=FONTS)
    assert mark.box[2] <= 400
    assert mark.box[3] <= 500
    assert mark.box[3] > 480


def test_a_turn_that_is_none_leaves_the_page_as_it_is(tmp_path: Path) -> None:
    copy = copy_of(tmp_path)
    upright = corner_mark(copy, LINES, fonts=FONTS)
    with pikepdf.open(copy, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Rotate = 45
        pdf.save(copy)
    assert corner_mark(copy, LINES, fonts=FONTS).box == upright.box


def test_the_words_are_the_form_the_agency_and_the_time_in_vietnam() -> None:
    assert LINES == ["SAO Y", AGENCY, "2026-11-20T21:05:06+07:00"]
    assert mark_lines(AGENCY, AT) == [AGENCY, "2026-11-20T21:05:06+07:00"]


def test_the_mark_is_drawn_in_black_letters_of_times_and_can_be_read(
    seal: Signer, tmp_path: Path
) -> None:
    copy = copy_of(tmp_path)
    mark = corner_mark(copy, LINES, fonts=FONTS)
    with pypdfium2.PdfDocument(mark.picture) as pdf:
        text = pdf[0].get_textpage().get_text_range()
        assert " ".join(text.split()) == " ".join(LINES)
    with pikepdf.open(signed(copy, seal)) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        appearance = field.AP.N
        assert "Tinos" in str(_fonts(appearance)[0])
        assert pdf.pages[0].Annots[0].objgen == field.objgen
        images = [x for x in _objects(appearance) if x.get("/Subtype") == "/Image"]
        assert images == []  # no picture of a seal


def test_independent_judges_find_signature_and_pdfa_valid(
    seal: Signer, keys: Path, tmp_path: Path, tools: ModuleType
) -> None:
    copies = [signed(copy_of(tmp_path, turn_deg=turn), seal) for turn in TURNS]
    assert [(v.passed, v.flavour, v.details) for v in tools.verapdf(copies)] == [
        (True, "2b", "")
    ] * 4
    for copy in copies:
        (report,) = inspect_signatures(copy, Trust.read(keys / "authority"))
        assert report.trusted
        assert report.timestamped
        assert report.covers_whole_document
        assert "Verification successful" in openssl_says(copy, keys / "authority")
        assert copy.read_bytes().startswith(
            copy.with_name(copy.name.replace(".signed", "")).read_bytes()
        )


def test_a_changed_byte_is_found_by_openssl_too(seal: Signer, keys: Path, tmp_path: Path) -> None:
    copy = signed(copy_of(tmp_path), seal)
    data = bytearray(copy.read_bytes())
    data[700] ^= 1
    copy.write_bytes(data)
    assert "Verification successful" not in openssl_says(copy, keys / "authority")


def test_a_key_on_a_token_signs_them_alike(
    softhsm: SoftHsm, tmp_path: Path, tools: ModuleType
) -> None:
    copy = signed(copy_of(tmp_path, turn_deg=90), open_pkcs11(softhsm.url(), home=tmp_path))
    (report,) = inspect_signatures(copy, Trust.read(softhsm.authority))
    assert report.trusted
    assert "Verification successful" in openssl_says(copy, softhsm.authority)
    (verdict,) = tools.verapdf([copy])
    assert verdict.passed, verdict.details


def test_poppler_calls_the_signature_valid(seal: Signer, tmp_path: Path) -> None:
    if shutil.which("pdfsig") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needed in CI: pdfsig of Debian's poppler-utils")
        pytest.skip("pdfsig of Debian's poppler-utils is missing")
    copy = signed(copy_of(tmp_path), seal)
    order = ["pdfsig", "-nocert", str(copy)]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert "Signature Validation: Signature is Valid." in done.stdout
    assert "Total document signed" in done.stdout


def test_what_is_no_pdf_gets_no_mark(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(UnsignablePdfError):
        corner_mark(tmp_path / "a.pdf", LINES, fonts=FONTS)


def _objects(form: pikepdf.Object) -> list[pikepdf.Object]:
    found = [form]
    for inner in _resources(form, "/XObject"):
        found += _objects(inner)
    return found


def _fonts(form: pikepdf.Object) -> list[pikepdf.Object]:
    return [font.BaseFont for each in _objects(form) for font in _resources(each, "/Font")]


def _resources(form: pikepdf.Object, kind: str) -> list[pikepdf.Object]:
    if "/Resources" not in form or kind not in form.Resources:
        return []
    return [form.Resources[kind][name] for name in form.Resources[kind].keys()]  # noqa: SIM118 - no dict
