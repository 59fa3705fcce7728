"""Good pages pass the measurement; pages with a fault are found, each by its own finding."""

import io
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from archive_service import messages
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.measure.judge import judge
from archive_service.formats.measure.limits import STANDARDS, UnknownStandardError, load_limits
from archive_service.forms.typst_form import FONTS
from tests.worlds.digitize.scanning import text_of_page
from tests.worlds.papers import flaws
from tests.worlds.papers.page_images import page_image
from tests.worlds.papers.scanned_pages import measured, opened, printed, scanned

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
# (what is done to a good page, the finding it leads to, its severity)
FLAWS: dict[str, tuple[Callable[[Image.Image, Image.Image], bytes], str, Severity]] = {
    "72 dpi enlarged": (lambda a, _: flaws.saved(flaws.enlarged(a, 72)), "page-enlarged", ERROR),
    "75 dpi enlarged": (lambda a, _: flaws.saved(flaws.enlarged(a, 75)), "page-enlarged", ERROR),
    "96 dpi enlarged": (lambda a, _: flaws.saved(flaws.enlarged(a, 96)), "page-enlarged", ERROR),
    "100 dpi enlarged": (lambda a, _: flaws.saved(flaws.enlarged(a, 100)), "page-enlarged", ERROR),
    "120 dpi enlarged": (lambda a, _: flaws.saved(flaws.enlarged(a, 120)), "page-enlarged", ERROR),
    "72 dpi said to be 200": (lambda a, _: flaws.saved(a.resize((595, 842))), "page-scale", ERROR),
    "100 dpi": (
        lambda a, _: flaws.saved(a.resize((827, 1169)), dpi=100), "page-too-coarse", ERROR,
    ),
    "125 dpi enlarged": (lambda a, _: flaws.saved(flaws.enlarged(a, 125)), "page-enlarged", ERROR),
    "no dpi": (lambda a, _: flaws.saved(a, dpi=None), "page-without-dpi", WARNING),
    "twice the true dpi": (lambda a, _: flaws.saved(a, dpi=400), "page-scale", WARNING),
    "blur of 2 pixels": (lambda a, _: flaws.saved(flaws.blurred(a, 2)), "page-blurred", ERROR),
    "blur of 1.5 pixels": (
        lambda a, _: flaws.saved(flaws.blurred(a, 1.5)), "page-blurred", WARNING,
    ),
    "askew by 3": (lambda a, _: flaws.saved(flaws.skewed(a, 3)), "page-skewed", WARNING),
    "askew by 8": (lambda a, _: flaws.saved(flaws.skewed(a, -8)), "page-skewed", ERROR),
    "upside down": (lambda a, _: flaws.saved(a.rotate(180)), "page-upside-down", WARNING),
    "lying left": (lambda a, _: flaws.saved(a.rotate(90, expand=True)), "page-sideways", WARNING),
    "lying right": (lambda a, _: flaws.saved(a.rotate(270, expand=True)), "page-sideways", WARNING),
    "half the light": (lambda a, _: flaws.saved(flaws.dark(a, 0.5)), "page-too-dark", WARNING),
    "a third of the light": (lambda a, _: flaws.saved(flaws.dark(a, 0.35)), "page-too-dark", ERROR),
    "pale ink": (lambda a, _: flaws.saved(flaws.faint(a, 0.3)), "page-faint", WARNING),
    "a lid of 2 mm": (lambda a, _: flaws.saved(flaws.dark_rim(a, 2)), "page-dark-edge", WARNING),
    "a lid of 20 mm": (lambda a, _: flaws.saved(flaws.dark_rim(a, 20)), "page-dark-edge", ERROR),
    "cut 8 mm into the text": (lambda a, _: flaws.saved(flaws.cut(a, 38)), "page-cut", WARNING),
    "the back at 30 %": (
        lambda a, b: flaws.saved(flaws.seen_through(a, b, 0.3)), "page-bleed-through", WARNING,
    ),
    "quality 40": (lambda a, _: flaws.saved(a, quality=40), "page-compressed", WARNING),
    "quality 20": (lambda a, _: flaws.saved(a, quality=20), "page-compressed", ERROR),
    "quality 20, then 90": (
        lambda a, _: flaws.saved(flaws.squeezed(a, 20), quality=90),
        "page-compressed-before", WARNING,
    ),
    "grey as colour": (lambda a, _: flaws.saved(flaws.grey(a)), "page-grey-as-colour", WARNING),
    "grey": (lambda a, _: flaws.saved(a.convert("L")), "page-not-colour", ERROR),
    "black and white": (lambda a, _: flaws.png(flaws.bilevel(a)), "page-bilevel", ERROR),
}  # fmt: skip
RARE = 0.02  # of good pages may be called flawed
FOUND = 0.95  # of flawed pages have to be found


