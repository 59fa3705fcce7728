"""Small recordings: real sound by the standard library, and headers of film made by hand."""

import struct
import wave
from pathlib import Path

ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG-1 Layer III, 128 kbps, 44.1 kHz
_SLOW_FRAME = b"\xff\xfb\x80\x00" + bytes(361)  # 112 kbps


def make_wav(
    target: Path, *, seconds: float = 1, rate_hz: int = 16_000, sample_bytes: int = 2
) -> Path:
    """Silence of one channel; by default 256 kbps."""
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(sample_bytes)
        file.setframerate(rate_hz)
        file.writeframes(bytes(int(seconds * rate_hz) * sample_bytes))
    return target


def make_mp3(target: Path, *, frames: int = 100, kbps: int = 128) -> Path:
    """Silent frames of 26 ms each, of 128 or 112 kbps."""
    target.write_bytes({128: _FRAME, 112: _SLOW_FRAME}[kbps] * frames)
    return target


def make_mp4(
    target: Path,
    *,
    seconds: float = 10,
    kbps: float = 1_600,
    film: bool = True,
    header_last: bool = False,
) -> Path:
    """A film of one track of pictures and one of sound, or sound alone; its content is zeros."""
    header = bytes(12) + struct.pack(">II", 1_000, round(seconds * 1_000)) + bytes(80)
    sound = struct.pack(">8xHHHHI", 2, 16, 0, 0, 48_000 << 16)
    tracks = _track(b"soun", b"mp4a", sound)
    if film:
        tracks = _track(b"vide", b"avc1", bytes(16) + struct.pack(">HH", 640, 480)) + tracks
    moov = _atom(b"moov", _atom(b"mvhd", header) + tracks)
    mdat = _atom(b"mdat", bytes(round(kbps * seconds * 125)))
    kind = _atom(b"ftyp", b"isom\0\0\2\0isommp41")
    target.write_bytes(kind + (mdat + moov if header_last else moov + mdat))
    return target


def make_avi(target: Path, *, seconds: float = 10, kbps: float = 1_600) -> Path:
    """A film of 25 pictures a second; its content is zeros."""
    frames, size = round(seconds * 25), round(kbps * seconds * 125)
    main = struct.pack("<14I", 40_000, 0, 0, 0, frames, 0, 1, 0, 640, 480, 0, 0, 0, 0)
    stream = struct.pack(
        "<4s4sIHHIIIIIIII8x", b"vids", b"H264", 0, 0, 0, 0, 1, 25, 0, frames, 0, 0, 0
    )
    told = _list(b"hdrl", _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream)))
    shown = _list(b"movi", bytes(size - len(told) - 32))
    target.write_bytes(_chunk(b"RIFF", b"AVI " + told + shown))
    return target


def cut(source: Path, left: float = 0.5) -> Path:
    """The same file without its end."""
    data = source.read_bytes()
    source.write_bytes(data[: int(len(data) * left)])
    return source


def _track(kind: bytes, codec: bytes, told: bytes) -> bytes:
    hdlr = _atom(b"hdlr", bytes(8) + kind + bytes(13))
    entry = _atom(codec, bytes(8) + told + bytes(70 - len(told)))
    stsd = _atom(b"stsd", bytes(4) + struct.pack(">I", 1) + entry)
    return _atom(b"trak", _atom(b"mdia", hdlr + _atom(b"minf", _atom(b"stbl", stsd))))


def _atom(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), name) + data


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)
