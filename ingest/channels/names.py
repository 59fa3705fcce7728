"""Names as they were sent: made relative and NFC, or refused with the reason."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.text import is_nfd, nfc, unturned

CHECK = "names"
# What operating systems, office programs and network drives leave beside the files.
SYSTEM_FILES = re.compile(
    r"(^|/)(\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|~\$[^/]*|\._[^/]*|Icon\r|\.directory"
    r"|\.~lock\.[^/]*#|~WRL[0-9]+\.tmp)$"
    r"|(^|/)(__MACOSX|System Volume Information|\$RECYCLE\.BIN|\.Trash(es|-[0-9]+)|@eaDir"
    r"|\.Spotlight-V100|\.fseventsd|\.TemporaryItems|\.AppleDouble)(/|$)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")  # category Cc, and no characters
_DRIVE = re.compile(r"^[A-Za-z]:([/\\]?)")


@dataclass(frozen=True, slots=True)
class SafeName:
    """A relative NFC path, or ``None`` where the name cannot be used; and what was seen."""

    path: str | None
    findings: tuple[Finding, ...] = ()


def safe_name(raw: str, *, decoded: bool = True) -> SafeName:
    """The path under which an entry is known from here on.

    Args:
        raw: as it was sent, with ``/`` between parts; may hold undecodable bytes as surrogates.
        decoded: whether the encoding of the name was certain.
    """
    shown = shown_name(raw)
    if SYSTEM_FILES.search(raw):
        return SafeName(None, (_finding("system-file-left-out", Severity.INFO, shown),))
    drive = _DRIVE.match(raw)
    if raw.startswith("/") or drive:  # Windows takes "a:b.pdf" for a file of the drive a
        code = "name-like-drive" if drive and not drive[1] else "name-absolute"
        return SafeName(None, (_finding(code, Severity.ERROR, shown),))
    if ".." in raw.split("/"):
        return SafeName(None, (_finding("name-outside", Severity.ERROR, shown),))
    path = "/".join(part for part in nfc(shown).split("/") if part not in ("", "."))
    if not path or _CONTROL.search(path):
        return SafeName(None, (_finding("name-control-character", Severity.ERROR, shown),))
    if shown != raw or not decoded:
        return SafeName(path, (_finding("name-not-utf8", Severity.ERROR, path),))
    seen = []
    if unturned(path) != path:
        seen.append(_finding("name-turned", Severity.WARNING, path))
    if is_nfd(raw):
        seen.append(_finding("name-nfd", Severity.INFO, path))
    # One text, where 50,000 are held.
    return SafeName(raw if path == raw else path, tuple(seen))


def wrapping_folder(paths: Collection[str]) -> str:
    """The one folder that holds everything, as packing a folder makes it; else nothing."""
    tops = {path.partition("/")[0] for path in paths}
    return f"{tops.pop()}/" if len(tops) == 1 and all("/" in path for path in paths) else ""


def shown_name(raw: str) -> str:
    """``raw`` without what no message and no database can hold."""
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "�")


def _finding(code: str, severity: Severity, shown: str) -> Finding:
    place = _CONTROL.sub("�", shown)[:900]
    return Finding(CHECK, code, severity, place, {"name": unturned(place)})
