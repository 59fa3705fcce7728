"""Chooses how a page is read: as clean print, on even tones, turned, or as it was scanned.

The rule, in the order of its questions:

1. Ink so pale that cleaning would take it for dust is read on even tones; any other page is
   cleaned and read. Where letters are those of a book face, read well, on even paper, that is the
   reading: nothing of what follows costs an ordinary page anything.
2. Of a page on which no upright words stand, the other directions are tried.
3. In another face, or a worn one, no mend runs, and even tones are read instead of the cleaned
   page, unless the cleaned reading is worth far more, or more and its letters fit far better.
4. A book face that reads badly, or on uneven paper, is read on even tones too, and the better
   reading kept; where the other side shines through, as it was scanned.
5. Where signs of print were left unread, their rows are read alone, without coloured strokes, in
   another face after its darkest ink; print in red, which cleaning takes for a stamp, likewise,
   and a page of it in all of its ink.
   Large pale letters under the print, such as a watermark, go first where it reads better so.
6. Rows whose ink is far paler than the rest of a page that reads well are read alone, in full ink.
7. A page of which nothing was read, or much was not, is read in its darkest ink alone.
8. Where that leaves next to nothing, or pale ink reads badly, dots are joined to strokes, and
   specks fade: needle printers leave dots apart.

All readings share the time of the page: none is begun that would go beyond it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digitize.ocr.clean import CleanedPage, Image, clean, has_ink, only_levelled
from digitize.ocr.formulas import formulas_kept
from digitize.ocr.hard_pages.darkest_ink import in_darkest_ink
from digitize.ocr.hard_pages.evened import evened, joined, without_shade
from digitize.ocr.hard_pages.face import face_fit, has_book_face, has_drawn_face
from digitize.ocr.hard_pages.faded_ink import has_faded_ink, in_full_ink, is_behind
from digitize.ocr.hard_pages.hidden_rows import (
    read_hidden,
    unread_share,
    usual_height,
    with_sure_words,
    without_colour,
)
from digitize.ocr.hard_pages.inked_gaps import inked_share
from digitize.ocr.hard_pages.leaders import without_leaders
from digitize.ocr.hard_pages.letter_boxes import (
    boxed_lines,
    in_order_with_boxes,
    signs_alone,
    without_boxes,
)
from digitize.ocr.hard_pages.red_print import with_red_print
from digitize.ocr.hard_pages.tone import tone_of
from digitize.ocr.hard_pages.trust import (
    are_lost_in_ink,
    as_trusted,
    mean_confidence,
    without_guesses,
)
from digitize.ocr.hard_pages.watermark import without_watermark
from digitize.ocr.noise import without_noise
from digitize.ocr.numerals import counted
from digitize.ocr.page_time import time_of_page
from digitize.ocr.pixels import PagePixels
from digitize.ocr.run_together import parted
from digitize.ocr.second_look import read_again
from digitize.ocr.shining_through import is_well_read, is_worth_more, worth_of
from digitize.ocr.stamps.found import has_red
from digitize.ocr.stops import stops_seen, stops_within
from digitize.ocr.tables import find_tables
from digitize.ocr.tesseract import open_engine, recognize
from digitize.ocr.tones import told_apart
from digitize.ocr.upright import has_many_signs, is_sideways, stands_upright, worth
from digitize.ocr.words import Line

READ_WELL = 90.0  # mean confidence; ordinary pages have 94 and more
FAR_BETTER = 1.12  # of a worn face the cleaned reading is kept if it is worth so much more
FITS_BETTER = 0.1  # of the fit by which the cleaned page is the one to keep
HIDDEN = 0.015  # share of what looks like letters; from here on rows are looked for
MUCH_UNREAD = 0.06  # the same, from where on the page is read in its darkest ink alone
BADLY = 82.0  # mean confidence of pale ink that is read once more; needle print has 72 to 79
STROKES = 75.0  # that of dots which are strokes once joined; worn print is none and has 60
HARDLY_READ = 0.3  # share of what looks like letters, from where on it may be dots and specks
LEAST_LETTERS = 40  # with fewer only words that are read say how a page stands


@dataclass(frozen=True, slots=True)
class PageWay:
    """One way to read a page: the pixels as they stand, the image that was read, its lines."""

    pixels: PagePixels
    page: CleanedPage
    lines: tuple[Line, ...]
    fit: float | None = None  # of the face; see ``face_fit``
    guessed: int = 0  # words that were left out
    unread: float = 0.0  # see ``PageReading.unread``


def read_page(
    pixels: PagePixels, cleaned: CleanedPage, model: Path, *, shines: bool = False
) -> PageWay:
    """The reading that is kept of a whole page, its guesses left out where it is a hard one."""
    tone = tone_of(pixels.image, dpi=pixels.dpi)
    first = _way(pixels, _evened(pixels) if tone.pale else cleaned, model)
    if usual_height(first.lines) is None and has_red(pixels.image):
        first = _in_all_ink(first, model)
    if not first.lines:
        first = _in_darkest_ink(first, model)
    if usual_height(first.lines) is None:
        first = _with_dots_joined(first, model)
    doubtful = tone.uneven or (shines and not is_well_read(first.lines))
    if is_ordinary(first) and not doubtful and not time_of_page().cut:
        return _believed(_with_faded(first, model, shines=shines))
    if not time_of_page().allows_again():
        return _believed(replace(first, unread=unread_share(first.page.image, first.lines)))
    if not is_ordinary(first):
        first = _upright(first, model, pale=tone.pale)
    if tone.pale and mean_confidence(first.lines) < BADLY:
        first = _with_dots_joined(first, model)
    if tone.pale or (is_ordinary(first) and not doubtful):
        # Or it stood on its side or upside down.
        return _believed(_with_faded(first, model, shines=shines))
    better = _better(first, model, shines=shines, uneven=tone.uneven)
    better = _with_faded(better, model, shines=shines)
    if better.unread > MUCH_UNREAD:
        better = _in_darkest_ink(better, model)
    if better.unread > HIDDEN and not has_book_face(better.fit):
        better = _with_hidden(better, model, shines=shines, in_any_face=True)
    if better.unread > HARDLY_READ:
        better = _with_dots_joined(better, model)
    return _believed(better)


def is_ordinary(way: PageWay) -> bool:
    """Whether a page is of a book face, or of none that is known, and reads well."""
    if not way.lines:
        return not has_many_signs(way.page.image, dpi=way.pixels.dpi)
    return has_book_face(way.fit) and mean_confidence(way.lines) >= READ_WELL


def read_lines(grey: Image, model: Path, dpi: float) -> tuple[tuple[Line, ...], float | None]:
    """What the engine read, less what is no word, in the order of reading; and the face's fit."""
    engine = open_engine(model)
    whole = without_leaders(grey, dpi=dpi)
    grey, boxed = without_boxes(whole, dpi=dpi)
    read = recognize(engine, grey, dpi=dpi)
    fit = face_fit(read, grey)
    tables = find_tables(grey, dpi=dpi)
    if has_book_face(fit):
        looked_at = _looked_at(read, grey, drawn=has_drawn_face(fit))
        again = read_again(engine, grey, looked_at, tables, dpi=dpi)
        read = parted(stops_within(again, grey), grey)
    else:
        read = parted(read, grey, numbers_alone=True)
    read = without_noise(read, grey, dpi=dpi)
    in_boxes = boxed_lines(engine, whole, boxed, dpi=dpi)
    return in_order_with_boxes((*read, *in_boxes), tables, boxed), fit


