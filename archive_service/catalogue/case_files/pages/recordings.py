"""Sound and film on pages: what the header says in words, and how a browser plays it."""

from typing import Any

from archive_service.formats.recording import play_time
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t

# What browsers play by themselves; all else is downloaded.
_PLAYED = {
    "audio/mpeg": "audio",
    "audio/x-wav": "audio",
    "audio/wav": "audio",
    "audio/mp4": "audio",
    "video/mp4": "video",
    "application/mp4": "video",
}


def player_of(media_type: str, recording: dict[str, Any] | None) -> str:
    """``audio``, ``video``, or nothing where a browser cannot play it."""
    kind = _PLAYED.get(media_type, "")
    return "audio" if kind and recording is not None and not recording["film"] else kind


def recording_words(recording: dict[str, Any] | None) -> str:
    """Duration, bit rate, codecs, channels and size, as far as the header says."""
    if recording is None:
        return ""
    lang = language()
    formats = [recording["container"], *recording["codecs"]]
    if (seconds := recording["duration_s"]) is not None:
        formats.append(t("pages.recording.duration", time=play_time(seconds)))
    if (kbps := recording["bit_rate_kbps"]) is not None:
        formats.append(t("pages.recording.rate", kbps=number(round(kbps), lang)))
    if (channels := recording["channels"]) is not None:
        formats.append(t("pages.recording.channels", count=channels))
    if (rate_hz := recording["sample_rate_hz"]) is not None:
        formats.append(t("pages.recording.sample_rate", khz=number(rate_hz / 1000, lang)))
    if recording["width_px"] and recording["height_px"]:
        size = {"width": recording["width_px"], "height": recording["height_px"]}
        formats.append(t("pages.recording.size", **size))
    return ", ".join(dict.fromkeys(formats))
