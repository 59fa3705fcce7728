"""How a page lies: what its words say counts for more than where its ink stands."""

from collections.abc import Sequence

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.measure.judge import CHECK, OF_LIE
from digitize.ocr.upright import stands_upright
from digitize.ocr.words import PageReading
from digitize.page_one.lines import turn_of


def by_words(
    found: Sequence[Finding], reading: PageReading, *, turned_deg: int, place: str
) -> list[Finding]:
    """The findings, those of its lie by its words where enough of them were read.

    Figures, capitals and empty forms have as much ink below their lines as above. Where nothing
    was read, the page is a frame, a hand, a drawing or another script: there the ink says nothing
    of how it lies.

    Args:
        found: by the measures.
        reading: of the page.
        turned_deg: clockwise, what the file and the desk asked for before it was read.
        place: the page.
    """
    if not reading.lines and not reading.cut:
        return [finding for finding in found if finding.code not in OF_LIE]
    if not stands_upright(reading.lines):
        return list(found)
    turn = (turn_of(reading) - turned_deg) % 360
    others = [finding for finding in found if finding.code not in OF_LIE]
    if not turn:
        return others
    code = "page-upside-down" if turn == 180 else "page-sideways"
    facts = next((finding.facts for finding in found if finding.code == code), {})
    return [*others, Finding(CHECK, code, Severity.WARNING, place, {**facts, "turn": turn})]