def found(file: bytes, standard: str = "administrative") -> list[Finding]:
    return judge(*measured(file), load_limits(standard))


def flawed(flaw: str, number: int) -> list[Finding]:
    back = printed()[3][0]  # a page full of text
    return found(FLAWS[flaw][0](opened(scanned(number)), back))


def test_good_pages_have_no_finding() -> None:
    for number in range(6):
        assert found(scanned(number)) == [], number


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_found_and_no_other_is_told(flaw: str) -> None:
    _, code, severity = FLAWS[flaw]
    seen = flawed(flaw, 1)
    beside = {"100 dpi": {"page-blurred"}}.get(flaw, set())
    assert {finding.code for finding in seen} - beside == {code}
    assert seen[0].severity in (severity, ERROR)


@pytest.mark.long
def test_of_sixty_good_pages_hardly_any_is_called_flawed() -> None:
    wrong = Counter(
        finding.code for number in range(60) for finding in found(scanned(number, seed=11))
    )
    assert wrong.total() <= 60 * RARE, wrong


@pytest.mark.long
@pytest.mark.parametrize("flaw", FLAWS)
def test_of_twenty_flawed_pages_almost_all_are_found(flaw: str) -> None:
    code = FLAWS[flaw][1]
    hits = sum(
        any(finding.code == code for finding in flawed(flaw, number)) for number in range(20)
    )
    assert hits >= 20 * FOUND


@pytest.mark.parametrize("size", [(1, 1), (3000, 3), (3, 3000), (9, 9)])
def test_a_sliver_is_measured_too(size: tuple[int, int]) -> None:
    codes = {finding.code for finding in found(flaws.png(Image.new("RGB", size, "white")))}
    assert "page-blank" in codes


def test_of_a_black_page_the_other_side_is_not_told() -> None:
    black = Image.new("RGB", (1654, 2339), (14, 14, 14))
    noisy = Image.effect_noise(black.size, 40).convert("RGB")
    codes = {finding.code for finding in found(flaws.saved(Image.blend(black, noisy, 0.1)))}
    assert "page-too-dark" in codes
    assert "page-bleed-through" not in codes


def test_a_blank_page_is_said_to_be_blank_and_nothing_else() -> None:
    blank = Image.new("RGB", (1654, 2339), (244, 240, 228))
    noisy = Image.effect_noise(blank.size, 6).convert("RGB")
    seen = found(flaws.saved(Image.blend(blank, noisy, 0.1)))
    assert [(finding.code, finding.severity) for finding in seen] == [("page-blank", INFO)]


def folded(draw: ImageDraw.ImageDraw) -> None:
    draw.line((0, 1170, 1654, 1176), (215, 208, 190), 4)


def folded_twice(draw: ImageDraw.ImageDraw) -> None:
    draw.line((0, 1170, 1654, 1176), (190, 180, 160), 6)
    draw.line((820, 0, 830, 2339), (200, 190, 170), 5)


def lined(draw: ImageDraw.ImageDraw) -> None:
    for row in range(300, 2200, 70):
        draw.line((150, row, 1500, row), "#99aaaa", 2)


