"""Photographs, film and sound against the circular's limits: formats, bit rate, resolution."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument, DeclaredFile
from archive_service.formats.accepted import AcceptedFormat, accepted_formats
from archive_service.formats.child import ParserFailure
from archive_service.formats.page_image import PageImageFacts
from archive_service.formats.recording import RecordingFacts, play_time
from archive_service.law import Row
from ingest.checks.port import CheckContext, ReceivedFile

CHECK = "recordings"
LIMITS = law.CONFIG / "standards" / "media.toml"
COLOUR = "01"  # list colour of TT 05/2025: màu
NEGATIVE = "01"  # list typePic: phim âm bản
_PLAY_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
_RECORDED = ("film", "sound")


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """One row of the limits with its citation."""

    row: Row
    source: str

    def number(self, name: str) -> float:
        """A number of the row."""
        return float(cast(float, self.row[name]))

    @property
    def digitized_only(self) -> bool:
        """Whether it says nothing of what was born digital."""
        return bool(self.row.get("digitized_only"))


@lru_cache(maxsize=1)
def media_limits() -> Mapping[tuple[str, str], MediaLimit]:
    """The limits by kind and key.

    Raises:
        RuleSetError: the file cites nothing or is malformed.
    """
    rules = law.load_rule_set(LIMITS)
    return {
        (str(row["kind"]), str(row["key"])): MediaLimit(row, rules.citation(row))
        for row in rules.rows
    }


def check(context: CheckContext) -> Iterator[Finding]:
    """What is below a limit, cannot be read, or lasts longer or shorter than was declared."""
    for document, declared, received in context.declared_files():
        if not received.size_bytes or received.facts.format is None:
            continue  # the check of formats tells it
        accepted = accepted_formats().find(received.facts.format)
        if document.kind == "media":
            yield from _of_recording(document, received, accepted)
        elif document.kind == "picture":
            negative = document.fields.get("typePic") == NEGATIVE  # never born digital
            digitized = negative or context.paper(document)
            yield from _of_picture(document, declared, received, accepted, digitized=digitized)
        elif isinstance(facts := received.facts.recording, RecordingFacts) and facts.cut_off:
            yield _finding("recording-cut-off", Severity.ERROR, received)  # beside a letter, say
    for document in context.declared.documents:
        if document.kind == "media":
            yield from _of_duration(context, document)


def seconds_of(text: str) -> int | None:
    """A declared play time, ``h:mm:ss`` or ``mm:ss``, in seconds; ``None``: it is no such time."""
    match = _PLAY_TIME.fullmatch(text.strip())
    if match is None or int(match[3]) > 59 or (match[1] is not None and int(match[2]) > 59):
        return None
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])


def _of_recording(
    document: DeclaredDocument, file: ReceivedFile, accepted: AcceptedFormat | None
) -> Iterator[Finding]:
    facts = file.facts.recording
    if isinstance(facts, ParserFailure):
        detail = facts.detail[:300]  # of the reader's own words, for who looks into it
        yield _finding("recording-unreadable", Severity.WARNING, file, detail=detail)
        return
    if facts is None:
        if accepted is not None and accepted.role in _RECORDED:
            yield _finding("recording-not-measured", Severity.INFO, file, format=accepted.name)
        return
    if facts.cut_off:
        yield _finding("recording-cut-off", Severity.ERROR, file)
    kind = _kind(document, facts)
    yield from _of_format(kind, file, accepted)
    limit = media_limits()[kind, "bit-rate"]
    rate = facts.bit_rate_kbps
    if rate is not None and not facts.cut_off and rate < limit.number("at_least"):
        yield _below("recording-bit-rate-low", file, rate, limit)


def _kind(document: DeclaredDocument, facts: RecordingFacts) -> str:
    """What its bytes are; where a header told nothing before it ended, what its row says."""
    if facts.codecs:
        return "film" if facts.film else "sound"
    return "sound" if document.fields.get("typeMedia") == "01" else "film"


def _of_picture(
    document: DeclaredDocument,
    declared: DeclaredFile,
    file: ReceivedFile,
    accepted: AcceptedFormat | None,
    *,
    digitized: bool,
) -> Iterator[Finding]:
    if declared.standing == "main":
        yield from _of_format("picture", file, accepted)
    image = file.facts.image
    if not isinstance(image, PageImageFacts) or declared.page_image:
        return  # what cannot be read is told by the formats; pages in a folder by their own check
    limits = media_limits()
    least, depth = limits["picture", "dpi"], limits["picture", "depth"]
    if digitized or not least.digitized_only:
        if image.dpi is None:
            facts = {"limit": least.row["at_least"], "source": least.source}
            yield _finding("photograph-without-dpi", Severity.WARNING, file, **facts)
        elif round(image.dpi) < least.number("at_least"):  # headers hold it per centimetre too
            yield _below("photograph-coarse", file, image.dpi, least)
    coloured = document.fields.get("colour") == COLOUR
    if coloured and (digitized or not depth.digitized_only):
        bits = image.depth_bits if image.colour and image.mode != "P" else min(image.depth_bits, 8)
        if bits < depth.number("at_least"):
            yield _below("photograph-not-colour", file, bits, depth)


def _of_format(kind: str, file: ReceivedFile, accepted: AcceptedFormat | None) -> Iterator[Finding]:
    """A format that custody takes, and that the circular does not name for this kind."""
    limit = media_limits()[kind, "formats"]
    named = cast("list[str]", limit.row["accepted"])
    if accepted is None or accepted.key in named:
        return  # what custody does not take at all is told by the check of formats
    names = [row.name for row in accepted_formats().rows if row.key in named]
    facts = {"found": accepted.name, "named": names, "source": limit.source}
    yield _finding("media-format-not-named", Severity.WARNING, file, **facts)


def _of_duration(context: CheckContext, document: DeclaredDocument) -> Iterator[Finding]:
    """All its recordings together against its ``playTime``."""
    declared = document.fields.get("playTime", "")
    if not declared:
        return
    place = row_place(document.kind, document.row, "playTime")
    wanted_s = seconds_of(declared)
    if wanted_s is None:
        yield Finding(CHECK, "play-time-malformed", Severity.WARNING, place, {"value": declared})
        return
    seen = [
        context.files[file.path].facts.recording
        for file in document.files
        if file.path in context.files
    ]
    known = [one for one in seen if isinstance(one, RecordingFacts)]
    lasts = [
        recording.duration_s
        for recording in known
        if recording.duration_s and not recording.cut_off
    ]
    if not lasts or len(lasts) < len([one for one in seen if one is not None]):
        return  # one of them does not tell how long it is
    limit = media_limits()[_kind(document, known[0]), "duration"]
    found_s = sum(lasts)
    allowed_s = max(limit.number("tolerance_s"), wanted_s * limit.number("tolerance_percent") / 100)
    # Several files may be the same recording in several forms: each by itself may fit as well.
    if all(abs(last - wanted_s) > allowed_s for last in (found_s, *lasts)):
        facts = {"declared": play_time(wanted_s), "found": play_time(found_s)}
        yield Finding(CHECK, "recording-duration-differs", Severity.WARNING, place, facts)


def _below(code: str, file: ReceivedFile, value: float, limit: MediaLimit) -> Finding:
    facts = {
        "value": round(value),
        "limit": limit.row["at_least"],
        "unit": str(limit.row["unit"]),
        "source": limit.source,
    }
    return _finding(code, Severity.WARNING, file, **facts)


def _finding(code: str, severity: Severity, file: ReceivedFile, **facts: object) -> Finding:
    return Finding(CHECK, code, severity, file.path, facts)
