"""What the header of a sound or film recording says: how long, at which rate, in which codecs.

Only headers are read, however large the file is: with mutagen, and by hand where it reads none.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

HEADER_BYTES = 1 << 20  # of a header that is read whole
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # of a RIFF file that was written as a stream
_MP4_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")  # the first object of such a file
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")  # the kind of a stream: video
_SOUND, _FILM = b"soun", b"vide"


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """One recording; ``None`` where its header does not say."""

    container: str  # MP4, AVI, ASF, WAVE, MP3, FLAC, Ogg
    film: bool  # it has moving pictures
    duration_s: float | None
    bit_rate_kbps: float | None  # of a film, sound and pictures together
    codecs: tuple[str, ...] = ()
    channels: int | None = None
    sample_rate_hz: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    cut_off: bool = False  # its header tells of more bytes than there are

    def as_row(self) -> dict[str, Any]:
        """As it is kept in a row: plain JSON."""
        return asdict(self) | {"codecs": list(self.codecs)}


class RecordingNotReadError(ValueError):
    """The bytes are not those of a recording that can be read; the child tells it as its own."""


def play_time(seconds: float) -> str:
    """Seconds as play times are written."""
    whole = round(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def is_recording(media_type: str) -> bool:
    """Whether PRONOM calls it sound or film."""
    return media_type.startswith(("audio/", "video/")) or media_type == "application/mp4"


def read_recording_here(path: Path, media_type: str) -> RecordingFacts | None:
    """The facts, read in this very process; ``None`` for a form that has no reader here.

    Raises:
        RecordingNotReadError: no header of such a recording.
        MutagenError: as mutagen raises it.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        read = _reader(head, media_type)
        return None if read is None else read(file, size_bytes)


def _reader(head: bytes, media_type: str) -> Callable[[IO[bytes], int], RecordingFacts] | None:
    """By the first bytes; MP3 alone may begin with anything."""
    if head[4:8] in _MP4_ATOMS:
        return _mp4
    if head[:4] in (b"RIFF", b"RF64"):
        return {b"WAVE": _wave, b"AVI ": _avi}.get(head[8:12])
    if head == _ASF:
        return _asf
    named = {b"fLaC": _flac, b"OggS": _ogg}.get(head[:4])
    return named or (_mp3 if media_type == "audio/mpeg" else None)


def _mp4(file: IO[bytes], size_bytes: int) -> RecordingFacts:
    from mutagen.mp4._atom import Atoms

    atoms = Atoms(file)
    cut_off = any(atom.offset + atom.length > size_bytes for atom in atoms.atoms)
    if b"moov" not in atoms:
        if cut_off:  # what comes last was lost, and it is the header
            return RecordingFacts(
                "MP4", film=False, duration_s=None, bit_rate_kbps=None, cut_off=True
            )
        raise RecordingNotReadError("no header (moov)")
    moov = atoms[b"moov"]
    duration_s = _mp4_duration(_payload(moov[[b"mvhd"]], file))
    media_bytes = sum(atom.datalength for atom in atoms.atoms if atom.name == b"mdat")
    film, codecs = False, []
    width = height = channels = rate = None
    for track in moov.findall(b"trak"):
        kind = _payload(track[[b"mdia", b"hdlr"]], file)[8:12]
        if kind not in (_SOUND, _FILM):
            continue
        entry = _payload(track[[b"mdia", b"minf", b"stbl", b"stsd"]], file)[8:]
        codecs.append(entry[4:8].decode("ascii", "replace").strip())
        if kind == _FILM:
            film = True
            width, height = struct.unpack(">HH", entry[32:36])
        else:
            channels, rate = struct.unpack(">H6xH", entry[24:34])
    if not codecs:
        raise RecordingNotReadError("no track of sound or pictures")
    return RecordingFacts(
        "MP4",
        film,
        duration_s,
        _kbps(media_bytes, duration_s),
        tuple(codecs),
        channels or None,
        rate or None,
        width or None,
        height or None,
        cut_off,
    )


def _mp4_duration(header: bytes) -> float | None:
    """Seconds by ``mvhd``; a film in fragments tells 0."""
    form, at = (">IQ", 20) if header[0] == 1 else (">II", 12)
    scale, units = struct.unpack_from(form, header, at)
    return units / scale if scale and units else None


def _payload(atom: Any, file: IO[bytes]) -> bytes:
    """The bytes of one small atom; a large one is no header."""
    if atom.datalength > HEADER_BYTES:
        raise RecordingNotReadError(f"{atom.name!r} of {atom.datalength} bytes")
    whole, data = atom.read(file)
    if not whole:
        raise RecordingNotReadError(f"{atom.name!r} is cut off")
    return bytes(data)


def _wave(file: IO[bytes], size_bytes: int) -> RecordingFacts:
    from mutagen.wave import WAVE

    cut_off = _riff_cut_off(file, size_bytes)
    info = _info(WAVE, file)
    codec = "PCM" if info.audio_format in (1, 0xFFFE) else f"0x{info.audio_format:04x}"
    return _sound("WAVE", info, (codec,), cut_off=cut_off)