@pytest.mark.parametrize("drawn", [folded, folded_twice, lined])
def test_a_blank_page_may_have_folds_and_pale_lines(
    drawn: Callable[[ImageDraw.ImageDraw], None],
) -> None:
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    drawn(ImageDraw.Draw(page))
    noise = Image.effect_noise(page.size, 6).convert("RGB")
    page = Image.blend(flaws.blurred(page, 0.6), noise, 0.05)
    assert {finding.code for finding in found(flaws.saved(page))} == {"page-blank"}


def sealed(draw: ImageDraw.ImageDraw) -> None:
    for inset in (0, 30):
        draw.ellipse((900 + inset, 1500 + inset, 1250 - inset, 1850 - inset), None, "#c02020", 6)


def dusty(draw: ImageDraw.ImageDraw) -> None:
    chance = random.Random(4)
    for _ in range(300):
        x, y = chance.randrange(1650), chance.randrange(2330)
        draw.ellipse((x, y, x + 3, y + 3), "#555555")


def signed(draw: ImageDraw.ImageDraw) -> None:
    chance = random.Random(10)
    for row, swings in ((400, 14), (420, 10)):
        x, line = 900.0, [(900.0, float(row))]
        for _ in range(swings):
            x += chance.uniform(7, 32)
            line.append((x, row + chance.uniform(-70, 70)))
        draw.line(line, "#284696", 5, "curve")


@pytest.mark.parametrize("drawn", [sealed, dusty, signed])
def test_a_seal_dust_and_a_signature_lie_in_no_direction(
    drawn: Callable[[ImageDraw.ImageDraw], None],
) -> None:
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    drawn(ImageDraw.Draw(page))
    told = {finding.code for finding in found(flaws.saved(flaws.blurred(page, 0.6)))}
    assert told.isdisjoint({"page-skewed", "page-sideways", "page-upside-down", "page-faint"})


@pytest.mark.parametrize("turn", [0, 180])
def test_figures_do_not_say_which_way_is_up(turn: int) -> None:
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), 32)
    for row in range(40):
        figure = f"{(row + 3) * 7919 % 10**7:,}".replace(",", ".")
        draw.text((1100, 200 + 48 * row), figure, "#222222", font, anchor="ra")
    measures, _ = measured(flaws.saved(flaws.blurred(page.rotate(turn), 0.6)))
    assert measures.upright is None
    assert measures.turn_deg == 0


def test_a_page_with_three_lines_is_not_blank_and_not_blurred() -> None:
    page = opened(scanned(1))
    paper = Image.new("RGB", page.size, page.getpixel((800, 60)))
    paper.paste(page.crop((0, 500, page.width, 900)), (0, 500))
    assert {finding.code for finding in found(flaws.saved(paper))} <= {"page-skewed"}


def test_a_finding_has_the_value_and_the_limit_in_its_words() -> None:
    skewed = next(finding for finding in flawed("askew by 3", 0) if finding.code == "page-skewed")
    assert skewed.facts["limit"] == 1
    assert skewed.facts["value"] == pytest.approx(3, abs=0.9)
    words = messages.finding(skewed.code, "vi", skewed.facts)
    assert "tối đa 1°" in words.message
    assert "{" not in words.message + words.remedy


def test_the_skew_is_measured_exactly() -> None:
    straight, _ = measured(scanned(2))
    turned, _ = measured(flaws.saved(flaws.skewed(opened(scanned(2)), 2.5)))
    assert turned.skew_deg - straight.skew_deg == pytest.approx(2.5, abs=0.1)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_three_pixels_made_four_are_found_on_a_sharp_page(number: int) -> None:
    """What blocks of 8 pixels repeat lies at the same frequency: blurred pages are not told."""
    measures, facts = measured(flaws.saved(flaws.enlarged(opened(scanned(number)), 150)))
    assert measures.dpi_true == 150
    told = judge(measures, facts, load_limits("administrative"))
    # A good page is taken for one now and then: a person looks before it is scanned again.
    assert [(finding.code, finding.severity) for finding in told] == [("page-enlarged", WARNING)]


