"""Headers of sound and film: what is read, and what is told of those that cannot be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archive_service.formats.child import FailureReason, ParserFailure, run_limited
from archive_service.formats.recording import (
    RecordingFacts,
    RecordingNotReadError,
    read_recording_here,
)
from tests.worlds.papers.recordings import ASF, cut, make_avi, make_mp3, make_mp4, make_wav


def read(path: Path, media_type: str = "") -> RecordingFacts:
    facts = read_recording_here(path, media_type)
    assert facts is not None
    return facts


def test_a_wav_tells_its_length_its_rate_and_its_channel(tmp_path: Path) -> None:
    facts = read(make_wav(tmp_path / "a.wav", seconds=2))
    assert facts == RecordingFacts("WAVE", False, 2.0, 256.0, ("PCM",), 1, 16_000)


def test_an_mp3_tells_the_rate_of_its_frames(tmp_path: Path) -> None:
    facts = read(make_mp3(tmp_path / "a.mp3"), "audio/mpeg")
    assert (facts.container, facts.film, facts.bit_rate_kbps) == ("MP3", False, 128)
    assert facts.duration_s == pytest.approx(2.6, abs=0.1)


@pytest.mark.parametrize("header_last", [False, True])
def test_a_film_tells_both_tracks_its_size_and_the_rate_of_both(
    tmp_path: Path,
    *,
    header_last: bool,
) -> None:
    facts = read(make_mp4(tmp_path / "a.mp4", kbps=1_500, header_last=header_last))
    assert facts == RecordingFacts(
        "MP4", True, 10.0, 1_500.0, ("avc1", "mp4a"), 2, 48_000, 640, 480
    )


def test_sound_alone_in_an_mp4_is_no_film(tmp_path: Path) -> None:
    facts = read(make_mp4(tmp_path / "a.m4a", film=False, kbps=128))
    assert (facts.film, facts.codecs, facts.bit_rate_kbps) == (False, ("mp4a",), 128)


def test_an_avi_tells_its_pictures(tmp_path: Path) -> None:
    facts = read(make_avi(tmp_path / "a.avi"))
    assert (facts.container, facts.film, facts.codecs) == ("AVI", True, ("H264",))
    assert (facts.duration_s, facts.width_px, facts.height_px) == (10.0, 640, 480)
    assert facts.bit_rate_kbps == pytest.approx(1_600, rel=0.001)


@pytest.mark.parametrize("name", ["a.wav", "a.avi", "a.mp4", "b.mp4"])
def test_one_that_was_cut_off_is_told_as_such(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "b.mp4":
        whole = make_mp4(path, header_last=True)
    else:
        make: dict[str, Callable[[Path], Path]]
        make = {"a.wav": make_wav, "a.avi": make_avi, "a.mp4": make_mp4}
        whole = make[name](path)
    assert not read(whole).cut_off
    assert read(cut(whole)).cut_off


@pytest.mark.parametrize(
    "data", [b"\0\0\0\x10ftypisom\0\0\0\0", b"RIFF\x04\0\0\0AVI ", b"\0\0\0\x08moov" + bytes(8)]
)
def test_a_header_without_its_parts_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises((RecordingNotReadError, KeyError)):
        read_recording_here(path, "video/mp4")


def test_what_breaks_a_reader_breaks_the_child_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wma"
    path.write_bytes(ASF + bytes(100))
    failure = run_limited(read_recording_here, path, "audio/x-ms-wma")
    assert isinstance(failure, ParserFailure)
    assert failure.reason is FailureReason.FAILED


def test_a_form_without_a_reader_is_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.mpg"
    path.write_bytes(b"\0\0\x01\xba" + bytes(100))
    assert read_recording_here(path, "video/mpeg") is None


def test_a_film_larger_than_memory_is_read_by_its_header(tmp_path: Path) -> None:
    path = make_mp4(tmp_path / "a.mp4", seconds=1, kbps=8)
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat") - 4
    told = 3 << 30
    data[at : at + 4] = told.to_bytes(4, "big")
    with path.open("wb") as file:
        file.write(data)
        file.truncate(at + told)
    facts = run_limited(read_recording_here, path, "video/mp4", memory_mib=512)
    assert isinstance(facts, RecordingFacts)
    assert not facts.cut_off
    assert facts.bit_rate_kbps == pytest.approx((told - 8) * 8 / 1_000)
