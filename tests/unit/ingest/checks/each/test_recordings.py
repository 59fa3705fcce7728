"""Photographs, film and sound: each limit from both sides, with its value and its citation."""

from pathlib import Path
from typing import Any

import pytest

from archive_service import messages
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.child import FailureReason, ParserFailure
from archive_service.formats.identify import Identification
from archive_service.formats.page_image import PageImageFacts
from archive_service.formats.recording import RecordingFacts, play_time
from archive_service.settings import load_settings
from ingest.checks.each.recordings import check, seconds_of
from ingest.checks.examine import FileFacts
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.register import Register

PUIDS = {"mp4": "fmt/199", "mp3": "fmt/134", "wav": "fmt/141", "jpg": "fmt/43", "gif": "fmt/4"}
PUIDS |= {"mpg": "x-fmt/386", "m4a": "fmt/199", "avi": "fmt/5"}
FAILED = ParserFailure(FailureReason.CRASHED, "SIGSEGV")


def format_of(name: str) -> Identification:
    extension = name.rpartition(".")[2]
    return Identification(PUIDS[extension], "", "", "", extension, True, True, "", "")


def recording(kbps: float | None = 2_000, seconds: float | None = 60, **more: Any) -> FileFacts:
    facts: dict[str, Any] = {"container": "MP4", "film": True, "codecs": ("avc1",)}
    told = facts | {"duration_s": seconds, "bit_rate_kbps": kbps} | more
    return FileFacts(recording=RecordingFacts(**told))


def photograph(dpi: float | None = 300, bits: int = 24, **more: Any) -> FileFacts:
    mode = "RGB" if bits == 24 else "L"
    facts: dict[str, Any] = {"dpi": dpi, "mode": mode, "depth_bits": bits, "colour": bits == 24}
    told = facts | {"media_type": "image/jpeg", "frames": 1, "turned_deg": 0} | more
    return FileFacts(image=PageImageFacts(width_px=9, height_px=9, **told))


def findings(
    tmp_path: Path, kind: str, files: dict[str, FileFacts], **fields: str
) -> list[Finding]:
    limits = load_settings(tmp_path).limits
    received = {
        name: ReceivedFile(
            name, "0" * 64, 10, FileFacts(format_of(name), image=f.image, recording=f.recording)
        )
        for name, f in files.items()
    }
    row = DeclaredDocument(
        row=2, kind=kind, fields=fields, files=[DeclaredFile(path=path) for path in received]
    )
    register = Register({}, None, held_code=False, open_code=None, held_bytes={})
    declared = DeclaredCaseFile(row=2, fields={}, documents=[row])
    found = list(check(CheckContext(declared, received, register, limits)))
    for finding in found:
        for lang in ("vi", "en"):
            said = messages.finding(
                finding.code, lang, dict(finding.facts) | {"place": finding.place}
            )
            assert "{" not in said.message + said.remedy
    return found


def seen(found: list[Finding]) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in found]


@pytest.mark.parametrize(("kbps", "low"), [(1_499, True), (1_500, False), (1_501, False)])
def test_a_film_has_1500_kbps(tmp_path: Path, kbps: float, *, low: bool) -> None:
    found = findings(tmp_path, "media", {"a.mp4": recording(kbps)})
    assert seen(found) == [("recording-bit-rate-low", Severity.WARNING)] * low
    for finding in found:
        assert (finding.facts["value"], finding.facts["limit"]) == (kbps, 1_500)
        assert "TT 05/2025/TT-BNV" in str(finding.facts["source"])


@pytest.mark.parametrize(("kbps", "low"), [(127, True), (128, False)])
def test_sound_has_128_kbps(tmp_path: Path, kbps: float, *, low: bool) -> None:
    found = findings(tmp_path, "media", {"a.mp3": recording(kbps, film=False)})
    assert seen(found) == [("recording-bit-rate-low", Severity.WARNING)] * low


@pytest.mark.parametrize(
    ("dpi", "codes"),
    [(199, ["photograph-coarse"]), (199.9, []), (200, []), (None, ["photograph-without-dpi"])],
)
def test_a_scanned_photograph_has_200_dpi(
    tmp_path: Path, dpi: float | None, codes: list[str]
) -> None:
    found = findings(tmp_path, "picture", {"a.jpg": photograph(dpi)}, confidenceLevel="02")
    assert seen(found) == [(code, Severity.WARNING) for code in codes]


