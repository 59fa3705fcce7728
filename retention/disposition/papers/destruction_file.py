"""What the papers of a destruction (hồ sơ hủy) are filled from: the list and its people."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archive_service import clock, messages
from archive_service.domain.retention.disposition import (
    CouncilDuty,
    CouncilMember,
    Disposition,
    Ground,
    ItemState,
)
from archive_service.forms import words
from archive_service.forms.table_form import FormSigner


@dataclass(frozen=True, slots=True)
class Listed:
    """One case file as the papers tell it, from what was reviewed and from its row or stub."""

    code: str
    title: str
    began: str  # first and last day of its documents: ISO, perhaps a year alone, or nothing
    ended: str
    term: str  # in words
    ends_on: dt.date | None
    ground: Ground
    state: ItemState
    documents: int
    size_bytes: int  # in one copy
    reason: str = ""
    paper: str = ""  # box and shelf; empty: no paper half
    paper_destroyed_by: str = ""
    paper_destroyed_on: dt.date | None = None
    paper_method: str = ""
    done_at: dt.datetime | None = None
    shortened: str = ""  # who made its term shorter, when and why: a sentence
    stopped: str = ""  # why it could not go on ``DestructionFile.looked_on``: a sentence

    @property
    def period(self) -> str:
        """First and last day as a list tells them."""
        days = dict.fromkeys(shown_date(day) for day in (self.began, self.ended) if day)
        return " - ".join(days)

    @property
    def is_going(self) -> bool:
        """Whether it was not left out by what stopped it after the decision."""
        return self.state is not ItemState.LEFT_OUT


@dataclass(frozen=True, slots=True)
class DestructionFile:
    """The list with all that its papers say; ``listed`` are the case files to be destroyed.

    ``others`` counts what the review said of the rest of the list, by outcome. ``people`` are
    names by account, ``posts`` what each is where that is known, ``numbers`` those of the newest
    papers by form, ``copies`` how many there are.
    """

    row: Disposition
    archive: str
    place: str
    agency: str
    archive_above: str = ""
    agency_above: str = ""
    fonds: str = ""  # names without the word for a fonds before them
    fonds_history: str = ""
    head: str = ""  # account of the agency's only one
    copies: int = 1
    keys_destroyed: int = 0  # case files whose key in backups was there and is gone
    listed: Sequence[Listed] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    posts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    basis: Sequence[str] = ()  # instruments, as a decision names them
    looked_on: dt.date | None = None  # the day on which each case file was asked whether it may go

    @property
    def number(self) -> str:
        """Of the list itself, such as ``01/2026``."""
        return f"{self.row.number:02}/{self.row.year}"

    @property
    def going(self) -> list[Listed]:
        """What was decided on and not left out."""
        return [listed for listed in self.listed if listed.is_going]

    def person(self, account: str | None) -> str:
        """The name of who has this account; empty for none."""
        return self.people.get(account or "", account or "")

    def post(self, account: str | None) -> str:
        """What who has this account is, as "Giám đốc"; empty where that is not known."""
        return self.posts.get(account or "", "")

    def member(self, duty: CouncilDuty) -> CouncilMember | None:
        """The first member of the council with this duty."""
        return next(
            (council_member for council_member in self.row.members if council_member.duty is duty),
            None,
        )

    def on(self, day: dt.date | None) -> str:
        """Place and date of a paper; with room for the day where it is not known."""
        text = words.day_in_words(day) if day else said("no-day")
        return f"{self.place}, {text}"


def sealed_by(archive: str, *, position: str = "", on: str = "") -> FormSigner:
    """Where the archive's own key signs: the archive, and no person's title or name."""
    if position:
        return FormSigner(position, archive, said("seal"), on)
    return FormSigner(archive, note=said("seal"), on=on)


def local_day(moment: dt.datetime | None) -> dt.date | None:
    """The day of a moment on a Vietnamese clock."""
    return None if moment is None else clock.local(moment).date()


def told_day(day: dt.date | None) -> str:
    """``05/11/2026``; dots where there is none yet."""
    return words.day(day) if day else said("dots")


def shown_date(iso: str) -> str:
    """``20/12/2015`` of a day, ``2015`` of a year alone; dots where nothing is told."""
    return "/".join(reversed(iso.split("-"))) if iso else said("dots")


def amount(listed: Sequence[Listed]) -> dict[str, str]:
    """Facts of a sentence on how much it is: count, in words, documents, size, paper.

    ``on_paper`` is a clause, ``paper_too`` one that says the paper goes at the same time.
    """
    paper = sum(bool(case_file.paper) for case_file in listed)
    kind = "paper" if paper else "no-paper"
    return {
        "count": words.count(len(listed)),
        "in_words": words.number_in_words(len(listed)),
        "documents": words.count(sum(case_file.documents for case_file in listed)),
        "size": words.size(sum(case_file.size_bytes for case_file in listed)),
        "paper": words.count(paper),
        "on_paper": said(f"amount.{kind}", count=words.count(paper)),
        "paper_too": said(f"amount.{kind}-too", count=words.count(paper)),
    }


def said(key: str, **facts: object) -> str:
    """Words of these papers; an official paper is in Vietnamese."""
    return messages.text(f"forms.destruction.{key}", "vi", **facts)


def kept_words(ground: Ground, keeper: str) -> str:
    """Where what a duplicate or a draft holds is kept; empty where nothing is said of that."""
    return said(f"kept-{ground.value}", keeper=keeper) if keeper else ""


def ground_words(ground: Ground) -> str:
    """Why it is proposed, as lists and pages tell it."""
    return messages.text(f"labels.disposition-ground.{ground.value}", "vi")


def duty_words(member: CouncilMember) -> str:
    """What a member of the council is."""
    return messages.text(f"labels.council-duty.{member.duty.value}", "vi")
