"""What a file is by its content, with the PRONOM registry (pygfried), beside what its name says."""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.errors import MultipartInvariantViolationDefect
from email.parser import BytesHeaderParser
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.office.main_part import kind_of_main_part
from archive_service.formats.pdf.behind import iter_overlapping
from archive_service.formats.pdf.opening import BLANKS
from archive_service.formats.unopened import is_well_formed, root_of
from archive_service.formats.words.plain import to_first_word
from archive_service.law import CONFIG, Row, load_rule_set

if TYPE_CHECKING:
    from pygfried import Scanner

LIMIT_S = 60
MEMORY_MIB = 1024
LARGE_BYTES = 64 << 20
_HEADS_BYTES = 256 << 10  # of a letter, a text or a film
_HEADS = ("date", "from", "mime-version", "message-id", "x-unsent")
_BETWEEN_LETTERS = b"From "
_BETWEEN_BYTES = 1024
_NEXT_LETTER = re.compile(rb"\n\r?\nFrom [^\r\n]{1,300}:[^\r\n]{1,60}[0-9]\r?\n[!-9;-~]{1,100}:")
_NO_TEXT = re.compile(rb"[\x00-\x06\x10\x11\x13\x15-\x19\x1c-\x1f]")
END_BYTES = 4 << 20  # of each end of a large file
_NONE = ("", "UNKNOWN")  # in the place of a PUID
_HEADER = b"%PDF-"
_SEARCHED_BYTES = 1024  # in which readers look for the header of a PDF (ISO 32000-1, Annex H)
CONTAINERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # ZIP and OLE2 are read by their own lists
_BESIDE = CONFIG / "standards" / "formats_beside_pronom.toml"
SEEN_IN_BYTES = ("byte match", "container", "text match")  # in PRONOM's basis of a match


class FormatNotReadError(InputError):
    """The identifier itself failed on this file: it may be built to break readers."""


@dataclass(frozen=True, slots=True)
class Identification:
    """One file's format; ``puid`` is ``None`` where PRONOM knows none."""

    puid: str | None
    name: str
    version: str
    media_type: str
    extension: str  # of the name that was given, lower case, without the dot
    extension_matches: bool  # the name's extension is one of the format's own
    by_content: bool  # seen in the bytes, not only guessed from the name
    warning: str  # PRONOM's own words, for the technical metadata
    registry: str  # the version of the signatures, for PREMIS


def identify(path: Path, *, name: str | None = None) -> Identification:
    """The format of the file at ``path``; reads its beginning, its end and, if packed, its list.

    Args:
        name: the name it came with, where ``path`` is only a digest; its extension is compared.

    Raises:
        FormatNotReadError: the identifier crashed or ran out of time or memory.
    """
    outcome = run_limited(
        identify_here, path, name or path.name, limit_s=LIMIT_S, memory_mib=MEMORY_MIB
    )
    if isinstance(outcome, ParserFailure):
        raise FormatNotReadError(name=name or path.name, reason=outcome.reason.value)
    return outcome


def identify_here(path: Path, name: str) -> Identification:
    """``identify`` in this very process: loads 100 MiB of signatures at the first call."""
    scanner = _scanner()
    extension = PurePosixPath(name.rstrip()).suffix.lower().removeprefix(".")
    with tempfile.TemporaryDirectory(prefix="identify-") as folder:
        # PRONOM compares the extension of the path, and staged bytes are named by digest.
        link = Path(folder, f"file.{extension}" if _is_plain(extension) else "file")
        _both_ends(path, link)
        answer = scanner.identify(str(link), detailed=True)
        if answer["files"][0]["matches"][0]["id"] in _NONE and _bare_pdf(path, link):
            answer = scanner.identify(str(link), detailed=True)
        match = answer["files"][0]["matches"][0]
        seen = _is_seen(match["basis"])
        if not seen:  # a CSV has no signature, but its bytes are text; those of a false one are not
            unnamed = link.rename(Path(folder, "file"))
            bare = scanner.identify(str(unnamed), detailed=True)["files"][0]["matches"][0]
            seen = match["mime"].startswith("text/") and _is_seen(bare["basis"])
    known = match["id"] not in _NONE
    found = Identification(
        puid=match["id"] if known else None,
        name=match["format"],
        version=match["version"],
        media_type=match["mime"],
        extension=extension,
        extension_matches=known and "extension match" in match["basis"],
        by_content=known and seen,
        warning=match["warning"],
        registry=answer["identifiers"][0]["details"],
    )
    return _known_without_pronom(found, path) or found