@pytest.mark.parametrize("dpi", [72, 75, 96, 133])
def test_a_page_of_few_lines_tells_that_it_was_enlarged(dpi: float, tmp_path: Path) -> None:
    page = Image.open(page_image(tmp_path / "page.jpg", lines=tuple(text_of_page(3))))
    assert "page-enlarged" in {
        finding.code for finding in found(flaws.saved(flaws.enlarged(page, dpi)))
    }


def typed(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> None:
    """Letters at the pitch of a typewriter: ten to the inch, as evenly as they can stand."""
    text = printed_text(62)
    for line in range(38):
        for at, letter in enumerate(text[line : line + 62]):
            draw.text((200 + 20 * at, 220 + 50 * line), letter, "#222222", font)


def dotted(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> None:
    """A form to be filled in by hand."""
    for line in range(24):
        words = printed_text(12)[line : line + 12]
        draw.text((220, 200 + 78 * line), words, "#222222", font)
        for x in range(220 + round(font.getlength(words)), 1450, 7):
            draw.rectangle((x - x % 7, 230 + 78 * line, x - x % 7 + 2, 232 + 78 * line), "#222222")


def ruled(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> None:
    """A table of lines that are all as high."""
    for line in range(27):
        draw.line((160, 300 + 62 * line, 1500, 300 + 62 * line), "#222222", 2)
        draw.text((170, 310 + 62 * line), printed_text(40)[line:], "#222222", font)
    for x in (160, 240, 720, 920, 1120, 1320, 1500):
        draw.line((x, 300, x, 1912), "#222222", 2)


def squared(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> None:
    """Writing on the paper of schools."""
    for step in range(0, 2339, 40):
        draw.line((0, step, 1654, step), "#9090a0", 1)
        draw.line((step, 0, step, 2339), "#9090a0", 1)
    for line in range(14):
        draw.text((200, 205 + 120 * line), printed_text(50)[line:], "#222222", font)


def printed_text(letters: int) -> str:
    return "Hội đồng nhân dân xã quyết nghị về việc giao đất cho hộ " * (letters // 20)


@pytest.mark.parametrize("drawn", [typed, dotted, ruled, squared])
@pytest.mark.parametrize("turn", [0, 90])
def test_what_repeats_in_print_is_not_taken_for_pixels_that_do(
    drawn: Callable[[ImageDraw.ImageDraw, ImageFont.FreeTypeFont], None], turn: int
) -> None:
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    drawn(ImageDraw.Draw(page), ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), 34))
    page = flaws.blurred(page.rotate(turn, expand=True), 0.6)
    measures, _ = measured(flaws.saved(page))
    assert measures.dpi_true == 200
    enlarged, _ = measured(flaws.saved(flaws.enlarged(page, 120)))
    # Such print may hide it; two fifths of the pixels and three fifths look alike.
    assert enlarged.dpi_true in (80, 120, 200)


def test_an_enlarged_page_tells_its_true_resolution() -> None:
    measures, _ = measured(flaws.saved(flaws.enlarged(opened(scanned(0)), 72)))
    assert measures.dpi_true == pytest.approx(72, abs=1)


@pytest.mark.parametrize(("turn", "angle"), [(180, 180), (90, 90), (270, 270)])
def test_the_turn_that_makes_a_page_upright_is_told(turn: int, angle: int) -> None:
    """Pillow turns anticlockwise: the same angle clockwise puts it right."""
    measures, _ = measured(flaws.saved(opened(scanned(0)).rotate(angle, expand=True)))
    assert measures.turn_deg == turn


def test_a_seal_and_a_signature_do_not_say_how_the_lines_lie() -> None:
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), 36)
    for line in range(4):
        draw.text((200, 160 + 50 * line), f"- Phòng Tổng hợp {line};", "#222222", font)
    draw.ellipse((780, 200, 1060, 480), outline="#c41e26", width=5)
    for step in range(4):  # strokes of a pen, all on one slope
        draw.line((900, 260 + 40 * step, 1400, 200 + 40 * step), fill="#1c3494", width=4)
    measures, _ = measured(flaws.saved(page))
    assert measures.skew_deg == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("sliver", [2, 4, 7])
def test_letters_cut_to_a_sliver_are_seen_and_a_rule_is_none(sliver: int) -> None:
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    draw = ImageDraw.Draw(page)
    for row in range(8):
        draw.rectangle((0, 300 + 90 * row, sliver, 318 + 90 * row), fill="#222222")
        draw.line((1500, 320 + 90 * row, 1654, 320 + 90 * row), fill="#222222", width=3)
    draw.rectangle((400, 400, 900, 900), outline="#222222", width=6)
    measures, _ = measured(flaws.saved(page))
    assert measures.cut_letters == 8


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("text", "half_turn"),
    [
        ("Kính gửi: Ủy ban nhân dân xã", 360),
        ("{}      Giấy in A4      Ram      {}      68.000", 180),
    ],
)
def test_a_page_of_lines_that_are_alike_lies_as_it_lies(
    text: str, half_turn: int, turn: int
) -> None:
    """Their letters stand in columns, as sharp as the lines. Figures do not say what is up."""
    page = Image.new("RGB", (1654, 2339), (245, 240, 226))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), 38)
    for line in range(40):
        draw.text((200, 160 + 50 * line), text.format(line + 1, 2 * line), "#222222", font)
    measures, _ = measured(flaws.saved(page.rotate(turn, expand=True)))
    assert measures.turn_deg == turn % half_turn