def _looked_at(lines: tuple[Line, ...], grey: Image, *, drawn: bool) -> tuple[Line, ...]:
    """The lines with the scan's own say where the engine's network sees too little.

    Args:
        drawn: whether the page is in the face that words are drawn in.
    """
    if drawn:
        lines = told_apart(lines, grey)
    for look in (counted, stops_seen, formulas_kept):
        lines = look(lines, grey)
    return lines


def _way(pixels: PagePixels, page: CleanedPage, model: Path) -> PageWay:
    lines, fit = read_lines(page.image, model, pixels.dpi)
    return PageWay(pixels, page, lines, fit)


def _evened(pixels: PagePixels) -> CleanedPage:
    return evened(pixels.image, dpi=pixels.dpi)


def _better(first: PageWay, model: Path, *, shines: bool, uneven: bool) -> PageWay:
    """The reading of the cleaned page, or another one that is worth more."""
    pixels = first.pixels
    as_scanned = shines and not uneven and has_book_face(first.fit)
    other = _way(pixels, only_levelled(pixels.image) if as_scanned else _evened(pixels), model)
    if not has_book_face(first.fit):
        least = 1.0 if _fits_far_better(first, other) else FAR_BETTER
        return first if worth_of(first.lines) > least * worth_of(other.lines) else other
    if uneven:  # a stain may hide whole lines from either: the most words that are sure count
        ways = first, other, _way(pixels, only_levelled(pixels.image), model)
        return max(ways, key=lambda way: worth_of(way.lines))
    return other if is_worth_more(other.lines, first.lines) else first


