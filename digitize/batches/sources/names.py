"""Names of files as stations send them: relative and NFC, or refused with what is wrong."""

import enum
from dataclasses import dataclass

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.text import nfc

LEFT_OUT = "left-out"  # the check that findings about files that never came belong to
_LONGEST = 500
_LONGEST_SHOWN = 300


class SourceNameError(InputError):
    """A file's name is missing or leads out of its folder."""

    code = "scan-source-name"


class SourceNameLongError(SourceNameError):
    """A file's name, with its folders, is longer than a row holds."""

    code = "scan-source-name-long"


class SourceNameLettersError(SourceNameError):
    """A file's name has letters that nobody sees, such as line ends and marks of direction."""

    code = "scan-source-name-letters"


class LeftOutReason(enum.StrEnum):
    """Why a file of a folder is not taken; the words are those of findings."""

    LINK = "not-a-plain-file"
    TWICE = "name-twice"
    LARGE = "scan-source-large"
    NAME = SourceNameError.code
    LONG = SourceNameLongError.code
    LETTERS = SourceNameLettersError.code


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of a station's folder that was not taken; ``name`` as it can be shown."""

    name: str
    reason: LeftOutReason

    def finding(self) -> Finding:
        """The finding for the desk: a page may be missing."""
        facts = {"name": self.name, "most": _LONGEST}
        return Finding(LEFT_OUT, self.reason.value, Severity.ERROR, self.name, facts)


def source_name(name: str) -> str:
    """A file's name as rows keep it: NFC, ``/`` between folders, none of them empty or ``..``.

    Raises:
        SourceNameError: or a kind of it; the name it bears can be shown.
    """
    clean = nfc(name).replace("\\", "/").strip().removeprefix("./")
    # A drive's name before the first folder, as Windows writes it, leads elsewhere too.
    if clean[1:3] == ":/" or any(part in ("", ".", "..") for part in clean.split("/")):
        raise SourceNameError(name=visible_name(name))
    if not clean.isprintable():
        raise SourceNameLettersError(name=visible_name(name))
    if len(clean) > _LONGEST:
        raise SourceNameLongError(name=visible_name(name), most=_LONGEST)
    return clean


def visible_name(name: str) -> str:
    """A name as it can be shown: what nobody would see is written out, such as ``<U+202E>``."""
    written = (sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in name)
    return "".join(written)[:_LONGEST_SHOWN]