def test_a_drawing_needs_300_dpi() -> None:
    codes = {finding.code for finding in found(scanned(0), "drawing")}
    assert codes == {"page-too-coarse"}


def test_every_limit_says_where_it_comes_from_and_every_measure_has_a_name() -> None:
    for standard in STANDARDS:
        limits = load_limits(standard)
        assert limits.least_dpi() >= 200
        for limit in limits.limits:
            assert limit.citation
            assert limit.certainty in ("seen", "secondary", "own")
            for lang in messages.LANGUAGES:
                assert messages.has(f"labels.page-measures.{limit.measure}", lang), limit.measure
                assert messages.has(f"labels.measure-units.{limit.unit}", lang), limit.unit


def test_an_unknown_standard_is_refused() -> None:
    with pytest.raises(UnknownStandardError):
        load_limits("vellum")


@pytest.mark.parametrize(
    ("stored_deg", "exif", "turn"),
    [
        *((90, 6, None), (270, 8, None), (180, 3, None)),  # shown as it is to be read
        *((0, 6, 270), (0, 8, 90), (0, 3, 180)),  # a telephone was wrong
        *((180, 6, 90), (90, 3, 270)),
    ],
)
def test_a_photograph_lies_as_its_viewers_turn_it(
    stored_deg: int, exif: int, turn: int | None
) -> None:
    asked = Image.Exif()
    asked[0x0112] = exif
    into = io.BytesIO()
    page = opened(scanned(1)).rotate(stored_deg, expand=True)
    page.save(into, "JPEG", dpi=(200, 200), exif=asked, quality=90)
    told = [(finding.code, finding.facts["turn"]) for finding in found(into.getvalue())]
    code = "page-upside-down" if turn == 180 else "page-sideways"
    assert told == ([] if turn is None else [(code, turn)])


def test_a_scale_is_told_in_percent_by_whatever_rule_it_was_found() -> None:
    page = opened(scanned(1))
    (half,) = found(flaws.saved(page.resize((827, 1169))))
    facts = {name: half.facts[name] for name in ("value", "paper", "dpi")}
    assert facts == {"value": 50.0, "paper": "A4", "dpi": 100}