def _fits_far_better(one: PageWay, other: PageWay) -> bool:
    """Whether it is print all the same, which even tones spoilt: folded or curled paper."""
    return (one.fit or 0.0) > (other.fit or 1.0) + FITS_BETTER


def _in_darkest_ink(way: PageWay, model: Path) -> PageWay:
    """The reading, or that of the page without what is lighter than its ink, if it is worth more.

    No page without ink is read twice, nor one whose time is over.
    """
    if not time_of_page().allows_again() or not has_ink(way.page.image):
        return way
    page = in_darkest_ink(way.page)
    lines, fit = read_lines(page.image, model, way.pixels.dpi)
    if worth_of(lines) <= FAR_BETTER * worth_of(way.lines):
        return way
    return PageWay(way.pixels, page, lines, fit, unread=unread_share(page.image, lines))


def _with_dots_joined(way: PageWay, model: Path) -> PageWay:
    """The reading, or that of the page with its dots joined, if words are read in it."""
    if not time_of_page().allows_again():
        return way
    other = _way(way.pixels, joined(way.pixels.image, dpi=way.pixels.dpi), model)
    if mean_confidence(other.lines) < STROKES:
        return way
    if not is_worth_more(other.lines, way.lines):
        return way
    return replace(other, unread=unread_share(other.page.image, other.lines))


def _upright(first: PageWay, model: Path, *, pale: bool) -> PageWay:
    """The page as it stands, or turned if it reads better so; one of few letters if surely so."""
    letters = sum(len(word.text) for line in first.lines for word in line.words)
    if stands_upright(first.lines):
        return first
    best = max((first, *_turned(first, model, pale=pale)), key=lambda one: worth(one.lines))
    if letters < LEAST_LETTERS and not has_many_signs(first.page.image, dpi=first.pixels.dpi):
        return best if stands_upright(best.lines) else first
    return best


def _turned(first: PageWay, model: Path, *, pale: bool) -> Iterator[PageWay]:
    """Until one is read; columns of figures look like lines that run down the page."""
    for turn in (90, 270, 180) if is_sideways(first.page.image) else (180,):
        if not time_of_page().allows_again():
            return
        pixels = first.pixels.turned(turn)
        page = _evened(pixels) if pale else clean(pixels.image, dpi=pixels.dpi)
        way = _way(pixels, page, model)
        yield way
        if is_ordinary(way) and stands_upright(way.lines):
            return


def _in_all_ink(way: PageWay, model: Path) -> PageWay:
    """The reading, or that of the page with its red ink, if words are read in it: it is print."""
    other = _way(way.pixels, only_levelled(way.pixels.image), model)
    return other if usual_height(other.lines) is not None else way


def _above_watermark(way: PageWay, model: Path) -> PageWay:
    """The reading, or that of the page without large pale letters, if it is worth more."""
    page = without_watermark(way.page, dpi=way.pixels.dpi)
    if page is None or not time_of_page().allows_again():
        return way
    other = _way(way.pixels, page, model)
    if not is_worth_more(other.lines, way.lines):
        return way
    lines = with_sure_words(other.lines, way.lines)  # of a pale heading that went, too
    return replace(other, lines=_in_order(lines, way))