def _known_without_pronom(found: Identification, path: Path) -> Identification | None:
    """What PRONOM's signatures take for something else, or for nothing, though it is plain."""
    for row in _beside():
        is_meant = found.extension in cast("list[str]", row["extensions"])
        if is_meant and (found.puid or "") in cast("list[str]", row["taken_for"]):
            seen, sign = str(row["seen"]), str(row.get("sign", ""))
            if not seen or _LOOKS[seen](path, sign):
                return replace(
                    found,
                    puid=str(row["puid"]) or None,
                    name=str(row["name"]),
                    version=str(row["version"]),
                    media_type=str(row["media_type"]),
                    extension_matches=True,
                    by_content=True,
                    warning="",
                )
    return None


@lru_cache(maxsize=1)
def _beside() -> Sequence[Row]:
    return load_rule_set(_BESIDE).rows


def _begins(path: Path, sign: str) -> bool:
    with path.open("rb") as file:
        return file.read(len(sign)) == sign.encode()


def _holds(path: Path, sign: str) -> bool:
    """Whether its beginning holds the bytes that this says by sixteens."""
    with path.open("rb") as file:
        return bytes.fromhex(sign) in file.read(_HEADS_BYTES)


def _is_letter(path: Path, _sign: str) -> bool:
    """Whether it begins with heads that letters alone have, and is one letter.

    A letter that was not sent has no day yet, and a draft no sender. One that was copied out of a
    mailbox begins with the line between its letters (RFC 4155).
    """
    with path.open("rb") as file:
        heads = BytesHeaderParser().parsebytes(to_first_word(file).read(_HEADS_BYTES))
    # Python 3.11.2 finds a letter of several parts unsound where it is asked for its heads alone.
    unsound = [
        defect
        for defect in heads.defects
        if not isinstance(defect, MultipartInvariantViolationDefect)
    ]
    known = [head for head in _HEADS if head in heads]
    return not unsound and len(known) > 1 and not _is_of_letters(path)


def _is_of_letters(path: Path) -> bool:
    """Whether it is a mailbox of more than one letter."""
    with path.open("rb") as file:
        if not file.read(len(_BETWEEN_LETTERS)).startswith(_BETWEEN_LETTERS):
            return False
        return any(map(_NEXT_LETTER.search, iter_overlapping(file, _BETWEEN_BYTES)))


def _is_text(path: Path, _sign: str) -> bool:
    """Whether its beginning is letters, breaks and what a printer obeys, and nothing else."""
    with path.open("rb") as file:
        data = file.read(_HEADS_BYTES)
    return bool(data) and not _NO_TEXT.search(data)


def _is_xml(path: Path, _sign: str) -> bool:
    return is_well_formed(path)


def _has_root(path: Path, sign: str) -> bool:
    """Whether the first element bears this name and holds these values."""
    return set(sign.split()) <= root_of(path)


def _leads_to(path: Path, sign: str) -> bool:
    """Whether the document of an Office file is of this media type."""
    return kind_of_main_part(path) == sign


_LOOKS: Mapping[str, Callable[[Path, str], bool]] = {
    "begins": _begins,
    "holds": _holds,
    "letter": _is_letter,
    "text": _is_text,
    "xml": _is_xml,
    "root": _has_root,
    "main": _leads_to,
}


def _bare_pdf(path: Path, target: Path) -> bool:
    """Put the ends of a PDF there, without what readers pass over; ``False`` where nothing is.

    That is what stands before its header, and blanks behind its end mark.
    """
    size = path.stat().st_size
    with path.open("rb") as source:
        start = source.read(_SEARCHED_BYTES + len(_HEADER)).find(_HEADER)
        begin = max(0, size - END_BYTES)
        source.seek(begin)
        end = begin + len(source.read().rstrip(BLANKS))
        if start < 0 or (start == 0 and end == size):
            return False
        target.unlink()
        with target.open("wb") as ends:
            source.seek(start)
            ends.write(source.read(min(END_BYTES, end - start)))
            if (rest := max(start + END_BYTES, end - END_BYTES)) < end:
                source.seek(rest)
                ends.write(source.read(end - rest))
    return True


def _both_ends(path: Path, target: Path) -> None:
    """The beginning and the end of a large file, or a link to a file that is not large.

    PRONOM's signatures lie at the ends (DROID looks at 64 KiB of each by default), and a file that
    is searched through is mapped whole, which counts as memory of the process.
    """
    size = path.stat().st_size
    with path.open("rb") as source:
        head = source.read(8)
        if size <= LARGE_BYTES or head.startswith(CONTAINERS):
            target.symlink_to(path.resolve())
            return
        with target.open("wb") as ends:
            for offset in (0, size - END_BYTES):
                source.seek(offset)
                ends.write(source.read(END_BYTES))


def _is_seen(basis: str) -> bool:
    return any(word in basis for word in SEEN_IN_BYTES)


def _is_plain(extension: str) -> bool:
    return extension.isascii() and extension.isalnum() and len(extension) <= 16


@lru_cache(maxsize=1)
def _scanner() -> "Scanner":
    import pygfried

    return pygfried.Scanner()