def test_the_resolution_of_a_photograph_that_was_never_paper_says_nothing(tmp_path: Path) -> None:
    for dpi in (72, None):
        assert findings(tmp_path, "picture", {"a.jpg": photograph(dpi)}, typePic="02") == []
    found = findings(tmp_path, "picture", {"a.jpg": photograph(72)}, typePic="01")
    assert seen(found) == [("photograph-coarse", Severity.WARNING)], "a negative was scanned"


@pytest.mark.parametrize(
    ("colour", "bits", "codes"),
    [("01", 24, []), ("01", 8, ["photograph-not-colour"]), ("02", 8, []), ("", 8, [])],
)
def test_a_colour_photograph_has_24_bits(
    tmp_path: Path, colour: str, bits: int, codes: list[str]
) -> None:
    files = {"a.jpg": photograph(bits=bits)}
    found = findings(tmp_path, "picture", files, confidenceLevel="02", colour=colour)
    assert [finding.code for finding in found] == codes


@pytest.mark.parametrize(
    ("kind", "name", "facts", "told"),
    [
        ("media", "a.mp4", recording(), False),
        ("media", "a.avi", recording(), False),
        ("media", "a.wav", recording(film=False), False),
        ("media", "a.m4a", recording(film=False), True),
        ("picture", "a.jpg", photograph(), False),
        ("picture", "a.gif", photograph(), True),
    ],
)
def test_a_format_that_the_circular_does_not_name_for_the_kind_is_told(
    tmp_path: Path, kind: str, name: str, facts: FileFacts, *, told: bool
) -> None:
    found = findings(tmp_path, kind, {name: facts})
    assert seen(found) == [("media-format-not-named", Severity.WARNING)] * told


@pytest.mark.parametrize(
    ("facts", "code", "severity"),
    [
        (FileFacts(recording=FAILED), "recording-unreadable", Severity.WARNING),
        (FileFacts(), "recording-not-measured", Severity.INFO),
        (recording(9, cut_off=True), "recording-cut-off", Severity.ERROR),
    ],
)
def test_a_recording_that_cannot_be_read_is_told(
    tmp_path: Path, facts: FileFacts, code: str, severity: Severity
) -> None:
    found = findings(tmp_path, "media", {"a.mp4": facts})
    assert seen(found) == [(code, severity)]
    said = messages.finding(code, "vi", found[0].facts | {"place": found[0].place})
    assert FAILED.detail not in said.message, "the reader's own words are for nobody"


@pytest.mark.parametrize(
    ("declared", "seconds", "codes"),
    [
        ("00:01:00", 62, []),
        ("00:01:00", 57, ["recording-duration-differs"]),
        ("01:00:00", 3_636, []),
        ("01:00:00", 3_637, ["recording-duration-differs"]),
        ("01:00", 60, []),
        ("một giờ", 60, ["play-time-malformed"]),
        ("00:61:00", 60, ["play-time-malformed"]),
        ("", 60, []),
        ("00:01:00", None, []),
    ],
)
def test_the_declared_duration_is_compared(
    tmp_path: Path, declared: str, seconds: float | None, codes: list[str]
) -> None:
    files = {"a.mp4": recording(seconds=seconds)}
    found = findings(tmp_path, "media", files, playTime=declared)
    assert seen(found) == [(code, Severity.WARNING) for code in codes]


def test_the_parts_of_a_recording_last_together_as_long_as_declared(tmp_path: Path) -> None:
    parts = {name: recording(seconds=60) for name in ("a.mp4", "b.mp4")}
    assert findings(tmp_path, "media", parts, playTime="00:02:00") == []
    (found,) = findings(tmp_path, "media", parts, playTime="00:03:00")
    assert (found.facts["declared"], found.facts["found"]) == ("00:03:00", "00:02:00")
    assert found.place.endswith("dòng 2, playTime")


def test_a_recording_attached_to_a_letter_is_not_judged(tmp_path: Path) -> None:
    assert findings(tmp_path, "document", {"a.mp4": recording(9)}) == []


def test_a_recording_that_is_cut_off_is_told_wherever_it_lies(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, "document", {"a.mp4": recording(9, cut_off=True)})
    assert (found.code, found.severity) == ("recording-cut-off", Severity.ERROR)


def test_play_times_are_read_as_they_are_written() -> None:
    assert (seconds_of("01:02:03"), seconds_of("2:03"), seconds_of("1:2:3")) == (3_723, 123, None)
    assert play_time(3_723.4) == "01:02:03"