def _avi(file: IO[bytes], size_bytes: int) -> RecordingFacts:
    cut_off = _riff_cut_off(file, size_bytes)
    head = file.read(HEADER_BYTES)
    main = head.find(b"avih", 0, 64)
    if head[8:12] != b"AVI " or main < 0:
        raise RecordingNotReadError("no header (avih)")
    frame_us, frames, width, height = struct.unpack_from("<I12xI12xII", head, main + 8)
    codecs, film, duration_s = [], False, frame_us * frames / 1e6
    for kind, handler, scale, rate, length in _avi_streams(head):
        codecs.append(handler)
        if kind == b"vids":
            film = True
            if scale and rate:
                duration_s = length * scale / rate
    if not codecs:
        raise RecordingNotReadError("no stream")
    known_s = duration_s or None
    return RecordingFacts(
        "AVI",
        film,
        known_s,
        _kbps(size_bytes, known_s),
        tuple(codecs),
        width_px=width or None,
        height_px=height or None,
        cut_off=cut_off,
    )


def _avi_streams(head: bytes) -> Iterator[tuple[bytes, str, int, int, int]]:
    """Kind, codec, scale, rate and length of each stream of sound or pictures."""
    end = head.find(b"movi")
    at = head.find(b"strh", 0, end if end > 0 else len(head))
    while 0 <= at <= len(head) - 44:
        kind, handler, scale, rate, length = struct.unpack_from("<4s4s12xII4xI", head, at + 8)
        if kind in (b"vids", b"auds"):
            named = handler.decode("ascii", "replace").strip("\0 ")
            yield (
                kind,
                named if named.isprintable() and named else kind.decode(),
                scale,
                rate,
                length,
            )
        at = head.find(b"strh", at + 4, end if end > 0 else len(head))


def _riff_cut_off(file: IO[bytes], size_bytes: int) -> bool:
    head = file.read(12)
    file.seek(0)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64"):
        raise RecordingNotReadError("no RIFF file")
    length = int.from_bytes(head[4:8], "little")
    return length not in _UNKNOWN_SIZES and length + 8 > size_bytes


def _asf(file: IO[bytes], size_bytes: int) -> RecordingFacts:
    from mutagen.asf import ASF

    length = int.from_bytes(file.read(24)[16:24], "little")
    file.seek(0)
    film = _ASF_VIDEO in file.read(min(length, HEADER_BYTES))
    file.seek(0)
    info = _info(ASF, file)
    if not film and not info.length:
        raise RecordingNotReadError("no stream of sound or pictures")
    codecs = (info.codec_name or info.codec_type,) if info.codec_name or info.codec_type else ()
    if not film:
        return _sound("ASF", info, codecs)
    duration_s = info.length or None
    return RecordingFacts(
        "ASF",
        film,
        duration_s,
        _kbps(size_bytes, duration_s),
        codecs,
        info.channels or None,
        info.sample_rate or None,
    )


def _mp3(file: IO[bytes], size_bytes: int) -> RecordingFacts:  # noqa: ARG001 - one form for all
    from mutagen.mp3 import MP3

    info = _info(MP3, file)
    return _sound("MP3", info, (f"MPEG-{info.version:g} Layer {info.layer}",))


def _flac(file: IO[bytes], size_bytes: int) -> RecordingFacts:
    from mutagen.flac import FLAC

    info = _info(FLAC, file)
    duration_s = info.length or None
    return RecordingFacts(
        "FLAC",
        film=False,
        duration_s=duration_s,
        bit_rate_kbps=_kbps(size_bytes, duration_s),
        codecs=("FLAC",),
        channels=info.channels,
        sample_rate_hz=info.sample_rate,
    )


def _ogg(file: IO[bytes], size_bytes: int) -> RecordingFacts:
    from mutagen import File

    found = File(file)
    if found is None:
        raise RecordingNotReadError("no Ogg stream that is known")
    info, name = found.info, type(found).__name__.removeprefix("Ogg")
    duration_s = info.length or None
    return RecordingFacts(
        "Ogg",
        film=name == "Theora",
        duration_s=duration_s,
        bit_rate_kbps=_kbps(size_bytes, duration_s),
        codecs=(name,),
        channels=getattr(info, "channels", None),
        sample_rate_hz=getattr(info, "sample_rate", None),
    )


def _info(kind: Any, file: IO[bytes]) -> Any:  # Any: mutagen's classes have no common type
    return kind(file).info


def _sound(
    container: str, info: Any, codecs: tuple[str, ...], *, cut_off: bool = False
) -> RecordingFacts:
    """Sound alone, as mutagen tells it."""
    return RecordingFacts(
        container,
        film=False,
        duration_s=info.length or None,
        bit_rate_kbps=info.bitrate / 1000 if info.bitrate else None,
        codecs=codecs,
        channels=info.channels or None,
        sample_rate_hz=info.sample_rate or None,
        cut_off=cut_off,
    )


def _kbps(size_bytes: int, duration_s: float | None) -> float | None:
    return size_bytes * 8 / duration_s / 1000 if duration_s and size_bytes else None
