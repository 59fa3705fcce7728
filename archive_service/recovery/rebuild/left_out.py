"""What a rebuild could not read where it looked: named, with what to do; it stops nothing.

What another place gave whole is told beside it: the archive is complete, the copy is not.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from pydantic import Field

from archive_service import messages
from archive_service.document import Document
from archive_service.errors import ArchiveError, BackendError
from archive_service.storage.copies.identity import IDENTITY_KEY, CopyUnknownError

DATABASE = "database"  # as a place beside the copies: what the old database still knew


class Passed(enum.StrEnum):
    """Why something was passed over; facts beside its key are named where there are any."""

    PACKAGE_UNSOUND = "package-unsound"  # no copy gives it whole: reason
    PACKAGE_OLDER = "package-older"  # only an older version is sound: version, newest
    PACKAGE_GONE = "package-gone"  # the trail, or the old database, knows it, and no copy holds it
    PACKAGE_UNFIT = "package-unfit"  # it names what came back from nowhere: reason
    PACKAGE_FILE_GONE = "package-file-gone"  # it came back without this file
    PACKAGE_UNREAD = "package-unread"  # it came back, what is in it was not read: reason
    FOREIGN = "foreign-in-copy"  # not put there by this software: copies
    ACT_UNSOUND = "act-unsound"  # no copy gives it whole: reason
    ACT_UNPROVED = "act-unproved"  # the trail of the copies tells otherwise, or not of it: reason
    ACT_UNPROVED_GAP = "act-unproved-gap"  # taken in: a lost part of the trail may tell of it
    ACT_UNFIT = "act-unfit"  # it names what came back from nowhere: reason
    SEGMENT_UNSOUND = "segment-unsound"  # no copy gives it so that it follows
    FOLDER_UNLISTED = "folder-unlisted"  # no copy lets anybody look into it: reason


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that is not restored, or not whole; ``kept``: as the old database knew it."""

    why: Passed
    key: str
    facts: Mapping[str, object]
    kept: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that one place did not give, and another did."""

    key: str
    copy: str
    source: str
    trouble: ArchiveError


@dataclass(slots=True)
class LeftOut:
    """Gathered by the threads of one rebuild; told once it is over."""

    passed_over: list[PassedOver] = field(default_factory=list)
    silent: dict[str, BackendError] = field(default_factory=dict)  # copies not read, by name
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def pass_over(self, why: Passed, key: str, *, kept: bool = False, **facts: object) -> None:
        """Something is not restored, or not whole."""
        self.passed_over.append(PassedOver(why, key, facts, kept))

    def taken(self, key: str, source: str, not_given: Iterable[tuple[str, ArchiveError]]) -> None:
        """``source`` gave what these copies, by name, did not."""
        self.elsewhere += [Elsewhere(key, copy, source, why) for copy, why in not_given]

    def names(self, key: str) -> bool:
        """Whether something under this very key was passed over."""
        return any(passed_over.key == key for passed_over in self.passed_over)


class PassedOverDocument(Document):
    """What no copy gives, or is foreign; ``kept_by_database``: as the old one knew it."""

    key: str
    code: str
    message: str
    remedy: str
    kept_by_database: bool

    @classmethod
    def of(cls, passed_over: PassedOver, lang: str) -> Self:
        """With its words."""
        facts = {
            name: reason_of(fact, lang) if isinstance(fact, Exception) else fact
            for name, fact in passed_over.facts.items()
        }
        why, key = passed_over.why, passed_over.key
        message, remedy = (
            messages.text(f"cli.passed-over.{why}.{part}", lang, path=key, **facts)
            for part in ("message", "remedy")
        )
        return cls(
            key=printable(key),
            code=why.value,
            message=printable(message),
            remedy=printable(remedy),
            kept_by_database=passed_over.kept,
        )

    @classmethod
    def all_of(cls, left_out: LeftOut, lang: str) -> list[Self]:
        """All that was passed over, by its path."""
        passed_over = sorted(left_out.passed_over, key=lambda each: (each.key, each.why))
        return [cls.of(each, lang) for each in passed_over]


class ElsewhereDocument(Document):
    """What the next copy gave, and why ``name`` did not."""

    key: str
    name: str = Field(alias="copy")
    source: str
    code: str
    message: str

    @classmethod
    def of(cls, elsewhere: Elsewhere, lang: str) -> Self:
        """With its reason in words."""
        return cls(
            key=printable(elsewhere.key),
            copy=elsewhere.copy,
            source=elsewhere.source,
            code=elsewhere.trouble.code,
            message=reason_of(elsewhere.trouble, lang),
        )


class UnreadCopyDocument(Document):
    """A copy that was not read; ``key`` names what of it was spoilt."""

    name: str = Field(alias="copy")
    code: str
    key: str
    message: str
    remedy: str

    @classmethod
    def of(cls, name: str, trouble: BackendError, lang: str) -> Self:
        """A copy that lost its own identity is told apart from another."""
        lost = trouble.facts.get("found") in (None, IDENTITY_KEY)
        if isinstance(trouble, CopyUnknownError) and lost:
            code, facts = "copy-identity-gone", {"copy": name, "file": IDENTITY_KEY}
            message = messages.text(f"cli.{code}.message", lang, **facts)
            remedy = messages.text(f"cli.{code}.remedy", lang, **facts)
            return cls(copy=name, code=code, key=IDENTITY_KEY, message=message, remedy=remedy)
        words = messages.error(trouble.code, lang, trouble.facts)
        message, remedy = printable(words.message), printable(words.remedy)
        return cls(copy=name, code=trouble.code, key="", message=message, remedy=remedy)


class RebuildDocument(Document):
    """What came back and what did not; ``accounts`` and ``submissions`` are those carried over."""

    name: str = Field(alias="copy")
    cases: int
    documents: int
    events: int
    accounts: int
    submissions: int
    seconds: float
    copies_not_read: list[UnreadCopyDocument]
    passed_over: list[PassedOverDocument]
    read_elsewhere: list[ElsewhereDocument]


def reason_of(trouble: Exception, lang: str = "vi") -> str:
    """Why something was not read, as one clause without its full stop."""
    if not isinstance(trouble, ArchiveError):
        return printable(f"{type(trouble).__name__}: {trouble}")
    return printable(messages.error(trouble.code, lang, trouble.facts).message.rstrip("."))


def printable(text: str) -> str:
    """A foreign file may have a name that is no text at all."""
    return text.encode("utf-8", "backslashreplace").decode()