def _with_faded(way: PageWay, model: Path, *, shines: bool) -> PageWay:
    """The reading with rows of far paler ink, with all else that hides, and what is unread.

    Where the other side shines through, what is paler among the words too is its ink, and no row
    of this page.
    """
    way = _with_hidden(_above_watermark(way, model), model, shines=shines)
    dpi = way.pixels.dpi
    reads_well = mean_confidence(way.lines) >= READ_WELL  # in a face without serifs as well
    if not reads_well or not has_faded_ink(way.page.image, dpi=dpi):
        return way
    if shines and is_behind(way.page.image, way.lines, dpi=dpi):
        return way
    flat = replace(way.page, image=without_shade(way.page.image, dpi=dpi))  # shade is no ink
    if not has_faded_ink(flat.image, dpi=dpi):
        return way
    full = in_full_ink(flat, dpi=dpi).image
    bare, boxed = without_boxes(full, dpi=dpi)
    signs = signs_alone(full, bare, boxed, dpi=dpi)
    if unread_share(signs, way.lines) <= HIDDEN or not time_of_page().allows_again():
        return way
    found = read_hidden(open_engine(model), bare, way.lines, dpi=dpi)
    tables = find_tables(way.page.image, dpi=dpi)
    lines = in_order_with_boxes(without_noise(found, signs, dpi=dpi), tables, boxed)
    return replace(way, lines=lines, unread=max(way.unread, unread_share(signs, lines)))


def _with_hidden(way: PageWay, model: Path, *, shines: bool, in_any_face: bool = False) -> PageWay:
    """The reading with rows that a stamp, a pen or a stain hid, and with what is unread still.

    In another face than that of print they are read if asked: its darkest ink may read better.
    """
    way = _with_red(way, model)
    pixels, image = way.pixels, (in_darkest_ink(way.page) if shines else way.page).image
    bare, boxed = without_boxes(image, dpi=pixels.dpi)
    signs = signs_alone(image, bare, boxed, dpi=pixels.dpi)
    unread = max(unread_share(signs, way.lines), inked_share(image, way.lines))
    if unread <= HIDDEN or not (in_any_face or has_book_face(way.fit)):
        return replace(way, unread=unread)
    bare = without_colour(bare, pixels.image, way.lines, way.page.to_page, dpi=pixels.dpi)
    signs = signs_alone(image, bare, boxed, dpi=pixels.dpi)  # forms are filled in with a pen
    found = read_hidden(open_engine(model), bare, way.lines, dpi=pixels.dpi)
    tables = find_tables(image, dpi=pixels.dpi)
    lines = in_order_with_boxes(without_noise(found, signs, dpi=pixels.dpi), tables, boxed)
    unread = max(unread_share(signs, lines), inked_share(image, lines))
    return replace(way, lines=lines, unread=unread)


def _with_red(way: PageWay, model: Path) -> PageWay:
    """The reading with print in red, which was whitened with the stamps."""
    engine, image = open_engine(model), way.pixels.image
    lines = with_red_print(engine, way.page, image, way.lines, dpi=way.pixels.dpi)
    if lines == way.lines:
        return way
    return replace(way, lines=_in_order(lines, way))


def _in_order(lines: Sequence[Line], way: PageWay) -> tuple[Line, ...]:
    """By the tables and boxes of its cleaned page."""
    tables = find_tables(way.page.image, dpi=way.pixels.dpi)
    _, boxed = without_boxes(way.page.image, dpi=way.pixels.dpi)
    return in_order_with_boxes(lines, tables, boxed)


def _believed(way: PageWay) -> PageWay:
    """The reading without its guesses, as sure as such pages are."""
    kept = without_guesses(way.lines)
    if are_lost_in_ink(kept, way.page.image):
        kept = ()
    guessed = sum(len(line.words) for line in way.lines) - sum(len(line.words) for line in kept)
    return replace(way, lines=as_trusted(kept, way.fit, way.page.image), guessed=guessed)
